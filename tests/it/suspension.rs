//! Suspended accounts.

use serde_json::{Value, json};

use crate::support::{PASSWORD, Person, Reply, Request, Setup, Tap, eventually, with_system};

async fn login(system: &crate::support::TestSystem, password: &str) -> Reply {
    let body = json!({ "email": "ann", "password": password });
    Request::new(system.edge(0), "POST", "/auth/login")
        .json(&body)
        .send()
        .await
}

#[tokio::test]
async fn a_suspension_ends_sessions_at_once_and_refuses_sign_ins_until_it_is_lifted() {
    Setup::edges(2)
        .run(async |system| {
            let [root, ann, bob] = system.people(["root", "ann", "bob"]).await;
            let root = root.promoted(system, "admin").await;
            let mut events = Tap::on(system, &system.names().events(), "user.*").await;
            let device = ann.connect(system.edge(1)).await;
            let path = format!("/user/{}/suspension", ann.id);
            let until = "2999-01-01T00:00:00.000Z";
            let body = json!({ "reason": "spam", "until": until });
            for _again in 0..2 {
                assert_eq!(
                    root.request("PUT", &path).json(&body).send().await.status,
                    204
                );
                let event = events.next().await;
                assert_eq!(
                    (&event["type"], &event["data"]["userId"]),
                    (&json!("user.suspended"), &json!(ann.id))
                );
                assert_eq!(event["data"]["until"], until);
            }
            assert_eq!(device.closed().await, 1008);
            assert_eq!(
                device.events("session:revoked"),
                [json!({ "reason": "suspended" })]
            );
            assert_eq!(ann.get("/user/me").await.status, 401);
            let refresh = Request::new(system.edge(0), "POST", "/auth/refresh");
            let refresh = refresh.json(&json!({ "refreshToken": ann.refresh }));
            assert_eq!(refresh.send().await.status, 401);

            let wrong = login(system, "wrong password").await.problem();
            assert!(wrong.is(401, "AUTH_INVALID"), "{wrong:?}");
            let refused = login(system, PASSWORD).await.problem();
            assert!(refused.is(403, "FORBIDDEN"), "{refused:?}");
            assert!(
                refused.detail.contains("2999") && refused.detail.contains("spam"),
                "{refused:?}"
            );

            let found = async || bob.get("/user/search?q=ann").await.ok()["items"].clone();
            assert_eq!(found().await, json!([]));
            let listed = root.get("/user?status=suspended").await.ok()["items"].clone();
            assert_eq!(
                (&listed[0]["username"], &listed[0]["suspendedReason"]),
                (&json!("ann"), &json!("spam"))
            );

            assert_eq!(root.request("DELETE", &path).send().await.status, 204);
            assert_eq!(events.next().await["type"], "user.reinstated");
            assert_eq!(root.request("DELETE", &path).send().await.status, 204);
            assert_eq!(login(system, PASSWORD).await.status, 200);
            assert_ne!(found().await, json!([]));
        })
        .await;
}

#[tokio::test]
async fn a_suspension_ends_by_itself() {
    Setup::edges(1)
        .run(async |system| {
            let [root, ann, bob] = system.people(["root", "ann", "bob"]).await;
            let root = root.promoted(system, "admin").await;
            let path = format!("/user/{}/suspension", ann.id);
            let body = json!({ "reason": "spam", "until": "2999-01-01T00:00:00Z" });
            assert_eq!(
                root.request("PUT", &path).json(&body).send().await.status,
                204
            );
            assert_eq!(login(system, PASSWORD).await.status, 403);
            // As if its time had come.
            sqlx::query("UPDATE users SET suspended_until = now() WHERE username = 'ann'")
                .execute(&system.postgres().await)
                .await
                .unwrap();
            eventually("the end", async || {
                login(system, PASSWORD).await.status == 200
            })
            .await;
            assert_eq!(
                bob.get("/user/search?q=ann").await.ok()["items"]
                    .as_array()
                    .unwrap()
                    .len(),
                1
            );
            assert_eq!(
                root.get("/user?status=suspended").await.ok()["items"],
                json!([])
            );
        })
        .await;
}

#[tokio::test]
async fn moderators_suspend_those_who_look_after_nobody() {
    with_system(async |system| {
        let [root, mod_, other, ann] = system.people(["root", "mod", "other", "ann"]).await;
        let root = root.promoted(system, "admin").await;
        let moderator = mod_.promoted(system, "moderator").await;
        let other = other.promoted(system, "moderator").await;
        let call = async |by: &Person, method: &str, of: &Person| {
            let path = format!("/user/{}/suspension", of.id);
            let request = by.request(method, &path);
            let request = match method {
                "PUT" => request.json(&json!({ "reason": "spam" })),
                _ => request,
            };
            request.send().await.status
        };
        for (by, of, status) in [
            (&moderator, &ann, 204),
            (&moderator, &other, 403),
            (&moderator, &root, 403),
            (&moderator, &moderator, 403),
            (&root, &other, 204),
        ] {
            assert_eq!(call(by, "PUT", of).await, status, "{} {}", by.name, of.name);
        }
        let listed = moderator.get("/user?status=suspended").await.ok();
        assert_eq!(listed["items"].as_array().unwrap().len(), 2);
        // Addresses are not for moderators, neither to see nor to find somebody by.
        assert_eq!(listed["items"][0]["email"], "");
        let by_address = "/user?q=ann@example";
        assert_eq!(moderator.get(by_address).await.ok()["items"], json!([]));
        assert_eq!(
            root.get(by_address).await.ok()["items"][0]["email"],
            "ann@example.org"
        );
        assert_eq!(call(&moderator, "DELETE", &other).await, 403);
        assert_eq!(call(&moderator, "DELETE", &ann).await, 204);
        assert_eq!(login(system, PASSWORD).await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn of_two_administrators_who_suspend_each_other_one_stays() {
    with_system(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let ann = ann.promoted(system, "admin").await;
        let bob = bob.promoted(system, "admin").await;
        let suspend = async |by: &Person, of: &Person| {
            let path = format!("/user/{}/suspension", of.id);
            let body = json!({ "reason": "spam" });
            by.request("PUT", &path).json(&body).send().await.status
        };
        let (one, other) = tokio::join!(suspend(&ann, &bob), suspend(&bob, &ann));
        // Too late by its account, or by its session.
        assert!(
            [
                (204, 403),
                (403, 204),
                (204, 401),
                (401, 204),
                (204, 409),
                (409, 204)
            ]
            .contains(&(one, other)),
            "{one} {other}"
        );
    })
    .await;
}

#[tokio::test]
async fn a_suspension_says_what_is_wrong_with_it() {
    Setup::edges(1)
        .run(async |system| {
            let [root, ann] = system.people(["root", "ann"]).await;
            let root = root.promoted(system, "admin").await;
            let suspend = async |user: i64, body: Value| {
                let path = format!("/user/{user}/suspension");
                let problem = root
                    .request("PUT", &path)
                    .json(&body)
                    .send()
                    .await
                    .problem();
                (problem.status, problem.fields)
            };
            let wrong = json!({ "reason": " ", "until": "2001-01-01T00:00:00Z" });
            assert_eq!(
                suspend(ann.id, wrong).await,
                (400, vec!["reason".into(), "until".into()])
            );
            assert_eq!(
                suspend(root.id, json!({ "reason": "spam" })).await,
                (403, vec![])
            );
            assert_eq!(
                suspend(999_999, json!({ "reason": "spam" })).await,
                (404, vec![])
            );
        })
        .await;
}
