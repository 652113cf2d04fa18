//! `audit`: verifies under load and faults what was promised.

mod catch_up;
mod check;
mod conductor;
mod device;
mod evidence;
mod faults;
mod outbox;
mod plan;
mod pulse;
mod record;
mod report;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use self::check::{Evidence, Violation};
use self::conductor::{Conductor, FaultOutcome};
use self::device::Device;
use self::faults::Fault;
use self::outbox::Outbox;
use self::plan::Plan;
use self::pulse::Pulse;
use self::record::{DeviceLog, Sent};
use self::report::AuditReport;
use crate::clock;
use crate::error::BenchError;
use crate::options::{Bench, Common};
use crate::output;
use crate::system::targets::Snapshot;

/// Notifications may follow their messages by this much at most.
const NOTIFICATIONS_WITHIN: u64 = 15_000_000;

/// Flags of `audit`. --seconds is the least length of the load (faults may make it longer); --drain is not used.
#[derive(Args, Debug)]
pub(crate) struct AuditArgs {
    #[command(flatten)]
    pub(crate) common: Common,
    /// People; each sends, and has one or two devices
    #[arg(long, value_name = "N", default_value_t = 40, value_parser = clap::value_parser!(u32).range(2..=10_000))]
    people: u32,
    /// Conversations: one half direct, one half groups
    #[arg(long, value_name = "C", default_value_t = 40, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    conversations: u32,
    /// Members of the largest group
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u32).range(2..=1000))]
    group_size: u32,
    /// Messages per second, all people together
    #[arg(long, value_name = "R", default_value_t = 100.0)]
    rate: f64,
    /// Share of the people with a second device, on another edge if there are several
    #[arg(long, value_name = "0..1", default_value_t = 0.5)]
    two_devices: f64,
    /// Further devices that connect for the first time while the load runs
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u32).range(0..=100_000))]
    late_devices: u32,
    /// Devices that disconnect and come back of their own will, per second
    #[arg(long, value_name = "R", default_value_t = 0.0)]
    churn: f64,
    /// Schedule of faults (TOML): tables `fault` with name, start (shell command), and optionally end (shell
    /// command), duration, at or after (seconds), resume_within (seconds)
    #[arg(long, value_name = "FILE", conflicts_with = "fault_cmd")]
    faults: Option<PathBuf>,
    /// A single fault: the shell command that starts it, after a third of --seconds
    #[arg(long, value_name = "COMMAND")]
    fault_cmd: Option<String>,
    /// The shell command that ends it
    #[arg(long, value_name = "COMMAND", requires = "fault_cmd")]
    fault_end_cmd: Option<String>,
    /// Seconds between the two
    #[arg(long, value_name = "S", default_value_t = 0.0, requires = "fault_cmd")]
    fault_duration: f64,
    /// Service must be back this many seconds after a fault's end
    #[arg(long, value_name = "S", default_value_t = 10.0)]
    resume_within: f64,
    /// After the load, wait at most this long until everything is answered and everybody has caught up
    #[arg(long, value_name = "S", default_value_t = 60)]
    quiet: u64,
}

impl AuditArgs {
    fn schedule(&self) -> Result<Vec<Fault>, BenchError> {
        if !(self.rate > 0.0 && self.rate <= 1e5) {
            return Err(BenchError::Usage(
                "--rate: expected more than 0 and at most 100000".to_owned(),
            ));
        }
        if !(0.0..=1.0).contains(&self.two_devices) || !(0.0..=1e4).contains(&self.churn) {
            return Err(BenchError::Usage(
                "--two-devices goes from 0 to 1, --churn from 0 to 10000".to_owned(),
            ));
        }
        if !(0.0..=3600.0).contains(&self.fault_duration)
            || !(0.0..=3600.0).contains(&self.resume_within)
        {
            return Err(BenchError::Usage(
                "--fault-duration and --resume-within go from 0 to 3600".to_owned(),
            ));
        }
        match (&self.faults, &self.fault_cmd) {
            (Some(path), _) => faults::read(path),
            (None, Some(start)) => Ok(vec![Fault {
                name: "fault".to_owned(),
                at: Some(output::per_second(self.common.seconds, 3.0)),
                after: None,
                start: start.clone(),
                end: self.fault_end_cmd.clone(),
                duration: self.fault_duration,
                resume_within: None,
            }]),
            (None, None) => Ok(Vec::new()),
        }
    }
}

/// Runs it; true if nothing was wrong.
pub(crate) async fn run(args: &AuditArgs) -> Result<bool, BenchError> {
    let schedule = args.schedule()?;
    let sockets = 2 * args.people as usize + args.late_devices as usize;
    let bench = Bench::start(&args.common, sockets).await?;
    output::message(&format!(
        "setting up {} people and {} conversations",
        args.people, args.conversations
    ));
    let plan = Arc::new(Plan::set_up(&bench, args).await?);
    let pulse = Arc::new(Pulse::default());
    let interrupted = on_interrupt();
    let stop = CancellationToken::new();
    let mut tasks = JoinSet::new();
    for device in devices(&bench, args, &plan, &pulse) {
        tasks.spawn(device.run(stop.clone()));
    }
    let device_count = tasks.len();

    let (from, snapshot) = (clock::micros(), Snapshot::take(&bench.targets));
    let mut conductor = Conductor::new(
        Arc::clone(&pulse),
        interrupted.clone(),
        args.resume_within,
        args.rate,
        args.common.state.clone(),
    );
    conductor.run_until(args.common.warmup).await;
    pulse.restart_gap();
    let outcomes = conductor.run(&schedule).await;
    conductor
        .run_until(args.common.warmup + args.common.seconds)
        .await;
    let seconds = output::per_second(clock::micros() - from, 1e6);
    let processes = Snapshot::take(&bench.targets).since(&snapshot, seconds);
    if interrupted.is_cancelled() {
        return Err(BenchError::Usage(
            "interrupted: nothing was verified".to_owned(),
        ));
    }

    pulse.wind_down();
    let quiet_seconds = wait_for_quiet(&pulse, args.quiet, device_count).await;
    stop.cancel();
    let (logs, sent) = collect(tasks, plan.people.len()).await;
    output::message("reading everything back");
    let stored = evidence::histories(&bench, &plan).await?;
    let evidence = Evidence {
        ids: plan.rooms.iter().map(|room| room.id.as_str()).collect(),
        members: plan
            .rooms
            .iter()
            .map(|room| room.members.as_slice())
            .collect(),
        user_ids: plan.people.iter().map(|person| person.user_id).collect(),
        stored: &stored,
        sent: &sent,
        devices: &logs,
        strict_order: schedule.is_empty(),
    };
    let mut violations = fault_violations(&outcomes);
    violations.extend(check::check(&evidence));
    violations.extend(read_states(&bench, &plan, &evidence).await?);
    let ok = violations.is_empty();
    let (violations, first_violations) = report::summary(violations);
    let report = AuditReport {
        ok,
        people: plan.people.len(),
        devices: device_count,
        conversations: plan.rooms.len(),
        seconds,
        sent: pulse.made.get(),
        acked: pulse.acked.get(),
        stored: stored.iter().map(Vec::len).sum(),
        received: pulse.received.get(),
        retries: pulse.retries.get(),
        connections: logs.iter().map(|log| u64::from(log.connections)).sum(),
        disconnects: pulse.disconnects.get(),
        resets: logs.iter().map(|log| log.resets).sum(),
        late_events: logs.iter().map(|log| log.late).sum(),
        errors: pulse.errors.all(),
        ack_ms: pulse.ack.figures(),
        quiet_seconds,
        faults: outcomes,
        violations,
        first_violations,
        processes,
    };
    output::print(&report, args.common.json);
    Ok(ok)
}

/// Cancelled by Ctrl-C, so that a fault under way can be ended (a stopped process continued) before the program does.
fn on_interrupt() -> CancellationToken {
    let token = CancellationToken::new();
    let cancel = token.clone();
    // Lives as long as the program.
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            cancel.cancel();
        }
    });
    token
}

/// First devices send; a share of the people has a second one; late ones go round.
#[expect(clippy::cast_precision_loss, reason = "counts of people and devices")]
fn devices(bench: &Bench, args: &AuditArgs, plan: &Arc<Plan>, pulse: &Arc<Pulse>) -> Vec<Device> {
    let count = plan.people.len();
    let new = |person: usize, device| Device::new(&bench.api, &plan.people[person], pulse, device);
    let senders = (0..count)
        .filter(|person| !plan.rooms_of(*person).is_empty())
        .count();
    let interval = clock::as_micros(Duration::from_secs_f64(senders as f64 / args.rate));
    let now = clock::micros();
    let mut devices: Vec<Device> = (0..count)
        .map(|person| {
            let key = format!("{}-{person}", bench.prefix);
            let mut device = new(person, 0);
            device.outbox = Some(Outbox::new(
                Arc::clone(plan),
                plan.rooms_of(person),
                key,
                interval,
                now,
            ));
            device
        })
        .collect();
    devices.extend(
        (0..count)
            .filter(|person| (*person as f64) < args.two_devices * count as f64)
            .map(|person| new(person, 1)),
    );
    let late = args.late_devices as usize;
    let span = 1e6 * (args.common.warmup as f64 + 0.7 * args.common.seconds as f64);
    devices.extend((0..late).map(|index| {
        let delay = Duration::from_secs_f64(span * (index + 1) as f64 / (1e6 * late as f64));
        let mut device = new(index % count, 2 + index / count);
        device.delay = delay;
        device
    }));
    if args.churn > 0.0 {
        let mean = Duration::from_secs_f64(devices.len() as f64 / args.churn);
        for device in &mut devices {
            device.restless = Some(mean);
        }
    }
    devices
}

/// Seconds until everything was answered, every device connected and caught up, and nothing came for two seconds.
async fn wait_for_quiet(pulse: &Pulse, bound: u64, devices: usize) -> Option<f64> {
    let from = clock::micros();
    loop {
        let waited = clock::micros() - from;
        if pulse.is_quiet(2_000_000) && pulse.started.get() == devices as u64 {
            return Some(output::per_second(waited, 1e6));
        }
        if waited > bound * 1_000_000 {
            return None;
        }
        if waited % 1_000_000 < 100_000 {
            output::message(&format!(
                "quiet    waiting {}  devices {}/{devices}",
                output::count(pulse.pending.get()),
                pulse.ready.get()
            ));
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// What the devices hold, and what each person sent.
async fn collect(
    mut tasks: JoinSet<(DeviceLog, Vec<Sent>)>,
    people: usize,
) -> (Vec<DeviceLog>, Vec<Vec<Sent>>) {
    let (mut logs, mut sent) = (Vec::new(), vec![Vec::new(); people]);
    while let Some(result) = tasks.join_next().await {
        if let Ok((log, own)) = result {
            if !own.is_empty() {
                sent[log.person] = own;
            }
            logs.push(log);
        }
    }
    logs.sort_by_key(|log| (log.person, log.device));
    (logs, sent)
}

/// Asks again while something is missing, as notifications follow their messages with a delay.
async fn read_states(
    bench: &Bench,
    plan: &Plan,
    evidence: &Evidence<'_>,
) -> Result<Vec<Violation>, BenchError> {
    let from = clock::micros();
    loop {
        let states = evidence::read_states(bench, plan).await?;
        let violations = check::check_read_states(evidence, &states);
        if violations.is_empty() || clock::micros() - from > NOTIFICATIONS_WITHIN {
            return Ok(violations);
        }
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}

fn fault_violations(outcomes: &[FaultOutcome]) -> Vec<Violation> {
    let failed = outcomes.iter().filter(|outcome| !outcome.is_ok());
    failed
        .map(
            |outcome| match (&outcome.command_error, outcome.resumed_seconds) {
                (Some(error), _) => Violation {
                    kind: "fault command failed",
                    detail: format!("{}: {error}", outcome.name),
                },
                (None, Some(seconds)) => Violation {
                    kind: "service resumed late",
                    detail: format!("{}: after {seconds:.1} s", outcome.name),
                },
                (None, None) => Violation {
                    kind: "service did not resume",
                    detail: outcome.name.clone(),
                },
            },
        )
        .collect()
}
