//! `search`: one person's conversations are filled with text, then searched.

use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use serde::Serialize;
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::idle::setup_error;
use super::pairs::direct;
use crate::client::event::AckView;
use crate::client::packet::{self, Packet};
use crate::client::people::{self, Person};
use crate::client::shape::Message;
use crate::client::socket::{Closed, Opening, Socket};
use crate::clock;
use crate::error::BenchError;
use crate::options::{Bench, Common};
use crate::output::{self, Report, Table};
use crate::stats::latency::{Latency, LatencyMs};
use crate::stats::tally::Counter;
use crate::system::targets::{ProcessFigures, Snapshot};

/// Unacked messages of one writer.
const WINDOW: u64 = 16;
/// Different words; the n-th is n times as rare as the first.
const VOCABULARY: u32 = 20_000;
/// Words of a message.
const WORDS: usize = 9;
/// After a refusal, before the message is written again.
const PAUSE: Duration = Duration::from_millis(20);

/// Flags of `search`. --seconds bounds how long the last message may take to be found: messages are indexed
/// `chat.index_per_second` at a time.
#[derive(Args, Debug)]
pub(crate) struct SearchArgs {
    #[command(flatten)]
    pub(crate) common: Common,
    /// Messages, spread evenly over the conversations
    #[arg(long, value_name = "N", default_value_t = 100_000, value_parser = clap::value_parser!(u64).range(100..=100_000_000))]
    messages: u64,
    /// Conversations of the person who searches
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=1000))]
    conversations: u32,
    /// Searches of each kind, one after another
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    searches: u32,
}

#[derive(Debug, Serialize)]
struct Kind {
    name: &'static str,
    latency_ms: LatencyMs,
    /// Messages on the first page, of all searches together.
    found: u64,
}

#[derive(Debug, Serialize)]
struct SearchReport {
    ok: bool,
    messages: u64,
    conversations: u32,
    written_per_second: f64,
    /// From the last ack to the last message's being found; none if it was not found in time.
    indexed_after_seconds: Option<f64>,
    kinds: Vec<Kind>,
    /// Searches that did not find what they should have, and only that.
    wrong: u64,
    processes: Vec<ProcessFigures>,
}

/// One person's writing in one conversation.
struct Writer {
    number: u32,
    conversation: String,
    messages: u64,
    acked: Arc<Counter>,
}

/// Runs it; true if everything was found.
pub(crate) async fn run(args: &SearchArgs) -> Result<bool, BenchError> {
    let conversations = args.conversations as usize;
    let bench = Bench::start(&args.common, conversations).await?;
    output::message(&format!("setting up {conversations} conversations"));
    let people = people::register(
        &bench.api,
        &bench.prefix,
        conversations + 1,
        bench.concurrency(),
    )
    .await?;
    let (seeker, others) = (&people[0], &people[1..]);
    let rooms: Vec<_> = stream::iter(others)
        .map(|other| direct(&bench, other, seeker))
        .buffered(bench.concurrency())
        .try_collect()
        .await?;

    let each = args.messages / u64::from(args.conversations);
    let (acked, began) = (Arc::new(Counter::default()), clock::micros());
    let mut writing = JoinSet::new();
    for ((number, other), room) in (0..).zip(others).zip(&rooms) {
        let edge = &bench.api.edges()[other.index % bench.api.edges().len()];
        let opened = Socket::connect(edge, &other.token(), Opening::default()).await;
        let writer = Writer {
            number,
            conversation: room.id.clone(),
            messages: each,
            acked: Arc::clone(&acked),
        };
        writing.spawn(writer.write(opened.map_err(setup_error)?));
    }
    while !writing.is_empty() {
        tokio::select! {
            Some(ended) = writing.join_next() => ended
                .map_err(|error| BenchError::Setup(error.to_string()))?
                .map_err(|closed| BenchError::Setup(format!("a writer: {closed}")))?,
            () = sleep(Duration::from_secs(10)) => {
                output::message(&format!("write    messages {}", output::count(acked.get())));
            }
        }
    }
    let messages = acked.get();
    let written = clock::micros();

    let seeking = Seeking {
        bench: &bench,
        seeker,
        wrong: Counter::default(),
    };
    let indexed = seeking.until_found(args, each).await?;
    let snapshot = Snapshot::take(&bench.targets);
    let from = clock::micros();
    let mut kinds = Vec::new();
    if indexed.is_some() {
        for (name, query) in KINDS {
            output::message(&format!("search   {name}"));
            kinds.push(seeking.kind(args, each, name, query, &rooms[0].id).await?);
        }
    }
    let seconds = output::per_second(clock::micros() - from, 1e6);
    let report = SearchReport {
        ok: indexed.is_some() && seeking.wrong.get() == 0,
        messages,
        conversations: args.conversations,
        written_per_second: output::per_second(messages, output::per_second(written - began, 1e6)),
        indexed_after_seconds: indexed.map(|at| output::per_second(at - written, 1e6)),
        kinds,
        wrong: seeking.wrong.get(),
        processes: Snapshot::take(&bench.targets).since(&snapshot, seconds),
    };
    output::print(&report, args.common.json);
    Ok(report.ok)
}

/// What is looked for.
#[derive(Clone, Copy)]
enum Query {
    /// In one message.
    Unique,
    /// A word of the vocabulary, by its place in it.
    Word(u32),
    /// Two of them.
    Two(u32, u32),
    /// The first letters of one.
    Beginning(u32, usize),
    /// In one conversation.
    Within(u32),
}

const KINDS: [(&str, Query); 6] = [
    ("a word of one message", Query::Unique),
    ("a rare word", Query::Word(5_000)),
    ("a frequent word", Query::Word(1)),
    ("two words", Query::Two(20, 300)),
    ("three letters", Query::Beginning(200, 3)),
    ("in one conversation", Query::Within(50)),
];

struct Seeking<'a> {
    bench: &'a Bench,
    seeker: &'a Person,
    wrong: Counter,
}

impl Seeking<'_> {
    /// Waits until the last message of each conversation is found; when.
    async fn until_found(&self, args: &SearchArgs, each: u64) -> Result<Option<u64>, BenchError> {
        let bound = clock::micros() + args.common.seconds * 1_000_000;
        for number in 0..args.conversations {
            let q = unique(number, each - 1);
            while self.search(&q, None).await?.len() != 1 {
                if clock::micros() > bound {
                    return Ok(None);
                }
                sleep(Duration::from_millis(200)).await;
            }
        }
        Ok(Some(clock::micros()))
    }

    async fn kind(
        &self,
        args: &SearchArgs,
        each: u64,
        name: &'static str,
        query: Query,
        room: &str,
    ) -> Result<Kind, BenchError> {
        let (latency, mut found) = (Latency::default(), 0);
        for number in 0..args.searches {
            // Neighbours in the vocabulary are about as frequent: no two searches are the same.
            let near = |rank: u32| word(rank + number % (rank / 4 + 4));
            let (q, within) = match query {
                Query::Unique => {
                    let message = u64::from(number) * 7919 % each;
                    (unique(number % args.conversations, message), None)
                }
                Query::Word(rank) => (near(rank), None),
                Query::Two(one, other) => (format!("{}%20{}", near(one), near(other)), None),
                Query::Beginning(rank, letters) => (near(rank)[..letters].to_owned(), None),
                Query::Within(rank) => (near(rank), Some(room)),
            };
            let from = clock::micros();
            let messages = self.search(&q, within).await?;
            latency.record(clock::micros() - from);
            found += messages.len() as u64;
            let beginnings: Vec<&str> = q.split("%20").collect();
            let is_right = |message: &Message| {
                let words: Vec<&str> = message.content.split(' ').collect();
                beginnings
                    .iter()
                    .all(|beginning| words.iter().any(|word| word.starts_with(beginning)))
            };
            let is_wrong = !messages.iter().all(is_right)
                || (matches!(query, Query::Unique) && messages.len() != 1);
            self.wrong.add(u64::from(is_wrong));
        }
        Ok(Kind {
            name,
            latency_ms: latency.figures(),
            found,
        })
    }

    async fn search(&self, q: &str, within: Option<&str>) -> Result<Vec<Message>, BenchError> {
        let (api, token) = (
            &self.bench.api,
            self.seeker.fresh_token(&self.bench.api, 0, false),
        );
        let token = token
            .await
            .map_err(|error| error.into_setup_error("renewing a session"))?;
        api.search(self.seeker.index, &token, q, within)
            .await
            .map_err(|error| error.into_setup_error("searching"))
    }
}

impl Writer {
    /// Writes all messages, with a few unacked at a time.
    async fn write(self, mut socket: Socket) -> Result<(), Closed> {
        let mut unacked = std::collections::BTreeMap::new();
        let (mut next, mut acked) = (0, 0);
        while acked < self.messages {
            while next < self.messages && (unacked.len() as u64) < WINDOW {
                self.send(&mut socket, next, &mut unacked)?;
                next += 1;
            }
            let frame = socket.recv().await?;
            if let Ok(Packet::Ack { id, payload, .. }) = Packet::parse(&frame)
                && let Some(message) = unacked.remove(&id)
            {
                if AckView::<serde::de::IgnoredAny>::parse(payload).is_ok() {
                    acked += 1;
                    self.acked.add(1);
                } else {
                    sleep(PAUSE).await;
                    self.send(&mut socket, message, &mut unacked)?;
                }
            }
        }
        Ok(())
    }

    fn send(
        &self,
        socket: &mut Socket,
        message: u64,
        unacked: &mut std::collections::BTreeMap<u64, u64>,
    ) -> Result<(), Closed> {
        let ack = socket.ack_id();
        let mut words: Vec<String> = (0..WORDS).map(|_| word(zipf())).collect();
        words.push(unique(self.number, message));
        let (content, client_id) = (words.join(" "), message.to_string());
        unacked.insert(ack, message);
        socket.queue(packet::message_send(
            ack,
            &self.conversation,
            &content,
            &client_id,
        ))
    }
}

/// A word that only one message has.
fn unique(writer: u32, message: u64) -> String {
    format!("x{writer}x{message}x")
}

/// A word of the vocabulary by its place, from 0: two syllables or more, those after one another unlike each other.
fn word(place: u32) -> String {
    const CONSONANTS: &[u8; 16] = b"bcdfghjklmnprstv";
    const VOWELS: &[u8; 5] = b"aeiou";
    let mut rest = place;
    let mut word = String::new();
    while rest > 0 || word.len() < 4 {
        let syllable = (rest % 80) as usize;
        word.push(char::from(CONSONANTS[syllable % 16]));
        word.push(char::from(VOWELS[syllable / 16]));
        rest /= 80;
    }
    word
}

/// A place in the vocabulary: the n-th as often as its frequency, 1/n of the first, says.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "from 1 to the size of the vocabulary"
)]
fn zipf() -> u32 {
    let position = f64::from(VOCABULARY).powf(rand::random::<f64>());
    position as u32 - 1
}

impl Report for SearchReport {
    fn table(&self) -> Table {
        let mut table = Table::default();
        let found = |kind: &Kind| format!("found by: {}", kind.name);
        let latencies: Vec<_> = self
            .kinds
            .iter()
            .map(|kind| (kind.name, kind.latency_ms))
            .collect();
        table
            .row("messages", output::count(self.messages))
            .row("conversations", self.conversations)
            .row("written", output::rate(self.written_per_second))
            .row(
                "all found after the last ack",
                self.indexed_after_seconds
                    .map_or("not in time: see --seconds".to_owned(), |seconds| {
                        format!("{seconds:.1} s")
                    }),
            )
            .latencies(&latencies);
        for kind in &self.kinds {
            table.row(&found(kind), output::count(kind.found));
        }
        table
            .row("wrong answers", output::count(self.wrong))
            .heading("processes, while searched")
            .processes(&self.processes)
            .heading(if self.ok {
                "OK"
            } else {
                "FAILED: something was not found, or should not have been"
            });
        table
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_vocabulary_has_no_word_twice() {
        let words: BTreeSet<String> = (0..VOCABULARY).map(word).collect();
        assert_eq!(words.len(), VOCABULARY as usize);
        assert!(
            words
                .iter()
                .all(|word| word.len() >= 4 && !word.contains('x'))
        );
    }

    #[test]
    fn places_are_in_the_vocabulary_and_the_first_are_the_most_frequent() {
        let places: Vec<u32> = (0..10_000).map(|_| zipf()).collect();
        assert!(places.iter().all(|place| *place < VOCABULARY));
        let first = places.iter().filter(|place| **place < 10).count();
        assert!((1_500..3_500).contains(&first), "{first}");
    }
}
