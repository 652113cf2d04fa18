//! `fanout`: what a delivery costs the edge.

use std::time::Duration;

use clap::Args;
use serde::Serialize;

use super::group;
use crate::error::BenchError;
use crate::options::{Bench, Common};
use crate::output::{self, Report, Table};
use crate::system::targets;
use crate::traffic::figures::Figures;
use crate::traffic::seat::Seat;
use crate::traffic::sender::Pace;
use crate::traffic::{self, Load};

/// Flags of `fanout`. The measured window follows from --events and --events-per-second; --seconds is not used.
#[derive(Args, Debug)]
pub(crate) struct FanoutArgs {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Sockets, spread evenly over the people
    #[arg(long, value_name = "N", default_value_t = 1000, value_parser = clap::value_parser!(u32).range(2..=1_000_000))]
    sockets: u32,
    /// Members of the group [default: one per socket, at most 1000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=1000))]
    people: Option<u32>,
    /// Messages in the measured window
    #[arg(long, value_name = "K", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    events: u32,
    /// Messages per second
    #[arg(long, value_name = "R", default_value_t = 2.0)]
    events_per_second: f64,
}

#[derive(Debug, Serialize)]
struct FanoutReport {
    /// CPU microseconds of the edges per `message:created` delivered; none without edges among the processes.
    edge_cpu_us_per_delivery: Option<f64>,
    /// The same per event of any name (notifications and counts are pushes too).
    edge_cpu_us_per_event: Option<f64>,
    /// What the kernel took of that, the way through the loopback device to the other end included.
    edge_kernel_us_per_event: Option<f64>,
    #[serde(flatten)]
    figures: Figures,
}

/// Runs it; true if nothing was wrong.
pub(crate) async fn run(args: &FanoutArgs) -> Result<bool, BenchError> {
    if !(args.events_per_second > 0.0 && args.events_per_second <= 1e5) {
        return Err(BenchError::Usage(
            "--events-per-second: expected more than 0 and at most 100000".to_owned(),
        ));
    }
    let sockets = args.sockets as usize;
    let members = args
        .people
        .map_or(sockets.min(1000), |people| people as usize);
    let bench = Bench::start(&args.common, sockets).await?;
    let (people, room) = group::set_up(&bench, members).await?;
    let seats = (0..sockets)
        .map(|socket| Seat::new(&room, &people[socket % members], socket, socket == 0))
        .collect();
    let window = Duration::from_secs_f64(f64::from(args.events) / args.events_per_second);
    let load = Load {
        seats,
        pace: Pace::Rate(args.events_per_second),
        content_bytes: 64,
        window,
        read_buffer: 2048,
    };
    let figures = traffic::run(&bench, load).await?;
    let cpu = targets::edge_cpu_seconds(&figures.processes, &bench.targets);
    let per = |seconds: Option<f64>, count: u64| {
        seconds.map(|seconds| 1e6 * seconds / output::per_second(count.max(1), 1.0))
    };
    let (all, kernel) = (cpu.map(|(all, _)| all), cpu.map(|(_, kernel)| kernel));
    let report = FanoutReport {
        edge_cpu_us_per_delivery: per(all, figures.window.delivered + figures.window.own),
        edge_cpu_us_per_event: per(all, figures.window.events),
        edge_kernel_us_per_event: per(kernel, figures.window.events),
        figures,
    };
    output::print(&report, args.common.json);
    Ok(report.figures.ok)
}

impl Report for FanoutReport {
    fn table(&self) -> Table {
        let mut table = Table::default();
        let show = |value: Option<f64>| {
            value.map_or_else(
                || "unknown: name the edges with --pid or --state".to_owned(),
                |us| format!("{us:.2} us"),
            )
        };
        table
            .row("edge CPU per delivery", show(self.edge_cpu_us_per_delivery))
            .row("edge CPU per event", show(self.edge_cpu_us_per_event))
            .row("  the kernel's share", show(self.edge_kernel_us_per_event));
        self.figures.rows(&mut table);
        table
    }
}
