//! Answers to a message of the same conversation.

use serde_json::{Value, json};

use crate::support::{Device, Person, text, with_system};

/// Answers a message by REST and by socket: the answers, or the details of the refusals.
async fn answer(
    person: &Person,
    device: &Device,
    conversation: &str,
    to: &Value,
) -> [Result<Value, String>; 2] {
    let body = json!({ "content": "an answer", "replyTo": to });
    let path = format!("/chat/conversations/{conversation}/messages");
    let reply = person.post(&path, &body).await;
    let rest = match reply.status {
        201 => Ok(reply.ok()),
        _ => Err(text(&reply.json()["errors"][0]["message"])),
    };
    let mut payload = body;
    payload["conversationId"] = json!(conversation);
    let socket = device.call("message:send", payload).await;
    [
        rest,
        socket.map_err(|error| text(&error["errors"][0]["message"])),
    ]
}

#[tokio::test]
async fn an_answer_names_its_message_for_everybody_whatever_becomes_of_that() {
    with_system(async |system| {
        let [ann, bob] = system.people(["ann", "bob"]).await;
        let (asker, answerer) = (
            ann.connect(system.edge(0)).await,
            bob.connect(system.edge(0)).await,
        );
        let conversation = ann.direct(&bob).await;
        let question = ann.send(&conversation, "a question").await;
        for answer in answer(&bob, &answerer, &conversation, &question["id"]).await {
            let answer = answer.unwrap();
            assert_eq!(answer["replyTo"], question["id"]);
            for device in [&asker, &answerer] {
                let id = &answer["id"];
                let told = device.event_where("message:created", |m| m["id"] == *id);
                assert_eq!(told.await, answer);
            }
            let edit = json!({ "content": "a better answer" });
            let path = format!(
                "/chat/conversations/{conversation}/messages/{}",
                text(&answer["id"])
            );
            let edited = bob.patch(&path, &edit).await.ok();
            assert_eq!(edited["replyTo"], question["id"]);
            assert!(ann.history(&conversation).await.contains(&edited));
        }
        assert_eq!(question.get("replyTo"), None);

        // One that was written before its message was deleted stands, and so does one that was on its way.
        let path = format!(
            "/chat/conversations/{conversation}/messages/{}",
            text(&question["id"])
        );
        ann.delete(&path).await.ok();
        let history = ann.history(&conversation).await;
        let answers = history.iter().filter(|m| m["replyTo"] == question["id"]);
        assert_eq!(answers.count(), 2);
        for answer in answer(&bob, &answerer, &conversation, &question["id"]).await {
            assert_eq!(answer.unwrap()["replyTo"], question["id"]);
        }
    })
    .await;
}

#[tokio::test]
async fn only_what_somebody_wrote_and_the_caller_can_see_is_answered() {
    with_system(async |system| {
        let [ann, bob, eve] = system.people(["ann", "bob", "eve"]).await;
        let device = bob.connect(system.edge(0)).await;
        let conversation = ann.direct(&bob).await;
        let group = ann.group("group", &[&bob]).await;
        let elsewhere = ann.direct(&eve).await;
        let secret = ann.send(&elsewhere, "a secret").await;
        let cleared = ann.send(&conversation, "before").await;
        let path = format!("/chat/conversations/{conversation}");
        bob.delete(&path).await.ok();
        ann.send(&conversation, "after").await;
        let rename = json!({ "name": "other" });
        let path = format!("/chat/conversations/{group}");
        ann.patch(&path, &rename).await.ok();
        let history = bob.history(&group).await;
        let told = history.last().unwrap();
        assert_eq!(told["type"], "system");

        let here = "must be a message of this conversation";
        let visible = "must be a message of this conversation that you can see";
        for (conversation, to, why) in [
            (&conversation, &secret["id"], here),
            (
                &conversation,
                &json!(format!("{conversation}.0000000999")),
                visible,
            ),
            (&conversation, &cleared["id"], visible),
            (&group, &told["id"], "must be a message of a person"),
        ] {
            let before = bob.history(conversation).await.len();
            for refused in answer(&bob, &device, conversation, to).await {
                assert_eq!(refused.unwrap_err(), why, "{to}");
            }
            assert_eq!(bob.history(conversation).await.len(), before);
        }
    })
    .await;
}
