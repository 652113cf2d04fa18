//! The connection against a small server that speaks the protocol by hand.

use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpListener;

use super::*;

const OPEN: &str =
    r#"0{"sid":"s","upgrades":[],"pingInterval":25000,"pingTimeout":20000,"maxPayload":131072}"#;
const JOINED: &str = r#"40/chat,{"sid":"a"}"#;
const JOINED_TOO: &str = r#"40/notifications,{"sid":"b"}"#;

/// Serves one connection: opens, reads the two CONNECTs, says `then`, and gives back all it reads until `stop`
/// frames have come.
async fn server(
    then: &'static [&'static str],
    stop: usize,
) -> (Edge, tokio::task::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let task = tokio::spawn(async move {
        let (stream, _) = listener.accept().await.unwrap();
        let mut ws = tokio_tungstenite::accept_async(stream).await.unwrap();
        ws.send(Message::text(OPEN)).await.unwrap();
        let mut read = Vec::new();
        while read.len() < stop {
            if read.len() == 2 {
                for frame in then {
                    ws.send(Message::text(*frame)).await.unwrap();
                }
            }
            match ws.next().await {
                Some(Ok(message)) => read.push(message.into_text().unwrap().to_string()),
                _ => break,
            }
        }
        read
    });
    (
        Edge {
            addr,
            authority: addr.to_string(),
        },
        task,
    )
}

#[tokio::test]
async fn both_namespaces_are_joined_and_early_events_kept() {
    let event = r#"42/notifications,["notification:count",{"count":0}]"#;
    let (edge, task) = server(
        &[
            JOINED_TOO,
            r#"42/notifications,["notification:count",{"count":0}]"#,
            JOINED,
        ],
        3,
    )
    .await;
    let mut socket = Socket::connect(&edge, "tok", Opening::default())
        .await
        .unwrap();
    assert_eq!(socket.recv().await.unwrap().as_str(), event);
    socket.queue("42/chat,0[\"x\",1]".to_owned()).unwrap();
    // Queued frames leave when there is nothing to read.
    assert!(socket.recv().await.is_err());
    let read = task.await.unwrap();
    assert_eq!(
        read,
        [
            r#"40/chat,{"token":"tok"}"#,
            r#"40/notifications,{"token":"tok"}"#,
            r#"42/chat,0["x",1]"#
        ]
    );
}

#[tokio::test]
async fn pings_are_answered_on_the_way() {
    let (edge, task) = server(&[JOINED, JOINED_TOO, "2", r#"42/chat,["a"]"#, "2"], 4).await;
    let mut socket = Socket::connect(&edge, "tok", Opening::default())
        .await
        .unwrap();
    assert_eq!(socket.recv().await.unwrap().as_str(), r#"42/chat,["a"]"#);
    assert!(!socket.is_silent());
    assert!(socket.recv().await.is_err());
    assert_eq!(task.await.unwrap()[2..], ["3", "3"]);
}

#[tokio::test]
async fn a_refusal_gives_its_code() {
    let (edge, _task) = server(
        &[r#"44/chat,{"message":"Sign in.","data":{"code":"AUTH_INVALID"}}"#],
        3,
    )
    .await;
    let error = Socket::connect(&edge, "tok", Opening::default())
        .await
        .unwrap_err();
    assert!(matches!(error, ConnectError::Refused(code) if code == "AUTH_INVALID"));
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let addr = listener.local_addr().unwrap();
    let opening = Opening {
        timeout: Duration::from_millis(50),
        ..Opening::default()
    };
    let edge = Edge {
        addr,
        authority: addr.to_string(),
    };
    assert!(matches!(
        Socket::connect(&edge, "tok", opening).await,
        Err(ConnectError::Timeout(_))
    ));
}
