//! What must be known before the commands of a batch are applied, asked for all of them at once.

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    time::Duration,
};

use tokio::time::timeout;
use tracing::warn;
use warren_topology::ids::{ConversationId, FileId, MessageId};

use super::{Job, Processor};
use crate::chat::{
    change::ChangeDoc,
    files::FileDoc,
    mentions::{self, Named},
    store::MessageDoc,
    turn::{Name, People, Unknown},
    view,
};

/// How long messages wait for the directory to say whom they mention.
const NAMES_TIMEOUT: Duration = Duration::from_secs(1);

/// What must be known before commands are applied.
pub(super) struct Known {
    /// Messages that commands have written already.
    pub(super) stored: HashMap<Name, MessageDoc>,
    /// Changes that commands have made already, by conversation and command.
    pub(super) changed: HashMap<(ConversationId, String), ChangeDoc>,
    /// Messages that commands are about.
    pub(super) targets: HashMap<MessageId, MessageDoc>,
    /// People whom commands name.
    pub(super) people: Result<People, Unknown>,
    /// People whom texts name.
    pub(super) named: Named,
    /// Uploaded files that messages send, those that exist.
    pub(super) files: HashMap<FileId, FileDoc>,
    /// Callers and those they want in a group, by the id of their direct conversation: those of whom one has blocked the
    /// other.
    pub(super) blocked: HashSet<ConversationId>,
}

impl Processor {
    /// Asks for all of it. `again` is whether an earlier try may have stored some of the batch.
    pub(super) async fn known(
        &self,
        jobs: &[Job<'_>],
        again: bool,
    ) -> Result<Known, mongodb::error::Error> {
        Ok(Known {
            stored: self.stored(jobs, again).await?,
            changed: self.changed(jobs, again).await?,
            targets: self.targets(jobs).await?,
            people: self.people(jobs).await,
            named: self.named(jobs).await,
            files: self.files(jobs).await?,
            blocked: self.blocked(jobs).await?,
        })
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
        let found = self.store.stored(&keys, again).await?;
        Ok(found
            .into_iter()
            .map(|doc| ((doc.c.clone(), doc.sender_id, doc.client_id.clone()), doc))
            .collect())
    }

    /// The changes that commands of this batch have made already. On the first try only what is delivered again is
    /// looked for; anything else shows as a clash.
    async fn changed(
        &self,
        jobs: &[Job<'_>],
        again: bool,
    ) -> Result<HashMap<(ConversationId, String), ChangeDoc>, mongodb::error::Error> {
        let keys: Vec<(ConversationId, &str)> = jobs
            .iter()
            .filter(|job| again || job.redelivered)
            .filter_map(|job| {
                let work = job.work.as_ref().ok().filter(|work| work.changes())?;
                Some((work.conversation().clone(), &*job.command.id))
            })
            .collect();
        let found = self.store.stored_changes(&keys).await?;
        Ok(found
            .into_iter()
            .map(|doc| ((doc.c.clone(), doc.command.clone()), doc))
            .collect())
    }

    /// The messages that commands of this batch are about.
    async fn targets(
        &self,
        jobs: &[Job<'_>],
    ) -> Result<HashMap<MessageId, MessageDoc>, mongodb::error::Error> {
        let ids: BTreeSet<&MessageId> = jobs
            .iter()
            .filter_map(|job| job.work.as_ref().ok()?.message())
            .collect();
        let ids: Vec<&MessageId> = ids.into_iter().collect();
        let found = self.store.messages_of(&ids).await?;
        Ok(found.into_iter().map(|doc| (doc.id.clone(), doc)).collect())
    }

    /// The people whom texts of the batch name. A message is worth more than its mentions: if the directory does not answer
    /// soon, nobody is named.
    async fn named(&self, jobs: &[Job<'_>]) -> Named {
        let texts = jobs.iter().filter_map(|job| job.work.as_ref().ok()?.text());
        let texts = texts.filter(|text| text.contains('@'));
        let names: BTreeSet<String> = texts.flat_map(mentions::names).collect();
        if names.is_empty() {
            return Named::new();
        }
        match timeout(NAMES_TIMEOUT, (self.usernames)(names.into_iter().collect())).await {
            Ok(Ok(named)) => named,
            Ok(Err(error)) => {
                warn!(%error, "PostgreSQL failed; messages are stored without their mentions");
                Named::new()
            }
            Err(_) => {
                warn!("PostgreSQL is slow; messages are stored without their mentions");
                Named::new()
            }
        }
    }

    /// The uploaded files that messages of this batch send.
    async fn files(
        &self,
        jobs: &[Job<'_>],
    ) -> Result<HashMap<FileId, FileDoc>, mongodb::error::Error> {
        let work = jobs.iter().filter_map(|job| job.work.as_ref().ok());
        let ids: BTreeSet<FileId> = work.flat_map(|work| work.files()).collect();
        let ids: Vec<FileId> = ids.into_iter().collect();
        let found = self.store.files_of(&ids).await?;
        Ok(found.into_iter().map(|doc| (doc.id.clone(), doc)).collect())
    }

    /// Of those who are wanted in groups, whom nothing may connect with who wants them there.
    async fn blocked(
        &self,
        jobs: &[Job<'_>],
    ) -> Result<HashSet<ConversationId>, mongodb::error::Error> {
        let mut pairs = BTreeSet::new();
        for job in jobs {
            let Ok(work) = &job.work else { continue };
            if work.conversation().pair().is_none() {
                let others = work.people().iter().filter(|other| **other != job.user);
                pairs.extend(others.map(|other| ConversationId::direct(job.user, *other)));
            }
        }
        let pairs: Vec<&ConversationId> = pairs.iter().collect();
        self.blocks.blocked(&pairs).await
    }

    /// The people whom commands of the batch need to know: those they name, their callers, and the members of
    /// conversations that exist; where the answer shows some members only, these.
    async fn people(&self, jobs: &[Job<'_>]) -> Result<People, Unknown> {
        let mut ids = BTreeSet::new();
        for job in jobs {
            let Ok(work) = &job.work else { continue };
            let named = work.people();
            let conversation = self.cache.get(work.conversation());
            if work.shows_members() {
                ids.insert(job.user);
                ids.extend(named);
                ids.extend(conversation.iter().flat_map(|conversation| {
                    let first = conversation.members.iter().take(2 * view::SHOWN_MEMBERS);
                    first.map(|member| member.user_id)
                }));
            } else if !named.is_empty() {
                ids.insert(job.user);
                ids.extend(named);
                ids.extend(
                    conversation
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
                warn!(%error, "PostgreSQL failed; conversations cannot be created, nor people added, now");
                Err(Unknown)
            }
        }
    }
}
