//! Sockets on HTTP long-polling, and the upgrade to a websocket.

use serde_json::json;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{Fixture, Poller, Socket, within};

/// A client on polling that is signed in to `/chat`.
async fn sign_in(edge: &Fixture, user: i64) -> Poller {
    let mut client = Poller::open(edge.address).await;
    let token = edge.keys.token(user);
    client
        .send(format!(r#"40/chat,{{"token":"{token}"}}"#))
        .await;
    let answer = client.next().await;
    assert!(answer.starts_with(r#"40/chat,{"sid":""#), "{answer}");
    client
}

/// The event that a push of the tests carries.
fn created(key: &str) -> String {
    format!(r#"42/chat,["message:created",{{"id":"{key}"}}]"#)
}

#[tokio::test]
async fn commands_answers_and_pushes_travel_by_polling() {
    let mut edge = Fixture::start().await;
    let node = edge.workers.announcement().await.edge;
    let mut client = sign_in(&edge, 1).await;
    let send = |id| {
        format!(r#"42/chat,{id}["message:send",{{"conversationId":"d1-2","content":"{id}"}}]"#)
    };
    client.send(format!("{}\u{1e}{}", send(1), send(2))).await;
    for id in ["1", "2"] {
        let command = edge.workers.command().await;
        assert_eq!(command.payload["content"], id);
        edge.workers.reply(&command, json!({ "n": id })).await;
        assert_eq!(
            client.next().await,
            format!(r#"43/chat,{id}[{{"ok":true,"data":{{"n":"{id}"}}}}]"#)
        );
    }
    for key in ["a", "b", "c"] {
        edge.workers.push(&node, &[1], key).await;
    }
    for key in ["a", "b", "c"] {
        assert_eq!(client.next().await, created(key));
    }
    edge.end().await;
}

#[tokio::test]
async fn an_upgrade_loses_and_doubles_nothing() {
    let mut edge = Fixture::start().await;
    let node = edge.workers.announcement().await.edge;
    let mut client = sign_in(&edge, 1).await;
    edge.workers.push(&node, &[1], "a").await;
    assert_eq!(client.next().await, created("a"));

    let waiting = tokio::spawn(client.request("GET").send());
    let mut socket = Socket::beside(edge.address, &client.sid).await;
    socket.send("2probe").await;
    assert_eq!(socket.next().await, "3probe");
    let ended = waiting.await.unwrap();
    assert_eq!((ended.status, &*ended.body), (200, &b"6"[..]));
    // A client that polls once more is told at once that there is nothing.
    assert_eq!(client.next().await, "6");
    for key in ["b", "c"] {
        edge.workers.push(&node, &[1], key).await;
    }
    socket.send("5").await;
    for key in ["b", "c"] {
        assert_eq!(socket.next().await, created(key));
    }
    edge.workers.push(&node, &[1], "d").await;
    assert_eq!(socket.next().await, created("d"));

    // Its id is good for nothing else.
    for method in ["GET", "POST"] {
        assert_eq!(client.refused(method).await, 1);
    }
    let other = Socket::beside(edge.address, &client.sid).await;
    assert_eq!(other.drain().await, (Vec::new(), 0));
    edge.workers.push(&node, &[1], "e").await;
    assert_eq!(socket.next().await, created("e"));
    edge.end().await;
}

#[tokio::test]
async fn a_probe_that_stalls_or_lies_leaves_the_session_on_polling() {
    let mut edge = Fixture::with(&[("EDGE__UPGRADE_TIMEOUT_MS", "200")]).await;
    let node = edge.workers.announcement().await.edge;
    let mut client = sign_in(&edge, 1).await;
    let silent = Socket::beside(edge.address, &client.sid).await;
    let mut half = Socket::beside(edge.address, &client.sid).await;
    half.send("2probe").await;
    assert_eq!(half.next().await, "3probe");
    let mut second = Socket::beside(edge.address, &client.sid).await;
    second.send("2probe").await;
    let mut liar = Socket::beside(edge.address, &client.sid).await;
    liar.send("5").await;
    for socket in [silent, half, second, liar] {
        assert_eq!(socket.drain().await, (Vec::new(), 0));
    }
    edge.workers.push(&node, &[1], "a").await;
    loop {
        // The last poll during the probe may have been told that there is nothing.
        match client.next().await.as_str() {
            "6" => {}
            packet => break assert_eq!(packet, created("a")),
        }
    }
    edge.end().await;
}

#[tokio::test]
async fn who_breaks_the_protocol_loses_the_session() {
    let edge = Fixture::start().await;
    let payloads: [&[u8]; 7] = [
        b"abc",
        b"",
        b"4abc",
        b"b!",
        "b\u{e9}".as_bytes(),
        b"42/chat,[\"a\"]",
        b"4\xff\xfe",
    ];
    for payload in payloads {
        let client = Poller::open(edge.address).await;
        let answer = client.request("POST").body(payload.to_vec()).send().await;
        assert_eq!((answer.status, &answer.json()["code"]), (400, &3.into()));
        assert_eq!(client.refused("GET").await, 1, "{payload:?}");
    }

    let client = Poller::open(edge.address).await;
    let waiting = tokio::spawn(client.request("GET").send());
    let answer = loop {
        // Whichever of the two comes second is refused, and the first is told that it is over.
        let answer = client.request("GET").send().await;
        if answer.status != 200 || answer.body == "1" {
            break answer;
        }
    };
    let first = waiting.await.unwrap();
    let mut statuses = [answer.status, first.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 400]);
    assert_eq!(client.refused("GET").await, 1);
    edge.end().await;
}

#[tokio::test]
async fn bodies_have_an_end() {
    let edge = Fixture::with(&[
        ("EDGE__MAX_PAYLOAD_BYTES", "2000"),
        ("EDGE__BODY_TIMEOUT_MS", "200"),
    ])
    .await;
    let mut client = sign_in(&edge, 1).await;
    let answer = client.request("POST").body(vec![b'4'; 2_001]).send().await;
    assert_eq!(answer.status, 413);

    let mut slow = TcpStream::connect(edge.address).await.unwrap();
    let head = format!(
        "POST /socket.io/?EIO=4&transport=polling&sid={} HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n4",
        client.sid
    );
    slow.write_all(head.as_bytes()).await.unwrap();
    let mut answer = [0; 12];
    // While it is under way, another is refused: the order of the two would be anybody's guess.
    let refused = loop {
        let answer = client.request("POST").body("3").send().await;
        if answer.status != 200 {
            break answer;
        }
    };
    assert_eq!((refused.status, &refused.json()["code"]), (400, &3.into()));
    within("the refusal", slow.read_exact(&mut answer))
        .await
        .unwrap();
    assert_eq!(&answer, b"HTTP/1.1 408");

    // The session lives on.
    client.send(r#"42/chat,1["nothing"]"#).await;
    let answer = client.next().await;
    assert!(answer.contains("NOT_FOUND"), "{answer}");
    edge.end().await;
}

#[tokio::test]
async fn who_goes_away_while_polling_is_gone() {
    let mut edge = Fixture::start().await;
    let client = sign_in(&edge, 7).await;
    loop {
        let update = edge.workers.announcement().await;
        if update.add.iter().any(|(user, _)| user.0 == 7) {
            break;
        }
    }
    let mut poll = TcpStream::connect(edge.address).await.unwrap();
    let head = format!(
        "GET /socket.io/?EIO=4&transport=polling&sid={} HTTP/1.1\r\nhost: x\r\n\r\n",
        client.sid
    );
    poll.write_all(head.as_bytes()).await.unwrap();
    poll.shutdown().await.unwrap();
    drop(poll);
    loop {
        let update = edge.workers.announcement().await;
        if update.remove.iter().any(|user| user.0 == 7) {
            break;
        }
    }
    assert_eq!(client.refused("GET").await, 1);
    edge.end().await;
}

#[tokio::test]
async fn a_session_that_the_edge_closes_is_told_with_its_next_poll() {
    let mut edge = Fixture::with(&[("EDGE__RESYNC_SPREAD_MS", "0")]).await;
    let node = edge.workers.announcement().await.edge;
    let mut client = sign_in(&edge, 1).await;
    edge.workers.lose(&node);
    edge.workers.push(&node, &[1], "late").await;
    assert_eq!(client.next().await, created("late"));
    assert_eq!(client.next().await, "1");
    assert_eq!(client.refused("GET").await, 1);
    edge.end().await;
}

#[tokio::test]
async fn sessions_on_polling_are_bounded() {
    let edge = Fixture::with(&[("EDGE__MAX_CONNECTIONS", "4")]).await;
    let mut clients = Vec::new();
    for _ in 0..4 {
        clients.push(Poller::open(edge.address).await);
    }
    let path = "/socket.io/?EIO=4&transport=polling";
    let refused = edge.request("GET", path).send().await;
    assert_eq!(refused.status, 503);
    clients.pop().unwrap().send("1").await;
    Poller::open(edge.address).await;
    edge.end().await;
}

#[tokio::test]
async fn attachments_are_taken_by_no_action() {
    let edge = Fixture::start().await;
    let mut client = sign_in(&edge, 1).await;
    let event = r#"451-/chat,5["message:send",{"_placeholder":true,"num":0}]"#;
    client.send(format!("{event}\u{1e}bAQID")).await;
    let refused = client.next().await;
    assert!(
        refused.starts_with(r#"43/chat,5[{"ok":false,"error":{"code":"INVALID_INPUT""#),
        "{refused}"
    );
    // Too many, none that belong to anything, text where bytes must come, more bytes than fit.
    for payload in [
        r#"451000000-/chat,["message:send"]"#,
        "bAQID",
        "451-/chat,[\"a\"]\u{1e}42/chat,[\"a\"]",
    ] {
        let client = sign_in(&edge, 1).await;
        let answer = client.request("POST").body(payload).send().await;
        assert_eq!(answer.status, 400, "{payload}");
        assert_eq!(client.refused("GET").await, 1);
    }
    edge.end().await;
}

#[tokio::test]
async fn pages_of_allowed_origins_may_poll() {
    let edge = Fixture::with(&[("EDGE__ALLOWED_ORIGINS", "https://chat.example.org")]).await;
    let path = "/socket.io/?EIO=4&transport=polling";
    let ask = |method: &str, origin| edge.request(method, path).header("origin", origin).send();
    let allowed = ask("GET", "https://chat.example.org").await;
    assert_eq!(
        (
            allowed.status,
            allowed.header("access-control-allow-origin")
        ),
        (200, "https://chat.example.org")
    );
    let preflight = ask("OPTIONS", "https://chat.example.org").await;
    assert_eq!(preflight.status, 204);
    assert!(
        preflight
            .header("access-control-allow-methods")
            .contains("POST")
    );
    let foreign = ask("GET", "https://elsewhere.example.org").await;
    assert_eq!(foreign.header("access-control-allow-origin"), "");
    edge.end().await;
}
