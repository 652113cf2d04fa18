//! No hole at connect: who connects while others write misses nothing.

use std::collections::BTreeMap;

use futures_util::future::join_all;
use serde_json::{Value, json};

use warren_topology::{
    envelope::Batch,
    ids::{NodeId, UserId},
    payload::unix_millis,
    routes::RouteUpdate,
};

use crate::support::{Device, Person, Setup, Tap, TestSystem, Traffic, publish_to, with_system};

/// How many people connect while traffic runs.
const CROWD: usize = 100;

/// A group of a writer and a crowd.
async fn crowd(system: &TestSystem) -> (Person, Vec<Person>, String) {
    let [writer] = system.people(["writer"]).await;
    let register = |n: usize| async move {
        Person::register(system.edge(n % 2), &format!("person-{n}")).await
    };
    let people = join_all((0..CROWD).map(register)).await;
    let group = writer
        .group("crowd", &people.iter().collect::<Vec<_>>())
        .await;
    (writer, people, group)
}

/// The messages a device was sent, by place; none twice.
fn received(device: &Device) -> BTreeMap<u64, Value> {
    let mut received = BTreeMap::new();
    for message in device.events("message:created") {
        let repeated = received.insert(message["seq"].as_u64().unwrap(), message);
        assert!(repeated.is_none(), "twice on one connection: {repeated:?}");
    }
    received
}

#[tokio::test]
async fn a_crowd_that_connects_under_traffic_has_everything_after_catching_up_and_from_connect_on_without()
 {
    Setup::edges(2)
        .run(async |system| {
            let (writer, people, group) = crowd(system).await;
            let device = writer.connect(system.edge(0)).await;
            let traffic = [Traffic::new(&device, &group, "m")];
            // Each with what was sent before its CONNECT was answered, and what catching up gave.
            let connected = Traffic::during(&traffic, async {
                traffic[0].more(5).await;
                let connect = async |n: usize, person: &Person| {
                    let device = person.connect(system.edge(n % 2)).await;
                    let before = traffic[0].sent();
                    let held = json!({ "conversations": [{ "id": group, "seq": 0, "change": 0 }] });
                    let synced = device.call("conversation:sync", held).await.unwrap();
                    (
                        device,
                        before,
                        synced["conversations"][0]["messages"].clone(),
                    )
                };
                let mut connected = Vec::new();
                for (place, wave) in people.chunks(10).enumerate() {
                    let wave = wave
                        .iter()
                        .enumerate()
                        .map(|(n, person)| connect(place + n, person));
                    connected.extend(join_all(wave).await);
                }
                traffic[0].more(5).await;
                connected
            })
            .await;
            let history = Traffic::is_stored(&traffic, &writer).await;
            let last = history.last().unwrap();
            for (device, before, synced) in &connected {
                device
                    .event_where("message:created", |message| message["id"] == last["id"])
                    .await;
                let mut have = received(device);
                // Whoever does not catch up misses nothing that was sent after they were connected.
                for message in traffic[0]
                    .acked()
                    .iter()
                    .skip(usize::try_from(*before).unwrap())
                {
                    assert!(
                        have.contains_key(&message["seq"].as_u64().unwrap()),
                        "missed live: {message}"
                    );
                }
                // Catching up gave the newest page, and everything since came live.
                let synced = synced.as_array().unwrap();
                let first = synced
                    .first()
                    .map_or(1, |message| message["seq"].as_u64().unwrap());
                have.extend(
                    synced
                        .iter()
                        .map(|message| (message["seq"].as_u64().unwrap(), message.clone())),
                );
                let wanted: Vec<&Value> = history
                    .iter()
                    .filter(|message| message["seq"].as_u64().unwrap() >= first)
                    .collect();
                let have: Vec<&Value> = have.range(first..).map(|(_, message)| message).collect();
                assert_eq!(have, wanted);
            }
        })
        .await;
}

/// Announces as an edge would that a person has been connected there for some seconds.
async fn announce(system: &TestSystem, edge: &NodeId, person: &Person) {
    let update = RouteUpdate {
        edge: edge.clone(),
        n: 1,
        snapshot: true,
        leaving: false,
        add: vec![(UserId(person.id), unix_millis() - 5_000)],
        remove: Vec::new(),
        topics: Vec::new(),
    };
    let batch = Batch {
        from: edge.clone(),
        n: 1,
        items: vec![update],
    };
    let body = serde_json::to_vec(&batch).unwrap();
    publish_to(system, &system.names().routes(), "", &body).await;
}

#[tokio::test]
async fn what_is_sent_again_to_an_edge_that_comes_back_as_a_new_one_can_be_told_by_its_key() {
    with_system(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let conversation = ann.direct(&bob).await;
        let (before, after) = (NodeId::fresh("edge"), NodeId::fresh("edge"));
        let mut pushes = Tap::on(system, &system.names().edge(), &before.to_string()).await;
        let mut again = Tap::on(system, &system.names().edge(), &after.to_string()).await;
        let wanted = |item: &Value| {
            let event = &item["push"]["event"];
            event[0] == "message:created" && event[1]["content"] == "hello"
        };

        announce(system, &before, &bob).await;
        ann.send(&conversation, "hello").await;
        let first = pushes.next_where(wanted).await;
        announce(system, &after, &bob).await;
        let second = again.next_where(wanted).await;
        for key in ["key", "event", "to", "trace"] {
            assert_eq!(first["push"][key], second["push"][key]);
        }
    })
    .await;
}
