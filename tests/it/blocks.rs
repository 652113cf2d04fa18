//! Blocks: hearing nothing more from somebody.

use serde_json::{Value, json};

use crate::support::{Person, Setup, Tap, with_system};

async fn block(by: &Person, of: &Person) -> u16 {
    by.request("PUT", &format!("/user/{}/block", of.id))
        .send()
        .await
        .status
}

async fn unblock(by: &Person, of: &Person) -> u16 {
    by.request("DELETE", &format!("/user/{}/block", of.id))
        .send()
        .await
        .status
}

#[tokio::test]
async fn a_block_is_listed_told_to_ones_own_devices_and_to_services_but_not_to_the_blocked() {
    Setup::edges(2)
        .run(async |system| {
            let [ann, bob] = system.people(["ann", "bob"]).await;
            let mut events = Tap::on(system, &system.names().events(), "user.*").await;
            let (anns, bobs) = (
                ann.connect(system.edge(1)).await,
                bob.connect(system.edge(1)).await,
            );
            for _again in 0..2 {
                assert_eq!(block(&ann, &bob).await, 204);
            }
            let expected = json!({ "userId": bob.id, "blocked": true });
            assert_eq!(anns.next_event("user:blocked").await, expected);
            let event = events.next().await;
            assert_eq!(event["type"], "user.blocked");
            assert_eq!(
                (&event["data"]["userId"], &event["data"]["blockedId"]),
                (&json!(ann.id), &json!(bob.id))
            );
            let listed = ann.get("/user/blocks").await.ok()["items"].clone();
            assert_eq!(
                (
                    listed.as_array().unwrap().len(),
                    &listed[0]["user"]["username"]
                ),
                (1, &json!("bob"))
            );
            assert!(listed[0]["blockedAt"].is_string());
            assert_eq!(
                ann.get(&format!("/user/{}", bob.id)).await.ok()["blocked"],
                true
            );
            assert_eq!(
                bob.get(&format!("/user/{}", ann.id)).await.ok()["blocked"],
                false
            );
            assert_eq!(bob.get("/user/blocks").await.ok()["items"], json!([]));

            for _again in 0..2 {
                assert_eq!(unblock(&ann, &bob).await, 204);
            }
            assert_eq!(
                events.next().await["type"],
                "user.unblocked",
                "what changes nothing is no event"
            );
            anns.event_where("user:blocked", |event| event["blocked"] == false)
                .await;
            assert_eq!(ann.get("/user/blocks").await.ok()["items"], json!([]));
            assert_eq!(bobs.events("user:blocked"), Vec::<Value>::new());
        })
        .await;
}

#[tokio::test]
async fn blocks_are_paged_the_latest_first() {
    with_system(async |system| {
        let [ann, bob, cid, dan] = system.people(["ann", "bob", "cid", "dan"]).await;
        for other in [&bob, &cid, &dan] {
            assert_eq!(block(&ann, other).await, 204);
        }
        let first = ann.get("/user/blocks?limit=2").await.ok();
        let cursor = first["nextCursor"].as_str().unwrap();
        let second = ann
            .get(&format!("/user/blocks?limit=2&cursor={cursor}"))
            .await
            .ok();
        let ids = |page: &Value| -> Vec<Value> {
            page["items"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| item["user"]["userId"].clone())
                .collect()
        };
        assert_eq!(
            (ids(&first), ids(&second)),
            (vec![json!(dan.id), json!(cid.id)], vec![json!(bob.id)])
        );
        assert_eq!(second["nextCursor"], Value::Null);
        let wrong = ann.get("/user/blocks?cursor=x").await.problem();
        assert_eq!((wrong.status, wrong.fields), (400, vec!["cursor".into()]));
    })
    .await;
}

#[tokio::test]
async fn whom_one_cannot_block() {
    with_system(async |system| {
        let [ann] = system.people(["ann"]).await;
        assert_eq!(block(&ann, &ann).await, 400);
        let nobody = Person {
            id: 999_999,
            ..ann.clone()
        };
        assert_eq!(block(&ann, &nobody).await, 404);
        assert_eq!(unblock(&ann, &nobody).await, 204);
    })
    .await;
}

#[tokio::test]
async fn who_has_blocked_somebody_is_not_found_by_them() {
    with_system(async |system| {
        let [ann, bob, anna] = system.people(["ann", "bob", "anna"]).await;
        let found = async |who: &Person| {
            let page = who.get("/user/search?q=ann").await.ok();
            let items = page["items"].as_array().unwrap().clone();
            items
                .iter()
                .map(|user| user["userId"].clone())
                .collect::<Vec<_>>()
        };
        assert_eq!(block(&ann, &bob).await, 204);
        assert_eq!(found(&bob).await, [json!(anna.id)]);
        assert_eq!(found(&anna).await, [json!(ann.id), json!(anna.id)]);
        assert_eq!(unblock(&ann, &bob).await, 204);
        assert_eq!(found(&bob).await.len(), 2);
    })
    .await;
}
