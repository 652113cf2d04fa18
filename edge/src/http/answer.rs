use std::io::{self, Write};

use bytes::Bytes;
use flate2::{Compression, write::GzEncoder};
use http_body_util::{BodyExt, Full, combinators::UnsyncBoxBody};
use hyper::{
    HeaderMap, Response, StatusCode,
    header::{
        ACCEPT_ENCODING, CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE, ETAG, HeaderName,
        HeaderValue, IF_NONE_MATCH, RETRY_AFTER, VARY,
    },
};
use serde::Serialize;
use warren_runtime::trace::TraceParent;
use warren_topology::failure::{ErrorCode, Failure, Violation};

/// What the edge answers with.
pub(crate) type Answer = Response<Body>;

/// At hand, or as it comes.
pub(crate) type Body = UnsyncBoxBody<Bytes, io::Error>;

/// A body that is at hand.
pub(crate) fn full(body: impl Into<Bytes>) -> Body {
    let body = Full::new(body.into());
    body.map_err(|never| match never {}).boxed_unsync()
}

/// The header that carries the trace id to the client.
pub(crate) const TRACE_ID: HeaderName = HeaderName::from_static("x-trace-id");

/// A body of a type, not to be kept by caches.
pub(crate) fn with_body(
    status: StatusCode,
    content_type: &'static str,
    body: impl Into<Bytes>,
) -> Answer {
    let mut answer = Response::new(full(body));
    *answer.status_mut() = status;
    let headers = answer.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    answer
}

/// No body.
pub(crate) fn empty(status: StatusCode) -> Answer {
    let mut answer = Response::new(full(Bytes::new()));
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
    content_type: HeaderValue,
    cache: HeaderValue,
    plain: Variant,
    /// Compressed, where that makes it smaller.
    gzip: Option<Variant>,
}

struct Variant {
    body: Bytes,
    etag: HeaderValue,
}

impl Fixed {
    /// With a strong validator made of the content, the same on every edge. Text is compressed here, once.
    pub(crate) fn new(
        content_type: HeaderValue,
        cache: &'static str,
        body: impl Into<Bytes>,
    ) -> Self {
        let body = body.into();
        let hash = xxhash_rust::xxh3::xxh3_128(&body);
        let gzip = content_type
            .to_str()
            .ok()
            .filter(|content_type| is_text(content_type))
            .and_then(|_| gzip(&body));
        Self {
            content_type,
            cache: HeaderValue::from_static(cache),
            gzip: gzip.map(|body| Variant::new(body, &format!("\"{hash:032x}-gzip\""))),
            plain: Variant::new(body, &format!("\"{hash:032x}\"")),
        }
    }

    /// The answer to a GET or HEAD: the content, or 304 to who has it already.
    pub(crate) fn answer(&self, request: &HeaderMap) -> Answer {
        let gzip = self.gzip.as_ref().filter(|_| takes_gzip(request));
        let variant = gzip.unwrap_or(&self.plain);
        let mut answer = Response::new(full(Bytes::new()));
        if variant.is_known(request) {
            *answer.status_mut() = StatusCode::NOT_MODIFIED;
        } else {
            *answer.body_mut() = full(variant.body.clone());
        }
        let headers = answer.headers_mut();
        headers.insert(CONTENT_TYPE, self.content_type.clone());
        headers.insert(CACHE_CONTROL, self.cache.clone());
        headers.insert(ETAG, variant.etag.clone());
        if self.gzip.is_some() {
            headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        }
        if gzip.is_some() {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        answer
    }
}

impl Variant {
    fn new(body: Bytes, etag: &str) -> Self {
        let etag = HeaderValue::from_str(etag);
        Self {
            body,
            etag: etag.unwrap_or_else(|_| HeaderValue::from_static("\"\"")),
        }
    }

    fn is_known(&self, request: &HeaderMap) -> bool {
        let tags = request
            .get(IF_NONE_MATCH)
            .and_then(|value| value.to_str().ok());
        tags.is_some_and(|tags| {
            let mut tags = tags.split(',');
            tags.any(|tag| self.etag == tag.trim().trim_start_matches("W/"))
        })
    }
}

fn is_text(content_type: &str) -> bool {
    [
        "text/",
        "application/json",
        "application/manifest+json",
        "image/svg+xml",
    ]
    .iter()
    .any(|kind| content_type.starts_with(kind))
}

/// Compressed, unless that makes it no smaller.
fn gzip(body: &[u8]) -> Option<Bytes> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(body).ok()?;
    let compressed = encoder.finish().ok()?;
    (compressed.len() < body.len()).then(|| compressed.into())
}

/// Whether a client says that it takes gzip (RFC 9110, section 12.5.3).
fn takes_gzip(request: &HeaderMap) -> bool {
    let codings = request
        .get(ACCEPT_ENCODING)
        .and_then(|value| value.to_str().ok());
    codings.is_some_and(|codings| {
        codings.split(',').any(|coding| {
            let (name, weight) = coding.split_once(';').unwrap_or((coding, ""));
            let weight = weight.trim().trim_start_matches("q=").parse::<f32>();
            name.trim().eq_ignore_ascii_case("gzip") && weight != Ok(0.0)
        })
    })
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

    #[test]
    fn who_takes_gzip_gets_text_compressed() {
        let script = "let cheese = 1;\n".repeat(100);
        let fixed = |content_type, body: &str| {
            Fixed::new(
                HeaderValue::from_static(content_type),
                "no-cache",
                body.to_owned(),
            )
        };
        let text = fixed("text/javascript; charset=utf-8", &script);
        let ask = |fixed: &Fixed, codings| {
            let mut request = HeaderMap::new();
            request.insert(ACCEPT_ENCODING, HeaderValue::from_static(codings));
            fixed.answer(&request)
        };
        for (codings, is_taken) in [
            ("gzip, deflate, br, zstd", true),
            ("br;q=1.0, GZIP;q=0.5", true),
            ("br, gzip;q=0", false),
            ("identity", false),
        ] {
            let answer = ask(&text, codings);
            let coding = answer.headers().get(CONTENT_ENCODING);
            assert_eq!(coding.is_some(), is_taken, "{codings}");
            assert_eq!(answer.headers()[VARY], "accept-encoding");
        }
        let (plain, gzip) = (ask(&text, "identity"), ask(&text, "gzip"));
        assert_ne!(plain.headers()[ETAG], gzip.headers()[ETAG]);
        let body = &text.gzip.as_ref().expect("smaller").body;
        let mut whole = String::new();
        let mut decoder = flate2::read::GzDecoder::new(&body[..]);
        std::io::Read::read_to_string(&mut decoder, &mut whole).expect("gzip");
        assert_eq!(whole, script);
        assert!(body.len() < 100);
        // What is small or compressed already stays as it is.
        for other in [fixed("text/plain", "x"), fixed("image/png", &script)] {
            assert!(
                ask(&other, "gzip")
                    .headers()
                    .get(CONTENT_ENCODING)
                    .is_none()
            );
        }
    }
}
