//! Changes under faults: a command that comes twice, a worker that dies half-way, two that believe to own a conversation.

use mongodb::{
    Collection,
    bson::{Document, doc},
};
use serde_json::{Value, json, value::RawValue};
use warren_workers::core::Letter;

use crate::support::{
    HandWorker, Person, TestSystem, answer, command, contents, documents, text, with_system,
};

/// Everything the chat pool has stored.
async fn stored(system: &TestSystem) -> Vec<(&'static str, Vec<Document>)> {
    let database = system.scratch.chat_database().await;
    let mut stored = Vec::new();
    for collection in ["conversations", "members", "messages", "changes"] {
        stored.push((collection, documents(&database, collection).await));
    }
    stored
}

/// What a letter causes besides its reply.
fn effects(letter: &Letter) -> String {
    format!("{:?}", letter.effects)
}

/// The keys of what is pushed.
fn keys(letter: &Letter) -> Vec<String> {
    let effects = effects(letter);
    let parts = effects.split("key: \"").skip(1);
    parts
        .map(|part| part.split('"').next().unwrap().to_owned())
        .collect()
}

/// Everything that changes what exists, one after the other.
async fn all_changes(
    ann: &Person,
    bob: &Person,
    cat: &Person,
    system: &TestSystem,
) -> Vec<(&'static str, Box<RawValue>)> {
    let direct = ann.ask(bob).await;
    let other = cat.ask(bob).await;
    let group = ann.group("group", &[bob]).await;
    let written = ann.send(&group, "hello").await;
    let by_bob = bob.send(&group, "hello").await;
    let in_group = |user: &Person| json!({ "conversationId": group, "userId": user.id });
    let here = json!({ "conversationId": group });
    let [dan] = system.people(["dan"]).await;
    let short = dan.group("short", &[ann]).await;
    let rows = [
        (
            ann,
            "message:edit",
            json!({ "messageId": written["id"], "content": "hi" }),
        ),
        (ann, "message:delete", json!({ "messageId": by_bob["id"] })),
        (
            ann,
            "conversation:update",
            json!({ "conversationId": group, "name": "other", "avatarUrl": "https://a.b/c" }),
        ),
        (
            ann,
            "conversation:add-member",
            json!({ "conversationId": group, "userIds": [cat.id] }),
        ),
        (ann, "conversation:promote", in_group(bob)),
        (ann, "conversation:demote", in_group(bob)),
        (
            ann,
            "conversation:change-role",
            json!({ "conversationId": group, "userId": cat.id, "role": "moderator" }),
        ),
        (ann, "conversation:remove-member", in_group(bob)),
        (ann, "conversation:transfer", in_group(cat)),
        (cat, "conversation:leave-group", here.clone()),
        (ann, "conversation:remove-member", in_group(ann)),
        (
            &dan,
            "conversation:delete",
            json!({ "conversationId": short }),
        ),
        (
            bob,
            "conversation:accept",
            json!({ "conversationId": direct }),
        ),
        (
            bob,
            "conversation:decline",
            json!({ "conversationId": other }),
        ),
        (
            bob,
            "message:send",
            json!({ "conversationId": other, "content": "well then" }),
        ),
        (
            ann,
            "conversation:settings",
            json!({ "conversationId": direct, "muted": true, "hidden": true }),
        ),
        (
            ann,
            "conversation:delete",
            json!({ "conversationId": direct }),
        ),
    ]
    .map(|(who, action, payload): (&Person, _, _)| {
        let id = format!("test-{action}-{}", who.name);
        (action, command(who, &id, action, &payload))
    });
    rows.into()
}

#[tokio::test]
async fn a_change_that_comes_again_is_stored_once_and_told_the_same() {
    with_system(async |system| {
        let [ann, bob, cat] = system.people(["ann", "bob", "cat"]).await;
        for (action, command) in all_changes(&ann, &bob, &cat, system).await {
            let commands = [command];
            let mut dies = HandWorker::start(system).await;
            let first = dies.store_commands(&commands, false).await.remove(0);
            let before = stored(system).await;
            for _ in 0..2 {
                let mut successor = HandWorker::start(system).await;
                let again = successor.store_commands(&commands, true).await.remove(0);
                assert_eq!(answer(&again), answer(&first), "{action}");
                if action == "conversation:add-member" {
                    // Whoever is invited is shown the group as it is.
                    assert_eq!(keys(&again), keys(&first), "{action}");
                } else {
                    assert_eq!(effects(&again), effects(&first), "{action}");
                }
                assert!(!keys(&again).is_empty(), "{action}");
                assert_eq!(stored(system).await, before, "{action}");
            }
            // The one that was only paused has it in memory, and is given it as if it were new.
            let late = dies.store_commands(&commands, false).await;
            assert_eq!(stored(system).await, before, "{action}: {late:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn what_a_worker_stored_and_did_not_carry_out_is_carried_out_by_the_next() {
    with_system(async |system| {
        let [ann, bob, cat] = system.people(["ann", "bob", "cat"]).await;
        let group = ann.group("group", &[&bob]).await;
        let written = ann.send(&group, "hello").await;
        let before = stored(system).await;
        let edit = json!({ "messageId": written["id"], "content": "hi" });
        let add = json!({ "conversationId": group, "userIds": [cat.id] });
        let commands = [
            command(&ann, "test-edit", "message:edit", &edit),
            command(&ann, "test-add", "conversation:add-member", &add),
        ];
        let mut dies = HandWorker::start(system).await;
        let told = dies.store_commands(&commands, false).await;
        let after = stored(system).await;

        for redelivered in [false, true] {
            // As if it had died after the changes were stored, before anything else was.
            restore(system, &before).await;
            let mut successor = HandWorker::start(system).await;
            if redelivered {
                let again = successor.store_commands(&commands, true).await;
                for (again, told) in again.iter().zip(&told) {
                    assert_eq!(answer(again)["content"], answer(told)["content"]);
                    assert_eq!(keys(again), keys(told));
                }
                let kept = |stored: &[(&'static str, Vec<Document>)]| {
                    let without_times = |document: &Document| {
                        let mut document = document.clone();
                        for field in ["createdAt", "lastActivityAt", "lastMessage"] {
                            document.remove(field);
                        }
                        document
                    };
                    let all = stored.iter().flat_map(|(_, documents)| documents);
                    all.map(without_times).collect::<Vec<_>>()
                };
                assert_eq!(kept(&stored(system).await), kept(&after));
            } else {
                let payload = json!({ "conversationId": group, "content": "next" });
                let next = [command(&cat, "test-next", "message:send", &payload)];
                successor.store_commands(&next, false).await;
                let seen = cat.conversation(&group).await;
                assert_eq!(
                    (&seen["lastChange"], &seen["memberCount"]),
                    (&json!(2), &json!(3))
                );
                assert_eq!(contents(&cat.history(&group).await), ["hi", "next"]);
            }
        }
    })
    .await;
}

/// Puts all but the changes back.
async fn restore(system: &TestSystem, before: &[(&'static str, Vec<Document>)]) {
    let database = system.scratch.chat_database().await;
    for (name, documents) in before.iter().filter(|(name, _)| *name != "changes") {
        let collection: Collection<Document> = database.collection(name);
        collection.delete_many(doc! {}).await.unwrap();
        collection.insert_many(documents).await.unwrap();
    }
}

#[tokio::test]
async fn workers_that_change_at_the_same_time_give_every_change_a_number_of_its_own() {
    with_system(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let conversation = ann.direct(&bob).await;
        let mut written = Vec::new();
        for n in 0..4 {
            written.push(ann.send(&conversation, &n.to_string()).await);
        }
        let held = bob.conversation(&conversation).await["lastChange"].clone();
        let edits = |worker: &str, turn: usize| -> Vec<Box<RawValue>> {
            let one = |(n, message): (usize, &Value)| {
                let name = format!("{worker}.{turn}.{n}");
                let payload = json!({ "messageId": message["id"], "content": name });
                command(&ann, &name, "message:edit", &payload)
            };
            written.iter().enumerate().map(one).collect()
        };
        let (mut one, mut other) = (
            HandWorker::start(system).await,
            HandWorker::start(system).await,
        );
        let mut told: Vec<Value> = Vec::new();
        for turn in 0..8 {
            let (ones, others) = (edits("one", turn), edits("other", turn));
            let (ones, others) = tokio::join!(
                one.store_commands(&ones, false),
                other.store_commands(&others, false)
            );
            told.extend(ones.iter().chain(&others).map(answer));
        }
        told.sort_by_key(|message| message["change"].as_u64());
        let numbers: Vec<u64> = told.iter().map(|m| m["change"].as_u64().unwrap()).collect();
        assert!(numbers.is_sorted_by(|one, next| one < next), "{numbers:?}");
        assert_eq!(numbers.len(), 64);

        let seen = bob.conversation(&conversation).await;
        assert_eq!(seen["lastChange"], *numbers.last().unwrap());
        let history = bob.history(&conversation).await;
        for message in &history {
            let last = told
                .iter()
                .rfind(|told| told["id"] == message["id"])
                .unwrap();
            assert_eq!(message, last, "the last edit holds");
        }
        let held = json!({ "id": conversation, "seq": 4, "change": held });
        let synced = bob
            .post("/chat/sync", &json!({ "conversations": [held] }))
            .await
            .ok();
        let entry = &synced["conversations"][0];
        let mut changed = entry["changed"].as_array().unwrap().clone();
        changed.sort_by_key(|message| message["seq"].as_u64());
        assert_eq!((changed, &entry["reset"]), (history, &json!(false)));
        assert_eq!(
            text(&seen["lastMessage"]["content"]),
            text(&told.iter().rfind(|m| m["seq"] == 4).unwrap()["content"])
        );
    })
    .await;
}
