//! Reads typed settings out of a [`Node`] tree: texts become what the field asks for, unknown keys are
//! mistakes, and each [`Mistake`] knows its path.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fs;

use serde::Deserializer;
use serde::de::{
    DeserializeSeed, Error, IntoDeserializer, MapAccess, SeqAccess, Unexpected, Visitor,
};
use serde::forward_to_deserialize_any;

use super::SECTIONS;
use super::mistake::{Mistake, MistakeKind};
use super::node::{Kind, Node, Origin};

/// Ends the name of a variable that names a file with the value.
pub(super) const FILE_SUFFIX: &str = "_file";

type Table = BTreeMap<String, Node>;
/// What a struct or a map is read from.
type Entries<'a> = Vec<(&'a str, Cow<'a, Node>)>;

#[derive(Clone, Copy)]
pub(super) struct NodeDeserializer<'a> {
    node: &'a Node,
    is_root: bool,
}

impl<'a> NodeDeserializer<'a> {
    /// Reads the whole tree, whose tables are the sections.
    pub(super) fn root(node: &'a Node) -> Self {
        Self {
            node,
            is_root: true,
        }
    }

    fn nested(node: &'a Node) -> Self {
        let is_root = false;
        Self { node, is_root }
    }

    fn unexpected(self) -> Unexpected<'a> {
        match &self.node.kind {
            Kind::Placeholder => Unexpected::Unit,
            Kind::Bool(value) => Unexpected::Bool(*value),
            Kind::Integer(value) => Unexpected::Signed(*value),
            Kind::Float(value) => Unexpected::Float(*value),
            Kind::Text(text) => Unexpected::Str(text),
            Kind::List(_) => Unexpected::Seq,
            Kind::Table(_) => Unexpected::Map,
        }
    }

    fn wrong(self, expected: &str) -> Mistake {
        Mistake::invalid_type(self.unexpected(), &expected)
    }

    fn table(self) -> Result<&'a Table, Mistake> {
        static EMPTY: Table = Table::new();
        match &self.node.kind {
            Kind::Placeholder => Ok(&EMPTY),
            Kind::Table(table) => Ok(table),
            _ => Err(self.wrong("a section with keys")),
        }
    }

    /// The entries of a section with these fields.
    fn entries(self, fields: &'static [&'static str]) -> Result<Entries<'a>, Mistake> {
        let table = self.table()?;
        let mut entries = Entries::new();
        for field in fields {
            if let Some((variable, path)) = file_variable(table, field, fields) {
                let node = from_file(variable, path, table.get(*field))
                    .map_err(|mistake| mistake.within(&format!("{field}{FILE_SUFFIX}")))?;
                entries.push((field, Cow::Owned(node)));
            } else if let Some(node) = table.get(*field) {
                entries.push((field, Cow::Borrowed(node)));
            }
        }
        let is_known = |key: &str| {
            fields.contains(&key)
                || (self.is_root && SECTIONS.contains(&key))
                || key
                    .strip_suffix(FILE_SUFFIX)
                    .filter(|field| fields.contains(field))
                    .is_some_and(|field| file_variable(table, field, fields).is_some())
        };
        match table.keys().find(|key| !is_known(key)) {
            Some(key) => Err(Mistake::unknown_field(key, fields).within(key)),
            None => Ok(entries),
        }
    }

    /// The elements of a list; a text is split at commas.
    fn elements(self) -> Result<Cow<'a, [Node]>, Mistake> {
        match &self.node.kind {
            Kind::Placeholder => Ok(Cow::default()),
            Kind::List(elements) => Ok(Cow::Borrowed(elements)),
            Kind::Text(text) => Ok(text
                .split(',')
                .map(str::trim)
                .filter(|element| !element.is_empty())
                .map(|element| Node::text(element.to_owned(), self.node.origin.clone()))
                .collect()),
            _ => Err(self.wrong("a list")),
        }
    }
}

/// The variable `KEY_FILE` and the path it holds, if it is set and not itself a field.
fn file_variable<'a>(table: &'a Table, field: &str, fields: &[&str]) -> Option<(&'a str, &'a str)> {
    let key = format!("{field}{FILE_SUFFIX}");
    match table.get(&key)? {
        _ if fields.contains(&key.as_str()) => None,
        Node {
            origin: Origin::Variable(variable),
            kind: Kind::Text(path),
        } => Some((variable, path)),
        _ => None,
    }
}

/// The text in the file that a variable names, without the white space around it.
fn from_file(variable: &str, path: &str, direct: Option<&Node>) -> Result<Node, Mistake> {
    let message = match direct.map(|node| &node.origin) {
        Some(Origin::Variable(other)) => {
            format!("is set twice: keep one of {other} and {variable}")
        }
        _ => match fs::read_to_string(path) {
            Ok(text) => {
                let origin = Origin::Variable(variable.to_owned());
                return Ok(Node::text(text.trim().to_owned(), origin));
            }
            Err(error) => format!("the file it names cannot be read: {error}"),
        },
    };
    Err(Mistake::new(MistakeKind::File(message)))
}

/// Integers and floating point numbers, written as such or as a text.
macro_rules! deserialize_numbers {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
            self.number(visitor)
        }
    )*};
}

impl NodeDeserializer<'_> {
    fn number<'de, V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        match &self.node.kind {
            Kind::Placeholder => visitor.visit_i64(1),
            Kind::Integer(value) => visitor.visit_i64(*value),
            Kind::Float(value) => visitor.visit_f64(*value),
            Kind::Text(text) => match text.trim().parse::<i64>() {
                Ok(value) => visitor.visit_i64(value),
                Err(_) => match text.trim().parse::<f64>() {
                    Ok(value) => visitor.visit_f64(value),
                    Err(_) => Err(self.wrong("a number")),
                },
            },
            _ => Err(self.wrong("a number")),
        }
    }
}

impl<'de> Deserializer<'de> for NodeDeserializer<'_> {
    type Error = Mistake;

    deserialize_numbers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64
        deserialize_f32 deserialize_f64
    }

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        match &self.node.kind {
            Kind::Placeholder => visitor.visit_unit(),
            Kind::Bool(value) => visitor.visit_bool(*value),
            Kind::Integer(value) => visitor.visit_i64(*value),
            Kind::Float(value) => visitor.visit_f64(*value),
            Kind::Text(text) => visitor.visit_str(text),
            Kind::List(_) => self.deserialize_seq(visitor),
            Kind::Table(_) => self.deserialize_map(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        match &self.node.kind {
            Kind::Placeholder => visitor.visit_bool(false),
            Kind::Bool(value) => visitor.visit_bool(*value),
            Kind::Text(text) => match text.trim() {
                "true" | "1" => visitor.visit_bool(true),
                "false" | "0" => visitor.visit_bool(false),
                _ => Err(self.wrong("true or false")),
            },
            _ => Err(self.wrong("true or false")),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        match &self.node.kind {
            Kind::Placeholder => visitor.visit_str(""),
            Kind::Text(text) => visitor.visit_str(text),
            // A password of digits only needs no quotes.
            Kind::Integer(value) => visitor.visit_string(value.to_string()),
            _ => Err(self.wrong("a text")),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        match (&self.node.kind, &self.node.origin) {
            (Kind::Placeholder, _) => visitor.visit_none(),
            (Kind::Text(text), Origin::Variable(_)) if text.is_empty() => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        let elements = self.elements()?;
        visitor.visit_seq(Elements {
            elements: &elements,
            next: 0,
        })
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Mistake> {
        self.deserialize_seq(visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mistake> {
        let entries = self.table()?.iter();
        visitor.visit_map(Fields::new(
            entries
                .map(|(key, node)| (key.as_str(), Cow::Borrowed(node)))
                .collect(),
        ))
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        visitor.visit_map(Fields::new(self.entries(fields)?))
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mistake> {
        let text = match &self.node.kind {
            Kind::Placeholder => variants.first().copied().unwrap_or_default(),
            Kind::Text(text) => text,
            _ => return Err(self.wrong("a text")),
        };
        visitor.visit_enum(text.into_deserializer())
    }

    forward_to_deserialize_any! {
        i128 u128 char bytes byte_buf unit unit_struct tuple_struct identifier ignored_any
    }
}

/// The entries of a table on their way into a struct or a map.
struct Fields<'a> {
    rest: std::vec::IntoIter<(&'a str, Cow<'a, Node>)>,
    value: Option<(&'a str, Cow<'a, Node>)>,
}

impl<'a> Fields<'a> {
    fn new(entries: Entries<'a>) -> Self {
        Self {
            rest: entries.into_iter(),
            value: None,
        }
    }
}

impl<'de> MapAccess<'de> for Fields<'_> {
    type Error = Mistake;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Mistake> {
        self.value = self.rest.next();
        match &self.value {
            Some((key, _)) => seed.deserialize((*key).into_deserializer()).map(Some),
            None => Ok(None),
        }
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Mistake> {
        let (key, node) = self
            .value
            .take()
            .ok_or_else(|| Mistake::custom("a value without a key"))?;
        seed.deserialize(NodeDeserializer::nested(&node))
            .map_err(|mistake| mistake.within(key))
    }
}

/// The elements of a list.
struct Elements<'a> {
    elements: &'a [Node],
    next: usize,
}

impl<'de> SeqAccess<'de> for Elements<'_> {
    type Error = Mistake;

    fn next_element_seed<S: DeserializeSeed<'de>>(
        &mut self,
        seed: S,
    ) -> Result<Option<S::Value>, Mistake> {
        let Some(node) = self.elements.get(self.next) else {
            return Ok(None);
        };
        self.next += 1;
        seed.deserialize(NodeDeserializer::nested(node))
            .map_err(|mistake| mistake.within(&(self.next - 1).to_string()))
            .map(Some)
    }
}
