//! Load on conversations: every seat (one socket of one member of one conversation) receives and checks what comes,
//! some also send. The coordinator here times the run, drains it and adds up.

pub(crate) mod figures;
pub(crate) mod seat;
pub(crate) mod sender;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use self::figures::{Figures, Missing};
use self::seat::Seat;
use self::sender::Pace;
use crate::client::socket::{Opening, Socket};
use crate::clock;
use crate::error::BenchError;
use crate::options::Bench;
use crate::output;
use crate::stats::latency::Latency;
use crate::stats::tally::{Tally, Totals};
use crate::system::targets::Snapshot;

/// When the load runs; microseconds of [`clock::micros`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Schedule {
    /// First message.
    pub(crate) start: u64,
    /// The measured window begins.
    pub(crate) measure_from: u64,
    /// It ends, and so does sending.
    pub(crate) measure_to: u64,
}

impl Schedule {
    /// Whether a message meant for this time belongs to the measured window.
    pub(crate) fn measures(&self, intended: u64) -> bool {
        (self.measure_from..self.measure_to).contains(&intended)
    }
}

/// What the seats share.
#[derive(Debug)]
pub(crate) struct Shared {
    /// Counters of the whole run.
    pub(crate) tally: Tally,
    /// Sent (or meant to be sent) until acked.
    pub(crate) ack: Latency,
    /// Sent (or meant to be sent) until at a socket of somebody else.
    pub(crate) delivery: Latency,
    /// Set when every socket is connected; senders wait for it.
    pub(crate) schedule: OnceLock<Schedule>,
    /// Begins client ids.
    pub(crate) prefix: String,
    /// Bytes of content per message.
    pub(crate) content_bytes: usize,
}

/// A load to run.
#[derive(Debug)]
pub(crate) struct Load {
    /// All sockets.
    pub(crate) seats: Vec<Arc<Seat>>,
    /// How the senders among them send.
    pub(crate) pace: Pace,
    /// Bytes of content per message.
    pub(crate) content_bytes: usize,
    /// Length of the measured window; the flag `--seconds` unless the command says otherwise.
    pub(crate) window: Duration,
    /// Read buffer per socket in bytes.
    pub(crate) read_buffer: usize,
}

/// Runs it: connect, warm up, measure, drain.
pub(crate) async fn run(bench: &Bench, load: Load) -> Result<Figures, BenchError> {
    let shared = Arc::new(Shared {
        tally: Tally::default(),
        ack: Latency::default(),
        delivery: Latency::default(),
        schedule: OnceLock::new(),
        prefix: bench.prefix.clone(),
        content_bytes: load.content_bytes,
    });
    let stop = CancellationToken::new();
    let mut tasks = JoinSet::new();
    connect(bench, &load, &shared, &stop, &mut tasks).await?;

    let start = clock::micros() + 100_000;
    let measure_from = start + bench.common.warmup * 1_000_000;
    let schedule = Schedule {
        start,
        measure_from,
        measure_to: measure_from + clock::as_micros(load.window),
    };
    let _ = shared.schedule.set(schedule);

    progress(&shared, schedule.measure_from, "warm-up").await;
    let (from, before) = (clock::micros(), shared.tally.totals());
    let snapshot = Snapshot::take(&bench.targets);
    progress(&shared, schedule.measure_to, "measure").await;
    let window = shared.tally.totals().since(before);
    let seconds = output::per_second(clock::micros() - from, 1e6);
    let processes = Snapshot::take(&bench.targets).since(&snapshot, seconds);

    let (drained, missing) = drain(&shared, &load.seats, bench.common.drain).await;
    // Those that died on the way are no longer counted.
    let sockets = shared.tally.sockets.get();
    stop.cancel();
    while tasks.join_next().await.is_some() {}
    Ok(Figures::new(
        &shared, sockets, seconds, window, processes, drained, missing,
    ))
}

async fn connect(
    bench: &Bench,
    load: &Load,
    shared: &Arc<Shared>,
    stop: &CancellationToken,
    tasks: &mut JoinSet<()>,
) -> Result<(), BenchError> {
    let senders = load.seats.iter().filter(|seat| seat.sends).count();
    let opening = Opening {
        read_buffer: load.read_buffer,
        ..Opening::default()
    };
    let edges = bench.api.edges();
    let mut sockets = stream::iter(&load.seats)
        .map(|seat| async move {
            let edge = &edges[seat.edge % edges.len()];
            let socket = Socket::connect(edge, &seat.person.token(), opening)
                .await
                .map_err(|error| {
                    BenchError::Setup(format!(
                        "connecting a socket to {}: {error}",
                        edge.authority
                    ))
                })?;
            Ok::<_, BenchError>((Arc::clone(seat), socket))
        })
        .buffer_unordered(bench.concurrency());
    let mut next_sender = 0;
    while let Some((seat, socket)) = sockets.try_next().await? {
        let pace = seat.sends.then(|| {
            next_sender += 1;
            load.pace.of_sender(next_sender - 1, senders)
        });
        shared.tally.sockets.add(1);
        tasks.spawn(seat::run(
            seat,
            socket,
            pace,
            Arc::clone(shared),
            stop.clone(),
        ));
    }
    Ok(())
}

/// A line per second until the given time.
async fn progress(shared: &Shared, until: u64, phase: &str) {
    let mut before = shared.tally.totals();
    loop {
        let now = clock::micros();
        if now >= until {
            return;
        }
        let wait = (until - now).min(1_000_000);
        tokio::time::sleep(Duration::from_micros(wait)).await;
        let totals = shared.tally.totals();
        if wait == 1_000_000 {
            line(shared, totals.since(before), phase);
        }
        before = totals;
    }
}

fn line(shared: &Shared, last: Totals, phase: &str) {
    let errors: u64 = shared.tally.errors.all().values().sum();
    output::message(&format!(
        "{phase:<8} sent {:>7}/s  stored {:>7}/s  delivered {:>8}/s  notified {:>8}/s  sockets {}  errors {errors}",
        output::count(last.sent),
        output::count(last.acked),
        output::count(last.delivered),
        output::count(last.notified),
        output::count(shared.tally.sockets.get()),
    ));
}

/// Waits until nothing is missing, at most `bound` seconds; how long it took, and what is missing.
async fn drain(shared: &Shared, seats: &[Arc<Seat>], bound: u64) -> (f64, Missing) {
    let from = clock::micros();
    loop {
        let missing = Missing::count(shared, seats);
        let waited = clock::micros() - from;
        if missing.is_nothing() || waited >= bound * 1_000_000 {
            // A double would come right behind.
            tokio::time::sleep(Duration::from_millis(200)).await;
            return (output::per_second(waited, 1e6), missing);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}
