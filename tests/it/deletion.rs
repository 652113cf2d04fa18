//! The end of an account.

use mongodb::bson::{Document, doc};
use serde_json::{Value, json};
use warren_runtime::trace::TraceParent;

use crate::support::{
    PASSWORD, Person, Reply, Request, Setup, Tap, account, eventually, with_system,
};

async fn delete(by: &Person, of: &Person, body: Value) -> Reply {
    by.request("DELETE", &format!("/user/{}", of.id))
        .json(&body)
        .send()
        .await
}

#[tokio::test]
async fn a_deleted_account_is_signed_out_everywhere_and_nobody_can_tell_who_it_was() {
    Setup::edges(2)
        .run(async |system| {
            let [ann, bob] = system.people(["ann", "bob"]).await;
            let mut events = Tap::on(system, &system.names().events(), "user.deleted").await;
            let conversation = ann.direct(&bob).await;
            ann.send(&conversation, "farewell").await;
            let device = ann.connect(system.edge(1)).await;
            let out = delete(&ann, &ann, json!({ "password": PASSWORD })).await;
            assert_eq!(out.status, 204);
            assert!(out.cookie("refreshToken").1.contains("Max-Age=0"));
            assert_eq!(device.closed().await, 1008);
            assert_eq!(
                device.events("session:revoked"),
                [json!({ "reason": "deleted" })]
            );
            assert_eq!(ann.get("/user/me").await.status, 401);
            assert_eq!(events.next().await["data"]["userId"], ann.id);

            let login = Request::new(system.edge(0), "POST", "/auth/login");
            let login = login
                .json(&json!({ "email": "ann", "password": PASSWORD }))
                .send()
                .await;
            assert_eq!(login.status, 401);
            assert_eq!(bob.get(&format!("/user/{}", ann.id)).await.status, 404);
            assert_eq!(bob.get("/user/search?q=ann").await.ok()["items"], json!([]));
            let batch = bob
                .post("/user/batch", &json!({ "userIds": [ann.id] }))
                .await
                .ok();
            assert_eq!(batch["items"], json!([]));
            assert_eq!(bob.history(&conversation).await[0]["content"], "farewell");
            let known: Vec<(String, String, String, String)> = sqlx::query_as(
                "SELECT username, email, display_name, password_hash FROM users WHERE user_id = $1",
            )
            .bind(ann.id)
            .fetch_all(&system.postgres().await)
            .await
            .unwrap();
            let gone = format!("deleted#{}", ann.id);
            assert_eq!(
                known,
                [(gone.clone(), gone, "Deleted user".into(), String::new())]
            );
        })
        .await;
}

#[tokio::test]
async fn the_address_is_free_again_and_the_username_is_not() {
    with_system(async |system| {
        let [ann, bob] = system.people(["Ann", "bob"]).await;
        assert_eq!(
            delete(&ann, &ann, json!({ "password": PASSWORD }))
                .await
                .status,
            204
        );
        let register = |body: Value| {
            Request::new(system.edge(0), "POST", "/auth/register")
                .json(&body)
                .send()
        };
        let taken = register(account("ann")).await.problem();
        assert!(taken.is(409, "CONFLICT"), "{taken:?}");
        assert_eq!(taken.fields, ["username"]);
        let rename = bob
            .request("PATCH", &format!("/user/{}", bob.id))
            .json(&json!({ "username": "ANN" }));
        let taken = rename.send().await.problem();
        assert!(taken.is(409, "CONFLICT"), "{taken:?}");
        let mut again = account("ann");
        again["username"] = json!("ann2");
        assert_eq!(register(again).await.status, 201);
    })
    .await;
}

#[tokio::test]
async fn deleting_takes_the_password_or_an_administrator() {
    with_system(async |system| {
        let [ann, bob, root] = system.people(["ann", "bob", "root"]).await;
        let root = root.promoted(system, "admin").await;
        let missing = delete(&ann, &ann, json!({})).await.problem();
        assert_eq!(
            (missing.status, missing.fields),
            (400, vec!["password".into()])
        );
        for (by, body) in [
            (&ann, json!({ "password": "wrong password" })),
            (&bob, json!({ "password": PASSWORD })),
        ] {
            let refused = delete(by, &ann, body).await.problem();
            assert!(refused.is(403, "FORBIDDEN"), "{refused:?}");
        }
        assert_eq!(ann.get("/user/me").await.status, 200);
        for _again in 0..2 {
            assert_eq!(delete(&root, &ann, json!({})).await.status, 204);
        }
        assert_eq!(ann.get("/user/me").await.status, 401);
        assert_eq!(
            delete(
                &root,
                &Person {
                    id: 999_999,
                    ..ann.clone()
                },
                json!({})
            )
            .await
            .status,
            404
        );
        for path in ["roles/moderator", "suspension", "block"] {
            let path = format!("/user/{}/{path}", ann.id);
            let mut request = root.request("PUT", &path);
            if path.ends_with("suspension") {
                request = request.json(&json!({ "reason": "spam" }));
            }
            assert_eq!(request.send().await.status, 404, "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn the_notifications_of_a_deleted_account_go() {
    with_system(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let device = ann.connect(system.edge(0)).await;
        bob.send(&bob.direct(&ann).await, "hello").await;
        device.next_event("notification:created").await;
        let stored = system
            .scratch
            .notify_database()
            .await
            .collection::<Document>("notifications");
        let count = async |of: &Person| {
            stored
                .count_documents(doc! { "userId": of.id })
                .await
                .unwrap()
        };
        assert_eq!(count(&ann).await, 1);
        assert_eq!(
            delete(&ann, &ann, json!({ "password": PASSWORD }))
                .await
                .status,
            204
        );
        eventually("the notifications to go", async || count(&ann).await == 0).await;
    })
    .await;
}

#[tokio::test]
async fn what_a_worker_that_is_gone_left_to_be_published_is_published_by_another() {
    with_system(async |system| {
        let [ann] = system.people(["ann"]).await;
        let mut events = Tap::on(system, &system.names().events(), "user.deleted").await;
        let event = json!({ "type": "user.deleted", "data": { "userId": ann.id, "at": "2026-01-01T00:00:00.000Z" } });
        let item = json!({ "item": { "event": event }, "trace": TraceParent::new().to_string(), "accepted": 0 });
        // As if it had died a minute ago, between the commit and the publish; and an item that nobody can read before it.
        let postgres = system.postgres().await;
        for item in ["nonsense".to_owned(), item.to_string()] {
            let query = "INSERT INTO outbox (writer, item, created_at) VALUES ('gone', $1, now() - interval '1 minute')";
            sqlx::query(query).bind(item).execute(&postgres).await.unwrap();
        }
        assert_eq!(events.next().await, event);
        eventually("an empty outbox", async || {
            let left: i64 =
                sqlx::query_scalar("SELECT count(*) FROM outbox").fetch_one(&postgres).await.unwrap();
            left == 0
        })
        .await;
    })
    .await;
}
