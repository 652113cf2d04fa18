//! `warren-edge`: parses, builds, runs.

use std::{error::Error, path::PathBuf, process::ExitCode};

use clap::Parser;
use tokio::net::TcpListener;
use tracing::{info, warn};
use warren_edge::{Edge, settings::Settings};
use warren_runtime::{config::ConfigError, exit, health::Health, log, metrics, shutdown};

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// The edge of Warren: HTTP and sockets for clients, the broker for the rest.
#[derive(Parser)]
#[command(name = "warren-edge", version)]
struct Arguments {
    /// Settings in TOML; the environment (WARREN__SECTION__KEY) goes over them.
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => exit::report(error.as_ref()),
    }
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let settings = Settings::load(arguments.config.as_deref())?;
    log::init(&settings.log)?;
    metrics::init("edge");
    raise_descriptor_limit(settings.edge.max_connections);
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()?;
    runtime.block_on(serve(settings))
}

async fn serve(settings: Settings) -> Result<(), Box<dyn Error>> {
    let stop = shutdown::on_signal();
    let (listen, admin_listen) = (settings.edge.listen, settings.edge.admin_listen);
    let edge = Edge::build(settings, Health::new())?;
    let bind = async |key, address| {
        let bound = TcpListener::bind(address).await;
        bound.map_err(|error| ConfigError::new(key, format!("cannot listen on {address}: {error}")))
    };
    let listener = bind("edge.listen", listen).await?;
    let admin = bind("edge.admin_listen", admin_listen).await?;
    info!(listen = %listener.local_addr()?, admin = %admin.local_addr()?, "listening");
    edge.run(listener, admin, stop).await?;
    Ok(())
}

/// Every connection needs a file descriptor; the usual soft limit of 1024 is far too low.
fn raise_descriptor_limit(connections: usize) {
    let wanted = connections as u64 + 256;
    match rlimit::increase_nofile_limit(wanted) {
        Ok(limit) if limit >= wanted => {}
        Ok(limit) => warn!(
            limit,
            wanted, "the limit of file descriptors is lower than edge.max_connections needs"
        ),
        Err(error) => warn!(%error, "the limit of file descriptors cannot be raised"),
    }
}
