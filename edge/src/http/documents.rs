use std::collections::HashMap;

use hyper::{HeaderMap, header::HeaderValue};
use warren_topology::{docs, names::Names};

use super::answer::{Answer, Fixed};

/// OpenAPI, AsyncAPI and the socket reference, generated from the table of actions once.
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
        let documents = HashMap::from([
            ("/openapi.json", json(docs::openapi())),
            ("/asyncapi.json", json(docs::asyncapi(names))),
            ("/ws-docs", json(docs::ws_docs())),
        ]);
        Self { documents }
    }

    /// The document at a path.
    pub(crate) fn find(&self, path: &str, request: &HeaderMap) -> Option<Answer> {
        let path = path.strip_suffix('/').unwrap_or(path);
        Some(self.documents.get(path)?.answer(request))
    }
}
