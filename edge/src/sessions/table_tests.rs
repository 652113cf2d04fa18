use std::task::{Context, Poll, Waker};

use warren_topology::ids::NodeId;

use super::*;
use crate::socketio::{Frame, outbox::Next};

fn sessions() -> Sessions {
    let incarnation = Incarnation::new();
    incarnation.begin(NodeId::fresh("edge"));
    Sessions::new(incarnation, 1_000, Duration::from_secs(10), 2)
}

fn caller(user: i64, session: &str) -> Arc<Caller> {
    Arc::new(Caller {
        user: UserId(user),
        session: session.into(),
        roles: Vec::new(),
    })
}

fn code(outcome: Result<(), JoinError>) -> Option<ErrorCode> {
    match outcome {
        Err(JoinError::Refused(failure)) => Some(failure.code),
        _ => None,
    }
}

fn joined(sessions: &Sessions, user: i64) -> Arc<Socket> {
    let socket = sessions.open();
    sessions
        .join(
            &socket,
            &caller(user, "s"),
            Namespace::Chat,
            Utf8Bytes::from_static("welcome"),
        )
        .expect("may join");
    socket
}

fn received(socket: &Socket) -> Vec<String> {
    let mut packets = Vec::new();
    while let Poll::Ready(Next::Frame(Frame::Text(packet))) =
        socket.outbox.poll_next(&Context::from_waker(Waker::noop()))
    {
        packets.push(packet.to_string());
    }
    packets
}

fn deliver(sessions: &Sessions, to: i64, floor: u64, text: &'static str) -> (u64, u64) {
    sessions.deliver(
        Namespace::Chat,
        &[UserId(to)],
        Some(&[floor]),
        None,
        &Utf8Bytes::from_static(text),
    )
}

#[test]
fn every_device_in_the_namespace_gets_a_push_after_its_welcome() {
    let sessions = sessions();
    let (one, other) = (joined(&sessions, 1), joined(&sessions, 1));
    let stranger = joined(&sessions, 2);
    assert_eq!(deliver(&sessions, 1, 0, "push").1, 2);
    assert_eq!(received(&one), ["welcome", "push"]);
    assert_eq!(received(&other), ["welcome", "push"]);
    assert_eq!(received(&stranger), ["welcome"]);
    let push = Utf8Bytes::from_static("push");
    assert_eq!(
        sessions
            .deliver(Namespace::Notifications, &[UserId(1)], None, None, &push)
            .1,
        0
    );
}

#[test]
fn what_is_of_a_topic_reaches_whoever_shows_it_and_is_not_behind() {
    let sessions = sessions();
    let (shows, other) = (joined(&sessions, 1), joined(&sessions, 1));
    let topics = shows.topics(Namespace::Chat);
    topics.ask("cheese", 1, 1);
    topics.decide(1, true);
    let say = |text: &str| {
        let packet = Utf8Bytes::from(text.to_owned());
        let topic = Some("cheese");
        sessions
            .deliver(Namespace::Chat, &[UserId(1)], None, topic, &packet)
            .1
    };
    assert_eq!(say("typing"), 1);
    let long = "x".repeat(2_000);
    shows.outbox.send(Utf8Bytes::from(long.clone()));
    assert_eq!(
        say("typing on"),
        0,
        "what is worth nothing later is dropped"
    );
    assert_eq!(received(&shows), ["welcome", "typing", &long]);
    assert_eq!(say("typing again"), 1);
    assert_eq!(received(&shows), ["typing again"]);
    assert_eq!(received(&other), ["welcome"]);
}

#[test]
fn a_repetition_reaches_only_later_sockets() {
    let sessions = sessions();
    let early = joined(&sessions, 1);
    let (stamp, _) = deliver(&sessions, 1, 0, "first");
    let late = joined(&sessions, 1);
    assert_eq!(deliver(&sessions, 1, stamp, "again").1, 1);
    assert_eq!(received(&early), ["welcome", "first"]);
    assert_eq!(received(&late), ["welcome", "again"]);
}

#[test]
fn changes_are_the_difference_to_what_was_announced() {
    let sessions = sessions();
    let one = joined(&sessions, 1);
    let two = joined(&sessions, 2);
    sessions.closed(&two);
    let changes = sessions.changes();
    assert_eq!(
        changes
            .add
            .iter()
            .map(|(user, _)| user.0)
            .collect::<Vec<_>>(),
        [1]
    );
    assert!(changes.remove.is_empty());

    sessions.closed(&one);
    let _back = joined(&sessions, 1);
    assert_eq!(sessions.changes(), Changes::default());

    let second = joined(&sessions, 1);
    sessions.leave(&second, Namespace::Chat);
    assert_eq!(sessions.changes(), Changes::default());
    sessions.leave(&_back, Namespace::Chat);
    assert_eq!(sessions.changes().remove, [UserId(1)]);
    assert_eq!(sessions.snapshot(), Changes::default());
}

fn subscribe(socket: &Socket, topic: &str, command: u64) {
    assert!(
        socket
            .topics(Namespace::Chat)
            .ask(topic, command, MAX_TOPICS + 1)
    );
    socket.decide_topic(Namespace::Chat, command, true);
}

#[test]
fn what_the_sockets_of_a_user_are_subscribed_to_is_announced_together() {
    let sessions = sessions();
    let (one, other) = (joined(&sessions, 1), joined(&sessions, 1));
    let stranger = joined(&sessions, 2);
    sessions.changes();
    let told = |topics: &[&str]| {
        let topics = topics.iter().map(|topic| (*topic).to_owned()).collect();
        let expected = Changes {
            topics: vec![(UserId(1), topics)],
            ..Changes::default()
        };
        assert_eq!(sessions.changes(), expected);
    };
    subscribe(&one, "a", 1);
    subscribe(&other, "a", 2);
    subscribe(&other, "b", 3);
    told(&["a", "b"]);
    one.end_topic(Namespace::Chat, "a");
    told(&["a", "b"]);
    // What is refused, or never was, changes nothing.
    one.topics(Namespace::Chat).ask("c", 4, 2);
    one.decide_topic(Namespace::Chat, 4, false);
    one.end_topic(Namespace::Chat, "a");
    stranger.topics(Namespace::Chat).ask("a", 5, 2);
    assert_eq!(sessions.changes(), Changes::default());
    assert_eq!(sessions.snapshot().topics.len(), 1);

    sessions.leave(&other, Namespace::Chat);
    told(&[]);
    assert!(sessions.snapshot().topics.is_empty());
    subscribe(&one, "a", 6);
    sessions.closed(&one);
    let gone = sessions.changes();
    assert_eq!((gone.remove, gone.topics), (vec![UserId(1)], vec![]));
}

#[test]
fn only_so_many_topics_of_one_user_are_announced() {
    let sessions = sessions();
    let (one, other) = (joined(&sessions, 1), joined(&sessions, 1));
    for (place, socket) in [&one, &other].into_iter().enumerate() {
        for n in 0..MAX_TOPICS {
            subscribe(socket, &format!("{place}{n}"), 1 + (place * 100 + n) as u64);
        }
    }
    let changes = sessions.changes();
    assert_eq!(changes.topics[0].1.len(), MAX_TOPICS);
}

#[test]
fn a_user_has_so_many_sockets_and_a_socket_one_session() {
    let sessions = sessions();
    let first = joined(&sessions, 1);
    let _second = joined(&sessions, 1);
    let third = sessions.open();
    let welcome = || Utf8Bytes::from_static("welcome");
    let refused = sessions.join(&third, &caller(1, "s"), Namespace::Chat, welcome());
    assert_eq!(code(refused), Some(ErrorCode::RateLimited));
    let refused = sessions.join(&first, &caller(1, "t"), Namespace::Notifications, welcome());
    assert_eq!(code(refused), Some(ErrorCode::AuthInvalid));
    sessions
        .join(&first, &caller(1, "s"), Namespace::Notifications, welcome())
        .expect("the same session");
    assert_eq!(sessions.of_session(UserId(1), "s").len(), 2);
    assert!(sessions.of_session(UserId(1), "t").is_empty());
}

#[test]
fn a_closed_socket_joins_nothing() {
    let sessions = sessions();
    let socket = sessions.open();
    sessions.closed(&socket);
    let welcome = Utf8Bytes::from_static("welcome");
    assert!(
        sessions
            .join(&socket, &caller(1, "s"), Namespace::Chat, welcome)
            .is_err()
    );
    assert_eq!(sessions.count(), 0);
}

#[test]
fn nobody_joins_while_pushes_do_not_arrive() {
    let sessions = sessions();
    let early = joined(&sessions, 1);
    sessions.incarnation.end();
    let generation = sessions.incarnation.lost();
    let socket = sessions.open();
    let join = || {
        let welcome = Utf8Bytes::from_static("welcome");
        sessions.join(&socket, &caller(1, "s"), Namespace::Chat, welcome)
    };
    assert!(matches!(join(), Err(JoinError::Offline)));
    sessions.incarnation.begin(NodeId::fresh("edge"));
    join().expect("may join again");
    let concerned = sessions.up_to_generation(generation);
    assert_eq!(
        concerned.iter().map(|socket| socket.id).collect::<Vec<_>>(),
        [early.id]
    );
    assert_eq!(sessions.all().len(), 2);
}
