//! Profiles: what others see of somebody, and who changes it.

use serde_json::{Value, json};

use crate::support::{Person, Setup, Tap, text, with_system};

async fn update(by: &Person, of: &Person, body: Value) -> crate::support::Reply {
    by.request("PATCH", &format!("/user/{}", of.id))
        .json(&body)
        .send()
        .await
}

#[tokio::test]
async fn a_profile_shows_no_address_to_others() {
    with_system(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let seen = bob.get(&format!("/user/{}", ann.id)).await;
        let body = seen.ok();
        assert_eq!(
            (&body["username"], &body["displayName"]),
            (&json!("ann"), &json!("ann"))
        );
        assert_eq!(
            (&body["bio"], &body["blocked"]),
            (&Value::Null, &json!(false))
        );
        let batch = bob
            .post(
                "/user/batch",
                &json!({ "userIds": [bob.id, 999_999, ann.id] }),
            )
            .await
            .ok();
        let names: Vec<&Value> = batch["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|user| &user["username"])
            .collect();
        assert_eq!(
            names,
            ["bob", "ann"],
            "in the order asked for, without who does not exist"
        );
        let search = bob.get("/user/search?q=ann").await.ok();
        for shown in [&body, &batch, &search] {
            assert!(!shown.to_string().contains("example.org"), "{shown}");
        }
        let missing = bob.get("/user/999999").await.problem();
        assert!(missing.is(404, "NOT_FOUND"), "{missing:?}");
        for ids in [vec![], vec![ann.id; 101]] {
            let wrong = bob
                .post("/user/batch", &json!({ "userIds": ids }))
                .await
                .problem();
            assert_eq!((wrong.status, wrong.fields), (400, vec!["userIds".into()]));
        }
    })
    .await;
}

#[tokio::test]
async fn a_changed_profile_is_told_to_all_devices_and_services() {
    Setup::edges(2)
        .run(async |system| {
            let [ann, bob, cat, eve] = system.people(["ann", "bob", "cat", "eve"]).await;
            let mut events = Tap::on(system, &system.names().events(), "user.updated").await;
            let device = ann.connect(system.edge(1)).await;
            ann.direct(&bob).await;
            let contacts = bob.connect(system.edge(0)).await;
            // Cat knows neither of them but from a group; Eve knows nobody.
            bob.group("group", &[&ann, &cat]).await;
            let companions = cat.connect(system.edge(1)).await;
            let strangers = eve.connect(system.edge(1)).await;
            let changes = json!({ "username": "Anna", "displayName": " Anna M. ", "avatarUrl": "https://example.org/a.png", "bio": "Hello\nthere" });
            let changed = update(&ann, &ann, changes).await.ok();
            assert_eq!((&changed["username"], &changed["displayName"]), (&json!("Anna"), &json!("Anna M.")));
            let seen = bob.get(&format!("/user/{}", ann.id)).await.ok();
            assert_eq!(seen["avatarUrl"], "https://example.org/a.png");
            assert_eq!(seen["bio"], "Hello\nthere");
            let pushed = device.next_event("user:updated").await;
            assert_eq!((&pushed["userId"], &pushed["username"]), (&json!(ann.id), &json!("Anna")));
            assert_eq!(contacts.next_event("user:updated").await, pushed);
            assert_eq!(companions.next_event("user:updated").await, pushed);
            let event = events.next().await;
            assert_eq!((&event["data"]["userId"], &event["data"]["bio"]), (&json!(ann.id), &json!("Hello\nthere")));

            let cleared = update(&ann, &ann, json!({ "avatarUrl": null, "bio": null })).await.ok();
            assert_eq!((&cleared["avatarUrl"], &cleared["bio"]), (&Value::Null, &Value::Null));
            assert_eq!(cleared["username"], "Anna", "what is absent stays");
            let put = ann.request("PUT", &format!("/user/{}", ann.id)).json(&json!({ "username": "ANNA" }));
            assert_eq!(put.send().await.ok()["username"], "ANNA", "one's own name in another case");
            update(&eve, &eve, json!({ "bio": "alone" })).await.ok();
            assert_eq!(strangers.next_event("user:updated").await["userId"], eve.id, "nothing else");
            let me = ann.get("/user/me").await.ok();
            assert_eq!((&me["username"], &me["email"]), (&json!("ANNA"), &json!("ann@example.org")));
        })
        .await;
}

#[tokio::test]
async fn a_profile_is_its_owners_and_administrators() {
    with_system(async |system| {
        let [ann, bob, root] = system.people(["ann", "bob", "root"]).await;
        let root = root.promoted(system, "admin").await;
        let refused = update(&bob, &ann, json!({ "bio": "x" })).await.problem();
        assert!(refused.is(403, "FORBIDDEN"), "{refused:?}");
        assert_eq!(update(&root, &ann, json!({ "displayName": "Ann" })).await.status, 200);
        for name in ["BOB", "root"] {
            let taken = update(&ann, &ann, json!({ "username": name })).await.problem();
            assert!(taken.is(409, "CONFLICT"), "{taken:?}");
            assert_eq!(taken.fields, ["username"]);
        }
        let wrong = json!({ "username": "a b", "displayName": " ", "avatarUrl": "javascript:alert(1)", "bio": "x".repeat(501) });
        let wrong = update(&ann, &ann, wrong).await.problem();
        assert_eq!((wrong.status, wrong.fields.join(" ")), (400, "username displayName avatarUrl bio".into()));
        assert_eq!(update(&ann, &ann, json!({})).await.problem().fields, [""]);
        assert_eq!(update(&root, &Person { id: 999_999, ..ann.clone() }, json!({ "bio": "x" })).await.status, 404);
    })
    .await;
}

#[tokio::test]
async fn administrators_list_accounts_by_what_they_look_for() {
    with_system(async |system| {
        let [ann, anna, root] = system.people(["ann", "anna", "root"]).await;
        let root = root.promoted(system, "admin").await;
        let list = async |query: &str| {
            let page = root.get(&format!("/user?{query}")).await.ok();
            let names: Vec<String> = page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|user| text(&user["username"]))
                .collect();
            (names, page["nextCursor"].as_str().map(ToOwned::to_owned))
        };
        assert_eq!(list("").await.0, ["ann", "anna", "root"]);
        assert_eq!(list("q=ANN").await.0, ["ann", "anna"]);
        assert_eq!(list("q=anna@ex").await.0, ["anna"]);
        assert_eq!(
            list("q=a%25").await.0,
            Vec::<String>::new(),
            "wildcards stand for themselves"
        );
        assert_eq!(list("role=admin").await.0, ["root"]);
        assert_eq!(list("status=deleted").await.0, Vec::<String>::new());
        let (first, cursor) = list("limit=2").await;
        assert_eq!(first, ["ann", "anna"]);
        assert_eq!(
            list(&format!("limit=2&cursor={}", cursor.unwrap())).await,
            (vec!["root".into()], None)
        );
        let shown = root.get("/user?q=ann&limit=1").await.ok()["items"][0].clone();
        assert_eq!(
            (&shown["email"], &shown["status"], &shown["roles"]),
            (
                &json!("ann@example.org"),
                &json!("active"),
                &json!(["user"])
            )
        );
        assert_eq!(ann.get("/user").await.status, 403);
        assert_eq!(anna.get("/user?status=none").await.status, 403);
        let wrong = root.get("/user?status=none").await.problem();
        assert_eq!((wrong.status, wrong.fields), (400, vec!["status".into()]));
    })
    .await;
}
