//! Who is typing: told to members who show the conversation, and to nobody else.

use std::time::Instant;

use serde_json::{Value, json};
use warren_topology::actions::Pool;

use crate::support::{Device, Person, Setup, TestSystem, documents, eventually, text, with_system};

async fn join(device: &Device, conversation: &str) -> Result<Value, String> {
    let payload = json!({ "conversationId": conversation });
    let joined = device.call("conversation:join", payload).await;
    joined.map_err(|error| text(&error["code"]))
}

async fn leave(device: &Device, conversation: &str) {
    let payload = json!({ "conversationId": conversation });
    device.call("conversation:leave", payload).await.unwrap();
}

async fn types(device: &Device, conversation: &str, is_typing: bool) -> Result<Value, String> {
    let payload = json!({ "conversationId": conversation, "isTyping": is_typing });
    let answer = device.call("typing", payload).await;
    answer.map_err(|error| text(&error["code"]))
}

fn event(conversation: &str, who: &Person, is_typing: bool) -> Value {
    json!({ "conversationId": conversation, "userId": who.id, "isTyping": is_typing })
}

/// What comes after all that was signalled: the end of this marker has come to all edges' sockets of a member.
async fn settled(system: &TestSystem, writer: &Person, readers: &[&Device], conversation: &str) {
    let marker = format!("settled {:?}", Instant::now());
    let device = writer.connect(system.edge(0)).await;
    device.send(conversation, &marker).await;
    for reader in readers {
        reader.message(&marker).await;
    }
}

#[tokio::test]
async fn members_who_show_the_conversation_see_who_is_typing_on_every_such_device() {
    Setup::edges(2)
        .run(async |system| {
            let [ann, bob, cat] = system.people(["ann", "bob", "cat"]).await;
            let group = ann.group("group", &[&bob, &cat]).await;
            let anns = ann.connect(system.edge(0)).await;
            let anns_other = ann.connect(system.edge(1)).await;
            let shows = [
                bob.connect(system.edge(0)).await,
                bob.connect(system.edge(1)).await,
            ];
            let bobs_other = bob.connect(system.edge(0)).await;
            let cats = cat.connect(system.edge(1)).await;
            for device in shows.iter().chain([&anns, &anns_other]) {
                let joined = join(device, &group).await.unwrap();
                assert_eq!(joined, json!({ "conversationId": group }));
            }
            let told = types(&anns, &group, true).await.unwrap();
            assert_eq!(told, json!({ "conversationId": group }));
            types(&anns, &group, false).await.unwrap();
            for device in &shows {
                assert_eq!(device.next_event("typing").await, event(&group, &ann, true));
                assert_eq!(
                    device.next_event("typing").await,
                    event(&group, &ann, false)
                );
            }
            settled(
                system,
                &ann,
                &[&anns, &anns_other, &bobs_other, &cats],
                &group,
            )
            .await;
            for device in [&anns, &anns_other, &bobs_other, &cats] {
                assert_eq!(device.events("typing"), Vec::<Value>::new());
            }
        })
        .await;
}

#[tokio::test]
async fn a_beginning_is_told_only_so_often_and_an_end_at_once_and_once() {
    with_system(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let direct = ann.direct(&bob).await;
        let (anns, bobs) = (
            ann.connect(system.edge(0)).await,
            bob.connect(system.edge(0)).await,
        );
        let anns_other = ann.connect(system.edge(0)).await;
        join(&bobs, &direct).await.unwrap();
        let begun = Instant::now();
        for device in [&anns, &anns_other] {
            for _key in 0..5 {
                types(device, &direct, true).await.unwrap();
            }
        }
        for device in [&anns, &anns_other] {
            types(device, &direct, false).await.unwrap();
        }
        // On a slow machine ten keys take a while.
        let most = 2 + begun.elapsed().as_secs() as usize / 2;
        settled(system, &ann, &[&bobs], &direct).await;
        let told = bobs.events("typing");
        assert_eq!(told.first(), Some(&event(&direct, &ann, true)));
        assert_eq!(told.last(), Some(&event(&direct, &ann, false)));
        assert!(told.len() <= most, "{most}: {told:?}");
    })
    .await;
}

#[tokio::test]
async fn who_has_left_the_conversations_page_or_the_namespace_sees_nothing_more() {
    with_system(async |system| {
        let [ann, bob, cat] = system.people(["ann", "bob", "cat"]).await;
        let group = ann.group("group", &[&bob, &cat]).await;
        let anns = ann.connect(system.edge(0)).await;
        let bobs = bob.connect(system.edge(0)).await;
        join(&bobs, &group).await.unwrap();
        leave(&bobs, &group).await;
        types(&anns, &group, true).await.unwrap();
        // What was asked for last counts, whatever is answered last.
        let payload = json!({ "conversationId": group });
        let asked = bobs.start("conversation:join", &payload);
        leave(&bobs, &group).await;
        bobs.answer(asked).await.unwrap();
        types(&anns, &group, false).await.unwrap();
        settled(system, &ann, &[&bobs], &group).await;
        assert_eq!(bobs.events("typing"), Vec::<Value>::new());
        let cats = cat.connect(system.edge(0)).await;
        join(&bobs, &group).await.unwrap();
        types(&cats, &group, true).await.unwrap();
        assert_eq!(bobs.next_event("typing").await, event(&group, &cat, true));
    })
    .await;
}

#[tokio::test]
async fn strangers_and_removed_members_neither_show_it_nor_signal_nor_see() {
    with_system(async |system| {
        let [ann, bob, cat, eve] = system.people(["ann", "bob", "cat", "eve"]).await;
        let group = ann.group("group", &[&bob, &cat]).await;
        let mut devices = Vec::new();
        for person in [&ann, &bob, &cat, &eve] {
            devices.push(person.connect(system.edge(0)).await);
        }
        let [anns, bobs, cats, eves] = devices.as_slice() else {
            unreachable!()
        };
        for device in [anns, bobs, cats] {
            join(device, &group).await.unwrap();
        }
        let path = format!("/chat/conversations/{group}/members/{}", bob.id);
        ann.delete(&path).await.ok();
        for device in [bobs, eves] {
            assert_eq!(types(device, &group, true).await.unwrap_err(), "NOT_FOUND");
        }
        // He has shown it until now, and his socket has not said otherwise.
        types(anns, &group, true).await.unwrap();
        assert_eq!(cats.next_event("typing").await, event(&group, &ann, true));
        for device in [bobs, eves] {
            assert_eq!(join(device, &group).await.unwrap_err(), "NOT_FOUND");
        }
        types(cats, &group, true).await.unwrap();
        assert_eq!(anns.next_event("typing").await, event(&group, &cat, true));
        let direct = ann.direct(&bob).await;
        settled(system, &ann, &[bobs], &direct).await;
        for device in [bobs, eves] {
            assert_eq!(device.events("typing"), Vec::<Value>::new());
        }
    })
    .await;
}

#[tokio::test]
async fn nothing_is_seen_before_a_request_is_accepted_nor_of_somebody_who_is_blocked() {
    with_system(async |system| {
        let [ann, bob, cat] = system.people(["ann", "bob", "cat"]).await;
        let (asked, blocked) = (ann.ask(&bob).await, ann.direct(&cat).await);
        let (anns, bobs, cats) = (
            ann.connect(system.edge(0)).await,
            bob.connect(system.edge(0)).await,
            cat.connect(system.edge(0)).await,
        );
        for (device, conversation) in [
            (&anns, &asked),
            (&bobs, &asked),
            (&anns, &blocked),
            (&cats, &blocked),
        ] {
            join(device, conversation).await.unwrap();
        }
        let path = format!("/user/{}/block", cat.id);
        assert_eq!(ann.request("PUT", &path).send().await.status, 204);
        let stored = system.scratch.chat_database().await;
        eventually("the block in the chat pool", async || {
            !documents(&stored, "blocks").await.is_empty()
        })
        .await;
        for (device, conversation) in [
            (&anns, &asked),
            (&bobs, &asked),
            (&anns, &blocked),
            (&cats, &blocked),
        ] {
            types(device, conversation, true).await.unwrap();
        }
        bob.post(&format!("/chat/conversations/{asked}/accept"), &json!({}))
            .await
            .ok();
        settled(system, &ann, &[&bobs, &anns], &asked).await;
        for device in [&anns, &bobs, &cats] {
            assert_eq!(device.events("typing"), Vec::<Value>::new());
        }
    })
    .await;
}

#[tokio::test]
async fn a_socket_shows_so_many_conversations() {
    Setup::edges(1)
        .set("EDGE__MAX_TOPICS_PER_SOCKET", 2)
        .run(async |system| {
            let [ann, bob] = system.people(["ann", "bob"]).await;
            let device = ann.connect(system.edge(0)).await;
            let mut groups = Vec::new();
            for name in ["one", "two", "three"] {
                groups.push(ann.group(name, &[&bob]).await);
            }
            join(&device, &groups[0]).await.unwrap();
            join(&device, &groups[1]).await.unwrap();
            assert_eq!(join(&device, &groups[2]).await.unwrap_err(), "CONFLICT");
            join(&device, &groups[1]).await.unwrap();
            leave(&device, &groups[0]).await;
            join(&device, &groups[2]).await.unwrap();
        })
        .await;
}

#[tokio::test]
async fn signals_go_on_when_the_worker_that_handled_them_is_killed() {
    with_system(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let direct = ann.direct(&bob).await;
        let (anns, bobs) = (
            ann.connect(system.edge(0)).await,
            bob.connect(system.edge(0)).await,
        );
        join(&bobs, &direct).await.unwrap();
        types(&anns, &direct, true).await.unwrap();
        bobs.next_event("typing").await;
        system.start(Pool::Chat).await;
        system.kill(Pool::Chat, 0);
        // What is signalled until the other takes over may be dropped.
        eventually("a signal", async || {
            let payload = json!({ "conversationId": direct, "isTyping": true });
            anns.start("typing", &payload);
            bobs.events("typing").len() > 1
        })
        .await;
    })
    .await;
}
