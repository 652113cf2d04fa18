//! How one socket sends: with a window of unacked messages, or at fixed times.

use std::collections::VecDeque;
use std::fmt::Write as _;

use super::{Schedule, Shared};
use crate::client::packet;
use crate::client::socket::{Closed, Socket};

/// At a fixed rate, a sender with this many unacked messages waits for acks. The messages it owes keep their intended
/// times, so the wait shows in the latencies.
const MAX_UNACKED: usize = 1000;
/// After a refusal (such as `BUSY`) the sender pauses for this long, in microseconds.
const PAUSE: u64 = 20_000;

/// The pace of all senders together.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Pace {
    /// Closed loop: each sender keeps this many messages unacked.
    Window(usize),
    /// Open loop: this many messages per second in total, evenly spread over the senders.
    Rate(f64),
}

/// The pace of one sender.
#[derive(Clone, Copy, Debug)]
pub(crate) enum SenderPace {
    /// Messages to keep unacked.
    Window(usize),
    /// Message n is meant for `start + offset + n * interval` (microseconds).
    Every {
        /// Position among the senders.
        offset: f64,
        /// Between two messages.
        interval: f64,
    },
}

impl Pace {
    /// The pace of sender number `index` of `senders`.
    #[expect(clippy::cast_precision_loss, reason = "thousands of senders at most")]
    pub(crate) fn of_sender(self, index: usize, senders: usize) -> SenderPace {
        match self {
            Self::Window(window) => SenderPace::Window(window),
            Self::Rate(rate) => {
                let interval = 1e6 * senders as f64 / rate;
                SenderPace::Every {
                    offset: interval * index as f64 / senders as f64,
                    interval,
                }
            }
        }
    }
}

struct Unacked {
    ack: u64,
    intended: u64,
}

/// The sending side of a seat.
pub(crate) struct Sender {
    pace: SenderPace,
    seat: String,
    conversation: String,
    sent: u64,
    unacked: VecDeque<Unacked>,
    paused_until: u64,
}

impl Sender {
    /// A sender for a conversation; `seat` makes its client ids unique within the run.
    pub(crate) fn new(pace: SenderPace, seat: String, conversation: String) -> Self {
        Self {
            pace,
            seat,
            conversation,
            sent: 0,
            unacked: VecDeque::new(),
            paused_until: 0,
        }
    }

    /// Sends what is due at `now`; returns when to call again even if no ack comes (none: only after an ack).
    pub(crate) fn pump(
        &mut self,
        now: u64,
        socket: &mut Socket,
        shared: &Shared,
    ) -> Result<Option<u64>, Closed> {
        let Some(schedule) = shared.schedule.get() else {
            return Ok(Some(now + 20_000));
        };
        loop {
            if now < self.paused_until {
                return Ok(Some(self.paused_until));
            }
            match self.due(now, schedule) {
                Due::Now(intended) => self.send(intended, socket, shared)?,
                Due::At(time) => return Ok(Some(time)),
                Due::AfterAck | Due::Never => return Ok(None),
            }
        }
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "message numbers stay far below 2^52"
    )]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "positive, far below 2^64"
    )]
    fn due(&self, now: u64, schedule: &Schedule) -> Due {
        match self.pace {
            _ if now >= schedule.measure_to => Due::Never,
            _ if now < schedule.start => Due::At(schedule.start),
            SenderPace::Window(window) if self.unacked.len() < window => Due::Now(now),
            SenderPace::Window(_) => Due::AfterAck,
            SenderPace::Every { .. } if self.unacked.len() >= MAX_UNACKED => Due::AfterAck,
            SenderPace::Every { offset, interval } => {
                match schedule.start + (offset + self.sent as f64 * interval) as u64 {
                    time if time >= schedule.measure_to => Due::Never,
                    time if time <= now => Due::Now(time),
                    time => Due::At(time),
                }
            }
        }
    }

    fn send(&mut self, intended: u64, socket: &mut Socket, shared: &Shared) -> Result<(), Closed> {
        let ack = socket.ack_id();
        let content = content(intended, shared.content_bytes);
        let client_id = format!("{}-{}-{}", shared.prefix, self.seat, self.sent);
        socket.queue(packet::message_send(
            ack,
            &self.conversation,
            &content,
            &client_id,
        ))?;
        self.sent += 1;
        self.unacked.push_back(Unacked { ack, intended });
        shared.tally.sent.add(1);
        Ok(())
    }

    /// Takes the message with this ack id off the list: when it was meant to be sent. None for an ack nobody waits for.
    pub(crate) fn acked(&mut self, ack: u64) -> Option<u64> {
        // Acks come in order but for refusals, so it is at the front or near it.
        let position = self.unacked.iter().position(|unacked| unacked.ack == ack)?;
        self.unacked
            .remove(position)
            .map(|unacked| unacked.intended)
    }

    /// Waits a little after a refusal.
    pub(crate) fn pause(&mut self, now: u64) {
        self.paused_until = now + PAUSE;
    }
}

enum Due {
    Now(u64),
    At(u64),
    AfterAck,
    Never,
}

/// `w <intended time> xxx`: carries its own time to every receiver, padded to `bytes`.
fn content(intended: u64, bytes: usize) -> String {
    let mut text = String::with_capacity(bytes.max(24));
    let _ = write!(text, "w {intended} ");
    while text.len() < bytes {
        text.push('x');
    }
    text
}

/// The intended time in a message's content; none if it is not one of a run.
pub(crate) fn intended(content: &str) -> Option<u64> {
    content.strip_prefix("w ")?.split(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEDULE: Schedule = Schedule {
        start: 1_000_000,
        measure_from: 2_000_000,
        measure_to: 3_000_000,
    };

    fn sender(pace: SenderPace) -> Sender {
        Sender::new(pace, "0".to_owned(), "c".to_owned())
    }

    #[test]
    fn a_message_carries_its_intended_time() {
        assert_eq!(content(1234, 20).len(), 20);
        assert_eq!(intended(&content(1234, 20)), Some(1234));
        assert_eq!(intended(&content(u64::MAX, 0)), Some(u64::MAX));
        assert_eq!(intended("hello"), None);
    }

    #[test]
    fn a_rate_is_spread_evenly_over_the_senders() {
        let SenderPace::Every { offset, interval } = Pace::Rate(100.0).of_sender(1, 4) else {
            panic!()
        };
        assert!((offset - 10_000.0).abs() < 0.01 && (interval - 40_000.0).abs() < 0.01);
    }

    #[test]
    fn late_messages_keep_their_intended_time() {
        let mut sender = sender(SenderPace::Every {
            offset: 0.0,
            interval: 1000.0,
        });
        assert!(matches!(sender.due(500_000, &SCHEDULE), Due::At(1_000_000)));
        sender.sent = 3;
        assert!(matches!(
            sender.due(1_500_000, &SCHEDULE),
            Due::Now(1_003_000)
        ));
        assert!(matches!(
            sender.due(1_002_000, &SCHEDULE),
            Due::At(1_003_000)
        ));
        assert!(matches!(sender.due(3_000_000, &SCHEDULE), Due::Never));
        sender.sent = 5000;
        assert!(matches!(sender.due(2_999_000, &SCHEDULE), Due::Never));
    }

    #[test]
    fn a_window_waits_for_acks() {
        let mut sender = sender(SenderPace::Window(1));
        assert!(matches!(
            sender.due(1_500_000, &SCHEDULE),
            Due::Now(1_500_000)
        ));
        sender.unacked.push_back(Unacked {
            ack: 7,
            intended: 1_500_000,
        });
        assert!(matches!(sender.due(1_600_000, &SCHEDULE), Due::AfterAck));
        assert_eq!(sender.acked(8), None);
        assert_eq!(sender.acked(7), Some(1_500_000));
        assert!(matches!(sender.due(1_600_000, &SCHEDULE), Due::Now(_)));
    }
}
