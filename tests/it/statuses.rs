//! How far messages have come: delivered and read, by watermarks that never go back.

use serde_json::{Value, json};

use crate::support::{Person, text, with_system};

async fn marks(person: &Person, of: &Person, conversation: &str) -> (u64, u64) {
    let seen = person.conversation(conversation).await;
    let members = seen["members"].as_array().unwrap();
    let member = members
        .iter()
        .find(|member| member["userId"] == of.id)
        .unwrap();
    let mark = |field: &str| member[field].as_u64().unwrap();
    (mark("lastDeliveredSeq"), mark("lastReadSeq"))
}

#[tokio::test]
async fn the_sender_learns_how_far_messages_have_come() {
    with_system(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let conversation = ann.direct(&bob).await;
        let (sender, receiver) = (ann.connect(system.edge(0)).await, bob.connect(system.edge(0)).await);
        let mut sent = Vec::new();
        for n in 1..=3 {
            sent.push(sender.send(&conversation, &n.to_string()).await);
        }
        let of = |n: usize| json!({ "messageId": sent[n - 1]["id"] });
        let delivered = receiver.call("message:delivered", of(2)).await.unwrap();
        assert_eq!(delivered, json!({ "conversationId": conversation, "lastDeliveredSeq": 2 }));
        let event = sender.next_event("message:status").await;
        let expected = json!({
            "conversationId": conversation, "messageId": sent[1]["id"], "seq": 2, "userId": bob.id, "status": "delivered",
        });
        assert_eq!(event, expected);
        assert_eq!(marks(&ann, &bob, &conversation).await, (2, 0));

        let read = receiver.call("message:read", of(3)).await.unwrap();
        assert_eq!((&read["lastReadSeq"], &read["unread"]), (&json!(3), &json!(0)));
        let event = sender.next_event("message:status").await;
        assert_eq!((&event["status"], &event["seq"]), (&json!("read"), &json!(3)));
        assert_eq!(sender.next_event("conversation:read").await["lastReadSeq"], 3);
        assert_eq!(marks(&ann, &bob, &conversation).await, (3, 3), "what is read has arrived");

        for event in ["message:delivered", "message:read"] {
            receiver.call(event, of(1)).await.unwrap();
        }
        assert_eq!(marks(&ann, &bob, &conversation).await, (3, 3), "never back");
        let missing = json!({ "messageId": format!("{conversation}.0000000009") });
        for event in ["message:delivered", "message:read"] {
            let refused = receiver.call(event, missing.clone()).await.unwrap_err();
            assert_eq!(refused["code"], "NOT_FOUND");
        }
        sender.send(&conversation, "marker").await;
        sender.message("marker").await;
        let told: Vec<Value> = sender.events("message:status").iter().map(|e| e["status"].clone()).collect();
        assert_eq!(told, ["delivered", "read"]);
    })
    .await;
}

#[tokio::test]
async fn in_a_group_everybody_learns_who_has_read_and_strangers_mark_nothing() {
    with_system(async |system| {
        let [ann, bob, cat, eve] = system.people(["ann", "bob", "cat", "eve"]).await;
        let group = ann.group("group", &[&bob, &cat]).await;
        let (phone, stranger) = (
            cat.connect(system.edge(0)).await,
            eve.connect(system.edge(0)).await,
        );
        let reader = bob.connect(system.edge(0)).await;
        let sent = ann.send(&group, "hello").await;
        let payload = json!({ "conversationId": group, "messageId": sent["id"] });
        reader.call("message:read", payload.clone()).await.unwrap();
        let event = phone.next_event("message:status").await;
        assert_eq!(
            (&event["userId"], &event["status"]),
            (&json!(bob.id), &json!("read"))
        );
        let refused = stranger.call("message:read", payload).await.unwrap_err();
        assert_eq!(text(&refused["code"]), "NOT_FOUND");
        let elsewhere =
            json!({ "conversationId": ann.direct(&bob).await, "messageId": sent["id"] });
        let refused = reader
            .call("message:delivered", elsewhere)
            .await
            .unwrap_err();
        assert_eq!(text(&refused["code"]), "NOT_FOUND");
    })
    .await;
}
