//! Live counters of a run.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use serde::Serialize;

/// A counter any task may raise; only its total matters, so no ordering with other memory.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    /// Adds to it.
    pub(crate) fn add(&self, count: u64) {
        self.0.fetch_add(count, Ordering::Relaxed);
    }

    /// Takes from it; for gauges such as open sockets.
    pub(crate) fn sub(&self, count: u64) {
        self.0.fetch_sub(count, Ordering::Relaxed);
    }

    /// Its value.
    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Counts by name, such as errors by code.
#[derive(Debug, Default)]
pub(crate) struct Names(Mutex<BTreeMap<String, u64>>);

impl Names {
    /// Counts one.
    pub(crate) fn add(&self, name: &str) {
        let mut names = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match names.get_mut(name) {
            Some(count) => *count += 1,
            None => {
                names.insert(name.to_owned(), 1);
            }
        }
    }

    /// All counts.
    pub(crate) fn all(&self) -> BTreeMap<String, u64> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Counts since an earlier [`Self::all`], without zeros.
    pub(crate) fn since(&self, earlier: &BTreeMap<String, u64>) -> BTreeMap<String, u64> {
        let mut now = self.all();
        for (name, count) in earlier {
            if let Some(value) = now.get_mut(name) {
                *value -= count;
            }
        }
        now.retain(|_, count| *count > 0);
        now
    }
}

/// What the traffic commands count, live.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    /// Open sockets.
    pub(crate) sockets: Counter,
    /// Messages sent.
    pub(crate) sent: Counter,
    /// Messages acked: stored.
    pub(crate) acked: Counter,
    /// Messages refused with an error.
    pub(crate) refused: Counter,
    /// `message:created` received by people other than the sender, per socket.
    pub(crate) delivered: Counter,
    /// `message:created` received by the sender's own sockets.
    pub(crate) own: Counter,
    /// Delivered messages covered by a notification, per socket.
    pub(crate) notified: Counter,
    /// All events received, of any name.
    pub(crate) events: Counter,
    /// Events received twice on one connection.
    pub(crate) doubles: Counter,
    /// Events with a lower seq than one before on the same connection.
    pub(crate) order_breaks: Counter,
    /// Connections lost.
    pub(crate) disconnects: Counter,
    /// Errors in acks, by code, and in what was received.
    pub(crate) errors: Names,
}

/// The counters at one moment.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub(crate) struct Totals {
    /// See [`Tally::sent`].
    pub(crate) sent: u64,
    /// See [`Tally::acked`].
    pub(crate) acked: u64,
    /// See [`Tally::delivered`].
    pub(crate) delivered: u64,
    /// See [`Tally::own`].
    pub(crate) own: u64,
    /// See [`Tally::notified`].
    pub(crate) notified: u64,
    /// See [`Tally::events`].
    pub(crate) events: u64,
}

impl Tally {
    /// The counters now.
    pub(crate) fn totals(&self) -> Totals {
        Totals {
            sent: self.sent.get(),
            acked: self.acked.get(),
            delivered: self.delivered.get(),
            own: self.own.get(),
            notified: self.notified.get(),
            events: self.events.get(),
        }
    }
}

impl Totals {
    /// The difference to an earlier moment.
    pub(crate) fn since(self, earlier: Self) -> Self {
        Self {
            sent: self.sent - earlier.sent,
            acked: self.acked - earlier.acked,
            delivered: self.delivered - earlier.delivered,
            own: self.own - earlier.own,
            notified: self.notified - earlier.notified,
            events: self.events - earlier.events,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_by_name_leave_out_what_did_not_change() {
        let names = Names::default();
        names.add("BUSY");
        names.add("TIMEOUT");
        let earlier = names.all();
        names.add("BUSY");
        names.add("BUSY");
        assert_eq!(
            names.since(&earlier),
            BTreeMap::from([("BUSY".to_owned(), 2)])
        );
    }
}
