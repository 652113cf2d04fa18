//! What the audit remembers: what was sent and acked, and what every device holds.

use std::collections::{BTreeMap, HashMap};
use std::hash::{DefaultHasher, Hash, Hasher};

/// One message of one sender, over all its attempts.
#[derive(Clone, Debug)]
pub(crate) struct Sent {
    /// The clientId, and the content: unique within the run.
    pub(crate) key: String,
    /// Index of the conversation in the plan.
    pub(crate) room: usize,
    /// How often it was sent.
    pub(crate) attempts: u32,
    /// The connection of the last attempt.
    pub(crate) connection: u32,
    /// What became of it.
    pub(crate) outcome: Outcome,
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// No final answer yet.
    Pending,
    /// The ack, with its position among the acks of this sender.
    Acked {
        /// The message's id.
        id: String,
        /// Its place in the conversation.
        seq: u64,
        /// Position among this sender's acks.
        nth: u64,
    },
    /// Refused for good, with the code.
    Refused(String),
}

/// What a device holds of a conversation, from live events and syncs.
#[derive(Clone, Debug, Default)]
pub(crate) struct Holding {
    /// Fingerprints by seq.
    pub(crate) messages: BTreeMap<u64, u64>,
    /// After a reset only the newest page is held: from here on.
    pub(crate) floor: u64,
    /// Complete up to here: what the next sync sends as `seq`.
    pub(crate) watermark: u64,
    /// `lastChange` as last seen.
    pub(crate) change: u64,
}

/// Everything about one device.
#[derive(Debug, Default)]
pub(crate) struct DeviceLog {
    /// Index of its person.
    pub(crate) person: usize,
    /// Number among the person's devices.
    pub(crate) device: usize,
    /// What it holds, by conversation id.
    pub(crate) rooms: HashMap<String, Holding>,
    /// Message ids received twice on one connection, with the connection's number.
    pub(crate) doubles: Vec<(String, u32)>,
    /// Message ids received with different texts.
    pub(crate) conflicts: Vec<String>,
    /// Live events with a lower seq than one before on the same connection. Clients order by seq, so only counted.
    pub(crate) late: u64,
    /// Connections made.
    pub(crate) connections: u32,
    /// Answers with `reset: true`.
    pub(crate) resets: u64,
}

impl DeviceLog {
    /// Takes a message in; a second one with the same seq must be the same.
    pub(crate) fn hold(&mut self, room: &str, id: &str, seq: u64, fingerprint: u64) {
        if !self.rooms.contains_key(room) {
            self.rooms.insert(room.to_owned(), Holding::default());
        }
        if let Some(holding) = self.rooms.get_mut(room)
            && *holding.messages.entry(seq).or_insert(fingerprint) != fingerprint
        {
            self.conflicts.push(id.to_owned());
        }
    }

    /// Raises the watermark of a conversation: all up to `seq` is held.
    pub(crate) fn complete_to(&mut self, room: &str, seq: u64) {
        if let Some(holding) = self.rooms.get_mut(room) {
            holding.watermark = holding.watermark.max(seq);
        }
    }

    /// Drops what is held of a conversation for a page that ends with `last` and begins with `first`. What is newer
    /// than the page came live while the answer was on its way and stays.
    pub(crate) fn reset(&mut self, room: &str, first: u64, last: u64) {
        self.resets += 1;
        let holding = self.rooms.entry(room.to_owned()).or_default();
        holding.messages.retain(|seq, _| *seq > last);
        holding.floor = first;
    }
}

/// Stands for who wrote what.
pub(crate) fn fingerprint(sender: Option<u64>, content: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (sender, content).hash(&mut hasher);
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reset_keeps_what_came_after_its_page() {
        let mut log = DeviceLog::default();
        for seq in [1, 2, 3, 105] {
            log.hold("c", "id", seq, seq);
        }
        log.reset("c", 50, 104);
        let holding = &log.rooms["c"];
        assert_eq!(holding.messages.keys().copied().collect::<Vec<_>>(), [105]);
        assert_eq!(holding.floor, 50);
    }

    #[test]
    fn a_different_text_at_the_same_place_is_a_conflict() {
        let mut log = DeviceLog::default();
        log.hold("c", "c.1", 1, fingerprint(Some(1), "a"));
        log.hold("c", "c.1", 1, fingerprint(Some(1), "a"));
        assert!(log.conflicts.is_empty());
        log.hold("c", "c.1", 1, fingerprint(Some(2), "a"));
        assert_eq!(log.conflicts, ["c.1"]);
    }
}
