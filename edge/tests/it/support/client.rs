use std::net::SocketAddr;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use http_body_util::{BodyExt, Full};
use hyper::{HeaderMap, client::conn::http1, header::HeaderName};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::{TcpSocket, TcpStream};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{
        Error, Message,
        client::IntoClientRequest,
        protocol::{CloseFrame, frame::Frame},
    },
};

use super::within;

/// A request in the making; [`Request::send`] sends it on a connection of its own.
#[derive(Clone)]
pub(crate) struct Request {
    address: SocketAddr,
    method: String,
    path: String,
    headers: HeaderMap,
    body: Bytes,
}

impl Request {
    pub(crate) fn new(address: SocketAddr, method: &str, path: &str) -> Self {
        let (method, path) = (method.to_owned(), path.to_owned());
        Self {
            address,
            method,
            path,
            headers: HeaderMap::new(),
            body: Bytes::new(),
        }
    }

    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers
            .insert(HeaderName::from_static(name), value.parse().unwrap());
        self
    }

    pub(crate) fn token(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        let body = body.to_string();
        Self {
            body: body.into(),
            ..self.header("content-type", "application/json")
        }
    }

    pub(crate) fn body(self, body: impl Into<Bytes>) -> Self {
        Self {
            body: body.into(),
            ..self
        }
    }

    pub(crate) async fn send(self) -> Reply {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let mut request = hyper::Request::builder()
            .method(self.method.as_str())
            .uri(self.path)
            .header("host", self.address.to_string())
            .body(Full::new(self.body))
            .unwrap();
        request.headers_mut().extend(self.headers);
        let response = within("an answer", sender.send_request(request))
            .await
            .unwrap();
        let (head, body) = response.into_parts();
        let body = within("a body", body.collect()).await.unwrap().to_bytes();
        Reply {
            status: head.status.as_u16(),
            headers: head.headers,
            body,
        }
    }
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Reply {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// The status and code of a problem.
    pub(crate) fn problem(&self) -> (u16, String) {
        assert_eq!(
            self.header("content-type"),
            "application/problem+json",
            "{self:?}"
        );
        (
            self.status,
            self.json()["code"].as_str().unwrap().to_owned(),
        )
    }
}

/// A socket that speaks packets.
pub(crate) struct Socket {
    stream: WebSocketStream<TcpStream>,
}

impl Socket {
    /// Opens a websocket and reads its open packet.
    pub(crate) async fn open(
        address: SocketAddr,
        headers: &[(&'static str, &str)],
    ) -> Result<Self, Error> {
        Self::on(TcpStream::connect(address).await?, address, headers).await
    }

    /// The same for a client whose own system holds next to nothing that it has not read.
    pub(crate) async fn narrow(address: SocketAddr) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4_096).unwrap();
        let stream = socket.connect(address).await.unwrap();
        Self::on(stream, address, &[]).await.unwrap()
    }

    async fn on(
        stream: TcpStream,
        address: SocketAddr,
        headers: &[(&'static str, &str)],
    ) -> Result<Self, Error> {
        let url = format!("ws://{address}/socket.io/?EIO=4&transport=websocket");
        let mut request = url.into_client_request()?;
        for (name, value) in headers {
            request.headers_mut().insert(*name, value.parse().unwrap());
        }
        let (stream, _) = within("the upgrade", client_async(request, stream)).await?;
        let mut socket = Self { stream };
        let open = socket.next().await;
        assert!(open.starts_with(r#"0{"sid":""#), "{open}");
        Ok(socket)
    }

    /// Opens a websocket for a session on polling. Nothing is said on it yet.
    pub(crate) async fn beside(address: SocketAddr, sid: &str) -> Self {
        let url = format!("ws://{address}/socket.io/?EIO=4&transport=websocket&sid={sid}");
        let stream = TcpStream::connect(address).await.unwrap();
        let (stream, _) = within("the upgrade", client_async(url, stream))
            .await
            .unwrap();
        Self { stream }
    }

    /// Enters a namespace.
    pub(crate) async fn connect(&mut self, namespace: &str, token: &str) {
        self.send(&format!(r#"40{namespace},{{"token":"{token}"}}"#))
            .await;
        let answer = self.next().await;
        assert!(
            answer.starts_with(&format!(r#"40{namespace},{{"sid":""#)),
            "{answer}"
        );
    }

    pub(crate) async fn send(&mut self, packet: &str) {
        self.stream.send(Message::text(packet)).await.unwrap();
    }

    pub(crate) async fn send_binary(&mut self, data: &[u8]) {
        self.stream
            .send(Message::binary(data.to_vec()))
            .await
            .unwrap();
    }

    /// Sends a frame as it is.
    pub(crate) async fn send_frame(&mut self, frame: Frame) -> Result<(), Error> {
        self.stream.send(Message::Frame(frame)).await
    }

    /// The next packet; pings are answered on the way.
    pub(crate) async fn next(&mut self) -> String {
        match self.receive().await {
            Ok(packet) => packet,
            Err(close) => panic!("the socket was closed: {close:?}"),
        }
    }

    /// The next packet, whatever control frames come before it.
    pub(crate) async fn next_data(&mut self) -> String {
        loop {
            match within("a packet", self.stream.next()).await {
                Some(Ok(Message::Text(text))) => return text.to_string(),
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                other => panic!("unexpected: {other:?}"),
            }
        }
    }

    /// The next packet, or how the socket was closed.
    pub(crate) async fn receive(&mut self) -> Result<String, Option<CloseFrame>> {
        loop {
            match within("a packet", self.stream.next()).await {
                Some(Ok(Message::Text(text))) if text.as_str() == "2" => self.send("3").await,
                Some(Ok(Message::Text(text))) => return Ok(text.to_string()),
                Some(Ok(Message::Close(frame))) => return Err(frame),
                Some(Ok(other)) => panic!("unexpected: {other:?}"),
                Some(Err(_)) | None => return Err(None),
            }
        }
    }

    /// Reads to the end: the packets on the way, and the close code (0 if the connection broke).
    pub(crate) async fn drain(mut self) -> (Vec<String>, u16) {
        let mut packets = Vec::new();
        loop {
            match self.receive().await {
                Ok(packet) => packets.push(packet),
                Err(frame) => return (packets, frame.map_or(0, |frame| frame.code.into())),
            }
        }
    }

    /// The raw stream, for tests that break rules.
    pub(crate) fn into_stream(self) -> TcpStream {
        self.stream.into_inner()
    }
}
