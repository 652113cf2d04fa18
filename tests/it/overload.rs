//! More than can be done: refused at once, and safe to repeat.

use std::time::Duration;

use serde_json::json;
use tokio::time::timeout;
use warren_topology::actions::Pool;

use crate::support::{Setup, contents, message, text};

#[tokio::test]
async fn a_full_command_queue_answers_busy_at_once_and_what_it_took_is_done_later() {
    Setup::edges(1)
        .set("BROKER__MAX_QUEUE_LENGTH", 1)
        .run(async |system| {
            let [ann, bob] = system.people(["ann", "bob"]).await;
            let device = ann.connect(system.edge(0)).await;
            let conversation = ann.direct(&bob).await;
            system.stop(Pool::Chat).await;
            // An answer can only be a refusal now; what is taken waits, far beyond this test's patience.
            let mut waiting = Vec::new();
            let (refused, error) = loop {
                assert!(waiting.len() < 100, "the queue is never full");
                let payload = message(&conversation, &waiting.len().to_string());
                let ack = device.start("message:send", &payload);
                match timeout(Duration::from_millis(250), device.answer(ack)).await {
                    Ok(answer) => break (payload, answer.unwrap_err()),
                    Err(_) => waiting.push(ack),
                }
            };
            assert_eq!(error["code"], "BUSY");
            assert!(!waiting.is_empty());

            let rest = ann
                .request("POST", &format!("/conversations/{conversation}/messages"))
                .json(&json!({ "content": "rest" }));
            let rest = rest.send().await;
            assert!(rest.problem().is(503, "BUSY"), "{rest:?}");
            assert_eq!(rest.header("retry-after"), "1");

            system.start(Pool::Chat).await;
            let mut wanted = Vec::new();
            for ack in waiting {
                wanted.push(text(&device.answer(ack).await.unwrap()["content"]));
            }
            wanted.push(text(
                &device.call("message:send", refused).await.unwrap()["content"],
            ));
            assert_eq!(contents(&bob.history(&conversation).await), wanted);
        })
        .await;
}

#[tokio::test]
async fn a_rate_limit_refuses_over_rest_and_socket_alike() {
    Setup::edges(1)
        .set("LIMITS__ENABLED", true)
        .set("LIMITS__MESSAGE_PER_SECOND", 1)
        .set("LIMITS__MESSAGE_BURST", 3)
        .run(async |system| {
            let [ann, bob] = system.people(["ann", "bob"]).await;
            let device = ann.connect(system.edge(0)).await;
            let conversation = ann.direct(&bob).await;
            let acks: Vec<u64> = (0..50)
                .map(|n| device.start("message:send", &message(&conversation, &n.to_string())))
                .collect();
            let mut refused = 0;
            for ack in acks {
                if let Err(error) = device.answer(ack).await {
                    assert_eq!(error["code"], "RATE_LIMITED");
                    refused += 1;
                }
            }
            assert!(refused > 0);
            let stored = bob.history(&conversation).await.len();
            assert_eq!(stored, 50 - refused);
        })
        .await;
}
