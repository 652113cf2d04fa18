//! Roles: who gives them, and from when they hold.

use serde_json::json;

use crate::support::{PASSWORD, Person, Setup, eventually, with_system};

async fn lists_accounts(person: &Person) -> u16 {
    person.get("/user?limit=1").await.status
}

#[tokio::test]
async fn a_role_holds_at_once_with_the_token_from_before() {
    Setup::edges(2)
        .run(async |system| {
            let [root, ann] = system.people(["root", "ann"]).await;
            let root = root.promoted(system, "admin").await;
            let path = format!("/user/{}/roles/admin", ann.id);
            let device = ann.connect(system.edge(0)).await;
            assert_eq!(lists_accounts(&ann).await, 403);
            for _again in 0..2 {
                let granted = root.request("PUT", &path).send().await.ok();
                assert_eq!(
                    granted,
                    json!({ "userId": ann.id, "roles": ["admin", "user"] })
                );
            }
            eventually("the role to hold", async || {
                lists_accounts(&ann).await == 200
            })
            .await;
            let told = device.next_event("user:roles").await;
            assert_eq!(told, json!({ "roles": ["admin", "user"] }));
            assert_eq!(
                ann.get("/user/me").await.ok()["roles"],
                json!(["admin", "user"])
            );

            let taken = root.request("DELETE", &path).send().await.ok();
            assert_eq!(taken["roles"], json!(["user"]));
            eventually("the role to be gone", async || {
                lists_accounts(&ann).await == 403
            })
            .await;
            let again = ann.login(system.edge(1)).await;
            assert_eq!(lists_accounts(&again).await, 403);
        })
        .await;
}

#[tokio::test]
async fn an_edge_that_could_not_hear_of_a_role_knows_it_when_it_is_back() {
    Setup::edges(2)
        .run(async |system| {
            let [root, ann] = system.people(["root", "ann"]).await;
            let root = root.promoted(system, "admin").await;
            let mut there = ann.clone();
            there.edge = system.edge(1);
            system.grant("ann", "admin").await;
            eventually("the role to hold", async || {
                lists_accounts(&there).await == 200
            })
            .await;
            system.edge_proxy(1).close();
            eventually("the edge to notice", async || {
                lists_accounts(&there).await == 503
            })
            .await;
            let path = format!("/user/{}/roles/admin", ann.id);
            assert_eq!(root.request("DELETE", &path).send().await.status, 200);
            system.edge_proxy(1).open();
            eventually("the role to be gone", async || {
                lists_accounts(&there).await == 403
            })
            .await;
        })
        .await;
}

#[tokio::test]
async fn the_last_administrator_stays_one() {
    with_system(async |system| {
        let [root, ann] = system.people(["root", "ann"]).await;
        let root = root.promoted(system, "admin").await;
        let own = format!("/user/{}/roles/admin", root.id);
        let problem = root.request("DELETE", &own).send().await.problem();
        assert!(problem.is(409, "CONFLICT"), "{problem:?}");
        let account = root.request("DELETE", &format!("/user/{}", root.id));
        let body = json!({ "password": PASSWORD });
        let problem = account.json(&body).send().await.problem();
        assert!(problem.is(409, "CONFLICT"), "{problem:?}");

        let path = format!("/user/{}/roles/admin", ann.id);
        assert_eq!(root.request("PUT", &path).send().await.status, 200);
        assert_eq!(root.request("DELETE", &own).send().await.status, 200);
        for (path, status) in [
            ("/user/999999/roles/admin".to_owned(), 404),
            (format!("/user/{}/roles/user", ann.id), 400),
            (format!("/user/{}/roles/emperor", ann.id), 400),
            ("/user/x/roles/admin".to_owned(), 400),
        ] {
            let refused = ann
                .login(system.edge(0))
                .await
                .request("PUT", &path)
                .send()
                .await;
            assert_eq!(refused.status, status, "{path}");
        }
    })
    .await;
}
