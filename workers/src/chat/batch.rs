//! Applies the commands of a batch in order to the conversations in memory, and stores all of it at once.
//!
//! Applying touches memory only. If storing fails in any way, the conversations concerned are dropped from memory and
//! the whole batch is applied again to what is really stored: what an earlier try, or another worker, has stored already
//! is found by its (conversation, sender, clientId) and gives the same results. So a batch can be repeated at will.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::future::BoxFuture;
use serde_json::value::RawValue;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::warn;
use warren_runtime::{backoff::Backoff, health::Component};
use warren_topology::{
    actions::{ChatAction, Partitioned, chat, parse},
    broker::PublishError,
    envelope::Command,
    failure::Failure,
    ids::{ConversationId, NodeId, UserId},
    payload::{unix_millis, users::PublicUser},
};

use super::{
    blocks::{BlockChange, Blocks},
    cache::Cache,
    conversation::{Conversation, load},
    metrics,
    store::{Inserted, MessageDoc, Store},
    turn::{Name, Ordered, People, Staged, Turn, Unknown},
};
use crate::core::{
    Effects, Fault, Letter, Request,
    desk::{explain, observe, unknown},
    handler::Outcome,
    post::ReplyOut,
};

/// How long storing a batch may take before its outcome counts as unknown.
const STORE_TIMEOUT: Duration = Duration::from_secs(30);

/// Looks people up; fails when the directory cannot be asked.
pub type Directory = Arc<
    dyn Fn(Vec<UserId>) -> BoxFuture<'static, Result<Vec<PublicUser>, sqlx::Error>> + Send + Sync,
>;

/// A command of the batch.
pub struct Job<'a> {
    /// The edge that waits for the answer.
    pub edge: NodeId,
    /// The routing key it came under.
    pub key: &'a str,
    /// The command in JSON, for parking it.
    pub raw: &'a RawValue,
    /// Whether the broker delivers it again.
    pub redelivered: bool,
    command: Command<'a>,
    user: UserId,
    work: Result<Box<dyn Work>, Failure>,
}

/// A payload with its handler.
trait Work: Send + Sync {
    fn conversation(&self) -> &ConversationId;
    fn writes(&self, command: &str) -> Option<String>;
    fn people(&self) -> &[UserId];
    fn apply(&self, turn: &mut Turn<'_>) -> Result<Outcome, Fault>;
}

struct Typed<C: Ordered> {
    payload: C::Payload,
    conversation: ConversationId,
}

impl<C: Ordered<Payload: Send + Sync>> Work for Typed<C> {
    fn conversation(&self) -> &ConversationId {
        &self.conversation
    }

    fn writes(&self, command: &str) -> Option<String> {
        C::writes(&self.payload, command)
    }

    fn people(&self) -> &[UserId] {
        C::people(&self.payload)
    }

    fn apply(&self, turn: &mut Turn<'_>) -> Result<Outcome, Fault> {
        Outcome::of(C::apply(turn, &self.payload)?)
    }
}

fn work<C: Ordered<Payload: Send + Sync> + 'static>(
    command: &Command<'_>,
    user: UserId,
) -> Result<Box<dyn Work>, Failure> {
    let payload = parse::<C::Payload>(command.payload.get().as_bytes())?;
    let conversation = payload.conversation(user, &command.id)?;
    Ok(Box::new(Typed::<C> {
        payload,
        conversation,
    }))
}

impl<'a> Job<'a> {
    /// Reads a command.
    ///
    /// # Errors
    /// When it is no command at all: it can only be parked.
    pub fn read(
        edge: NodeId,
        key: &'a str,
        raw: &'a RawValue,
        redelivered: bool,
    ) -> Result<Self, String> {
        let command: Command<'a> =
            serde_json::from_str(raw.get()).map_err(|error| error.to_string())?;
        let user = command
            .caller
            .as_ref()
            .ok_or("a chat command without a caller")?
            .user;
        let work = match ChatAction::parse(&command.action) {
            Some(ChatAction::CreateConversation) => {
                work::<chat::CreateConversation>(&command, user)
            }
            Some(ChatAction::SendMessage) => work::<chat::SendMessage>(&command, user),
            Some(ChatAction::MarkRead) => work::<chat::MarkRead>(&command, user),
            None => Err(unknown(&command.action).into_failure()),
        };
        Ok(Self {
            edge,
            key,
            raw,
            redelivered,
            command,
            user,
            work,
        })
    }

    /// How much work it is: itself, and the people it names.
    pub(super) fn weight(&self) -> usize {
        1 + self.work.as_ref().map_or(0, |work| work.people().len())
    }

    fn conversation(&self) -> Option<&ConversationId> {
        self.work.as_ref().ok().map(|work| work.conversation())
    }
}

/// A command that cannot be processed, by its place in the batch.
#[derive(Debug)]
pub struct Poisoned {
    /// Its place.
    pub job: usize,
    /// Why, from a small fixed set.
    pub reason: &'static str,
    /// The detail.
    pub detail: String,
}

/// Why a batch was given up: it will be delivered again, here or elsewhere.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct Abandoned(pub PublishError);

/// What came of a try.
enum Tried {
    Stored(Vec<Letter>),
    /// Something was stored before, or this worker's memory was out of date.
    Clash,
    Poisoned(Vec<Poisoned>),
}

/// Processes batches.
pub struct Processor {
    /// MongoDB.
    pub store: Store,
    /// Who exists.
    pub directory: Directory,
    /// The conversations in memory.
    pub cache: Cache,
    /// Those of them in which nothing can be written.
    pub blocks: Blocks,
    /// Whether MongoDB answers.
    pub component: Component,
    /// The most members of a group.
    pub max_group_members: u32,
    /// Ends retrying.
    pub shutdown: CancellationToken,
}

impl Processor {
    /// Applies and stores a batch, however long the store is away. Returns what it results in, and what must be parked.
    ///
    /// # Errors
    /// [`Abandoned`] at shutdown.
    pub async fn process(
        &mut self,
        jobs: &[Job<'_>],
    ) -> Result<(Vec<Letter>, Vec<Poisoned>), Abandoned> {
        metrics::BATCH.observe(jobs.len() as f64);
        self.cache.begin();
        let mut backoff = Backoff::default();
        let mut poisoned: Vec<Poisoned> = Vec::new();
        let mut again = false;
        loop {
            let started = Instant::now();
            let tried = timeout(STORE_TIMEOUT, self.attempt(jobs, &poisoned, again)).await;
            let tried =
                tried.unwrap_or_else(|_| Err(mongodb::error::Error::custom("no answer in time")));
            match tried {
                Ok(Tried::Stored(letters)) => {
                    self.component.up();
                    metrics::STORE_SECONDS.observe(started.elapsed().as_secs_f64());
                    return Ok((letters, poisoned));
                }
                Ok(Tried::Clash) => {}
                Ok(Tried::Poisoned(more)) => poisoned.extend(more),
                Err(error) => {
                    let wait = backoff.next();
                    self.component.down(error.to_string());
                    warn!(%error, wait_ms = wait.as_millis() as u64, "MongoDB failed; the batch is stored when it is back");
                    tokio::select! {
                        () = tokio::time::sleep(wait) => {}
                        () = self.shutdown.cancelled() => {
                            self.evict(jobs);
                            return Err(Abandoned(PublishError::Closed));
                        }
                    }
                }
            }
            metrics::RETRIES.inc();
            self.evict(jobs);
            again = true;
        }
    }

    /// Takes in who has blocked whom, however long the store is away.
    ///
    /// # Errors
    /// [`Abandoned`] at shutdown.
    pub async fn take_blocks(&mut self, changes: &[BlockChange]) -> Result<(), Abandoned> {
        let mut backoff = Backoff::default();
        while let Err(error) = self.blocks.save(changes).await {
            let wait = backoff.next();
            self.component.down(error.to_string());
            warn!(%error, wait_ms = wait.as_millis() as u64, "MongoDB failed; blocks are stored when it is back");
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.shutdown.cancelled() => return Err(Abandoned(PublishError::Closed)),
            }
        }
        for change in changes {
            self.cache.remove(&change.conversation());
        }
        Ok(())
    }

    fn evict(&mut self, jobs: &[Job<'_>]) {
        for id in jobs.iter().filter_map(Job::conversation) {
            self.cache.remove(id);
        }
    }

    async fn attempt(
        &mut self,
        jobs: &[Job<'_>],
        poisoned: &[Poisoned],
        again: bool,
    ) -> Result<Tried, mongodb::error::Error> {
        self.load(jobs).await?;
        let stored = self.stored(jobs, again).await?;
        let people = self.people(jobs).await;
        let mut staged = Staged::default();
        let mut letters = Vec::with_capacity(jobs.len());
        let mut authors = Vec::new();
        for (at, job) in jobs.iter().enumerate() {
            if poisoned.iter().any(|poisoned| poisoned.job == at) {
                letters.push(letter(job, Err(Failure::internal()), Effects::default()));
                continue;
            }
            match catch_unwind(AssertUnwindSafe(|| {
                self.apply(job, &stored, &people, &mut staged)
            })) {
                Ok(letter) => letters.push(letter),
                Err(_panic) => {
                    let detail = job.command.action.to_string();
                    return Ok(Tried::Poisoned(vec![Poisoned {
                        job: at,
                        reason: "panicked",
                        detail,
                    }]));
                }
            }
            authors.resize(staged.messages.len(), at);
        }
        match self.save(&staged).await? {
            Inserted::All => {}
            Inserted::Clash => return Ok(Tried::Clash),
            Inserted::Refused(message, detail) => {
                let refused = authors.get(message).map(|job| Poisoned {
                    job: *job,
                    reason: "refused_by_database",
                    detail,
                });
                return Ok(Tried::Poisoned(refused.into_iter().collect()));
            }
        }
        metrics::STORED.inc_by(staged.messages.len() as u64);
        let now = unix_millis();
        for author in authors {
            metrics::STORED_SECONDS
                .observe((now - jobs[author].command.accepted).max(0) as f64 / 1_000.0);
        }
        Ok(Tried::Stored(letters))
    }

    /// Loads the conversations of the batch that are not in memory.
    async fn load(&mut self, jobs: &[Job<'_>]) -> Result<(), mongodb::error::Error> {
        let wanted: HashSet<&ConversationId> = jobs.iter().filter_map(Job::conversation).collect();
        let missing: Vec<&ConversationId> = wanted
            .into_iter()
            .filter(|id| !self.cache.contains(id))
            .collect();
        if missing.is_empty() {
            return Ok(());
        }
        self.blocks
            .keep(|id| self.cache.contains(id) || missing.contains(&id));
        let loaded = tokio::try_join!(load(&self.store, &missing), self.blocks.load(&missing));
        for conversation in loaded?.0 {
            self.cache.insert(conversation);
        }
        Ok(())
    }

    /// The messages of this batch that are stored already. On the first try only what is delivered again, or named like one
    /// of the newest, is looked for; anything else that is there already shows as a clash.
    async fn stored(
        &self,
        jobs: &[Job<'_>],
        again: bool,
    ) -> Result<HashMap<Name, MessageDoc>, mongodb::error::Error> {
        let mut keys = Vec::new();
        for job in jobs {
            let Ok(work) = &job.work else { continue };
            let Some(name) = work.writes(&job.command.id) else {
                continue;
            };
            let remembered = || {
                self.cache
                    .get(work.conversation())
                    .is_some_and(|c| c.remembers(job.user, &name))
            };
            if again || job.redelivered || remembered() {
                keys.push((work.conversation().clone(), job.user, name));
            }
        }
        let found = self.store.stored(&keys).await?;
        Ok(found
            .into_iter()
            .map(|doc| ((doc.c.clone(), doc.sender_id, doc.client_id.clone()), doc))
            .collect())
    }

    /// The people whom commands of the batch need to know: those they name, their callers, and the members of
    /// conversations that exist.
    async fn people(&self, jobs: &[Job<'_>]) -> Result<People, Unknown> {
        let mut ids = BTreeSet::new();
        for job in jobs {
            let Ok(work) = &job.work else { continue };
            let named = work.people();
            if !named.is_empty() {
                ids.insert(job.user);
                ids.extend(named);
                ids.extend(
                    self.cache
                        .get(work.conversation())
                        .iter()
                        .flat_map(|conversation| conversation.users()),
                );
            }
        }
        if ids.is_empty() {
            return Ok(People::new());
        }
        match (self.directory)(ids.into_iter().collect()).await {
            Ok(people) => Ok(people
                .into_iter()
                .map(|user| (user.user_id, user))
                .collect()),
            Err(error) => {
                warn!(%error, "PostgreSQL failed; conversations cannot be created now");
                Err(Unknown)
            }
        }
    }

    fn apply(
        &mut self,
        job: &Job<'_>,
        stored: &HashMap<Name, MessageDoc>,
        people: &Result<People, Unknown>,
        staged: &mut Staged,
    ) -> Letter {
        let mut effects = Effects::default();
        let outcome = match &job.work {
            Err(failure) => Err(Fault::Refused(failure.clone())),
            Ok(work) => {
                let name = work
                    .writes(&job.command.id)
                    .map(|name| (work.conversation().clone(), job.user, name));
                let written = name.and_then(|name| {
                    let staged = || staged.named.get(&name).map(|at| &staged.messages[*at]);
                    stored.get(&name).or_else(staged).cloned()
                });
                let exists = self.cache.contains(work.conversation());
                let allowed =
                    self.blocks
                        .check(&job.command.action, work.conversation(), job.user, exists);
                // What is written already stays so, and is answered as it was.
                if let (Err(failure), None) = (allowed, &written) {
                    return letter(job, Err(failure), effects);
                }
                let mut turn = Turn {
                    request: Request::of(&job.command),
                    user: job.user,
                    id: work.conversation(),
                    redelivered: job.redelivered,
                    stored: written,
                    people,
                    max_group_members: self.max_group_members,
                    effects: &mut effects,
                    cache: &mut self.cache,
                    staged,
                };
                work.apply(&mut turn)
            }
        };
        let outcome = outcome.map_err(|fault| explain(&job.command, fault));
        letter(job, outcome, effects)
    }

    /// Stores what is staged: new conversations, then messages, then what follows from them.
    async fn save(&self, staged: &Staged) -> Result<Inserted, mongodb::error::Error> {
        if !staged.conversations.is_empty() {
            self.store
                .create(&staged.conversations, &staged.members)
                .await?;
        }
        match self.store.insert_messages(&staged.messages).await? {
            Inserted::All => {}
            other => return Ok(other),
        }
        let active = staged.active.iter().filter_map(|id| self.cache.get(id));
        let active = active
            .map(Conversation::activity_update)
            .collect::<Result<Vec<_>, _>>()?;
        let member = |(id, user): &(ConversationId, UserId)| self.cache.get(id)?.member(*user);
        let watermarks = staged
            .watermarks
            .iter()
            .filter_map(member)
            .map(Conversation::watermark_update)
            .collect();
        tokio::try_join!(
            self.store.update("conversations", active),
            self.store.update("members", watermarks)
        )?;
        Ok(Inserted::All)
    }
}

fn letter(job: &Job<'_>, outcome: Result<Outcome, Failure>, effects: Effects) -> Letter {
    observe(&job.command, &outcome);
    let effects = if outcome.is_ok() {
        effects
    } else {
        Effects::default()
    };
    let reply = ReplyOut {
        edge: job.edge.clone(),
        id: job.command.id.to_string(),
        outcome,
    };
    Letter {
        reply: Some(reply),
        effects,
        trace: job.command.trace,
        accepted: job.command.accepted,
    }
}
