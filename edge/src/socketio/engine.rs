use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::{
    Method, Request, StatusCode,
    body::Incoming,
    header::{self, HeaderValue},
    http::Extensions,
};
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_util::task::TaskTracker;

use super::{
    polling::{self, Polls},
    session::{Application, Session, random_id},
    websocket::{self, WebSocket},
};
use crate::{
    http::{
        answer::{Answer, empty, with_body},
        payload::query_fields,
    },
    metrics,
};

/// How sessions are run.
#[derive(Clone, Debug)]
pub struct EngineConfig {
    /// What session ids begin with, before a dot; nothing if it is empty. With it a balancer keeps a session at its server.
    pub name: String,
    /// From one ping to the next.
    pub ping_interval: Duration,
    /// How long a pong may take.
    pub ping_timeout: Duration,
    /// The largest packet or payload from a client, in bytes.
    pub max_payload_bytes: usize,
    /// How long the body of a request may take.
    pub body_timeout: Duration,
    /// How long a client may take to upgrade from polling to a websocket once it has opened one.
    pub upgrade_timeout: Duration,
    /// The most sessions on polling.
    pub max_polling: usize,
    /// The read buffer of a websocket in bytes, allocated at once.
    pub read_buffer_bytes: usize,
    /// How much is gathered before it is written to a websocket, in bytes.
    pub write_buffer_bytes: usize,
}

/// Why a request is refused (Engine.IO's own codes; the reference server has them in `server.ts`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Neither polling nor websocket.
    TransportUnknown,
    /// No such session here.
    SessionUnknown,
    /// Sessions begin with GET.
    BadMethod,
    /// What the request says makes no sense, or the session is busy with another like it.
    BadRequest,
    /// Not Engine.IO v4.
    UnsupportedProtocol,
    /// The address has too many.
    TooMany,
    /// No new sessions now.
    Unavailable,
    /// The body is too large.
    TooLarge,
    /// The body did not arrive in time.
    TooSlow,
}

impl Refusal {
    fn answer(self) -> Answer {
        let (status, code, message, label) = match self {
            Self::TransportUnknown => (400, 0, "Transport unknown", "transport"),
            Self::SessionUnknown => (400, 1, "Session ID unknown", "session"),
            Self::BadMethod => (400, 2, "Bad handshake method", "method"),
            Self::BadRequest => (400, 3, "Bad request", "request"),
            Self::UnsupportedProtocol => (400, 5, "Unsupported protocol version", "protocol"),
            Self::TooMany => (429, 4, "Too many connections", "address_cap"),
            Self::Unavailable => (503, 4, "Unavailable", "unavailable"),
            Self::TooLarge => (413, 3, "Payload too large", "payload"),
            Self::TooSlow => (408, 3, "Payload did not arrive in time", "slow_payload"),
        };
        metrics::REFUSED_SOCKETS.with_label_values(&[label]).inc();
        with_body(
            StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST),
            "application/json",
            format!(r#"{{"code":{code},"message":"{message}"}}"#),
        )
    }
}

/// Engine.IO v4 on HTTP: websockets, long-polling, and the upgrade from one to the other.
pub struct Engine<A> {
    config: Arc<EngineConfig>,
    polls: Arc<Polls<A>>,
    tasks: TaskTracker,
}

/// What the query of a request says.
struct Query {
    transport: Transport,
    sid: Option<String>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Transport {
    Polling,
    WebSocket,
}

impl<A: Application> Engine<A> {
    /// An engine whose sessions run as `tasks`. When those are closed, no more sessions begin.
    #[must_use]
    pub fn new(config: EngineConfig, tasks: TaskTracker) -> Self {
        Self {
            polls: Arc::new(Polls::new(config.max_polling)),
            config: Arc::new(config),
            tasks,
        }
    }

    /// Answers a request; `open` makes the application of a new session.
    pub async fn answer(
        &self,
        request: Request<Incoming>,
        open: impl FnOnce(&Request<Incoming>) -> Result<A, Refusal>,
    ) -> Answer {
        let answered = match Query::of(&request) {
            Ok(Query { transport, sid }) => match (transport, sid) {
                (Transport::Polling, None) => self.begin_polling(&request, open),
                (Transport::Polling, Some(sid)) => self.poll(request, &sid).await,
                (Transport::WebSocket, None) => self.begin_websocket(request, open),
                (Transport::WebSocket, Some(sid)) => self.upgrade(request, &sid),
            },
            Err(refusal) => Err(refusal),
        };
        answered.unwrap_or_else(Refusal::answer)
    }

    fn session_id(&self) -> String {
        match self.config.name.as_str() {
            "" => random_id(),
            name => format!("{name}.{}", random_id()),
        }
    }

    fn begin_polling(
        &self,
        request: &Request<Incoming>,
        open: impl FnOnce(&Request<Incoming>) -> Result<A, Refusal>,
    ) -> Result<Answer, Refusal> {
        if request.method() != Method::GET {
            return Err(Refusal::BadMethod);
        }
        if self.tasks.is_closed() {
            return Err(Refusal::Unavailable);
        }
        let sid = self.session_id();
        let (entry, requests) = self.polls.enter(&sid).ok_or(Refusal::Unavailable)?;
        let session = Session::open(open(request)?, &sid, &["websocket"], &self.config);
        let (body, session) = polling::first(session, self.config.max_payload_bytes);
        self.tasks.spawn(polling::run(
            session,
            requests,
            entry,
            self.config.max_payload_bytes,
        ));
        Ok(text(body))
    }

    async fn poll(&self, request: Request<Incoming>, sid: &str) -> Result<Answer, Refusal> {
        let session = self.polls.find(sid).ok_or(Refusal::SessionUnknown)?;
        match *request.method() {
            Method::GET => session.poll().await.map(text),
            Method::POST => {
                let _alone = session.posting().ok_or(Refusal::BadRequest)?;
                let body = self.body(request).await?;
                session.post(body).await?;
                Ok(with_body(StatusCode::OK, "text/html", "ok"))
            }
            _ => Err(Refusal::BadRequest),
        }
    }

    async fn body(&self, request: Request<Incoming>) -> Result<Bytes, Refusal> {
        let body = Limited::new(request.into_body(), self.config.max_payload_bytes);
        match timeout(self.config.body_timeout, body.collect()).await {
            Ok(Ok(body)) => Ok(body.to_bytes()),
            Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Refusal::TooLarge),
            Ok(Err(_)) => Err(Refusal::BadRequest),
            Err(_) => Err(Refusal::TooSlow),
        }
    }

    fn begin_websocket(
        &self,
        mut request: Request<Incoming>,
        open: impl FnOnce(&Request<Incoming>) -> Result<A, Refusal>,
    ) -> Result<Answer, Refusal> {
        let accept = accept_key(&request)?;
        if self.tasks.is_closed() {
            return Err(Refusal::Unavailable);
        }
        let session = Session::open(open(&request)?, &self.session_id(), &[], &self.config);
        let upgrade = hyper::upgrade::on(&mut request);
        let (tasks, config) = (self.tasks.clone(), Arc::clone(&self.config));
        let kept = kept(&mut request);
        self.tasks.spawn(async move {
            if let Some(stream) = websocket::accept(upgrade, &config).await {
                // A task of its own: the one at hand is larger than what a socket needs for its life.
                tasks.spawn(serve(WebSocket::new(stream, session), kept));
            }
        });
        Ok(switching(accept))
    }

    fn upgrade(&self, mut request: Request<Incoming>, sid: &str) -> Result<Answer, Refusal> {
        let polling = self.polls.find(sid).ok_or(Refusal::SessionUnknown)?;
        let accept = accept_key(&request)?;
        let upgrade = hyper::upgrade::on(&mut request);
        let (tasks, config) = (self.tasks.clone(), Arc::clone(&self.config));
        let kept = kept(&mut request);
        self.tasks.spawn(async move {
            let Some(stream) = websocket::accept(upgrade, &config).await else {
                return;
            };
            let probed = timeout(config.upgrade_timeout, websocket::probe(stream, &polling)).await;
            let outcome = match probed {
                Ok(Some((stream, session, entry))) => {
                    tasks.spawn(serve(WebSocket::new(stream, session), (kept, entry)));
                    "done"
                }
                Ok(None) => "broken",
                Err(_) => "timeout",
            };
            metrics::UPGRADES.with_label_values(&[outcome]).inc();
        });
        Ok(switching(accept))
    }
}

/// Serves a websocket; what is `kept` lives as long.
async fn serve<A: Application, T>(socket: WebSocket<A>, kept: T) {
    socket.run().await;
    drop(kept);
}

fn kept(request: &mut Request<Incoming>) -> Box<Extensions> {
    Box::new(std::mem::take(request.extensions_mut()))
}

impl Query {
    fn of(request: &Request<Incoming>) -> Result<Self, Refusal> {
        let query = query_fields(request.uri().query().unwrap_or_default())
            .map_err(|_| Refusal::BadRequest)?;
        let parameter = |name: &str| {
            let found = query.iter().find(|(key, _)| key == name);
            found.map(|(_, value)| value.as_ref())
        };
        let transport = match parameter("transport") {
            Some("polling") => Transport::Polling,
            Some("websocket") => Transport::WebSocket,
            _ => return Err(Refusal::TransportUnknown),
        };
        if parameter("EIO") != Some("4") {
            return Err(Refusal::UnsupportedProtocol);
        }
        let sid = parameter("sid").map(str::to_owned);
        Ok(Self { transport, sid })
    }
}

/// Checks that a request is for a websocket, and gives the answer to its key (RFC 6455, section 4.2).
fn accept_key(request: &Request<Incoming>) -> Result<HeaderValue, Refusal> {
    if request.method() != Method::GET {
        return Err(Refusal::BadMethod);
    }
    let headers = request.headers();
    let names = |name, wanted: &str| {
        let values = headers
            .get_all(name)
            .iter()
            .filter_map(|value| value.to_str().ok());
        values
            .flat_map(|value| value.split(','))
            .any(|value| value.trim().eq_ignore_ascii_case(wanted))
    };
    let asks = names(header::CONNECTION, "upgrade") && names(header::UPGRADE, "websocket");
    let version = headers.get(header::SEC_WEBSOCKET_VERSION);
    let key = headers
        .get(header::SEC_WEBSOCKET_KEY)
        .ok_or(Refusal::BadRequest)?;
    if !asks || version.is_none_or(|version| version != "13") {
        return Err(Refusal::BadRequest);
    }
    HeaderValue::from_str(&derive_accept_key(key.as_bytes())).map_err(|_| Refusal::BadRequest)
}

fn switching(accept: HeaderValue) -> Answer {
    let mut answer = empty(StatusCode::SWITCHING_PROTOCOLS);
    let headers = answer.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    answer
}

fn text(body: Bytes) -> Answer {
    with_body(StatusCode::OK, "text/plain; charset=UTF-8", body)
}
