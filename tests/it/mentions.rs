//! `@username` and `@all` in messages.

use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use warren_topology::actions::Pool;

use crate::support::{HandWorker, Person, TestSystem, command, text, with_system};

/// Ann's group with Bob, a moderator, and Cat; Dan is a stranger.
async fn group(system: &TestSystem) -> ([Person; 4], String) {
    let people = system.people(["ann", "bob", "Cat.Lee", "dan"]).await;
    let group = people[0].group("cheese", &[&people[1], &people[2]]).await;
    let path = format!("/chat/conversations/{group}/members/{}", people[1].id);
    people[0]
        .patch(&path, &json!({ "role": "moderator" }))
        .await
        .ok();
    (people, group)
}

fn mentions(message: &Value) -> (Vec<i64>, bool) {
    let ids = message["mentions"].as_array().into_iter().flatten();
    let ids = ids.map(|id| id.as_i64().unwrap()).collect();
    (ids, message["mentionsAll"] == true)
}

#[tokio::test]
async fn members_who_are_named_are_marked_on_the_message_for_all_and_for_good() {
    with_system(async |system| {
        let ([ann, bob, cat, dan], group) = group(system).await;
        let (anns, bobs) = (
            ann.connect(system.edge(0)).await,
            bob.connect(system.edge(0)).await,
        );
        let direct = ann.direct(&dan).await;
        let cases = [
            (&group, "hello @BOB and @cat.lee.", vec![bob.id, cat.id]),
            (&group, "@bob @bob @dan @nobody x@bob", vec![bob.id]),
            (&group, "no names", vec![]),
            (&direct, "@dan @bob", vec![dan.id]),
        ];
        for (conversation, content, expected) in cases {
            let by_socket = anns.send(conversation, content).await;
            let by_rest = ann.send(conversation, content).await;
            for message in [by_socket, by_rest] {
                assert_eq!(mentions(&message), (expected.clone(), false), "{content}");
                let history = ann.history(conversation).await;
                assert!(history.contains(&message));
                if conversation == &group {
                    let told = bobs
                        .event_where("message:created", |event| event["id"] == message["id"])
                        .await;
                    assert_eq!(told["mentions"], message["mentions"]);
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn an_edit_names_whom_its_text_names_and_a_tombstone_nobody() {
    with_system(async |system| {
        let ([ann, bob, cat, _], group) = group(system).await;
        let device = cat.connect(system.edge(0)).await;
        let written = ann.send(&group, "hello @bob @all").await;
        assert_eq!(mentions(&written), (vec![bob.id], true));
        let path = format!(
            "/chat/conversations/{group}/messages/{}",
            text(&written["id"])
        );
        let edited = ann
            .patch(&path, &json!({ "content": "hello @cat.lee" }))
            .await
            .ok();
        assert_eq!(mentions(&edited), (vec![cat.id], false));
        let told = device.next_event("message:updated").await;
        assert_eq!(told, edited);
        assert!(ann.history(&group).await.contains(&edited));
        ann.delete(&path).await.ok();
        let history = ann.history(&group).await;
        let tombstone = history
            .iter()
            .find(|message| message["id"] == written["id"]);
        assert_eq!(mentions(tombstone.unwrap()), (vec![], false));
    })
    .await;
}

#[tokio::test]
async fn everybody_is_named_in_groups_by_who_moderates_them() {
    with_system(async |system| {
        let ([ann, bob, cat, dan], group) = group(system).await;
        let direct = ann.direct(&dan).await;
        for (person, conversation, all) in [
            (&ann, &group, true),
            (&bob, &group, true),
            (&cat, &group, false),
            (&ann, &direct, false),
        ] {
            let message = person.send(conversation, "hello @ALL!").await;
            assert_eq!(mentions(&message), (vec![], all), "{}", person.name);
        }
    })
    .await;
}

#[tokio::test]
async fn a_message_is_stored_without_its_mentions_when_the_directory_fails() {
    with_system(async |system| {
        let ([ann, bob, ..], group) = group(system).await;
        let device = ann.connect(system.edge(0)).await;
        let postgres = system.postgres().await;
        let rename = async |from: &str, to: &str| {
            let statement = format!("ALTER TABLE {from} RENAME TO {to}");
            sqlx::query(AssertSqlSafe(statement))
                .execute(&postgres)
                .await
                .unwrap();
        };
        rename("users", "elsewhere").await;
        let without = device.send(&group, "hello @bob").await;
        rename("elsewhere", "users").await;
        assert_eq!(mentions(&without), (vec![], false));
        let with = device.send(&group, "hello @bob").await;
        assert_eq!(mentions(&with), (vec![bob.id], false));
    })
    .await;
}

#[tokio::test]
async fn only_batches_that_name_somebody_ask_who_that_is_and_once() {
    with_system(async |system| {
        let ([ann, ..], group) = group(system).await;
        system.stop(Pool::Chat).await;
        let mut worker = HandWorker::start(system).await;
        for (contents, lookups) in [
            (["one", "two", "three"], 0),
            (["@bob", "@cat.lee @bob", "four"], 1),
        ] {
            let commands = contents.map(|content| {
                let message = json!({ "conversationId": group, "content": content });
                command(&ann, content, "message:send", &message)
            });
            worker.store_commands(&commands, false).await;
            assert_eq!(worker.lookups(), lookups, "{contents:?}");
        }
    })
    .await;
}
