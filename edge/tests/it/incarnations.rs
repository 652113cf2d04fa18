use serde_json::json;

use crate::support::{Fixture, Socket, within};
use tokio_tungstenite::tungstenite::Error;

#[tokio::test]
async fn after_a_lost_broker_connection_everybody_reconnects_and_all_goes_on() {
    let mut edge = Fixture::with(&[("EDGE__RESYNC_SPREAD_MS", "100")]).await;
    let first = edge.workers.announcement().await.edge;
    let mut socket = edge.sign_in(1).await;
    socket
        .send(r#"42/chat,1["message:send",{"conversationId":"d1-2","content":"x"}]"#)
        .await;
    let command = edge.workers.command().await;

    edge.proxy.cut();
    let (packets, code) = socket.drain().await;
    assert_eq!(packets.len(), 1, "{packets:?}");
    // It is with a worker: nobody knows what became of it.
    assert!(
        packets[0].starts_with(r#"43/chat,1[{"ok":false,"error":{"code":"TIMEOUT""#),
        "{packets:?}"
    );
    assert_eq!(code, 1012);

    let second = loop {
        let update = edge.workers.announcement().await;
        if update.edge != first {
            break update;
        }
    };
    assert!(second.snapshot);
    within("the edge to be ready again", edge.health.until_ready()).await;
    let mut back = edge.sign_in(1).await;
    // A reply to the life before reaches nobody.
    edge.workers.reply(&command, json!({})).await;
    edge.workers.push(&second.edge, &[1], "a").await;
    assert_eq!(
        back.next().await,
        r#"42/chat,["message:created",{"id":"a"}]"#
    );
    let token = edge.keys.token(1);
    let answer = tokio::spawn(edge.request("GET", "/user/me").token(&token).send());
    let command = edge.workers.command().await;
    assert_eq!(command.from, second.edge.to_string());
    edge.workers.reply(&command, json!({ "userId": 1 })).await;
    assert_eq!(answer.await.unwrap().status, 200);
    edge.end().await;
}

#[tokio::test]
async fn without_a_broker_clients_are_told_so_at_once() {
    let mut edge = Fixture::with(&[("EDGE__RESYNC_SPREAD_MS", "0")]).await;
    let socket = edge.sign_in(1).await;
    edge.proxy.close();
    assert_eq!(socket.drain().await.1, 1012);
    let token = edge.keys.token(1);
    let answer = edge.request("GET", "/user/me").token(&token).send().await;
    assert_eq!(answer.problem(), (503, "UNAVAILABLE".into()));
    assert_eq!(edge.request("GET", "/health/live").send().await.status, 200);
    let health = edge.request("GET", "/health/ready").send().await;
    assert_eq!(health.status, 503);
    assert!(
        !String::from_utf8_lossy(&health.body).contains("reason"),
        "{health:?}"
    );
    match Socket::open(edge.address, &[]).await {
        Err(Error::Http(response)) => assert_eq!(response.status(), 503),
        other => panic!("a socket without a broker: {:?}", other.map(|_| ())),
    }

    edge.proxy.open();
    within("the edge to be ready again", edge.health.until_ready()).await;
    edge.sign_in(1).await;
    edge.end().await;
}

#[tokio::test]
async fn sockets_that_outlive_a_broker_connection_are_not_sent_again_what_they_had() {
    let mut edge = Fixture::start().await;
    let first = edge.workers.announcement().await.edge;
    let people: Vec<i64> = (1..=40).collect();
    let mut sockets = Vec::new();
    for person in &people {
        sockets.push(edge.sign_in(*person).await);
    }
    edge.workers.push(&first, &people, "a").await;
    for socket in &mut sockets {
        assert_eq!(
            socket.next().await,
            r#"42/chat,["message:created",{"id":"a"}]"#
        );
    }

    // Sockets are closed one after another, so that some see the next life of the edge begin.
    edge.proxy.cut();
    let second = loop {
        let update = edge.workers.announcement().await;
        if update.edge != first {
            break update.edge;
        }
    };
    edge.workers.push(&second, &people, "a").await;
    for socket in sockets {
        assert_eq!(socket.drain().await, (Vec::new(), 1012));
    }
    edge.end().await;
}
