//! Two people who act on the same conversation at the same time: there is one order, and everybody ends with the same.

use serde_json::{Value, json};

use crate::{
    mirror::Mirror,
    support::{Device, Person, Setup, TestSystem, eventually, text},
};

/// Two people, each with a device at an edge of their own.
async fn two(system: &TestSystem) -> ([Person; 2], [Device; 2]) {
    let people = system.people(["ann", "bob"]).await;
    let devices = [
        people[0].connect(system.edge(0)).await,
        people[1].connect(system.edge(1)).await,
    ];
    (people, devices)
}

fn code(answer: &Result<Value, Value>) -> Option<String> {
    answer.as_ref().err().map(|error| text(&error["code"]))
}

#[tokio::test]
async fn who_both_begin_to_talk_with_each_other_have_one_conversation() {
    Setup::edges(2)
        .run(async |system| {
            let ([ann, bob], devices) = two(system).await;
            let mut asked = Vec::new();
            for (device, other) in devices.iter().zip([&bob, &ann]) {
                let payload = json!({ "type": "direct", "participantIds": [other.id] });
                for _twice in 0..2 {
                    asked.push((device, device.start("conversation:create", &payload)));
                }
            }
            let mut ids = Vec::new();
            for (device, ack) in asked {
                ids.push(text(&device.answer(ack).await.unwrap()["id"]));
            }
            assert!(ids.iter().all(|id| *id == ids[0]), "{ids:?}");
            let mut states = Vec::new();
            for person in [&ann, &bob] {
                let seen = person.conversation(&ids[0]).await;
                assert_eq!(seen["lastChange"], 0, "nobody was asked twice");
                states.push(text(&seen["me"]["request"]));
            }
            states.sort_unstable();
            assert_eq!(states, ["accepted", "pending"]);
            devices[0].send(&ids[0], "end").await;
            for device in &devices {
                device.message("end").await;
                assert_eq!(device.events("conversation:created").len(), 1);
            }
        })
        .await;
}

#[tokio::test]
async fn who_leaves_while_being_promoted_is_gone_in_the_end() {
    Setup::edges(2)
        .run(async |system| {
            let ([ann, bob], devices) = two(system).await;
            for n in 0..5 {
                let group = ann.group(&n.to_string(), &[&bob]).await;
                let mut mirror = Mirror::of(&ann, &devices[0], &group).await;
                let promote = json!({ "conversationId": group, "userId": bob.id });
                let promote = devices[0].start("conversation:promote", &promote);
                let leave = json!({ "conversationId": group });
                let leave = devices[1].start("conversation:leave-group", &leave);
                devices[1].answer(leave).await.unwrap();
                let promoted = devices[0].answer(promote).await;
                assert!(
                    matches!(code(&promoted).as_deref(), None | Some("NOT_FOUND")),
                    "{promoted:?}"
                );
                devices[0].send(&group, &format!("end {n}")).await;
                devices[0].message(&format!("end {n}")).await;
                mirror.is_true(&ann, &devices[0]).await;
                let kinds: Vec<Value> = ann
                    .history(&group)
                    .await
                    .iter()
                    .map(|message| message["system"]["kind"].clone())
                    .collect();
                let mut expected = vec![json!("memberLeft"), Value::Null];
                if promoted.is_ok() {
                    expected.insert(0, json!("roleChanged"));
                }
                assert_eq!(kinds, expected);
            }
        })
        .await;
}

#[tokio::test]
async fn who_accepts_while_being_blocked_has_accepted_or_has_not() {
    Setup::edges(2)
        .run(async |system| {
            let ([ann, bob], devices) = two(system).await;
            let direct = ann.ask(&bob).await;
            let mut mirrors = [
                Mirror::of(&ann, &devices[0], &direct).await,
                Mirror::of(&bob, &devices[1], &direct).await,
            ];
            let accept =
                devices[1].start("conversation:accept", &json!({ "conversationId": direct }));
            let path = format!("/user/{}/block", bob.id);
            assert_eq!(ann.request("PUT", &path).send().await.status, 204);
            let accepted = devices[1].answer(accept).await;
            assert!(
                matches!(code(&accepted).as_deref(), None | Some("FORBIDDEN")),
                "{accepted:?}"
            );
            let messages = format!("/chat/conversations/{direct}/messages");
            eventually("the block", async || {
                let sent = bob.post(&messages, &json!({ "content": "x" })).await;
                sent.status == 403
            })
            .await;
            // Taken back, so that a message tells when all has arrived.
            assert_eq!(ann.delete(&path).await.status, 204);
            eventually("the end of the block", async || {
                let sent = ann.post(&messages, &json!({ "content": "end" })).await;
                sent.status == 201
            })
            .await;
            for ((person, device), mirror) in
                [&ann, &bob].into_iter().zip(&devices).zip(&mut mirrors)
            {
                device.message("end").await;
                mirror.is_true(person, device).await;
            }
        })
        .await;
}
