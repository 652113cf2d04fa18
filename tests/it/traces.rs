//! One trace id from the client's request to what is pushed.

use serde_json::json;

use crate::support::{Setup, Tap};

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

#[tokio::test]
async fn the_trace_of_a_request_reaches_its_answer_and_the_push() {
    Setup::edges(1)
        .run(async |system| {
            let [ann, bob] = system.people(["ann", "bob"]).await;
            let device = bob.connect(system.edge(0)).await;
            let conversation = ann.direct(&bob).await;
            let edge = Tap::on(system, &system.names().routes(), "")
                .await
                .route()
                .await
                .edge;
            let mut pushes = Tap::on(system, &system.names().edge(), &edge.to_string()).await;

            let traced = |path: &str| {
                ann.request("POST", path)
                    .header("traceparent", &format!("00-{TRACE}-00f067aa0ba902b7-01"))
            };
            let path = format!("/chat/conversations/{conversation}/messages");
            let sent = traced(&path)
                .json(&json!({ "content": "hello" }))
                .send()
                .await;
            assert_eq!((sent.status, sent.header("x-trace-id")), (201, TRACE));
            device.message("hello").await;
            let push = pushes
                .next_where(|item| item["push"]["event"][0] == "message:created")
                .await;
            let trace = push["push"]["trace"].as_str().unwrap();
            assert_eq!(trace.split('-').nth(1), Some(TRACE), "{push}");

            let refused = traced("/chat/conversations/d1-999999/messages")
                .json(&json!({ "content": "hello" }))
                .send()
                .await;
            assert!(refused.problem().is(404, "NOT_FOUND"), "{refused:?}");
            assert_eq!(
                (
                    refused.json()["traceId"].as_str(),
                    refused.header("x-trace-id")
                ),
                (Some(TRACE), TRACE)
            );
        })
        .await;
}
