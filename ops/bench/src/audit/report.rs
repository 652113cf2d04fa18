//! The result of an audit.

use std::collections::BTreeMap;

use serde::Serialize;

use super::check::Violation;
use super::conductor::FaultOutcome;
use crate::output::{self, Report, Table};
use crate::stats::latency::LatencyMs;
use crate::system::targets::ProcessFigures;
use crate::traffic::figures::codes;

/// Violations shown in full.
const SHOWN: usize = 20;

/// The result.
#[derive(Debug, Serialize)]
pub(crate) struct AuditReport {
    /// No violation, and service resumed after every fault.
    pub(crate) ok: bool,
    /// Size of the run.
    pub(crate) people: usize,
    /// Devices, late ones included.
    pub(crate) devices: usize,
    /// Conversations.
    pub(crate) conversations: usize,
    /// Length of the load.
    pub(crate) seconds: f64,
    /// Messages made.
    pub(crate) sent: u64,
    /// Messages acked.
    pub(crate) acked: u64,
    /// Messages read back from the store.
    pub(crate) stored: usize,
    /// Live messages received, all devices.
    pub(crate) received: u64,
    /// Sends beyond the first of a message.
    pub(crate) retries: u64,
    /// Connections made.
    pub(crate) connections: u64,
    /// Connections lost.
    pub(crate) disconnects: u64,
    /// Syncs answered with `reset: true`.
    pub(crate) resets: u64,
    /// Live events with a lower seq than one before; allowed, clients order by seq.
    pub(crate) late_events: u64,
    /// Errors by code.
    pub(crate) errors: BTreeMap<String, u64>,
    /// First attempt until ack, retries and faults included.
    pub(crate) ack_ms: LatencyMs,
    /// Seconds from the end of the load until everything was answered and everybody had caught up; none if the bound passed.
    pub(crate) quiet_seconds: Option<f64>,
    /// Fault by fault.
    pub(crate) faults: Vec<FaultOutcome>,
    /// Violations by kind.
    pub(crate) violations: BTreeMap<&'static str, u64>,
    /// The first of them.
    pub(crate) first_violations: Vec<Violation>,
    /// CPU and memory over the load; processes that were replaced are left out.
    pub(crate) processes: Vec<ProcessFigures>,
}

/// The counts and the first violations.
pub(crate) fn summary(all: Vec<Violation>) -> (BTreeMap<&'static str, u64>, Vec<Violation>) {
    let mut counts = BTreeMap::new();
    for violation in &all {
        *counts.entry(violation.kind).or_default() += 1;
    }
    (counts, all.into_iter().take(SHOWN).collect())
}

impl Report for AuditReport {
    fn table(&self) -> Table {
        let mut table = Table::default();
        table
            .row(
                "people / devices",
                format!("{} / {}", self.people, self.devices),
            )
            .row("conversations", self.conversations)
            .row("load", format!("{:.0} s", self.seconds))
            .row(
                "messages",
                format!(
                    "{} made, {} acked, {} stored",
                    output::count(self.sent),
                    output::count(self.acked),
                    output::count(self.stored as u64)
                ),
            )
            .row("received live", output::count(self.received))
            .row("sent again", output::count(self.retries))
            .row(
                "connections",
                format!("{} made, {} lost", self.connections, self.disconnects),
            )
            .row("syncs with reset", self.resets)
            .row("live events out of order", output::count(self.late_events))
            .row("errors", codes(&self.errors))
            .row(
                "quiet after",
                self.quiet_seconds
                    .map_or_else(|| "never".to_owned(), |seconds| format!("{seconds:.1} s")),
            )
            .latencies(&[("ack, retries included", self.ack_ms)]);
        if !self.faults.is_empty() {
            self.fault_rows(&mut table);
        }
        table.heading("processes").processes(&self.processes);
        if self.violations.is_empty() {
            table.heading("violations: none");
        } else {
            table.heading("violations");
            for (kind, count) in &self.violations {
                table.row(kind, output::count(*count));
            }
            table.heading("the first of them");
            for violation in &self.first_violations {
                table.row(violation.kind, &violation.detail);
            }
        }
        table.heading(if self.ok { "OK" } else { "FAILED" });
        table
    }
}

impl AuditReport {
    fn fault_rows(&self, table: &mut Table) {
        let rows: Vec<Vec<String>> = self
            .faults
            .iter()
            .map(|fault| {
                let resumed = match fault.resumed_seconds {
                    Some(seconds) => format!("{seconds:.1} s"),
                    None => "never".to_owned(),
                };
                vec![
                    fault.name.clone(),
                    format!("{:.1} s", fault.started),
                    format!("{:.1} s", fault.lasted),
                    output::rate(fault.rate_before),
                    output::count(fault.acked),
                    output::count(fault.disconnects),
                    format!("{:.1} s", fault.longest_gap_seconds),
                    resumed,
                    if fault.is_ok() { "ok" } else { "FAILED" }.to_owned(),
                ]
            })
            .collect();
        let heads = [
            "fault",
            "at",
            "lasted",
            "acks before",
            "acked",
            "lost conns",
            "longest gap",
            "resumed",
            "",
        ];
        table.heading("faults").columns(&heads, &rows);
        for fault in self.faults.iter().filter(|fault| !fault.errors.is_empty()) {
            table.row(&format!("errors, {}", fault.name), codes(&fault.errors));
        }
    }
}
