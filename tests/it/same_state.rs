//! State plus events is fresh state: whoever applies what they are told holds what the server says, on every device.

use serde_json::{Value, json};

use crate::{
    mirror::Mirror,
    support::{Device, Person, Setup, TestSystem, text},
};

/// Everybody's devices, each with what it has been told of a conversation.
struct Everybody {
    id: String,
    people: Vec<Person>,
    devices: Vec<(usize, Device, Mirror)>,
}

impl Everybody {
    /// Two devices of each, on two edges.
    async fn of(system: &TestSystem, people: &[&Person], id: &str) -> Self {
        let mut devices = Vec::new();
        for (who, person) in people.iter().enumerate() {
            for edge in 0..2 {
                let device = person.connect(system.edge(edge)).await;
                let mirror = Mirror::of(person, &device, id).await;
                devices.push((who, device, mirror));
            }
        }
        let people = people.iter().map(|person| (*person).clone()).collect();
        Self {
            id: id.to_owned(),
            people,
            devices,
        }
    }

    fn path(&self, rest: &str) -> String {
        format!("/chat/conversations/{}{rest}", self.id)
    }

    /// Has somebody do something by REST, then compares; what they are answered.
    async fn rest(&mut self, who: usize, method: &str, rest: &str, body: Value) -> Value {
        let request = self.people[who].request(method, &self.path(rest));
        let answer = request.json(&body).send().await.ok();
        self.compare(&format!("{method} {rest} {body}")).await;
        answer
    }

    /// Has somebody's first device do something, then compares; what it is answered.
    async fn socket(&mut self, who: usize, event: &str, payload: Value) -> Value {
        let device = self.devices.iter().find(|(owner, ..)| *owner == who);
        let answer = device.unwrap().1.call(event, payload.clone()).await;
        self.compare(&format!("{event} {payload}")).await;
        answer.unwrap()
    }

    async fn compare(&mut self, after: &str) {
        for (who, device, mirror) in &mut self.devices {
            let person = &self.people[*who];
            mirror.becomes_true(person, device, after).await;
        }
    }
}

#[tokio::test]
async fn every_change_of_a_direct_conversation_is_told_to_every_device() {
    Setup::edges(2)
        .run(async |system| {
            let [ann, bob] = system.people(["ann", "bob"]).await;
            let id = ann.ask(&bob).await;
            let mut both = Everybody::of(system, &[&ann, &bob], &id).await;
            const ANN: usize = 0;
            const BOB: usize = 1;

            // While it is a request.
            let hello = both
                .rest(ANN, "POST", "/messages", json!({ "content": "hello" }))
                .await;
            let second = json!({ "conversationId": id, "content": "are you there?" });
            let second = both.socket(ANN, "message:send", second).await;
            let of = |message: &Value| json!({ "messageId": message["id"] });
            both.socket(BOB, "message:delivered", of(&second)).await;
            both.rest(BOB, "POST", "/read", json!({ "seq": 1 })).await;
            both.rest(BOB, "POST", "/decline", json!({})).await;
            let answer = json!({ "content": "well", "replyTo": hello["id"] });
            let answer = both.rest(BOB, "POST", "/messages", answer).await;
            both.socket(ANN, "message:read", of(&answer)).await;

            // What is written.
            let path = format!("/messages/{}", text(&answer["id"]));
            both.rest(BOB, "PATCH", &path, json!({ "content": "hello" }))
                .await;
            both.socket(BOB, "message:delete", of(&answer)).await;
            let more = json!({ "content": "more", "attachments": ["https://example.org/a"] });
            both.rest(BOB, "POST", "/messages", more).await;

            // What is one's own.
            let settings = |fields: Value| (ANN, "PATCH", "/settings", fields);
            for fields in [
                json!({ "pinned": true }),
                json!({ "muted": true, "mutedUntil": "2999-01-01T00:00:00.000Z" }),
                json!({ "hidden": true }),
            ] {
                let (who, method, rest, fields) = settings(fields);
                both.rest(who, method, rest, fields).await;
            }
            both.rest(BOB, "POST", "/messages", json!({ "content": "muted" }))
                .await;
            both.rest(ANN, "POST", "/messages", json!({ "content": "here I am" }))
                .await;
            both.rest(
                ANN,
                "PATCH",
                "/settings",
                json!({ "hidden": true, "muted": false }),
            )
            .await;
            both.rest(BOB, "POST", "/messages", json!({ "content": "aloud" }))
                .await;
            both.rest(BOB, "POST", "/messages", json!({ "content": "unread" }))
                .await;
            both.rest(ANN, "DELETE", "", json!({})).await;
            both.rest(ANN, "PATCH", "/settings", json!({ "muted": true }))
                .await;
            both.rest(BOB, "POST", "/messages", json!({ "content": "anew" }))
                .await;
            both.rest(ANN, "POST", "/read", json!({})).await;

            // Who they are.
            let profile = json!({ "displayName": "Bob B.", "avatarUrl": "https://example.org/b" });
            let changed = bob.patch(&format!("/user/{}", bob.id), &profile).await;
            changed.ok();
            both.compare("a changed profile").await;
            let block = ann.request("PUT", &format!("/user/{}/block", bob.id));
            assert_eq!(block.send().await.status, 204);
            both.compare("a block").await;
        })
        .await;
}

#[tokio::test]
async fn accepting_tells_what_was_read_before() {
    Setup::edges(2)
        .run(async |system| {
            let [ann, bob] = system.people(["ann", "bob"]).await;
            let id = ann.ask(&bob).await;
            let mut both = Everybody::of(system, &[&ann, &bob], &id).await;
            both.rest(0, "POST", "/messages", json!({ "content": "one" }))
                .await;
            let last = both
                .rest(0, "POST", "/messages", json!({ "content": "two" }))
                .await;
            both.rest(1, "POST", "/read", json!({ "seq": 1 })).await;
            let delivered = json!({ "messageId": last["id"] });
            both.socket(1, "message:delivered", delivered).await;
            both.rest(1, "POST", "/accept", json!({})).await;
            let seen = ann.conversation(&id).await;
            let bob = seen["members"]
                .as_array()
                .unwrap()
                .iter()
                .find(|m| m["userId"] == bob.id);
            let bob = bob.unwrap();
            assert_eq!(
                (&bob["lastReadSeq"], &bob["lastDeliveredSeq"]),
                (&json!(1), &json!(2))
            );
        })
        .await;
}

#[tokio::test]
async fn every_change_of_a_group_is_told_to_every_device() {
    Setup::edges(2)
        .run(async |system| {
            let [ann, bob, cat, dan] = system.people(["ann", "bob", "cat", "dan"]).await;
            let id = ann.group("group", &[&bob, &cat]).await;
            let mut all = Everybody::of(system, &[&ann, &bob, &cat], &id).await;
            let (bob_id, cat_id) = (bob.id, cat.id);
            all.rest(
                0,
                "PATCH",
                "",
                json!({ "name": "other", "avatarUrl": "https://example.org/g" }),
            )
            .await;
            all.rest(0, "PATCH", "", json!({ "avatarUrl": "" })).await;
            all.rest(0, "POST", "/members", json!({ "userIds": [dan.id] }))
                .await;
            all.rest(
                0,
                "PATCH",
                &format!("/members/{bob_id}"),
                json!({ "role": "moderator" }),
            )
            .await;
            let hello = json!({ "content": "hello @cat and @all" });
            let hello = all.rest(1, "POST", "/messages", hello).await;
            all.rest(
                2,
                "POST",
                "/messages",
                json!({ "content": "hi", "replyTo": hello["id"] }),
            )
            .await;
            all.rest(1, "DELETE", &format!("/members/{}", dan.id), json!({}))
                .await;
            all.rest(
                0,
                "DELETE",
                &format!("/messages/{}", text(&hello["id"])),
                json!({}),
            )
            .await;
            let transfer = json!({ "conversationId": id, "userId": cat_id });
            all.socket(0, "conversation:transfer", transfer).await;
            all.socket(
                2,
                "conversation:demote",
                json!({ "conversationId": id, "userId": bob_id }),
            )
            .await;
            all.rest(2, "POST", "/read", json!({})).await;
            all.devices.retain(|(who, ..)| *who != 1);
            bob.post(&all.path("/leave"), &json!({})).await.ok();
            all.compare("Bob has left").await;
        })
        .await;
}
