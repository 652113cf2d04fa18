//! What notifies whom, and for how long that stands.

use mongodb::bson::{Document, doc};
use serde_json::{Value, json};
use time::{Duration, OffsetDateTime};
use warren_topology::{ids::NodeId, payload::Timestamp};

use crate::support::{
    Device, Person, Setup, TestSystem, eventually, publish_to, text, with_system,
};

/// All that somebody is notified of, the newest first.
async fn all(person: &Person, query: &str) -> Vec<Value> {
    let page = person.get(&format!("/notifications{query}")).await.ok();
    page["items"].as_array().unwrap().clone()
}

/// Waits until somebody's newest notification is as wanted.
async fn newest(person: &Person, what: &str, wanted: impl Fn(&Value) -> bool) -> Value {
    let mut found = Value::Null;
    eventually(what, async || {
        found = all(person, "").await.into_iter().next().unwrap_or_default();
        wanted(&found)
    })
    .await;
    found
}

/// Somebody's notifications but for invites, once all that has happened until now is told: being put into a group is the
/// last.
async fn settled(by: &Person, person: &Person, marker: &str) -> Vec<Value> {
    by.group(marker, &[person]).await;
    // What is stored at once is equally new.
    let mut items = Vec::new();
    eventually(marker, async || {
        items = all(person, "").await;
        items.iter().any(|item| item["title"] == marker)
    })
    .await;
    items.retain(|item| item["type"] != "group_invite");
    items
}

fn kinds(items: &[Value]) -> Vec<String> {
    items.iter().map(|item| text(&item["type"])).collect()
}

async fn settings(person: &Person, conversation: &str, settings: Value) {
    let path = format!("/chat/conversations/{conversation}/settings");
    person.patch(&path, &settings).await.ok();
}

/// Does something to a notification, by REST or by socket.
async fn act(
    person: &Person,
    device: Option<&Device>,
    name: &str,
    id: &str,
) -> Result<Value, String> {
    let Some(device) = device else {
        let path = format!("/notifications/{id}");
        let reply = match name {
            "get" => person.get(&path).await,
            "delete" => person.delete(&path).await,
            name => person.post(&format!("{path}/{name}"), &json!({})).await,
        };
        return match reply.status {
            200 => Ok(reply.ok()),
            _ => Err(reply.problem().code),
        };
    };
    let payload = json!({ "notificationId": id });
    let answer = device.call(&format!("notification:{name}"), payload).await;
    answer.map_err(|error| text(&error["code"]))
}

#[tokio::test]
async fn a_notification_is_its_users_to_get_read_mark_and_delete_by_rest_and_socket() {
    with_system(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let (desk, phone) = (
            bob.connect(system.edge(0)).await,
            bob.connect(system.edge(0)).await,
        );
        let anns = ann.connect(system.edge(0)).await;
        for (round, (door, others_door)) in [(None, None), (Some(&desk), Some(&anns))]
            .into_iter()
            .enumerate()
        {
            ann.group(&format!("group {round}"), &[&bob]).await;
            let created = phone
                .event_where("notification:created", |event| {
                    event["title"] == format!("group {round}")
                })
                .await;
            let id = text(&created["id"]);
            for name in ["get", "read", "unread", "delete"] {
                let refused = act(&ann, others_door, name, &id).await;
                assert_eq!(refused, Err("NOT_FOUND".into()), "{name} of another's");
            }
            assert_eq!(act(&bob, door, "get", &id).await, Ok(created.clone()));
            let marked = [
                ("read", true),
                ("read", true),
                ("unread", false),
                ("unread", false),
                ("read", true),
            ];
            for (name, is_read) in marked {
                let now = act(&bob, door, name, &id).await.unwrap();
                assert_eq!(now["isRead"], is_read, "{name}");
                assert_eq!(act(&bob, door, "get", &id).await.unwrap(), now);
            }
            let gone = act(&bob, door, "delete", &id).await;
            assert_eq!(gone, Ok(json!({ "notificationId": id })));
            phone
                .event_where("notification:deleted", |event| {
                    event["notificationId"] == id.as_str()
                })
                .await;
            for name in ["get", "read", "unread", "delete"] {
                assert_eq!(
                    act(&bob, door, name, &id).await,
                    Err("NOT_FOUND".into()),
                    "{name} of what is gone"
                );
            }
        }
        assert_eq!(all(&bob, "").await, Vec::<Value>::new());
    })
    .await;
}

#[tokio::test]
async fn lists_are_filtered_by_type_and_by_what_is_unread() {
    with_system(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let device = bob.connect(system.edge(0)).await;
        let direct = ann.direct(&bob).await;
        ann.send(&direct, "hello").await;
        newest(&bob, "the message", |item| item["type"] == "message").await;
        ann.group("marker", &[&bob]).await;
        newest(&bob, "the invite", |item| item["type"] == "group_invite").await;
        for (query, payload, expected) in [
            ("", json!({}), vec!["group_invite", "message"]),
            (
                "?type=message",
                json!({ "type": "message" }),
                vec!["message"],
            ),
            (
                "?type=group_invite&unreadOnly=true",
                json!({ "type": "group_invite", "unreadOnly": true }),
                vec!["group_invite"],
            ),
            ("?type=mention", json!({ "type": "mention" }), vec![]),
        ] {
            assert_eq!(kinds(&all(&bob, query).await), expected, "{query}");
            let page = device.call("notification:list", payload).await.unwrap();
            assert_eq!(
                kinds(page["items"].as_array().unwrap()),
                expected,
                "{query} by socket"
            );
        }
        let first = bob.get("/notifications?type=message&limit=1").await.ok();
        assert_eq!(first["nextCursor"], json!(null), "there is one");
    })
    .await;
}

#[tokio::test]
async fn what_was_deleted_or_edited_is_not_shown_even_if_that_is_known_first() {
    with_system(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let direct = ann.direct(&bob).await;
        // As if the events had overtaken each other on the way.
        let deleted = json!({ "type": "message.deleted", "data": {
            "messageId": format!("{direct}.0000000001"), "conversationId": direct, "seq": 1,
            "deletedBy": ann.id, "deletedAt": Timestamp::now(), "change": 9,
        } });
        let body = json!({ "from": NodeId::fresh("test"), "n": 1, "items": [deleted] });
        publish_to(
            system,
            &system.names().events(),
            "message.deleted",
            body.to_string().as_bytes(),
        )
        .await;
        ann.send(&direct, "secret").await;
        let shown = newest(&bob, "the message", |item| item["type"] == "message").await;
        assert_eq!(
            (&shown["content"], &shown["count"]),
            (&json!(""), &json!(1))
        );

        let second = ann.send(&direct, "second").await;
        newest(&bob, "the second", |item| item["content"] == "second").await;
        let third = ann.send(&direct, &"long ".repeat(100)).await;
        newest(&bob, "the third", |item| item["count"] == 3).await;
        let path = |message: &Value| {
            format!(
                "/chat/conversations/{direct}/messages/{}",
                text(&message["id"])
            )
        };
        // What is not shown changes nothing.
        ann.patch(&path(&second), &json!({ "content": "hidden" }))
            .await
            .ok();
        ann.patch(&path(&third), &json!({ "content": "short" }))
            .await
            .ok();
        let edited = newest(&bob, "the edit", |item| item["content"] == "short").await;
        assert_eq!(
            (&edited["count"], &edited["isRead"]),
            (&json!(3), &json!(false))
        );
        ann.delete(&path(&third)).await.ok();
        newest(&bob, "the deletion", |item| item["content"] == "").await;
        let stored = system
            .scratch
            .notify_database()
            .await
            .collection::<Document>("notifications");
        let stored = stored
            .find_one(doc! { "userId": bob.id, "type": "message" })
            .await
            .unwrap();
        assert!(
            !stored.unwrap().to_string().contains("short"),
            "nor is it kept"
        );
    })
    .await;
}

#[tokio::test]
async fn who_muted_a_conversation_is_notified_only_of_being_named_in_a_group() {
    with_system(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let group = ann.group("cheese", &[&bob]).await;
        let direct = ann.direct(&bob).await;
        for conversation in [&group, &direct] {
            settings(&bob, conversation, json!({ "muted": true })).await;
        }
        ann.send(&direct, "hello @bob").await;
        ann.send(&group, "hello").await;
        ann.send(&group, "hello @all").await;
        assert_eq!(settled(&ann, &bob, "marker 1").await, Vec::<Value>::new());

        ann.send(&group, "hello @bob").await;
        ann.send(&group, "more").await;
        let named = settled(&ann, &bob, "marker 2").await;
        assert_eq!(kinds(&named), ["mention"]);
        assert_eq!(
            (&named[0]["content"], &named[0]["count"]),
            (&json!("hello @bob"), &json!(1))
        );

        // Until a time, and no longer.
        let soon = Timestamp(OffsetDateTime::now_utc() + Duration::seconds(2));
        settings(&bob, &direct, json!({ "muted": true, "mutedUntil": soon })).await;
        eventually("the end of silence", async || {
            ann.send(&direct, "anybody there?").await;
            all(&bob, "?type=message").await.len() == 1
        })
        .await;
        assert!(Timestamp::now() >= soon);
    })
    .await;
}

#[tokio::test]
async fn nobody_is_notified_by_whom_they_block_not_even_when_named() {
    with_system(async |system| {
        let [ann, bob, cat] = system.people(["ann", "bob", "cat"]).await;
        let group = cat.group("cheese", &[&ann, &bob]).await;
        let blocked = bob
            .request("PUT", &format!("/user/{}/block", ann.id))
            .send()
            .await;
        assert_eq!(blocked.status, 204);
        eventually("the block", async || {
            let blocks = system.scratch.notify_database().await;
            let blocks = blocks.collection::<Document>("blockedPeople");
            blocks
                .count_documents(doc! { "userId": bob.id, "blocked": true })
                .await
                .unwrap()
                == 1
        })
        .await;
        ann.send(&group, "hello @bob and @cat").await;
        assert_eq!(settled(&cat, &bob, "marker 1").await, Vec::<Value>::new());
        assert_eq!(kinds(&all(&cat, "").await), ["mention"]);
    })
    .await;
}

#[tokio::test]
async fn a_mention_is_shown_until_it_is_read() {
    with_system(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let group = ann.group("cheese", &[&bob]).await;
        ann.send(&group, "one").await;
        ann.send(&group, "two for @Bob").await;
        ann.send(&group, "three").await;
        let mention = settled(&ann, &bob, "marker").await.remove(0);
        assert_eq!(mention["type"], "mention");
        assert_eq!(
            (&mention["content"], &mention["count"], &mention["lastSeq"]),
            (&json!("two for @Bob"), &json!(3), &json!(3))
        );
        bob.post(&format!("/chat/conversations/{group}/read"), &json!({}))
            .await
            .ok();
        ann.send(&group, "four").await;
        ann.send(&group, "five @all").await;
        let again = newest(&bob, "everybody", |item| item["content"] == "five @all").await;
        assert_eq!(
            (&again["type"], &again["count"]),
            (&json!("mention"), &json!(2))
        );
        assert_eq!(again["id"], mention["id"]);
    })
    .await;
}

/// Ann asks Bob with two messages, of which he is told.
async fn asked(system: &TestSystem) -> ([Person; 2], String) {
    let [ann, bob] = system.people(["ann", "bob"]).await;
    let conversation = ann.ask(&bob).await;
    ann.send(&conversation, "hello?").await;
    ann.send(&conversation, "it is me").await;
    let told = newest(&bob, "the request", |item| item["count"] == 2).await;
    assert_eq!(
        (
            &told["type"],
            &told["title"],
            &told["content"],
            &told["senderId"]
        ),
        (
            &json!("request"),
            &json!("Message request"),
            &json!("it is me"),
            &json!(ann.id)
        )
    );
    ([ann, bob], conversation)
}

#[tokio::test]
async fn a_request_is_read_when_it_is_accepted_and_who_asked_is_told() {
    with_system(async |system| {
        let ([ann, bob], conversation) = asked(system).await;
        bob.post(
            &format!("/chat/conversations/{conversation}/accept"),
            &json!({}),
        )
        .await
        .ok();
        newest(&bob, "the answer", |item| {
            item["type"] == "request" && item["isRead"] == true
        })
        .await;
        let told = newest(&ann, "the news", |item| item["type"] == "request").await;
        assert_eq!(
            (
                &told["title"],
                &told["senderId"],
                &told["isRead"],
                &told["conversationId"]
            ),
            (
                &json!("Request accepted"),
                &json!(bob.id),
                &json!(false),
                &json!(conversation)
            )
        );
        // Looking at the conversation is enough, though nothing in it is new.
        ann.post(
            &format!("/chat/conversations/{conversation}/read"),
            &json!({}),
        )
        .await
        .ok();
        newest(&ann, "reading", |item| item["isRead"] == true).await;
        ann.send(&conversation, "good").await;
        let anew = newest(&bob, "a message", |item| item["type"] == "message").await;
        assert_eq!(
            (&anew["count"], &anew["title"]),
            (&json!(1), &json!("New message"))
        );
    })
    .await;
}

#[tokio::test]
async fn a_reply_is_news_enough_that_a_request_is_accepted() {
    with_system(async |system| {
        let ([ann, bob], conversation) = asked(system).await;
        bob.send(&conversation, "it is you").await;
        let told = settled(&bob, &ann, "marker").await;
        assert_eq!(kinds(&told), ["message"]);
        newest(&bob, "the answer", |item| item["isRead"] == true).await;
    })
    .await;
}

#[tokio::test]
async fn a_declined_request_is_gone_and_nobody_is_told() {
    with_system(async |system| {
        let ([ann, bob], conversation) = asked(system).await;
        bob.post(
            &format!("/chat/conversations/{conversation}/decline"),
            &json!({}),
        )
        .await
        .ok();
        eventually("the request to go", async || all(&bob, "").await.is_empty()).await;
        assert_eq!(
            bob.get("/notifications/unread/count").await.ok(),
            json!({ "count": 0 })
        );
        assert_eq!(settled(&bob, &ann, "marker").await, Vec::<Value>::new());
    })
    .await;
}

#[tokio::test]
async fn an_invite_is_read_with_its_group_goes_with_it_and_comes_anew() {
    with_system(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let device = bob.connect(system.edge(0)).await;
        let group = ann.group("cheese", &[&bob]).await;
        let path = format!("/chat/conversations/{group}");
        let invite = newest(&bob, "the invite", |item| item["isRead"] == false).await;
        // There is nothing in it yet.
        bob.post(&format!("{path}/read"), &json!({})).await.ok();
        newest(&bob, "reading", |item| item["isRead"] == true).await;

        bob.post(&format!("{path}/leave"), &json!({})).await.ok();
        let gone = device.next_event("notification:deleted").await;
        assert_eq!(gone["notificationId"], invite["id"]);
        assert_eq!(all(&bob, "").await, Vec::<Value>::new());
        for _again in 0..2 {
            let back = json!({ "userIds": [bob.id] });
            ann.post(&format!("{path}/members"), &back).await.ok();
            newest(&bob, "the invite anew", |item| item["isRead"] == false).await;
            ann.send(&group, "hello").await;
            newest(&bob, "a message", |item| item["type"] == "message").await;
            ann.delete(&format!("{path}/members/{}", bob.id)).await.ok();
            eventually("all of it to go", async || all(&bob, "").await.is_empty()).await;
        }
        let anew = device.events("notification:created");
        assert_eq!(
            anew.iter()
                .filter(|event| event["type"] == "group_invite")
                .count(),
            3
        );
    })
    .await;
}

#[tokio::test]
async fn notifications_are_kept_as_long_as_the_operator_says_and_counted_as_long_as_they_are() {
    let setup = Setup::edges(1).set("NOTIFY__RETENTION_DAYS", 7);
    setup
        .run(async |system| {
            let notifications = system
                .scratch
                .notify_database()
                .await
                .collection::<Document>("notifications");
            eventually("the retention", async || {
                let index = doc! { "listIndexes": "notifications" };
                let indexes = system
                    .scratch
                    .notify_database()
                    .await
                    .run_command(index)
                    .await
                    .unwrap();
                indexes
                    .to_string()
                    .contains(r#""expireAfterSeconds": 604800"#)
            })
            .await;
            let [ann, bob] = system.people(["ann", "bob"]).await;
            ann.group("one", &[&bob]).await;
            ann.group("two", &[&bob]).await;
            let two = newest(&bob, "both", |item| item["title"] == "two").await;
            assert_eq!(
                bob.get("/notifications/unread/count").await.ok(),
                json!({ "count": 2 })
            );
            // As MongoDB does when their time has come.
            notifications
                .delete_one(doc! { "_id": text(&two["id"]) })
                .await
                .unwrap();
            assert_eq!(
                bob.get("/notifications/unread/count").await.ok(),
                json!({ "count": 1 })
            );
            let device = bob.connect(system.edge(0)).await;
            assert_eq!(
                device.next_event("notification:count").await,
                json!({ "count": 1 })
            );
            ann.group("three", &[&bob]).await;
            device
                .event_where("notification:count", |event| event["count"] == 2)
                .await;
        })
        .await;
}
