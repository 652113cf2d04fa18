//! warren-bench: load generator and auditor of Warren, for its builders and for operators who size a deployment.
//!
//! # Layout
//! - [`options`]: flags of all sub-commands; `commands`: one file per sub-command
//! - `client`: the system's public interface as a client sees it (REST, Socket.IO); `client::people` sets people up
//! - `traffic`: senders and receivers of `pairs`, `group` and `fanout`
//! - `herd`: those who come back in `reconnect`
//! - `audit`: load under faults, and the checks of what was promised
//! - `stats`: counters, percentiles, sets of sequence numbers; `system`: CPU and memory from /proc
//! - `output`: progress, tables, JSON
//!
//! Exit codes: 0 the run is done and found nothing wrong; 1 it found losses, doubles, order breaks or another
//! violation; 2 it could not run (flags, limits, system not reachable), with one message saying what to do.

mod audit;
mod client;
mod clock;
mod commands;
mod error;
mod herd;
mod options;
mod output;
mod stats;
mod system;
mod traffic;

use std::process::ExitCode;

use clap::Parser as _;

use crate::commands::{Cli, Command};
use crate::error::BenchError;

fn main() -> ExitCode {
    let cli = Cli::parse();
    clock::micros();
    let outcome = runtime(cli.command.common().threads)
        .and_then(|runtime| runtime.block_on(run(&cli.command)));
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            output::message(&error.to_string());
            ExitCode::from(2)
        }
    }
}

/// One thread suffices for most runs and leaves the other cores to the system under test.
fn runtime(threads: u16) -> Result<tokio::runtime::Runtime, BenchError> {
    let mut builder = match threads {
        1 => tokio::runtime::Builder::new_current_thread(),
        _ => tokio::runtime::Builder::new_multi_thread(),
    };
    if threads > 1 {
        builder.worker_threads(usize::from(threads));
    }
    builder
        .enable_all()
        .build()
        .map_err(|error| BenchError::Usage(format!("cannot start the runtime: {error}")))
}

/// True if the run found nothing wrong.
async fn run(command: &Command) -> Result<bool, BenchError> {
    match command {
        Command::Idle(args) => commands::idle::run(args).await,
        Command::Fanout(args) => commands::fanout::run(args).await,
        Command::Pairs(args) => commands::pairs::run(args).await,
        Command::Group(args) => commands::group::run(args).await,
        Command::Reconnect(args) => commands::reconnect::run(args).await,
        Command::Search(args) => commands::search::run(args).await,
        Command::Audit(args) => audit::run(args).await,
    }
}
