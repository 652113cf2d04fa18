use serde_json::json;

use crate::support::Fixture;

#[tokio::test]
async fn commands_of_a_socket_keep_their_order_and_are_acknowledged_by_their_replies() {
    let mut edge = Fixture::with(&[("LIMITS__ENABLED", "false")]).await;
    let mut socket = edge.sign_in(1).await;
    for n in 0..100 {
        socket
            .send(&format!(
                r#"42/chat,{n}["message:send",{{"conversationId":"d1-2","content":"{n}"}}]"#
            ))
            .await;
    }
    let mut commands = Vec::new();
    for n in 0..100 {
        let command = edge.workers.command().await;
        assert_eq!(command.payload["content"], n.to_string());
        commands.push(command);
    }
    // Answered backwards: an acknowledgement belongs to its id, whenever it comes.
    for (n, command) in commands.iter().enumerate().rev() {
        edge.workers.reply(command, json!({ "seq": n })).await;
    }
    for n in (0..100).rev() {
        assert_eq!(
            socket.next().await,
            format!(r#"43/chat,{n}[{{"ok":true,"data":{{"seq":{n}}}}}]"#)
        );
    }
    edge.end().await;
}

#[tokio::test]
async fn refusals_are_acknowledged_with_their_code() {
    let mut edge = Fixture::start().await;
    let mut socket = edge.sign_in(1).await;
    socket
        .send(r#"42/chat,1["message:send",{"conversationId":"x","content":""}]"#)
        .await;
    let ack = socket.next().await;
    assert!(
        ack.starts_with(r#"43/chat,1[{"ok":false,"error":{"code":"INVALID_INPUT""#),
        "{ack}"
    );
    socket.send(r#"42/chat,2["message:explode",{}]"#).await;
    let ack = socket.next().await;
    assert!(
        ack.starts_with(r#"43/chat,2[{"ok":false,"error":{"code":"NOT_FOUND""#),
        "{ack}"
    );
    // An action of the other namespace does not exist here.
    socket.send(r#"42/chat,3["notification:list",{}]"#).await;
    assert!(socket.next().await.contains("NOT_FOUND"));

    socket
        .send(r#"42/notifications,4["notification:read-all"]"#)
        .await;
    let command = edge.workers.command().await;
    assert_eq!(
        (command.action.as_str(), &command.payload),
        ("notification:read-all", &json!({}))
    );
    edge.workers
        .reply_with(
            &command,
            json!({ "error": { "code": "CONFLICT", "message": "no" } }),
        )
        .await;
    assert_eq!(
        socket.next().await,
        r#"43/notifications,4[{"ok":false,"error":{"code":"CONFLICT","message":"no"}}]"#
    );
    edge.end().await;
}

#[tokio::test]
async fn an_event_without_an_id_is_done_but_not_acknowledged() {
    let mut edge = Fixture::start().await;
    let mut socket = edge.sign_in(1).await;
    socket
        .send(r#"42/chat,["conversation:mark-read",{"conversationId":"d1-2"},"ignored"]"#)
        .await;
    let command = edge.workers.command().await;
    assert_eq!(command.action, "conversation:mark-read");
    edge.workers.reply(&command, json!({})).await;
    socket.send(r#"42/chat,9["conversation:list",null]"#).await;
    let command = edge.workers.command().await;
    edge.workers.reply(&command, json!([])).await;
    assert_eq!(socket.next().await, r#"43/chat,9[{"ok":true,"data":[]}]"#);
    edge.end().await;
}

#[tokio::test]
async fn an_answer_that_does_not_come_is_a_timeout() {
    let mut edge = Fixture::with(&[("EDGE__COMMAND_TIMEOUT_MS", "300")]).await;
    let mut socket = edge.open().await;
    socket.connect("/chat", &edge.keys.token(1)).await;
    socket.send(r#"42/chat,1["conversation:list",{}]"#).await;
    let command = edge.workers.command().await;
    let ack = socket.next().await;
    assert!(
        ack.starts_with(r#"43/chat,1[{"ok":false,"error":{"code":"TIMEOUT""#),
        "{ack}"
    );
    // Too late: nobody waits any more, and nothing else comes of it.
    edge.workers.reply(&command, json!([])).await;
    let answer = edge
        .request("GET", "/user/me")
        .token(&edge.keys.token(1))
        .send()
        .await;
    assert_eq!(answer.problem(), (504, "TIMEOUT".into()));
    edge.end().await;
}

#[tokio::test]
async fn a_long_packet_arrives_whole() {
    let mut edge = Fixture::with(&[("EDGE__OUTBOX_BYTES", "4096")]).await;
    let mut socket = edge.sign_in(1).await;
    socket.send(r#"42/chat,1["conversation:list",{}]"#).await;
    let command = edge.workers.command().await;
    let long = "é".repeat(500_000);
    edge.workers.reply(&command, json!(long)).await;
    assert_eq!(
        socket.next().await,
        format!(r#"43/chat,1[{{"ok":true,"data":"{long}"}}]"#)
    );
    edge.end().await;
}
