//! What an administrator tells everybody, or some people.

use std::collections::BTreeMap;

use mongodb::bson::Document;
use serde_json::{Value, json};
use warren_topology::actions::Pool;

use crate::support::{Person, Setup, Tap, TestSystem, documents, eventually, text, with_system};

fn word(more: Value) -> Value {
    let mut word = json!({ "title": "Maintenance", "content": "At noon." });
    for (field, value) in more.as_object().unwrap() {
        word[field] = value.clone();
    }
    word
}

async fn order(admin: &Person, word: &Value) -> Value {
    let reply = admin.post("/notifications/broadcast", word).await;
    assert_eq!(reply.status, 202, "{reply:?}");
    reply.ok()
}

/// Orders it again until it is done; how many it was handed over for.
async fn done(admin: &Person, word: &Value) -> u64 {
    let mut sent = 0;
    eventually("the broadcast to be handed over", async || {
        let now = order(admin, word).await;
        sent = now["sent"].as_u64().unwrap();
        now["done"] == true
    })
    .await;
    sent
}

/// How many notifications of the system each person has.
async fn told(system: &TestSystem) -> BTreeMap<i64, usize> {
    let database = system.scratch.notify_database().await;
    let mut told = BTreeMap::new();
    for row in documents(&database, "notifications").await {
        if row.get_str("type").unwrap() == "system" {
            *told.entry(row.get_i64("userId").unwrap()).or_default() += 1;
        }
    }
    told
}

async fn is_told(system: &TestSystem, to: &[i64]) {
    let mut expected: BTreeMap<i64, usize> = BTreeMap::new();
    expected.extend(to.iter().map(|user| (*user, 1)));
    eventually("everybody to be told once", async || {
        told(system).await == expected
    })
    .await;
}

#[tokio::test]
async fn everybody_who_has_an_account_is_told_once() {
    Setup::edges(2)
        .run(async |system| {
            let [ann, bob, root] = system.people(["ann", "bob", "root"]).await;
            let admin = root.promoted(system, "admin").await;
            let mut events = Tap::on(system, &system.names().events(), "system.broadcast").await;
            let device = ann.connect(system.edge(1)).await;
            let word = word(json!({ "clientId": "noon", "title": " Maintenance " }));
            let ordered = order(&admin, &word).await;
            assert_eq!(
                (&ordered["title"], &ordered["content"]),
                (&json!("Maintenance"), &json!("At noon."))
            );
            let created = device.next_event("notification:created").await;
            assert_eq!(
                (
                    &created["type"],
                    &created["title"],
                    &created["content"],
                    &created["senderId"]
                ),
                (
                    &json!("system"),
                    &json!("Maintenance"),
                    &json!("At noon."),
                    &Value::Null
                )
            );
            device
                .event_where("notification:count", |event| event["count"] == 1)
                .await;
            let event = events.next().await;
            assert_eq!(event["type"], "system.broadcast");
            assert_eq!(
                (&event["data"]["broadcastId"], &event["data"]["recipients"]),
                (&ordered["id"], &json!([ann.id, bob.id, root.id]))
            );

            let late = Person::register(system.edge(0), "late").await;
            assert_eq!(done(&admin, &word).await, 3, "the same order again");
            assert_eq!(order(&admin, &word).await["id"], ordered["id"]);
            // What is ordered after it is told after it.
            order(
                &admin,
                &json!({ "title": "Second", "content": "For late.", "userIds": [late.id] }),
            )
            .await;
            is_told(system, &[ann.id, bob.id, root.id, late.id]).await;
            let items = late.get("/notifications").await.ok()["items"].clone();
            assert_eq!(
                (items.as_array().unwrap().len(), &items[0]["title"]),
                (1, &json!("Second"))
            );
        })
        .await;
}

#[tokio::test]
async fn it_is_for_whom_it_names_and_only_administrators_order_it() {
    with_system(async |system| {
        let [ann, bob, mod_, root] = system.people(["ann", "bob", "mod", "root"]).await;
        let admin = root.promoted(system, "admin").await;
        let moderator = mod_.promoted(system, "moderator").await;
        for person in [&ann, &moderator] {
            let refused = person
                .post("/notifications/broadcast", &word(json!({})))
                .await
                .problem();
            assert!(refused.is(403, "FORBIDDEN"), "{refused:?}");
        }
        let unknown = word(json!({ "userIds": [ann.id, 9999] }));
        let unknown = admin.post("/notifications/broadcast", &unknown).await;
        let unknown = unknown.problem();
        assert!(unknown.is(404, "NOT_FOUND"), "{unknown:?}");
        let wrong =
            json!({ "title": "a\0", "content": "x".repeat(2_001), "roles": ["user", "king"] });
        let wrong = admin
            .post("/notifications/broadcast", &wrong)
            .await
            .problem();
        assert!(wrong.is(400, "INVALID_INPUT"), "{wrong:?}");
        assert_eq!(wrong.fields, ["title", "content", "roles[1]"]);

        let word = word(json!({ "userIds": [bob.id], "roles": ["moderator"], "clientId": "some" }));
        order(&admin, &word).await;
        assert_eq!(done(&admin, &word).await, 2);
        is_told(system, &[bob.id, moderator.id]).await;
    })
    .await;
}

#[tokio::test]
async fn a_broadcast_survives_killed_workers_half_way() {
    let setup = Setup::edges(1)
        .set("USERS__BROADCAST_PAGE", 7)
        .set("USERS__BROADCAST_PAUSE_MS", 20);
    setup
        .run(async |system| {
            let [root] = system.people(["root"]).await;
            let admin = root.promoted(system, "admin").await;
            let postgres = system.postgres().await;
            let query = "INSERT INTO users (username, email, display_name, password_hash)
                         SELECT 'p' || n, 'p' || n || '@example.org', 'P', '' FROM generate_series(1, 300) AS n
                         RETURNING user_id";
            let mut everybody: Vec<i64> = sqlx::query_scalar(query).fetch_all(&postgres).await.unwrap();
            everybody.push(root.id);
            let word = word(json!({ "clientId": "noon" }));
            order(&admin, &word).await;
            for (pool, part) in [(Pool::Users, 20), (Pool::Notify, 100)] {
                eventually("some to be told", async || told(system).await.len() >= part).await;
                system.kill(pool, 0);
                system.start(pool).await;
            }
            assert_eq!(done(&admin, &word).await, 301);
            is_told(system, &everybody).await;
        })
        .await;
}

#[tokio::test]
async fn a_page_that_is_handed_over_twice_tells_nobody_twice() {
    with_system(async |system| {
        let [ann, root] = system.people(["ann", "root"]).await;
        let admin = root.promoted(system, "admin").await;
        let device = ann.connect(system.edge(0)).await;
        let word = word(json!({ "clientId": "noon" }));
        order(&admin, &word).await;
        done(&admin, &word).await;
        let created = device.next_event("notification:created").await;
        let read = json!({ "notificationId": created["id"] });
        device.call("notification:read", read).await.unwrap();
        // As if the worker had died after it had handed everything over, before it noted that.
        let query = "UPDATE broadcasts SET cursor_user_id = 0, sent = 0, done_at = NULL";
        sqlx::query(query)
            .execute(&system.postgres().await)
            .await
            .unwrap();
        done(&admin, &word).await;
        order(
            &admin,
            &json!({ "title": "Second", "content": "Last.", "userIds": [ann.id] }),
        )
        .await;
        device
            .event_where("notification:created", |event| event["title"] == "Second")
            .await;
        let created: Vec<String> = device
            .events("notification:created")
            .iter()
            .map(|event| text(&event["title"]))
            .collect();
        assert_eq!(created, ["Maintenance", "Second"]);
        let database = system.scratch.notify_database().await;
        let rows: Vec<Document> = documents(&database, "notifications").await;
        let unread = rows.iter().filter(|row| {
            row.get_i64("userId").unwrap() == ann.id && !row.get_bool("isRead").unwrap()
        });
        assert_eq!(unread.count(), 1, "what was read stays so");
    })
    .await;
}
