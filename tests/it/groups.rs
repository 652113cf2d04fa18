//! Groups: who adds, removes, renames, promotes, leaves and ends, and what everybody is told of it.

use serde_json::{Value, json};

use crate::{
    mirror::Mirror,
    support::{Device, Person, Setup, Tap, TestSystem, seqs, text, with_system},
};

/// A group of Ann's with Bob and Cat, and a device of each.
struct Group {
    people: [Person; 3],
    devices: [Device; 3],
    id: String,
}

const ANN: usize = 0;
const BOB: usize = 1;
const CAT: usize = 2;

impl Group {
    async fn make(system: &TestSystem) -> Self {
        let people = system.people(["ann", "bob", "cat"]).await;
        let id = people[ANN]
            .group("cheese", &[&people[BOB], &people[CAT]])
            .await;
        let devices = [
            people[ANN].connect(system.edge(0)).await,
            people[BOB].connect(system.edge(0)).await,
            people[CAT].connect(system.edge(0)).await,
        ];
        Self {
            people,
            devices,
            id,
        }
    }

    fn id_of(&self, who: usize) -> i64 {
        self.people[who].id
    }

    /// An action on the group by socket: the answer, or the code of the refusal.
    async fn act(&self, who: usize, event: &str, mut payload: Value) -> Result<Value, String> {
        payload["conversationId"] = json!(self.id);
        let answer = self.devices[who].call(event, payload).await;
        answer.map_err(|error| text(&error["code"]))
    }

    /// An action on a member.
    async fn on(&self, who: usize, event: &str, whom: usize) -> Result<Value, String> {
        self.act(who, event, json!({ "userId": self.id_of(whom) }))
            .await
    }

    /// The roles by user, as somebody sees them.
    async fn roles(&self, who: usize) -> Vec<(i64, String)> {
        let seen = self.people[who].conversation(&self.id).await;
        let members = seen["members"].as_array().unwrap().iter();
        members
            .map(|member| (member["userId"].as_i64().unwrap(), text(&member["role"])))
            .collect()
    }

    /// What the history tells of the group, from the first.
    async fn told(&self, who: usize) -> Vec<Value> {
        let history = self.people[who].history(&self.id).await;
        let system = history.into_iter().filter(|m| m["type"] == "system");
        system.map(|mut message| message["system"].take()).collect()
    }

    fn path(&self, rest: &str) -> String {
        format!("/chat/conversations/{}{rest}", self.id)
    }
}

#[tokio::test]
async fn a_group_is_renamed_by_those_who_moderate_it() {
    with_system(async |system| {
        let group = Group::make(system).await;
        let [ann, bob, _] = &group.people;
        let renamed = group
            .act(ANN, "conversation:update", json!({ "name": " Käse ", "avatarUrl": "https://example.org/k" }))
            .await
            .unwrap();
        assert_eq!((&renamed["name"], &renamed["avatarUrl"]), (&json!("Käse"), &json!("https://example.org/k")));
        for device in &group.devices {
            let event = device.next_event("conversation:updated").await;
            assert_eq!(
                (&event["name"], &event["avatarUrl"], &event["actorId"], &event["change"]),
                (&json!("Käse"), &json!("https://example.org/k"), &json!(ann.id), &renamed["lastChange"])
            );
            let told = device.next_event("message:created").await;
            assert_eq!((&told["type"], &told["content"], &told["senderId"]), (&json!("system"), &json!(""), &json!(ann.id)));
            let system = json!({ "kind": "updated", "actorId": ann.id, "name": "Käse", "avatarUrl": "https://example.org/k" });
            assert_eq!(told["system"], system);
        }
        let same = ann.patch(&group.path(""), &json!({ "name": "Käse" })).await.ok();
        assert_eq!((&same["lastChange"], &same["lastSeq"]), (&renamed["lastChange"], &json!(1)), "no change");
        let plain = ann.patch(&group.path(""), &json!({ "avatarUrl": "" })).await.ok();
        assert_eq!((&plain["name"], &plain["avatarUrl"]), (&json!("Käse"), &Value::Null));
        assert_eq!(bob.conversation(&group.id).await["name"], "Käse");

        let refused = bob.patch(&group.path(""), &json!({ "name": "mine" })).await.problem();
        assert!(refused.is(403, "FORBIDDEN"), "{refused:?}");
        let direct = ann.direct(bob).await;
        let refused = ann.patch(&format!("/chat/conversations/{direct}"), &json!({ "name": "us" })).await.problem();
        assert!(refused.is(403, "FORBIDDEN"), "{refused:?}");
    })
    .await;
}

#[tokio::test]
async fn whoever_is_added_gets_the_group_and_the_others_get_to_know_them() {
    with_system(async |system| {
        let group = Group::make(system).await;
        let [dan, eve] = system.people(["dan", "eve"]).await;
        let newcomer = dan.connect(system.edge(0)).await;
        group.people[BOB].send(&group.id, "before").await;
        let added = group.people[ANN]
            .post(
                &group.path("/members"),
                &json!({ "userIds": [dan.id, group.id_of(BOB)] }),
            )
            .await
            .ok();
        assert_eq!(added["memberCount"], 4);
        let invited = newcomer.next_event("conversation:invited").await;
        assert_eq!(
            (&invited["conversationId"], &invited["invitedBy"]),
            (&json!(group.id), &json!(group.id_of(ANN)))
        );
        let seen = &invited["conversation"];
        assert_eq!(
            (&seen["name"], &seen["memberCount"], &seen["me"]["role"]),
            (&json!("cheese"), &json!(4), &json!("member"))
        );
        for device in &group.devices {
            let event = device.next_event("conversation:member-added").await;
            assert_eq!(
                (&event["userIds"], &event["memberCount"]),
                (&json!([dan.id]), &json!(4))
            );
            assert_eq!(event["members"][0]["username"], "dan");
        }
        let told =
            json!({ "kind": "membersAdded", "actorId": group.id_of(ANN), "subjectIds": [dan.id] });
        assert_eq!(newcomer.next_event("message:created").await["system"], told);
        assert_eq!(
            dan.history(&group.id).await.len(),
            2,
            "the whole history is theirs"
        );
        assert_eq!(
            dan.conversation(&group.id).await["me"]["unread"],
            1,
            "but only what came since is unread"
        );
        let notification = newcomer.next_event("notification:created").await;
        assert_eq!(
            (&notification["type"], &notification["title"]),
            (&json!("group_invite"), &json!("cheese"))
        );

        let again = group
            .act(ANN, "conversation:add-member", json!({ "userId": dan.id }))
            .await
            .unwrap();
        assert_eq!(
            (&again["lastChange"], &again["memberCount"]),
            (&added["lastChange"], &json!(4)),
            "no change"
        );
        let by_member = group
            .act(BOB, "conversation:add-member", json!({ "userId": eve.id }))
            .await;
        assert_eq!(by_member.unwrap_err(), "FORBIDDEN");
        let nobody = group
            .act(
                ANN,
                "conversation:add-member",
                json!({ "userIds": [eve.id, 999_999] }),
            )
            .await;
        assert_eq!(nobody.unwrap_err(), "NOT_FOUND");
        assert_eq!(newcomer.events("conversation:member-added").len(), 0);
    })
    .await;
}

#[tokio::test]
async fn a_group_takes_no_more_members_than_it_may_have() {
    Setup::edges(1)
        .set("CHAT__MAX_GROUP_MEMBERS", 4)
        .run(async |system| {
            let group = Group::make(system).await;
            let [dan, eve] = system.people(["dan", "eve"]).await;
            let both = json!({ "userIds": [dan.id, eve.id] });
            let refused = group.people[ANN]
                .post(&group.path("/members"), &both)
                .await
                .problem();
            assert!(refused.is(400, "INVALID_INPUT"), "{refused:?}");
            group
                .act(ANN, "conversation:add-member", json!({ "userId": eve.id }))
                .await
                .unwrap();
            let full = group
                .act(ANN, "conversation:add-member", json!({ "userId": dan.id }))
                .await;
            assert_eq!(full.unwrap_err(), "INVALID_INPUT");
        })
        .await;
}

#[tokio::test]
async fn whoever_is_removed_gets_nothing_more_and_is_told_that_the_group_is_gone() {
    with_system(async |system| {
        let group = Group::make(system).await;
        let [ann, bob, cat] = &group.people;
        ann.send(&group.id, "for all").await;
        let held = bob.conversation(&group.id).await;
        let path = group.path(&format!("/members/{}", bob.id));
        let removed = ann.delete(&path).await.ok();
        assert_eq!(removed["conversationId"], json!(group.id));
        for device in &group.devices {
            let event = device.next_event("conversation:member-removed").await;
            assert_eq!(
                (
                    &event["userId"],
                    &event["actorId"],
                    &event["memberCount"],
                    &event["change"]
                ),
                (
                    &json!(bob.id),
                    &json!(ann.id),
                    &json!(2),
                    &removed["change"]
                )
            );
        }
        ann.send(&group.id, "not for bob").await;
        let marker = ann.direct(bob).await;
        ann.send(&marker, "marker").await;
        group.devices[BOB].message("marker").await;
        assert_eq!(group.devices[BOB].contents(), ["for all", "marker"]);
        group.devices[CAT].message("not for bob").await;

        let held = json!({ "id": group.id, "seq": held["lastSeq"], "change": held["lastChange"] });
        let synced = bob
            .post("/chat/sync", &json!({ "conversations": [held] }))
            .await
            .ok();
        assert_eq!(synced["gone"], json!([group.id]));
        let listed = bob.get("/chat/conversations").await.ok();
        assert_eq!(listed["items"].as_array().unwrap().len(), 1);
        for (method, rest) in [
            ("GET", ""),
            ("GET", "/messages"),
            ("GET", "/members"),
            ("POST", "/leave"),
            ("POST", "/read"),
        ] {
            let refused = bob
                .request(method, &group.path(rest))
                .send()
                .await
                .problem();
            assert!(refused.is(404, "NOT_FOUND"), "{rest}: {refused:?}");
        }
        let refused = group
            .act(BOB, "message:send", json!({ "content": "still here?" }))
            .await;
        assert_eq!(refused.unwrap_err(), "NOT_FOUND");
        assert_eq!(ann.delete(&path).await.problem().code, "NOT_FOUND");

        // Back again, with what was missed.
        group
            .act(ANN, "conversation:add-member", json!({ "userId": bob.id }))
            .await
            .unwrap();
        group.devices[BOB].next_event("conversation:invited").await;
        ann.send(&group.id, "welcome back").await;
        group.devices[BOB].message("welcome back").await;
        assert_eq!(cat.history(&group.id).await, bob.history(&group.id).await);
        let kinds: Vec<String> = group
            .told(CAT)
            .await
            .iter()
            .map(|told| text(&told["kind"]))
            .collect();
        assert_eq!(kinds, ["memberRemoved", "membersAdded"]);
    })
    .await;
}

#[tokio::test]
async fn roles_say_who_may_remove_whom_and_who_gives_roles() {
    with_system(async |system| {
        let group = Group::make(system).await;
        for (who, event, whom, code) in [
            (BOB, "conversation:promote", CAT, "FORBIDDEN"),
            (BOB, "conversation:transfer", BOB, "FORBIDDEN"),
            (BOB, "conversation:remove-member", CAT, "FORBIDDEN"),
            (ANN, "conversation:demote", ANN, "CONFLICT"),
        ] {
            assert_eq!(group.on(who, event, whom).await.unwrap_err(), code, "{who} {event} {whom}");
        }
        let promoted = group.on(ANN, "conversation:promote", BOB).await.unwrap();
        for device in &group.devices {
            let event = device.next_event("conversation:updated").await;
            let roles = json!([{ "userId": group.id_of(BOB), "role": "moderator" }]);
            assert_eq!((&event["roles"], &event["change"]), (&roles, &promoted["lastChange"]));
        }
        let again = group.on(ANN, "conversation:promote", BOB).await.unwrap();
        assert_eq!(again["lastChange"], promoted["lastChange"], "no change");
        let path = group.path(&format!("/members/{}", group.id_of(CAT)));
        group.people[ANN].patch(&path, &json!({ "role": "moderator" })).await.ok();
        for (who, event, whom, code) in [
            (BOB, "conversation:remove-member", CAT, "FORBIDDEN"),
            (BOB, "conversation:remove-member", ANN, "FORBIDDEN"),
            (BOB, "conversation:demote", CAT, "FORBIDDEN"),
            (BOB, "conversation:delete", BOB, "INVALID_INPUT"),
        ] {
            assert_eq!(group.on(who, event, whom).await.unwrap_err(), code, "{who} {event} {whom}");
        }
        group.on(ANN, "conversation:demote", CAT).await.unwrap();
        group.on(BOB, "conversation:remove-member", CAT).await.unwrap();
        group.on(ANN, "conversation:transfer", BOB).await.unwrap();
        let roles = [(group.id_of(ANN), "moderator".to_owned()), (group.id_of(BOB), "owner".into())];
        assert_eq!(group.roles(BOB).await, roles);
        assert_eq!(group.people[ANN].conversation(&group.id).await["me"]["role"], "moderator");
        assert_eq!(group.on(ANN, "conversation:transfer", ANN).await.unwrap_err(), "FORBIDDEN");
        let told = group.told(ANN).await;
        let last = json!({ "kind": "roleChanged", "actorId": group.id_of(ANN), "subjectIds": [group.id_of(BOB)], "role": "owner" });
        assert_eq!(told.last(), Some(&last));
    })
    .await;
}

#[tokio::test]
async fn an_owner_who_leaves_hands_over_and_the_last_one_ends_the_group() {
    with_system(async |system| {
        let group = Group::make(system).await;
        let [ann, bob, cat] = &group.people;
        group.on(ANN, "conversation:promote", CAT).await.unwrap();
        ann.post(&group.path("/leave"), &json!({})).await.ok();
        for device in &group.devices {
            let event = device.next_event("conversation:member-removed").await;
            assert_eq!((&event["userId"], &event["actorId"]), (&json!(ann.id), &json!(ann.id)));
        }
        let roles = json!([{ "userId": cat.id, "role": "owner" }]);
        for device in &group.devices[1..] {
            let event = device.event_where("conversation:updated", |event| event["roles"] == roles).await;
            assert_eq!(event["actorId"], ann.id);
        }
        assert_eq!(group.roles(BOB).await, [(bob.id, "member".to_owned()), (cat.id, "owner".into())], "a moderator before the longest-serving member");
        let left = json!({ "kind": "memberLeft", "actorId": ann.id, "subjectIds": [ann.id], "newOwnerId": cat.id });
        assert_eq!(group.told(BOB).await.last(), Some(&left));

        // Leaving by removing oneself, as clients of the replaced system do.
        group.on(CAT, "conversation:remove-member", CAT).await.unwrap();
        assert_eq!(group.roles(BOB).await, [(bob.id, "owner".to_owned())]);
        group.act(BOB, "conversation:leave-group", json!({})).await.unwrap();
        let event = group.devices[BOB].next_event("conversation:deleted").await;
        assert_eq!(event["conversationId"], json!(group.id));
        for person in &group.people {
            assert_eq!(person.get(&group.path("")).await.problem().code, "NOT_FOUND");
        }
    })
    .await;
}

#[tokio::test]
async fn a_group_that_is_ended_is_ended_for_all() {
    with_system(async |system| {
        let group = Group::make(system).await;
        let mut tap = Tap::on(system, &system.names().events(), "conversation.*").await;
        assert_eq!(
            group
                .act(BOB, "conversation:delete", json!({}))
                .await
                .unwrap_err(),
            "FORBIDDEN"
        );
        let ended = group.people[ANN].delete(&group.path("")).await.ok();
        for device in &group.devices {
            let event = device.next_event("conversation:deleted").await;
            assert_eq!(
                (&event["conversationId"], &event["change"]),
                (&json!(group.id), &ended["change"])
            );
        }
        let event = tap
            .next_where(|event| event["type"] == "conversation.deleted")
            .await;
        assert_eq!(event["data"]["conversationId"], json!(group.id));
        for person in &group.people {
            assert_eq!(
                person.get("/chat/conversations").await.ok()["items"],
                json!([])
            );
            let held = json!({ "conversations": [{ "id": group.id, "seq": 0, "change": 0 }] });
            assert_eq!(
                person.post("/chat/sync", &held).await.ok()["gone"],
                json!([group.id])
            );
            let refused = person
                .post(&group.path("/messages"), &json!({ "content": "x" }))
                .await
                .problem();
            assert!(refused.is(404, "NOT_FOUND"), "{refused:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_direct_conversation_is_deleted_for_oneself_and_begins_anew() {
    with_system(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let (phone, other) = (
            ann.connect(system.edge(0)).await,
            bob.connect(system.edge(0)).await,
        );
        let conversation = ann.direct(&bob).await;
        let path = format!("/chat/conversations/{conversation}");
        bob.send(&conversation, "old").await;
        let held = ann.conversation(&conversation).await;
        let deleted = ann.delete(&path).await.ok();
        assert_eq!(
            phone.next_event("conversation:deleted").await["change"],
            deleted["change"]
        );
        assert_eq!(ann.delete(&path).await.ok(), deleted, "once is enough");
        assert_eq!(
            ann.get("/chat/conversations").await.ok()["items"],
            json!([])
        );
        let seen = ann.conversation(&conversation).await;
        assert_eq!(
            (
                &seen["lastMessage"],
                &seen["me"]["unread"],
                &seen["me"]["hidden"]
            ),
            (&Value::Null, &json!(0), &json!(true))
        );
        assert!(ann.history(&conversation).await.is_empty());
        let for_bob = bob.conversation(&conversation).await;
        assert_eq!(
            (&for_bob["lastMessage"]["content"], &for_bob["lastChange"]),
            (&json!("old"), &held["lastChange"]),
            "for the other all is as it was"
        );

        bob.send(&conversation, "new").await;
        phone.message("new").await;
        let listed = ann.get("/chat/conversations").await.ok();
        assert_eq!(listed["items"][0]["me"]["unread"], 1);
        let history = ann.history(&conversation).await;
        assert_eq!(seqs(&history), [2]);
        assert_eq!(bob.history(&conversation).await.len(), 2);
        let held =
            json!({ "id": conversation, "seq": held["lastSeq"], "change": held["lastChange"] });
        let synced = ann
            .post("/chat/sync", &json!({ "conversations": [held] }))
            .await
            .ok();
        assert_eq!(
            seqs(synced["conversations"][0]["messages"].as_array().unwrap()),
            [2]
        );
        let whole = ann.post("/chat/sync", &json!({})).await.ok();
        assert_eq!(
            seqs(whole["conversations"][0]["messages"].as_array().unwrap()),
            [2]
        );
        assert!(other.events("conversation:deleted").is_empty());
    })
    .await;
}

#[tokio::test]
async fn members_are_listed_page_by_page() {
    with_system(async |system| {
        let group = Group::make(system).await;
        let [dan, eve] = system.people(["dan", "eve"]).await;
        group
            .act(ANN, "conversation:add-member", json!({ "userId": eve.id }))
            .await
            .unwrap();
        group
            .on(ANN, "conversation:remove-member", BOB)
            .await
            .unwrap();
        let mut listed = Vec::new();
        let mut cursor = Value::Null;
        loop {
            let mut payload = json!({ "limit": 2 });
            if cursor.is_string() {
                payload["cursor"] = cursor;
            }
            let page = group
                .act(CAT, "conversation:members", payload)
                .await
                .unwrap();
            listed.extend(
                page["items"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|member| text(&member["username"])),
            );
            cursor = page["nextCursor"].clone();
            if cursor.is_null() {
                break;
            }
        }
        assert_eq!(listed, ["ann", "cat", "eve"]);
        let first = group.people[ANN]
            .get(&group.path("/members?limit=1"))
            .await
            .ok();
        assert_eq!(first["items"][0]["role"], "owner");
        let stranger = dan.get(&group.path("/members")).await.problem();
        assert!(stranger.is(404, "NOT_FOUND"), "{stranger:?}");
    })
    .await;
}

#[tokio::test]
async fn whatever_happens_to_a_group_every_device_has_what_the_server_has() {
    Setup::edges(2)
        .run(async |system| {
            let group = Group::make(system).await;
            let [dan] = system.people(["dan"]).await;
            let mut mirrors = Vec::new();
            for who in [ANN, CAT] {
                mirrors.push(Mirror::of(&group.people[who], &group.devices[who], &group.id).await);
            }
            let rename =
                |name: &str| group.act(ANN, "conversation:update", json!({ "name": name }));
            rename("one").await.unwrap();
            group
                .act(ANN, "conversation:add-member", json!({ "userId": dan.id }))
                .await
                .unwrap();
            group.on(ANN, "conversation:promote", BOB).await.unwrap();
            group
                .act(BOB, "conversation:add-member", json!({ "userId": dan.id }))
                .await
                .unwrap();
            group.devices[CAT].send(&group.id, "hello").await;
            group
                .act(
                    BOB,
                    "conversation:update",
                    json!({ "avatarUrl": "https://example.org/b" }),
                )
                .await
                .unwrap();
            group
                .act(ANN, "conversation:mark-read", json!({}))
                .await
                .unwrap();
            // Promoting somebody who is leaving: either comes first, and the group has one owner.
            let (promoted, left) = tokio::join!(
                group.on(ANN, "conversation:transfer", BOB),
                group.act(BOB, "conversation:leave-group", json!({}))
            );
            left.unwrap();
            assert!(promoted.is_ok() || promoted.unwrap_err() == "NOT_FOUND");
            group.devices[CAT].send(&group.id, "end").await;
            for (who, mirror) in [ANN, CAT].into_iter().zip(&mut mirrors) {
                group.devices[who].message("end").await;
                mirror
                    .is_true(&group.people[who], &group.devices[who])
                    .await;
            }
            let roles = group.roles(CAT).await;
            let owners = roles.iter().filter(|(_, role)| role == "owner").count();
            assert_eq!(owners, 1, "{roles:?}");
        })
        .await;
}
