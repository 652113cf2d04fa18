//! What cannot be processed is parked with its reason and holds nothing else up.

use mongodb::bson::doc;
use serde_json::{json, value::RawValue};
use warren_topology::{
    broker::{DeadLetter, DeadLetters},
    ids::NodeId,
    names::partition_key,
};

use crate::support::{
    Tap, TestSystem, batch, command, contents, eventually, message, publish, publish_to,
    with_system,
};

/// Waits until so many messages are parked.
async fn parked(system: &TestSystem, count: usize) -> Vec<DeadLetter> {
    let letters = DeadLetters::new(&system.broker_config());
    let mut all = Vec::new();
    eventually("something to be parked", async || {
        all = letters.list(100).await.unwrap();
        all.len() >= count
    })
    .await;
    assert_eq!(all.len(), count, "{all:?}");
    all
}

fn raw(text: &str) -> Box<RawValue> {
    RawValue::from_string(text.to_owned()).unwrap()
}

#[tokio::test]
async fn a_malformed_command_is_parked_and_the_rest_of_its_batch_goes_on() {
    with_system(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let device = bob.connect(system.edge(0)).await;
        let conversation = ann.direct(&bob).await;
        let key = partition_key(system.partition(&conversation));
        let send = |content: &str| {
            let payload = json!({ "conversationId": conversation, "content": content });
            command(&ann, &format!("test-{content}"), "message:send", &payload)
        };
        let items = [
            send("before"),
            raw(r#"{"id":"x","what":"nonsense"}"#),
            raw("17"),
            send("after"),
        ];
        publish(system, &key, &batch(&NodeId::fresh("test"), &items)).await;
        publish(system, &key, b"no JSON at all").await;
        device.message("after").await;
        ann.send(&conversation, "last").await;
        device.message("last").await;
        assert_eq!(device.contents(), ["before", "after", "last"]);

        let dead = parked(system, 3).await;
        assert!(
            dead.iter()
                .all(|letter| letter.reason == "malformed" && letter.key == key),
            "{dead:?}"
        );
        let bodies: Vec<&str> = dead.iter().map(|letter| letter.body.as_str()).collect();
        assert!(
            bodies[0].contains("nonsense")
                && bodies[1].contains("17")
                && bodies[2].contains("no JSON at all"),
            "{bodies:?}"
        );
        assert_eq!(
            dead.iter()
                .map(|letter| letter.position)
                .collect::<Vec<_>>(),
            [1, 2, 3]
        );
        // Looking at them, all or some, leaves them as they are.
        let letters = DeadLetters::new(&system.broker_config());
        assert_eq!(letters.list(1).await.unwrap()[0].body, dead[0].body);
        let again: Vec<String> = letters
            .list(100)
            .await
            .unwrap()
            .into_iter()
            .map(|letter| letter.body)
            .collect();
        assert_eq!(again, bodies);
    })
    .await;
}

#[tokio::test]
async fn a_payload_that_does_not_fit_is_refused_and_not_parked() {
    with_system(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let conversation = ann.direct(&bob).await;
        let key = partition_key(system.partition(&conversation));
        let edge = NodeId::fresh("test");
        let mut replies = Tap::on(system, &system.names().edge(), &edge.to_string()).await;
        let items = [
            command(
                &ann,
                "test-1",
                "message:send",
                &json!({ "conversationId": conversation, "nonsense": 1 }),
            ),
            command(
                &ann,
                "test-2",
                "message:unheard-of",
                &json!({ "conversationId": conversation }),
            ),
            command(
                &ann,
                "test-3",
                "message:send",
                &json!({ "conversationId": conversation, "content": "good" }),
            ),
        ];
        publish(system, &key, &batch(&edge, &items)).await;
        for (id, code) in [
            ("test-1", Some("INVALID_INPUT")),
            ("test-2", Some("UNAVAILABLE")),
            ("test-3", None),
        ] {
            let reply = replies.next_where(|item| item["reply"].is_object()).await["reply"].clone();
            assert_eq!(
                (reply["id"].as_str(), reply["error"]["code"].as_str()),
                (Some(id), code),
                "{reply}"
            );
        }
        assert_eq!(contents(&ann.history(&conversation).await), ["good"]);
        assert!(
            DeadLetters::new(&system.broker_config())
                .list(10)
                .await
                .unwrap()
                .is_empty()
        );
    })
    .await;
}

#[tokio::test]
async fn what_the_database_refuses_is_parked_and_can_be_replayed_or_dropped() {
    with_system(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let (sender, receiver) = (
            ann.connect(system.edge(0)).await,
            bob.connect(system.edge(0)).await,
        );
        let (conversation, other) = (ann.direct(&bob).await, ann.group("other", &[&bob]).await);
        let messages = system.scratch.chat_database().await;
        let validate = async |validator| {
            messages
                .run_command(doc! { "collMod": "messages", "validator": validator })
                .await
                .unwrap();
        };
        validate(doc! { "content": { "$not": { "$regex": "^poison" } } }).await;

        let batch = [
            (&conversation, "one"),
            (&conversation, "poison 1"),
            (&other, "elsewhere"),
            (&conversation, "two"),
            (&conversation, "poison 2"),
            (&conversation, "three"),
        ];
        let acks = batch.map(|(conversation, content)| {
            sender.start("message:send", &message(conversation, content))
        });
        let mut refused = Vec::new();
        for (ack, (_, content)) in acks.iter().zip(batch) {
            match sender.answer(*ack).await {
                Ok(stored) => assert_eq!(stored["content"], content),
                Err(error) => {
                    assert_eq!(error["code"], "INTERNAL");
                    refused.push(content);
                }
            }
        }
        assert_eq!(refused, ["poison 1", "poison 2"]);
        receiver.message("three").await;
        receiver.message("elsewhere").await;
        assert_eq!(
            contents(&ann.history(&conversation).await),
            ["one", "two", "three"]
        );

        let dead = parked(system, 2).await;
        assert!(
            dead.iter()
                .all(|letter| letter.reason == "refused_by_database"),
            "{dead:?}"
        );
        assert!(
            dead[0].body.contains("poison 1") && dead[1].body.contains("poison 2"),
            "{dead:?}"
        );

        validate(doc! {}).await;
        let letters = DeadLetters::new(&system.broker_config());
        assert_eq!(letters.replay(Some(2)).await.unwrap(), 1);
        receiver.message("poison 2").await;
        assert_eq!(
            letters.drop(Some(7)).await.unwrap(),
            0,
            "there is no such letter"
        );
        assert_eq!(letters.drop(None).await.unwrap(), 1);
        assert!(letters.list(10).await.unwrap().is_empty());
        let history = contents(&ann.history(&conversation).await);
        assert_eq!(history, ["one", "two", "three", "poison 2"]);
    })
    .await;
}

#[tokio::test]
async fn a_malformed_event_is_parked_by_whoever_takes_it_and_the_rest_goes_on() {
    with_system(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let device = bob.connect(system.edge(0)).await;
        let conversation = ann.direct(&bob).await;
        let (names, from) = (system.names(), NodeId::fresh("test"));
        for key in ["message.created", "user.deleted"] {
            let nonsense = raw(&format!(r#"{{"type":"{key}","data":{{}}}}"#));
            publish_to(system, &names.events(), key, &batch(&from, &[nonsense])).await;
        }
        let queue = names.search_events_queue();
        publish_to(system, "", &queue, b"no JSON at all").await;
        ann.send(&conversation, "hello").await;
        device.next_event("notification:created").await;
        eventually("the message to be found", async || {
            let found = bob.get("/chat/search?q=hello").await.ok();
            found["items"][0]["content"] == "hello"
        })
        .await;
        let dead = parked(system, 5).await;
        assert!(dead.iter().all(|letter| letter.reason == "malformed"));
        let mut keys: Vec<&str> = dead.iter().map(|letter| letter.key.as_str()).collect();
        keys.sort_unstable();
        let (notify, chat) = (names.notify_events_queue(), names.chat_events_queue());
        assert_eq!(keys, [&chat, &queue, &queue, &notify, &notify]);
    })
    .await;
}
