use futures_util::future::join_all;
use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpSocket,
};
use tokio_tungstenite::tungstenite::Error;

use crate::support::{Fixture, Socket, Workers, within};

#[tokio::test]
async fn a_full_queue_is_busy_at_once() {
    let edge = Fixture::with(&[
        ("BROKER__MAX_QUEUE_LENGTH", "1"),
        ("LIMITS__ENABLED", "false"),
        ("EDGE__COMMAND_TIMEOUT_MS", "60000"),
    ])
    .await;
    let mut socket = edge.open().await;
    socket.connect("/chat", &edge.keys.token(1)).await;
    // Nobody consumes: each of these waits for a reply, except those that the queue does not take.
    let busy = async {
        for n in 0.. {
            socket
                .send(&format!(
                    r#"42/chat,{n}["message:send",{{"conversationId":"d1-2","content":"x"}}]"#
                ))
                .await;
            if let Ok(ack) =
                tokio::time::timeout(std::time::Duration::from_millis(20), socket.next()).await
            {
                return ack;
            }
        }
        unreachable!()
    };
    let ack = within("BUSY", busy).await;
    assert!(
        ack.contains(r#"{"ok":false,"error":{"code":"BUSY""#),
        "{ack}"
    );
    let request = edge
        .request("POST", "/conversations/d1-2/read")
        .token(&edge.keys.token(1));
    let answers = join_all((0..3).map(|_| request.clone().send()));
    let answers = within("BUSY by REST", answers).await;
    for answer in answers {
        assert_eq!(answer.problem(), (503, "BUSY".into()));
        assert_eq!(answer.header("retry-after"), "1");
    }
    edge.end().await;
}

#[tokio::test]
async fn rates_hold_for_requests_and_sockets_alike() {
    let mut edge = Fixture::with(&[
        ("LIMITS__READ_BURST", "3"),
        ("LIMITS__READ_PER_SECOND", "1"),
    ])
    .await;
    let mut socket = edge.open().await;
    socket.connect("/chat", &edge.keys.token(1)).await;
    for n in 0..4 {
        socket
            .send(&format!(r#"42/chat,{n}["conversation:list",{{}}]"#))
            .await;
    }
    let ack = socket.next().await;
    assert!(
        ack.starts_with(r#"43/chat,3[{"ok":false,"error":{"code":"RATE_LIMITED""#),
        "{ack}"
    );
    let answer = edge
        .request("GET", "/user/me")
        .token(&edge.keys.token(1))
        .send()
        .await;
    assert_eq!(answer.problem(), (429, "RATE_LIMITED".into()));
    for _ in 0..3 {
        edge.workers.command().await;
    }
    edge.end().await;
}

#[tokio::test]
async fn sizes_are_bounded() {
    let edge = Fixture::with(&[("EDGE__MAX_PAYLOAD_BYTES", "2000")]).await;
    let token = edge.keys.token(1);
    let send = || {
        edge.request("POST", "/conversations/d1-2/messages")
            .token(&token)
    };
    let answer = send()
        .json(&json!({ "content": "x".repeat(2_000) }))
        .send()
        .await;
    assert_eq!(answer.problem(), (413, "INVALID_INPUT".into()));
    let answer = send().body("{}").send().await;
    assert_eq!(answer.problem(), (415, "INVALID_INPUT".into()));

    let mut socket = edge.open().await;
    socket.send(&format!("40/chat,{}", "x".repeat(3_000))).await;
    assert!(matches!(socket.drain().await, (packets, 1009 | 0) if packets.is_empty()));
    edge.end().await;
}

#[tokio::test]
async fn sockets_are_counted_per_user_and_per_address() {
    let edge = Fixture::with(&[
        ("LIMITS__SOCKETS_PER_USER", "1"),
        ("LIMITS__SOCKETS_PER_ADDRESS", "2"),
    ])
    .await;
    let token = edge.keys.token(1);
    let mut first = edge.open().await;
    first.connect("/chat", &token).await;
    let mut second = edge.open().await;
    second
        .send(&format!(r#"40/chat,{{"token":"{token}"}}"#))
        .await;
    let answer = second.next().await;
    assert!(
        answer.contains(r#""data":{"code":"RATE_LIMITED""#),
        "{answer}"
    );
    match Socket::open(edge.address, &[]).await {
        Err(Error::Http(response)) => assert_eq!(response.status(), 429),
        other => panic!("a third socket: {:?}", other.map(|_| ())),
    }
    edge.end().await;
}

#[tokio::test]
async fn one_address_does_not_take_all_connections() {
    let edge = Fixture::with(&[
        ("EDGE__MAX_CONNECTIONS", "5"),
        ("LIMITS__CONNECTIONS_PER_ADDRESS", "3"),
    ])
    .await;
    // Nothing is said on them: places are taken when connections are accepted.
    let target = edge.address;
    let from = |address: &'static str| async move {
        let socket = TcpSocket::new_v4().unwrap();
        socket
            .bind(format!("{address}:0").parse().unwrap())
            .unwrap();
        socket.connect(target).await.unwrap()
    };
    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(from("127.0.0.2").await);
    }
    for _ in 0..10 {
        let mut refused = from("127.0.0.2").await;
        let read = within("the end", refused.read_to_end(&mut Vec::new())).await;
        assert_eq!(read.unwrap(), 0);
    }
    let mut honest = from("127.0.0.3").await;
    honest
        .write_all(b"GET /health/live HTTP/1.1\r\nhost: x\r\n\r\n")
        .await
        .unwrap();
    let mut answer = [0; 12];
    within("an answer", honest.read_exact(&mut answer))
        .await
        .unwrap();
    assert_eq!(&answer, b"HTTP/1.1 200");
    drop((held, honest));
    edge.end().await;
}

#[tokio::test]
async fn a_slow_reader_is_closed_and_others_are_not_disturbed() {
    let mut edge = Fixture::with(&[
        ("EDGE__OUTBOX_BYTES", "250000"),
        ("EDGE__SLOW_READER_MS", "100"),
    ])
    .await;
    let node = edge.workers.announcement().await.edge;
    let mut good = edge.sign_in(1).await;
    let slow = edge.sign_in(1).await;
    let event = json!(["message:created", { "content": "x".repeat(100_000) }]);
    let mut sent = 0;
    // Until the kernel's buffers and the outbox of the slow one are full.
    let evicted = || {
        let text = prometheus::TextEncoder::new()
            .encode_to_string(&prometheus::gather())
            .unwrap();
        text.contains(r#"warren_edge_sockets_closed_total{reason="slow_reader"} 1"#)
    };
    while !evicted() {
        let item = Workers::push_item("chat", &[1], &event, &format!("k{sent}"));
        edge.workers.item(&node.to_string(), item).await;
        good.next().await;
        sent += 1;
        assert!(sent < 500, "the slow reader was never closed");
    }
    let (packets, code) = slow.drain().await;
    assert!(packets.len() < sent);
    assert_eq!(code, 0);
    edge.end().await;
}
