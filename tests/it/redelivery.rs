//! A worker that dies between storing and acknowledging: its commands come again, and change nothing.

use serde_json::{Value, json};
use warren_topology::{
    actions::Pool,
    ids::{ConversationId, UserId},
};
use warren_workers::core::Letter;

use crate::support::{Device, HandWorker, Person, Setup, TestSystem, contents, message, seqs};

/// Ann and Bob with a device each, on different edges, and a command of Ann's that has been stored by a worker which then
/// died: before it published anything, or after.
struct Death {
    ann: Person,
    devices: [Device; 2],
    conversation: String,
    acks: Vec<u64>,
    worker: HandWorker,
    unpublished: Vec<Letter>,
}

impl Death {
    async fn of_a_worker(system: &mut TestSystem, published: bool) -> Self {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let devices = [
            ann.connect(system.edge(0)).await,
            bob.connect(system.edge(1)).await,
        ];
        let conversation = ann.direct(&bob).await;
        ann.send(&conversation, "before").await;
        system.stop(Pool::Chat).await;

        let mut worker = HandWorker::start(system).await;
        worker.learn_routes(system, 2).await;
        let commands = ["one", "two", "three"].map(|content| message(&conversation, content));
        let acks: Vec<u64> = commands
            .iter()
            .map(|command| devices[0].start("message:send", command))
            .collect();
        let taken = worker.take(system, &conversation, commands.len()).await;
        let mut unpublished = worker.store(&taken).await;
        if published {
            worker.publish(std::mem::take(&mut unpublished)).await;
            for device in &devices {
                device.message("three").await;
            }
        }
        taken.give_back().await;
        Self {
            ann,
            devices,
            conversation,
            acks,
            worker,
            unpublished,
        }
    }

    /// Starts another worker; everybody must have everything once.
    async fn is_survived(&self, system: &mut TestSystem) {
        system.start(Pool::Chat).await;
        let mut stored = Vec::new();
        for ack in &self.acks {
            stored.push(self.devices[0].answer(*ack).await.unwrap());
        }
        self.ann.send(&self.conversation, "after").await;
        for device in &self.devices {
            device.message("after").await;
            assert_eq!(
                device.contents(),
                ["before", "one", "two", "three", "after"]
            );
            assert_eq!(device.events("message:created")[1..4], stored);
        }
        let history = self.ann.history(&self.conversation).await;
        assert_eq!(
            (seqs(&history), &history[1..4]),
            ((1..=5).collect(), &stored[..])
        );
    }
}

#[tokio::test]
async fn a_command_that_was_stored_but_not_told_is_told_once() {
    Setup::edges(2)
        .run(async |system| {
            let death = Death::of_a_worker(system, false).await;
            assert_eq!(death.devices[1].contents(), ["before"]);
            assert!(
                death
                    .acks
                    .iter()
                    .all(|ack| !death.devices[0].is_answered(*ack))
            );
            death.is_survived(system).await;
        })
        .await;
}

#[tokio::test]
async fn a_command_that_was_stored_and_told_is_not_told_again() {
    Setup::edges(2)
        .run(async |system| {
            let death = Death::of_a_worker(system, true).await;
            death.is_survived(system).await;
        })
        .await;
}

#[tokio::test]
async fn what_a_worker_tells_late_that_was_only_paused_is_not_told_again() {
    Setup::edges(2)
        .run(async |system| {
            let mut death = Death::of_a_worker(system, false).await;
            death.is_survived(system).await;
            death.worker.publish(death.unpublished.split_off(0)).await;
            death.ann.send(&death.conversation, "end").await;
            for device in &death.devices {
                device.message("end").await;
                assert_eq!(
                    device.contents(),
                    ["before", "one", "two", "three", "after", "end"]
                );
            }
        })
        .await;
}

#[tokio::test]
async fn the_notification_of_a_repeated_message_counts_it_once() {
    Setup::edges(2)
        .run(async |system| {
            let death = Death::of_a_worker(system, true).await;
            death.is_survived(system).await;
            let receiver = &death.devices[1];
            let last = |event: &Value| event["content"] == "after";
            let updated = receiver.event_where("notification:updated", last).await;
            assert_eq!(
                (&updated["count"], &updated["firstSeq"], &updated["lastSeq"]),
                (&json!(5), &json!(1), &json!(5))
            );
        })
        .await;
}

#[tokio::test]
async fn a_group_that_was_stored_but_not_told_is_told_once() {
    Setup::edges(2)
        .run(async |system| {
            let [ann, bob] = system.people(["ann", "bob"]).await;
            let devices = [ann.connect(system.edge(0)).await, bob.connect(system.edge(1)).await];
            system.stop(Pool::Chat).await;
            let mut worker = HandWorker::start(system).await;
            let payload = json!({ "type": "group", "name": "cheese", "participantIds": [bob.id], "clientId": "g1" });
            let ack = devices[0].start("conversation:create", &payload);
            let group = ConversationId::group(UserId(ann.id), "g1").to_string();
            let taken = worker.take(system, &group, 1).await;
            worker.store(&taken).await;
            taken.give_back().await;

            system.start(Pool::Chat).await;
            let created = devices[0].answer(ack).await.unwrap();
            assert_eq!(created["id"], json!(group));
            ann.send(&group, "hello").await;
            for device in &devices {
                device.message("hello").await;
                assert_eq!(device.events("conversation:created").len(), 1);
            }
            assert_eq!(contents(&bob.history(&group).await), ["hello"]);
        })
        .await;
}
