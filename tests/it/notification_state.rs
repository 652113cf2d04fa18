//! A device that applies the events it is told holds what the server says afresh: for every change of notifications, on every
//! device.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::{Device, Person, Setup, TestSystem, eventually, text};

/// Notifications, as they are fetched or as events leave them.
#[derive(Clone, Debug, Default, PartialEq)]
struct Held {
    items: BTreeMap<String, Value>,
    count: u64,
}

impl Held {
    async fn fresh(person: &Person) -> Self {
        let page = person.get("/notifications?limit=100").await.ok();
        let items = page["items"].as_array().unwrap().clone();
        let count = person.get("/notifications/unread/count").await.ok();
        let held = Self {
            items: items
                .into_iter()
                .map(|item| (text(&item["id"]), item))
                .collect(),
            count: count["count"].as_u64().unwrap(),
        };
        let unread = held.items.values().filter(|item| item["isRead"] == false);
        assert!(unread.count() <= 100 && page["nextCursor"].is_null());
        held
    }

    /// What a client does that knows nothing but the documents.
    fn take(&mut self, name: &str, event: &Value) {
        match name {
            "notification:created" | "notification:updated" => {
                self.items.insert(text(&event["id"]), event.clone());
            }
            "notification:read" => {
                let id = &event["notificationId"];
                let is_meant = |item: &&mut Value| id.is_null() || item["id"] == *id;
                for item in self.items.values_mut().filter(is_meant) {
                    item["isRead"] = json!(true);
                }
            }
            "notification:deleted" => {
                self.items.remove(&text(&event["notificationId"]));
            }
            "notification:count" => self.count = event["count"].as_u64().unwrap(),
            _ => {}
        }
    }

    fn of(&self, kind: &str) -> Option<&Value> {
        self.items.values().find(|item| item["type"] == kind)
    }

    /// Whether there are so many, so many of them unread.
    fn has(&self, all: usize, unread: u64) -> bool {
        self.items.len() == all && self.count == unread
    }
}

/// Somebody with two devices on two edges.
struct Watch {
    person: Person,
    devices: [Device; 2],
    held: [Held; 2],
    taken: [usize; 2],
}

impl Watch {
    async fn make(system: &TestSystem, person: Person) -> Self {
        let devices = [
            person.connect(system.edge(0)).await,
            person.connect(system.edge(1)).await,
        ];
        let fresh = Held::fresh(&person).await;
        for device in &devices {
            device.next_event("notification:count").await;
        }
        Self {
            person,
            devices,
            held: [fresh.clone(), fresh],
            taken: [0, 0],
        }
    }

    /// Waits until the server says what is expected, and both devices hold exactly that.
    async fn holds(&mut self, what: &str, expected: impl Fn(&Held) -> bool) -> Held {
        let mut fresh = Held::default();
        eventually(what, async || {
            fresh = Held::fresh(&self.person).await;
            for ((device, held), taken) in
                self.devices.iter().zip(&mut self.held).zip(&mut self.taken)
            {
                let events = device.all();
                for (name, event) in &events[*taken..] {
                    held.take(name, event);
                }
                *taken = events.len();
            }
            expected(&fresh) && self.held.iter().all(|held| *held == fresh)
        })
        .await;
        fresh
    }

    async fn call(&self, event: &str, payload: Value) -> Value {
        self.devices[0].call(event, payload).await.unwrap()
    }
}

async fn mute(person: &Person, conversation: &str) {
    let path = format!("/chat/conversations/{conversation}/settings");
    person.patch(&path, &json!({ "muted": true })).await.ok();
}

#[tokio::test]
async fn what_events_leave_on_every_device_is_what_is_stored() {
    Setup::edges(2)
        .run(async |system| {
            let [ann, bob, cat, root] = system.people(["ann", "bob", "cat", "root"]).await;
            let admin = root.promoted(system, "admin").await;
            let direct = ann.direct(&bob).await;
            let mut bob = Watch::make(system, bob).await;

            ann.send(&direct, "first").await;
            bob.holds("a message", |held| held.has(1, 1)).await;
            let second = ann.send(&direct, "second").await;
            let held = bob
                .holds("another", |held| {
                    held.of("message").is_some_and(|m| m["count"] == 2)
                })
                .await;
            let id = held.of("message").unwrap()["id"].clone();
            let path = format!(
                "/chat/conversations/{direct}/messages/{}",
                text(&second["id"])
            );
            ann.patch(&path, &json!({ "content": "edited" })).await.ok();
            bob.holds("an edit", |held| {
                held.of("message").is_some_and(|m| m["content"] == "edited")
            })
            .await;
            ann.delete(&path).await.ok();
            bob.holds("a deletion", |held| {
                held.of("message").is_some_and(|m| m["content"] == "")
            })
            .await;

            let one = json!({ "notificationId": id });
            bob.call("notification:read", one.clone()).await;
            bob.holds("reading by hand", |held| held.has(1, 0)).await;
            bob.call("notification:unread", one.clone()).await;
            bob.holds("marking as unread", |held| held.has(1, 1)).await;
            bob.call(
                "conversation:mark-read",
                json!({ "conversationId": direct }),
            )
            .await;
            bob.holds("reading the conversation", |held| held.has(1, 0))
                .await;

            let group = ann.group("cheese", &[&bob.person, &cat]).await;
            bob.holds("an invite", |held| held.has(2, 1)).await;
            mute(&bob.person, &group).await;
            ann.send(&group, "not for @cat alone").await;
            ann.send(&group, "for @bob").await;
            bob.holds("a mention", |held| {
                held.has(3, 2) && held.of("mention").is_some()
            })
            .await;
            bob.call("conversation:mark-read", json!({ "conversationId": group }))
                .await;
            bob.holds("reading the group", |held| held.has(3, 0)).await;

            let asked = cat.ask(&bob.person).await;
            cat.send(&asked, "hello?").await;
            bob.holds("a request", |held| {
                held.has(4, 1) && held.of("request").is_some()
            })
            .await;
            bob.call("conversation:decline", json!({ "conversationId": asked }))
                .await;
            bob.holds("declining", |held| {
                held.has(3, 0) && held.of("request").is_none()
            })
            .await;

            ann.send(&direct, "third").await;
            let word = json!({ "title": "Maintenance", "content": "At noon." });
            assert_eq!(
                admin.post("/notifications/broadcast", &word).await.status,
                202
            );
            bob.holds("a broadcast", |held| {
                held.has(4, 2) && held.of("system").is_some()
            })
            .await;
            bob.person
                .post("/notifications/read-all", &json!({}))
                .await
                .ok();
            bob.holds("reading all", |held| held.has(4, 0)).await;
            ann.send(&direct, "fourth").await;
            bob.holds("beginning anew", |held| held.has(4, 1)).await;

            bob.call("notification:delete", one).await;
            bob.holds("deleting", |held| held.has(3, 0)).await;
            ann.send(&direct, "fifth").await;
            bob.holds("a message after that", |held| held.has(4, 1))
                .await;
            bob.call("conversation:delete", json!({ "conversationId": direct }))
                .await;
            bob.holds("clearing the conversation", |held| held.has(3, 0))
                .await;
            ann.send(&direct, "sixth").await;
            bob.holds("a message after that", |held| held.has(4, 1))
                .await;

            let member = format!("/chat/conversations/{group}/members/{}", bob.person.id);
            ann.delete(&member).await.ok();
            bob.holds("being removed", |held| {
                held.has(2, 1) && held.of("group_invite").is_none()
            })
            .await;
            let back = json!({ "userIds": [bob.person.id] });
            ann.post(&format!("/chat/conversations/{group}/members"), &back)
                .await
                .ok();
            bob.holds("being added again", |held| held.has(3, 2)).await;
            ann.delete(&format!("/chat/conversations/{group}"))
                .await
                .ok();
            bob.holds("the group's end", |held| {
                held.has(2, 1) && held.of("group_invite").is_none()
            })
            .await;
        })
        .await;
}

#[tokio::test]
async fn many_changes_at_once_leave_what_is_stored() {
    Setup::edges(2)
        .run(async |system| {
            let [ann, bob, cat] = system.people(["ann", "bob", "cat"]).await;
            let conversations = [ann.direct(&bob).await, cat.direct(&bob).await];
            let mut bob = Watch::make(system, bob).await;
            let sender = ann.connect(system.edge(0)).await;
            let other = cat.connect(system.edge(1)).await;
            // Messages come while what they notify of is read, deleted and marked, on both devices.
            let (mut acks, mut asked) = (Vec::new(), Vec::new());
            for n in 0..30 {
                for (device, conversation) in
                    [(&sender, &conversations[0]), (&other, &conversations[1])]
                {
                    let content = format!("message {n}");
                    let message = json!({ "conversationId": conversation, "content": content });
                    acks.push((device, device.start("message:send", &message)));
                }
                let held: Vec<Value> = bob.person.get("/notifications").await.ok()["items"]
                    .as_array()
                    .unwrap()
                    .clone();
                for item in held {
                    let one = json!({ "notificationId": item["id"] });
                    let action = [
                        "notification:read",
                        "notification:unread",
                        "notification:delete",
                        "notification:read-all",
                    ][n % 4];
                    let payload = if action.ends_with("all") {
                        json!({})
                    } else {
                        one
                    };
                    // What another has deleted meanwhile is not there; that is told by the state at the end.
                    let device = &bob.devices[n % 2];
                    asked.push((device, device.start(action, &payload)));
                }
            }
            for (device, ack) in asked {
                let _gone = device.answer(ack).await;
            }
            for (device, ack) in acks {
                device.answer(ack).await.unwrap();
            }
            for (device, conversation) in
                [(&sender, &conversations[0]), (&other, &conversations[1])]
            {
                device.send(conversation, "last").await;
            }
            let are_last = |held: &Held| {
                held.items.len() == 2 && held.items.values().all(|item| item["content"] == "last")
            };
            bob.holds("the last messages", are_last).await;
        })
        .await;
}
