//! What is applied to a database and what is not.

use std::fmt::{self, Write as _};

/// One migration of one database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The section that names the database: `users`, `chat` or `notify`.
    pub database: &'static str,
    /// Its number.
    pub version: i64,
    /// What it is about.
    pub name: String,
    /// How things stand.
    pub state: State,
}

/// How things stand with a migration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// Not applied yet.
    Pending,
    /// Applied; when, RFC 3339 in UTC.
    Applied(String),
    /// Applied, but its text is another one now.
    Changed,
    /// Applied, and not known to this version: by a newer one.
    Unknown,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            State::Pending => f.write_str("pending"),
            State::Applied(at) => write!(f, "applied {at}"),
            State::Changed => f.write_str("applied, then edited: undo the edit"),
            State::Unknown => f.write_str("applied by a newer version"),
        }
    }
}

/// The entries as lines under a heading, in columns.
#[must_use]
pub fn table(entries: &[Entry]) -> String {
    let width = |heading: &str, text: fn(&Entry) -> usize| {
        entries
            .iter()
            .map(text)
            .chain([heading.len()])
            .max()
            .unwrap_or_default()
    };
    let database = width("DATABASE", |entry| entry.database.len());
    let name = width("NAME", |entry| entry.name.len());
    let mut text = format!(
        "{:database$}  VERSION  {:name$}  STATE\n",
        "DATABASE", "NAME"
    );
    for entry in entries {
        // Writing to a String does not fail.
        let _ = writeln!(
            text,
            "{:database$}  {:>7}  {:name$}  {}",
            entry.database,
            format!("{:04}", entry.version),
            entry.name,
            entry.state
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_aligned() {
        let entry = |database, name: &str, state| Entry {
            database,
            version: 1,
            name: name.into(),
            state,
        };
        let entries = [
            entry(
                "users",
                "users",
                State::Applied("2026-01-02T03:04:05Z".into()),
            ),
            entry("notify", "notifications", State::Pending),
        ];
        let expected = "DATABASE  VERSION  NAME           STATE\n\
                        users        0001  users          applied 2026-01-02T03:04:05Z\n\
                        notify       0001  notifications  pending\n";
        assert_eq!(table(&entries), expected);
    }
}
