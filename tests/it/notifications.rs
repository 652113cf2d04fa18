//! Notifications: stored, counted, pushed, read.

use serde_json::{Value, json};
use warren_topology::actions::Pool;

use crate::support::{Device, Person, Setup, text, with_system};

/// Waits until the device has been told that so many are unread.
async fn count(device: &Device, count: u64) {
    device
        .event_where("notification:count", |event| event["count"] == count)
        .await;
}

async fn listed(person: &Person, query: &str) -> Value {
    person.get(&format!("/notifications{query}")).await.ok()
}

#[tokio::test]
async fn messages_in_one_conversation_are_one_notification_until_it_is_read() {
    Setup::edges(2)
        .run(async |system| {
            let [ann, bob] = system.people(["ann", "bob"]).await;
            let devices = [
                bob.connect(system.edge(0)).await,
                bob.connect(system.edge(1)).await,
            ];
            let conversation = ann.direct(&bob).await;
            for device in &devices {
                assert_eq!(
                    device.next_event("notification:count").await,
                    json!({ "count": 0 }),
                    "on connecting"
                );
            }
            ann.send(&conversation, "first").await;
            let created = devices[0].next_event("notification:created").await;
            assert_eq!(
                (
                    &created["type"],
                    &created["content"],
                    &created["count"],
                    &created["isRead"],
                    &created["senderId"]
                ),
                (
                    &json!("message"),
                    &json!("first"),
                    &json!(1),
                    &json!(false),
                    &json!(ann.id)
                )
            );
            assert_eq!(created["conversationId"], json!(conversation));
            count(&devices[0], 1).await;

            ann.send(&conversation, "second").await;
            for device in &devices {
                let updated = device.next_event("notification:updated").await;
                assert_eq!(
                    (
                        &updated["id"],
                        &updated["content"],
                        &updated["count"],
                        &updated["firstSeq"],
                        &updated["lastSeq"]
                    ),
                    (
                        &created["id"],
                        &json!("second"),
                        &json!(2),
                        &json!(1),
                        &json!(2)
                    )
                );
                assert_eq!(
                    device.events("notification:created"),
                    std::slice::from_ref(&created)
                );
            }
            let page = listed(&bob, "?unreadOnly=true").await;
            assert_eq!(
                (
                    page["items"].as_array().unwrap().len(),
                    &page["items"][0]["count"]
                ),
                (1, &json!(2))
            );
            let late = bob.connect(system.edge(1)).await;
            assert_eq!(
                late.next_event("notification:count").await,
                json!({ "count": 1 }),
                "on connecting"
            );

            // Reading the conversation reads it, on all devices.
            devices[1]
                .call(
                    "conversation:mark-read",
                    json!({ "conversationId": conversation }),
                )
                .await
                .unwrap();
            for device in &devices {
                assert_eq!(
                    device.next_event("notification:read").await["notificationId"],
                    created["id"]
                );
            }
            assert_eq!(
                bob.get("/notifications/unread/count").await.ok(),
                json!({ "count": 0 })
            );
            assert_eq!(listed(&bob, "?unreadOnly=true").await["items"], json!([]));

            // And then it begins anew.
            ann.send(&conversation, "third").await;
            let anew = devices[0]
                .event_where("notification:created", |event| event["content"] == "third")
                .await;
            assert_eq!((&anew["count"], &anew["firstSeq"]), (&json!(1), &json!(3)));
            assert_eq!(
                listed(&ann, "").await["items"],
                json!([]),
                "nobody is notified of their own"
            );
        })
        .await;
}

#[tokio::test]
async fn one_or_all_notifications_can_be_marked_as_read() {
    with_system(async |system| {
        let [ann, bob, cat] = system.people(["ann", "bob", "cat"]).await;
        let (desk, phone) = (
            cat.connect(system.edge(0)).await,
            cat.connect(system.edge(0)).await,
        );
        for person in [&ann, &bob] {
            let conversation = person.direct(&cat).await;
            person.send(&conversation, &person.name).await;
        }
        let invited = ann.group("club", &[&cat]).await;
        count(&desk, 3).await;
        let unread = listed(&cat, "?unreadOnly=true").await;
        assert_eq!(unread["items"].as_array().unwrap().len(), 3);

        let from_ann = desk
            .event_where("notification:created", |event| event["content"] == "ann")
            .await;
        let read = phone
            .call(
                "notification:read",
                json!({ "notificationId": from_ann["id"] }),
            )
            .await
            .unwrap();
        assert_eq!(
            (&read["id"], &read["isRead"]),
            (&from_ann["id"], &json!(true))
        );
        assert_eq!(
            desk.next_event("notification:read").await,
            json!({ "notificationId": from_ann["id"] })
        );
        count(&desk, 2).await;
        let others = bob
            .post(
                &format!("/notifications/{}/read", text(&from_ann["id"])),
                &json!({}),
            )
            .await
            .problem();
        assert!(others.is(404, "NOT_FOUND"), "{others:?}");

        let all = cat.post("/notifications/read-all", &json!({})).await.ok();
        assert_eq!(all, json!({ "count": 0 }));
        for device in [&desk, &phone] {
            device
                .event_where("notification:read", |event| {
                    event["notificationId"].is_null()
                })
                .await;
        }
        let list = listed(&cat, "").await;
        let items = list["items"].as_array().unwrap();
        assert!(
            items.len() == 3 && items.iter().all(|item| item["isRead"] == true),
            "{list}"
        );
        assert!(
            items
                .iter()
                .any(|item| item["conversationId"] == json!(invited))
        );
    })
    .await;
}

#[tokio::test]
async fn whoever_is_put_into_a_group_is_notified() {
    with_system(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let device = bob.connect(system.edge(0)).await;
        let group = ann.group("cheese", &[&bob]).await;
        let invite = device.next_event("notification:created").await;
        assert_eq!(
            (
                &invite["type"],
                &invite["title"],
                &invite["conversationId"],
                &invite["senderId"]
            ),
            (
                &json!("group_invite"),
                &json!("cheese"),
                &json!(group),
                &json!(ann.id)
            )
        );
        assert_eq!(listed(&ann, "").await["items"], json!([]));
    })
    .await;
}

#[tokio::test]
async fn the_list_pages_from_the_newest() {
    with_system(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let device = bob.connect(system.edge(0)).await;
        for title in ["1", "2", "3", "4", "5"] {
            ann.group(title, &[&bob]).await;
            device
                .event_where("notification:created", |event| event["title"] == title)
                .await;
        }
        let (mut titles, mut cursor) = (Vec::new(), String::new());
        loop {
            let page = listed(&bob, &format!("?limit=2{cursor}")).await;
            titles.extend(
                page["items"]
                    .as_array()
                    .unwrap()
                    .iter()
                    .map(|item| text(&item["title"])),
            );
            match page["nextCursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(titles, ["5", "4", "3", "2", "1"]);
        let all = listed(&bob, "?limit=5").await;
        assert_eq!(
            all["nextCursor"],
            json!(null),
            "a full page may be the last"
        );
    })
    .await;
}

#[tokio::test]
async fn notifications_wait_for_a_notify_worker() {
    with_system(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let conversation = ann.direct(&bob).await;
        system.stop(Pool::Notify).await;
        for n in 1..=3 {
            ann.send(&conversation, &n.to_string()).await;
        }
        let device = bob.connect(system.edge(0)).await;
        system.start(Pool::Notify).await;
        // What waited comes in one batch or in several.
        let created = device.next_event("notification:created").await;
        if created["count"] != 3 {
            let has_all = |event: &Value| event["count"] == 3;
            device.event_where("notification:updated", has_all).await;
        }
        let page = listed(&bob, "").await;
        assert_eq!(
            (&page["items"][0]["count"], &page["items"][0]["content"]),
            (&json!(3), &json!("3"))
        );
    })
    .await;
}
