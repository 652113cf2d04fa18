//! Catching up after an absence: everything that was missed, or word that it must be read anew.

use std::collections::HashSet;

use serde_json::{Value, json};

use crate::support::{contents, message, text, with_system};

/// What a device holds of a conversation.
fn held(conversation: &Value, seq: u64) -> Value {
    json!({ "id": conversation["id"], "seq": seq, "change": conversation["lastChange"] })
}

fn ids(synced: &Value) -> Vec<&Value> {
    synced["conversations"]
        .as_array()
        .unwrap()
        .iter()
        .map(|entry| &entry["conversation"]["id"])
        .collect()
}

#[tokio::test]
async fn an_absent_device_is_told_exactly_what_it_missed() {
    with_system(async |system| {
        let [ann, bob, cat] = system.people(["ann", "bob", "cat"]).await;
        let (missed, unchanged) = (ann.direct(&bob).await, bob.direct(&cat).await);
        ann.send(&missed, "seen").await;
        cat.send(&unchanged, "seen too").await;
        let device = bob.connect(system.edge(0)).await;
        let (before, other) = (
            bob.conversation(&missed).await,
            bob.conversation(&unchanged).await,
        );
        drop(device);

        for n in 1..=3 {
            ann.send(&missed, &n.to_string()).await;
        }
        let new = cat.group("new", &[&bob]).await;
        cat.send(&new, "welcome").await;

        let device = bob.connect(system.edge(0)).await;
        let payload = json!({ "conversations": [held(&before, 1), held(&other, 1)] });
        let synced = device
            .call("conversation:sync", payload.clone())
            .await
            .unwrap();
        assert_eq!(
            ids(&synced),
            [&json!(new), &json!(missed)],
            "the newest activity first, the unchanged not at all"
        );
        let (first, second) = (&synced["conversations"][0], &synced["conversations"][1]);
        assert_eq!(
            (
                &first["reset"],
                contents(first["messages"].as_array().unwrap())
            ),
            (&json!(true), vec!["welcome".into()])
        );
        assert_eq!(second["reset"], false);
        assert_eq!(
            contents(second["messages"].as_array().unwrap()),
            ["1", "2", "3"]
        );
        assert_eq!(second["conversation"]["me"]["unread"], 4);
        assert_eq!(
            (&synced["gone"], &synced["nextCursor"]),
            (&json!([]), &Value::Null)
        );
        assert_eq!(
            bob.post("/chat/sync", &payload).await.ok(),
            synced,
            "over REST too"
        );
    })
    .await;
}

#[tokio::test]
async fn who_missed_too_much_or_holds_too_much_starts_from_the_newest_page() {
    with_system(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let conversation = ann.direct(&bob).await;
        for n in 1..=5 {
            ann.send(&conversation, &n.to_string()).await;
        }
        let now = bob.conversation(&conversation).await;
        let sync = async |seq: u64, change: u64| {
            let held = json!({ "id": conversation, "seq": seq, "change": change });
            let synced = bob
                .post(
                    "/chat/sync",
                    &json!({ "conversations": [held], "limit": 3 }),
                )
                .await
                .ok();
            let entry = synced["conversations"][0].clone();
            (
                entry["reset"] == true,
                contents(entry["messages"].as_array().unwrap_or(&Vec::new())),
            )
        };
        let change = now["lastChange"].as_u64().unwrap();
        let newest = vec!["3".to_owned(), "4".into(), "5".into()];
        assert_eq!(sync(2, change).await, (false, newest.clone()));
        assert_eq!(
            sync(1, change).await,
            (true, newest.clone()),
            "more than the limit"
        );
        assert_eq!(
            sync(9, change).await,
            (true, newest.clone()),
            "more than there is"
        );
        assert_eq!(sync(5, change + 1).await, (true, newest), "another history");
        assert_eq!(sync(5, change).await, (false, vec![]), "nothing is missing");
    })
    .await;
}

#[tokio::test]
async fn conversations_one_is_not_in_are_gone() {
    with_system(async |system| {
        let [ann, bob, eve] = system.people(["ann", "bob", "eve"]).await;
        let theirs = ann.direct(&bob).await;
        let synced = eve
            .post(
                "/chat/sync",
                &json!({ "conversations": [{ "id": theirs, "seq": 0, "change": 0 }] }),
            )
            .await
            .ok();
        assert_eq!(
            synced,
            json!({ "conversations": [], "gone": [theirs], "nextCursor": null })
        );
    })
    .await;
}

#[tokio::test]
async fn reading_on_another_device_is_told_to_those_who_ask() {
    with_system(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let conversation = ann.direct(&bob).await;
        ann.send(&conversation, "hello").await;
        let before = bob.conversation(&conversation).await;
        let phone = bob.connect(system.edge(0)).await;
        phone
            .call(
                "conversation:mark-read",
                json!({ "conversationId": conversation }),
            )
            .await
            .unwrap();
        let mut held = held(&before, 1);
        let sync = async |held: &Value| {
            bob.post("/chat/sync", &json!({ "conversations": [held] }))
                .await
                .ok()
        };
        assert_eq!(sync(&held).await["conversations"], json!([]));
        held["read"] = before["me"]["lastReadSeq"].clone();
        let synced = sync(&held).await;
        let entry = &synced["conversations"][0];
        assert_eq!(
            (
                &entry["conversation"]["me"]["unread"],
                &entry["messages"],
                &entry["reset"]
            ),
            (&json!(0), &json!([]), &json!(false))
        );
    })
    .await;
}

#[tokio::test]
async fn many_conversations_are_caught_up_with_page_by_page() {
    with_system(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let device = ann.connect(system.edge(0)).await;
        let acks: Vec<u64> = (0..60)
            .map(|n| json!({ "type": "group", "name": n.to_string(), "participantIds": [bob.id] }))
            .map(|payload| device.start("conversation:create", &payload))
            .collect();
        let mut all = Vec::new();
        for ack in acks {
            all.push(text(&device.answer(ack).await.unwrap()["id"]));
        }
        let (mut found, mut payload) = (HashSet::new(), json!({ "conversations": [] }));
        loop {
            let synced = bob.post("/chat/sync", &payload).await.ok();
            for id in ids(&synced) {
                assert!(found.insert(id.to_string()), "{id} twice");
            }
            if synced["nextCursor"].is_null() {
                break;
            }
            payload["cursor"] = synced["nextCursor"].clone();
            // Whoever writes between two pages makes nobody fall through.
            for conversation in &all {
                ann.send(conversation, "meanwhile").await;
            }
        }
        assert_eq!(found.len(), 60);
    })
    .await;
}

#[tokio::test]
async fn an_answer_has_an_end_however_much_was_missed() {
    with_system(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let device = ann.connect(system.edge(0)).await;
        let mut groups = Vec::new();
        for name in ["a", "b", "c", "d"] {
            let group = ann.group(name, &[&bob]).await;
            let long = "x".repeat(8_000);
            let acks: Vec<u64> = (0..20)
                .map(|_| device.start("message:send", &message(&group, &long)))
                .collect();
            for ack in acks {
                device.answer(ack).await.unwrap();
            }
            groups.push(group);
        }
        let (mut missed, mut pages, mut payload) = (Vec::new(), 0, json!({ "conversations": [] }));
        loop {
            let synced = bob.post("/chat/sync", &payload).await.ok();
            pages += 1;
            for entry in synced["conversations"].as_array().unwrap() {
                missed.push(text(&entry["conversation"]["id"]));
                assert_eq!(entry["messages"].as_array().unwrap().len(), 20);
            }
            if synced["nextCursor"].is_null() {
                break;
            }
            payload["cursor"] = synced["nextCursor"].clone();
        }
        groups.sort();
        missed.sort();
        assert_eq!(missed, groups);
        assert!(pages > 1, "about 640 kB in one answer");
    })
    .await;
}
