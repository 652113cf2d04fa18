//! Applies the commands of a batch in order to the conversations in memory, and stores all of it at once.
//!
//! Applying touches memory only. If storing fails in any way, the conversations concerned are dropped from memory and
//! the whole batch is applied again to what is really stored: what an earlier try, or another worker, has stored already
//! is found by its (conversation, sender, clientId) and gives the same results. So a batch can be repeated at will.

mod known;

use std::{
    collections::HashSet,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::future::BoxFuture;
use mongodb::bson::{Document, doc};
use serde_json::value::RawValue;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::warn;
use warren_runtime::{backoff::Backoff, health::Component, trace::TraceParent};
use warren_topology::{
    actions::{ChatAction, Contract, Partitioned, chat, parse},
    broker::PublishError,
    envelope::Command,
    events::MessageReached,
    failure::Failure,
    ids::{ConversationId, FileId, MessageId, NodeId, UserId},
    payload::{unix_millis, users::PublicUser},
};

use self::known::Known;
use super::{
    blocks::{BlockChange, Blocks},
    cache::Cache,
    commands::AccountGone,
    conversation::{Conversation, load},
    mentions::Named,
    metrics,
    store::{NotStored, Store, Terms},
    turn::{Ordered, Rules, Staged, Turn},
};
use crate::core::{
    Effects, Fault, Letter, Request,
    desk::{explain, observe, unknown},
    handler::Outcome,
    post::ReplyOut,
};

/// How long storing a batch may take before its outcome counts as unknown.
const STORE_TIMEOUT: Duration = Duration::from_secs(30);

/// The largest conversation in which everybody is told how far messages have come to each.
const MAX_STATUS: usize = 50;

/// Looks people up; fails when the directory cannot be asked.
pub type Directory = Arc<
    dyn Fn(Vec<UserId>) -> BoxFuture<'static, Result<Vec<PublicUser>, sqlx::Error>> + Send + Sync,
>;

/// Looks people up by their usernames in lower case.
pub type Usernames =
    Arc<dyn Fn(Vec<String>) -> BoxFuture<'static, Result<Named, sqlx::Error>> + Send + Sync>;

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
    fn changes(&self) -> bool;
    fn message(&self) -> Option<&MessageId>;
    fn text(&self) -> Option<&str>;
    fn files(&self) -> Vec<FileId>;
    fn people(&self) -> &[UserId];
    fn shows_members(&self) -> bool;
    fn apply(&self, turn: &mut Turn<'_>) -> Result<Outcome, Fault>;
}

struct Typed<C: Ordered> {
    payload: C::Payload,
    conversation: ConversationId,
    people: Vec<UserId>,
}

impl<C: Ordered<Payload: Send + Sync>> Work for Typed<C> {
    fn conversation(&self) -> &ConversationId {
        &self.conversation
    }

    fn writes(&self, command: &str) -> Option<String> {
        C::writes(&self.payload, command)
    }

    fn changes(&self) -> bool {
        C::CHANGES
    }

    fn message(&self) -> Option<&MessageId> {
        C::message(&self.payload)
    }

    fn text(&self) -> Option<&str> {
        C::text(&self.payload)
    }

    fn files(&self) -> Vec<FileId> {
        C::files(&self.payload)
    }

    fn people(&self) -> &[UserId] {
        &self.people
    }

    fn shows_members(&self) -> bool {
        C::SHOWS_MEMBERS
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
        people: C::people(&payload),
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
            Some(ChatAction::EditMessage) => work::<chat::EditMessage>(&command, user),
            Some(ChatAction::DeleteMessage) => work::<chat::DeleteMessage>(&command, user),
            Some(ChatAction::Accept) => work::<chat::Accept>(&command, user),
            Some(ChatAction::Decline) => work::<chat::Decline>(&command, user),
            Some(ChatAction::UpdateConversation) => {
                work::<chat::UpdateConversation>(&command, user)
            }
            Some(ChatAction::AddMembers) => work::<chat::AddMembers>(&command, user),
            Some(ChatAction::RemoveMember) => work::<chat::RemoveMember>(&command, user),
            Some(ChatAction::ChangeRole) => work::<chat::ChangeRole>(&command, user),
            Some(ChatAction::Promote) => work::<chat::Promote>(&command, user),
            Some(ChatAction::Demote) => work::<chat::Demote>(&command, user),
            Some(ChatAction::Transfer) => work::<chat::Transfer>(&command, user),
            Some(ChatAction::LeaveGroup) => work::<chat::LeaveGroup>(&command, user),
            Some(ChatAction::DeleteConversation) => {
                work::<chat::DeleteConversation>(&command, user)
            }
            Some(ChatAction::UpdateSettings) => work::<chat::UpdateSettings>(&command, user),
            Some(ChatAction::MessageDelivered) => work::<chat::MessageDelivered>(&command, user),
            Some(ChatAction::MessageRead) => work::<chat::MessageRead>(&command, user),
            Some(ChatAction::MarkRead) => work::<chat::MarkRead>(&command, user),
            None if command.action == AccountGone::NAME => work::<AccountGone>(&command, user),
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
    /// Who is called how.
    pub usernames: Usernames,
    /// The conversations in memory.
    pub cache: Cache,
    /// Those of them in which nothing can be written.
    pub blocks: Blocks,
    /// Whether MongoDB answers.
    pub component: Component,
    /// What the operator has set.
    pub rules: Rules,
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
        let known = self.known(jobs, again).await?;
        let mut staged = Staged::default();
        let mut letters = Vec::with_capacity(jobs.len());
        let (mut authors, mut changers) = (Vec::new(), Vec::new());
        for (at, job) in jobs.iter().enumerate() {
            if poisoned.iter().any(|poisoned| poisoned.job == at) {
                letters.push(letter(job, Err(Failure::internal()), Effects::default()));
                continue;
            }
            match catch_unwind(AssertUnwindSafe(|| self.apply(job, &known, &mut staged))) {
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
            changers.resize(staged.changes.len(), at);
        }
        // Changes come first: what the history tells of one has happened.
        if let Err(failed) = self.save_changes(&staged).await? {
            return Ok(tried(failed, &changers));
        }
        let mut terms = match self.store.insert_messages(&staged.messages).await? {
            Ok(terms) => terms,
            Err(failed) => return Ok(tried(failed, &authors)),
        };
        terms.extend(self.save_rest(&staged).await?);
        // What was inserted in an earlier term may have gone with its primary.
        if !terms.are_one() {
            return Err(mongodb::error::Error::custom(
                "the primary changed while a batch was stored",
            ));
        }
        letters.extend(self.statuses(&staged));
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

    fn apply(&mut self, job: &Job<'_>, known: &Known, staged: &mut Staged) -> Letter {
        let mut effects = Effects::default();
        let outcome = match &job.work {
            Err(failure) => Err(Fault::Refused(failure.clone())),
            Ok(work) => {
                let name = work
                    .writes(&job.command.id)
                    .map(|name| (work.conversation().clone(), job.user, name));
                let written = name.and_then(|name| {
                    let staged = || staged.named.get(&name).map(|at| &staged.messages[*at]);
                    known.stored.get(&name).or_else(staged).cloned()
                });
                let is_known = !(known.changed.is_empty() && staged.made.is_empty());
                let changed = (is_known && work.changes()).then(|| {
                    let name = (work.conversation().clone(), job.command.id.to_string());
                    let staged = || staged.made.get(&name).map(|at| &staged.changes[*at]);
                    known.changed.get(&name).or_else(staged).cloned()
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
                    changed: changed.flatten(),
                    targets: &known.targets,
                    people: &known.people,
                    named: &known.named,
                    files: &known.files,
                    blocked: &known.blocked,
                    rules: self.rules,
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

    /// Tells how far messages have come: once for each member and conversation of the batch, and nobody in large groups.
    fn statuses(&self, staged: &Staged) -> Option<Letter> {
        let mut effects = Effects::default();
        for ((id, user, status), seq) in &staged.statuses {
            let Some(conversation) = self.cache.get(id).filter(|c| c.members.len() <= MAX_STATUS)
            else {
                continue;
            };
            let event = MessageReached {
                conversation_id: id.clone(),
                message_id: MessageId::new(id, *seq),
                seq: *seq,
                user_id: *user,
                status: *status,
            };
            let key = format!("status:{id}:{user}:{status:?}:{seq}");
            effects.push(conversation.watchers(*user), &event, key);
        }
        (!staged.statuses.is_empty()).then(|| Letter {
            reply: None,
            effects,
            trace: TraceParent::new(),
            accepted: unix_millis(),
        })
    }

    /// Stores new conversations, then changes.
    async fn save_changes(
        &self,
        staged: &Staged,
    ) -> Result<Result<(), NotStored>, mongodb::error::Error> {
        if !staged.conversations.is_empty() {
            self.store
                .create(&staged.conversations, &staged.members)
                .await?;
        }
        self.store.insert_changes(&staged.changes).await
    }

    /// Stores what follows from changes and messages that are stored: their conversations at least.
    async fn save_rest(&self, staged: &Staged) -> Result<Terms, mongodb::error::Error> {
        if !staged.changes.is_empty() {
            self.store.carry_out(&staged.changes).await?;
        }
        let active = staged.active.iter().filter_map(|id| self.cache.get(id));
        let active = active
            .map(Conversation::activity_update)
            .collect::<Result<Vec<_>, _>>()?;
        let member = |(id, user): &(ConversationId, UserId)| self.cache.get(id)?.member(*user);
        let watermarks = staged.watermarks.iter().filter_map(member);
        let shown = staged.shown.iter();
        let rows = watermarks
            .map(Conversation::watermark_update)
            .chain(shown.map(|(id, user)| Conversation::shown_update(id, *user)))
            .collect();
        let sent = staged
            .sent
            .iter()
            .map(|(file, message)| sent(file, message));
        let (mut terms, more, files) = tokio::try_join!(
            self.store.update("conversations", active),
            self.store.update("members", rows),
            self.store.update("files", sent.collect()),
        )?;
        terms.extend(more);
        terms.extend(files);
        Ok(terms)
    }
}

/// The update of a file that a message sends: from now on it goes when the message does.
fn sent(file: &FileId, message: &MessageId) -> Document {
    doc! {
        "q": { "_id": file.as_str(), "message": null },
        "u": { "$set": { "message": message.as_str() }, "$unset": { "removeAt": "" } },
    }
}

/// What a try comes to whose documents, made by these jobs, were not all stored.
fn tried(failed: NotStored, jobs: &[usize]) -> Tried {
    match failed {
        NotStored::Clash => Tried::Clash,
        NotStored::Refused(at, detail) => {
            let refused = jobs.get(at).map(|job| Poisoned {
                job: *job,
                reason: "refused_by_database",
                detail,
            });
            Tried::Poisoned(refused.into_iter().collect())
        }
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
        // Nobody waits for the answer to a command of our own.
        reply: (job.command.action != AccountGone::NAME).then_some(reply),
        effects,
        trace: job.command.trace,
        accepted: job.command.accepted,
    }
}
