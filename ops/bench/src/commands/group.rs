//! `group`: one large group.

use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use super::pairs::PaceArgs;
use crate::client::people::{self, Person};
use crate::error::BenchError;
use crate::options::{Bench, Common};
use crate::output;
use crate::traffic::seat::{Room, Seat};
use crate::traffic::{self, Load};

/// Flags of `group`.
#[derive(Args, Debug)]
pub(crate) struct GroupArgs {
    #[command(flatten)]
    pub(crate) common: Common,
    #[command(flatten)]
    pace: PaceArgs,
    /// Members, all online
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(2..=1000))]
    members: u32,
    /// How many of them send
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..=1000))]
    senders: u32,
}

/// Runs it; true if nothing was wrong.
pub(crate) async fn run(args: &GroupArgs) -> Result<bool, BenchError> {
    let pace = args.pace.pace()?;
    let members = args.members as usize;
    let bench = Bench::start(&args.common, members).await?;
    let (people, room) = set_up(&bench, members).await?;
    let seats = people
        .iter()
        .map(|person| {
            Seat::new(
                &room,
                person,
                person.index,
                person.index < args.senders as usize,
            )
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

/// A group with this many members; the first one is its owner.
pub(crate) async fn set_up(
    bench: &Bench,
    members: usize,
) -> Result<(Vec<Arc<Person>>, Arc<Room>), BenchError> {
    output::message(&format!("setting up a group of {members} people"));
    let people = people::register(&bench.api, &bench.prefix, members, bench.concurrency()).await?;
    let people: Vec<Arc<Person>> = people.into_iter().map(Arc::new).collect();
    let others: Vec<u64> = people[1..].iter().map(|person| person.user_id).collect();
    let key = format!("{}-g", bench.prefix);
    let conversation = bench
        .api
        .create_conversation(0, &people[0].token(), &others, Some(&bench.prefix), &key)
        .await
        .map_err(|error| error.into_setup_error("creating the group"))?;
    Ok((people, Room::new(conversation.id)))
}
