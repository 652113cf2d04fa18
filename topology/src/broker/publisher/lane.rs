use std::{collections::VecDeque, time::Instant};

use super::{Lane, PublishError, Submission};
use crate::ids::NodeId;

/// The state of one lane.
#[derive(Default)]
pub(super) struct LaneState {
    /// The number of the last batch.
    n: u64,
    waiting: VecDeque<Submission>,
    pub(super) flight: Option<Flight>,
}

/// A batch that waits for its confirm.
pub(super) struct Flight {
    pub(super) body: Vec<u8>,
    pub(super) count: usize,
    pub(super) published: Instant,
    pub(super) unroutable: bool,
    submissions: Vec<Submission>,
}

impl LaneState {
    pub(super) fn push(&mut self, submission: Submission) {
        self.waiting.push_back(submission);
    }

    pub(super) fn idle(&self) -> bool {
        self.flight.is_none() && self.waiting.is_empty()
    }

    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Makes the next batch from what waits, if nothing is in flight.
    pub(super) fn next_flight(&mut self, from: &NodeId, max_bytes: usize) -> Option<&mut Flight> {
        if self.flight.is_some() || self.waiting.is_empty() {
            return None;
        }
        self.n += 1;
        let mut body = format!(r#"{{"from":"{from}","n":{},"items":["#, self.n).into_bytes();
        let (mut submissions, mut count) = (Vec::new(), 0);
        while let Some(next) = self.waiting.front() {
            if count > 0 && body.len() + next.items.len() > max_bytes {
                break;
            }
            if count > 0 {
                body.push(b',');
            }
            let Some(mut submission) = self.waiting.pop_front() else {
                break;
            };
            body.append(&mut submission.items);
            count += submission.count;
            submissions.push(submission);
        }
        body.extend_from_slice(b"]}");
        let published = Instant::now();
        Some(self.flight.insert(Flight {
            body,
            count,
            published,
            unroutable: false,
            submissions,
        }))
    }

    /// Ends the flight with an outcome for everybody in it.
    pub(super) fn land(&mut self, outcome: Result<(), PublishError>) -> Option<Flight> {
        let mut flight = self.flight.take()?;
        for submission in flight.submissions.drain(..) {
            submission.done.tell(outcome);
        }
        Some(flight)
    }

    /// Stops those waiting for the flight; the flight itself goes on, so that its confirm still finds it.
    pub(super) fn forget(&mut self) {
        if let Some(flight) = &mut self.flight {
            for submission in flight.submissions.drain(..) {
                submission.done.tell(Err(PublishError::Unconfirmed));
            }
        }
    }

    /// Refuses what waits and fulfils `gone`.
    pub(super) fn refuse(&mut self, error: PublishError, gone: impl Fn(&Submission) -> bool) {
        let mut kept = VecDeque::with_capacity(self.waiting.len());
        for submission in self.waiting.drain(..) {
            if gone(&submission) {
                submission.done.tell(Err(error));
            } else {
                kept.push_back(submission);
            }
        }
        self.waiting = kept;
    }
}

impl Flight {
    /// Whether nobody waits for it any more.
    pub(super) fn expired(&self, now: Instant) -> bool {
        self.submissions
            .iter()
            .all(|s| s.deadline.is_some_and(|deadline| deadline <= now))
    }

    /// How long the broker should keep it for its consumers, in milliseconds.
    pub(super) fn time_to_live(&self, lane: &Lane, now: Instant) -> Option<u128> {
        if !lane.expires {
            return None;
        }
        let latest = self.submissions.iter().filter_map(|s| s.deadline).max()?;
        Some(latest.saturating_duration_since(now).as_millis().max(1))
    }
}
