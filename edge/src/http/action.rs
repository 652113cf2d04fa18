use std::{net::IpAddr, time::Duration};

use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::{
    HeaderMap, Method, StatusCode,
    body::Incoming,
    header::{CONTENT_TYPE, HeaderValue, SET_COOKIE},
    http::request::Parts as Head,
};
use serde_json::value::RawValue;
use tokio::sync::oneshot;
use tracing::debug;
use warren_runtime::trace::TraceParent;
use warren_topology::{
    actions::{Access, Bytes},
    failure::{ErrorCode, Failure},
    ids::UserId,
};

use super::{
    answer::{Answer, empty, problem_with, with_body},
    client::{self, PageOrigin},
    downloads,
    payload::{self, Parts},
    uploads,
};
use crate::{
    auth::Proof,
    commands::{
        catalog::Entry,
        pending::{Success, Waiter},
        submit::Call,
    },
    core::Core,
};

/// A refusal; the status when it says more than the code's own.
pub(super) struct Refusal {
    status: Option<u16>,
    failure: Failure,
}

impl Refusal {
    /// With a status that the code alone does not give.
    pub(super) fn with_status(status: u16, code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            status: Some(status),
            failure: Failure::new(code, message),
        }
    }
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self {
            status: None,
            failure,
        }
    }
}

/// A request for an action.
pub(crate) struct ActionRequest<'a> {
    pub(crate) entry: &'a Entry,
    pub(crate) path: Vec<(&'static str, std::borrow::Cow<'a, str>)>,
    pub(crate) peer: IpAddr,
    pub(crate) trace: TraceParent,
}

/// Carries an action out: its command goes to the broker, the reply becomes the answer.
pub(crate) async fn perform(
    core: &Core,
    action: ActionRequest<'_>,
    head: &Head,
    body: Incoming,
) -> Answer {
    let trace = action.trace;
    let answer = match action.entry.action.bytes {
        Some(Bytes::Stored { then }) => uploads::answer(core, action, then, head, body).await,
        Some(Bytes::Served) => downloads::answer(core, action, head).await,
        None => answer(core, action, head, body).await,
    };
    answer.unwrap_or_else(|Refusal { status, failure }| {
        debug!(trace = trace.trace_id(), %failure, "refused");
        let status = status.unwrap_or_else(|| failure.code.status());
        problem_with(status, &failure, trace)
    })
}

async fn answer(
    core: &Core,
    action: ActionRequest<'_>,
    head: &Head,
    body: Incoming,
) -> Result<Answer, Refusal> {
    let body = if changes(head) {
        read(core, &head.headers, body).await?
    } else {
        Default::default()
    };
    let status = action.entry.action.status;
    let mut success = admit(core, action, head, &body)?.ask(core).await?;
    // Cookies that did not count are not touched either.
    if PageOrigin::of(&head.headers, &core.settings.allowed_origins) == PageOrigin::Foreign {
        success.cookies.clear();
    }
    Ok(succeeded(status, success))
}

/// An action with the one who asks for it and what it carries.
pub(super) struct Admitted<'a> {
    entry: &'a Entry,
    proof: Option<Proof>,
    address: IpAddr,
    user_agent: &'a str,
    trace: TraceParent,
    payload: Box<RawValue>,
}

/// Finds out who asks, and makes the payload of path, query and body.
pub(super) fn admit<'a>(
    core: &Core,
    action: ActionRequest<'a>,
    head: &'a Head,
    body: &[u8],
) -> Result<Admitted<'a>, Failure> {
    let ActionRequest {
        entry,
        path,
        peer,
        trace,
    } = action;
    let headers = &head.headers;
    let origin = PageOrigin::of(headers, &core.settings.allowed_origins);
    // Another site's page must not act with the cookies of this one (design.md, section 8).
    let cookies_count = !(changes(head) && origin == PageOrigin::Foreign);
    let proof = prove(core, entry, headers, cookies_count)?;
    let cookie = entry.action.cookie.and_then(|(cookie, field)| {
        let value = client::cookie(headers, cookie).filter(|_| cookies_count)?;
        Some((field, value))
    });
    let parts = Parts {
        path,
        query: head.uri.query().unwrap_or_default(),
        cookie,
    };
    Ok(Admitted {
        entry,
        proof,
        address: client::address(peer, headers, &core.settings),
        user_agent: client::user_agent(headers),
        trace,
        payload: payload::merge(&parts, body, &entry.kinds)?,
    })
}

impl Admitted<'_> {
    /// Who asks, if signed in.
    pub(super) fn user(&self) -> Option<UserId> {
        self.proof.as_ref().map(|proof| proof.caller.user)
    }

    /// Has it done.
    pub(super) async fn ask(&self, core: &Core) -> Result<Success, Failure> {
        let (waiter, answer) = waiter();
        core.commands
            .submit(&self.call(self.entry, &self.payload), waiter);
        answer.await.unwrap_or_else(|_| Err(Failure::unavailable()))
    }

    /// Has another action done for the same caller, as a part of this one.
    pub(super) async fn go_on(
        &self,
        core: &Core,
        entry: &Entry,
        payload: &RawValue,
    ) -> Result<Success, Failure> {
        let (waiter, answer) = waiter();
        core.commands
            .submit_unlimited(&self.call(entry, payload), waiter);
        answer.await.unwrap_or_else(|_| Err(Failure::unavailable()))
    }

    fn call<'a>(&'a self, entry: &'a Entry, payload: &'a RawValue) -> Call<'a> {
        Call {
            entry,
            caller: self.proof.as_ref().map(|proof| &*proof.caller),
            address: self.address,
            user_agent: self.user_agent,
            trace: self.trace,
            payload,
        }
    }
}

fn waiter() -> (Waiter, oneshot::Receiver<Result<Success, Failure>>) {
    let (sender, receiver) = oneshot::channel();
    (Waiter::Request(sender), receiver)
}

fn changes(head: &Head) -> bool {
    !matches!(head.method, Method::GET | Method::HEAD)
}

/// Who calls. On public actions a proof that does not hold counts as none.
fn prove(
    core: &Core,
    entry: &Entry,
    headers: &HeaderMap,
    cookies_count: bool,
) -> Result<Option<Proof>, Failure> {
    let public = entry.action.access == Access::Public;
    let cookie = client::cookie(headers, "accessToken");
    let proof = match (client::bearer(headers), cookie) {
        (Some(token), _) => core.prove(token).map(Some),
        (None, Some(token)) if cookies_count => core.prove(token).map(Some),
        (None, Some(_)) => Err(Failure::forbidden("This origin may not act with cookies.")),
        (None, None) => Ok(None),
    };
    if public {
        Ok(proof.unwrap_or_default())
    } else {
        proof
    }
}

/// Reads a JSON body within its bounds of size and time.
async fn read(core: &Core, headers: &HeaderMap, body: Incoming) -> Result<bytes::Bytes, Refusal> {
    let limit = core.settings.max_payload_bytes;
    let collected = tokio::time::timeout(
        Duration::from_millis(core.settings.body_timeout_ms),
        Limited::new(body, limit).collect(),
    );
    let body = match collected.await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            let message = format!("The body is larger than {limit} bytes.");
            return Err(Refusal::with_status(413, ErrorCode::InvalidInput, message));
        }
        Ok(Err(_)) => return Err(Failure::invalid("", "the body broke off").into()),
        Err(_) => {
            let message = "The body did not arrive in time.";
            return Err(Refusal::with_status(408, ErrorCode::InvalidInput, message));
        }
    };
    // Forms of other sites cannot send JSON without asking first (CORS), so nothing else is taken.
    if !body.is_empty() && !is_json(headers) {
        let message = "The body must be JSON (Content-Type: application/json).";
        return Err(Refusal::with_status(415, ErrorCode::InvalidInput, message));
    }
    Ok(body)
}

fn is_json(headers: &HeaderMap) -> bool {
    let content_type = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

pub(super) fn succeeded(status: u16, success: Success) -> Answer {
    let status = StatusCode::from_u16(success.status.unwrap_or(status)).unwrap_or(StatusCode::OK);
    let mut answer = if status == StatusCode::NO_CONTENT {
        empty(status)
    } else {
        let body = success.data.map_or_else(
            || bytes::Bytes::from_static(b"null"),
            |data| String::from(Box::<str>::from(data)).into(),
        );
        with_body(status, "application/json", body)
    };
    for cookie in &success.cookies {
        if let Ok(value) = HeaderValue::from_str(cookie) {
            answer.headers_mut().append(SET_COOKIE, value);
        }
    }
    answer
}
