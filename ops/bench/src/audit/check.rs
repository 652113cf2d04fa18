//! The checks: what was promised against what is there. Pure functions over records, so that tests can feed them
//! histories with every kind of damage.

use std::collections::HashMap;

use serde::Serialize;

use super::evidence::{ReadState, Stored};
use super::record::{DeviceLog, Outcome, Sent};

/// A broken promise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Violation {
    /// Which promise.
    pub(crate) kind: &'static str,
    /// The ids concerned.
    pub(crate) detail: String,
}

/// What the checks look at. Rooms and people are indices of the plan.
#[derive(Debug)]
pub(crate) struct Evidence<'a> {
    /// Conversation ids.
    pub(crate) ids: Vec<&'a str>,
    /// Members of each conversation.
    pub(crate) members: Vec<&'a [usize]>,
    /// User id of each person.
    pub(crate) user_ids: Vec<u64>,
    /// The history of each conversation.
    pub(crate) stored: &'a [Vec<Stored>],
    /// What each person sent, in that order.
    pub(crate) sent: &'a [Vec<Sent>],
    /// What each device holds.
    pub(crate) devices: &'a [DeviceLog],
    /// Without faults nothing excuses a sender's messages from being stored in the order sent. With faults only those
    /// count that were acked in that order.
    pub(crate) strict_order: bool,
}

/// All violations, history by history.
pub(crate) fn check(evidence: &Evidence<'_>) -> Vec<Violation> {
    let mut found = Vec::new();
    for room in 0..evidence.ids.len() {
        history(evidence, room, &mut found);
    }
    answers(evidence, &mut found);
    for device in evidence.devices {
        holdings(evidence, device, &mut found);
    }
    order(evidence, &mut found);
    found
}

/// A history is ascending, its ids follow from conversation and seq, and no key is stored twice.
fn history(evidence: &Evidence<'_>, room: usize, found: &mut Vec<Violation>) {
    let mut report = |kind, detail| found.push(Violation { kind, detail });
    let stored = &evidence.stored[room];
    for pair in stored.windows(2) {
        if pair[0].seq >= pair[1].seq {
            report(
                "history out of order",
                format!("{} before {}", pair[0].id, pair[1].id),
            );
        }
    }
    let mut keys: HashMap<&str, &Stored> = HashMap::new();
    for message in stored.iter().filter(|message| message.kind != "system") {
        let expected = format!("{}.{:010}", evidence.ids[room], message.seq);
        if message.id != expected {
            report(
                "id does not follow from seq",
                format!("{} instead of {expected}", message.id),
            );
        }
        if message
            .client_id
            .as_ref()
            .is_some_and(|id| *id != message.content)
        {
            report(
                "clientId of another message",
                format!("{} carries {:?}", message.id, message.client_id),
            );
        }
        if let Some(first) = keys.insert(&message.content, message) {
            report(
                "clientId stored twice",
                format!("{} as {} and {}", message.content, first.id, message.id),
            );
        }
    }
}

/// Every acked message is where its ack said; nothing is stored that nobody sent; nothing stays without an answer.
fn answers(evidence: &Evidence<'_>, found: &mut Vec<Violation>) {
    let mut report = |kind, detail| found.push(Violation { kind, detail });
    let mut by_key: HashMap<&str, (usize, &Stored)> = HashMap::new();
    for (room, stored) in evidence.stored.iter().enumerate() {
        let messages = stored.iter().filter(|message| message.kind != "system");
        by_key.extend(messages.map(|message| (message.content.as_str(), (room, message))));
    }
    for (sender, sent) in evidence.sent.iter().enumerate() {
        for message in sent {
            let stored = by_key.remove(message.key.as_str());
            if let Some((room, stored)) = stored
                && (room != message.room || stored.sender != Some(evidence.user_ids[sender]))
            {
                report(
                    "stored under another name or elsewhere",
                    format!("{} as {}", message.key, stored.id),
                );
            }
            match (&message.outcome, stored) {
                (Outcome::Acked { id, .. }, None) => report(
                    "acked message lost",
                    format!("{} acked as {id}", message.key),
                ),
                (Outcome::Acked { id, seq, .. }, Some((_, stored)))
                    if *id != stored.id || *seq != stored.seq =>
                {
                    report(
                        "ack names another place",
                        format!("{} acked as {id}, stored as {}", message.key, stored.id),
                    );
                }
                (Outcome::Refused(code), _) => {
                    report("refused", format!("{}: {code}", message.key))
                }
                (Outcome::Pending, _) => {
                    report(
                        "never answered",
                        format!("{} after {} attempts", message.key, message.attempts),
                    );
                }
                (Outcome::Acked { .. }, Some(_)) => {}
            }
        }
    }
    for (key, (_, stored)) in by_key {
        report("stored but never sent", format!("{} as {}", key, stored.id));
    }
}

/// A device holds exactly what is stored (from its last reset on), once per connection, the same text everywhere.
fn holdings(evidence: &Evidence<'_>, device: &DeviceLog, found: &mut Vec<Violation>) {
    let name = format!(
        "person {} device {}",
        evidence.user_ids[device.person], device.device
    );
    let mut report = |kind, detail: String| {
        found.push(Violation {
            kind,
            detail: format!("{name}: {detail}"),
        })
    };
    for (id, connection) in &device.doubles {
        report(
            "received twice on one connection",
            format!("{id} on connection {connection}"),
        );
    }
    for id in &device.conflicts {
        report("received with different texts", id.clone());
    }
    if device.connections == 0 {
        return report("never connected", String::new());
    }
    let empty = super::record::Holding::default();
    for (room, id) in evidence.ids.iter().enumerate() {
        let holding = device.rooms.get(*id).unwrap_or(&empty);
        if !evidence.members[room].contains(&device.person) {
            if let Some(seq) = holding.messages.keys().next() {
                report("received without being a member", format!("{id} seq {seq}"));
            }
            continue;
        }
        let mut held = holding.messages.clone();
        for stored in evidence.stored[room]
            .iter()
            .filter(|stored| stored.seq >= holding.floor)
        {
            match held.remove(&stored.seq) {
                None => report("not received", stored.id.clone()),
                Some(fingerprint) if fingerprint != stored.fingerprint() => {
                    report("received otherwise than stored", stored.id.clone());
                }
                Some(_) => {}
            }
        }
        for seq in held.keys() {
            report("received but not stored", format!("{id} seq {seq}"));
        }
    }
}

/// Key, seq, and position among the sender's acks.
type Place<'a> = (&'a str, u64, u64);

/// Per sender and conversation: messages sent once, on one connection, are stored in the order sent.
fn order(evidence: &Evidence<'_>, found: &mut Vec<Violation>) {
    for sent in evidence.sent {
        let mut lines: HashMap<(usize, u32), Vec<Place<'_>>> = HashMap::new();
        for message in sent.iter().filter(|message| message.attempts == 1) {
            if let Outcome::Acked { seq, nth, .. } = &message.outcome {
                lines
                    .entry((message.room, message.connection))
                    .or_default()
                    .push((&message.key, *seq, *nth));
            }
        }
        for line in lines.values() {
            let mut high = 0;
            for (position, (key, seq, nth)) in line.iter().enumerate() {
                if *seq > high {
                    high = *seq;
                    continue;
                }
                let overtaken = line[..position].iter().find(|(_, before, acked)| {
                    before > seq && (evidence.strict_order || acked < nth)
                });
                if let Some((before, before_seq, _)) = overtaken {
                    let detail =
                        format!("{before} sent before {key}, stored as seq {before_seq} and {seq}");
                    found.push(Violation {
                        kind: "not in the order sent",
                        detail,
                    });
                }
            }
        }
    }
}

/// What people are told to be unread reaches up to the last message of others.
pub(crate) fn check_read_states(evidence: &Evidence<'_>, states: &[ReadState]) -> Vec<Violation> {
    let mut found = Vec::new();
    for state in states {
        let user = evidence.user_ids[state.person];
        let stored = &evidence.stored[state.room];
        let newest = |own: bool| {
            let messages = stored.iter().filter(|message| message.kind != "system");
            messages
                .filter(|message| (message.sender == Some(user)) == own)
                .map(|message| message.seq)
                .max()
                .unwrap_or(0)
        };
        let (last, own, foreign) = (
            stored.last().map_or(0, |message| message.seq),
            newest(true),
            newest(false),
        );
        let mut report = |kind, detail: String| {
            found.push(Violation {
                kind,
                detail: format!("person {user}, {}: {detail}", evidence.ids[state.room]),
            });
        };
        if state.last_seq != last {
            report(
                "lastSeq is not the last message",
                format!("{} instead of {last}", state.last_seq),
            );
        }
        if state.last_read_seq < own {
            report(
                "own message not read",
                format!("lastReadSeq {} before own {own}", state.last_read_seq),
            );
        }
        if state.unread != state.last_seq.saturating_sub(state.last_read_seq) {
            report(
                "wrong unread count",
                format!(
                    "{} with lastSeq {} lastReadSeq {}",
                    state.unread, state.last_seq, state.last_read_seq
                ),
            );
        }
        if foreign > state.last_read_seq && state.notified_to < foreign {
            report(
                "not notified",
                format!(
                    "notified up to {}, last message of others {foreign}",
                    state.notified_to
                ),
            );
        }
        if state.notifications > 1 {
            report(
                "several unread notifications",
                format!("{} for one conversation", state.notifications),
            );
        }
    }
    found
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
