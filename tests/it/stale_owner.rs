//! Two workers that both believe to own a conversation: what is stored decides, and nothing is lost or doubled.

use std::collections::HashSet;

use serde_json::{Value, json, value::RawValue};

use crate::support::{HandWorker, Person, answer, command, contents, seqs, text, with_system};

/// Messages of Ann's, as commands.
fn commands(ann: &Person, conversation: &str, names: &[String]) -> Vec<Box<RawValue>> {
    let one = |name: &String| {
        let payload = json!({ "conversationId": conversation, "content": name, "clientId": name });
        command(ann, &format!("test-{name}"), "message:send", &payload)
    };
    names.iter().map(one).collect()
}

#[tokio::test]
async fn workers_that_write_in_turn_give_every_message_a_place_of_its_own() {
    with_system(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let conversation = ann.direct(&bob).await;
        let mut workers = [
            HandWorker::start(system).await,
            HandWorker::start(system).await,
        ];
        let (mut names, mut told) = (Vec::new(), Vec::new());
        for turn in 0..10 {
            let batch: Vec<String> = (0..=turn % 3).map(|n| format!("{turn}.{n}")).collect();
            let letters = workers[turn % 2]
                .store_commands(&commands(&ann, &conversation, &batch), false)
                .await;
            told.extend(letters.iter().map(answer));
            names.extend(batch);
        }
        assert_eq!(contents(&told), names);
        assert_eq!(seqs(&told), (1..=names.len() as u64).collect::<Vec<_>>());
        assert_eq!(ann.history(&conversation).await, told);
        let seen = bob.conversation(&conversation).await;
        assert_eq!(
            (&seen["lastSeq"], &seen["lastMessage"]),
            (&json!(names.len()), told.last().unwrap())
        );
    })
    .await;
}

#[tokio::test]
async fn workers_that_write_at_the_same_time_lose_and_double_nothing() {
    with_system(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let conversation = ann.direct(&bob).await;
        let (mut one, mut other) = (
            HandWorker::start(system).await,
            HandWorker::start(system).await,
        );
        let mut told: Vec<Value> = Vec::new();
        for turn in 0..10 {
            let names = |worker: &str| {
                (0..5)
                    .map(|n| format!("{turn}.{worker}.{n}"))
                    .collect::<Vec<_>>()
            };
            let (ones, others) = (
                commands(&ann, &conversation, &names("one")),
                commands(&ann, &conversation, &names("other")),
            );
            let (ones, others) = tokio::join!(
                one.store_commands(&ones, false),
                other.store_commands(&others, false)
            );
            told.extend(ones.iter().chain(&others).map(answer));
        }
        told.sort_by_key(|message| message["seq"].as_u64());
        let distinct: HashSet<String> = told
            .iter()
            .map(|message| text(&message["content"]))
            .collect();
        assert_eq!(distinct.len(), 100);
        let history = ann.history(&conversation).await;
        assert_eq!(
            contents(&history),
            contents(&told),
            "what was told is what is stored"
        );
        let places = seqs(&history);
        assert!(places.is_sorted_by(|one, next| one < next), "{places:?}");
        assert_eq!(
            bob.conversation(&conversation).await["lastSeq"],
            *places.last().unwrap()
        );
    })
    .await;
}

#[tokio::test]
async fn a_command_that_both_have_is_one_message() {
    with_system(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let conversation = ann.direct(&bob).await;
        let (mut paused, mut successor) = (
            HandWorker::start(system).await,
            HandWorker::start(system).await,
        );
        let send = async |worker: &mut HandWorker, names: &[&str], redelivered: bool| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            let letters = worker
                .store_commands(&commands(&ann, &conversation, &names), redelivered)
                .await;
            letters.iter().map(answer).collect::<Vec<_>>()
        };
        // Both have it in memory; then the successor is given what the paused one had taken.
        send(&mut paused, &["a"], false).await;
        send(&mut successor, &["b"], false).await;
        let first = send(&mut successor, &["c", "d"], true).await;
        let late = send(&mut paused, &["c", "d", "e"], false).await;
        assert_eq!(late[..2], first);
        let history = ann.history(&conversation).await;
        assert_eq!(contents(&history), ["a", "b", "c", "d", "e"]);
        assert_eq!(history[2..], late);
    })
    .await;
}
