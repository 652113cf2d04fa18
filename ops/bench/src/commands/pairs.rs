//! `pairs`: 1-1 conversations.

use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use crate::client::people::{self, Person};
use crate::error::BenchError;
use crate::options::{Bench, Common};
use crate::output;
use crate::traffic::seat::{Room, Seat};
use crate::traffic::sender::Pace;
use crate::traffic::{self, Load};

/// Flags of the pace, for the commands that send.
#[derive(Args, Clone, Debug)]
pub(crate) struct PaceArgs {
    /// Closed loop: unacked messages per sender [default: 1]
    #[arg(long, value_name = "W", conflicts_with = "rate", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) window: Option<u32>,
    /// Open loop: messages per second, all senders together
    #[arg(long, value_name = "R")]
    pub(crate) rate: Option<f64>,
    /// Bytes of content per message
    #[arg(long, value_name = "BYTES", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=8000))]
    pub(crate) size: u32,
}

impl PaceArgs {
    /// The pace they ask for.
    pub(crate) fn pace(&self) -> Result<Pace, BenchError> {
        match self.rate {
            None => Ok(Pace::Window(self.window.unwrap_or(1) as usize)),
            Some(rate) if rate > 0.0 && rate <= 1e6 => Ok(Pace::Rate(rate)),
            Some(rate) => Err(BenchError::Usage(format!(
                "--rate {rate}: expected more than 0 and at most 1000000"
            ))),
        }
    }
}

/// Flags of `pairs`.
#[derive(Args, Debug)]
pub(crate) struct PairsArgs {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(flatten)]
    pace: PaceArgs,
    /// Number of 1-1 conversations; twice as many people and sockets
    #[arg(long, value_name = "P", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pairs: u32,
    /// Both sides of each pair send
    #[arg(long)]
    both: bool,
}

/// Runs it; true if nothing was wrong.
pub(crate) async fn run(args: &PairsArgs) -> Result<bool, BenchError> {
    let pace = args.pace.pace()?;
    let pairs = args.pairs as usize;
    let bench = Bench::start(&args.common, 2 * pairs).await?;
    output::message(&format!(
        "setting up {} people and {pairs} conversations",
        2 * pairs
    ));
    let people =
        people::register(&bench.api, &bench.prefix, 2 * pairs, bench.concurrency()).await?;
    let people: Vec<Arc<Person>> = people.into_iter().map(Arc::new).collect();
    let rooms: Vec<Arc<Room>> = stream::iter(people.chunks_exact(2))
        .map(|pair| direct(&bench, &pair[0], &pair[1]))
        .buffered(bench.concurrency())
        .try_collect()
        .await?;
    let seats = rooms
        .iter()
        .zip(people.chunks_exact(2))
        .flat_map(|(room, pair)| {
            // With several edges the two of a pair sit on different ones.
            [(0, true), (1, args.both)]
                .map(|(side, sends)| Seat::new(room, &pair[side], pair[side].index, sends))
        })
        .collect();
    let load = Load {
        seats,
        pace,
        content_bytes: args.pace.size as usize,
        window: Duration::from_secs(args.common.seconds),
        read_buffer: 8192,
    };
    let figures = traffic::run(&bench, load).await?;
    output::print(&figures, args.common.json);
    Ok(figures.ok)
}

/// A direct conversation that both agree to.
pub(super) async fn direct(
    bench: &Bench,
    one: &Person,
    other: &Person,
) -> Result<Arc<Room>, BenchError> {
    let key = format!("{}-d{}", bench.prefix, one.index);
    let conversation = bench
        .api
        .create_conversation(one.index, &one.token(), &[other.user_id], None, &key)
        .await
        .map_err(|error| error.into_setup_error("creating a direct conversation"))?;
    bench
        .api
        .accept(other.index, &other.token(), &conversation.id)
        .await
        .map_err(|error| error.into_setup_error("accepting a direct conversation"))?;
    Ok(Room::new(conversation.id))
}
