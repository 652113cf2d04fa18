//! What is new in a conversation that somebody has open on a device: they see it there, and are not notified.

use serde_json::{Value, json};
use warren_topology::actions::{Namespace, Pool};

use crate::support::{Device, Person, Setup, TestSystem, eventually, with_system};

/// Somebody who is notified, with a device that shows nothing.
struct Reader {
    person: Person,
    device: Device,
}

impl Reader {
    async fn of(person: &Person, system: &TestSystem, edge: usize) -> Self {
        let edge = system.edge(edge);
        Self {
            person: Person {
                edge,
                ..person.clone()
            },
            device: person.connect(edge).await,
        }
    }

    /// Of how many messages they have been notified in a conversation, whether read or not.
    async fn notified(&self, conversation: &str) -> u64 {
        let page = self.person.get("/notifications").await.ok();
        let items = page["items"].as_array().unwrap().iter();
        let mine = items.filter(|item| {
            item["conversationId"] == conversation && item["type"] != "group_invite"
        });
        mine.map(|item| item["count"].as_u64().unwrap()).sum()
    }

    /// Waits until they have been told of all that somebody has done until now: being put into a group is the last.
    async fn settled(&self, by: &Person) {
        let marker = by.group("marker", &[&self.person]).await;
        let wanted = |event: &Value| event["conversationId"] == marker.as_str();
        self.device
            .event_where("notification:created", wanted)
            .await;
    }

    /// Whether they are notified of what somebody says.
    async fn hears(&self, writer: &Person, conversation: &str, content: &str) -> bool {
        let before = self.notified(conversation).await;
        writer.send(conversation, content).await;
        self.settled(writer).await;
        self.notified(conversation).await > before
    }

    /// Waits until they are notified of what somebody says, or are not: the news of what devices show takes a moment.
    async fn becomes(&self, writer: &Person, conversation: &str, is_notified: bool) {
        eventually("the news of what is open", async || {
            self.hears(writer, conversation, "@bob?").await == is_notified
        })
        .await;
    }

    async fn unread(&self, conversation: &str) -> i64 {
        let seen = self.person.conversation(conversation).await;
        seen["me"]["unread"].as_i64().unwrap()
    }

    /// What the device has been told of notifications.
    fn told(&self) -> usize {
        let all = self.device.all().into_iter();
        all.filter(|(name, event)| name.starts_with("notification:") && event["title"] != "marker")
            .filter(|(name, _)| name != "notification:count")
            .count()
    }
}

async fn show(device: &Device, action: &str, conversation: &str) {
    let payload = json!({ "conversationId": conversation });
    let event = format!("conversation:{action}");
    device.call(&event, payload).await.unwrap();
}

#[tokio::test]
async fn who_has_a_conversation_open_on_any_device_is_not_notified_of_it_and_it_counts_as_unread() {
    Setup::edges(2)
        .run(async |system| {
            let [ann, bob] = system.people(["ann", "bob"]).await;
            let (group, other) = (ann.group("cheese", &[&bob]).await, ann.direct(&bob).await);
            let reader = Reader::of(&bob, system, 1).await;
            let devices = [
                bob.connect(system.edge(0)).await,
                bob.connect(system.edge(1)).await,
            ];
            assert!(reader.hears(&ann, &group, "nobody looks").await);
            for device in &devices {
                show(device, "join", &group).await;
            }
            reader.becomes(&ann, &group, false).await;
            let (unread, told) = (reader.unread(&group).await, reader.told());
            for content in ["hello", "hello @bob", "hello @all"] {
                assert!(!reader.hears(&ann, &group, content).await, "{content}");
            }
            assert_eq!(reader.unread(&group).await, unread + 3);
            assert_eq!(reader.told(), told);
            assert!(reader.hears(&ann, &other, "elsewhere").await);

            // One device leaves, the other stays; its edge tells the worker of this before it tells of another's.
            show(&devices[0], "leave", &group).await;
            show(&devices[0], "join", &other).await;
            reader.becomes(&ann, &other, false).await;
            assert!(!reader.hears(&ann, &group, "still open").await);
            drop(devices);
            reader.becomes(&ann, &group, true).await;
        })
        .await;
}

#[tokio::test]
async fn who_shows_another_conversation_or_leaves_the_namespace_is_notified_again() {
    with_system(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let (one, other) = (ann.direct(&bob).await, ann.group("cheese", &[&bob]).await);
        let reader = Reader::of(&bob, system, 0).await;
        let device = bob.connect(system.edge(0)).await;
        show(&device, "join", &one).await;
        reader.becomes(&ann, &one, false).await;
        show(&device, "leave", &one).await;
        show(&device, "join", &other).await;
        reader.becomes(&ann, &other, false).await;
        assert!(reader.hears(&ann, &one, "here again").await);
        device.leave(Namespace::Chat);
        reader.becomes(&ann, &other, true).await;
    })
    .await;
}

#[tokio::test]
async fn a_request_and_its_acceptance_are_no_news_to_who_looks_at_them() {
    with_system(async |system| {
        let [ann, bob, cat] = system.people(["ann", "bob", "cat"]).await;
        let reader = Reader::of(&bob, system, 0).await;
        let device = bob.connect(system.edge(0)).await;
        let (asked, asks) = (ann.ask(&bob).await, bob.ask(&cat).await);
        assert!(reader.hears(&ann, &asked, "may I?").await);
        let group = ann.group("cheese", &[&bob]).await;
        for conversation in [&asks, &asked, &group] {
            show(&device, "join", conversation).await;
        }
        // An edge tells all that somebody shows, or nothing of it.
        reader.becomes(&ann, &group, false).await;
        assert!(!reader.hears(&ann, &asked, "please").await);
        let path = format!("/chat/conversations/{asks}/accept");
        cat.post(&path, &json!({})).await.ok();
        reader.settled(&cat).await;
        assert_eq!(reader.notified(&asks).await, 0);

        let elsewhere = Reader::of(&ann, system, 0).await;
        let path = format!("/chat/conversations/{asked}/accept");
        bob.post(&path, &json!({})).await.ok();
        elsewhere.settled(&bob).await;
        assert_eq!(elsewhere.notified(&asked).await, 1, "who does not look");
    })
    .await;
}

#[tokio::test]
async fn people_of_a_killed_edge_are_notified_again() {
    Setup::edges(2)
        .set("NOTIFY__SILENT_MS", 2_000)
        .run(async |system| {
            let [bob, ann] = system.people(["bob", "ann"]).await;
            let conversation = ann.direct(&bob).await;
            let reader = Reader::of(&bob, system, 1).await;
            let device = bob.connect(system.edge(0)).await;
            show(&device, "join", &conversation).await;
            reader.becomes(&ann, &conversation, false).await;
            system.kill_edge(0);
            reader.becomes(&ann, &conversation, true).await;
        })
        .await;
}

#[tokio::test]
async fn a_notify_worker_that_takes_over_knows_what_is_open() {
    with_system(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let conversation = ann.direct(&bob).await;
        let reader = Reader::of(&bob, system, 0).await;
        let device = bob.connect(system.edge(0)).await;
        show(&device, "join", &conversation).await;
        reader.becomes(&ann, &conversation, false).await;
        system.start(Pool::Notify).await;
        system.kill(Pool::Notify, 0);
        // Nothing has changed since it started: it must have asked.
        reader.becomes(&ann, &conversation, false).await;
        assert!(!reader.hears(&ann, &conversation, "still").await);
        show(&device, "leave", &conversation).await;
        reader.becomes(&ann, &conversation, true).await;
    })
    .await;
}

#[tokio::test]
async fn who_muted_a_conversation_is_called_by_name_unless_it_is_open() {
    with_system(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let group = ann.group("cheese", &[&bob]).await;
        let path = format!("/chat/conversations/{group}/settings");
        bob.patch(&path, &json!({ "muted": true })).await.ok();
        let reader = Reader::of(&bob, system, 0).await;
        let device = bob.connect(system.edge(0)).await;
        assert!(!reader.hears(&ann, &group, "hello").await);
        assert!(reader.hears(&ann, &group, "hello @bob").await);
        show(&device, "join", &group).await;
        reader.becomes(&ann, &group, false).await;
        show(&device, "leave", &group).await;
        reader.becomes(&ann, &group, true).await;
        assert!(!reader.hears(&ann, &group, "hello").await);
    })
    .await;
}
