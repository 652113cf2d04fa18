//! What stops the reading of settings, with its path and without the value.

use std::fmt::{self, Display};

use serde::de::{Error, Expected, Unexpected};

/// What stopped the reading.
#[derive(Debug)]
pub(super) struct Mistake {
    /// Keys from the innermost out.
    reversed_path: Vec<String>,
    pub(super) kind: MistakeKind,
}

#[derive(Debug)]
pub(super) enum MistakeKind {
    /// A required key is not set.
    Missing,
    /// The section has no such key; the message names those it has.
    Unknown(String),
    /// The variable `KEY_FILE`, whose path this is, is no use.
    File(String),
    /// The value does not fit.
    Wrong(String),
}

impl Mistake {
    pub(super) fn new(kind: MistakeKind) -> Self {
        let reversed_path = Vec::new();
        Self {
            reversed_path,
            kind,
        }
    }

    /// The mistake as seen from the table or list that holds the value under `key`.
    pub(super) fn within(mut self, key: &str) -> Self {
        self.reversed_path.push(key.to_owned());
        self
    }

    /// Keys from the root to the value.
    pub(super) fn path(&self) -> Vec<String> {
        self.reversed_path.iter().rev().cloned().collect()
    }

    /// What is wrong and what to do.
    pub(super) fn message(&self) -> String {
        match &self.kind {
            MistakeKind::Missing => "is missing and has no default: set it".to_owned(),
            MistakeKind::Unknown(message)
            | MistakeKind::File(message)
            | MistakeKind::Wrong(message) => message.clone(),
        }
    }
}

impl Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())
    }
}

impl std::error::Error for Mistake {}

/// Serde's own messages quote the value; these do not.
impl Error for Mistake {
    fn custom<T: Display>(message: T) -> Self {
        Self::new(MistakeKind::Wrong(message.to_string()))
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        let found = match found {
            Unexpected::Bool(_) => "a boolean",
            Unexpected::Unsigned(_) | Unexpected::Signed(_) => "an integer",
            Unexpected::Float(_) => "a floating point number",
            Unexpected::Char(_) | Unexpected::Str(_) => "a text",
            Unexpected::Seq => "a list",
            Unexpected::Map => "a section",
            _ => "something else",
        };
        Self::custom(format_args!("expected {expected}, found {found}"))
    }

    fn invalid_value(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        match found {
            Unexpected::Unsigned(_) | Unexpected::Signed(_) | Unexpected::Float(_) => {
                Self::custom(format_args!("is out of range for {expected}"))
            }
            _ => Self::custom(format_args!("expected {expected}")),
        }
    }

    fn unknown_variant(_: &str, known: &'static [&'static str]) -> Self {
        Self::custom(format_args!("must be one of: {}", known.join(", ")))
    }

    fn unknown_field(_: &str, known: &'static [&'static str]) -> Self {
        let message = format!(
            "is not a key here; remove it or use one of: {}",
            known.join(", ")
        );
        Self::new(MistakeKind::Unknown(message))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(MistakeKind::Missing).within(field)
    }
}
