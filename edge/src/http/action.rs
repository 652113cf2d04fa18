use std::{net::IpAddr, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::{
    HeaderMap, Method, StatusCode,
    body::Incoming,
    header::{CONTENT_TYPE, HeaderValue, SET_COOKIE},
};
use tokio::sync::oneshot;
use tracing::debug;
use warren_runtime::trace::TraceParent;
use warren_topology::{
    actions::Access,
    failure::{ErrorCode, Failure},
};

use super::{
    answer::{Answer, empty, problem, problem_with, with_body},
    client::{self, PageOrigin},
    payload::{self, Parts},
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

/// A refusal on the way to the broker; the status when it says more than the code's own.
struct Refusal {
    status: Option<u16>,
    failure: Failure,
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
    head: &hyper::http::request::Parts,
    body: Incoming,
) -> Answer {
    let trace = action.trace;
    let (sender, receiver) = oneshot::channel();
    let status = action.entry.action.status;
    let origin = PageOrigin::of(&head.headers, &core.settings.allowed_origins);
    if let Err(refusal) = submit(core, action, head, body, Waiter::Request(sender)).await {
        debug!(trace = trace.trace_id(), failure = %refusal.failure, "refused");
        let status = refusal
            .status
            .unwrap_or_else(|| refusal.failure.code.status());
        return problem_with(status, &refusal.failure, trace);
    }
    match receiver.await {
        Ok(Ok(mut success)) => {
            // Cookies that did not count are not touched either.
            if origin == PageOrigin::Foreign {
                success.cookies.clear();
            }
            succeeded(status, success)
        }
        Ok(Err(failure)) => problem(&failure, trace),
        Err(_) => problem(&Failure::unavailable(), trace),
    }
}

async fn submit(
    core: &Core,
    action: ActionRequest<'_>,
    head: &hyper::http::request::Parts,
    body: Incoming,
    waiter: Waiter,
) -> Result<(), Refusal> {
    let ActionRequest {
        entry,
        path,
        peer,
        trace,
    } = action;
    let headers = &head.headers;
    let changes = !matches!(head.method, Method::GET | Method::HEAD);
    let body = if changes {
        read(core, headers, body).await?
    } else {
        Bytes::new()
    };

    let origin = PageOrigin::of(headers, &core.settings.allowed_origins);
    // Another site's page must not act with the cookies of this one (design.md, section 8).
    let cookies_count = !(changes && origin == PageOrigin::Foreign);
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
    let payload = payload::merge(&parts, &body, &entry.kinds)?;
    let call = Call {
        entry,
        caller: proof.as_ref().map(|proof| &*proof.caller),
        address: client::address(peer, headers, &core.settings),
        user_agent: client::user_agent(headers),
        trace,
        payload: &payload,
    };
    core.commands.submit(&call, waiter);
    Ok(())
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
async fn read(core: &Core, headers: &HeaderMap, body: Incoming) -> Result<Bytes, Refusal> {
    let limit = core.settings.max_payload_bytes;
    let collected = tokio::time::timeout(
        Duration::from_millis(core.settings.body_timeout_ms),
        Limited::new(body, limit).collect(),
    );
    let body = match collected.await {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            let message = format!("The body is larger than {limit} bytes.");
            return Err(Refusal {
                status: Some(413),
                failure: Failure::new(ErrorCode::InvalidInput, message),
            });
        }
        Ok(Err(_)) => return Err(Failure::invalid("", "the body broke off").into()),
        Err(_) => {
            let failure = Failure::new(ErrorCode::InvalidInput, "The body did not arrive in time.");
            return Err(Refusal {
                status: Some(408),
                failure,
            });
        }
    };
    // Forms of other sites cannot send JSON without asking first (CORS), so nothing else is taken.
    if !body.is_empty() && !is_json(headers) {
        let failure = Failure::new(
            ErrorCode::InvalidInput,
            "The body must be JSON (Content-Type: application/json).",
        );
        return Err(Refusal {
            status: Some(415),
            failure,
        });
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

fn succeeded(status: u16, success: Success) -> Answer {
    let status = StatusCode::from_u16(success.status.unwrap_or(status)).unwrap_or(StatusCode::OK);
    let mut answer = if status == StatusCode::NO_CONTENT {
        empty(status)
    } else {
        let body = success.data.map_or_else(
            || Bytes::from_static(b"null"),
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
