//! What a handler is given and gives back.

use serde_json::value::{RawValue, to_raw_value};
use warren_runtime::trace::TraceParent;
use warren_topology::{
    actions::{Contract, parse},
    envelope::{Caller, Command, Origin},
    failure::{ErrorCode, Failure},
    ids::UserId,
};

/// A command without its payload.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The command's id, unique in time and space.
    pub id: &'a str,
    /// Who sends it, if signed in.
    pub caller: Option<&'a Caller>,
    /// Where from, for actions that ask for it.
    pub origin: Option<&'a Origin>,
    /// The trace of the client's action.
    pub trace: TraceParent,
}

impl<'a> Request<'a> {
    /// The request of a command.
    #[must_use]
    pub fn of(command: &'a Command<'_>) -> Self {
        Self {
            id: &command.id,
            caller: command.caller.as_ref(),
            origin: command.origin.as_ref(),
            trace: command.trace,
        }
    }

    /// Who sends it.
    ///
    /// # Errors
    /// `AUTH_INVALID` when nobody is signed in.
    pub fn caller(&self) -> Result<&'a Caller, Failure> {
        self.caller
            .ok_or_else(|| Failure::new(ErrorCode::AuthInvalid, "Sign in first."))
    }

    /// The user who sends it.
    ///
    /// # Errors
    /// `AUTH_INVALID` when nobody is signed in.
    pub fn user(&self) -> Result<UserId, Failure> {
        self.caller().map(|caller| caller.user)
    }
}

/// What a handler answers.
#[derive(Clone, Debug)]
pub struct Answer<T> {
    /// What the client gets.
    pub data: T,
    /// An HTTP status that differs from the table's.
    pub status: Option<u16>,
    /// Set-Cookie values, for REST.
    pub cookies: Vec<String>,
}

impl<T> From<T> for Answer<T> {
    fn from(data: T) -> Self {
        Self {
            data,
            status: None,
            cookies: Vec::new(),
        }
    }
}

impl<T> Answer<T> {
    /// The same with another HTTP status than the table's.
    #[must_use]
    pub fn with_status(self, status: u16) -> Self {
        Self {
            status: Some(status),
            ..self
        }
    }

    /// The same with Set-Cookie values.
    #[must_use]
    pub fn with_cookies(self, cookies: Vec<String>) -> Self {
        Self { cookies, ..self }
    }
}

/// Why a handler does not answer.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// The client may not have it; this is what it is told.
    #[error(transparent)]
    Refused(#[from] Failure),
    /// PostgreSQL failed. Trying again later may help.
    #[error("PostgreSQL: {0}")]
    Postgres(#[from] sqlx::Error),
    /// MongoDB failed. Trying again later may help.
    #[error("MongoDB: {0}")]
    Mongo(#[from] mongodb::error::Error),
    /// Something that should not be. The text is for the log.
    #[error("{0}")]
    Broken(String),
}

impl Fault {
    /// What the client is told; the rest is in the log.
    #[must_use]
    pub fn into_failure(self) -> Failure {
        match self {
            Fault::Refused(failure) => failure,
            Fault::Postgres(_) | Fault::Mongo(_) => Failure::unavailable(),
            Fault::Broken(_) => Failure::internal(),
        }
    }
}

/// An answer on its way to the client, in JSON.
#[derive(Clone, Debug, Default)]
pub struct Outcome {
    /// What the client gets; nothing for an empty answer.
    pub data: Option<Box<RawValue>>,
    /// An HTTP status that differs from the table's.
    pub status: Option<u16>,
    /// Set-Cookie values.
    pub cookies: Vec<String>,
}

impl Outcome {
    /// Encodes an answer.
    ///
    /// # Errors
    /// [`Fault::Broken`] when it has no JSON form.
    pub fn of<T: serde::Serialize>(answer: Answer<T>) -> Result<Self, Fault> {
        let data = to_raw_value(&answer.data).map_err(|error| Fault::Broken(error.to_string()))?;
        Ok(Self {
            data: Some(data),
            status: answer.status,
            cookies: answer.cookies,
        })
    }
}

/// Reads the payload of action `C`, has it handled and encodes the answer.
///
/// # Errors
/// [`Fault`] from the payload or the handler.
pub async fn answer<C: Contract>(
    command: &Command<'_>,
    handle: impl AsyncFnOnce(C::Payload) -> Result<Answer<C::Reply>, Fault>,
) -> Result<Outcome, Fault> {
    let payload = parse::<C::Payload>(command.payload.get().as_bytes())?;
    Outcome::of(handle(payload).await?)
}
