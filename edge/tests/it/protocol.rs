//! The rules that the official test suites of Engine.IO and Socket.IO check, with the same handlers as theirs.

#[path = "../../examples/conformance/echo.rs"]
mod echo;

use std::{convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};

use futures_util::{SinkExt, StreamExt};
use hyper::{Request as HttpRequest, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::{WebSocketStream, client_async, tungstenite::Message};
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};
use warren_edge::socketio::{Application, Connection, Engine, EngineConfig, Multiplexer, Refusal};

use crate::support::{Poller, Request, within};

/// A server of one application per client.
struct Server {
    address: SocketAddr,
    _stop: DropGuard,
}

impl Server {
    async fn start<A: Application>(
        open: impl Fn() -> Result<A, Refusal> + Copy + Send + Sync + 'static,
    ) -> Self {
        Self::start_with(echo::config(), open).await
    }

    async fn start_with<A: Application>(
        config: EngineConfig,
        open: impl Fn() -> Result<A, Refusal> + Copy + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let engine = Arc::new(Engine::new(config, TaskTracker::new()));
        let stop = CancellationToken::new();
        let accepting = async move {
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let engine = Arc::clone(&engine);
                let answer = service_fn(move |request: HttpRequest<Incoming>| {
                    let engine = Arc::clone(&engine);
                    async move { Ok::<_, Infallible>(engine.answer(request, |_| open()).await) }
                });
                let connection = http1::Builder::new()
                    .serve_connection(TokioIo::new(Connection::Plain(stream)), answer);
                tokio::spawn(connection.with_upgrades());
            }
        };
        tokio::spawn(stop.clone().run_until_cancelled_owned(accepting));
        Self {
            address,
            _stop: stop.drop_guard(),
        }
    }

    async fn of_messages() -> Self {
        Self::start(|| Ok(echo::Messages::new())).await
    }

    async fn of_events() -> Self {
        Self::start(|| Ok(Multiplexer::new(echo::Events::new(), 1_000_000))).await
    }

    async fn websocket(&self) -> WebSocket {
        let url = format!("ws://{}/socket.io/?EIO=4&transport=websocket", self.address);
        let stream = TcpStream::connect(self.address).await.unwrap();
        let (stream, _) = within("the upgrade", client_async(url, stream))
            .await
            .unwrap();
        let mut socket = WebSocket { stream };
        let open = socket.next().await.unwrap();
        assert!(
            open.to_text().unwrap().starts_with(r#"0{"sid":""#),
            "{open}"
        );
        socket
    }

    /// A websocket in the main namespace.
    async fn entered(&self) -> WebSocket {
        let mut socket = self.websocket().await;
        socket.send("40").await;
        assert_eq!(socket.text().await, r#"40{"sid":"a-session"}"#);
        assert_eq!(socket.text().await, r#"42["auth",{}]"#);
        socket
    }
}

struct WebSocket {
    stream: WebSocketStream<TcpStream>,
}

impl WebSocket {
    async fn send(&mut self, message: impl Into<Message>) {
        self.stream.send(message.into()).await.unwrap();
    }

    /// The next message, whatever it is; none when the server has closed.
    async fn next(&mut self) -> Option<Message> {
        match within("a message", self.stream.next()).await? {
            Ok(Message::Close(_)) | Err(_) => None,
            Ok(message) => Some(message),
        }
    }

    /// The next message that is no ping; pings are answered.
    async fn message(&mut self) -> Message {
        loop {
            match self.next().await.unwrap() {
                ping if ping == Message::text("2") => self.send("3").await,
                message => return message,
            }
        }
    }

    async fn text(&mut self) -> String {
        self.message().await.into_text().unwrap().to_string()
    }

    /// Whether the server closes without a word but pings.
    async fn is_closed(&mut self) -> bool {
        loop {
            match self.next().await {
                None => return true,
                Some(ping) if ping == Message::text("2") => {}
                Some(_) => return false,
            }
        }
    }
}

#[tokio::test]
async fn messages_of_text_and_bytes_travel_on_both_transports() {
    let server = Server::of_messages().await;
    let mut poller = Poller::open(server.address).await;
    poller.send("4hello\u{1e}bAQIDBA==\u{1e}4€").await;
    for packet in ["4hello", "bAQIDBA==", "4€"] {
        assert_eq!(poller.next().await, packet);
    }
    let mut socket = server.websocket().await;
    let long: Vec<u8> = (0..100_000_u32).map(|n| n as u8).collect();
    for message in [
        Message::text("4hello"),
        Message::binary(vec![1, 2, 3, 4]),
        Message::binary(long),
        Message::text("4".repeat(100_000)),
    ] {
        socket.send(message.clone()).await;
        assert_eq!(socket.message().await, message);
    }
}

#[tokio::test]
async fn a_payload_is_no_longer_than_was_said() {
    let config = EngineConfig {
        ping_interval: Duration::from_secs(60),
        ..echo::config()
    };
    let server = Server::start_with(config, || Ok(echo::Messages::new())).await;
    let mut poller = Poller::open(server.address).await;
    let packet = format!("4{}", "x".repeat(400_000));
    for _ in 0..3 {
        poller.send(packet.clone()).await;
    }
    let answer = poller.request("GET").send().await;
    assert_eq!(answer.body.len(), 2 * packet.len() + 1);
    assert_eq!(poller.next().await, packet);
}

#[tokio::test]
async fn who_does_not_answer_pings_is_closed() {
    let server = Server::of_messages().await;
    let mut socket = server.websocket().await;
    assert!(socket.is_closed().await);
    let poller = Poller::open(server.address).await;
    let ping = poller.request("GET").send().await;
    assert_eq!(ping.body, "2");
    // A poll that waits for what never comes: the session ends under it.
    let answer = poller.request("GET").send().await;
    assert_eq!(answer.status, 400);
    assert_eq!(poller.refused("GET").await, 1);
}

#[tokio::test]
async fn a_client_closes_either_transport() {
    let server = Server::of_messages().await;
    let mut socket = server.websocket().await;
    socket.send("1").await;
    assert!(socket.is_closed().await);
    let mut poller = Poller::open(server.address).await;
    poller.send("1").await;
    assert_eq!(poller.next().await, "6", "for a poll that was on its way");
    assert_eq!(poller.refused("GET").await, 1);
}

#[tokio::test]
async fn methods_that_begin_no_session_are_refused() {
    let server = Server::of_messages().await;
    for method in ["POST", "PUT", "DELETE"] {
        let path = "/socket.io/?EIO=4&transport=polling";
        let answer = Request::new(server.address, method, path).send().await;
        assert_eq!((answer.status, &answer.json()["code"]), (400, &2.into()));
    }
}

#[tokio::test]
async fn namespaces_are_entered_and_left_each_on_its_own() {
    let server = Server::of_events().await;
    let mut socket = server.entered().await;
    socket.send(r#"40/custom,{"token":"abc"}"#).await;
    assert_eq!(socket.text().await, r#"40/custom,{"sid":"a-session"}"#);
    assert_eq!(socket.text().await, r#"42/custom,["auth",{"token":"abc"}]"#);
    socket.send("40/random").await;
    assert_eq!(
        socket.text().await,
        r#"44/random,{"message":"Invalid namespace"}"#
    );
    socket.send("41/custom").await;
    socket.send(r#"42["message",1,"2",{"3":[true]}]"#).await;
    assert_eq!(
        socket.text().await,
        r#"42["message-back",1,"2",{"3":[true]}]"#
    );
    socket.send(r#"42/custom,["message"]"#).await;
    assert!(socket.is_closed().await, "not in that namespace any more");
}

#[tokio::test]
async fn events_carry_attachments_and_are_acknowledged() {
    let server = Server::of_events().await;
    let mut socket = server.entered().await;
    socket
        .send(r#"42456["message-with-ack",1,"2",{"3":[false]}]"#)
        .await;
    assert_eq!(socket.text().await, r#"43456[1,"2",{"3":[false]}]"#);
    let placeholders = r#"{"_placeholder":true,"num":0},{"_placeholder":true,"num":1}"#;
    let (one, other) = (vec![1, 2, 3], vec![4, 5, 6]);
    for (event, answer) in [
        (
            format!(r#"452-["message",{placeholders}]"#),
            format!(r#"452-["message-back",{placeholders}]"#),
        ),
        (
            format!(r#"452-789["message-with-ack",{placeholders}]"#),
            format!("462-789[{placeholders}]"),
        ),
    ] {
        socket.send(event).await;
        socket.send(one.clone()).await;
        // A pong between the attachments belongs to no packet.
        socket.send("3").await;
        socket.send(other.clone()).await;
        assert_eq!(socket.text().await, answer);
        assert_eq!(socket.message().await, Message::binary(one.clone()));
        assert_eq!(socket.message().await, Message::binary(other.clone()));
    }
}

#[tokio::test]
async fn what_makes_no_sense_ends_the_connection() {
    let server = Server::of_events().await;
    let mut silent = server.websocket().await;
    assert!(silent.is_closed().await, "no handshake in time");
    for packet in [
        "abc",
        "4abc",
        "42{}",
        r#"42abc["message-with-ack"]"#,
        "451-[]",
        "5",
    ] {
        let mut socket = server.entered().await;
        socket.send(packet).await;
        if packet == "451-[]" {
            socket.send("42[]").await;
        }
        assert!(socket.is_closed().await, "{packet}");
    }
    let mut stray = server.entered().await;
    stray.send(vec![1, 2, 3]).await;
    assert!(stray.is_closed().await);
}
