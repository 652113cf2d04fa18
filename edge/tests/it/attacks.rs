//! Clients that mean harm: each is refused or closed, and an honest one beside it does not notice.

use std::time::Duration;

use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tokio_tungstenite::tungstenite::protocol::frame::{
    Frame,
    coding::{Data, OpCode},
};

use crate::support::{Fixture, Poller, Socket, within};

/// An honest client is answered by socket and by REST.
async fn is_unharmed(edge: &Fixture, honest: &mut Socket) {
    honest.send(r#"42/chat,1["nothing"]"#).await;
    let answer = honest.next().await;
    assert!(answer.contains("NOT_FOUND"), "{answer}");
    let answer = edge.request("GET", "/health/live").send().await;
    assert_eq!(answer.status, 200);
}

#[tokio::test]
async fn heads_that_never_end_are_cut_off() {
    let mut edge = Fixture::with(&[("EDGE__HEADER_TIMEOUT_MS", "300")]).await;
    let mut honest = edge.sign_in(1).await;
    let silent = TcpStream::connect(edge.address).await.unwrap();
    let mut half = TcpStream::connect(edge.address).await.unwrap();
    half.write_all(b"GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nupgrade: webs")
        .await
        .unwrap();
    let mut trickle = TcpStream::connect(edge.address).await.unwrap();
    trickle.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
    let mut drip = tokio::time::interval(Duration::from_millis(20));
    within("the end of the one that trickles", async {
        loop {
            drip.tick().await;
            if trickle.write_all(b"x-a: b\r\n").await.is_err() {
                break;
            }
        }
    })
    .await;
    for mut stream in [silent, half] {
        let mut rest = Vec::new();
        within("the end", stream.read_to_end(&mut rest))
            .await
            .unwrap();
        assert!(!rest.starts_with(b"HTTP/1.1 101"));
    }
    let mut endless = TcpStream::connect(edge.address).await.unwrap();
    endless.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
    let header = format!("x-long: {}\r\n", "x".repeat(1_000));
    within("the end of the one that is too long", async {
        while endless.write_all(header.as_bytes()).await.is_ok() {}
    })
    .await;
    is_unharmed(&edge, &mut honest).await;
    edge.end().await;
}

#[tokio::test]
async fn answers_that_nobody_reads_end_the_connection() {
    let mut edge = Fixture::with(&[
        ("EDGE__HEADER_TIMEOUT_MS", "300"),
        ("EDGE__ANSWER_TIMEOUT_MS", "600"),
    ])
    .await;
    let mut honest = edge.sign_in(1).await;
    let mut deaf = TcpStream::connect(edge.address).await.unwrap();
    let asks = "GET /openapi.json HTTP/1.1\r\nhost: x\r\n\r\n".repeat(1_000);
    within("the end", async {
        // More answers than fit into the buffers of both kernels; not one of them is read.
        while deaf.write_all(asks.as_bytes()).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    })
    .await;
    is_unharmed(&edge, &mut honest).await;
    edge.end().await;
}

#[tokio::test]
async fn who_asks_and_does_not_read_the_answers_is_not_heard_until_then() {
    let mut edge = Fixture::with(&[
        ("EDGE__OUTBOX_BYTES", "20000"),
        ("LIMITS__ENABLED", "false"),
    ])
    .await;
    let mut honest = edge.sign_in(1).await;
    let mut deaf = Socket::narrow(edge.address).await;
    deaf.connect("/chat", &edge.keys.token(2)).await;
    // The answers are longer, and together more than the outbox and the buffers of both kernels would ever hold.
    const ASKED: usize = 40_000;
    for _ in 0..ASKED {
        deaf.send(r#"42/chat,1["conversation:list",{"x":1}]"#).await;
    }
    is_unharmed(&edge, &mut honest).await;
    for _ in 0..ASKED {
        assert!(deaf.next().await.contains("INVALID_INPUT"));
    }

    let mut poller = Poller::open(edge.address).await;
    let token = edge.keys.token(3);
    poller
        .send(format!(r#"40/chat,{{"token":"{token}"}}"#))
        .await;
    assert!(poller.next().await.starts_with("40/chat,"));
    let payload = vec![r#"42/chat,1["nothing"]"#; 2_000].join("\u{1e}");
    poller.send(payload.clone()).await;
    let mut waiting = tokio::spawn(poller.request("POST").body(payload).send());
    let early = tokio::time::timeout(Duration::from_millis(200), &mut waiting).await;
    assert!(early.is_err(), "taken although nothing was read");
    for _ in 0..4_000 {
        assert!(poller.next().await.starts_with("43/chat,1["));
    }
    assert_eq!(waiting.await.unwrap().status, 200);
    edge.end().await;
}

#[tokio::test]
async fn fragments_are_put_together_within_bounds() {
    let mut edge = Fixture::with(&[("EDGE__MAX_PAYLOAD_BYTES", "2000")]).await;
    let mut honest = edge.sign_in(1).await;
    let part = |text: &str, kind: Data, is_last: bool| {
        Frame::message(text.to_owned(), OpCode::Data(kind), is_last)
    };
    // A packet in pieces, with a ping in between and a character cut in two, is one packet.
    let mut pieces = edge.sign_in(1).await;
    let packet = r#"42/chat,1["nothing",{"a":"é"}]"#;
    let cut = packet.find('é').unwrap() + 1;
    let (first, second) = packet.as_bytes().split_at(cut);
    let piece = |bytes: &[u8], kind: Data, is_last: bool| {
        Frame::message(bytes.to_vec(), OpCode::Data(kind), is_last)
    };
    pieces
        .send_frame(piece(first, Data::Text, false))
        .await
        .unwrap();
    pieces.send_frame(Frame::ping("x")).await.unwrap();
    pieces
        .send_frame(piece(second, Data::Continue, true))
        .await
        .unwrap();
    let answer = pieces.next_data().await;
    assert!(answer.contains("NOT_FOUND"), "{answer}");

    let mut endless = edge.sign_in(1).await;
    let chunk = "x".repeat(500);
    endless
        .send_frame(part(&chunk, Data::Text, false))
        .await
        .unwrap();
    within("the end", async {
        while endless
            .send_frame(part(&chunk, Data::Continue, false))
            .await
            .is_ok()
        {}
    })
    .await;
    let mut stray = edge.sign_in(1).await;
    stray
        .send_frame(part("x", Data::Continue, true))
        .await
        .unwrap();
    assert_eq!(stray.drain().await.1, 1002);
    let mut torn = edge.sign_in(1).await;
    torn.send_frame(piece(b"42/chat,\xff", Data::Text, true))
        .await
        .unwrap();
    assert_eq!(torn.drain().await.1, 1007);
    is_unharmed(&edge, &mut honest).await;
    edge.end().await;
}

#[tokio::test]
async fn floods_of_pings_and_pongs_change_nothing() {
    let mut edge = Fixture::start().await;
    let mut honest = edge.sign_in(1).await;
    let mut flood = edge.sign_in(2).await;
    for _ in 0..5_000 {
        let ping = Frame::ping(vec![b'x'; 125]);
        flood.send_frame(ping).await.unwrap();
        flood.send("3").await;
        flood.send("6").await;
    }
    is_unharmed(&edge, &mut honest).await;
    flood.send(r#"42/chat,1["nothing"]"#).await;
    assert!(flood.next_data().await.contains("NOT_FOUND"));
    edge.end().await;
}

#[tokio::test]
async fn floods_of_events_and_namespaces_are_refused_then_closed() {
    let mut edge = Fixture::with(&[
        ("LIMITS__READ_BURST", "20"),
        ("LIMITS__READ_PER_SECOND", "1"),
        ("LIMITS__WRITE_BURST", "10"),
        ("LIMITS__WRITE_PER_SECOND", "1"),
    ])
    .await;
    let mut honest = edge.sign_in(1).await;
    let mut flood = edge.sign_in(2).await;
    for n in 0..100 {
        flood.send(&format!(r#"42/chat,{n}["nothing"]"#)).await;
    }
    let mut refused = 0;
    for _ in 0..100 {
        let answer = flood.next().await;
        refused += usize::from(answer.contains("RATE_LIMITED"));
        assert!(answer.contains("RATE_LIMITED") || answer.contains("NOT_FOUND"));
    }
    assert!(refused >= 70, "only {refused} of 100 were refused");

    let mut comes_and_goes = edge.sign_in(3).await;
    let connect = format!(r#"40/chat,{{"token":"{}"}}"#, edge.keys.token(3));
    for _ in 0..50 {
        comes_and_goes.send("41/chat,").await;
        comes_and_goes.send(&connect).await;
    }
    let (packets, code) = comes_and_goes.drain().await;
    assert_eq!(code, 1008);
    let last = packets.last().unwrap();
    assert!(last.contains("RATE_LIMITED"), "{last}");
    assert!(packets.len() < 30, "{packets:?}");

    let mut wanderer = edge.open().await;
    for n in 0..50 {
        wanderer.send(&format!("40/nowhere-{n},")).await;
    }
    assert_eq!(wanderer.drain().await.1, 1008);
    let mut verbose = edge.open().await;
    verbose.send(&format!("40/{},", "x".repeat(300))).await;
    assert_eq!(verbose.drain().await, (Vec::new(), 1002));
    is_unharmed(&edge, &mut honest).await;
    edge.end().await;
}

#[tokio::test]
async fn json_of_any_depth_and_attachments_of_any_number_are_refused() {
    let mut edge = Fixture::start().await;
    let mut honest = edge.sign_in(1).await;
    let deep =
        |open: &str, close: &str| format!("{}1{}", open.repeat(20_000), close.repeat(20_000));
    let (lists, objects) = (deep("[", "]"), deep(r#"{"a":"#, "}"));
    let token = edge.keys.token(2);
    for payload in [&lists, &objects] {
        let mut socket = edge.sign_in(2).await;
        let event = format!(r#"42/chat,1["message:send",{payload}]"#);
        socket.send(&event).await;
        let outcome = socket.receive().await;
        match outcome {
            Ok(answer) => assert!(answer.contains("INVALID_INPUT"), "{answer}"),
            Err(frame) => assert_eq!(frame.map(|frame| frame.code.into()), Some(1002)),
        }
        let mut socket = edge.open().await;
        socket.send(&format!("40/chat,{payload}")).await;
        let answer = socket.next().await;
        assert!(answer.contains("AUTH_INVALID"), "{answer}");
        let answer = edge
            .request("POST", "/conversations/d1-2/messages")
            .token(&token)
            .header("content-type", "application/json")
            .body(payload.clone())
            .send()
            .await;
        assert_eq!(answer.problem(), (400, "INVALID_INPUT".into()));
    }

    let placeholder = json!({ "_placeholder": true, "num": 0 }).to_string();
    let thousands = vec![placeholder.as_str(); 2_000].join(",");
    for packet in [
        format!(r#"452000-/chat,["message:send",{thousands}]"#),
        r#"4517-/chat,["message:send",{}]"#.into(),
        r#"4599999999999999999999-/chat,["message:send",{}]"#.into(),
        r#"45-1-/chat,["message:send",{}]"#.into(),
    ] {
        let mut socket = edge.sign_in(2).await;
        socket.send(&packet).await;
        assert_eq!(socket.drain().await, (Vec::new(), 1002), "{packet:.40}");
    }
    is_unharmed(&edge, &mut honest).await;
    edge.end().await;
}

#[tokio::test]
async fn packets_cut_off_anywhere_are_refused_or_understood() {
    let mut edge = Fixture::with(&[("LIMITS__ENABLED", "false")]).await;
    let mut honest = edge.sign_in(1).await;
    let packet = r#"42/chat?é=1,12["nothing",{"content":"größer","list":[1,2.5e3,null]}]"#;
    for end in (0..packet.len()).filter(|end| packet.is_char_boundary(*end)) {
        let mut socket = edge.sign_in(2).await;
        socket.send(&packet[..end]).await;
        let (packets, code) = socket.drain().await;
        assert_eq!((packets.len(), code), (0, 1002), "{}", &packet[..end]);
        let poller = Poller::open(edge.address).await;
        let answer = poller.request("POST").body(&packet.as_bytes()[..end]);
        assert_eq!(answer.send().await.status, 400, "{}", &packet[..end]);
    }
    is_unharmed(&edge, &mut honest).await;
    edge.end().await;
}
