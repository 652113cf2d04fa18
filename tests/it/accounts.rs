//! Accounts and sessions, over REST and across edges.

use serde_json::json;
use warren_topology::actions::Namespace;

use crate::support::{
    Device, PASSWORD, Person, Reply, Request, Setup, account, eventually, text, with_system,
};

fn cookies(reply: &Reply) -> String {
    let pair = |name: &str| format!("{name}={}", reply.cookie(name).0);
    format!("{}; {}", pair("accessToken"), pair("refreshToken"))
}

#[tokio::test]
async fn an_account_can_be_made_and_used_with_cookies_alone() {
    with_system(async |system| {
        let edge = system.edge(0);
        let post = |path: &str| Request::new(edge, "POST", path);
        let registered = post("/auth/register").json(&account("ann")).send().await;
        assert_eq!(registered.status, 201);
        let body = registered.ok();
        assert_eq!(
            (&body["user"]["email"], &body["user"]["displayName"]),
            (&json!("ann@example.org"), &json!("ann"))
        );
        let (access, attributes) = registered.cookie("accessToken");
        assert_eq!(json!(access), body["accessToken"]);
        assert!(
            attributes.starts_with("Path=/; ") && attributes.contains("HttpOnly; SameSite=Lax"),
            "{attributes}"
        );
        assert!(
            registered
                .cookie("refreshToken")
                .1
                .starts_with("Path=/auth; ")
        );

        let me = Request::new(edge, "GET", "/user/me")
            .header("cookie", &cookies(&registered))
            .send()
            .await
            .ok();
        assert_eq!(me, body["user"]);

        let renewed = post("/auth/refresh")
            .header("cookie", &cookies(&registered))
            .send()
            .await;
        assert_eq!((renewed.status, &renewed.ok()["user"]), (200, &me));
        assert_ne!(
            renewed.cookie("refreshToken").0,
            registered.cookie("refreshToken").0
        );

        let login = json!({ "email": "ANN@example.org", "password": PASSWORD });
        let signed_in = post("/auth/login").json(&login).send().await;
        assert_eq!((signed_in.status, &signed_in.ok()["user"]), (200, &me));
        let out = post("/auth/logout")
            .header("cookie", &cookies(&signed_in))
            .send()
            .await;
        assert_eq!(out.status, 204);
        assert!(
            out.cookie("accessToken").1.contains("Max-Age=0")
                && out.cookie("refreshToken").1.contains("Max-Age=0")
        );
        let refused = post("/auth/refresh")
            .header("cookie", &cookies(&signed_in))
            .send()
            .await
            .problem();
        assert!(refused.is(401, "AUTH_INVALID"), "{refused:?}");
    })
    .await;
}

#[tokio::test]
async fn a_logout_closes_the_sockets_of_the_session_on_every_edge_and_no_others() {
    Setup::edges(2)
        .run(async |system| {
            let [ann] = system.people(["ann"]).await;
            let other = ann.login(system.edge(1)).await;
            let closing = ann.connect(system.edge(1)).await;
            let staying = other.connect(system.edge(1)).await;

            let out = ann.request("POST", "/auth/logout").send().await;
            assert_eq!(out.status, 204);
            assert_eq!(closing.closed().await, 1008);
            assert_eq!(
                closing.events("session:revoked"),
                [json!({ "reason": "logout" })]
            );

            let refused = Device::open(system.edge(1))
                .await
                .enter(Namespace::Chat, &json!({ "token": ann.token }))
                .await;
            assert_eq!(refused.unwrap_err()["data"]["code"], "AUTH_INVALID");
            staying.call("conversation:list", json!({})).await.unwrap();
        })
        .await;
}

#[tokio::test]
async fn an_edge_that_could_not_hear_of_a_logout_refuses_the_session_when_it_is_back() {
    Setup::edges(2)
        .run(async |system| {
            let [ann] = system.people(["ann"]).await;
            let asks = async || {
                let me = Request::new(system.edge(1), "GET", "/user/me").token(&ann.token);
                me.send().await.status
            };
            assert_eq!(asks().await, 200);
            system.edge_proxy(1).close();
            eventually("the edge to notice", async || asks().await == 503).await;
            assert_eq!(ann.post("/auth/logout", &json!({})).await.status, 204);
            system.edge_proxy(1).open();
            eventually("the session to be refused", async || asks().await == 401).await;
        })
        .await;
}

#[tokio::test]
async fn taken_names_are_a_conflict_that_says_which() {
    with_system(async |system| {
        let [ann] = system.people(["ann"]).await;
        let register = |username: &str, email: &str| {
            let body = json!({ "username": username, "email": email, "password": PASSWORD });
            Request::new(ann.edge, "POST", "/auth/register")
                .json(&body)
                .send()
        };
        for (username, email, taken) in [
            ("Ann", "other@example.org", vec!["username"]),
            ("other", "ANN@example.org", vec!["email"]),
            ("ann", "ann@example.org", vec!["username", "email"]),
        ] {
            let problem = register(username, email).await.problem();
            assert!(problem.is(409, "CONFLICT"), "{problem:?}");
            assert_eq!(problem.fields, taken);
        }
    })
    .await;
}

#[tokio::test]
async fn every_wrong_sign_in_is_told_the_same() {
    with_system(async |system| {
        system.people(["ann"]).await;
        let mut problems = Vec::new();
        for (email, password) in [
            ("ann", "wrong password"),
            ("ann@example.org", "wrong password"),
            ("nobody", PASSWORD),
        ] {
            let body = json!({ "email": email, "password": password });
            problems.push(
                Request::new(system.edge(0), "POST", "/auth/login")
                    .json(&body)
                    .send()
                    .await
                    .problem(),
            );
        }
        assert!(problems[0].is(401, "AUTH_INVALID"), "{problems:?}");
        assert!(
            problems.iter().all(|problem| *problem == problems[0]),
            "{problems:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn people_are_found_by_the_beginning_of_their_name_page_by_page() {
    with_system(async |system| {
        let people = system.people(["anna", "annabel", "annika", "bob"]).await;
        let found = async |query: &str| {
            let page = people[3].get(&format!("/user/search?{query}")).await.ok();
            let names: Vec<String> = page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|user| text(&user["username"]))
                .collect();
            (names, page["nextCursor"].as_str().map(ToOwned::to_owned))
        };
        assert_eq!(
            found("q=ANN").await,
            (vec!["anna".into(), "annabel".into(), "annika".into()], None)
        );
        let (first, cursor) = found("q=ann&limit=2").await;
        assert_eq!(first, ["anna", "annabel"]);
        assert_eq!(
            found(&format!("q=ann&limit=2&cursor={}", cursor.unwrap())).await,
            (vec!["annika".into()], None)
        );
    })
    .await;
}

#[tokio::test]
async fn an_account_made_on_one_edge_signs_in_on_another() {
    Setup::edges(2)
        .run(async |system| {
            let ann = Person::register(system.edge(0), "ann").await;
            let elsewhere = ann.login(system.edge(1)).await;
            assert_eq!(
                (elsewhere.id, elsewhere.get("/user/me").await.status),
                (ann.id, 200)
            );
            assert_ne!(elsewhere.refresh, ann.refresh);
        })
        .await;
}
