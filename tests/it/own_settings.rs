//! What one sets for oneself: muting, pinning and archiving, and lists by what is set.

use serde_json::{Value, json};
use warren_topology::payload::Timestamp;

use crate::support::{Person, Setup, text, with_system};

async fn listed(person: &Person, filter: &str) -> Vec<String> {
    let listed = person
        .get(&format!("/chat/conversations{filter}"))
        .await
        .ok();
    let items = listed["items"].as_array().unwrap().iter();
    items
        .map(|conversation| text(&conversation["id"]))
        .collect()
}

#[tokio::test]
async fn settings_are_ones_own_on_all_ones_devices() {
    Setup::edges(2)
        .run(async |system| {
            let [ann, bob] = system.people(["ann", "bob"]).await;
            let conversation = ann.direct(&bob).await;
            let devices = [
                ann.connect(system.edge(0)).await,
                ann.connect(system.edge(1)).await,
            ];
            let other = bob.connect(system.edge(0)).await;
            let held = bob.conversation(&conversation).await;
            let path = format!("/chat/conversations/{conversation}/settings");
            let set = ann
                .patch(&path, &json!({ "pinned": true, "muted": true }))
                .await
                .ok();
            assert_eq!(
                (&set["me"]["pinned"], &set["me"]["muted"]),
                (&json!(true), &json!(true))
            );
            for device in &devices {
                let event = device.next_event("conversation:updated").await;
                assert_eq!(
                    (&event["me"], &event["change"]),
                    (&set["me"], &set["change"])
                );
            }
            let seen = ann.conversation(&conversation).await;
            assert_eq!(
                (&seen["me"], &seen["lastChange"]),
                (&set["me"], &set["change"])
            );
            let again = json!({ "conversationId": conversation, "pinned": true });
            let again = devices[1]
                .call("conversation:settings", again)
                .await
                .unwrap();
            assert_eq!(again, set, "no change");
            assert_eq!(
                bob.conversation(&conversation).await,
                held,
                "nobody else is concerned"
            );
            ann.send(&conversation, "marker").await;
            other.message("marker").await;
            assert!(other.events("conversation:updated").is_empty());

            let until = Timestamp::from_millis(Timestamp::now().as_millis() + 3_600_000);
            let set = ann
                .patch(&path, &json!({ "muted": true, "mutedUntil": until }))
                .await
                .ok();
            assert_eq!(set["me"]["mutedUntil"], json!(until));
            let set = ann.patch(&path, &json!({ "muted": false })).await.ok();
            assert_eq!(
                (&set["me"]["muted"], &set["me"]["mutedUntil"]),
                (&json!(false), &Value::Null)
            );
            let past = ann
                .patch(
                    &path,
                    &json!({ "muted": true, "mutedUntil": "2020-01-01T00:00:00Z" }),
                )
                .await
                .problem();
            assert_eq!(past.fields, ["mutedUntil"]);
        })
        .await;
}

#[tokio::test]
async fn a_muted_conversation_does_not_notify() {
    with_system(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let (muted, other) = (ann.direct(&bob).await, ann.group("other", &[&bob]).await);
        let phone = bob.connect(system.edge(0)).await;
        let path = format!("/chat/conversations/{muted}/settings");
        bob.patch(&path, &json!({ "muted": true })).await.ok();
        ann.send(&muted, "hush").await;
        ann.send(&other, "marker").await;
        let notification = phone
            .event_where("notification:created", |event| event["type"] == "message")
            .await;
        assert_eq!(notification["content"], "marker");
        phone.message("hush").await;
        bob.patch(&path, &json!({ "muted": false })).await.ok();
        ann.send(&muted, "loud").await;
        phone
            .event_where("notification:created", |event| event["content"] == "loud")
            .await;
    })
    .await;
}

#[tokio::test]
async fn an_archived_conversation_comes_back_with_a_message_unless_it_is_muted() {
    with_system(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let (direct, group) = (ann.direct(&bob).await, ann.group("quiet", &[&bob]).await);
        for (id, muted) in [(&direct, false), (&group, true)] {
            let path = format!("/chat/conversations/{id}/settings");
            bob.patch(&path, &json!({ "hidden": true, "muted": muted }))
                .await
                .ok();
        }
        assert!(listed(&bob, "").await.is_empty());
        let mut archived = listed(&bob, "?archived=true").await;
        archived.sort();
        assert_eq!(archived, [direct.clone(), group.clone()]);
        for id in [&direct, &group] {
            ann.send(id, "hello").await;
        }
        assert_eq!(listed(&bob, "").await, [direct.as_str()]);
        assert_eq!(listed(&bob, "?archived=true").await, [group.as_str()]);
        bob.delete(&format!("/chat/conversations/{direct}"))
            .await
            .ok();
        assert_eq!(
            listed(&bob, "?archived=true").await.len(),
            1,
            "what is deleted is not archived"
        );
        // What is deleted is nowhere else, whether it is muted or not; and who writes wants to see it.
        let settings = format!("/chat/conversations/{direct}/settings");
        bob.patch(&settings, &json!({ "muted": true })).await.ok();
        ann.send(&direct, "still there?").await;
        assert_eq!(listed(&bob, "").await, [direct.as_str()]);
        bob.send(&group, "I am").await;
        assert!(listed(&bob, "?archived=true").await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn conversations_are_listed_pinned_first_and_by_filter() {
    with_system(async |system| {
        let [ann, bob, cat, dan] = system.people(["ann", "bob", "cat", "dan"]).await;
        let (with_bob, with_cat, with_dan) = (
            ann.direct(&bob).await,
            ann.direct(&cat).await,
            ann.direct(&dan).await,
        );
        let group = ann.group("Friends of cheese", &[&bob]).await;
        for id in [&with_bob, &with_cat, &group, &with_dan] {
            ann.send(id, "hello").await;
        }
        for id in [&with_bob, &with_cat] {
            let path = format!("/chat/conversations/{id}/settings");
            ann.patch(&path, &json!({ "pinned": true })).await.ok();
        }
        let all = [
            with_cat.clone(),
            with_bob.clone(),
            with_dan.clone(),
            group.clone(),
        ];
        assert_eq!(listed(&ann, "").await, all);
        for limit in 1..=4 {
            let (mut paged, mut cursor) = (Vec::new(), String::new());
            loop {
                let page = ann
                    .get(&format!("/chat/conversations?limit={limit}{cursor}"))
                    .await
                    .ok();
                paged.extend(
                    page["items"]
                        .as_array()
                        .unwrap()
                        .iter()
                        .map(|item| text(&item["id"])),
                );
                match page["nextCursor"].as_str() {
                    Some(next) => cursor = format!("&cursor={next}"),
                    None => break,
                }
            }
            assert_eq!(paged, all, "{limit} at a time");
        }
        assert_eq!(listed(&ann, "?type=group").await, [group.as_str()]);
        assert_eq!(listed(&ann, "?type=direct").await, all[..3]);
        assert_eq!(listed(&ann, "?q=CHEE").await, [group.as_str()]);
        assert_eq!(listed(&ann, "?q=bo").await, [with_bob.as_str()]);
        assert!(listed(&ann, "?q=heese").await.is_empty());
        bob.send(&with_bob, "unread").await;
        assert_eq!(listed(&ann, "?unread=true").await, [with_bob]);
        assert_eq!(listed(&ann, "?unread=false").await.len(), 3);
    })
    .await;
}
