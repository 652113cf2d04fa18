//! What a client is told when an action is refused: a stable code, a text for people, and every mistake in its input.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The stable error codes of the contract (design.md, section 7).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum ErrorCode {
    /// Not signed in, or with a wrong, expired or revoked proof.
    AuthInvalid,
    /// Signed in, but not allowed to.
    Forbidden,
    /// Does not exist, or is not for the caller to know of.
    NotFound,
    /// The payload breaks its contract; `errors` names every mistake.
    InvalidInput,
    /// It clashes with what exists.
    Conflict,
    /// Too many actions in too short a time.
    RateLimited,
    /// The queue for this work is full; try again later.
    Busy,
    /// A part that is needed is not there; nothing was done.
    Unavailable,
    /// No answer in time; the outcome is unknown. Repeating with the same `clientId` is safe.
    Timeout,
    /// A fault of the system; the log has it under the trace id.
    Internal,
}

impl ErrorCode {
    /// All codes, for the documents.
    pub const ALL: [ErrorCode; 10] = [
        Self::AuthInvalid,
        Self::Forbidden,
        Self::NotFound,
        Self::InvalidInput,
        Self::Conflict,
        Self::RateLimited,
        Self::Busy,
        Self::Unavailable,
        Self::Timeout,
        Self::Internal,
    ];

    /// The HTTP status that says the same (RFC 9110, section 15).
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::InvalidInput => 400,
            Self::AuthInvalid => 401,
            Self::Forbidden => 403,
            Self::NotFound => 404,
            Self::Conflict => 409,
            Self::RateLimited => 429,
            Self::Internal => 500,
            Self::Busy | Self::Unavailable => 503,
            Self::Timeout => 504,
        }
    }

    /// The code as it travels and as metrics label it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AuthInvalid => "AUTH_INVALID",
            Self::Forbidden => "FORBIDDEN",
            Self::NotFound => "NOT_FOUND",
            Self::InvalidInput => "INVALID_INPUT",
            Self::Conflict => "CONFLICT",
            Self::RateLimited => "RATE_LIMITED",
            Self::Busy => "BUSY",
            Self::Unavailable => "UNAVAILABLE",
            Self::Timeout => "TIMEOUT",
            Self::Internal => "INTERNAL",
        }
    }

    /// A short title for the code, as problem+json shows it (RFC 9457, section 3.1.3).
    #[must_use]
    pub fn title(self) -> &'static str {
        match self {
            Self::AuthInvalid => "Sign-in required",
            Self::Forbidden => "Not allowed",
            Self::NotFound => "Not found",
            Self::InvalidInput => "Invalid input",
            Self::Conflict => "Conflict",
            Self::RateLimited => "Too many requests",
            Self::Busy => "Busy",
            Self::Unavailable => "Unavailable",
            Self::Timeout => "No answer in time",
            Self::Internal => "Internal error",
        }
    }
}

/// One mistake in a payload.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Violation {
    /// The field, as a path into the payload (`participantIds[2]`); empty for the payload as a whole.
    pub field: String,
    /// What is wrong and what would be right.
    pub message: String,
}

/// The mistakes found in one payload.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Violations(Vec<Violation>);

/// The most mistakes that are told at once.
const MAX_VIOLATIONS: usize = 50;

impl Violations {
    /// Notes a mistake, one of the first 50: who has made more has not made them one by one.
    pub fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        if self.0.len() == MAX_VIOLATIONS {
            return;
        }
        self.0.push(Violation {
            field: field.into(),
            message: message.into(),
        });
    }

    /// Keeps those in fields that are as wanted.
    pub fn retain(&mut self, wanted: impl Fn(&str) -> bool) {
        self.0.retain(|violation| wanted(&violation.field));
    }

    /// Takes in further mistakes, but those in fields of which one is known.
    pub fn add_new(&mut self, others: Self) {
        let is_new = |known: &[Violation], other: &Violation| {
            !known.iter().any(|known| known.field == other.field)
        };
        let others: Vec<_> = others
            .0
            .into_iter()
            .filter(|other| is_new(&self.0, other))
            .collect();
        self.0.extend(others);
    }

    /// Whether none was found.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// A refused action, as the client sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, thiserror::Error)]
#[error("{}: {message}", code.as_str())]
pub struct Failure {
    /// The stable code.
    pub code: ErrorCode,
    /// A sentence for people.
    pub message: String,
    /// Every mistake, with [`ErrorCode::InvalidInput`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<Violation>,
}

impl Failure {
    /// A refusal with a code and a sentence.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            errors: Vec::new(),
        }
    }

    /// [`ErrorCode::NotFound`] for a kind of thing.
    #[must_use]
    pub fn not_found(what: &str) -> Self {
        Self::new(ErrorCode::NotFound, format!("There is no such {what}."))
    }

    /// [`ErrorCode::Forbidden`] with the rule that forbids it.
    pub fn forbidden(rule: impl Into<String>) -> Self {
        Self::new(ErrorCode::Forbidden, rule)
    }

    /// [`ErrorCode::InvalidInput`] with a single mistake.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        let mut violations = Violations::default();
        violations.add(field, message);
        violations.into()
    }

    /// [`ErrorCode::Internal`]; the detail belongs in the log.
    #[must_use]
    pub fn internal() -> Self {
        Self::new(
            ErrorCode::Internal,
            "Something went wrong on our side. It has been logged.",
        )
    }

    /// [`ErrorCode::Unavailable`]; nothing was done.
    #[must_use]
    pub fn unavailable() -> Self {
        Self::new(
            ErrorCode::Unavailable,
            "This part of the service is not available right now. Nothing was done; try again.",
        )
    }
}

impl From<Violations> for Failure {
    fn from(violations: Violations) -> Self {
        Self {
            code: ErrorCode::InvalidInput,
            message: "The input is not valid.".into(),
            errors: violations.0,
        }
    }
}
