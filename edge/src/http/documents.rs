use std::collections::HashMap;

use hyper::{
    HeaderMap,
    header::{HeaderName, HeaderValue},
};
use warren_topology::{docs, names::Names};

use super::answer::{Answer, Fixed};

/// The pages about the interface: their script and style come from here, nothing from elsewhere.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// OpenAPI, AsyncAPI and the socket reference, generated from the table of actions once, and a page that shows them.
pub(crate) struct Documents {
    documents: HashMap<&'static str, Fixed>,
}

impl Documents {
    pub(crate) fn new(names: &Names) -> Self {
        let json = |document: serde_json::Value| {
            Fixed::new(
                HeaderValue::from_static("application/json"),
                "no-cache",
                document.to_string(),
            )
        };
        let text = |content_type: &'static str, body: &'static str| {
            Fixed::new(HeaderValue::from_static(content_type), "no-cache", body)
        };
        let documents = HashMap::from([
            ("/openapi.json", json(docs::openapi())),
            ("/asyncapi.json", json(docs::asyncapi(names))),
            ("/ws-docs", json(docs::ws_docs())),
            (
                "/api/docs",
                text("text/html; charset=utf-8", include_str!("docs/index.html")),
            ),
            (
                "/api/docs/docs.js",
                text(
                    "text/javascript; charset=utf-8",
                    include_str!("docs/docs.js"),
                ),
            ),
            (
                "/api/docs/docs.css",
                text("text/css; charset=utf-8", include_str!("docs/docs.css")),
            ),
        ]);
        Self { documents }
    }

    /// The document at a path.
    pub(crate) fn find(&self, path: &str, request: &HeaderMap) -> Option<Answer> {
        let path = if path.len() > 1 {
            path.strip_suffix('/').unwrap_or(path)
        } else {
            path
        };
        let mut answer = self.documents.get(path)?.answer(request);
        answer.headers_mut().insert(
            HeaderName::from_static("content-security-policy"),
            HeaderValue::from_static(POLICY),
        );
        Some(answer)
    }
}
