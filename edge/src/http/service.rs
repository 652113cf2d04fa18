use std::{net::IpAddr, sync::Arc};

use bytes::Bytes;
use hyper::{
    HeaderMap, Method, Request, StatusCode,
    body::Incoming,
    header::{self, HeaderName, HeaderValue},
};
use tokio_util::task::TaskTracker;
use warren_runtime::{health::Health, trace::TraceParent};
use warren_topology::failure::{ErrorCode, Failure};

use super::{
    action::{ActionRequest, perform},
    answer::{Answer, TRACE_ID, empty, full, problem, problem_with, with_body},
    client::PageOrigin,
    documents::Documents,
    files::{Files, is_docs},
    router::{Match, Router},
};
use crate::{
    core::Core,
    metrics,
    sessions::client::Client,
    socketio::{Engine, Multiplexer},
};

const TRACEPARENT: HeaderName = HeaderName::from_static("traceparent");

/// Answers requests.
pub(crate) struct Service {
    pub(crate) core: Arc<Core>,
    pub(crate) router: Router,
    pub(crate) documents: Documents,
    pub(crate) files: Files,
    pub(crate) health: Health,
    pub(crate) engine: Engine<Multiplexer<Client>>,
    /// Where sockets run.
    pub(crate) sockets: TaskTracker,
}

/// An answer and the route that metrics count it under.
struct Routed(&'static str, Answer);

impl Service {
    /// Answers one request of a peer.
    pub(crate) async fn answer(&self, request: Request<Incoming>, peer: IpAddr) -> Answer {
        let trace = request
            .headers()
            .get(TRACEPARENT)
            .and_then(|value| TraceParent::parse(value.to_str().ok()?))
            .map_or_else(TraceParent::new, TraceParent::child);
        let method = label(request.method());
        let origin = PageOrigin::of(request.headers(), &self.core.settings.allowed_origins);
        let origin_header = request
            .headers()
            .get(header::ORIGIN)
            .filter(|_| origin == PageOrigin::Allowed)
            .cloned();
        let Routed(route, mut answer) = self.route(request, peer, origin, trace).await;
        metrics::HTTP
            .with_label_values(&[method, route, answer.status().as_str()])
            .inc();
        let headers = answer.headers_mut();
        if let Ok(id) = HeaderValue::from_str(&trace.trace_id()) {
            headers.insert(TRACE_ID, id);
        }
        if let Some(origin) = origin_header {
            headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
            headers.insert(
                header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
                HeaderValue::from_static("true"),
            );
            headers.insert(
                header::ACCESS_CONTROL_EXPOSE_HEADERS,
                HeaderValue::from_static(
                    "accept-ranges, content-range, etag, retry-after, x-trace-id",
                ),
            );
        }
        secure(headers);
        answer
    }

    async fn route(
        &self,
        request: Request<Incoming>,
        peer: IpAddr,
        origin: PageOrigin,
        trace: TraceParent,
    ) -> Routed {
        if request.method() == Method::OPTIONS {
            return Routed("preflight", preflight(origin));
        }
        if matches!(request.uri().path(), "/socket.io/" | "/socket.io") {
            let max = self.core.settings.max_payload_bytes;
            let open = |request: &Request<Incoming>| {
                Client::open(&self.core, request, peer).map(|client| Multiplexer::new(client, max))
            };
            return Routed("/socket.io/", self.engine.answer(request, open).await);
        }
        let (head, body) = request.into_parts();
        let path = head.uri.path();
        // Who asks for the head alone is answered as if for all; the server leaves the body away (RFC 9110, section 9.3.2).
        let method = match head.method {
            Method::HEAD => &Method::GET,
            ref method => method,
        };
        match self.router.find(method.as_str(), path) {
            Match::Action {
                entry,
                template,
                fields,
            } => {
                let entry = &self.core.commands.catalog.entries()[entry];
                let action = ActionRequest {
                    entry,
                    path: fields,
                    peer,
                    trace,
                };
                return Routed(template, perform(&self.core, action, &head, body).await);
            }
            Match::OtherMethod(methods) if !is_navigation(&head.method, &head.headers) => {
                let failure = Failure::new(
                    ErrorCode::InvalidInput,
                    "This path does not take this method.",
                );
                let mut answer = problem_with(405, &failure, trace);
                if let Ok(methods) = HeaderValue::from_str(&methods.join(", ")) {
                    answer.headers_mut().insert(header::ALLOW, methods);
                }
                return Routed("unknown", answer);
            }
            _ => {}
        }
        if !matches!(head.method, Method::GET | Method::HEAD) {
            return Routed("unknown", problem(&Failure::not_found("path"), trace));
        }
        let Routed(route, mut answer) = self.fixed(path, &head.method, &head.headers, trace);
        if head.method == Method::HEAD {
            *answer.body_mut() = full(Bytes::new());
        }
        Routed(route, answer)
    }

    /// What is the same for everybody.
    fn fixed(
        &self,
        path: &str,
        method: &Method,
        headers: &HeaderMap,
        trace: TraceParent,
    ) -> Routed {
        match path {
            "/health/live" => {
                return Routed(
                    "/health",
                    with_body(StatusCode::OK, "application/json", r#"{"status":"up"}"#),
                );
            }
            "/health" | "/health/ready" => return Routed("/health", self.readiness()),
            "/.well-known/jwks.json" => {
                let keys = self.core.tokens.document();
                return Routed(
                    "keys",
                    with_body(StatusCode::OK, "application/jwk-set+json", keys),
                );
            }
            _ => {}
        }
        if let Some(answer) = self.documents.find(path, headers) {
            return Routed("documents", answer);
        }
        let page = || {
            self.files
                .page(headers)
                .filter(|_| is_navigation(method, headers) && !is_docs(path))
        };
        match self.files.find(path, headers).or_else(page) {
            Some(answer) => Routed("files", answer),
            None if is_docs(path) => Routed("unknown", problem(&no_docs(), trace)),
            None => Routed("unknown", problem(&Failure::not_found("path"), trace)),
        }
    }

    /// Without the reasons, which are the operator's alone.
    fn readiness(&self) -> Answer {
        let report = self.health.report().without_reasons();
        let status = if report.ready {
            StatusCode::OK
        } else {
            StatusCode::SERVICE_UNAVAILABLE
        };
        with_body(
            status,
            "application/json",
            serde_json::to_vec(&report).unwrap_or_default(),
        )
    }
}

/// A browser that goes to an address, rather than a script that asks for data.
fn is_navigation(method: &Method, headers: &HeaderMap) -> bool {
    let accepts = headers
        .get(header::ACCEPT)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    matches!(*method, Method::GET | Method::HEAD) && accepts.contains("text/html")
}

/// The page comes with the web client, the documents with the edge.
fn no_docs() -> Failure {
    Failure::new(
        ErrorCode::NotFound,
        "No web client is served here, which would bring this page. The documents themselves are /openapi.json, /asyncapi.json and /ws-docs.",
    )
}

/// The answer to a page of another origin that asks whether it may (Fetch, "CORS-preflight request").
fn preflight(origin: PageOrigin) -> Answer {
    let mut answer = empty(StatusCode::NO_CONTENT);
    let headers = answer.headers_mut();
    if origin.is_good() {
        headers.insert(
            header::ACCESS_CONTROL_ALLOW_METHODS,
            HeaderValue::from_static("GET, POST, PUT, PATCH, DELETE"),
        );
        headers.insert(
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            HeaderValue::from_static(
                "authorization, content-type, if-none-match, range, traceparent",
            ),
        );
        headers.insert(
            header::ACCESS_CONTROL_MAX_AGE,
            HeaderValue::from_static("600"),
        );
    }
    answer
}

/// What every answer says to browsers.
fn secure(headers: &mut HeaderMap) {
    headers.append(header::VARY, HeaderValue::from_static("origin"));
    headers.insert(
        header::X_CONTENT_TYPE_OPTIONS,
        HeaderValue::from_static("nosniff"),
    );
    headers.insert(header::X_FRAME_OPTIONS, HeaderValue::from_static("DENY"));
    headers.insert(
        header::REFERRER_POLICY,
        HeaderValue::from_static("no-referrer"),
    );
    headers
        .entry(header::CONTENT_SECURITY_POLICY)
        .or_insert(HeaderValue::from_static(
            "default-src 'none'; frame-ancestors 'none'",
        ));
}

/// Methods are the client's to invent; labels are few.
fn label(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::HEAD => "HEAD",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
