//! The merged settings as a tree whose every value remembers where it came from.

use std::collections::BTreeMap;

use config::{Value, ValueKind};

/// Every variable of Warren starts so; the rest is SECTION__KEY. No Kubernetes Service can be named such
/// that its injected variables start so too.
pub(super) const PREFIX: &str = "WARREN__";

/// The names of the system that Warren replaces.
const LEGACY: [(&str, &str); 5] = [
    ("RABBITMQ_URL", "broker.url"),
    ("USER_DB_URL", "users.database_url"),
    ("CHAT_DB_URL", "chat.database_url"),
    ("NOTIFICATION_DB_URL", "notify.database_url"),
    ("ALLOWED_ORIGINS", "edge.allowed_origins"),
];

/// Where a value came from.
#[derive(Clone, PartialEq, Eq)]
pub(super) enum Origin {
    Defaults,
    File(String),
    Variable(String),
}

#[derive(Clone)]
pub(super) struct Node {
    pub(super) origin: Origin,
    pub(super) kind: Kind,
}

#[derive(Clone)]
pub(super) enum Kind {
    /// Stands in for a value that is wrong or missing, so that reading can go on to the next mistake.
    Placeholder,
    Bool(bool),
    Integer(i64),
    Float(f64),
    Text(String),
    List(Vec<Node>),
    Table(BTreeMap<String, Node>),
}

impl Node {
    /// The tree of merged sources, of which `file` names the only one that is a file.
    pub(super) fn new(merged: Value, file: &str) -> Self {
        from_value(merged, file)
    }

    pub(super) fn text(text: String, origin: Origin) -> Self {
        let kind = Kind::Text(text);
        Self { origin, kind }
    }

    pub(super) fn placeholder() -> Self {
        let (origin, kind) = (Origin::Defaults, Kind::Placeholder);
        Self { origin, kind }
    }

    pub(super) fn empty_table() -> Self {
        let (origin, kind) = (Origin::Defaults, Kind::Table(BTreeMap::new()));
        Self { origin, kind }
    }

    pub(super) fn get(&self, path: &[String]) -> Option<&Self> {
        path.iter().try_fold(self, |node, key| match &node.kind {
            Kind::Table(table) => table.get(key),
            _ => None,
        })
    }

    /// The part of a path that leads through tables: inside a list only the whole list can be set.
    pub(super) fn settable(&self, mut path: Vec<String>) -> Vec<String> {
        let is_leaf = |node: &Self| !matches!(node.kind, Kind::Table(_) | Kind::Placeholder);
        let leaf = (1..path.len()).find(|length| self.get(&path[..*length]).is_some_and(is_leaf));
        path.truncate(leaf.unwrap_or(path.len()));
        path
    }

    /// ` (set by ...)`, for messages; empty for defaults.
    pub(super) fn describe_origin(&self) -> String {
        match (&self.kind, &self.origin) {
            (Kind::Table(table), _) => table
                .values()
                .map(Self::describe_origin)
                .find(|origin| !origin.is_empty())
                .unwrap_or_default(),
            (_, Origin::Defaults) => String::new(),
            (_, Origin::File(file)) => format!(" (set in {file})"),
            (_, Origin::Variable(name)) => format!(" (set by {name})"),
        }
    }

    /// Puts a node at a path; whatever stands on the way becomes a table.
    pub(super) fn insert(&mut self, path: &[String], node: Self) {
        let Some((key, rest)) = path.split_first() else {
            *self = node;
            return;
        };
        if !matches!(self.kind, Kind::Table(_)) {
            self.kind = Kind::Table(BTreeMap::new());
        }
        if let Kind::Table(table) = &mut self.kind {
            table
                .entry(key.clone())
                .or_insert_with(Self::placeholder)
                .insert(rest, node);
        }
    }

    pub(super) fn remove(&mut self, path: &[String]) {
        match (&mut self.kind, path) {
            (Kind::Table(table), [key]) => drop(table.remove(key)),
            (Kind::Table(table), [key, rest @ ..]) => {
                if let Some(node) = table.get_mut(key) {
                    node.remove(rest);
                }
            }
            _ => {}
        }
    }

    /// Lays the environment over the tree: `WARREN__SECTION__KEY`, then the legacy names whose new name
    /// is not set. An empty legacy variable counts as not set.
    pub(super) fn overlay(&mut self, environment: &BTreeMap<String, String>) {
        let set = |node: &mut Self, key: &str, separator: &str, name: &str, value: &str| {
            let path: Vec<String> = key.split(separator).map(str::to_lowercase).collect();
            let origin = Origin::Variable(name.to_owned());
            node.insert(&path, Self::text(value.to_owned(), origin));
        };
        for (name, value) in environment {
            if let Some(key) = name.strip_prefix(PREFIX) {
                set(self, key, "__", name, value);
            }
        }
        for (name, key) in LEGACY {
            let taken = variable(key).is_some_and(|variable| {
                environment.contains_key(&variable)
                    || environment.contains_key(&(variable + "_FILE"))
            });
            if let Some(value) = environment
                .get(name)
                .filter(|value| !value.is_empty() && !taken)
            {
                set(self, key, ".", name, value);
            }
        }
    }
}

/// The variable that sets `section.key`; none for what is not a key of a section.
pub(super) fn variable(key: &str) -> Option<String> {
    let is_key = |part: &str| {
        !part.is_empty()
            && part
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    };
    (key.contains('.') && key.split('.').all(is_key))
        .then(|| format!("{PREFIX}{}", key.replace('.', "__").to_uppercase()))
}

fn from_value(value: Value, file: &str) -> Node {
    let origin = match value.origin() {
        Some(_) => Origin::File(file.to_owned()),
        None => Origin::Defaults,
    };
    let kind = match value.kind {
        ValueKind::Boolean(value) => Kind::Bool(value),
        ValueKind::I64(value) => Kind::Integer(value),
        ValueKind::Float(value) => Kind::Float(value),
        ValueKind::String(value) => Kind::Text(value),
        ValueKind::Array(values) => Kind::List(
            values
                .into_iter()
                .map(|value| from_value(value, file))
                .collect(),
        ),
        ValueKind::Table(table) => {
            let entries = table.into_iter();
            Kind::Table(
                entries
                    .map(|(key, value)| (key, from_value(value, file)))
                    .collect(),
            )
        }
        // TOML has neither null nor integers beyond i64.
        ValueKind::Nil | ValueKind::I128(_) | ValueKind::U64(_) | ValueKind::U128(_) => {
            Kind::Placeholder
        }
    };
    Node { origin, kind }
}
