use std::{net::IpAddr, sync::Arc};

use hyper::{
    HeaderMap, Method, Request, StatusCode,
    body::Incoming,
    header::{self, HeaderValue},
    upgrade::OnUpgrade,
};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_util::task::TaskTracker;
use tracing::debug;

use super::{session::Session, websocket::WebSocket};
use crate::{
    auth::Proof,
    core::Core,
    http::{
        answer::{Answer, empty, with_body},
        client::{self, PageOrigin},
        payload::query_fields,
        server::ConnectionPlace,
    },
    metrics,
};

/// Whether a path is Engine.IO's.
pub(crate) fn is_for(path: &str) -> bool {
    matches!(path, "/socket.io/" | "/socket.io")
}

/// Why a connection does not begin (Engine.IO's own codes; the reference server has them in `server.ts`).
#[derive(Clone, Copy)]
enum Refusal {
    TransportUnknown,
    SessionUnknown,
    BadMethod,
    BadRequest,
    UnsupportedProtocol,
    TooMany,
    Unavailable,
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
        };
        metrics::REFUSED_SOCKETS.with_label_values(&[label]).inc();
        let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
        with_body(
            status,
            "application/json",
            format!(r#"{{"code":{code},"message":"{message}"}}"#),
        )
    }
}

/// Answers a request to Engine.IO; a good one becomes a socket.
pub(crate) fn answer(
    core: &Arc<Core>,
    sockets: &TaskTracker,
    mut request: Request<Incoming>,
    peer: IpAddr,
) -> Answer {
    match check(&request) {
        Ok(accept) => {
            begin(core, sockets, &mut request, peer, accept).unwrap_or_else(Refusal::answer)
        }
        Err(refusal) => refusal.answer(),
    }
}

/// Checks the request, and gives the answer to its websocket key (RFC 6455, section 4.2).
fn check(request: &Request<Incoming>) -> Result<HeaderValue, Refusal> {
    let query =
        query_fields(request.uri().query().unwrap_or_default()).map_err(|_| Refusal::BadRequest)?;
    let parameter = |name: &str| {
        query
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_ref())
    };
    if parameter("transport") != Some("websocket") {
        return Err(Refusal::TransportUnknown);
    }
    if parameter("EIO") != Some("4") {
        return Err(Refusal::UnsupportedProtocol);
    }
    if parameter("sid").is_some() {
        return Err(Refusal::SessionUnknown);
    }
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
    let key = headers.get(header::SEC_WEBSOCKET_KEY);
    let version = headers.get(header::SEC_WEBSOCKET_VERSION);
    match key {
        Some(key) if asks && version.is_some_and(|version| version == "13") => {
            HeaderValue::from_str(&derive_accept_key(key.as_bytes()))
                .map_err(|_| Refusal::BadRequest)
        }
        _ => Err(Refusal::BadRequest),
    }
}

fn begin(
    core: &Arc<Core>,
    sockets: &TaskTracker,
    request: &mut Request<Incoming>,
    peer: IpAddr,
    accept: HeaderValue,
) -> Result<Answer, Refusal> {
    if !core.incarnation.is_online() || sockets.is_closed() {
        return Err(Refusal::Unavailable);
    }
    let address = client::address(peer, request.headers(), &core.settings);
    let place = core.place(address).ok_or(Refusal::TooMany)?;
    let proof = prove(core, request.headers());
    let connection = request.extensions_mut().remove::<Arc<ConnectionPlace>>();
    let upgrade = hyper::upgrade::on(request);
    let session = Session::open(Arc::clone(core), address, place, proof);
    let tasks = sockets.clone();
    sockets.spawn(async move {
        if let Some(socket) = upgraded(upgrade, session).await {
            // A task of its own: the one at hand is larger than what a socket needs for its life.
            tasks.spawn(async move {
                let _connection = connection;
                socket.run().await;
            });
        }
    });
    let mut answer = empty(StatusCode::SWITCHING_PROTOCOLS);
    let headers = answer.headers_mut();
    headers.insert(header::CONNECTION, HeaderValue::from_static("upgrade"));
    headers.insert(header::UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(header::SEC_WEBSOCKET_ACCEPT, accept);
    Ok(answer)
}

/// A sign-in that came with the handshake: by header, or by cookie from a page that may use it.
fn prove(core: &Core, headers: &HeaderMap) -> Option<Proof> {
    let cookie = || {
        let origin = PageOrigin::of(headers, &core.settings.allowed_origins);
        client::cookie(headers, "accessToken").filter(|_| origin.is_good())
    };
    let token = client::bearer(headers).or_else(cookie)?;
    core.prove(token).ok()
}

async fn upgraded(upgrade: OnUpgrade, session: Session) -> Option<WebSocket> {
    let parts = match upgrade.await {
        Ok(upgraded) => upgraded.downcast::<TokioIo<TcpStream>>().ok()?,
        Err(error) => {
            debug!(%error, "an upgrade was not finished");
            return None;
        }
    };
    let core = session.core();
    Some(
        WebSocket::new(
            parts.io.into_inner(),
            &parts.read_buf,
            &core.settings,
            session,
        )
        .await,
    )
}
