//! `warren-worker`: runs a pool, or does an operator's work.

use std::{
    net::{Ipv4Addr, SocketAddr},
    path::PathBuf,
    process::ExitCode,
};

use clap::{Args, Parser, Subcommand};
use tokio::net::TcpListener;
use warren_runtime::{config::ConfigError, exit, log, metrics, shutdown};
use warren_topology::actions::Pool;
use warren_workers::{admin, process::Worker, settings::PoolSettings};

#[cfg(feature = "jemalloc")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// A worker of Warren. Without a command it runs the pool given by --pool.
#[derive(Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
struct Cli {
    #[command(flatten)]
    run: Run,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Args)]
struct Run {
    /// The pool to run: auth, users, chat or notify.
    #[arg(long, value_parser = pool)]
    pool: Option<Pool>,
    /// A TOML file with settings; the environment (WARREN__SECTION__KEY) overrides it.
    #[arg(long)]
    config: Option<PathBuf>,
}

#[derive(Subcommand)]
enum Command {
    /// What could not be processed.
    Dead(admin::Dead),
    /// Keys for signing access tokens.
    Keys(admin::Keys),
    /// Who the administrators are.
    Admin(admin::Admin),
    /// The index in which messages are searched.
    Search(admin::Search),
    /// Declare exchanges and queues.
    Declare(admin::Declare),
}

fn pool(name: &str) -> Result<Pool, String> {
    let names = || Pool::ALL.map(Pool::as_str).join(", ");
    Pool::ALL
        .into_iter()
        .find(|pool| pool.as_str() == name)
        .ok_or_else(|| format!("must be one of {}", names()))
}

#[tokio::main]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    let result = match cli.command {
        None => run(cli.run).await,
        Some(Command::Dead(dead)) => dead.run().await,
        Some(Command::Keys(keys)) => keys.run(),
        Some(Command::Admin(admin)) => admin.run().await,
        Some(Command::Search(search)) => search.run().await,
        Some(Command::Declare(declare)) => declare.run().await,
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => exit::report(&*error),
    }
}

async fn run(run: Run) -> Result<(), Box<dyn std::error::Error>> {
    let pool = run
        .pool
        .ok_or_else(|| ConfigError::new("--pool", "must be one of auth, users, chat, notify"))?;
    let settings = PoolSettings::load(pool, run.config.as_deref())?;
    log::init(&settings.settings.log)?;
    metrics::init(pool.as_str());
    let own = SocketAddr::from((Ipv4Addr::LOCALHOST, admin_port(pool)));
    let address = settings.settings.worker.admin_listen.unwrap_or(own);
    let listener = TcpListener::bind(address).await.map_err(|error| {
        ConfigError::new(
            "worker.admin_listen",
            format!("{address} cannot be listened on: {error}"),
        )
    })?;
    Worker::run(settings, listener, shutdown::on_signal()).await?;
    Ok(())
}

/// The admin port of a pool's first process (design.md, section 9).
fn admin_port(pool: Pool) -> u16 {
    match pool {
        Pool::Auth => 3004,
        Pool::Users => 3001,
        Pool::Chat => 3002,
        Pool::Notify => 3003,
    }
}
