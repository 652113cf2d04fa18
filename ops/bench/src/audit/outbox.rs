//! What one person sends, with the retries of a careful client: same clientId until there is a final answer.

use std::sync::Arc;

use super::plan::Plan;
use super::pulse::Pulse;
use super::record::{Outcome, Sent};
use crate::client::event::StoredView;
use crate::client::packet;
use crate::client::socket::{Closed, Socket};

/// Messages one sender may have without an answer; while it is full no new ones are made.
const MAX_PENDING: usize = 32;
/// The client's own bound for an ack, in microseconds; above the system's, which answers `TIMEOUT`.
const ACK_TIMEOUT: u64 = 15_000_000;
/// Pause before a retry: up to this, random, in microseconds.
const RETRY_PAUSE: u64 = 500_000;

#[derive(Debug)]
struct Pending {
    sent: usize,
    first_sent: u64,
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Waiting { until: u64 },
    InFlight { ack: u64, deadline: u64 },
}

/// One sender.
#[derive(Debug)]
pub(crate) struct Outbox {
    plan: Arc<Plan>,
    rooms: Vec<usize>,
    key: String,
    interval: u64,
    next: u64,
    pending: Vec<Pending>,
    acks: u64,
    /// Every message so far.
    pub(crate) sent: Vec<Sent>,
}

impl Outbox {
    /// A sender of one message per `interval` (microseconds) into a random one of `rooms`, from a random moment on.
    pub(crate) fn new(
        plan: Arc<Plan>,
        rooms: Vec<usize>,
        key: String,
        interval: u64,
        now: u64,
    ) -> Self {
        let next = now + rand::random_range(0..=interval);
        Self {
            plan,
            rooms,
            key,
            interval,
            next,
            pending: Vec::new(),
            acks: 0,
            sent: Vec::new(),
        }
    }

    /// Makes the message that is due, if any. Runs without a connection too.
    fn make(&mut self, now: u64, pulse: &Pulse) {
        if now < self.next || self.rooms.is_empty() || pulse.is_winding_down() {
            return;
        }
        self.next = (self.next + self.interval).max(now.saturating_sub(self.interval));
        if self.pending.len() >= MAX_PENDING {
            return;
        }
        let room = self.rooms[rand::random_range(0..self.rooms.len())];
        let key = format!("{}-{}", self.key, self.sent.len());
        self.pending.push(Pending {
            sent: self.sent.len(),
            first_sent: now,
            state: State::Waiting { until: 0 },
        });
        self.sent.push(Sent {
            key,
            room,
            attempts: 0,
            connection: 0,
            outcome: Outcome::Pending,
        });
        pulse.made.add(1);
        pulse.pending.add(1);
    }

    /// Makes and sends what is due; returns when to call again.
    pub(crate) fn pump(
        &mut self,
        now: u64,
        connection: u32,
        socket: &mut Socket,
        pulse: &Pulse,
    ) -> Result<u64, Closed> {
        self.make(now, pulse);
        let mut wake = if pulse.is_winding_down() {
            u64::MAX
        } else {
            self.next.max(now + 1000)
        };
        for pending in &mut self.pending {
            match pending.state {
                State::InFlight { deadline, .. } if now >= deadline => {
                    pulse.errors.add("NO_ACK");
                    pending.state = State::Waiting { until: now };
                }
                State::InFlight { deadline, .. } => wake = wake.min(deadline),
                State::Waiting { .. } => {}
            }
            if let State::Waiting { until } = pending.state {
                if until > now {
                    wake = wake.min(until);
                    continue;
                }
                let sent = &mut self.sent[pending.sent];
                let ack = socket.ack_id();
                socket.queue(packet::message_send(
                    ack,
                    &self.plan.rooms[sent.room].id,
                    &sent.key,
                    &sent.key,
                ))?;
                if sent.attempts > 0 {
                    pulse.retries.add(1);
                }
                sent.attempts += 1;
                sent.connection = connection;
                pending.state = State::InFlight {
                    ack,
                    deadline: now + ACK_TIMEOUT,
                };
            }
        }
        Ok(wake)
    }

    /// Notes an answer. Answers to attempts given up before are not waited for any more and change nothing.
    pub(crate) fn answered(
        &mut self,
        ack: u64,
        answer: Result<StoredView<'_>, &str>,
        now: u64,
        pulse: &Pulse,
    ) {
        let mut pending = self.pending.iter_mut().enumerate();
        let Some((position, pending)) = pending.find(
            |(_, pending)| matches!(pending.state, State::InFlight { ack: id, .. } if id == ack),
        ) else {
            return;
        };
        let sent = &mut self.sent[pending.sent];
        sent.outcome = match answer {
            Ok(stored) => {
                self.acks += 1;
                pulse.acked_now();
                pulse.ack.record(now.saturating_sub(pending.first_sent));
                Outcome::Acked {
                    id: stored.id.to_owned(),
                    seq: stored.seq,
                    nth: self.acks,
                }
            }
            Err(code) => {
                pulse.errors.add(code);
                if matches!(code, "BUSY" | "UNAVAILABLE" | "TIMEOUT" | "RATE_LIMITED") {
                    pending.state = State::Waiting {
                        until: now + rand::random_range(0..RETRY_PAUSE),
                    };
                    return;
                }
                Outcome::Refused(code.to_owned())
            }
        };
        self.pending.remove(position);
        pulse.pending.sub(1);
    }

    /// The connection is gone: whatever was under way is sent again on the next one.
    pub(crate) fn disconnected(&mut self) {
        for pending in &mut self.pending {
            pending.state = State::Waiting { until: 0 };
        }
    }
}
