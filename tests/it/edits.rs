//! Editing and deleting messages: who may, for how long, what is told live and to those who were away.

use serde_json::{Value, json};

use crate::{
    mirror::Mirror,
    support::{
        Device, Person, Setup, Tap, TestSystem, contents, documents, message, text, with_system,
    },
};

/// The two doors to an action.
#[derive(Clone, Copy, Debug)]
enum Door {
    Rest,
    Socket,
}

const DOORS: [Door; 2] = [Door::Rest, Door::Socket];

/// Edits a message, or deletes it if there is no new text: the message, or the code of the refusal.
async fn change(
    door: Door,
    person: &Person,
    device: &Device,
    message: &Value,
    content: Option<&str>,
) -> Result<Value, String> {
    match door {
        Door::Rest => {
            let (conversation, id) = (text(&message["conversationId"]), text(&message["id"]));
            let path = format!("/chat/conversations/{conversation}/messages/{id}");
            let reply = match content {
                Some(content) => person.patch(&path, &json!({ "content": content })).await,
                None => person.delete(&path).await,
            };
            if reply.status == 200 {
                Ok(reply.ok())
            } else {
                Err(reply.problem().code)
            }
        }
        Door::Socket => {
            let (event, payload) = match content {
                Some(content) => (
                    "message:edit",
                    json!({ "messageId": message["id"], "content": content }),
                ),
                None => ("message:delete", json!({ "messageId": message["id"] })),
            };
            let answer = device.call(event, payload).await;
            answer.map_err(|error| text(&error["code"]))
        }
    }
}

#[tokio::test]
async fn an_edited_message_is_other_for_everybody_at_once() {
    with_system(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let (writer, reader) = (
            ann.connect(system.edge(0)).await,
            bob.connect(system.edge(0)).await,
        );
        let conversation = ann.direct(&bob).await;
        for door in DOORS {
            let written = ann.send(&conversation, "helo").await;
            let before = bob.conversation(&conversation).await;
            let edited = change(door, &ann, &writer, &written, Some("hello"))
                .await
                .unwrap();
            assert_eq!(
                (&edited["content"], &edited["id"], &edited["seq"]),
                (&json!("hello"), &written["id"], &written["seq"])
            );
            assert!(edited["editedAt"].is_string());
            for device in [&writer, &reader] {
                assert_eq!(
                    device.next_event("message:updated").await,
                    edited,
                    "{door:?}"
                );
            }
            let after = bob.conversation(&conversation).await;
            assert_eq!(after["lastMessage"], edited);
            assert_eq!(after["lastChange"], edited["change"]);
            assert_eq!(
                after["lastChange"].as_u64(),
                before["lastChange"].as_u64().map(|change| change + 1)
            );
            assert_eq!(bob.history(&conversation).await.last(), Some(&edited));

            let again = change(door, &ann, &writer, &written, Some("hello")).await;
            assert_eq!(again.unwrap(), edited, "the same text is no change");
            let marker = ann.send(&conversation, "marker").await;
            reader
                .event_where("message:created", |m| *m == marker)
                .await;
        }
        assert_eq!(reader.events("message:updated").len(), DOORS.len());
    })
    .await;
}

#[tokio::test]
async fn a_deleted_message_leaves_a_tombstone_and_nothing_of_its_content() {
    with_system(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let (writer, reader) = (
            ann.connect(system.edge(0)).await,
            bob.connect(system.edge(0)).await,
        );
        let conversation = ann.direct(&bob).await;
        for door in DOORS {
            let body =
                json!({ "content": "secret", "attachments": ["https://example.org/secret"] });
            let path = format!("/chat/conversations/{conversation}/messages");
            let written = ann.post(&path, &body).await.ok();
            change(door, &ann, &writer, &written, Some("secret too"))
                .await
                .unwrap();
            let tombstone = change(door, &ann, &writer, &written, None).await.unwrap();
            assert_eq!(
                (&tombstone["content"], &tombstone["attachments"]),
                (&json!(""), &json!([]))
            );
            assert_eq!(
                (&tombstone["seq"], &tombstone["senderId"]),
                (&written["seq"], &json!(ann.id))
            );
            assert_eq!(tombstone["deletedBy"], ann.id);
            for device in [&writer, &reader] {
                let event = device.next_event("message:deleted").await;
                for field in ["conversationId", "seq", "deletedBy", "deletedAt", "change"] {
                    assert_eq!(event[field], tombstone[field], "{field}");
                }
                assert_eq!(event["messageId"], tombstone["id"]);
            }
            assert_eq!(
                bob.conversation(&conversation).await["lastMessage"],
                tombstone
            );
            assert_eq!(bob.history(&conversation).await.last(), Some(&tombstone));
            assert_eq!(
                change(door, &ann, &writer, &written, None).await.unwrap(),
                tombstone,
                "once is enough"
            );
            let late = change(door, &ann, &writer, &written, Some("no")).await;
            assert_eq!(late.unwrap_err(), "CONFLICT");
        }
        assert_eq!(reader.events("message:deleted").len(), DOORS.len());
        let database = system.scratch.chat_database().await;
        for collection in ["messages", "conversations", "changes"] {
            let stored = format!("{:?}", documents(&database, collection).await);
            assert!(!stored.contains("secret"), "{collection}: {stored}");
        }
    })
    .await;
}

#[tokio::test]
async fn only_who_wrote_a_message_edits_it_and_who_moderates_deletes_it_too() {
    with_system(async |system| {
        let [ann, bob, cat, eve] = system.people(["ann", "bob", "cat", "eve"]).await;
        let devices = [&ann, &bob, &cat, &eve].map(|person| person.connect(system.edge(0)));
        let [ann_s, bob_s, cat_s, eve_s] = futures_util::future::join_all(devices)
            .await
            .try_into()
            .unwrap_or_else(|_| panic!("four"));
        let direct = ann.direct(&bob).await;
        let group = ann.group("group", &[&bob, &cat]).await;
        for door in DOORS {
            let of_bob = bob.send(&direct, "in private").await;
            let in_group = bob.send(&group, "in public").await;
            for (who, device, message, content, code) in [
                (&ann, &ann_s, &of_bob, Some("x"), "FORBIDDEN"),
                (&ann, &ann_s, &of_bob, None, "FORBIDDEN"),
                (&ann, &ann_s, &in_group, Some("x"), "FORBIDDEN"),
                (&cat, &cat_s, &in_group, None, "FORBIDDEN"),
                (&eve, &eve_s, &in_group, None, "NOT_FOUND"),
                (&eve, &eve_s, &in_group, Some("x"), "NOT_FOUND"),
                (&bob, &bob_s, &in_group, Some(" "), "INVALID_INPUT"),
            ] {
                let refused = change(door, who, device, message, content).await;
                assert_eq!(
                    refused.unwrap_err(),
                    code,
                    "{door:?} {} {content:?}",
                    who.name
                );
            }
            let deleted = change(door, &ann, &ann_s, &in_group, None).await.unwrap();
            assert_eq!(
                (&deleted["senderId"], &deleted["deletedBy"]),
                (&json!(bob.id), &json!(ann.id))
            );
            let mut missing = of_bob.clone();
            missing["id"] = json!(format!("{direct}.0000000999"));
            let none = change(door, &bob, &bob_s, &missing, None).await;
            assert_eq!(none.unwrap_err(), "NOT_FOUND");
        }
    })
    .await;
}

#[tokio::test]
async fn a_message_can_be_edited_within_the_window_only_and_deleted_always() {
    let test = async |system: &mut TestSystem, in_time: bool| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let device = ann.connect(system.edge(0)).await;
        let conversation = ann.direct(&bob).await;
        let written = ann.send(&conversation, "hello").await;
        // A message of an hour ago.
        let an_hour_ago = mongodb::bson::DateTime::from_millis(
            mongodb::bson::DateTime::now().timestamp_millis() - 3_600_000,
        );
        let messages: mongodb::Collection<mongodb::bson::Document> =
            system.scratch.chat_database().await.collection("messages");
        let id = mongodb::bson::doc! { "_id": text(&written["id"]) };
        let earlier = mongodb::bson::doc! { "$set": { "createdAt": an_hour_ago } };
        messages.update_one(id, earlier).await.unwrap();
        for door in DOORS {
            let content = format!("{door:?}");
            let edited = change(door, &ann, &device, &written, Some(&content)).await;
            assert_eq!(edited.is_ok(), in_time, "{edited:?}");
            if let Err(code) = edited {
                assert_eq!(code, "FORBIDDEN");
            }
        }
        change(Door::Rest, &ann, &device, &written, None)
            .await
            .unwrap();
    };
    let hours = |hours: u64| hours * 3_600_000;
    Setup::edges(1)
        .set("CHAT__EDIT_WINDOW_MS", hours(1) / 2)
        .run(async |system| test(system, false).await)
        .await;
    Setup::edges(1)
        .set("CHAT__EDIT_WINDOW_MS", 0)
        .run(async |system| test(system, true).await)
        .await;
}

#[tokio::test]
async fn an_absent_device_is_told_what_was_edited_and_deleted() {
    with_system(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let device = ann.connect(system.edge(0)).await;
        let conversation = ann.direct(&bob).await;
        let mut written = Vec::new();
        for n in 1..=6 {
            written.push(ann.send(&conversation, &n.to_string()).await);
        }
        let held = bob.conversation(&conversation).await;
        let sync = async |seq: u64, limit: u64| {
            let held = json!({ "id": conversation, "seq": seq, "change": held["lastChange"] });
            let payload = json!({ "conversations": [held], "limit": limit });
            let rest = bob.post("/chat/sync", &payload).await.ok();
            let reader = bob.connect(system.edge(0)).await;
            assert_eq!(
                reader.call("conversation:sync", payload).await.unwrap(),
                rest
            );
            rest["conversations"][0].clone()
        };
        assert_eq!(sync(6, 100).await, Value::Null, "nothing was missed");

        change(Door::Socket, &ann, &device, &written[3], Some("four"))
            .await
            .unwrap();
        change(Door::Socket, &ann, &device, &written[1], None)
            .await
            .unwrap();
        change(Door::Socket, &ann, &device, &written[3], Some("vier"))
            .await
            .unwrap();
        change(Door::Socket, &ann, &device, &written[5], Some("six"))
            .await
            .unwrap();
        let missed = sync(5, 100).await;
        assert_eq!(missed["reset"], false);
        assert_eq!(contents(missed["messages"].as_array().unwrap()), ["six"]);
        let changed = missed["changed"].as_array().unwrap();
        assert_eq!(
            contents(changed),
            ["", "vier"],
            "each as it is now, in the order of the changes"
        );
        assert_eq!(changed[0]["seq"], 2);
        assert!(changed[0]["deletedAt"].is_string());

        let too_much = sync(6, 2).await;
        assert_eq!(
            (&too_much["reset"], &too_much["changed"]),
            (&json!(true), &json!([]))
        );
        assert_eq!(
            contents(too_much["messages"].as_array().unwrap()),
            ["5", "six"]
        );
        assert_eq!(sync(6, 3).await["reset"], false);
    })
    .await;
}

#[tokio::test]
async fn edits_and_deletions_leave_every_device_with_what_the_server_has() {
    Setup::edges(2)
        .run(async |system| {
            let [ann, bob] = system.people(["ann", "bob"]).await;
            let group = ann.group("group", &[&bob]).await;
            let devices = [
                ann.connect(system.edge(0)).await,
                bob.connect(system.edge(1)).await,
            ];
            let mut mirrors = [
                Mirror::of(&ann, &devices[0], &group).await,
                Mirror::of(&bob, &devices[1], &group).await,
            ];
            let mut written = Vec::new();
            for n in 0..4 {
                written.push(devices[n % 2].send(&group, &n.to_string()).await);
            }
            for (n, message) in written.iter().enumerate() {
                let (person, device) = ([&ann, &bob][n % 2], &devices[n % 2]);
                let content = (n % 3 != 0).then_some("edited");
                change(Door::Socket, person, device, message, content)
                    .await
                    .unwrap();
            }
            // Editing while it is deleted: one order, and it stays deleted.
            let last = &written[3];
            let edit = json!({ "messageId": last["id"], "content": "late" });
            let edit = devices[1].start("message:edit", &edit);
            let delete = devices[0].start("message:delete", &json!({ "messageId": last["id"] }));
            let (_either, deleted) = (
                devices[1].answer(edit).await,
                devices[0].answer(delete).await,
            );
            assert!(deleted.unwrap()["deletedAt"].is_string());
            devices[0].send(&group, "end").await;
            for ((person, device), mirror) in
                [&ann, &bob].into_iter().zip(&devices).zip(&mut mirrors)
            {
                device.message("end").await;
                mirror.is_true(person, device).await;
            }
        })
        .await;
}

#[tokio::test]
async fn other_services_are_told_of_edits_and_deletions() {
    with_system(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let device = ann.connect(system.edge(0)).await;
        let conversation = ann.direct(&bob).await;
        let mut tap = Tap::on(system, &system.names().events(), "message.*").await;
        let written = ann.send(&conversation, "hello").await;
        change(Door::Rest, &ann, &device, &written, Some("hi"))
            .await
            .unwrap();
        change(Door::Rest, &ann, &device, &written, None)
            .await
            .unwrap();
        let updated = tap
            .next_where(|event| event["type"] == "message.updated")
            .await;
        assert_eq!(updated["data"]["content"], "hi");
        let deleted = tap
            .next_where(|event| event["type"] == "message.deleted")
            .await;
        assert_eq!(deleted["data"]["messageId"], written["id"]);
    })
    .await;
}

#[tokio::test]
async fn a_message_with_attachments_may_lose_its_text() {
    with_system(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let device = ann.connect(system.edge(0)).await;
        let conversation = ann.direct(&bob).await;
        let mut payload = message(&conversation, "look");
        payload["attachments"] = json!(["https://example.org/picture"]);
        let written = device.call("message:send", payload).await.unwrap();
        let edited = change(Door::Socket, &ann, &device, &written, Some(""))
            .await
            .unwrap();
        assert_eq!(edited["attachments"], written["attachments"]);
        assert_eq!(edited["content"], "");
    })
    .await;
}
