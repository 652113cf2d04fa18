//! Live state of the audit, shared by all devices.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::clock;
use crate::stats::latency::Latency;
use crate::stats::tally::{Counter, Names};

/// Counters and gauges.
#[derive(Debug, Default)]
pub(crate) struct Pulse {
    /// Messages made.
    pub(crate) made: Counter,
    /// Sends beyond each message's first.
    pub(crate) retries: Counter,
    /// Messages acked.
    pub(crate) acked: Counter,
    /// Messages without a final answer.
    pub(crate) pending: Counter,
    /// Live messages received, all devices.
    pub(crate) received: Counter,
    /// Devices that have begun to connect.
    pub(crate) started: Counter,
    /// Devices connected and caught up.
    pub(crate) ready: Counter,
    /// Connections lost against the device's will.
    pub(crate) disconnects: Counter,
    /// Errors in acks by code, and failed connects.
    pub(crate) errors: Names,
    /// First attempt until ack.
    pub(crate) ack: Latency,
    last_ack: AtomicU64,
    longest_gap: AtomicU64,
    last_event: AtomicU64,
    winding_down: AtomicBool,
}

impl Pulse {
    /// Notes an ack.
    pub(crate) fn acked_now(&self) {
        let now = clock::micros();
        self.acked.add(1);
        let before = self.last_ack.swap(now, Ordering::Relaxed);
        self.longest_gap
            .fetch_max(now.saturating_sub(before), Ordering::Relaxed);
    }

    /// Starts a new measurement of the longest gap between acks. A gap already open counts from now.
    pub(crate) fn restart_gap(&self) {
        self.last_ack.store(clock::micros(), Ordering::Relaxed);
        self.longest_gap.store(0, Ordering::Relaxed);
    }

    /// The longest time without an ack since [`Self::restart_gap`] in microseconds, the present one included.
    pub(crate) fn longest_gap(&self) -> u64 {
        let open = clock::micros().saturating_sub(self.last_ack.load(Ordering::Relaxed));
        self.longest_gap.load(Ordering::Relaxed).max(open)
    }

    /// Notes that something came.
    pub(crate) fn event_now(&self) {
        self.last_event.store(clock::micros(), Ordering::Relaxed);
    }

    /// Everything is answered, everybody has caught up, and nothing came for the given time (microseconds).
    pub(crate) fn is_quiet(&self, since: u64) -> bool {
        self.pending.get() == 0
            && self.everybody_is_ready()
            && clock::micros().saturating_sub(self.last_event.load(Ordering::Relaxed)) >= since
    }

    /// Every device that has started is connected and caught up.
    pub(crate) fn everybody_is_ready(&self) -> bool {
        self.ready.get() == self.started.get()
    }

    /// No new messages from now on; what is under way is finished.
    pub(crate) fn wind_down(&self) {
        self.winding_down.store(true, Ordering::Relaxed);
    }

    /// Whether [`Self::wind_down`] was called.
    pub(crate) fn is_winding_down(&self) -> bool {
        self.winding_down.load(Ordering::Relaxed)
    }
}
