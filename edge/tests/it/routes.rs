use std::time::Instant;

use warren_topology::{envelope::Control, ids::UserId, payload::unix_millis};

use crate::support::{Fixture, Socket, Workers};

/// The next announcement that is more than a heartbeat.
async fn change(workers: &mut Workers) -> warren_topology::routes::RouteUpdate {
    loop {
        let update = workers.announcement().await;
        if update.snapshot || update.leaving || !update.add.is_empty() || !update.remove.is_empty()
        {
            return update;
        }
    }
}

#[tokio::test]
async fn people_are_announced_as_they_come_and_go() {
    let mut edge = Fixture::with(&[("EDGE__ROUTE_HEARTBEAT_MS", "60")]).await;
    let first = edge.workers.announcement().await;
    assert!(first.snapshot && first.add.is_empty());
    let beat = edge.workers.announcement().await;
    assert_eq!(
        (beat.n, beat.snapshot, beat.add.len(), beat.remove.len()),
        (first.n + 1, false, 0, 0)
    );

    let before = unix_millis();
    let one = edge.sign_in(1).await;
    let came = change(&mut edge.workers).await;
    assert_eq!(came.add.len(), 1);
    let (user, since) = came.add[0];
    assert_eq!(user, UserId(1));
    assert!((before..=unix_millis()).contains(&since));

    // A second device changes nothing; the last one does.
    let second = edge.sign_in(1).await;
    drop(one);
    let _two = edge.sign_in(2).await;
    let came = change(&mut edge.workers).await;
    assert_eq!(
        came.add.iter().map(|(user, _)| *user).collect::<Vec<_>>(),
        [UserId(2)]
    );
    drop(second);
    assert_eq!(change(&mut edge.workers).await.remove, [UserId(1)]);

    edge.workers
        .control(Control::RoutesWanted { edge: None })
        .await;
    let snapshot = change(&mut edge.workers).await;
    assert!(snapshot.snapshot);
    assert_eq!(
        snapshot
            .add
            .iter()
            .map(|(user, _)| *user)
            .collect::<Vec<_>>(),
        [UserId(2)]
    );
    edge.workers
        .control(Control::RoutesWanted {
            edge: Some(first.edge.clone()),
        })
        .await;
    let snapshot = change(&mut edge.workers).await;
    assert!(snapshot.snapshot);

    edge.stop();
    let leaving = change(&mut edge.workers).await;
    assert!(leaving.leaving);
    assert_eq!(leaving.edge, first.edge);
    edge.end().await;
}

/// The next announcement that says what people are subscribed to.
async fn topics(workers: &mut Workers) -> Vec<(UserId, Vec<String>)> {
    loop {
        let update = workers.announcement().await;
        if !update.topics.is_empty() {
            return update.topics;
        }
    }
}

async fn show(socket: &mut Socket, workers: &mut Workers, action: &str, topic: &str) {
    let event = format!(r#"42/chat,["{action}",{{"conversationId":"{topic}"}}]"#);
    socket.send(&event).await;
    let command = workers.command().await;
    assert_eq!(command.action, action);
    let data = serde_json::json!({ "conversationId": topic });
    workers.reply(&command, data).await;
}

#[tokio::test]
async fn what_people_are_subscribed_to_is_announced_as_it_changes_and_in_a_snapshot() {
    let mut edge = Fixture::start().await;
    let group = |digit: &str| format!("g{}", digit.repeat(32));
    let (a, b) = (group("a"), group("b"));
    let user = UserId(1);
    let mut one = edge.sign_in(1).await;
    let mut two = edge.sign_in(1).await;
    let _other = edge.sign_in(2).await;
    show(&mut one, &mut edge.workers, "conversation:join", &a).await;
    assert_eq!(
        topics(&mut edge.workers).await,
        [(user, vec![a.clone()])],
        "a joined conversation"
    );
    show(&mut two, &mut edge.workers, "conversation:join", &b).await;
    let both = [(user, vec![a.clone(), b.clone()])];
    assert_eq!(topics(&mut edge.workers).await, both);
    let wanted = Control::RoutesWanted { edge: None };
    edge.workers.control(wanted).await;
    let snapshot = change(&mut edge.workers).await;
    assert!(snapshot.snapshot);
    assert_eq!((snapshot.add.len(), snapshot.topics), (2, both.into()));
    show(&mut one, &mut edge.workers, "conversation:leave", &a).await;
    let left = [(user, vec![b])];
    assert_eq!(topics(&mut edge.workers).await, left);
    drop(two);
    assert_eq!(topics(&mut edge.workers).await, [(user, vec![])]);
    edge.end().await;
}

#[tokio::test]
async fn subscriptions_that_change_quickly_are_announced_together() {
    let mut edge = Fixture::start().await;
    let group = format!("g{}", "a".repeat(32));
    let mut sockets = Vec::new();
    for user in 1..=20 {
        sockets.push(edge.sign_in(user).await);
    }
    let begun = Instant::now();
    for socket in &mut sockets {
        let event = format!(r#"42/chat,["conversation:join",{{"conversationId":"{group}"}}]"#);
        socket.send(&event).await;
    }
    for _ in &sockets {
        let command = edge.workers.command().await;
        let data = serde_json::json!({ "conversationId": group });
        edge.workers.reply(&command, data).await;
    }
    let (mut known, mut updates) = (0, 0);
    while known < sockets.len() {
        known += topics(&mut edge.workers).await.len();
        updates += 1;
    }
    // On a slow machine twenty answers take a while.
    let most = 2 + begun.elapsed().as_millis() / 50;
    assert!(updates <= most, "{updates} announcements, not {most}");
    edge.end().await;
}

#[tokio::test]
async fn announcements_are_numbered_without_a_gap() {
    let mut edge = Fixture::with(&[("EDGE__ROUTE_HEARTBEAT_MS", "50")]).await;
    let mut sockets = Vec::new();
    for user in 1..=20 {
        sockets.push(edge.sign_in(user).await);
    }
    let first = edge.workers.announcement().await;
    assert!(first.snapshot);
    let (mut n, mut known) = (first.n, first.add.len());
    while known < 20 {
        let update = edge.workers.announcement().await;
        n += 1;
        assert_eq!(update.n, n);
        known += update.add.len();
    }
    edge.end().await;
}
