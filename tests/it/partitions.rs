//! The partitions of the chat pool move between its workers while people write.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use warren_topology::{actions::Pool, ids::Partition};

use crate::support::{
    PARTITIONS, Proxy, Request, Setup, TestSystem, Traffic, eventually, management, message,
    with_system,
};

/// The partitions that each chat worker consumes, the oldest worker first.
async fn shares(system: &TestSystem) -> Vec<BTreeSet<Partition>> {
    let consumers = management("/api/consumers/%2f").await;
    let prefix = format!("{}.chat.", system.scratch.prefix);
    let consumed = |consumer: &Value| {
        let partition = consumer["queue"]["name"]
            .as_str()?
            .strip_prefix(&prefix)?
            .parse()
            .ok()?;
        Some((
            consumer["channel_details"]["peer_port"].as_u64()?,
            Partition(partition),
        ))
    };
    let consumed: Vec<(u64, Partition)> = consumers
        .as_array()
        .unwrap()
        .iter()
        .filter_map(consumed)
        .collect();
    let of = |proxy: &&Proxy| {
        consumed
            .iter()
            .filter(|(port, _)| proxy.uses(*port))
            .map(|(_, partition)| *partition)
            .collect()
    };
    system.proxies(Pool::Chat).iter().map(of).collect()
}

/// Waits until each chat worker consumes so many partitions.
async fn shared_out(system: &TestSystem, wanted: &[usize]) {
    eventually("the partitions to be shared out", async || {
        shares(system)
            .await
            .iter()
            .map(BTreeSet::len)
            .eq(wanted.iter().copied())
    })
    .await;
}

#[tokio::test]
async fn workers_come_and_go_and_every_message_is_stored_once_and_in_order() {
    Setup::edges(2)
        .run(async |system| {
            let [ann, bob, cat] = system.people(["ann", "bob", "cat"]).await;
            let devices = [
                ann.connect(system.edge(0)).await,
                bob.connect(system.edge(1)).await,
            ];
            let receiver = cat.connect(system.edge(1)).await;
            // On all partitions, so that some of them move.
            let mut groups = BTreeMap::new();
            while groups.len() < usize::from(PARTITIONS) {
                let group = ann.group("group", &[&bob, &cat]).await;
                groups.insert(system.partition(&group), group);
            }
            let groups: Vec<String> = groups.into_values().collect();
            let traffic: Vec<[Traffic<'_>; 2]> = groups
                .iter()
                .map(|group| {
                    [
                        Traffic::new(&devices[0], group, "ann"),
                        Traffic::new(&devices[1], group, "bob"),
                    ]
                })
                .collect();
            let all = traffic.as_flattened();
            let everywhere = async || {
                for one in all {
                    one.more(3).await;
                }
            };
            Traffic::during(all, async {
                shared_out(system, &[4]).await;
                everywhere().await;
                system.start(Pool::Chat).await;
                shared_out(system, &[2, 2]).await;
                everywhere().await;
                system.stop(Pool::Chat).await;
                shared_out(system, &[4]).await;
                everywhere().await;
            })
            .await;
            for (group, traffic) in groups.iter().zip(&traffic) {
                let history = Traffic::is_stored(traffic, &cat).await;
                let last = history.last().unwrap();
                receiver
                    .event_where("message:created", |message| message["id"] == last["id"])
                    .await;
                let mut received = receiver.events("message:created");
                received.retain(|message| message["conversationId"].as_str() == Some(group));
                received.sort_by_key(|message| message["seq"].as_u64());
                assert_eq!(received, history, "everything once");
            }
        })
        .await;
}

#[tokio::test]
async fn a_killed_worker_is_replaced_and_nothing_is_lost_or_doubled() {
    with_system(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let (device, receiver) = (
            ann.connect(system.edge(0)).await,
            bob.connect(system.edge(0)).await,
        );
        let conversation = ann.direct(&bob).await;
        system.start(Pool::Chat).await;
        shared_out(system, &[2, 2]).await;
        let traffic = [Traffic::new(&device, &conversation, "ann")];
        Traffic::during(&traffic, async {
            for _ in 0..2 {
                traffic[0].more(10).await;
                let partition = system.partition(&conversation);
                let owner = shares(system)
                    .await
                    .iter()
                    .position(|share| share.contains(&partition))
                    .unwrap();
                system.kill(Pool::Chat, owner);
                traffic[0].more(10).await;
                system.start(Pool::Chat).await;
                shared_out(system, &[2, 2]).await;
            }
        })
        .await;
        let history = Traffic::is_stored(&traffic, &bob).await;
        receiver
            .event_where("message:created", |message| {
                message["id"] == history.last().unwrap()["id"]
            })
            .await;
        let mut received = receiver.events("message:created");
        received.sort_by_key(|message| message["seq"].as_u64());
        assert_eq!(received, history, "everything once");
    })
    .await;
}

#[tokio::test]
async fn messages_wait_for_a_worker() {
    with_system(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let device = ann.connect(system.edge(0)).await;
        let conversation = ann.direct(&bob).await;
        system.kill(Pool::Chat, 0);
        let ack = device.start("message:send", &message(&conversation, "patience"));
        system.start(Pool::Chat).await;
        assert_eq!(device.answer(ack).await.unwrap()["seq"], 1);
        assert_eq!(
            Request::new(system.edge(0), "GET", "/health/ready")
                .send()
                .await
                .status,
            200
        );
    })
    .await;
}
