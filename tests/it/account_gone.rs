//! What the end of an account means for conversations.

use mongodb::bson::{Document, doc};
use serde_json::{Value, json};
use warren_topology::actions::Pool;

use crate::{
    mirror::Mirror,
    support::{PASSWORD, Person, TestSystem, contents, eventually, message, text, with_system},
};

async fn delete(of: &Person) {
    let request = of.request("DELETE", &format!("/user/{}", of.id));
    let reply = request.json(&json!({ "password": PASSWORD })).send().await;
    assert_eq!(reply.status, 204);
}

/// How many memberships somebody has.
async fn memberships(system: &TestSystem, of: &Person) -> u64 {
    let members = system
        .scratch
        .chat_database()
        .await
        .collection::<Document>("members");
    let present = doc! { "userId": of.id, "leftAt": null };
    members.count_documents(present).await.unwrap()
}

fn members(conversation: &Value) -> Vec<i64> {
    let members = conversation["members"].as_array().unwrap();
    let mut ids: Vec<i64> = members
        .iter()
        .map(|member| member["userId"].as_i64().unwrap())
        .collect();
    ids.sort_unstable();
    ids
}

#[tokio::test]
async fn a_direct_conversation_is_over_and_the_other_keeps_its_history() {
    with_system(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let direct = ann.direct(&bob).await;
        let written = bob.send(&direct, "mine").await;
        let farewell = ann.send(&direct, "farewell").await;
        let device = bob.connect(system.edge(0)).await;
        let mut mirror = Mirror::of(&bob, &device, &direct).await;
        delete(&ann).await;
        let ended = device
            .event_where("conversation:updated", |event| event["endedAt"].is_string())
            .await;
        mirror.is_true(&bob, &device).await;
        let now = bob.conversation(&direct).await;
        assert_eq!(members(&now), [bob.id]);
        assert_eq!(
            (&now["endedAt"], &now["memberCount"]),
            (&ended["endedAt"], &json!(1))
        );
        assert_eq!(bob.history(&direct).await, [written.clone(), farewell]);

        let path = |rest: &str| format!("/chat/conversations/{direct}{rest}");
        let rest = [
            bob.post(&path("/messages"), &json!({ "content": "x" }))
                .await,
            bob.patch(
                &path(&format!("/messages/{}", text(&written["id"]))),
                &json!({ "content": "x" }),
            )
            .await,
        ];
        for refused in rest.map(|reply| reply.problem()) {
            assert!(refused.is(403, "FORBIDDEN"), "{refused:?}");
            assert!(refused.detail.contains("deleted"), "{refused:?}");
        }
        let edit = json!({ "messageId": written["id"], "content": "x" });
        for (event, payload) in [
            ("message:send", message(&direct, "x")),
            ("message:edit", edit),
        ] {
            let refused = device.call(event, payload).await.unwrap_err();
            assert_eq!(refused["code"], "FORBIDDEN", "{event}");
        }
        // What is one's own can be taken away, and so can all of it.
        assert_eq!(bob.ask(&ann).await, direct, "it is there");
        bob.delete(&path(&format!("/messages/{}", text(&written["id"]))))
            .await
            .ok();
        bob.post(&path("/read"), &json!({})).await.ok();
        device.next_event("conversation:read").await;
        mirror.is_true(&bob, &device).await;
        bob.delete(&path("")).await.ok();
        let listed = bob.get("/chat/conversations").await.ok();
        assert_eq!(listed["items"], json!([]));
    })
    .await;
}

#[tokio::test]
async fn a_request_of_somebody_who_is_gone_can_be_declined_and_not_accepted() {
    with_system(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let direct = ann.ask(&bob).await;
        ann.send(&direct, "hello?").await;
        delete(&ann).await;
        let path = |rest: &str| format!("/chat/conversations/{direct}/{rest}");
        eventually("the end of the conversation", async || {
            bob.conversation(&direct).await["endedAt"].is_string()
        })
        .await;
        let refused = bob.post(&path("accept"), &json!({})).await.problem();
        assert!(refused.is(403, "FORBIDDEN"), "{refused:?}");
        let refused = bob
            .post(&path("messages"), &json!({ "content": "x" }))
            .await
            .problem();
        assert!(refused.is(403, "FORBIDDEN"), "{refused:?}");
        let declined = bob.post(&path("decline"), &json!({})).await.ok();
        assert_eq!(declined["me"]["request"], "declined");
    })
    .await;
}

#[tokio::test]
async fn groups_are_left_handed_over_or_ended() {
    with_system(async |system| {
        let [ann, bob, cat] = system.people(["ann", "bob", "cat"]).await;
        let owned = ann.group("owned", &[&bob, &cat]).await;
        let path = format!("/chat/conversations/{owned}/members/{}", cat.id);
        ann.patch(&path, &json!({ "role": "moderator" })).await.ok();
        let joined = bob.group("joined", &[&ann]).await;
        let alone = ann.group("alone", &[&bob]).await;
        bob.post(&format!("/chat/conversations/{alone}/leave"), &json!({}))
            .await
            .ok();
        ann.send(&owned, "still here").await;
        let device = bob.connect(system.edge(0)).await;
        let mut mirrors = [
            Mirror::of(&bob, &device, &owned).await,
            Mirror::of(&bob, &device, &joined).await,
        ];
        delete(&ann).await;
        eventually("no membership", async || {
            memberships(system, &ann).await == 0
        })
        .await;
        for group in [&owned, &joined] {
            device
                .event_where("message:created", |event| {
                    event["conversationId"] == **group && event["system"]["kind"] == "memberLeft"
                })
                .await;
        }
        for mirror in &mut mirrors {
            mirror.is_true(&bob, &device).await;
        }
        let (now, history) = (bob.conversation(&owned).await, bob.history(&owned).await);
        let mut expected = [bob.id, cat.id];
        expected.sort_unstable();
        assert_eq!(members(&now), expected);
        let owner = now["members"]
            .as_array()
            .unwrap()
            .iter()
            .find(|m| m["role"] == "owner");
        assert_eq!(
            owner.unwrap()["userId"],
            cat.id,
            "the moderator before others"
        );
        let last = history.last().unwrap();
        assert_eq!(last["system"]["newOwnerId"], cat.id);
        assert_eq!(last["system"]["actorId"], ann.id);
        assert!(contents(&history).contains(&"still here".to_owned()));
        assert_eq!(members(&bob.conversation(&joined).await), [bob.id]);
        let groups = system
            .scratch
            .chat_database()
            .await
            .collection::<Document>("conversations");
        let ended = groups
            .find_one(doc! { "_id": &alone })
            .await
            .unwrap()
            .unwrap();
        assert!(ended.get_datetime("endedAt").is_ok(), "{ended}");
        // Nobody puts back who is gone.
        let path = format!("/chat/conversations/{joined}/members");
        let refused = bob
            .post(&path, &json!({ "userIds": [ann.id] }))
            .await
            .problem();
        assert!(refused.is(404, "NOT_FOUND"), "{refused:?}");
    })
    .await;
}

#[tokio::test]
async fn it_happens_though_the_chat_pool_is_away_or_dies_and_only_once() {
    with_system(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let direct = ann.direct(&bob).await;
        let mut groups = Vec::new();
        for n in 0..10 {
            groups.push(bob.group(&n.to_string(), &[&ann]).await);
        }
        system.kill(Pool::Chat, 0);
        delete(&ann).await;
        system.start(Pool::Chat).await;
        eventually("the first to be told", async || {
            memberships(system, &ann).await < 11
        })
        .await;
        system.kill(Pool::Chat, 0);
        system.start(Pool::Chat).await;
        eventually("no membership", async || {
            memberships(system, &ann).await == 0
        })
        .await;
        for group in &groups {
            eventually("its place in the history", async || {
                !bob.history(group).await.is_empty()
            })
            .await;
            let history = bob.history(group).await;
            assert_eq!(history.len(), 1, "{history:?}");
            assert_eq!(history[0]["system"]["kind"], "memberLeft");
            assert_eq!(members(&bob.conversation(group).await), [bob.id]);
        }
        assert!(bob.conversation(&direct).await["endedAt"].is_string());
    })
    .await;
}
