//! Blocks: hearing nothing more from somebody.

use mongodb::bson::{Document, doc};
use serde_json::{Value, json};

use warren_topology::actions::Pool;

use crate::support::{Person, Setup, Tap, TestSystem, eventually, message, with_system};

async fn block(by: &Person, of: &Person) -> u16 {
    by.request("PUT", &format!("/user/{}/block", of.id))
        .send()
        .await
        .status
}

async fn unblock(by: &Person, of: &Person) -> u16 {
    by.request("DELETE", &format!("/user/{}/block", of.id))
        .send()
        .await
        .status
}

#[tokio::test]
async fn a_block_is_listed_told_to_ones_own_devices_and_to_services_but_not_to_the_blocked() {
    Setup::edges(2)
        .run(async |system| {
            let [ann, bob] = system.people(["ann", "bob"]).await;
            let mut events = Tap::on(system, &system.names().events(), "user.*").await;
            let (anns, bobs) = (
                ann.connect(system.edge(1)).await,
                bob.connect(system.edge(1)).await,
            );
            for _again in 0..2 {
                assert_eq!(block(&ann, &bob).await, 204);
            }
            let expected = json!({ "userId": bob.id, "blocked": true });
            assert_eq!(anns.next_event("user:blocked").await, expected);
            let event = events.next().await;
            assert_eq!(event["type"], "user.blocked");
            assert_eq!(
                (&event["data"]["userId"], &event["data"]["blockedId"]),
                (&json!(ann.id), &json!(bob.id))
            );
            let listed = ann.get("/user/blocks").await.ok()["items"].clone();
            assert_eq!(
                (
                    listed.as_array().unwrap().len(),
                    &listed[0]["user"]["username"]
                ),
                (1, &json!("bob"))
            );
            assert!(listed[0]["blockedAt"].is_string());
            assert_eq!(
                ann.get(&format!("/user/{}", bob.id)).await.ok()["blocked"],
                true
            );
            assert_eq!(
                bob.get(&format!("/user/{}", ann.id)).await.ok()["blocked"],
                false
            );
            assert_eq!(bob.get("/user/blocks").await.ok()["items"], json!([]));

            for _again in 0..2 {
                assert_eq!(unblock(&ann, &bob).await, 204);
            }
            assert_eq!(
                events.next().await["type"],
                "user.unblocked",
                "what changes nothing is no event"
            );
            anns.event_where("user:blocked", |event| event["blocked"] == false)
                .await;
            assert_eq!(ann.get("/user/blocks").await.ok()["items"], json!([]));
            assert_eq!(bobs.events("user:blocked"), Vec::<Value>::new());
        })
        .await;
}

#[tokio::test]
async fn blocks_are_paged_the_latest_first() {
    with_system(async |system| {
        let [ann, bob, cid, dan] = system.people(["ann", "bob", "cid", "dan"]).await;
        for other in [&bob, &cid, &dan] {
            assert_eq!(block(&ann, other).await, 204);
        }
        let first = ann.get("/user/blocks?limit=2").await.ok();
        let cursor = first["nextCursor"].as_str().unwrap();
        let second = ann
            .get(&format!("/user/blocks?limit=2&cursor={cursor}"))
            .await
            .ok();
        let ids = |page: &Value| -> Vec<Value> {
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| item["user"]["userId"].clone())
                .collect()
        };
        assert_eq!(
            (ids(&first), ids(&second)),
            (vec![json!(dan.id), json!(cid.id)], vec![json!(bob.id)])
        );
        assert_eq!(second["nextCursor"], Value::Null);
        let wrong = ann.get("/user/blocks?cursor=x").await.problem();
        assert_eq!((wrong.status, wrong.fields), (400, vec!["cursor".into()]));
    })
    .await;
}

#[tokio::test]
async fn whom_one_cannot_block() {
    with_system(async |system| {
        let [ann] = system.people(["ann"]).await;
        assert_eq!(block(&ann, &ann).await, 400);
        let nobody = Person {
            id: 999_999,
            ..ann.clone()
        };
        assert_eq!(block(&ann, &nobody).await, 404);
        assert_eq!(unblock(&ann, &nobody).await, 204);
    })
    .await;
}

#[tokio::test]
async fn who_has_blocked_somebody_is_not_found_by_them() {
    with_system(async |system| {
        let [ann, bob, anna] = system.people(["ann", "bob", "anna"]).await;
        let found = async |who: &Person| {
            let page = who.get("/user/search?q=ann").await.ok();
            let items = page["items"].as_array().unwrap().clone();
            items
                .iter()
                .map(|user| user["userId"].clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(block(&ann, &bob).await, 204);
        assert_eq!(found(&bob).await, [json!(anna.id)]);
        assert_eq!(found(&anna).await, [json!(ann.id), json!(anna.id)]);
        assert_eq!(unblock(&ann, &bob).await, 204);
        assert_eq!(found(&bob).await.len(), 2);
    })
    .await;
}

/// The status of writing in a conversation by REST, and the code by socket, which are the same.
async fn writes(system: &TestSystem, who: &Person, conversation: &str) -> u16 {
    let path = format!("/chat/conversations/{conversation}/messages");
    let status = who
        .post(&path, &json!({ "content": "by REST" }))
        .await
        .status;
    let device = who.connect(system.edge(0)).await;
    let sent = device
        .call("message:send", message(conversation, "by socket"))
        .await;
    match status {
        201 => assert!(sent.is_ok(), "{sent:?}"),
        _ => assert_eq!(sent.unwrap_err()["code"], "FORBIDDEN"),
    }
    status
}

/// Waits until a block has reached the owner of the conversation.
async fn refused(who: &Person, conversation: &str) {
    let path = format!("/chat/conversations/{conversation}/messages");
    eventually("a refusal", async || {
        who.post(&path, &json!({ "content": "meanwhile" }))
            .await
            .status
            == 403
    })
    .await;
}

#[tokio::test]
async fn a_block_ends_writing_both_ways_in_the_direct_conversation_and_nowhere_else() {
    with_system(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let direct = ann.direct(&bob).await;
        let group = ann.group("both", &[&bob]).await;
        let kept = bob.send(&direct, "before").await;
        assert_eq!(block(&ann, &bob).await, 204);
        for who in [&ann, &bob] {
            assert_eq!(writes(system, who, &direct).await, 403);
            assert_eq!(writes(system, who, &group).await, 201);
            assert_eq!(
                who.ask(if who.id == ann.id { &bob } else { &ann }).await,
                direct,
                "it is there"
            );
            assert_eq!(who.history(&direct).await[0], kept);
        }
        // A block of the other one too, then one taken back: the other still holds.
        assert_eq!(block(&bob, &ann).await, 204);
        assert_eq!(unblock(&ann, &bob).await, 204);
        assert_eq!(unblock(&bob, &ann).await, 204);
        assert_eq!(writes(system, &ann, &direct).await, 201);
        assert_eq!(writes(system, &bob, &direct).await, 201);
        // What is answered holds.
        let path = format!("/chat/conversations/{direct}/messages");
        for round in 0..20 {
            assert_eq!(block(&ann, &bob).await, 204);
            let late = bob.post(&path, &json!({ "content": "late" })).await.status;
            assert_eq!(late, 403, "round {round}");
            assert_eq!(unblock(&ann, &bob).await, 204);
            let again = bob.post(&path, &json!({ "content": "again" })).await.status;
            assert_eq!(again, 201, "round {round}");
        }
    })
    .await;
}

#[tokio::test]
async fn nobody_begins_to_talk_with_somebody_who_is_blocked() {
    with_system(async |system| {
        let [ann, bob, cid] = system.people(["ann", "bob", "cid"]).await;
        let begin = async |one: &Person, other: &Person| {
            let body = json!({ "type": "direct", "participantIds": [other.id] });
            one.post("/chat/conversations", &body).await.status
        };
        assert_eq!(block(&ann, &bob).await, 204);
        block_is_stored(system, &ann, &bob, true).await;
        assert_eq!(begin(&bob, &ann).await, 403);
        assert_eq!(begin(&ann, &bob).await, 403);
        assert_eq!(begin(&cid, &ann).await, 201);
        assert_eq!(unblock(&ann, &bob).await, 204);
        block_is_stored(system, &ann, &bob, false).await;
        eventually("the end of the block", async || {
            begin(&bob, &ann).await == 201
        })
        .await;
    })
    .await;
}

/// Waits until the chat pool has stored a block.
async fn block_is_stored(system: &TestSystem, by: &Person, of: &Person, blocked: bool) {
    let blocks = system
        .scratch
        .chat_database()
        .await
        .collection::<Document>("blocks");
    let id = format!("d{}-{}", by.id.min(of.id), by.id.max(of.id));
    let field = format!("by.{}.blocked", by.id);
    eventually("the block in the chat pool", async || {
        let wanted = doc! { "_id": &id, &field: blocked };
        blocks.find_one(wanted).await.unwrap().is_some()
    })
    .await;
}

#[tokio::test]
async fn a_block_outlives_the_worker_that_heard_of_it_and_one_that_could_not() {
    with_system(async |system| {
        let [ann, bob, cid] = system.people(["ann", "bob", "cid"]).await;
        let (known, missed) = (ann.direct(&bob).await, ann.direct(&cid).await);
        assert_eq!(block(&ann, &bob).await, 204);
        refused(&bob, &known).await;
        system.kill(Pool::Chat, 0);
        assert_eq!(block(&ann, &cid).await, 204);
        system.start(Pool::Chat).await;
        refused(&cid, &missed).await;
        assert_eq!(writes(system, &bob, &known).await, 403);
    })
    .await;
}

#[tokio::test]
async fn who_has_blocked_somebody_is_not_notified_of_what_they_write_in_a_group() {
    with_system(async |system| {
        let [ann, bob, cid] = system.people(["ann", "bob", "cid"]).await;
        let group = cid.group("all", &[&ann, &bob]).await;
        let (anns, cids) = (
            ann.connect(system.edge(0)).await,
            cid.connect(system.edge(0)).await,
        );
        let stored = system
            .scratch
            .notify_database()
            .await
            .collection::<Document>("blockedPeople");
        let reaches = async |blocked: bool| {
            let wanted = doc! { "_id": format!("{}:{}", ann.id, bob.id), "blocked": blocked };
            eventually("the block in the notify pool", async || {
                stored.find_one(wanted.clone()).await.unwrap().is_some()
            })
            .await;
        };
        assert_eq!(block(&ann, &bob).await, 204);
        reaches(true).await;
        bob.send(&group, "quiet").await;
        anns.message("quiet").await;
        cids.event_where("notification:created", |event| event["content"] == "quiet")
            .await;
        cid.send(&group, "loud").await;
        let loud = anns
            .event_where("notification:created", |event| event["content"] == "loud")
            .await;
        assert_eq!(loud["count"], 1);
        for name in ["notification:created", "notification:updated"] {
            for event in anns.events(name) {
                assert!(event["content"] != "quiet", "{event}");
            }
        }
        assert_eq!(unblock(&ann, &bob).await, 204);
        reaches(false).await;
        bob.send(&group, "heard again").await;
        anns.event_where("notification:updated", |event| {
            event["content"] == "heard again"
        })
        .await;
    })
    .await;
}

#[tokio::test]
async fn a_block_ends_editing_and_accepting_and_leaves_what_takes_away() {
    with_system(async |system| {
        let [ann, bob, cid] = system.people(["ann", "bob", "cid"]).await;
        let (direct, asked) = (ann.direct(&bob).await, ann.ask(&cid).await);
        let written = bob.send(&direct, "before").await;
        assert_eq!(block(&ann, &bob).await, 204);
        assert_eq!(block(&ann, &cid).await, 204);
        block_is_stored(system, &ann, &cid, true).await;
        refused(&bob, &direct).await;
        let (bobs, cids) = (
            bob.connect(system.edge(0)).await,
            cid.connect(system.edge(0)).await,
        );
        let of_message = json!({ "messageId": written["id"] });
        let mut edit = of_message.clone();
        edit["content"] = json!("after");
        let request = json!({ "conversationId": asked });
        let unread = json!({ "conversationId": direct });
        for (who, device, action, payload, is_refused) in [
            (&bob, &bobs, "message:edit", edit, true),
            (&cid, &cids, "conversation:accept", request.clone(), true),
            (&cid, &cids, "conversation:decline", request, false),
            (&bob, &bobs, "conversation:mark-read", unread.clone(), false),
            (&bob, &bobs, "message:delete", of_message, false),
            (&bob, &bobs, "conversation:delete", unread, false),
        ] {
            let answer = device.call(action, payload).await;
            let code = answer.err().map(|error| error["code"].clone());
            let expected = is_refused.then(|| json!("FORBIDDEN"));
            assert_eq!(code, expected, "{action} by {}", who.name);
        }
        let path = format!("/chat/conversations/{asked}/accept");
        let rest = cid.post(&path, &json!({})).await.problem();
        assert!(rest.is(403, "FORBIDDEN"), "{rest:?}");
    })
    .await;
}

#[tokio::test]
async fn nobody_puts_into_a_group_whom_they_have_blocked_or_who_has_blocked_them() {
    with_system(async |system| {
        let [ann, bob, cid] = system.people(["ann", "bob", "cid"]).await;
        assert_eq!(block(&ann, &bob).await, 204);
        block_is_stored(system, &ann, &bob, true).await;
        for (one, other) in [(&bob, &ann), (&ann, &bob)] {
            let group = one.group("group", &[&cid]).await;
            let path = format!("/chat/conversations/{group}/members");
            let add = json!({ "userIds": [other.id] });
            let rest = one.post(&path, &add).await.problem();
            assert!(rest.is(403, "FORBIDDEN"), "{rest:?}");
            assert!(rest.detail.contains(&other.id.to_string()), "{rest:?}");
            let device = one.connect(system.edge(0)).await;
            let socket = json!({ "conversationId": group, "userId": other.id });
            let refused = device.call("conversation:add-member", socket).await;
            assert_eq!(refused.unwrap_err()["code"], "FORBIDDEN");
            let create =
                json!({ "type": "group", "name": "x", "participantIds": [cid.id, other.id] });
            let refused = device.call("conversation:create", create).await;
            assert_eq!(refused.unwrap_err()["code"], "FORBIDDEN");
            // Somebody else may: they need not talk to each other there.
            let own = cid.group("cid's", &[one, other]).await;
            assert_eq!(cid.conversation(&own).await["memberCount"], 3);
        }
        assert_eq!(unblock(&ann, &bob).await, 204);
        block_is_stored(system, &ann, &bob, false).await;
        let group = bob.group("again", &[&ann]).await;
        assert_eq!(bob.conversation(&group).await["memberCount"], 2);
    })
    .await;
}
