//! Finding messages by their words.

use lapin::{Channel, Connection, options::QueueBindOptions, types::FieldTable};
use mongodb::bson::{DateTime, Document, doc};
use serde_json::{Value, json};
use warren_topology::{actions::Pool, broker::connect, names::Names};

use crate::support::{Device, Person, TestSystem, contents, eventually, text, with_system};

/// A person at both doors of the search.
struct Seeker<'a> {
    person: &'a Person,
    device: Device,
}

impl<'a> Seeker<'a> {
    async fn new(system: &TestSystem, person: &'a Person) -> Self {
        let device = person.connect(system.edge(0)).await;
        Self { person, device }
    }

    /// The page that both doors give.
    async fn page(&self, wanted: &Value) -> Value {
        let by_socket = self.device.call("message:search", wanted.clone()).await;
        let by_rest = self.person.get(&path(wanted)).await.ok();
        assert_eq!(by_socket.unwrap(), by_rest, "{wanted}");
        by_rest
    }

    async fn found(&self, wanted: &Value) -> Vec<String> {
        contents(&items(&self.page(wanted).await))
    }

    /// Waits until the index knows of this.
    async fn finds(&self, wanted: &Value, expected: &[&str]) {
        eventually(&format!("{wanted} to find {expected:?}"), async || {
            let page = self.person.get(&path(wanted)).await.ok();
            contents(&items(&page)) == expected
        })
        .await;
        assert_eq!(self.found(wanted).await, expected, "{wanted}");
    }
}

fn path(wanted: &Value) -> String {
    let fields = wanted.as_object().unwrap().iter().map(|(name, value)| {
        let value = value.as_str().map_or(value.to_string(), str::to_owned);
        let value: String = value.bytes().map(|byte| format!("%{byte:02X}")).collect();
        format!("{name}={value}")
    });
    format!("/chat/search?{}", fields.collect::<Vec<_>>().join("&"))
}

fn items(page: &Value) -> Vec<Value> {
    page["items"].as_array().unwrap().clone()
}

fn q(text: &str) -> Value {
    json!({ "q": text })
}

#[tokio::test]
async fn messages_are_found_by_the_beginnings_of_their_words_in_ones_own_conversations() {
    with_system(async |system| {
        let [ann, bob, cat] = system.people(["ann", "bob", "cat"]).await;
        let direct = ann.direct(&bob).await;
        let group = ann.group("cheese", &[&bob, &cat]).await;
        let elsewhere = bob.direct(&cat).await;
        ann.send(&direct, "Carrots, please").await;
        bob.send(&group, "a CARROT soup").await;
        ann.send(&direct, "Xin chào Đặng").await;
        bob.send(&direct, "日本へようこそ").await;
        bob.send(&elsewhere, "secret carrots").await;
        let (anns, cats) = (
            Seeker::new(system, &ann).await,
            Seeker::new(system, &cat).await,
        );

        anns.finds(&q("日本"), &["日本へようこそ"]).await;
        anns.finds(&q("carrot"), &["a CARROT soup", "Carrots, please"])
            .await;
        for (wanted, expected) in [
            ("CARR", vec!["a CARROT soup", "Carrots, please"]),
            ("soup carrot", vec!["a CARROT soup"]),
            ("dang chao", vec!["Xin chào Đặng"]),
            ("arrot", vec![]),
            ("carrot cake", vec![]),
            ("本日", vec![]),
            ("secret", vec![]),
        ] {
            assert_eq!(anns.found(&q(wanted)).await, expected, "{wanted}");
        }
        cats.finds(&q("carrot"), &["secret carrots", "a CARROT soup"])
            .await;
        let found = &items(&cats.page(&q("secret")).await)[0];
        assert_eq!(found, &cat.history(&elsewhere).await[0]);
    })
    .await;
}

#[tokio::test]
async fn what_is_edited_deleted_or_no_longer_ones_own_is_not_found() {
    with_system(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let direct = ann.direct(&bob).await;
        let group = ann.group("cheese", &[&bob]).await;
        let bobs = Seeker::new(system, &bob).await;
        let kept = ann.send(&direct, "one apple").await;
        let edited = ann.send(&direct, "two apples").await;
        let deleted = ann.send(&direct, "three apples").await;
        ann.send(&group, "four apples").await;
        bobs.finds(
            &q("apple"),
            &["four apples", "three apples", "two apples", "one apple"],
        )
        .await;

        let path = |message: &Value| {
            format!(
                "/chat/conversations/{direct}/messages/{}",
                text(&message["id"])
            )
        };
        let pears = json!({ "content": "two pears" });
        ann.patch(&path(&edited), &pears).await.ok();
        ann.delete(&path(&deleted)).await.ok();
        let left = format!("/chat/conversations/{group}/leave");
        bob.post(&left, &json!({})).await.ok();
        // At once, whatever the index knows.
        assert_eq!(bobs.found(&q("apple")).await, ["one apple"]);
        bobs.finds(&q("pear"), &["two pears"]).await;
        assert_eq!(bobs.found(&q("apple")).await, ["one apple"]);

        let only = json!({ "q": "apple", "conversationId": group });
        assert!(
            bob.get(&self::path(&only))
                .await
                .problem()
                .is(404, "NOT_FOUND")
        );
        // Who clears a conversation has no history in it.
        bob.delete(&format!("/chat/conversations/{direct}"))
            .await
            .ok();
        assert!(bobs.found(&q("apple")).await.is_empty());
        ann.send(&direct, "five apples").await;
        bobs.finds(&q("apple"), &["five apples"]).await;
        assert_eq!(ann.history(&direct).await[0], kept);
    })
    .await;
}

#[tokio::test]
async fn a_search_can_be_narrowed_and_paged() {
    with_system(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let direct = ann.direct(&bob).await;
        let group = ann.group("cheese", &[&bob]).await;
        let mut sent = Vec::new();
        for number in 0..7 {
            let (writer, place) = match number % 3 {
                0 => (&ann, &direct),
                1 => (&bob, &direct),
                _ => (&bob, &group),
            };
            sent.push(writer.send(place, &format!("plum {number}")).await);
        }
        let anns = Seeker::new(system, &ann).await;
        let all = [6, 5, 4, 3, 2, 1, 0].map(|number| format!("plum {number}"));
        anns.finds(&q("plum"), &all.each_ref().map(String::as_str))
            .await;

        for (narrowed, numbers) in [
            (json!({ "conversationId": group }), vec![5, 2]),
            (json!({ "senderId": ann.id }), vec![6, 3, 0]),
            (
                json!({ "senderId": bob.id, "conversationId": direct }),
                vec![4, 1],
            ),
            (json!({ "senderId": 1_000_000 }), vec![]),
        ] {
            let mut wanted = narrowed;
            wanted["q"] = "plum".into();
            let expected: Vec<String> = numbers.iter().map(|n| format!("plum {n}")).collect();
            assert_eq!(anns.found(&wanted).await, expected, "{wanted}");
        }
        let (from, to) = (&sent[2]["createdAt"], &sent[5]["createdAt"]);
        let found = anns
            .page(&json!({ "q": "plum", "from": from, "to": to }))
            .await;
        let is_between = |message: &&Value| {
            let at = message["createdAt"].as_str().unwrap();
            from.as_str().unwrap() <= at && at < to.as_str().unwrap()
        };
        let expected: Vec<Value> = sent.iter().rev().filter(is_between).cloned().collect();
        assert_eq!(items(&found), expected);

        for limit in [1, 2, 6] {
            let (mut seen, mut cursor) = (Vec::new(), Value::Null);
            loop {
                let mut wanted = json!({ "q": "plum", "limit": limit });
                if !cursor.is_null() {
                    wanted["cursor"] = cursor;
                }
                let page = anns.page(&wanted).await;
                assert!(items(&page).len() <= limit);
                seen.extend(contents(&items(&page)));
                cursor = page["nextCursor"].clone();
                if cursor.is_null() {
                    break;
                }
            }
            assert_eq!(seen, all, "{limit} at a time");
        }
    })
    .await;
}

#[tokio::test]
async fn a_search_that_means_nothing_says_why() {
    with_system(async |system| {
        let [ann] = system.people(["ann"]).await;
        for (wanted, field) in [
            (json!({ "q": "" }), "q"),
            (json!({ "q": " …! " }), "q"),
            (json!({ "q": "x".repeat(201) }), "q"),
            (json!({ "q": "x", "limit": 0 }), "limit"),
            (json!({ "q": "x", "cursor": "nonsense" }), "cursor"),
            (json!({ "q": "x", "from": "yesterday" }), "from"),
            (
                json!({ "q": "x", "conversationId": "nonsense" }),
                "conversationId",
            ),
        ] {
            let problem = ann.get(&path(&wanted)).await.problem();
            assert_eq!(problem.code, "INVALID_INPUT", "{wanted}");
            assert!(
                problem.fields.iter().any(|name| name == field),
                "{wanted}: {:?}",
                problem.fields
            );
        }
    })
    .await;
}

#[tokio::test]
async fn a_frequent_word_is_found_among_the_newest() {
    with_system(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let direct = ann.direct(&bob).await;
        let entries = (1_000..21_000_i64).map(|s| {
            doc! {
                "_id": format!("{direct}.{s:010}"), "c": &direct, "s": s, "by": ann.id,
                "at": DateTime::from_millis(s), "w": ["the"],
            }
        });
        let database = system.scratch.chat_database().await;
        let index = database.collection::<Document>("search");
        index.insert_many(entries).await.unwrap();
        for number in 0..3 {
            ann.send(&direct, &format!("the {number}")).await;
        }
        let anns = Seeker::new(system, &ann).await;
        let wanted = json!({ "q": "th", "limit": 2 });
        anns.finds(&wanted, &["the 2", "the 1"]).await;
    })
    .await;
}

#[tokio::test]
async fn what_was_written_before_there_was_an_index_is_found() {
    with_system(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let direct = ann.direct(&bob).await;
        let anns = Seeker::new(system, &ann).await;
        // More than a page of it.
        let count = 600;
        for some in (0..count).collect::<Vec<_>>().chunks(50) {
            let send = |number| {
                let payload =
                    json!({ "conversationId": direct, "content": format!("old {number}") });
                anns.device.start("message:send", &payload)
            };
            let acks: Vec<u64> = some.iter().map(send).collect();
            for ack in acks {
                anns.device.answer(ack).await.unwrap();
            }
        }
        let database = system.scratch.chat_database().await;
        let index = database.collection::<Document>("search");
        eventually("all to be indexed", async || {
            index.count_documents(doc! {}).await.unwrap() == count
        })
        .await;
        system.stop(Pool::Chat).await;
        index.delete_many(doc! {}).await.unwrap();
        let progress = database.collection::<Document>("search_progress");
        progress.delete_many(doc! {}).await.unwrap();
        system.start(Pool::Chat).await;
        eventually("all to be indexed again", async || {
            index.count_documents(doc! {}).await.unwrap() == count
        })
        .await;
        let last = count - 1;
        anns.finds(&q(&last.to_string()), &[&format!("old {last}")])
            .await;
        anns.finds(&q("old 00"), &[]).await;
    })
    .await;
}

#[tokio::test]
async fn what_overflowed_on_the_way_to_the_index_is_found_with_the_next_message() {
    with_system(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let direct = ann.direct(&bob).await;
        let anns = Seeker::new(system, &ann).await;
        ann.send(&direct, "bread 0").await;
        anns.finds(&q("bread"), &["bread 0"]).await;
        let way = Way::of_new_messages(system).await;

        way.close().await;
        ann.send(&direct, "bread 1").await;
        ann.send(&direct, "bread 2").await;
        way.open().await;
        ann.send(&direct, "bread 3").await;
        let all = ["bread 3", "bread 2", "bread 1", "bread 0"];
        anns.finds(&q("bread"), &all).await;

        // A worker that has just begun to index knows it from the index.
        way.close().await;
        ann.send(&direct, "milk 1").await;
        system.stop(Pool::Chat).await;
        system.start(Pool::Chat).await;
        way.open().await;
        ann.send(&direct, "milk 2").await;
        anns.finds(&q("milk"), &["milk 2", "milk 1"]).await;
    })
    .await;
}

/// The binding by which the search learns of new messages: while it is closed, they are lost to it.
struct Way {
    names: Names,
    channel: Channel,
    _connection: Connection,
}

impl Way {
    async fn of_new_messages(system: &TestSystem) -> Self {
        let connection = connect(&system.broker_config(), "test").await.unwrap();
        Self {
            names: Names::new(&system.scratch.prefix),
            channel: connection.create_channel().await.unwrap(),
            _connection: connection,
        }
    }

    async fn close(&self) {
        let (queue, exchange) = (self.names.search_events_queue(), self.names.events());
        let (key, none) = ("message.created".into(), FieldTable::default());
        let closed = self
            .channel
            .queue_unbind(queue.into(), exchange.into(), key, none);
        closed.await.unwrap();
    }

    async fn open(&self) {
        let (queue, exchange) = (self.names.search_events_queue(), self.names.events());
        let (key, none) = ("message.created".into(), FieldTable::default());
        let options = QueueBindOptions::default();
        let opened = self
            .channel
            .queue_bind(queue.into(), exchange.into(), key, options, none);
        opened.await.unwrap();
    }
}
