use serde_json::json;

use crate::support::Fixture;

#[tokio::test]
async fn an_edge_that_ends_answers_what_waits_and_sends_its_clients_elsewhere() {
    let mut edge = Fixture::with(&[("EDGE__DRAIN_MS", "100")]).await;
    let mut sockets = Vec::new();
    for user in 1..=5 {
        sockets.push(edge.sign_in(user).await);
    }
    let token = edge.keys.token(1);
    let answer = tokio::spawn(edge.request("GET", "/user/me").token(&token).send());
    let command = edge.workers.command().await;
    edge.stop();
    while !edge.workers.announcement().await.leaving {}
    edge.workers.reply(&command, json!({ "userId": 1 })).await;
    assert_eq!(answer.await.unwrap().status, 200);
    for socket in sockets {
        assert_eq!(socket.drain().await, (Vec::new(), 1001));
    }
    edge.end().await;
}
