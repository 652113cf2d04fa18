use bytes::Bytes;
use http_body_util::Full;
use hyper::{
    HeaderMap, Response, StatusCode,
    header::{
        CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderName, HeaderValue, IF_NONE_MATCH, RETRY_AFTER,
    },
};
use serde::Serialize;
use warren_runtime::trace::TraceParent;
use warren_topology::failure::{ErrorCode, Failure, Violation};

/// What the edge answers with.
pub(crate) type Answer = Response<Full<Bytes>>;

/// The header that carries the trace id to the client.
pub(crate) const TRACE_ID: HeaderName = HeaderName::from_static("x-trace-id");

/// A body of a type, not to be kept by caches.
pub(crate) fn with_body(
    status: StatusCode,
    content_type: &'static str,
    body: impl Into<Bytes>,
) -> Answer {
    let mut answer = Response::new(Full::new(body.into()));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

/// No body.
pub(crate) fn empty(status: StatusCode) -> Answer {
    let mut answer = Response::new(Full::default());
    *answer.status_mut() = status;
    answer
        .headers_mut()
        .insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

/// RFC 9457 problem details with the members of the contract.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Problem<'a> {
    r#type: String,
    title: &'static str,
    status: u16,
    detail: &'a str,
    code: ErrorCode,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    errors: &'a [Violation],
    trace_id: String,
}

/// A refusal, with the status of its code.
pub(crate) fn problem(failure: &Failure, trace: TraceParent) -> Answer {
    problem_with(failure.code.status(), failure, trace)
}

/// A refusal with a status that says more than its code.
pub(crate) fn problem_with(status: u16, failure: &Failure, trace: TraceParent) -> Answer {
    let problem = Problem {
        r#type: format!("urn:warren:problem:{}", failure.code.as_str()),
        title: failure.code.title(),
        status,
        detail: &failure.message,
        code: failure.code,
        errors: &failure.errors,
        trace_id: trace.trace_id(),
    };
    let body = serde_json::to_vec(&problem).unwrap_or_default();
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut answer = with_body(status, "application/problem+json", body);
    if matches!(
        failure.code,
        ErrorCode::RateLimited | ErrorCode::Busy | ErrorCode::Unavailable
    ) {
        answer
            .headers_mut()
            .insert(RETRY_AFTER, HeaderValue::from_static("1"));
    }
    answer
}

/// Something that does not change while the edge runs.
pub(crate) struct Fixed {
    pub(crate) content_type: HeaderValue,
    pub(crate) cache: HeaderValue,
    pub(crate) etag: HeaderValue,
    pub(crate) body: Bytes,
}

impl Fixed {
    /// With a strong validator made of the content, the same on every edge.
    pub(crate) fn new(
        content_type: HeaderValue,
        cache: &'static str,
        body: impl Into<Bytes>,
    ) -> Self {
        let body = body.into();
        let tag = format!("\"{:032x}\"", xxhash_rust::xxh3::xxh3_128(&body));
        let etag = HeaderValue::from_str(&tag).unwrap_or_else(|_| HeaderValue::from_static("\"\""));
        Self {
            content_type,
            cache: HeaderValue::from_static(cache),
            etag,
            body,
        }
    }

    /// The answer to a GET or HEAD: the content, or 304 to who has it already.
    pub(crate) fn answer(&self, request: &HeaderMap) -> Answer {
        let known = request
            .get(IF_NONE_MATCH)
            .and_then(|value| value.to_str().ok())
            .is_some_and(|tags| {
                tags.split(',')
                    .any(|tag| self.etag == tag.trim().trim_start_matches("W/"))
            });
        let mut answer = Response::new(if known {
            Full::default()
        } else {
            Full::new(self.body.clone())
        });
        if known {
            *answer.status_mut() = StatusCode::NOT_MODIFIED;
        }
        let headers = answer.headers_mut();
        headers.insert(CONTENT_TYPE, self.content_type.clone());
        headers.insert(CACHE_CONTROL, self.cache.clone());
        headers.insert(ETAG, self.etag.clone());
        answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_the_content_gets_304() {
        let fixed = Fixed::new(
            HeaderValue::from_static("text/plain"),
            "no-cache",
            "content",
        );
        let answer = fixed.answer(&HeaderMap::new());
        assert_eq!(answer.status(), StatusCode::OK);
        let mut request = HeaderMap::new();
        request.insert(IF_NONE_MATCH, answer.headers()[ETAG].clone());
        assert_eq!(fixed.answer(&request).status(), StatusCode::NOT_MODIFIED);
        request.insert(IF_NONE_MATCH, HeaderValue::from_static("\"other\""));
        assert_eq!(fixed.answer(&request).status(), StatusCode::OK);
    }
}
