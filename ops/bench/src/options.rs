//! Flags every sub-command takes, and what they give: the edges, a client, the processes to watch.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use crate::client::api::Api;
use crate::client::edge::Edge;
use crate::error::BenchError;
use crate::system::targets::{self, Target};

/// Flags of all sub-commands.
#[derive(Args, Clone, Debug)]
pub(crate) struct Common {
    /// An edge of the system under test; repeat it for several, people are spread over them
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:3000")]
    pub(crate) url: Vec<String>,
    /// Allow edges that are not on a loopback address
    #[arg(long)]
    pub(crate) allow_remote: bool,
    /// Print the result as JSON instead of a table
    #[arg(long)]
    pub(crate) json: bool,
    /// Length of the measured window
    #[arg(long, value_name = "S", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=86_400))]
    pub(crate) seconds: u64,
    /// Load before the measured window
    #[arg(long, value_name = "S", default_value_t = 3, value_parser = clap::value_parser!(u64).range(0..=3600))]
    pub(crate) warmup: u64,
    /// After the load, wait at most this long for what is under way
    #[arg(long, value_name = "S", default_value_t = 10, value_parser = clap::value_parser!(u64).range(0..=3600))]
    pub(crate) drain: u64,
    /// A process whose CPU and memory (with its children's) go into the report; names containing "edge" are the edges
    #[arg(long, value_name = "NAME=PID")]
    pub(crate) pid: Vec<String>,
    /// Take the processes from the state file of ops/up (.warren/run/state.json)
    #[arg(long, value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,
    /// Threads of this program
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64))]
    pub(crate) threads: u16,
    /// Requests in flight while people and conversations are made
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(crate) setup_concurrency: u16,
}

/// What a run starts from.
#[derive(Debug)]
pub(crate) struct Bench {
    /// The flags.
    pub(crate) common: Common,
    /// REST, and the list of edges.
    pub(crate) api: Arc<Api>,
    /// Processes to watch.
    pub(crate) targets: Vec<Target>,
    /// Begins every name and client id of this run.
    pub(crate) prefix: String,
}

impl Bench {
    /// Checks flags and descriptors for this many sockets, then that every edge answers.
    pub(crate) async fn start(common: &Common, sockets: usize) -> Result<Self, BenchError> {
        let edges: Arc<[Edge]> = common
            .url
            .iter()
            .map(|url| Edge::parse(url, common.allow_remote))
            .collect::<Result<_, _>>()?;
        let targets = targets::targets(&common.pid, common.state.as_deref())?;
        crate::system::descriptors::make_room(sockets)?;
        let api = Arc::new(Api::new(edges, Duration::from_secs(15)));
        api.check_reachable().await?;
        Ok(Self {
            common: common.clone(),
            api,
            targets,
            prefix: crate::client::people::run_prefix(),
        })
    }

    /// Concurrency of the set-up.
    pub(crate) fn concurrency(&self) -> usize {
        usize::from(self.common.setup_concurrency)
    }
}
