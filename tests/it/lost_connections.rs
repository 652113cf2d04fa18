//! Connections to the broker that break: clients catch up, and nothing is lost or doubled.

use serde_json::{Value, json};
use warren_topology::actions::Pool;

use crate::support::{
    Device, Request, Setup, Traffic, contents, eventually, message, seqs, with_system,
};

#[tokio::test]
async fn an_edge_that_loses_the_broker_closes_its_sockets_and_they_catch_up() {
    Setup::edges(2)
        .run(async |system| {
            let [ann, bob] = system.people(["ann", "bob"]).await;
            let (sender, receiver) = (
                ann.connect(system.edge(0)).await,
                bob.connect(system.edge(1)).await,
            );
            let conversation = ann.direct(&bob).await;
            let seen = sender.send(&conversation, "seen").await;
            receiver.message("seen").await;

            system.edge_proxy(1).close();
            assert_eq!(receiver.closed().await, 1012, "service restart: reconnect");
            sender.send(&conversation, "missed").await;
            let refused = Request::new(system.edge(1), "GET", "/user/me")
                .token(&bob.token)
                .send()
                .await
                .problem();
            assert!(refused.is(503, "UNAVAILABLE"), "{refused:?}");
            system.edge_proxy(1).open();
            eventually("the edge to serve again", async || {
                Request::new(system.edge(1), "GET", "/user/me")
                    .token(&bob.token)
                    .send()
                    .await
                    .status
                    == 200
            })
            .await;

            let again = bob.connect(system.edge(1)).await;
            let held = json!({ "id": conversation, "seq": seen["seq"], "change": 0 });
            let synced = again
                .call("conversation:sync", json!({ "conversations": [held] }))
                .await
                .unwrap();
            let entry = &synced["conversations"][0];
            assert_eq!(
                (
                    &entry["reset"],
                    contents(entry["messages"].as_array().unwrap())
                ),
                (&json!(false), vec!["missed".into()])
            );
            sender.send(&conversation, "live").await;
            again.message("live").await;
            sender.message("live").await;
            assert_eq!(
                sender.contents(),
                ["seen", "missed", "live"],
                "the other edge's sockets are not touched"
            );
        })
        .await;
}

#[tokio::test]
async fn sockets_of_an_edge_whose_connection_breaks_reconnect_until_they_have_everything() {
    Setup::edges(2)
        .run(async |system| {
            let [ann, bob] = system.people(["ann", "bob"]).await;
            let sender = ann.connect(system.edge(0)).await;
            let conversation = ann.direct(&bob).await;
            let traffic = [Traffic::new(&sender, &conversation, "m")];
            let mut held: Vec<Value> = Vec::new();
            let mut device = bob.connect(system.edge(1)).await;
            Traffic::during(&traffic, async {
                for _ in 0..3 {
                    traffic[0].more(10).await;
                    system.edge_proxy(1).cut();
                    device.closed().await;
                    held.extend(device.events("message:created"));
                    device = bob.connect(system.edge(1)).await;
                    let caught_up = async |device: &Device| {
                        let held = json!({ "id": conversation, "seq": 0, "change": 0 });
                        device
                            .call("conversation:sync", json!({ "conversations": [held] }))
                            .await
                    };
                    let mut synced = caught_up(&device).await;
                    while synced.is_err() {
                        synced = caught_up(&device).await;
                    }
                    held.extend(
                        synced.unwrap()["conversations"][0]["messages"]
                            .as_array()
                            .unwrap()
                            .iter()
                            .cloned(),
                    );
                }
                traffic[0].more(10).await;
            })
            .await;
            let history = Traffic::is_stored(&traffic, &ann).await;
            let last = history.last().unwrap();
            device
                .event_where("message:created", |message| message["id"] == last["id"])
                .await;
            held.extend(device.events("message:created"));
            held.sort_by_key(|message| message["seq"].as_u64());
            held.dedup();
            assert_eq!(held, history);
        })
        .await;
}

#[tokio::test]
async fn a_chat_worker_that_loses_the_broker_loses_and_doubles_nothing() {
    Setup::edges(2)
        .run(async |system| {
            let [ann, bob] = system.people(["ann", "bob"]).await;
            let (sender, receiver) = (
                ann.connect(system.edge(0)).await,
                bob.connect(system.edge(1)).await,
            );
            let conversation = ann.direct(&bob).await;
            let traffic = [Traffic::new(&sender, &conversation, "m")];
            Traffic::during(&traffic, async {
                for _ in 0..4 {
                    traffic[0].more(20).await;
                    system.proxies(Pool::Chat)[0].cut();
                    traffic[0].more(20).await;
                }
            })
            .await;
            let history = Traffic::is_stored(&traffic, &bob).await;
            let last = history.last().unwrap();
            for device in [&sender, &receiver] {
                device
                    .event_where("message:created", |message| message["id"] == last["id"])
                    .await;
                let mut received = device.events("message:created");
                received.sort_by_key(|message| message["seq"].as_u64());
                assert_eq!(received, history, "everything once");
            }
        })
        .await;
}

#[tokio::test]
async fn notifications_survive_a_notify_worker_that_loses_the_broker() {
    with_system(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let (sender, receiver) = (
            ann.connect(system.edge(0)).await,
            bob.connect(system.edge(0)).await,
        );
        let conversation = ann.direct(&bob).await;
        for turn in 0..3 {
            let acks: Vec<u64> = (0..10)
                .map(|n| {
                    sender.start(
                        "message:send",
                        &message(&conversation, &format!("{turn}.{n}")),
                    )
                })
                .collect();
            system.proxies(Pool::Notify)[0].cut();
            for ack in acks {
                sender.answer(ack).await.unwrap();
            }
        }
        eventually("all messages to be in the notification", async || {
            bob.get("/notifications").await.json()["items"][0]["lastSeq"] == 30
        })
        .await;
        let page = bob.get("/notifications").await.ok();
        assert_eq!(
            (
                &page["items"][0]["count"],
                page["items"].as_array().unwrap().len()
            ),
            (&json!(30), 1)
        );
        assert_eq!(receiver.events("notification:created").len(), 1);
        assert_eq!(
            seqs(&bob.history(&conversation).await),
            (1..=30).collect::<Vec<u64>>()
        );
    })
    .await;
}
