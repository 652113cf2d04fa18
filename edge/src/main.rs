//! `warren-edge`: parses, builds, runs.

use std::{error::Error, io, net::SocketAddr, path::PathBuf, process::ExitCode};

use clap::Parser;
use tokio::{
    net::{TcpListener, TcpSocket},
    runtime::Handle,
};
use tracing::{info, warn};
use warren_edge::{Edge, settings::Settings};
use warren_runtime::{config::ConfigError, exit, health::Health, log, metrics, shutdown};

#[cfg(feature = "jemalloc")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

/// The most connections that wait to be accepted; the system cuts it to its own limit (net.core.somaxconn).
const BACKLOG: u32 = 65_535;

/// Every so many tasks the scheduler takes one from the queue that its threads share. What the broker brings wakes its sockets by
/// that queue: by the scheduler's own choice of up to 127, thousands who come at once and wake one another would hold it up for
/// seconds.
const GLOBAL_QUEUE_INTERVAL: u32 = 2;

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
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let clients = builder
        .enable_all()
        .global_queue_interval(GLOBAL_QUEUE_INTERVAL)
        .build()?;
    let broker = builder.worker_threads(1).thread_name("broker").build()?;
    clients.block_on(serve(settings, broker.handle()))
}

async fn serve(settings: Settings, broker: &Handle) -> Result<(), Box<dyn Error>> {
    let stop = shutdown::on_signal();
    let (listen, admin_listen) = (settings.edge.listen, settings.edge.admin_listen);
    let edge = Edge::build(settings, Health::new())?;
    let listening = |key, address| {
        bind(address)
            .map_err(|error| ConfigError::new(key, format!("cannot listen on {address}: {error}")))
    };
    let listener = listening("edge.listen", listen)?;
    let admin = listening("edge.admin_listen", admin_listen)?;
    info!(listen = %listener.local_addr()?, admin = %admin.local_addr()?, "listening");
    edge.run(listener, admin, broker, stop).await?;
    Ok(())
}

/// Listens. Whoever finds no place in the backlog comes again after a second or more, so it is as long as the system allows.
fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    }?;
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
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
