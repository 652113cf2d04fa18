//! Who is there.

use serde_json::{Value, json};

use crate::support::{Device, Person, Setup, Tap, eventually};

fn setup(edges: usize) -> Setup {
    Setup::edges(edges)
        .set("USERS__PRESENCE_TICK_MS", 50)
        .set("USERS__PRESENCE_GRACE_MS", 2000)
        .set("USERS__PRESENCE_SILENT_MS", 2000)
}

async fn presence(asker: &Person, of: &Person) -> (bool, Option<String>) {
    let got = asker
        .post("/user/presence", &json!({ "userIds": [of.id] }))
        .await
        .ok();
    let item = &got["items"][0];
    assert_eq!(item["userId"], of.id);
    (
        item["online"].as_bool().unwrap(),
        item["since"].as_str().map(ToOwned::to_owned),
    )
}

async fn becomes(asker: &Person, of: &Person, online: bool) {
    eventually("another presence", async || {
        presence(asker, of).await.0 == online
    })
    .await;
}

/// The next change that a device is told of somebody.
async fn told(device: &Device, of: &Person) -> bool {
    let event = device.next_event("presence:changed").await;
    assert_eq!(event["userId"], of.id, "{event}");
    assert!(event["since"].is_string(), "{event}");
    event["online"].as_bool().unwrap()
}

#[tokio::test]
async fn contacts_are_told_who_comes_and_goes_and_nobody_else() {
    setup(2)
        .run(async |system| {
            let [ann, bob, cid, dan] = system.people(["ann", "bob", "cid", "dan"]).await;
            ann.direct(&bob).await;
            ann.group("all", &[&bob, &cid]).await;
            let mut events = Tap::on(system, &system.names().events(), "presence.changed").await;
            assert_eq!(presence(&ann, &bob).await, (false, None));
            let (anns, cids) = (
                ann.connect(system.edge(0)).await,
                cid.connect(system.edge(0)).await,
            );
            becomes(&bob, &ann, true).await;
            becomes(&bob, &cid, true).await;

            let bobs = bob.connect(system.edge(1)).await;
            assert!(told(&anns, &bob).await);
            assert_eq!(
                presence(&dan, &bob).await,
                (false, None),
                "a stranger learns nothing"
            );
            let by_socket = anns
                .call("presence:get", json!({ "userIds": [bob.id, 999_999] }))
                .await
                .unwrap();
            assert_eq!(by_socket["items"][0]["online"], true);
            assert_eq!(
                by_socket["items"][1],
                json!({ "userId": 999_999, "online": false, "since": null })
            );
            drop(bobs);
            assert!(!told(&anns, &bob).await);
            let (online, since) = presence(&ann, &bob).await;
            assert!(!online && since.is_some());
            let event = events.next_where(|event| {
                event["data"]["userId"] == bob.id && event["data"]["online"] == false
            });
            assert_eq!(event.await["data"]["since"].as_str(), since.as_deref());
            // Who only shares a group was told nothing until now.
            ann.send(&cid.direct(&ann).await, "marker").await;
            cids.message("marker").await;
            assert_eq!(cids.events("presence:changed"), Vec::<Value>::new());
        })
        .await;
}

#[tokio::test]
async fn many_devices_are_one_person_and_a_short_absence_is_none() {
    setup(2)
        .run(async |system| {
            let [ann, bob, cid] = system.people(["ann", "bob", "cid"]).await;
            ann.direct(&bob).await;
            ann.direct(&cid).await;
            let anns = ann.connect(system.edge(0)).await;
            let one = bob.connect(system.edge(0)).await;
            assert!(told(&anns, &bob).await);
            let other = bob.connect(system.edge(1)).await;
            drop(one);
            let third = bob.connect(system.edge(0)).await;
            drop(other);
            drop(third);
            let back = bob.connect(system.edge(1)).await;
            // Somebody else comes after all of that, and is what is told next.
            let cids = cid.connect(system.edge(1)).await;
            assert!(told(&anns, &cid).await);
            drop(back);
            assert!(!told(&anns, &bob).await);
            drop(cids);
            assert!(!told(&anns, &cid).await);
        })
        .await;
}

#[tokio::test]
async fn people_of_a_killed_edge_go_and_those_who_come_back_elsewhere_were_never_gone() {
    setup(2)
        .run(async |system| {
            let [ann, bob, cid] = system.people(["ann", "bob", "cid"]).await;
            ann.direct(&bob).await;
            ann.direct(&cid).await;
            let anns = ann.connect(system.edge(0)).await;
            let _bobs = bob.connect(system.edge(1)).await;
            assert!(told(&anns, &bob).await);
            let _cids = cid.connect(system.edge(1)).await;
            assert!(told(&anns, &cid).await);
            system.kill_edge(1);
            let _bobs = bob.connect(system.edge(0)).await;
            assert!(!told(&anns, &cid).await);
            assert_eq!(anns.events("presence:changed").len(), 3);
            assert!(presence(&ann, &bob).await.0);
        })
        .await;
}

#[tokio::test]
async fn another_worker_goes_on_where_the_one_that_told_was_killed() {
    setup(1)
        .run(async |system| {
            let [ann, bob, cid] = system.people(["ann", "bob", "cid"]).await;
            ann.direct(&bob).await;
            ann.direct(&cid).await;
            let anns = ann.connect(system.edge(0)).await;
            let bobs = bob.connect(system.edge(0)).await;
            assert!(told(&anns, &bob).await);
            system.start(warren_topology::actions::Pool::Users).await;
            system.kill(warren_topology::actions::Pool::Users, 0);
            drop(bobs);
            assert!(!told(&anns, &bob).await);
            let _cids = cid.connect(system.edge(0)).await;
            assert!(told(&anns, &cid).await);
            assert_eq!(anns.events("presence:changed").len(), 3, "nothing twice");
        })
        .await;
}

#[tokio::test]
async fn a_block_hides_presence_both_ways() {
    setup(1)
        .run(async |system| {
            let [ann, bob, cid] = system.people(["ann", "bob", "cid"]).await;
            ann.direct(&bob).await;
            ann.direct(&cid).await;
            bob.direct(&cid).await;
            let block = ann.request("PUT", &format!("/user/{}/block", bob.id));
            assert_eq!(block.send().await.status, 204);
            let (anns, cids) = (
                ann.connect(system.edge(0)).await,
                cid.connect(system.edge(0)).await,
            );
            becomes(&cid, &ann, true).await;
            becomes(&cid, &cid, true).await;
            let bobs = bob.connect(system.edge(0)).await;
            cids.event_where("presence:changed", |event| event["userId"] == bob.id)
                .await;
            assert_eq!(presence(&ann, &bob).await, (false, None));
            assert_eq!(presence(&bob, &ann).await, (false, None));
            drop(bobs);
            drop(cids);
            anns.event_where("presence:changed", |event| {
                event["userId"] == cid.id && event["online"] == false
            })
            .await;
            let of_bob = anns
                .events("presence:changed")
                .into_iter()
                .filter(|event| event["userId"] == bob.id);
            assert_eq!(of_bob.count(), 0);
        })
        .await;
}
