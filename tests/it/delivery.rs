//! What reaches whom: every device of every member, once and in order.

use futures_util::future::try_join_all;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Setup, contents, message, seqs, with_system};

#[tokio::test]
async fn every_device_of_both_people_gets_everything_once_on_whatever_edge() {
    Setup::edges(2)
        .run(async |system| {
            let [ann, bob] = system.people(["ann", "bob"]).await;
            let (one, other) = (system.edge(0), system.edge(1));
            let devices =
                [ann.connect(one).await, ann.connect(other).await, bob.connect(one).await, bob.connect(other).await];
            let conversation = ann.direct(&bob).await;
            for device in &devices {
                let created = device.next_event("conversation:created").await;
                assert_eq!(created["conversationId"], json!(conversation));
            }
            let mut sent = Vec::new();
            for (turn, device) in devices.iter().enumerate() {
                let own = json!({ "conversationId": conversation, "content": format!("{turn}"), "clientId": format!("c{turn}") });
                sent.push(device.call("message:send", own).await.unwrap());
            }
            sent.push(bob.send(&conversation, "last").await);
            for device in &devices {
                device.message("last").await;
                let received = device.events("message:created");
                assert_eq!(received, sent);
                assert_eq!(received[0]["clientId"], "c0", "the sender's own name for it is there");
                assert_eq!(device.events("conversation:created").len(), 1);
            }
        })
        .await;
}

#[tokio::test]
async fn pipelined_messages_of_one_socket_keep_their_order() {
    Setup::edges(2)
        .run(async |system| {
            let [ann, bob] = system.people(["ann", "bob"]).await;
            let (sender, receiver) = (
                ann.connect(system.edge(0)).await,
                bob.connect(system.edge(1)).await,
            );
            let conversation = ann.direct(&bob).await;
            let wanted: Vec<String> = (0..100).map(|n| format!("message {n}")).collect();
            let acks: Vec<u64> = wanted
                .iter()
                .map(|content| sender.start("message:send", &message(&conversation, content)))
                .collect();
            let answers: Vec<Value> = try_join_all(acks.into_iter().map(|ack| sender.answer(ack)))
                .await
                .unwrap();
            assert_eq!(seqs(&answers), (1..=100).collect::<Vec<u64>>());
            assert_eq!(contents(&answers), wanted);
            for device in [&sender, &receiver] {
                device.message("message 99").await;
                assert_eq!(device.contents(), wanted);
            }
            assert_eq!(contents(&ann.history(&conversation).await), wanted);
        })
        .await;
}

#[tokio::test]
async fn the_same_client_id_is_one_message_however_often_and_from_wherever_it_is_sent() {
    Setup::edges(2)
        .run(async |system| {
            let [ann, bob] = system.people(["ann", "bob"]).await;
            let devices = [
                ann.connect(system.edge(0)).await,
                ann.connect(system.edge(1)).await,
            ];
            let receiver = bob.connect(system.edge(1)).await;
            let conversation = ann.direct(&bob).await;
            let path = format!("/chat/conversations/{conversation}/messages");

            let body = json!({ "content": "once", "clientId": Uuid::new_v4().to_string() });
            let mut over_socket = body.clone();
            over_socket["conversationId"] = json!(conversation);
            // At the same time, from two devices and over REST; then again.
            let (one, other, rest) = tokio::join!(
                devices[0].call("message:send", over_socket.clone()),
                devices[1].call("message:send", over_socket.clone()),
                ann.post(&path, &body),
            );
            let stored = one.unwrap();
            let again = devices[1].call("message:send", over_socket).await.unwrap();
            let rest_again = ann.post(&path, &body).await;
            assert_eq!(
                [&other.unwrap(), &rest.ok(), &again, &rest_again.ok()],
                [&stored; 4]
            );
            // Another sender's names are their own.
            bob.post(&path, &body).await.ok();
            ann.send(&conversation, "last").await;

            for device in devices.iter().chain([&receiver]) {
                device.message("last").await;
                assert_eq!(device.contents(), ["once", "once", "last"]);
                assert_eq!(device.events("message:created")[1]["senderId"], bob.id);
            }
            assert_eq!(seqs(&ann.history(&conversation).await), [1, 2, 3]);
        })
        .await;
}

#[tokio::test]
async fn an_old_client_id_is_recognised_long_after() {
    with_system(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let device = ann.connect(system.edge(0)).await;
        let conversation = ann.direct(&bob).await;
        let first = message(&conversation, "first");
        let stored = device.call("message:send", first.clone()).await.unwrap();
        // More than a worker remembers the names of.
        let acks: Vec<u64> = (0..80)
            .map(|n| device.start("message:send", &message(&conversation, &n.to_string())))
            .collect();
        for ack in acks {
            device.answer(ack).await.unwrap();
        }
        let mixed = [first, message(&conversation, "new")]
            .map(|payload| device.start("message:send", &payload));
        assert_eq!(device.answer(mixed[0]).await.unwrap(), stored);
        device.answer(mixed[1]).await.unwrap();
        let history = ann.history(&conversation).await;
        assert_eq!(seqs(&history), (1..=82).collect::<Vec<u64>>());
        device.message("new").await;
        assert_eq!(device.events("message:created"), history);
    })
    .await;
}

#[tokio::test]
async fn nobody_but_members_gets_a_message() {
    with_system(async |system| {
        let [ann, bob, eve] = system.people(["ann", "bob", "eve"]).await;
        let stranger = eve.connect(system.edge(0)).await;
        let conversation = ann.direct(&bob).await;
        ann.send(&conversation, "secret").await;
        // What comes after it on the same way shows that it did not come.
        let own = eve.direct(&ann).await;
        eve.send(&own, "hello").await;
        stranger.message("hello").await;
        assert_eq!(stranger.contents(), ["hello"]);
        for event in [
            "message:send",
            "message:list",
            "conversation:get",
            "conversation:mark-read",
        ] {
            let mut payload = json!({ "conversationId": conversation });
            if event == "message:send" {
                payload["content"] = json!("me too");
            }
            let refused = stranger.call(event, payload).await.unwrap_err();
            assert_eq!(refused["code"], "NOT_FOUND", "{event}");
        }
    })
    .await;
}
