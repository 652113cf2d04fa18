//! Configuration: embedded defaults, under an optional TOML file, under the environment.
//!
//! Each process declares its sections as plain structs and loads them as one value:
//!
//! ```
//! use warren_runtime::config::{self, Check, LogConfig, Problems, Secret};
//!
//! #[derive(serde::Deserialize)]
//! struct Settings { log: LogConfig, broker: Broker }
//!
//! #[derive(serde::Deserialize)]
//! struct Broker { url: Secret, heartbeat_seconds: u16 }
//!
//! impl Check for Settings {
//!     fn check(&self, problems: &mut Problems) {
//!         self.log.check(problems);
//!         let heartbeat = self.broker.heartbeat_seconds;
//!         problems.ensure(heartbeat > 0, "broker.heartbeat_seconds", "must be at least 1");
//!     }
//! }
//!
//! let defaults = "[broker]\nheartbeat_seconds = 10";
//! let environment = [("WARREN__BROKER__URL".to_owned(), "amqp://localhost".to_owned())];
//! let settings: Settings = config::load_from(defaults, None, environment)?;
//! assert_eq!(settings.broker.heartbeat_seconds, 10);
//! # Ok::<(), config::ConfigError>(())
//! ```
//!
//! - `WARREN__SECTION__KEY` sets `section.key`; double underscores separate, single ones belong to names.
//!   Texts from the environment take the type of the field: numbers, `true`/`false`, lists separated by
//!   commas, and an empty text for an absent `Option`.
//! - `WARREN__SECTION__KEY_FILE` names a file that holds the value, for mounted secrets. A field that is
//!   itself called `key_file` takes its variable as it is.
//! - `RABBITMQ_URL`, `USER_DB_URL`, `CHAT_DB_URL`, `NOTIFICATION_DB_URL` and `ALLOWED_ORIGINS` work where
//!   the new name is not set.
//! - A key that a section does not have is a mistake. Sections of other processes are not looked at, so one
//!   file serves all.
//! - All mistakes are reported together, and no message repeats a value: it may be a secret. Implementations
//!   of `TryFrom` on fields must keep to that.
//! - `#[serde(flatten)]` and untagged enums hide the types of fields and do not work here.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use config::{Config, File, FileFormat};
use serde::de::DeserializeOwned;

mod deserialize;
mod mistake;
mod node;
mod problems;
mod secret;

use deserialize::{FILE_SUFFIX, NodeDeserializer};
use mistake::MistakeKind;
use node::{Node, Origin};

pub use crate::log::{LogConfig, LogFormat};
pub use problems::{ConfigError, Problems};
pub use secret::Secret;

/// The sections of all processes: a section that neither the process at hand nor this list has is a mistake.
const SECTIONS: [&str; 12] = [
    "auth", "bench", "broker", "chat", "edge", "files", "limits", "log", "notify", "uploads",
    "users", "worker",
];

/// Texts that stand in for a wrong or missing one whose type takes no empty text, until reading has ended.
const SAMPLES: [&str; 3] = ["127.0.0.1:0", "127.0.0.1", "http://127.0.0.1"];

/// Rules beyond the types: ranges, and fields that must fit each other.
pub trait Check {
    /// Notes every rule that does not hold, under its full `section.key`.
    fn check(&self, problems: &mut Problems);
}

/// Loads the settings of this process from embedded defaults (TOML), an optional file and the environment.
///
/// # Errors
///
/// One [`ConfigError`] that names every mistake. A file that cannot be read or is not TOML is reported alone,
/// because what it would have set is not known.
pub fn load<T: DeserializeOwned + Check>(
    defaults: &str,
    file: Option<&Path>,
) -> Result<T, ConfigError> {
    // Variables that are not Unicode cannot be ours by name; a value that is not fails its check.
    let environment = std::env::vars_os().filter_map(|(name, value)| {
        Some((
            name.into_string().ok()?,
            value.to_string_lossy().into_owned(),
        ))
    });
    load_from(defaults, file, environment)
}

/// [`load`] with the given environment instead of the one of the process.
///
/// # Errors
///
/// As [`load`].
pub fn load_from<T: DeserializeOwned + Check>(
    defaults: &str,
    file: Option<&Path>,
    environment: impl IntoIterator<Item = (String, String)>,
) -> Result<T, ConfigError> {
    let defaults = Config::builder().add_source(File::from_str(defaults, FileFormat::Toml));
    let mut tree = merged(defaults.clone(), "the embedded defaults")?;
    let fallback = tree.clone();
    if let Some(path) = file {
        let source = File::from(path).format(FileFormat::Toml);
        tree = merged(defaults.add_source(source), &path.display().to_string())?;
    }
    tree.overlay(&environment.into_iter().collect::<BTreeMap<_, _>>());

    let (settings, mut problems) = read::<T>(tree, &fallback);
    if let Some(settings) = &settings {
        let mut broken_rules = Problems::default();
        settings.check(&mut broken_rules);
        problems.merge(broken_rules);
    }
    problems.into_result(settings)
}

type Builder = config::ConfigBuilder<config::builder::DefaultState>;

/// Merges the sources; `file` is the last one and names it in errors.
fn merged(sources: Builder, file: &str) -> Result<Node, ConfigError> {
    let merged = sources.build().map_err(|error| {
        // The error of the parser quotes the line, which may hold a secret.
        let message = match error {
            config::ConfigError::FileParse { cause, .. } => not_toml(cause.as_ref(), file),
            other => format!("cannot be read: {other}"),
        };
        ConfigError::new(file, message)
    })?;
    Ok(Node::new(merged.cache, file))
}

/// What is wrong with the syntax, and on which line of the file.
fn not_toml(cause: &(dyn std::error::Error + 'static), file: &str) -> String {
    let Some(error) = cause.downcast_ref::<toml::de::Error>() else {
        return "is not valid TOML".to_owned();
    };
    let text = std::fs::read_to_string(file).unwrap_or_default();
    let before = error.span().and_then(|span| text.get(..span.start));
    let line = before.map(|before| format!(", line {}", before.matches('\n').count() + 1));
    let (line, message) = (line.unwrap_or_default(), error.message());
    format!("is not valid TOML{line}: {message}")
}

/// Reads the settings out of the tree. After each mistake the value is replaced by its default, or else by
/// something that fits, and reading starts again: so every mistake is found.
fn read<T: DeserializeOwned>(mut tree: Node, defaults: &Node) -> (Option<T>, Problems) {
    let mut problems = Problems::default();
    let mut attempts = HashMap::<Vec<String>, usize>::new();
    loop {
        let mistake = match T::deserialize(NodeDeserializer::root(&tree)) {
            Ok(settings) => return (Some(settings), problems),
            Err(mistake) => mistake,
        };
        let mut path = tree.settable(mistake.path());
        let origin = tree.get(&path).map(Node::describe_origin);
        if let (MistakeKind::Missing, [_]) = (&mistake.kind, &path[..]) {
            // A section that is nowhere set is an empty one: its keys say what they need.
            tree.insert(&path, Node::empty_table());
            continue;
        }
        if let MistakeKind::File(_) = mistake.kind {
            // From here on it is about the key that the file stands for.
            tree.remove(&path);
            if let Some(key) = path.last_mut() {
                key.truncate(key.len().saturating_sub(FILE_SUFFIX.len()));
            }
        }
        let attempt = attempts.entry(path.clone()).or_default();
        *attempt += 1;
        if *attempt == 1 {
            let message = mistake.message() + &origin.unwrap_or_default();
            problems.add(path.join("."), message);
        }
        match (mistake.kind, *attempt) {
            (MistakeKind::Unknown(_), 1) => tree.remove(&path),
            (_, 1) => {
                let default = defaults.get(&path).cloned();
                tree.insert(&path, default.unwrap_or_else(Node::placeholder));
            }
            (_, 2) => tree.insert(&path, Node::placeholder()),
            (_, attempt) => match SAMPLES.get(attempt - 3) {
                Some(sample) => tree.insert(&path, Node::text((*sample).into(), Origin::Defaults)),
                None => return (None, problems),
            },
        }
    }
}
