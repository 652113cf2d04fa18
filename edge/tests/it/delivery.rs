use serde_json::json;
use warren_topology::{
    envelope::Control,
    ids::{NodeId, UserId},
};

use crate::support::{Fixture, Workers};

/// The edge's present node id.
async fn node(edge: &mut Fixture) -> NodeId {
    edge.workers.announcement().await.edge
}

fn created(key: &str) -> String {
    format!(r#"42/chat,["message:created",{{"id":"{key}"}}]"#)
}

#[tokio::test]
async fn every_device_gets_every_event_once() {
    let mut edge = Fixture::start().await;
    let node = node(&mut edge).await;
    let mut phone = edge.sign_in(1).await;
    let mut laptop = edge.sign_in(1).await;
    let mut other = edge.sign_in(2).await;
    edge.workers.push(&node, &[1, 3], "a").await;
    edge.workers.push(&node, &[1, 2], "b").await;
    let item = Workers::push_item(
        "notifications",
        &[2],
        &json!(["notification:created", {}]),
        "n",
    );
    edge.workers.item(&node.to_string(), item).await;
    for socket in [&mut phone, &mut laptop] {
        assert_eq!(socket.next().await, created("a"));
        assert_eq!(socket.next().await, created("b"));
    }
    assert_eq!(other.next().await, created("b"));
    assert_eq!(
        other.next().await,
        r#"42/notifications,["notification:created",{}]"#
    );
    edge.end().await;
}

#[tokio::test]
async fn a_repeated_broker_message_is_dropped() {
    let mut edge = Fixture::start().await;
    let node = node(&mut edge).await;
    let mut socket = edge.sign_in(1).await;
    let worker = NodeId::fresh("other");
    let push = |key: &str| {
        vec![Workers::push_item(
            "chat",
            &[1],
            &json!(["message:created", { "id": key }]),
            key,
        )]
    };
    for (n, key) in [(1, "a"), (1, "a"), (2, "b"), (1, "a"), (3, "c")] {
        edge.workers
            .batch(&node.to_string(), &worker, n, push(key))
            .await;
    }
    for key in ["a", "b", "c"] {
        assert_eq!(socket.next().await, created(key));
    }
    edge.end().await;
}

#[tokio::test]
async fn a_repeated_push_reaches_only_who_has_not_had_it() {
    let mut edge = Fixture::start().await;
    let node = node(&mut edge).await;
    let mut early = edge.sign_in(1).await;
    edge.workers.push(&node, &[1], "a").await;
    assert_eq!(early.next().await, created("a"));
    // Another device, connected after the first sending, and somebody it was not sent to.
    let mut late = edge.sign_in(1).await;
    let mut other = edge.sign_in(2).await;
    edge.workers.push(&node, &[1, 2], "a").await;
    edge.workers.push(&node, &[1, 2], "end").await;
    assert_eq!(early.next().await, created("end"));
    for socket in [&mut late, &mut other] {
        assert_eq!(socket.next().await, created("a"));
        assert_eq!(socket.next().await, created("end"));
    }
    edge.end().await;
}

#[tokio::test]
async fn a_gap_makes_everybody_reconnect() {
    let mut edge = Fixture::with(&[("EDGE__RESYNC_SPREAD_MS", "100")]).await;
    let node = node(&mut edge).await;
    let mut one = edge.sign_in(1).await;
    let other = edge.sign_in(2).await;
    edge.workers.push(&node, &[1], "a").await;
    assert_eq!(one.next().await, created("a"));
    edge.workers.lose(&node);
    edge.workers.push(&node, &[1], "c").await;
    let (packets, code) = one.drain().await;
    assert_eq!((packets, code), (vec![created("c")], 1012));
    assert_eq!(other.drain().await.1, 1012);

    // Whoever comes back stays.
    let mut back = edge.sign_in(1).await;
    edge.workers.push(&node, &[1], "d").await;
    assert_eq!(back.next().await, created("d"));
    edge.end().await;
}

#[tokio::test]
async fn the_first_message_of_a_worker_must_be_its_first() {
    let mut edge = Fixture::with(&[("EDGE__RESYNC_SPREAD_MS", "0")]).await;
    let node = node(&mut edge).await;
    let socket = edge.sign_in(1).await;
    edge.workers
        .batch(&node.to_string(), &NodeId::fresh("other"), 2, Vec::new())
        .await;
    assert_eq!(socket.drain().await.1, 1012);
    edge.end().await;
}

#[tokio::test]
async fn a_revoked_session_ends_at_once() {
    let mut edge = Fixture::start().await;
    let mut claims = crate::support::Keys::claims(1);
    claims["sid"] = "other".into();
    let token = edge.keys.token_with(&claims);
    let mut other = edge.sign_in_with(&token).await;
    let revoked = edge.sign_in(1).await;
    let control = Control::SessionRevoked {
        user: UserId(1),
        session: "session-1".into(),
        reason: "logout".into(),
    };
    edge.workers.control(control).await;
    let (packets, code) = revoked.drain().await;
    assert_eq!(
        packets,
        [r#"42/chat,["session:revoked",{"reason":"logout"}]"#]
    );
    assert_eq!(code, 1008);

    let revoked = edge.keys.token(1);
    let answer = edge.request("GET", "/user/me").token(&revoked).send().await;
    assert_eq!(answer.problem(), (401, "AUTH_INVALID".into()));
    let mut socket = edge.open().await;
    socket
        .send(&format!(r#"40/chat,{{"token":"{revoked}"}}"#))
        .await;
    assert!(
        socket
            .next()
            .await
            .contains(r#""data":{"code":"AUTH_INVALID""#)
    );

    // The other session of the same user goes on.
    other.send(r#"42/chat,1["conversation:list",{}]"#).await;
    let command = edge.workers.command().await;
    edge.workers.reply(&command, json!([])).await;
    assert!(other.next().await.contains(r#""ok":true"#));
    edge.end().await;
}
