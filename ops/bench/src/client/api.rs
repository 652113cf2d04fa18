//! The REST calls a run needs, with the retries a client is meant to make.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::json;

use super::edge::Edge;
use super::http::{Call, Http, HttpError};
use super::shape::{Conversation, Message, Notification, Page, Problem, Session};
use crate::error::BenchError;

/// How often a call that is safe to repeat is tried, with pauses of 0.1 s, 0.2 s, ... between.
const ATTEMPTS: u32 = 8;
/// Items per page: the contract's maximum.
const PAGE: u32 = 100;

/// Why a call gave no result.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ApiError {
    /// No answer.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// The answer was a refusal.
    #[error("{status} {code}: {detail}")]
    Refused {
        /// HTTP status.
        status: u16,
        /// Stable code of the contract.
        code: String,
        /// Explanation.
        detail: String,
    },
    /// The answer was not what the contract says.
    #[error("answer of {path} not understood: {reason}")]
    Shape {
        /// The path called.
        path: String,
        /// What serde says.
        reason: String,
    },
}

impl ApiError {
    /// Safe to send again (with the same clientId where there is one).
    fn is_transient(&self) -> bool {
        match self {
            Self::Http(_) => true,
            Self::Refused { code, .. } => {
                matches!(code.as_str(), "BUSY" | "UNAVAILABLE" | "TIMEOUT")
            }
            Self::Shape { .. } => false,
        }
    }

    /// What to tell the person at the terminal when the set-up stops here.
    pub(crate) fn into_setup_error(self, doing: &str) -> BenchError {
        match self {
            Self::Refused { ref code, .. } if code == "RATE_LIMITED" => BenchError::Setup(format!(
                "{doing}: {self}. Lift the limits of the system under test for a benchmark: WARREN__LIMITS__ENABLED=false"
            )),
            Self::Http(error @ HttpError::Connect(..)) => unreachable(&error),
            other => BenchError::Setup(format!("{doing}: {other}")),
        }
    }
}

fn unreachable(error: &HttpError) -> BenchError {
    BenchError::Unreachable(format!(
        "{error}. Start the system (./ops/up) or name its edges with --url"
    ))
}

/// Credentials of one person.
#[derive(Clone, Debug)]
pub(crate) struct Tokens {
    /// Bearer.
    pub(crate) access: String,
    /// Rotated at each refresh; none if the edge set no cookie.
    pub(crate) refresh: Option<String>,
}

/// All calls go to the edge with the number given, and to the others when that one is down.
#[derive(Debug)]
pub(crate) struct Api {
    http: Http,
}

impl Api {
    /// A client of these edges; each call is bounded by `timeout`.
    pub(crate) fn new(edges: Arc<[Edge]>, timeout: Duration) -> Self {
        Self {
            http: Http::new(edges, timeout),
        }
    }

    /// The edges.
    pub(crate) fn edges(&self) -> &Arc<[Edge]> {
        self.http.edges()
    }

    /// Fails with a message saying what to do if an edge does not answer.
    pub(crate) async fn check_reachable(&self) -> Result<(), BenchError> {
        for edge in 0..self.edges().len() {
            let answer = self
                .http
                .call(
                    edge,
                    Call {
                        path: "/health/live",
                        ..Call::default()
                    },
                )
                .await;
            if let Err(error) = answer {
                return Err(match error {
                    HttpError::Connect(..) => unreachable(&error),
                    other => BenchError::Unreachable(format!(
                        "{}: {other}",
                        self.edges()[edge].authority
                    )),
                });
            }
        }
        Ok(())
    }

    /// Registers somebody; the password is the name followed by `-Pass1!`.
    pub(crate) async fn register(
        &self,
        edge: usize,
        name: &str,
    ) -> Result<(u64, Tokens), ApiError> {
        let body = json!({
            "username": name, "email": format!("{name}@bench.invalid"), "password": password(name), "displayName": name,
        })
        .to_string();
        match self.session(edge, "/auth/register", &body).await {
            // An earlier attempt whose answer was lost has registered the name.
            Err(ApiError::Refused { code, .. }) if code == "CONFLICT" => {
                self.login(edge, name).await
            }
            other => other,
        }
    }

    /// Signs in somebody registered by [`Self::register`].
    pub(crate) async fn login(&self, edge: usize, name: &str) -> Result<(u64, Tokens), ApiError> {
        let body = json!({"email": name, "password": password(name)}).to_string();
        self.session(edge, "/auth/login", &body).await
    }

    async fn session(
        &self,
        edge: usize,
        path: &str,
        body: &str,
    ) -> Result<(u64, Tokens), ApiError> {
        let (session, refresh): (Session, _) = self
            .retried(edge, || Call {
                path,
                body: Some(body.to_owned()),
                ..Call::default()
            })
            .await?;
        Ok((
            session.user.user_id,
            Tokens {
                access: session.access_token,
                refresh,
            },
        ))
    }

    /// New tokens for the refresh token; tried once, the caller signs in again if it fails.
    pub(crate) async fn refresh(&self, edge: usize, refresh: &str) -> Result<Tokens, ApiError> {
        let call = Call {
            path: "/auth/refresh",
            refresh_token: Some(refresh),
            body: Some("{}".to_owned()),
            ..Call::default()
        };
        let (session, refresh): (Session, _) =
            decode("/auth/refresh", self.http.call(edge, call).await?)?;
        Ok(Tokens {
            access: session.access_token,
            refresh,
        })
    }

    /// Creates a conversation of the caller and the participants; several participants or a name make it a group.
    pub(crate) async fn create_conversation(
        &self,
        edge: usize,
        token: &str,
        participants: &[u64],
        name: Option<&str>,
        client_id: &str,
    ) -> Result<Conversation, ApiError> {
        let body = match name {
            Some(name) => json!({"type": "group", "participantIds": participants, "name": name, "clientId": client_id}),
            None => json!({"type": "direct", "participantIds": participants, "clientId": client_id}),
        }
        .to_string();
        let path = "/chat/conversations";
        let call = || Call {
            path,
            token: Some(token),
            body: Some(body.clone()),
            ..Call::default()
        };
        Ok(self.retried(edge, call).await?.0)
    }

    /// Agrees to a direct conversation that somebody else has created.
    pub(crate) async fn accept(&self, edge: usize, token: &str, id: &str) -> Result<(), ApiError> {
        let path = format!("/chat/conversations/{id}/accept");
        let call = || Call {
            path: &path,
            token: Some(token),
            body: Some("{}".to_owned()),
            ..Call::default()
        };
        self.retried::<Conversation>(edge, call).await.map(drop)
    }

    /// One conversation as the caller sees it.
    pub(crate) async fn conversation(
        &self,
        edge: usize,
        token: &str,
        id: &str,
    ) -> Result<Conversation, ApiError> {
        self.get(edge, token, &format!("/chat/conversations/{id}"))
            .await
    }

    /// The whole history, ascending.
    pub(crate) async fn history(
        &self,
        edge: usize,
        token: &str,
        id: &str,
    ) -> Result<Vec<Message>, ApiError> {
        let mut all: Vec<Message> = Vec::new();
        loop {
            let after = all.last().map_or(0, |message| message.seq);
            let path = format!("/chat/conversations/{id}/messages?limit={PAGE}&after={after}");
            let page: Page<Message> = self.get(edge, token, &path).await?;
            let stuck = page.items.last().is_none_or(|message| message.seq <= after);
            all.extend(page.items);
            if page.next_cursor.is_none() || stuck {
                return Ok(all);
            }
        }
    }

    /// The first page of what is found; `q` is ready for a URL.
    pub(crate) async fn search(
        &self,
        edge: usize,
        token: &str,
        q: &str,
        conversation: Option<&str>,
    ) -> Result<Vec<Message>, ApiError> {
        let within = conversation.map(|id| format!("&conversationId={id}"));
        let path = format!("/chat/search?q={q}{}", within.unwrap_or_default());
        let page: Page<Message> = self.get(edge, token, &path).await?;
        Ok(page.items)
    }

    /// All unread notifications.
    pub(crate) async fn unread_notifications(
        &self,
        edge: usize,
        token: &str,
    ) -> Result<Vec<Notification>, ApiError> {
        let mut all = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let from = cursor
                .as_ref()
                .map(|cursor| format!("&cursor={cursor}"))
                .unwrap_or_default();
            let path = format!("/notifications?unreadOnly=true&limit={PAGE}{from}");
            let page: Page<Notification> = self.get(edge, token, &path).await?;
            let empty = page.items.is_empty();
            all.extend(page.items);
            cursor = page.next_cursor;
            if cursor.is_none() || empty {
                return Ok(all);
            }
        }
    }

    async fn get<T: DeserializeOwned>(
        &self,
        edge: usize,
        token: &str,
        path: &str,
    ) -> Result<T, ApiError> {
        Ok(self
            .retried(edge, || Call {
                path,
                token: Some(token),
                ..Call::default()
            })
            .await?
            .0)
    }

    /// Repeats a call after transient errors, on the next edge each time.
    async fn retried<'a, T: DeserializeOwned>(
        &self,
        edge: usize,
        call: impl Fn() -> Call<'a>,
    ) -> Result<(T, Option<String>), ApiError> {
        let mut attempt = 0;
        loop {
            let request = call();
            let path = request.path;
            let result = match self.http.call(edge + attempt as usize, request).await {
                Ok(answer) => decode(path, answer),
                Err(error) => Err(error.into()),
            };
            attempt += 1;
            match result {
                Err(error) if error.is_transient() && attempt < ATTEMPTS => {
                    tokio::time::sleep(Duration::from_millis(100) * attempt).await;
                }
                other => return other,
            }
        }
    }
}

fn decode<T: for<'de> Deserialize<'de>>(
    path: &str,
    answer: super::http::Answer,
) -> Result<(T, Option<String>), ApiError> {
    if !(200..300).contains(&answer.status) {
        let problem: Problem = serde_json::from_slice(&answer.body).unwrap_or_else(|_| Problem {
            code: "MALFORMED".to_owned(),
            detail: String::from_utf8_lossy(&answer.body[..answer.body.len().min(200)])
                .into_owned(),
        });
        return Err(ApiError::Refused {
            status: answer.status,
            code: problem.code,
            detail: problem.detail,
        });
    }
    let value = serde_json::from_slice(&answer.body).map_err(|error| ApiError::Shape {
        path: path.to_owned(),
        reason: error.to_string(),
    })?;
    Ok((value, answer.refresh_token))
}

fn password(name: &str) -> String {
    format!("{name}-Pass1!")
}
