//! Devices and passwords: what people see and do about where they are signed in.

use serde_json::{Value, json};

use crate::support::{PASSWORD, Person, Request, Setup, text, with_system};

async fn sessions(person: &Person, query: &str) -> (Vec<Value>, Option<String>) {
    let page = person.get(&format!("/auth/sessions{query}")).await.ok();
    let cursor = page["nextCursor"].as_str().map(ToOwned::to_owned);
    (page["items"].as_array().unwrap().clone(), cursor)
}

fn ids(sessions: &[Value]) -> Vec<String> {
    sessions
        .iter()
        .map(|session| text(&session["id"]))
        .collect()
}

#[tokio::test]
async fn devices_are_listed_the_last_used_first_page_by_page_and_only_ones_own() {
    with_system(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let login = Request::new(system.edge(0), "POST", "/auth/login")
            .header("user-agent", "Warren for Toasters 1.0")
            .json(&json!({ "email": "ann", "password": PASSWORD }));
        let toaster = text(&login.send().await.ok()["accessToken"]);
        let (all, cursor) = sessions(&ann, "").await;
        assert_eq!((all.len(), cursor), (2, None));
        assert_eq!(all[0]["userAgent"], "Warren for Toasters 1.0");
        assert_eq!(all[0]["address"], "127.0.0.1");
        assert_eq!([&all[0]["current"], &all[1]["current"]], [false, true]);

        let (first, cursor) = sessions(&ann, "?limit=1").await;
        let (second, end) = sessions(&ann, &format!("?limit=1&cursor={}", cursor.unwrap())).await;
        assert_eq!(ids(&[first, second].concat()), ids(&all));
        assert_eq!(end, None);
        // The last ones name times of which PostgreSQL knows nothing.
        for wrong in [
            "/auth/sessions?cursor=nonsense",
            "/auth/sessions?cursor=LTM3NzcwNTExNjgwMDAwMDAwMDAwMDowMDAwMDAwMC0wMDAwLTAwMDAtMDAwMC0wMDAwMDAwMDAwMDA",
            "/user/blocks?cursor=LTM3NzcwNTExNjgwMDAwMDAwMDAwMDox",
        ] {
            let wrong = ann.get(wrong).await.problem();
            assert_eq!((wrong.status, wrong.fields), (400, vec!["cursor".into()]));
        }

        let renewed = Request::new(system.edge(0), "POST", "/auth/refresh")
            .json(&json!({ "refreshToken": ann.refresh }));
        assert_eq!(renewed.send().await.status, 200);
        let seen = Request::new(system.edge(0), "GET", "/auth/sessions").token(&toaster);
        let seen = seen.send().await.ok();
        assert_eq!(
            [&seen["items"][0]["current"], &seen["items"][1]["current"]],
            [false, true]
        );
        assert_eq!(sessions(&bob, "").await.0.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn a_device_that_is_signed_out_is_cut_off_on_every_edge() {
    Setup::edges(2)
        .run(async |system| {
            let [ann, bob] = system.people(["ann", "bob"]).await;
            let lost = ann.login(system.edge(1)).await;
            let (closing, staying) = (
                lost.connect(system.edge(1)).await,
                ann.connect(system.edge(1)).await,
            );
            let path = format!("/auth/sessions/{}", lost.session().await);

            let problem = bob.request("DELETE", &path).send().await.problem();
            assert!(problem.is(404, "NOT_FOUND"), "{problem:?}");
            for _again in 0..2 {
                assert_eq!(ann.request("DELETE", &path).send().await.status, 204);
            }
            assert_eq!(closing.closed().await, 1008);
            assert_eq!(
                closing.events("session:revoked"),
                [json!({ "reason": "logout" })]
            );
            let problem = lost.get("/user/me").await.problem();
            assert!(problem.is(401, "AUTH_INVALID"), "{problem:?}");
            let refresh = Request::new(system.edge(0), "POST", "/auth/refresh");
            let refresh = refresh.json(&json!({ "refreshToken": lost.refresh }));
            assert_eq!(refresh.send().await.status, 401);
            staying.call("conversation:list", json!({})).await.unwrap();
            assert_eq!(sessions(&ann, "").await.0.len(), 1);

            let own = format!("/auth/sessions/{}", ann.session().await);
            let out = ann.request("DELETE", &own).send().await;
            assert!(out.cookie("accessToken").1.contains("Max-Age=0"));
            assert_eq!(staying.closed().await, 1008);
            let wrong = bob
                .request("DELETE", "/auth/sessions/nonsense")
                .send()
                .await
                .problem();
            assert_eq!(
                (wrong.status, wrong.fields),
                (400, vec!["sessionId".into()])
            );
        })
        .await;
}

const NEW: &str = "quite another password";

async fn change(person: &Person, current: &str, new: &str) -> crate::support::Reply {
    let body = json!({ "currentPassword": current, "newPassword": new });
    person.post("/auth/password", &body).await
}

#[tokio::test]
async fn another_password_ends_all_other_sessions_and_only_them() {
    Setup::edges(2)
        .run(async |system| {
            let [ann, bob] = system.people(["ann", "bob"]).await;
            let other = ann.login(system.edge(1)).await;
            let closing = other.connect(system.edge(1)).await;
            let staying = ann.connect(system.edge(1)).await;
            let bobs = bob.connect(system.edge(1)).await;
            assert_eq!(change(&ann, PASSWORD, NEW).await.status, 204);
            assert_eq!(closing.closed().await, 1008);
            assert_eq!(
                closing.events("session:revoked"),
                [json!({ "reason": "password" })]
            );
            assert_eq!(other.get("/user/me").await.status, 401);
            for device in [&staying, &bobs] {
                device.call("conversation:list", json!({})).await.unwrap();
            }
            let refresh = Request::new(system.edge(0), "POST", "/auth/refresh");
            let refresh = refresh.json(&json!({ "refreshToken": ann.refresh }));
            assert_eq!(refresh.send().await.status, 200);
            for (password, status) in [(PASSWORD, 401), (NEW, 200)] {
                let login = Request::new(system.edge(0), "POST", "/auth/login");
                let login = login.json(&json!({ "email": "ann", "password": password }));
                assert_eq!(login.send().await.status, status);
            }
        })
        .await;
}

#[tokio::test]
async fn guessing_the_current_password_is_refused_and_then_locked_without_touching_the_session() {
    Setup::edges(1)
        .set("AUTH__LOCKOUT_FAILURES", 3)
        .run(async |system| {
            let [ann, bob] = system.people(["ann", "bob"]).await;
            for _guess in 0..3 {
                let problem = change(&ann, "wrong password", NEW).await.problem();
                assert!(problem.is(403, "FORBIDDEN"), "{problem:?}");
            }
            let problem = change(&ann, PASSWORD, NEW).await.problem();
            assert!(problem.is(429, "RATE_LIMITED"), "{problem:?}");
            assert_eq!(ann.get("/user/me").await.status, 200);
            assert_eq!(
                change(&bob, PASSWORD, NEW).await.status,
                204,
                "others are free"
            );
            ann.login(system.edge(0)).await;
            for (current, new, field) in [
                (PASSWORD, "short", "newPassword"),
                (PASSWORD, PASSWORD, "newPassword"),
                ("", NEW, "currentPassword"),
            ] {
                let problem = change(&bob, current, new).await.problem();
                assert_eq!(
                    (problem.status, problem.fields),
                    (400, vec![field.to_owned()])
                );
            }
        })
        .await;
}
