use warren_topology::{envelope::Control, ids::UserId, payload::unix_millis};

use crate::support::{Fixture, Workers};

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
