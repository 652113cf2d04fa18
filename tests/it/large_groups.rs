//! What a message to many people costs.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use mongodb::bson::Document;

use crate::support::{Device, Person, Setup, Tap, documents, eventually};

/// How many people are in the group, besides its owner.
const MEMBERS: usize = 99;

#[tokio::test]
async fn a_message_to_a_hundred_is_one_push_per_edge_and_one_document() {
    Setup::edges(2)
        .run(async |system| {
            let system = &*system;
            let [ann] = system.people(["ann"]).await;
            let members = (0..MEMBERS).map(|n| async move {
                Person::register(system.edge(n % 2), &format!("person-{n}")).await
            });
            let members = join_all(members).await;
            let group = ann.group("all", &members.iter().collect::<Vec<_>>()).await;
            let device = |(n, person)| Device::connect(system.edge(n % 2), person);
            let tokens = members.iter().map(|person| &*person.token).enumerate();
            let devices = join_all(tokens.map(device)).await;
            let mut edges = BTreeSet::new();
            let mut routes = Tap::on(system, &system.names().routes(), "").await;
            while edges.len() < 2 {
                edges.insert(routes.route().await.edge.to_string());
            }
            // Workers know where everybody is when everybody has had something.
            ann.send(&group, "first").await;
            for device in &devices {
                device.message("first").await;
            }
            let database = system.scratch.chat_database().await;
            let rows = async || documents(&database, "members").await;
            let before = rows().await;

            let exchange = system.names().edge();
            let mut pushes = Vec::new();
            for edge in &edges {
                pushes.push(Tap::on(system, &exchange, edge).await);
            }
            let message = ann.send(&group, "hello, everybody").await;
            for device in &devices {
                assert_eq!(device.message("hello, everybody").await, message);
            }
            let marker = ann.send(&group, "marker").await;
            let mut reached = 0;
            for pushes in &mut pushes {
                let mut told = Vec::new();
                loop {
                    let item = pushes.next().await;
                    let event = &item["push"]["event"];
                    if event[0] != "message:created" {
                        continue;
                    }
                    if event[1]["id"] == marker["id"] {
                        break;
                    }
                    told.push(item["push"]["to"].as_array().unwrap().len());
                }
                assert_eq!(told.len(), 1, "one push for everybody at an edge: {told:?}");
                reached += told[0];
            }
            assert_eq!(reached, MEMBERS);

            // Of the members only the sender's own row knows of it: she has read what she wrote.
            eventually("the sender's mark", async || rows().await != before).await;
            let changed = |(old, new): (&Document, &Document)| (old != new).then(|| new.clone());
            let after = rows().await;
            let changed: Vec<Document> = before.iter().zip(&after).filter_map(changed).collect();
            assert_eq!((changed.len(), after.len()), (1, MEMBERS + 1));
            assert_eq!(changed[0].get_i64("userId").unwrap(), ann.id);
            let stored = documents(&database, "messages").await;
            let stored = stored
                .iter()
                .filter(|doc| doc.get_str("type").is_ok_and(|kind| kind == "user"));
            assert_eq!(stored.count(), 3);
        })
        .await;
}
