//! The result of a load.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use super::Shared;
use super::seat::Seat;
use crate::output::{self, Report, Table};
use crate::stats::latency::LatencyMs;
use crate::stats::tally::Totals;
use crate::system::targets::ProcessFigures;

/// What has not arrived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Missing {
    /// Messages sent that were neither acked nor refused.
    pub(crate) unanswered: u64,
    /// Acked messages missing at a socket of a member, the sender's own included; counted per socket.
    pub(crate) undelivered: u64,
    /// Delivered messages of others no notification covers; counted per socket.
    pub(crate) unnotified: u64,
}

impl Missing {
    /// Counts it over all seats.
    pub(crate) fn count(shared: &Shared, seats: &[Arc<Seat>]) -> Self {
        let tally = &shared.tally;
        let answered = tally.acked.get() + tally.refused.get();
        let mut missing = Self {
            unanswered: tally.sent.get().saturating_sub(answered),
            ..Self::default()
        };
        for seat in seats {
            let log = seat.log();
            missing.undelivered += seat.room.acked().missing_from(&log.arrivals.seen);
            missing.unnotified += log.unnotified();
        }
        missing
    }

    /// Everything is there.
    pub(crate) fn is_nothing(&self) -> bool {
        *self == Self::default()
    }
}

/// Events per second in the measured window.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Rates {
    /// Messages acked.
    pub(crate) stored: f64,
    /// Messages received by sockets of other members.
    pub(crate) delivered: f64,
    /// Messages received by sockets of their senders.
    pub(crate) own: f64,
    /// Deliveries covered by a notification.
    pub(crate) notified: f64,
    /// All events received, of any name.
    pub(crate) events: f64,
}

/// The result.
#[derive(Debug, Serialize)]
pub(crate) struct Figures {
    /// True if nothing was lost, doubled, out of order or disconnected.
    pub(crate) ok: bool,
    /// Sockets open at the end.
    pub(crate) sockets: u64,
    /// Length of the measured window.
    pub(crate) seconds: f64,
    /// Events in the measured window.
    pub(crate) window: Totals,
    /// The same per second.
    pub(crate) rates: Rates,
    /// Milliseconds until acked, of messages meant for the window.
    pub(crate) ack_ms: LatencyMs,
    /// Milliseconds until received by another member's socket, of messages meant for the window.
    pub(crate) delivery_ms: LatencyMs,
    /// Events of the whole run, warm-up and drain included.
    pub(crate) run: Totals,
    /// Errors by code, whole run.
    pub(crate) errors: BTreeMap<String, u64>,
    /// Seconds from the end of the window until nothing was missing.
    pub(crate) drained_seconds: f64,
    /// What was still missing then.
    pub(crate) missing: Missing,
    /// Same event twice on one connection.
    pub(crate) doubles: u64,
    /// Seq going backwards within a conversation on one connection.
    pub(crate) order_breaks: u64,
    /// Connections lost.
    pub(crate) disconnects: u64,
    /// CPU and memory over the window.
    pub(crate) processes: Vec<ProcessFigures>,
}

impl Figures {
    /// Adds up.
    pub(crate) fn new(
        shared: &Shared,
        sockets: u64,
        seconds: f64,
        window: Totals,
        processes: Vec<ProcessFigures>,
        drained_seconds: f64,
        missing: Missing,
    ) -> Self {
        let tally = &shared.tally;
        let (doubles, order_breaks, disconnects) = (
            tally.doubles.get(),
            tally.order_breaks.get(),
            tally.disconnects.get(),
        );
        let rate = |count| output::per_second(count, seconds);
        Self {
            ok: missing.is_nothing() && doubles + order_breaks + disconnects == 0,
            sockets,
            seconds,
            window,
            rates: Rates {
                stored: rate(window.acked),
                delivered: rate(window.delivered),
                own: rate(window.own),
                notified: rate(window.notified),
                events: rate(window.events),
            },
            ack_ms: shared.ack.figures(),
            delivery_ms: shared.delivery.figures(),
            run: tally.totals(),
            errors: tally.errors.all(),
            drained_seconds,
            missing,
            doubles,
            order_breaks,
            disconnects,
            processes,
        }
    }

    /// The rows common to all loads.
    pub(crate) fn rows(&self, table: &mut Table) {
        let rates = &self.rates;
        table
            .row("sockets", output::count(self.sockets))
            .row("measured", format!("{:.1} s", self.seconds))
            .row("stored (acked)", output::rate(rates.stored))
            .row("delivered to others", output::rate(rates.delivered))
            .row("delivered to the sender", output::rate(rates.own))
            .row("notified", output::rate(rates.notified))
            .row("events received, all", output::rate(rates.events))
            .latencies(&[("ack", self.ack_ms), ("delivery", self.delivery_ms)]);
        table
            .heading("whole run")
            .row("sent", output::count(self.run.sent))
            .row("acked", output::count(self.run.acked))
            .row("errors", codes(&self.errors))
            .row("drained after", format!("{:.2} s", self.drained_seconds))
            .row("unanswered", output::count(self.missing.unanswered))
            .row(
                "lost (acked, not delivered)",
                output::count(self.missing.undelivered),
            )
            .row("not notified", output::count(self.missing.unnotified))
            .row("doubles", output::count(self.doubles))
            .row("order breaks", output::count(self.order_breaks))
            .row("connections lost", output::count(self.disconnects));
        table
            .heading("processes, measured window")
            .processes(&self.processes);
        table.heading(if self.ok {
            "OK"
        } else {
            "FAILED: see losses, doubles, order breaks, connections lost above"
        });
    }
}

/// `BUSY 3, TIMEOUT 1`, or `none`.
pub(crate) fn codes(errors: &BTreeMap<String, u64>) -> String {
    if errors.is_empty() {
        return "none".to_owned();
    }
    let codes: Vec<String> = errors
        .iter()
        .map(|(code, count)| format!("{code} {}", output::count(*count)))
        .collect();
    codes.join(", ")
}

impl Report for Figures {
    fn table(&self) -> Table {
        let mut table = Table::default();
        self.rows(&mut table);
        table
    }
}
