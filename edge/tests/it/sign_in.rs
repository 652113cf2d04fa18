use crate::support::{Fixture, Keys, Socket, within};

fn refused(packet: &str, namespace: &str) -> bool {
    packet.starts_with(&format!("44{namespace},"))
        && packet.contains(r#""data":{"code":"AUTH_INVALID""#)
}

#[tokio::test]
async fn a_namespace_wants_a_good_token() {
    let edge = Fixture::start().await;
    let mut socket = edge.open().await;
    for packet in [
        "40/chat,",
        "40/chat,{}",
        r#"40/chat,{"token":"nonsense"}"#,
        "40/chat,[]",
    ] {
        socket.send(packet).await;
        let answer = socket.next().await;
        assert!(refused(&answer, "/chat"), "{answer}");
    }
    // The fifth refusal is the last.
    socket.send("40/nowhere,").await;
    let (packets, code) = socket.drain().await;
    assert!(
        packets[0].starts_with(r#"44/nowhere,{"message":"Invalid namespace""#),
        "{packets:?}"
    );
    assert_eq!(code, 1008);
    edge.end().await;
}

#[tokio::test]
async fn a_header_or_a_cookie_signs_in_too() {
    let edge = Fixture::with(&[("EDGE__ALLOWED_ORIGINS", "https://a.example")]).await;
    let token = edge.keys.token(1);
    let (bearer, cookie) = (format!("Bearer {token}"), format!("accessToken={token}"));
    let own = format!("http://{}", edge.address);
    let good: [&[(&str, &str)]; 3] = [
        &[("authorization", &bearer)],
        &[("cookie", &cookie), ("origin", "https://a.example")],
        &[("cookie", &cookie), ("origin", &own)],
    ];
    for headers in good {
        let mut socket = Socket::open(edge.address, headers).await.unwrap();
        socket.send("40/chat,").await;
        let answer = socket.next().await;
        assert!(answer.starts_with(r#"40/chat,{"sid""#), "{answer}");
    }
    let bad: [&[(&str, &str)]; 2] = [
        &[("cookie", &cookie)],
        &[("cookie", &cookie), ("origin", "https://evil.example")],
    ];
    for headers in bad {
        let mut socket = Socket::open(edge.address, headers).await.unwrap();
        socket.send("40/chat,").await;
        assert!(refused(&socket.next().await, "/chat"));
    }
    edge.end().await;
}

#[tokio::test]
async fn a_socket_belongs_to_one_session() {
    let mut edge = Fixture::start().await;
    let mut socket = edge.open().await;
    socket.connect("/chat", &edge.keys.token(1)).await;
    socket
        .send(&format!(
            r#"40/notifications,{{"token":"{}"}}"#,
            edge.keys.token(2)
        ))
        .await;
    assert!(refused(&socket.next().await, "/notifications"));
    socket.send("40/notifications,").await;
    assert!(refused(&socket.next().await, "/notifications"));
    socket.connect("/notifications", &edge.keys.token(1)).await;
    assert_eq!(
        edge.workers.command().await.action,
        "notification:unread-count"
    );
    edge.end().await;
}

#[tokio::test]
async fn who_does_not_sign_in_is_closed() {
    let edge = Fixture::with(&[("EDGE__SIGN_IN_TIMEOUT_MS", "100")]).await;
    assert_eq!(edge.open().await.drain().await, (Vec::new(), 1008));
    edge.end().await;
}

#[tokio::test]
async fn who_leaves_every_namespace_is_closed_unless_it_comes_back() {
    let edge = Fixture::with(&[("EDGE__SIGN_IN_TIMEOUT_MS", "300")]).await;
    let token = edge.keys.token(1);
    let mut gone = edge.open().await;
    gone.connect("/chat", &token).await;
    let mut back = edge.open().await;
    back.connect("/chat", &token).await;
    back.send("41/chat,").await;
    back.connect("/chat", &token).await;
    gone.send("41/chat,").await;
    let (packets, code) = within("the end", gone.drain()).await;
    assert_eq!((packets, code), (Vec::new(), 1008));
    back.send(r#"42/chat,1["nothing"]"#).await;
    assert!(back.next().await.contains("NOT_FOUND"));
    edge.end().await;
}

#[tokio::test]
async fn a_socket_ends_with_its_token() {
    let edge = Fixture::with(&[("EDGE__EXPIRY_NOTICE_MS", "0")]).await;
    let mut socket = edge.open().await;
    socket.connect("/chat", &short(&edge, 1)).await;
    assert_eq!(socket.drain().await, (Vec::new(), 1008));
    edge.end().await;
}

/// A token that ends in three seconds: five seconds of leeway for clocks are part of a token's life.
fn short(edge: &Fixture, user: i64) -> String {
    let mut claims = Keys::claims(user);
    claims["exp"] = (claims["iat"].as_u64().unwrap() - 2).into();
    edge.keys.token_with(&claims)
}

#[tokio::test]
async fn a_new_token_lets_a_socket_outlive_the_old_one() {
    let edge = Fixture::start().await;
    let mut renewed = edge.open().await;
    renewed.connect("/chat", &short(&edge, 1)).await;
    let mut left = edge.open().await;
    left.connect("/chat", &short(&edge, 1)).await;
    let notice = renewed.next().await;
    assert!(
        notice.starts_with(r#"42/chat,["session:expiring",{"expiresAt":"20"#),
        "{notice}"
    );
    let renew = format!(r#"["auth:refresh",{{"token":"{}"}}]"#, edge.keys.token(1));
    renewed.send(&format!("42/chat,7{renew}")).await;
    let answer = renewed.next().await;
    assert!(
        answer.starts_with(r#"43/chat,7[{"ok":true,"data":{"expiresAt":"20"#),
        "{answer}"
    );
    let (packets, code) = left.drain().await;
    assert_eq!((packets.as_slice(), code), (&[notice][..], 1008));
    // The old token would not open another namespace any more.
    renewed.send("40/notifications,").await;
    let answer = renewed.next().await;
    assert!(answer.starts_with(r#"40/notifications,{"sid""#), "{answer}");
    edge.end().await;
}

#[tokio::test]
async fn a_socket_goes_on_only_with_a_good_token_of_its_own_session() {
    let edge = Fixture::start().await;
    let mut socket = edge.open().await;
    socket.connect("/chat", &short(&edge, 1)).await;
    let mut claims = Keys::claims(1);
    claims["sid"] = "another".into();
    let (own, other) = (edge.keys.token_with(&claims), edge.keys.token(2));
    let refusals = [
        (format!(r#"{{"token":"{own}"}}"#), "AUTH_INVALID"),
        (format!(r#"{{"token":"{other}"}}"#), "AUTH_INVALID"),
        (r#"{"token":"nonsense"}"#.into(), "AUTH_INVALID"),
        (r#"{"token":1}"#.into(), "INVALID_INPUT"),
        ("null".into(), "INVALID_INPUT"),
        ("{}".into(), "INVALID_INPUT"),
    ];
    for (payload, code) in refusals {
        socket
            .send(&format!(r#"42/chat,1["auth:refresh",{payload}]"#))
            .await;
        let mut answer = socket.next().await;
        if answer.contains("session:expiring") {
            answer = socket.next().await;
        }
        assert!(
            answer.contains(r#""ok":false"#) && answer.contains(code),
            "{answer}"
        );
    }
    assert_eq!(socket.drain().await.1, 1008, "it ends with its token");
    edge.end().await;
}

#[tokio::test]
async fn who_does_not_answer_pings_is_closed() {
    let edge = Fixture::with(&[
        ("EDGE__PING_INTERVAL_MS", "100"),
        ("EDGE__PING_TIMEOUT_MS", "100"),
    ])
    .await;
    let mut alive = edge.open().await;
    alive.connect("/chat", &edge.keys.token(1)).await;
    let mut silent = edge.open().await;
    silent.connect("/chat", &edge.keys.token(1)).await;
    let mut silent = silent.into_stream();
    // The stream ends although nothing was closed on this side; the other goes on, since it answers on the way.
    let mut bytes = Vec::new();
    tokio::select! {
        read = tokio::io::AsyncReadExt::read_to_end(&mut silent, &mut bytes) => drop(read.unwrap()),
        packet = alive.next() => panic!("unexpected: {packet}"),
    }
    assert!(bytes.contains(&b'2'));
    alive.send("40/nowhere,").await;
    assert!(alive.next().await.starts_with("44/nowhere,"));
    edge.end().await;
}

#[tokio::test]
async fn other_transports_and_versions_are_refused_in_the_protocols_words() {
    let edge = Fixture::start().await;
    for (query, code) in [
        ("?EIO=4&transport=carrier-pigeon", 0),
        ("?EIO=3&transport=polling", 5),
        ("?EIO=4&transport=polling&sid=x", 1),
        ("?EIO=4", 0),
        ("?EIO=3&transport=websocket", 5),
        ("?EIO=4&transport=websocket&sid=x", 1),
        ("?EIO=4&transport=websocket", 3),
    ] {
        let answer = edge
            .request("GET", &format!("/socket.io/{query}"))
            .send()
            .await;
        assert_eq!(
            (answer.status, &answer.json()["code"]),
            (400, &code.into()),
            "{query}"
        );
    }
    edge.end().await;
}

#[tokio::test]
async fn what_breaks_the_protocol_ends_the_socket() {
    let edge = Fixture::start().await;
    for (packet, code) in [
        ("9", 1002),
        ("", 1002),
        (r#"42/chat,["message:send",{}]"#, 1002),
        ("4é", 1002),
        (r#"451-/chat,["a",{"_placeholder":true,"num":0}]"#, 1002),
        ("bAAEC", 1002),
    ] {
        let mut socket = edge.open().await;
        socket.send(packet).await;
        assert_eq!(socket.drain().await, (Vec::new(), code), "{packet}");
    }
    let mut socket = edge.open().await;
    socket.send_binary(&[1, 2, 3]).await;
    assert_eq!(socket.drain().await, (Vec::new(), 1002));
    edge.end().await;
}

#[tokio::test]
async fn an_engine_close_is_taken_at_its_word() {
    let edge = Fixture::start().await;
    let mut socket = edge.open().await;
    socket.send("1").await;
    assert!(socket.receive().await.is_err());
    edge.end().await;
}

#[tokio::test]
async fn new_public_keys_are_read_while_running() {
    let mut edge = Fixture::with(&[
        ("AUTH__JWKS_CHECK_SECONDS", "1"),
        ("LIMITS__ENABLED", "false"),
    ])
    .await;
    let old = edge.keys.token(1);
    edge.rotate_keys();
    let new = edge.keys.token(1);
    let invalid =
        |edge: &Fixture, token: &str| edge.request("GET", "/user/me?x=1").token(token).send();
    // A good token gets as far as the wrong query.
    let accepted = async {
        while invalid(&edge, &new).await.status != 400 {
            tokio::task::yield_now().await;
        }
    };
    within("the new key", accepted).await;
    assert_eq!(invalid(&edge, &old).await.status, 401);
    edge.end().await;
}
