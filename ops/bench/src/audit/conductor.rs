//! Runs the schedule under load, samples ten times a second, and measures how long service takes to resume.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use tokio::process::Command;
use tokio_util::sync::CancellationToken;

use super::faults::Fault;
use super::pulse::Pulse;
use crate::clock;
use crate::output;

/// Between two samples, in microseconds.
const TICK: u64 = 100_000;
/// Samples in one second.
const SECOND: usize = 10;
/// Samples that give the rate before a fault: five seconds.
const BEFORE: usize = 50;
/// Bound of a fault's command.
const COMMAND_TIMEOUT: u64 = 120_000_000;
/// Service is waited for at least this long (seconds), so that the report can say when it came back late.
const PATIENCE: f64 = 60.0;

/// What a fault did.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct FaultOutcome {
    /// Its name.
    pub(crate) name: String,
    /// Seconds from the begin of the load to its start.
    pub(crate) started: f64,
    /// Seconds it lasted, commands included.
    pub(crate) lasted: f64,
    /// Acks per second in the five seconds before.
    pub(crate) rate_before: f64,
    /// Messages acked from its start until service had resumed.
    pub(crate) acked: u64,
    /// Errors by code in that time.
    pub(crate) errors: BTreeMap<String, u64>,
    /// Connections lost in that time.
    pub(crate) disconnects: u64,
    /// Longest time without an ack.
    pub(crate) longest_gap_seconds: f64,
    /// From the fault's end to the first second with at least half the rate before and every device connected and
    /// caught up; none if that did not happen while it was waited for.
    pub(crate) resumed_seconds: Option<f64>,
    /// The bound it was held to.
    pub(crate) resume_within: f64,
    /// A command that failed, and how.
    pub(crate) command_error: Option<String>,
}

impl FaultOutcome {
    /// Service came back in time and the commands worked.
    pub(crate) fn is_ok(&self) -> bool {
        self.command_error.is_none()
            && self
                .resumed_seconds
                .is_some_and(|seconds| seconds <= self.resume_within)
    }
}

#[derive(Clone, Copy, Debug)]
struct Sample {
    time: u64,
    acked: u64,
    /// How many devices are connected and caught up.
    ready: u64,
}

/// The run of a schedule.
#[derive(Debug)]
pub(crate) struct Conductor {
    pulse: Arc<Pulse>,
    interrupted: CancellationToken,
    samples: Vec<Sample>,
    start: u64,
    resume_within: f64,
    /// Messages per second that are sent.
    rate: f64,
    state: Option<PathBuf>,
    phase: String,
}

impl Conductor {
    /// Begins now. `interrupted` ends it early; the fault under way is ended first. Commands find the state file of
    /// `ops/up`, if there is one, as `WARREN_STATE`.
    pub(crate) fn new(
        pulse: Arc<Pulse>,
        interrupted: CancellationToken,
        resume_within: f64,
        rate: f64,
        state: Option<PathBuf>,
    ) -> Self {
        let start = clock::micros();
        Self {
            pulse,
            interrupted,
            samples: Vec::new(),
            start,
            resume_within,
            rate,
            state: state.and_then(|path| path.canonicalize().ok()),
            phase: "load".to_owned(),
        }
    }

    /// Runs all faults, one after another.
    pub(crate) async fn run(&mut self, faults: &[Fault]) -> Vec<FaultOutcome> {
        let mut outcomes = Vec::new();
        for fault in faults {
            let start = match fault.at {
                Some(at) => self.start + micros(at),
                None => clock::micros() + micros(fault.after.unwrap_or(5.0)),
            };
            self.sample_until(start).await;
            if self.interrupted.is_cancelled() {
                break;
            }
            outcomes.push(self.fault(fault).await);
        }
        "load".clone_into(&mut self.phase);
        outcomes
    }

    /// Goes on sampling until the load has lasted this long.
    pub(crate) async fn run_until(&mut self, seconds: u64) {
        self.sample_until(self.start + seconds * 1_000_000).await;
    }

    async fn fault(&mut self, fault: &Fault) -> FaultOutcome {
        self.phase.clone_from(&fault.name);
        // What was held up by the fault before is no measure.
        let rate_before = self.rate_before().min(self.rate);
        let (acked, disconnects) = (self.pulse.acked.get(), self.pulse.disconnects.get());
        let errors = self.pulse.errors.all();
        self.pulse.restart_gap();
        let started = clock::micros();
        let mut command_error = self.command(&fault.start).await;
        self.sample_until(clock::micros() + micros(fault.duration))
            .await;
        if let Some(end) = &fault.end {
            command_error = self.command(end).await.or(command_error);
        }
        let ended = clock::micros();
        // Those who start later are under way all the time, and are held to nothing here.
        let devices = self.pulse.started.get();
        let resume_within = fault.resume_within.unwrap_or(self.resume_within);
        let resumed = self
            .wait_for_service(ended, rate_before, devices, resume_within.max(PATIENCE))
            .await;
        FaultOutcome {
            name: fault.name.clone(),
            started: output::per_second(started - self.start, 1e6),
            lasted: output::per_second(ended - started, 1e6),
            rate_before,
            acked: self.pulse.acked.get() - acked,
            errors: self.pulse.errors.since(&errors),
            disconnects: self.pulse.disconnects.get() - disconnects,
            longest_gap_seconds: output::per_second(self.pulse.longest_gap(), 1e6),
            resumed_seconds: resumed.map(|time| output::per_second(time - ended, 1e6)),
            resume_within,
            command_error,
        }
    }

    fn rate_before(&self) -> f64 {
        let last = self.samples.len().saturating_sub(1);
        match (
            self.samples.get(last.saturating_sub(BEFORE)),
            self.samples.get(last),
        ) {
            (Some(first), Some(last)) if last.time > first.time => output::per_second(
                last.acked - first.acked,
                output::per_second(last.time - first.time, 1e6),
            ),
            _ => 0.0,
        }
    }

    /// The begin of the first second after `ended` in which service was back; none if it takes longer than `patience`.
    async fn wait_for_service(
        &mut self,
        ended: u64,
        rate_before: f64,
        devices: u64,
        patience: f64,
    ) -> Option<u64> {
        let first = self.samples.len();
        self.sample().await;
        loop {
            if let Some(found) = resumed(&self.samples[first..], rate_before, devices) {
                return Some(found.max(ended));
            }
            if self.interrupted.is_cancelled() || clock::micros() > ended + micros(patience) {
                return None;
            }
            self.tick().await;
        }
    }

    async fn sample_until(&mut self, time: u64) {
        while clock::micros() < time && !self.interrupted.is_cancelled() {
            self.tick().await;
        }
    }

    async fn tick(&mut self) {
        tokio::time::sleep(Duration::from_micros(TICK)).await;
        self.sample().await;
    }

    async fn sample(&mut self) {
        let sample = Sample {
            time: clock::micros(),
            acked: self.pulse.acked.get(),
            ready: self.pulse.ready.get(),
        };
        self.samples.push(sample);
        if self.samples.len().is_multiple_of(SECOND) {
            let before = self.samples[self.samples.len().saturating_sub(SECOND + 1)];
            output::message(&format!(
                "{:>5} s  acked {:>6}/s  waiting {:>5}  devices {}/{}  lost connections {}  {}",
                (sample.time - self.start) / 1_000_000,
                output::count(sample.acked - before.acked),
                output::count(self.pulse.pending.get()),
                self.pulse.ready.get(),
                self.pulse.started.get(),
                self.pulse.disconnects.get(),
                self.phase,
            ));
        }
    }

    /// Runs a shell command while sampling goes on; what went wrong, if anything. Its output goes to stderr.
    async fn command(&mut self, command: &str) -> Option<String> {
        let spawned = Command::new("sh")
            .args(["-c", command])
            .envs(self.state.iter().map(|path| ("WARREN_STATE", path)))
            .stdin(Stdio::null())
            .stdout(Stdio::from(std::io::stderr()))
            .spawn();
        let mut child = match spawned {
            Ok(child) => child,
            Err(error) => return Some(format!("{command}: {error}")),
        };
        let deadline = clock::micros() + COMMAND_TIMEOUT;
        loop {
            match child.try_wait() {
                Ok(Some(status)) if status.success() => return None,
                Ok(Some(status)) => return Some(format!("{command}: {status}")),
                Err(error) => return Some(format!("{command}: {error}")),
                Ok(None) if clock::micros() > deadline => {
                    // Whether it can be killed makes no difference to the report.
                    let _ = child.kill().await;
                    return Some(format!(
                        "{command}: not done within {} s, killed",
                        COMMAND_TIMEOUT / 1_000_000
                    ));
                }
                Ok(None) => self.tick().await,
            }
        }
    }
}

/// The begin of the first whole second in the samples with at least half the rate before, at whose end as many devices were
/// ready.
fn resumed(samples: &[Sample], rate_before: f64, devices: u64) -> Option<u64> {
    samples
        .windows(SECOND + 1)
        .map(|window| (window[0], window[SECOND]))
        .find(|(first, last)| {
            let seconds = output::per_second(last.time - first.time, 1e6);
            last.ready >= devices
                && output::per_second(last.acked - first.acked, seconds) >= rate_before / 2.0
        })
        .map(|(first, _)| first.time)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "checked to lie between 0 and a day"
)]
fn micros(seconds: f64) -> u64 {
    (seconds * 1e6) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples(acked: impl Fn(u64) -> u64, ready_from: u64) -> Vec<Sample> {
        (0..100)
            .map(|n| Sample {
                time: n * TICK,
                acked: acked(n),
                ready: if n >= ready_from { 10 } else { 9 },
            })
            .collect()
    }

    #[test]
    fn service_resumes_when_rate_and_sockets_are_back() {
        // 10 acks per tick from tick 20 on; the rate before was 100 per second, half of it is 5 ticks' worth.
        let late_rate = samples(|n| n.saturating_sub(20) * 10, 0);
        assert_eq!(resumed(&late_rate, 100.0, 10), Some(15 * TICK));
        let late_sockets = samples(|n| n * 10, 50);
        assert_eq!(resumed(&late_sockets, 100.0, 10), Some(40 * TICK));
        assert_eq!(resumed(&samples(|_| 0, 0), 100.0, 10), None);
        assert_eq!(resumed(&samples(|n| n, 1000), 1.0, 10), None);
    }

    #[tokio::test]
    async fn commands_that_fail_are_named() {
        let mut conductor =
            Conductor::new(Arc::default(), CancellationToken::new(), 10.0, 60.0, None);
        assert_eq!(conductor.command("true").await, None);
        assert!(
            conductor
                .command("exit 3")
                .await
                .is_some_and(|error| error.contains("exit 3") && error.contains('3'))
        );
    }
}
