//! Every kind of damage must be found, and a sound history must pass.

use super::*;
use crate::audit::record::Holding;

const ROOM: &str = "c1";

/// One conversation of people 0 and 1 (user ids 10 and 11) with four messages, all as it should be.
struct World {
    stored: Vec<Vec<Stored>>,
    sent: Vec<Vec<Sent>>,
    devices: Vec<DeviceLog>,
    strict: bool,
}

fn stored(seq: u64, user: u64, key: &str) -> Stored {
    Stored {
        id: format!("{ROOM}.{seq:010}"),
        seq,
        kind: "user".to_owned(),
        sender: Some(user),
        content: key.to_owned(),
        client_id: Some(key.to_owned()),
    }
}

fn acked(key: &str, seq: u64, nth: u64) -> Sent {
    let outcome = Outcome::Acked {
        id: format!("{ROOM}.{seq:010}"),
        seq,
        nth,
    };
    Sent {
        key: key.to_owned(),
        room: 0,
        attempts: 1,
        connection: 1,
        outcome,
    }
}

fn device(person: usize, number: usize, stored: &[Stored]) -> DeviceLog {
    let messages = stored
        .iter()
        .map(|message| (message.seq, message.fingerprint()))
        .collect();
    let rooms = [(
        ROOM.to_owned(),
        Holding {
            messages,
            ..Holding::default()
        },
    )]
    .into();
    DeviceLog {
        person,
        device: number,
        rooms,
        connections: 1,
        ..DeviceLog::default()
    }
}

impl World {
    fn sound() -> Self {
        let history = vec![
            stored(1, 10, "a"),
            stored(2, 11, "x"),
            stored(3, 10, "b"),
            stored(4, 10, "c"),
        ];
        let devices = vec![
            device(0, 0, &history),
            device(1, 0, &history),
            device(1, 1, &history),
        ];
        let sent = vec![
            vec![acked("a", 1, 1), acked("b", 3, 2), acked("c", 4, 3)],
            vec![acked("x", 2, 1)],
        ];
        Self {
            stored: vec![history],
            sent,
            devices,
            strict: false,
        }
    }

    fn evidence(&self) -> Evidence<'_> {
        Evidence {
            ids: vec![ROOM],
            members: vec![&[0, 1]],
            user_ids: vec![10, 11],
            stored: &self.stored,
            sent: &self.sent,
            devices: &self.devices,
            strict_order: self.strict,
        }
    }

    fn kinds(&self) -> Vec<&'static str> {
        check(&self.evidence())
            .into_iter()
            .map(|violation| violation.kind)
            .collect()
    }

    fn held(&mut self, device: usize) -> &mut Holding {
        self.devices[device].rooms.get_mut(ROOM).unwrap()
    }
}

#[test]
fn a_sound_history_passes() {
    assert!(World::sound().kinds().is_empty());
}

#[test]
fn a_lost_message_is_found_in_store_and_devices() {
    let mut world = World::sound();
    world.stored[0].remove(2);
    let kinds = world.kinds();
    assert!(kinds.contains(&"acked message lost"), "{kinds:?}");
    assert_eq!(
        kinds
            .iter()
            .filter(|kind| **kind == "received but not stored")
            .count(),
        3
    );
}

#[test]
fn a_message_one_device_missed_is_found() {
    let mut world = World::sound();
    world.held(2).messages.remove(&3);
    assert_eq!(world.kinds(), ["not received"]);
    world.devices[1].rooms.clear();
    assert_eq!(world.kinds().len(), 5);
}

#[test]
fn what_lies_before_a_reset_is_not_asked_for() {
    let mut world = World::sound();
    world.held(2).messages.retain(|seq, _| *seq >= 3);
    world.held(2).floor = 3;
    assert!(world.kinds().is_empty());
}

#[test]
fn a_key_stored_twice_is_found() {
    let mut world = World::sound();
    let double = stored(5, 10, "b");
    for device in 0..3 {
        world.held(device).messages.insert(5, double.fingerprint());
    }
    world.stored[0].push(double);
    let kinds = world.kinds();
    assert!(kinds.contains(&"clientId stored twice"), "{kinds:?}");
}

#[test]
fn an_ack_that_names_another_place_is_found() {
    let mut world = World::sound();
    world.sent[1][0] = acked("x", 7, 1);
    assert_eq!(world.kinds(), ["ack names another place"]);
}

#[test]
fn messages_without_answer_or_refused_are_found() {
    let mut world = World::sound();
    world.sent[1][0].outcome = Outcome::Pending;
    assert_eq!(world.kinds(), ["never answered"]);
    world.sent[1][0].outcome = Outcome::Refused("FORBIDDEN".to_owned());
    assert_eq!(world.kinds(), ["refused"]);
}

#[test]
fn a_stored_message_nobody_sent_is_found() {
    let mut world = World::sound();
    world.sent[1].clear();
    assert_eq!(world.kinds(), ["stored but never sent"]);
}

#[test]
fn a_message_under_another_name_is_found() {
    let mut world = World::sound();
    world.stored[0][1].sender = Some(10);
    assert!(
        world
            .kinds()
            .contains(&"stored under another name or elsewhere")
    );
}

#[test]
fn a_history_out_of_order_is_found() {
    let mut world = World::sound();
    world.stored[0].swap(1, 2);
    assert_eq!(world.kinds(), ["history out of order"]);
}

#[test]
fn an_order_the_members_do_not_agree_on_is_found() {
    let mut world = World::sound();
    let messages = &mut world.held(0).messages;
    let (second, third) = (messages[&2], messages[&3]);
    messages.insert(2, third);
    messages.insert(3, second);
    assert_eq!(world.kinds(), ["received otherwise than stored"; 2]);
}

#[test]
fn doubles_and_conflicts_on_a_device_are_found() {
    let mut world = World::sound();
    world.devices[0]
        .doubles
        .push((format!("{ROOM}.0000000002"), 1));
    world.devices[1]
        .conflicts
        .push(format!("{ROOM}.0000000003"));
    assert_eq!(
        world.kinds(),
        [
            "received twice on one connection",
            "received with different texts"
        ]
    );
}

#[test]
fn messages_overtaken_are_found_unless_retried() {
    let mut world = World::sound();
    // "b" and "c" change places in the store; their acks came in the order sent.
    world.stored[0][2] = stored(3, 10, "c");
    world.stored[0][3] = stored(4, 10, "b");
    world.sent[0][1] = acked("b", 4, 2);
    world.sent[0][2] = acked("c", 3, 3);
    let history = world.stored[0].clone();
    world.devices = vec![device(0, 0, &history)];
    assert_eq!(world.kinds(), ["not in the order sent"]);
    world.sent[0][1].attempts = 2;
    assert!(world.kinds().is_empty());
}

#[test]
fn acks_out_of_order_excuse_only_under_faults() {
    let mut world = World::sound();
    world.stored[0][2] = stored(3, 10, "c");
    world.stored[0][3] = stored(4, 10, "b");
    world.sent[0][1] = acked("b", 4, 3);
    world.sent[0][2] = acked("c", 3, 2);
    let history = world.stored[0].clone();
    world.devices = vec![device(0, 0, &history)];
    assert!(world.kinds().is_empty());
    world.strict = true;
    assert_eq!(world.kinds(), ["not in the order sent"]);
}

#[test]
fn a_message_for_somebody_else_is_found() {
    let world = World::sound();
    let mut evidence = world.evidence();
    evidence.members = vec![&[0]];
    let kinds: Vec<_> = check(&evidence)
        .into_iter()
        .map(|violation| violation.kind)
        .collect();
    assert_eq!(kinds, ["received without being a member"; 2]);
}

#[test]
fn read_states_reach_the_last_message() {
    let world = World::sound();
    let good = ReadState {
        person: 1,
        room: 0,
        last_seq: 4,
        last_read_seq: 2,
        unread: 2,
        notified_to: 4,
        notifications: 1,
    };
    let kinds = |state: ReadState| -> Vec<&'static str> {
        check_read_states(&world.evidence(), &[state])
            .into_iter()
            .map(|violation| violation.kind)
            .collect()
    };
    assert!(kinds(good.clone()).is_empty());
    assert_eq!(
        kinds(ReadState {
            notified_to: 3,
            ..good.clone()
        }),
        ["not notified"]
    );
    assert_eq!(
        kinds(ReadState {
            unread: 1,
            ..good.clone()
        }),
        ["wrong unread count"]
    );
    assert_eq!(
        kinds(ReadState {
            notifications: 2,
            ..good.clone()
        }),
        ["several unread notifications"]
    );
    assert_eq!(
        kinds(ReadState {
            last_read_seq: 1,
            unread: 3,
            ..good.clone()
        }),
        ["own message not read"]
    );
    assert_eq!(
        kinds(ReadState {
            last_seq: 3,
            unread: 1,
            ..good
        }),
        ["lastSeq is not the last message"]
    );
    let sender = ReadState {
        person: 0,
        room: 0,
        last_seq: 4,
        last_read_seq: 4,
        unread: 0,
        notified_to: 0,
        notifications: 0,
    };
    assert!(kinds(sender).is_empty());
}
