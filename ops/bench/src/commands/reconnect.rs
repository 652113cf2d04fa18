//! `reconnect`: one edge ends, and everybody who was on it comes to another at once.

use std::collections::BTreeMap;
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::Serialize;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::group;
use crate::client::edge::Edge;
use crate::client::people::Person;
use crate::clock;
use crate::error::BenchError;
use crate::herd::{Member, Others, Run, open};
use crate::options::{Bench, Common};
use crate::output::{self, Report, Table};
use crate::stats::latency::LatencyMs;
use crate::system::targets::{ProcessFigures, Snapshot};

/// Sockets on the edge that stays: one that writes, and these that see whether it is disturbed.
const BYSTANDERS: usize = 10;
/// A disturbance of those who were connected may be as long as this, in milliseconds.
const DISTURBED_MS: f64 = 1_000.0;

/// Flags of `reconnect`. --seconds bounds how long all may take to come back.
#[derive(Args, Debug)]
pub(crate) struct ReconnectArgs {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Sockets on the edge that ends (the last --url); they come to the first
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    sockets: u32,
    /// People they are signed in as, all members of one group
    #[arg(long, value_name = "N", default_value_t = 500, value_parser = clap::value_parser!(u32).range(20..=1000))]
    people: u32,
    /// Messages per second in the group
    #[arg(long, value_name = "R", default_value_t = 1.0)]
    messages_per_second: f64,
    /// Shell command that ends the edge, such as 'ops/ctl kill edge-1 -9 --leave-down'
    #[arg(long, value_name = "COMMAND")]
    kill: String,
}

#[derive(Debug, Serialize)]
struct ReconnectReport {
    ok: bool,
    sockets: usize,
    back: u64,
    caught_up: u64,
    /// Messages that a socket did not have in the end, summed over all.
    missing: u64,
    /// Messages that came twice on one connection.
    doubles: u64,
    /// From the kill to being connected on both namespaces.
    back_ms: LatencyMs,
    /// From the kill to having all that was missed.
    caught_up_ms: LatencyMs,
    /// Failed attempts, by reason.
    failures: BTreeMap<String, u64>,
    /// From writing to arriving, of those on the other edge, before the kill and from it on.
    bystanders_before_ms: LatencyMs,
    bystanders_ms: LatencyMs,
    bystanders_lost: u64,
    seconds: f64,
    processes: Vec<ProcessFigures>,
}

impl ReconnectReport {
    fn is_good(&self) -> bool {
        self.caught_up >= self.sockets as u64
            && self.missing + self.doubles + self.bystanders_lost == 0
            && self.bystanders_ms.max <= DISTURBED_MS
    }
}

/// Runs it; true if everybody came back, nothing was lost or doubled, and nobody was disturbed for more than a second.
pub(crate) async fn run(args: &ReconnectArgs) -> Result<bool, BenchError> {
    let sockets = args.sockets as usize;
    if !(args.messages_per_second > 0.0 && args.messages_per_second <= 1e3) {
        let why = "--messages-per-second: expected more than 0 and at most 1000";
        return Err(BenchError::Usage(why.to_owned()));
    }
    let bench = Bench::start(&args.common, sockets + BYSTANDERS + 1).await?;
    let edges = Arc::clone(bench.api.edges());
    let [refuge, .., doomed] = &*edges else {
        let why = "give at least two --url: the edge that stays, and the one that ends";
        return Err(BenchError::Usage(why.to_owned()));
    };
    let (people, room) = group::set_up(&bench, args.people as usize).await?;
    let run = Arc::new(Run::new(room.id.clone(), refuge.clone()));

    let pause = Duration::from_secs_f64(1.0 / args.messages_per_second);
    let others = Others::open(Arc::clone(&run), people[..=BYSTANDERS].to_vec(), pause).await?;
    let mut herd = JoinSet::new();
    connect(
        &bench,
        &run,
        doomed,
        &people[1 + BYSTANDERS..],
        sockets,
        &mut herd,
    )
    .await?;
    let writing = others.write();
    sleep(Duration::from_secs(args.common.warmup)).await;

    output::message(&format!("kill     {}", args.kill));
    let (from, snapshot) = (clock::micros(), Snapshot::take(&bench.targets));
    run.begin();
    shell(&args.kill).await?;
    for second in 1..=args.common.seconds {
        sleep(Duration::from_secs(1)).await;
        let (back, caught_up) = (run.back.count(), run.caught_up.count());
        let line = [back, caught_up].map(output::count);
        output::message(&format!(
            "{second:4} s   back {}  caught up {}",
            line[0], line[1]
        ));
        if caught_up >= sockets as u64 {
            break;
        }
    }
    let seconds = output::per_second(clock::micros() - from, 1e6);
    let processes = Snapshot::take(&bench.targets).since(&snapshot, seconds);
    run.silence.cancel();
    // What is on its way arrives.
    sleep(Duration::from_secs(args.common.drain.min(3))).await;
    run.over.cancel();
    let written = writing.ended().await?;
    let mut missing = 0;
    while let Some(seen) = herd.join_next().await {
        let seen = seen.map_err(|error| BenchError::Setup(format!("a socket: {error}")))?;
        missing += written.missing_from(&seen);
    }
    let mut report = ReconnectReport {
        ok: false,
        sockets,
        back: run.back.count(),
        caught_up: run.caught_up.count(),
        missing,
        doubles: run.doubles.get(),
        back_ms: run.back.figures(),
        caught_up_ms: run.caught_up.figures(),
        failures: run.failures.all(),
        bystanders_before_ms: run.arrived_before.figures(),
        bystanders_ms: run.arrived.figures(),
        bystanders_lost: run.bystanders_lost.get(),
        seconds,
        processes,
    };
    report.ok = report.is_good();
    output::print(&report, args.common.json);
    Ok(report.ok)
}

/// Opens the sockets on the edge that will end.
async fn connect(
    bench: &Bench,
    run: &Arc<Run>,
    doomed: &Edge,
    people: &[Arc<Person>],
    sockets: usize,
    herd: &mut JoinSet<crate::stats::seqset::SeqSet>,
) -> Result<(), BenchError> {
    let mut opened = stream::iter(0..sockets)
        .map(|number| async move {
            let person = &people[number % people.len()];
            let socket = open(doomed, person).await?;
            Ok::<_, BenchError>((socket, Arc::clone(person)))
        })
        .buffer_unordered(bench.concurrency());
    while let Some((socket, person)) = opened.try_next().await? {
        herd.spawn(Member::new(Arc::clone(run), person).live(socket));
        if herd.len().is_multiple_of(1000) {
            let count = output::count(herd.len() as u64);
            output::message(&format!("connect  sockets {count}"));
        }
    }
    Ok(())
}

async fn shell(command: &str) -> Result<(), BenchError> {
    let status = tokio::process::Command::new("sh")
        .args(["-c", command])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .status()
        .await;
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(BenchError::Usage(format!("--kill: {status}"))),
        Err(error) => Err(BenchError::Usage(format!("--kill: {error}"))),
    }
}

impl Report for ReconnectReport {
    fn table(&self) -> Table {
        let mut table = Table::default();
        table
            .row(
                "sockets on the edge that ended",
                output::count(self.sockets as u64),
            )
            .row("back on the other", output::count(self.back))
            .row("caught up", output::count(self.caught_up))
            .row("messages missing in the end", output::count(self.missing))
            .row("messages doubled", output::count(self.doubles))
            .row(
                "others who lost their connection",
                output::count(self.bystanders_lost),
            );
        for (reason, count) in &self.failures {
            table.row(&format!("failed attempts: {reason}"), output::count(*count));
        }
        table
            .heading("from the kill on")
            .latencies(&[("back", self.back_ms), ("caught up", self.caught_up_ms)])
            .heading("delivery to others, on the edge that stayed")
            .latencies(&[
                ("before", self.bystanders_before_ms),
                ("from the kill on", self.bystanders_ms),
            ])
            .heading(&format!("processes, in the {:.1} s from the kill on", self.seconds))
            .processes(&self.processes)
            .heading(if self.ok {
                "OK"
            } else {
                "FAILED: not all are back, something was lost or doubled, or others waited for more than a second"
            });
        table
    }
}
