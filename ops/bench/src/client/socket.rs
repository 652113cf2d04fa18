//! One Engine.IO v4 websocket with both namespaces connected.
//!
//! Sending only queues; what is queued is written when there is nothing more to read, so that the answers to a burst
//! of events leave in one write.

use std::collections::VecDeque;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_util::{Sink as _, Stream as _};
use serde::Deserialize;
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{self, Message, Utf8Bytes};

use super::edge::Edge;
use super::packet::{self, Namespace, Packet};
use crate::clock;

/// Written buffers above this size mean that the edge stopped reading.
const MAX_WRITE_BUFFER: usize = 4 << 20;

/// Why a connection was not made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectError {
    /// TCP, HTTP upgrade or websocket trouble.
    #[error("{0}")]
    Transport(String),
    /// A namespace refused the connection, with its code.
    #[error("the namespace refused the connection: {0}")]
    Refused(String),
    /// Not within the bound.
    #[error("not connected within {0:?}")]
    Timeout(Duration),
}

/// How a socket is opened.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Opening {
    /// Read buffer in bytes, allocated per socket.
    pub(crate) read_buffer: usize,
    /// Local address to connect from; the kernel chooses if none.
    pub(crate) source: Option<Ipv4Addr>,
    /// Bound for the whole hand-shake.
    pub(crate) timeout: Duration,
}

impl Default for Opening {
    fn default() -> Self {
        Self {
            read_buffer: 8192,
            source: None,
            timeout: Duration::from_secs(15),
        }
    }
}

/// A connected socket.
#[derive(Debug)]
pub(crate) struct Socket {
    ws: WebSocketStream<TcpStream>,
    early: VecDeque<Utf8Bytes>,
    unflushed: bool,
    next_ack: u64,
    last_heard: u64,
    max_silence: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Handshake {
    ping_interval: u64,
    ping_timeout: u64,
}

impl Socket {
    /// Connects, upgrades and joins both namespaces with the token.
    pub(crate) async fn connect(
        edge: &Edge,
        token: &str,
        opening: Opening,
    ) -> Result<Self, ConnectError> {
        tokio::time::timeout(opening.timeout, Self::open(edge, token, opening))
            .await
            .unwrap_or(Err(ConnectError::Timeout(opening.timeout)))
    }

    async fn open(edge: &Edge, token: &str, opening: Opening) -> Result<Self, ConnectError> {
        let stream = tcp(edge.addr, opening.source).await.map_err(transport)?;
        let config = WebSocketConfig::default()
            .read_buffer_size(opening.read_buffer)
            .write_buffer_size(16 << 10)
            .max_write_buffer_size(MAX_WRITE_BUFFER);
        let url = format!(
            "ws://{}/socket.io/?EIO=4&transport=websocket",
            edge.authority
        );
        let (ws, _) = tokio_tungstenite::client_async_with_config(url, stream, Some(config))
            .await
            .map_err(transport)?;
        let mut socket = Self {
            ws,
            early: VecDeque::new(),
            unflushed: false,
            next_ack: 0,
            last_heard: 0,
            max_silence: u64::MAX,
        };
        let open = socket.recv().await.map_err(transport)?;
        match Packet::parse(&open) {
            Ok(Packet::Open(json)) => {
                let handshake: Handshake = serde_json::from_str(json).map_err(transport)?;
                socket.max_silence =
                    (handshake.ping_interval + handshake.ping_timeout).saturating_mul(1000);
            }
            other => {
                return Err(ConnectError::Transport(format!(
                    "expected the open packet, got {other:?}"
                )));
            }
        }
        for namespace in [Namespace::Chat, Namespace::Notifications] {
            socket
                .queue(packet::connect(namespace, token))
                .map_err(transport)?;
        }
        socket.join().await?;
        Ok(socket)
    }

    async fn join(&mut self) -> Result<(), ConnectError> {
        let mut joined = 0;
        // What is pushed before both namespaces have answered is kept for `recv`.
        let mut early = VecDeque::new();
        while joined < 2 {
            let text = self.recv().await.map_err(transport)?;
            match Packet::parse(&text).map_err(transport)? {
                Packet::Connected(_) => joined += 1,
                Packet::Refused(_, body) => return Err(ConnectError::Refused(refusal(body))),
                Packet::Event { .. } => early.push_back(text),
                other => {
                    return Err(ConnectError::Transport(format!(
                        "unexpected during connect: {other:?}"
                    )));
                }
            }
        }
        self.early = early;
        Ok(())
    }

    /// The next frame that is not a ping; pings are answered on the way. Cancel-safe.
    pub(crate) async fn recv(&mut self) -> Result<Utf8Bytes, Closed> {
        std::future::poll_fn(|cx| self.poll_recv(cx)).await
    }

    fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Result<Utf8Bytes, Closed>> {
        if let Some(text) = self.early.pop_front() {
            return Poll::Ready(Ok(text));
        }
        loop {
            let Poll::Ready(item) = Pin::new(&mut self.ws).poll_next(cx) else {
                return self.flush_then_wait(cx);
            };
            match item {
                Some(Ok(Message::Text(text))) => {
                    self.last_heard = clock::micros();
                    if text.as_str() == packet::PING {
                        self.queue(packet::PONG.to_owned())?;
                    } else {
                        return Poll::Ready(Ok(text));
                    }
                }
                Some(Ok(Message::Close(frame))) => {
                    let why = frame
                        .map_or_else(|| "closed".to_owned(), |frame| format!("closed: {frame}"));
                    return Poll::Ready(Err(Closed(why)));
                }
                Some(Ok(_)) => {}
                Some(Err(error)) => return Poll::Ready(Err(error.into())),
                None => return Poll::Ready(Err(Closed("closed".to_owned()))),
            }
        }
    }

    fn flush_then_wait(&mut self, cx: &mut Context<'_>) -> Poll<Result<Utf8Bytes, Closed>> {
        if self.unflushed {
            match Pin::new(&mut self.ws).poll_flush(cx) {
                Poll::Ready(Ok(())) => self.unflushed = false,
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error.into())),
                Poll::Pending => {}
            }
        }
        Poll::Pending
    }

    /// Queues a frame; it leaves with the next call of [`Self::recv`] that has nothing to read.
    pub(crate) fn queue(&mut self, text: String) -> Result<(), Closed> {
        self.unflushed = true;
        // The sink's readiness only says whether a write would block now; the frame is buffered either way, up to
        // MAX_WRITE_BUFFER.
        Pin::new(&mut self.ws)
            .start_send(Message::text(text))
            .map_err(Closed::from)
    }

    /// A fresh ack id, from 0 upwards.
    pub(crate) fn ack_id(&mut self) -> u64 {
        let id = self.next_ack;
        self.next_ack += 1;
        id
    }

    /// Whether the server has been silent for longer than its own ping promises.
    pub(crate) fn is_silent(&self) -> bool {
        clock::micros().saturating_sub(self.last_heard) > self.max_silence
    }
}

/// The connection ended, with the reason as far as it is known.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Closed(pub(crate) String);

impl From<tungstenite::Error> for Closed {
    fn from(error: tungstenite::Error) -> Self {
        Self(error.to_string())
    }
}

async fn tcp(addr: SocketAddr, source: Option<Ipv4Addr>) -> std::io::Result<TcpStream> {
    let stream = match source {
        Some(source) if addr.is_ipv4() => {
            let socket = TcpSocket::new_v4()?;
            socket.bind(SocketAddr::new(IpAddr::V4(source), 0))?;
            socket.connect(addr).await?
        }
        _ => TcpStream::connect(addr).await?,
    };
    stream.set_nodelay(true)?;
    Ok(stream)
}

fn refusal(body: &str) -> String {
    #[derive(Deserialize)]
    struct Refusal<'a> {
        #[serde(borrow)]
        data: Code<'a>,
    }
    #[derive(Deserialize)]
    struct Code<'a> {
        code: &'a str,
    }
    serde_json::from_str::<Refusal<'_>>(body)
        .map_or_else(|_| body.to_owned(), |refusal| refusal.data.code.to_owned())
}

fn transport(error: impl std::fmt::Display) -> ConnectError {
    ConnectError::Transport(error.to_string())
}

#[cfg(test)]
#[path = "socket_tests.rs"]
mod tests;
