//! `idle`: memory per socket.

use std::net::Ipv4Addr;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::Serialize;
use tokio::task::JoinSet;

use crate::client::people;
use crate::client::socket::{ConnectError, Opening, Socket};
use crate::error::BenchError;
use crate::options::{Bench, Common};
use crate::output::{self, Report, Table};
use crate::stats::tally::Counter;
use crate::system::memory::{self, KernelMemory};
use crate::system::targets::{ProcessFigures, Snapshot};

/// Connections from one source address to one edge; the usual port range has 28,232.
const PER_SOURCE: usize = 20_000;

/// Flags of `idle`.
#[derive(Args, Debug)]
pub(crate) struct IdleArgs {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Sockets to hold
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    sockets: u32,
    /// People they are signed in as; the edges' cap of connections per user must allow it
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    people: u32,
    /// Wait this long after the last connect before memory is read
    #[arg(long, value_name = "S", default_value_t = 5)]
    settle: u64,
    /// Loopback source addresses (127.0.0.2, ...) to connect from [default: one per 20000 sockets, none below]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=200))]
    sources: Option<u16>,
}

/// Growth of one edge.
#[derive(Debug, Serialize)]
struct EdgeGrowth {
    name: String,
    rss_before_bytes: u64,
    rss_after_bytes: u64,
    /// Growth divided by the sockets of one edge (they are spread evenly).
    rss_per_socket_bytes: f64,
}

#[derive(Debug, Serialize)]
struct IdleReport {
    ok: bool,
    sockets: usize,
    /// Sockets lost while they were held.
    lost: u64,
    connects_per_second: f64,
    edges: Vec<EdgeGrowth>,
    /// Growth of socket buffers in the kernel per connection, both ends.
    kernel_buffers_per_socket_bytes: f64,
    /// Growth of all kernel objects per connection, both ends.
    kernel_slab_per_socket_bytes: f64,
    /// Length of the hold.
    seconds: f64,
    processes: Vec<ProcessFigures>,
}

/// Runs it; true if no socket was lost.
pub(crate) async fn run(args: &IdleArgs) -> Result<bool, BenchError> {
    let sockets = args.sockets as usize;
    let bench = Bench::start(&args.common, sockets).await?;
    let edges: Vec<_> = bench
        .targets
        .iter()
        .filter(|target| target.is_edge())
        .collect();
    let rss = || {
        edges
            .iter()
            .map(|edge| memory::resident(edge.pid).unwrap_or(0))
            .collect::<Vec<u64>>()
    };
    let count = (args.people as usize).min(sockets);
    output::message(&format!("setting up {count} people"));
    let people = people::register(&bench.api, &bench.prefix, count, bench.concurrency()).await?;
    let tokens: Vec<String> = people.iter().map(people::Person::token).collect();
    // What an edge sets up with its first socket belongs to the baseline.
    for edge in bench.api.edges().iter() {
        drop(
            Socket::connect(edge, &tokens[0], Opening::default())
                .await
                .map_err(setup_error)?,
        );
    }
    tokio::time::sleep(Duration::from_secs(args.common.warmup)).await;

    let (rss_before, kernel_before) = (rss(), KernelMemory::read());
    let (lost, mut tasks) = (Arc::new(Counter::default()), JoinSet::new());
    let connected_in = connect(&bench, args, &tokens, &lost, &mut tasks).await?;
    tokio::time::sleep(Duration::from_secs(args.settle)).await;
    let (rss_after, kernel_after) = (rss(), KernelMemory::read());

    let snapshot = Snapshot::take(&bench.targets);
    for second in 1..=args.common.seconds {
        tokio::time::sleep(Duration::from_secs(1)).await;
        output::message(&format!(
            "hold     {second} s  sockets {}",
            output::count(sockets as u64 - lost.get())
        ));
    }
    let seconds = output::per_second(args.common.seconds, 1.0);
    let processes = Snapshot::take(&bench.targets).since(&snapshot, seconds);
    let per_socket = |before: u64, after: u64, sockets: usize| {
        output::per_second(after, 1.0).mul_add(1.0, -output::per_second(before, 1.0))
            / output::per_second(sockets as u64, 1.0)
    };
    let growth =
        edges
            .iter()
            .zip(rss_before.iter().zip(&rss_after))
            .map(|(edge, (before, after))| EdgeGrowth {
                name: edge.name.clone(),
                rss_before_bytes: *before,
                rss_after_bytes: *after,
                rss_per_socket_bytes: per_socket(
                    *before,
                    *after,
                    sockets.div_ceil(bench.api.edges().len()),
                ),
            });
    let report = IdleReport {
        ok: lost.get() == 0,
        sockets,
        lost: lost.get(),
        connects_per_second: output::per_second(sockets as u64, connected_in),
        edges: growth.collect(),
        kernel_buffers_per_socket_bytes: per_socket(
            kernel_before.tcp_buffers,
            kernel_after.tcp_buffers,
            sockets,
        ),
        kernel_slab_per_socket_bytes: per_socket(kernel_before.slab, kernel_after.slab, sockets),
        seconds,
        processes,
    };
    output::print(&report, args.common.json);
    Ok(report.ok)
}

/// Opens all sockets and leaves them to tasks that answer pings; how many seconds it took.
async fn connect(
    bench: &Bench,
    args: &IdleArgs,
    tokens: &[String],
    lost: &Arc<Counter>,
    tasks: &mut JoinSet<()>,
) -> Result<f64, BenchError> {
    let (edges, sockets) = (bench.api.edges(), args.sockets as usize);
    let needed = sockets.div_ceil(edges.len()).div_ceil(PER_SOURCE);
    let sources = args
        .sources
        .map_or(if needed > 1 { needed } else { 0 }, usize::from);
    let from = crate::clock::micros();
    let mut opened = stream::iter(0..sockets)
        .map(|socket| {
            let opening = Opening {
                read_buffer: 512,
                source: source(socket, sources),
                ..Opening::default()
            };
            Socket::connect(
                &edges[socket % edges.len()],
                &tokens[socket % tokens.len()],
                opening,
            )
        })
        .buffer_unordered(bench.concurrency());
    while let Some(mut socket) = opened.try_next().await.map_err(setup_error)? {
        let lost = Arc::clone(lost);
        tasks.spawn(async move {
            while socket.recv().await.is_ok() {}
            lost.add(1);
        });
        if tasks.len().is_multiple_of(1000) {
            output::message(&format!(
                "connect  sockets {}",
                output::count(tasks.len() as u64)
            ));
        }
    }
    Ok(output::per_second(crate::clock::micros() - from, 1e6))
}

pub(crate) fn setup_error(error: ConnectError) -> BenchError {
    let hint = match &error {
        ConnectError::Refused(code) if code == "RATE_LIMITED" => {
            ". Lift the limits of the edges (WARREN__LIMITS__ENABLED=false) or spread the sockets over more --people"
        }
        _ => "",
    };
    BenchError::Setup(format!("connecting a socket: {error}{hint}"))
}

fn source(socket: usize, sources: usize) -> Option<Ipv4Addr> {
    let last = u8::try_from(2 + socket.checked_rem(sources)?).ok()?;
    Some(Ipv4Addr::new(127, 0, 0, last))
}

impl Report for IdleReport {
    fn table(&self) -> Table {
        let mut table = Table::default();
        table
            .row(
                "sockets, both namespaces",
                output::count(self.sockets as u64),
            )
            .row("connects", output::rate(self.connects_per_second))
            .row("lost while held", output::count(self.lost));
        if self.edges.is_empty() {
            table.row(
                "memory per socket, edge",
                "unknown: name the edges with --pid or --state",
            );
        }
        for edge in &self.edges {
            let growth = format!(
                "{:.1} kB ({} -> {})",
                edge.rss_per_socket_bytes / 1e3,
                output::bytes(edge.rss_before_bytes),
                output::bytes(edge.rss_after_bytes)
            );
            table.row(&format!("memory per socket, {}", edge.name), growth);
        }
        let kilobytes = |bytes: f64| format!("{:.1} kB (both ends)", bytes / 1e3);
        table
            .row(
                "kernel buffers per socket",
                kilobytes(self.kernel_buffers_per_socket_bytes),
            )
            .row(
                "kernel objects per socket",
                kilobytes(self.kernel_slab_per_socket_bytes),
            );
        table
            .heading("processes, while held")
            .processes(&self.processes);
        table.heading(if self.ok {
            "OK"
        } else {
            "FAILED: sockets were lost"
        });
        table
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_spread_over_loopback_addresses() {
        assert_eq!(source(5, 0), None);
        assert_eq!(source(0, 2), Some(Ipv4Addr::new(127, 0, 0, 2)));
        assert_eq!(source(3, 2), Some(Ipv4Addr::new(127, 0, 0, 3)));
    }
}
