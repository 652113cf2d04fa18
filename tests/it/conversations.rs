//! Conversations, their history, and what is unread.

use serde_json::{Value, json};

use crate::support::{Setup, contents, seqs, text, with_system};

#[tokio::test]
async fn a_direct_conversation_exists_once_whoever_creates_it() {
    with_system(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let device = bob.connect(system.edge(0)).await;
        let create = |with: i64| json!({ "type": "direct", "participantIds": [with] });
        let first = ann.post("/chat/conversations", &create(bob.id)).await;
        assert_eq!(first.status, 201);
        let created = first.ok();
        assert_eq!(
            (&created["memberCount"], &created["type"], &created["name"]),
            (&json!(2), &json!("direct"), &Value::Null)
        );
        let again = bob.post("/chat/conversations", &create(ann.id)).await;
        assert_eq!((again.status, &again.ok()["id"]), (200, &created["id"]));
        let over_socket = device
            .call("conversation:create", create(ann.id))
            .await
            .unwrap();
        assert_eq!(over_socket["id"], created["id"]);
        let message = ann.send(&text(&created["id"]), "hello").await;
        device.message("hello").await;
        assert_eq!(device.events("conversation:created").len(), 1);
        assert_eq!(
            bob.conversation(&text(&created["id"])).await["lastMessage"],
            message
        );
    })
    .await;
}

#[tokio::test]
async fn a_group_has_its_creator_as_owner_and_repeating_its_creation_changes_nothing() {
    with_system(async |system| {
        let [ann, bob, cat] = system.people(["ann", "bob", "cat"]).await;
        let body = json!({ "type": "group", "name": "cheese", "participantIds": [bob.id, cat.id], "clientId": "g1" });
        let group = ann.post("/chat/conversations", &body).await;
        assert_eq!(group.status, 201);
        let group = group.ok();
        let members = group["members"].as_array().unwrap();
        let roles: Vec<(&Value, &Value)> = members.iter().map(|member| (&member["username"], &member["role"])).collect();
        let (owner, member) = (json!("owner"), json!("member"));
        assert_eq!(roles, [(&json!("ann"), &owner), (&json!("bob"), &member), (&json!("cat"), &member)]);
        assert_eq!(group["me"]["role"], "owner");
        let again = ann.post("/chat/conversations", &body).await;
        assert_eq!((again.status, &again.ok()["id"]), (200, &group["id"]));
        let same_name = bob.group("cheese", &[&ann, &cat]).await;
        assert_ne!(json!(same_name), group["id"]);
        assert_eq!(cat.conversation(&text(&group["id"])).await["me"]["role"], "member");
    })
    .await;
}

#[tokio::test]
async fn conversations_with_nobody_or_strangers_to_the_system_are_refused() {
    with_system(async |system| {
        let [ann] = system.people(["ann"]).await;
        for (with, status, code) in [
            (ann.id, 400, "INVALID_INPUT"),
            (ann.id + 1_000, 404, "NOT_FOUND"),
        ] {
            let body = json!({ "type": "direct", "participantIds": [with] });
            let problem = ann.post("/chat/conversations", &body).await.problem();
            assert!(problem.is(status, code), "{problem:?}");
        }
        assert_eq!(
            ann.get("/chat/conversations").await.ok()["items"],
            json!([])
        );
    })
    .await;
}

#[tokio::test]
async fn conversations_are_listed_by_activity_page_by_page() {
    with_system(async |system| {
        let [ann, bob, cat, dan] = system.people(["ann", "bob", "cat", "dan"]).await;
        let (with_bob, with_cat, with_dan) = (
            ann.direct(&bob).await,
            ann.direct(&cat).await,
            ann.direct(&dan).await,
        );
        for conversation in [&with_bob, &with_dan, &with_cat] {
            ann.send(conversation, "hello").await;
        }
        bob.send(&with_bob, "again").await;
        let mut listed = Vec::new();
        let mut cursor = String::new();
        loop {
            let page = ann
                .get(&format!("/conversations?limit=2{cursor}"))
                .await
                .ok();
            let items = page["items"].as_array().unwrap();
            assert!(items.len() <= 2);
            listed.extend(items.iter().map(|conversation| text(&conversation["id"])));
            match page["nextCursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        assert_eq!(listed, [with_bob.clone(), with_cat, with_dan]);
        let theirs = bob.get("/chat/conversations").await.ok();
        assert_eq!(theirs["items"].as_array().unwrap().len(), 1);
        assert_eq!(theirs["items"][0]["lastMessage"]["content"], "again");
    })
    .await;
}

#[tokio::test]
async fn history_pages_in_both_directions_without_gap_or_overlap() {
    with_system(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let conversation = ann.direct(&bob).await;
        for n in 1..=7 {
            ann.send(&conversation, &n.to_string()).await;
        }
        let walk = async |first: &str, parameter: &str| {
            let mut pages = Vec::new();
            let mut place = first.to_owned();
            loop {
                let path = format!("/chat/conversations/{conversation}/messages?limit=3{place}");
                let page = bob.get(&path).await.ok();
                pages.push(seqs(page["items"].as_array().unwrap()));
                match page["nextCursor"].as_str() {
                    Some(next) => place = format!("&{parameter}={next}"),
                    None => return pages,
                }
            }
        };
        assert_eq!(
            walk("", "before").await,
            [vec![5, 6, 7], vec![2, 3, 4], vec![1]]
        );
        assert_eq!(walk("&before=4", "before").await, [vec![1, 2, 3]]);
        assert_eq!(
            walk("&after=0", "after").await,
            [vec![1, 2, 3], vec![4, 5, 6], vec![7]]
        );
        assert_eq!(walk("&after=7", "after").await, [Vec::<u64>::new()]);
        let both = bob
            .get(&format!(
                "/chat/conversations/{conversation}/messages?before=3&after=1"
            ))
            .await
            .problem();
        assert!(both.is(400, "INVALID_INPUT"), "{both:?}");
        assert_eq!(
            contents(&bob.history(&conversation).await),
            ["1", "2", "3", "4", "5", "6", "7"]
        );
    })
    .await;
}

#[tokio::test]
async fn what_is_read_on_one_device_is_read_on_the_other_and_seen_by_the_sender() {
    Setup::edges(2)
        .run(async |system| {
            let [ann, bob] = system.people(["ann", "bob"]).await;
            let (desk, phone) = (
                bob.connect(system.edge(0)).await,
                bob.connect(system.edge(1)).await,
            );
            let sender = ann.connect(system.edge(0)).await;
            let conversation = ann.direct(&bob).await;
            for n in 1..=3 {
                sender.send(&conversation, &n.to_string()).await;
            }
            let unread = async || bob.conversation(&conversation).await["me"]["unread"].clone();
            assert_eq!(unread().await, 3);
            assert_eq!(
                ann.conversation(&conversation).await["me"]["unread"],
                0,
                "one's own messages are read"
            );

            let read = |seq: Option<u64>| {
                let mut payload = json!({ "conversationId": conversation });
                if let Some(seq) = seq {
                    payload["seq"] = json!(seq);
                }
                phone.call("conversation:mark-read", payload)
            };
            let state = read(Some(2)).await.unwrap();
            assert_eq!(
                state,
                json!({ "conversationId": conversation, "lastReadSeq": 2, "unread": 1 })
            );
            for device in [&desk, &phone, &sender] {
                let event = device.next_event("conversation:read").await;
                assert_eq!(
                    event,
                    json!({ "conversationId": conversation, "userId": bob.id, "lastReadSeq": 2 })
                );
            }
            assert_eq!(unread().await, 1);
            assert_eq!(
                read(Some(1)).await.unwrap()["lastReadSeq"],
                2,
                "reading never goes back"
            );
            assert_eq!(read(None).await.unwrap()["unread"], 0);
            assert_eq!(desk.next_event("conversation:read").await["lastReadSeq"], 3);
            let members = ann.conversation(&conversation).await["members"].clone();
            let bobs = members
                .as_array()
                .unwrap()
                .iter()
                .find(|member| member["userId"] == bob.id)
                .unwrap()
                .clone();
            assert_eq!(bobs["lastReadSeq"], 3);
            assert_eq!(
                read(Some(99)).await.unwrap()["lastReadSeq"],
                3,
                "nothing beyond the end is read"
            );
        })
        .await;
}
