//! Catching up after a connect: `conversation:sync` until it has been answered in full.
//!
//! What is sent is what the device held before this connection. Live messages that arrive while the answer is on its
//! way must not raise it, or the hole before them would stay.

use std::collections::BTreeMap;

use super::record::{DeviceLog, fingerprint};
use crate::client::event::AckView;
use crate::client::packet::{self, Namespace};
use crate::client::shape::{Held, SyncRequest, Synced};
use crate::client::socket::{Closed, Socket};

/// Bound for an answer, then the request is sent again; microseconds.
const TIMEOUT: u64 = 10_000_000;
/// Pause before a retry: up to this, random, in microseconds.
const RETRY_PAUSE: u64 = 500_000;

/// The sync of one connection.
#[derive(Debug)]
pub(crate) struct CatchUp {
    /// `(seq, change)` per conversation: from before the connection, then as answered.
    held: BTreeMap<String, (u64, u64)>,
    cursor: Option<String>,
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Waiting { until: u64 },
    InFlight { ack: u64, deadline: u64 },
    Done,
}

impl CatchUp {
    /// Begins with what the device holds now.
    pub(crate) fn begin(log: &DeviceLog) -> Self {
        let held = log
            .rooms
            .iter()
            .map(|(room, holding)| (room.clone(), (holding.watermark, holding.change)));
        Self {
            held: held.collect(),
            cursor: None,
            state: State::Waiting { until: 0 },
        }
    }

    /// Whether everything missed has been received.
    pub(crate) fn is_done(&self) -> bool {
        matches!(self.state, State::Done)
    }

    /// Whether this ack id is the one of the request under way.
    pub(crate) fn awaits(&self, id: u64) -> bool {
        matches!(self.state, State::InFlight { ack, .. } if ack == id)
    }

    /// Sends the request if it is due; returns when to call again.
    pub(crate) fn pump(&mut self, now: u64, socket: &mut Socket) -> Result<u64, Closed> {
        match self.state {
            State::Done => return Ok(u64::MAX),
            State::InFlight { deadline, .. } if now < deadline => return Ok(deadline),
            State::Waiting { until } if now < until => return Ok(until),
            State::InFlight { .. } | State::Waiting { .. } => {}
        }
        let ack = socket.ack_id();
        let held: Vec<Held> = self
            .held
            .iter()
            .map(|(id, (seq, change))| Held {
                id: id.clone(),
                seq: *seq,
                change: *change,
            })
            .collect();
        let request = SyncRequest {
            conversations: &held,
            cursor: self.cursor.as_deref(),
        };
        let payload = serde_json::to_string(&request).map_err(|error| Closed(error.to_string()))?;
        socket.queue(packet::event_with_ack(
            Namespace::Chat,
            ack,
            "conversation:sync",
            &payload,
        ))?;
        let deadline = now + TIMEOUT;
        self.state = State::InFlight { ack, deadline };
        Ok(deadline)
    }

    /// Takes the answer in. An error is retried after a pause; its code is returned for the count.
    pub(crate) fn answered<'a>(
        &mut self,
        payload: &'a str,
        log: &mut DeviceLog,
        now: u64,
    ) -> Result<(), &'a str> {
        self.state = State::Waiting {
            until: now + rand::random_range(0..RETRY_PAUSE),
        };
        let synced = AckView::<Synced>::parse(payload)?;
        for entry in synced.conversations {
            let (room, messages) = (entry.conversation.id, entry.messages);
            let last = messages.last().map_or(0, |message| message.seq);
            if entry.reset {
                log.reset(
                    &room,
                    messages.first().map_or(0, |message| message.seq),
                    last,
                );
            }
            for message in messages {
                log.hold(
                    &room,
                    &message.id,
                    message.seq,
                    fingerprint(message.sender_id, &message.content),
                );
            }
            let holding = log.rooms.entry(room.clone()).or_default();
            holding.change = entry.conversation.last_change;
            let held = self.held.entry(room).or_default();
            *held = (held.0.max(last), entry.conversation.last_change);
        }
        self.cursor = synced.next_cursor;
        if self.cursor.is_some() {
            self.state = State::Waiting { until: now };
            return Ok(());
        }
        self.state = State::Done;
        for holding in log.rooms.values_mut() {
            let newest = holding.messages.last_key_value().map_or(0, |(seq, _)| *seq);
            holding.watermark = holding.watermark.max(newest);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(messages: &str, reset: bool, cursor: &str) -> String {
        format!(
            r#"{{"ok":true,"data":{{"conversations":[{{"conversation":{{"id":"c","lastSeq":9,"lastChange":2}},
            "messages":[{messages}],"reset":{reset}}}],"nextCursor":{cursor}}}}}"#
        )
    }

    #[test]
    fn live_messages_do_not_raise_what_is_held_before_the_answer() {
        let mut log = DeviceLog::default();
        log.hold("c", "c.3", 3, 3);
        log.complete_to("c", 3);
        let mut sync = CatchUp::begin(&log);
        // Comes live while 4 is still missing.
        log.hold("c", "c.5", 5, 5);
        assert_eq!(sync.held["c"], (3, 0));
        assert_eq!(CatchUp::begin(&log).held["c"], (3, 0));
        sync.answered(
            &answer(
                r#"{"id":"c.4","seq":4},{"id":"c.5","seq":5}"#,
                false,
                "null",
            ),
            &mut log,
            0,
        )
        .unwrap();
        assert!(sync.is_done());
        assert_eq!(log.rooms["c"].messages.len(), 3);
        assert_eq!((log.rooms["c"].watermark, log.rooms["c"].change), (5, 2));
    }

    #[test]
    fn pages_go_on_until_the_cursor_ends_and_errors_are_retried() {
        let mut log = DeviceLog::default();
        let mut sync = CatchUp::begin(&log);
        assert_eq!(
            sync.answered(
                r#"{"ok":false,"error":{"code":"BUSY","message":""}}"#,
                &mut log,
                0
            ),
            Err("BUSY")
        );
        sync.answered(
            &answer(r#"{"id":"c.1","seq":1}"#, false, "\"x\""),
            &mut log,
            0,
        )
        .unwrap();
        assert!(!sync.is_done());
        assert_eq!(log.rooms["c"].watermark, 0);
        sync.answered(
            &answer(r#"{"id":"c.2","seq":2}"#, true, "null"),
            &mut log,
            0,
        )
        .unwrap();
        assert!(sync.is_done());
        assert_eq!(
            (log.rooms["c"].floor, log.rooms["c"].watermark, log.resets),
            (2, 2, 1)
        );
    }
}
