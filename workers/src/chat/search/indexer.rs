//! Keeps the index: takes what was written, edited and deleted from `warren.events`, in batches, one worker at a time; and
//! goes once through the messages that were there before.

mod places;

use std::{mem, time::Duration};

use futures_util::TryStreamExt;
use lapin::{Connection, message::Delivery};
use mongodb::{
    Collection,
    bson::{DateTime, doc},
    error::Error,
    options::ReturnDocument,
};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use warren_runtime::{backoff::Backoff, health::Component};
use warren_topology::{
    broker::{BrokerConfig, BrokerError, Consume, PublishError, Subscription, Supervisor},
    events::DomainEvent,
    ids::MessageId,
    payload::chat::Message,
};

use self::places::Places;
use super::index::{Entry, Index};
use crate::{
    chat::{
        metrics,
        store::{MessageDoc, Store},
    },
    core::{Post, events},
};

/// The most broker messages in one batch.
const MAX_BATCH: u16 = 200;
/// The least time from one batch to the next: under load many messages are indexed by one write.
const GATHER: Duration = Duration::from_millis(250);
/// How many messages that were there before are read at a time.
const PAGE: i64 = 500;
/// How often it is looked whether there are some, once there are none.
const LOOK_AFTER: Duration = Duration::from_secs(30);

/// Indexes messages.
#[derive(Clone)]
pub struct IndexTask {
    /// The broker.
    pub config: BrokerConfig,
    /// The messages.
    pub store: Store,
    /// Parks what cannot be read.
    pub post: Post,
    /// Whether events are consumed.
    pub component: Component,
    /// The most messages in a second, so that indexing leaves MongoDB to those who write; more than that wait.
    pub per_second: u32,
}

/// How far the messages that were there before have been indexed.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Progress {
    /// The last of them by id.
    after: String,
    /// Whether there are no more.
    done: bool,
}

/// Lets the workers go through all messages again.
///
/// # Errors
/// When MongoDB fails.
pub async fn begin_anew(store: &Store) -> Result<(), Error> {
    let progress = progress(store);
    progress.delete_one(doc! { "_id": PROGRESS }).await?;
    Ok(())
}

const PROGRESS: &str = "messages";

fn progress(store: &Store) -> Collection<Progress> {
    store.database.collection("search_progress")
}

impl IndexTask {
    /// Works until `shutdown`.
    pub async fn run(self, shutdown: CancellationToken) {
        let catching_up = self.clone();
        tokio::join!(self.consume(&shutdown), catching_up.catch_up(&shutdown));
    }

    async fn consume(&self, shutdown: &CancellationToken) {
        let mut supervisor = Supervisor::new(&self.config, "search", &self.component);
        while let Some(connection) = supervisor.next(shutdown).await {
            let session = shutdown.run_until_cancelled(self.session(&connection));
            let ended = session.await.unwrap_or(Ok(()));
            supervisor.ended(connection, ended, shutdown).await;
        }
    }

    async fn session(&self, connection: &Connection) -> Result<(), BrokerError> {
        let queue = self.post.names().search_events_queue();
        let consume = Consume {
            queue: &queue,
            label: "chat.search",
            prefetch: MAX_BATCH,
        };
        let mut subscription = Subscription::open(connection, consume).await?;
        self.component.up();
        let mut not_before = Instant::now();
        let mut places = Places::default();
        loop {
            sleep_until(not_before).await;
            let deliveries = subscription.next_batch(usize::from(MAX_BATCH)).await?;
            let begun = Instant::now();
            let count = self.index(&queue, &deliveries, &mut places).await?;
            let share = Duration::from_secs(1) * count / self.per_second;
            not_before = begun + share.max(GATHER);
            if let Some(last) = deliveries.last() {
                subscription.ack_through(last.delivery_tag).await?;
            }
        }
    }

    /// Indexes a batch, however long MongoDB is away; how many events it had.
    async fn index(
        &self,
        queue: &str,
        deliveries: &[Delivery],
        places: &mut Places,
    ) -> Result<u32, PublishError> {
        let events = events::read(&self.post, queue, deliveries).await?;
        let index = Index::new(&self.store);
        let mut backoff = Backoff::default();
        loop {
            let taken = async {
                // First of all: once the rest is there, what is missing before it cannot be told any more.
                let found = self.fill_gaps(&index, &events, places).await?;
                take(&index, &events).await?;
                places.reach(new_ids(&events));
                Ok::<_, Error>(found)
            };
            match taken.await {
                Ok(found) => {
                    self.component.up();
                    return Ok(u32::try_from(events.len() + found).unwrap_or(u32::MAX));
                }
                Err(error) => {
                    let wait = backoff.next();
                    self.component.down(error.to_string());
                    warn!(%error, wait_ms = wait.as_millis() as u64, "MongoDB failed; messages can be searched when it is back");
                    tokio::time::sleep(wait).await;
                }
            }
        }
    }

    /// Indexes the messages whose events never came, because the queue overflowed: those between the last one of their
    /// conversation and the next. How many there were.
    async fn fill_gaps(
        &self,
        index: &Index,
        events: &[DomainEvent],
        places: &mut Places,
    ) -> Result<usize, Error> {
        let mut found = 0;
        for gap in places.gaps(index, new_ids(events)).await? {
            let mut after = gap.after;
            loop {
                let page = self.store.page(
                    &gap.conversation,
                    Some(after),
                    Some(gap.before),
                    PAGE as u32,
                );
                let page = page.await?;
                let Some(last) = page.last() else { break };
                after = last.id.seq();
                found += page.len();
                self.add_stored(index, &page).await?;
            }
        }
        if found > 0 {
            warn!(
                messages = found,
                "indexed messages whose events were lost: the queue for the search had overflowed"
            );
        }
        Ok(found)
    }

    async fn add_stored(&self, index: &Index, messages: &[MessageDoc]) -> Result<(), Error> {
        let entries: Vec<Entry> = messages.iter().filter_map(of_stored).collect();
        index.add(&entries).await?;
        metrics::INDEXED.inc_by(entries.len() as u64);
        Ok(())
    }

    /// Indexes what was there before. Several workers may do it at once: each page is counted once.
    async fn catch_up(&self, shutdown: &CancellationToken) {
        let index = Index::new(&self.store);
        let mut backoff = Backoff::default();
        loop {
            let begun = Instant::now();
            let wait = match self.page(&index).await {
                Ok(true) => LOOK_AFTER,
                // Half of the time at least is for everybody else.
                Ok(false) => begun
                    .elapsed()
                    .max(Duration::from_secs(1) * PAGE as u32 / self.per_second),
                Err(error) => {
                    warn!(%error, "what was written before cannot be indexed for the search; trying again");
                    backoff.next()
                }
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = shutdown.cancelled() => return,
            }
        }
    }

    /// Indexes the next page; whether there is none.
    async fn page(&self, index: &Index) -> Result<bool, Error> {
        let progress = progress(&self.store);
        let first = doc! { "$setOnInsert": { "after": "", "done": false } };
        let Progress { after, done } = progress
            .find_one_and_update(doc! { "_id": PROGRESS }, first)
            .upsert(true)
            .return_document(ReturnDocument::After)
            .await?
            .unwrap_or_default();
        if done {
            return Ok(true);
        }
        let found = self.store.messages.find(doc! { "_id": { "$gt": &after } });
        let found = found.sort(doc! { "_id": 1 }).limit(PAGE);
        let messages: Vec<MessageDoc> = found.await?.try_collect().await?;
        self.add_stored(index, &messages).await?;
        // The entry that is there may be from before the edit.
        for edited in messages
            .iter()
            .filter(|message| message.edited_at.is_some())
        {
            if let Some(entry) = of_stored(edited) {
                index.replace(&entry).await?;
            }
        }
        let next = messages.last().map_or(&*after, |last| last.id.as_str());
        let done = (messages.len() as i64) < PAGE;
        // Nothing, if another worker has counted this page.
        let filter = doc! { "_id": PROGRESS, "after": &after };
        let update = doc! { "$set": { "after": next, "done": done } };
        progress.update_one(filter, update).await?;
        if done {
            info!("all messages that were there before can be searched");
        }
        Ok(done)
    }
}

/// Stores what events mean for the index, in their order as far as it matters.
async fn take(index: &Index, events: &[DomainEvent]) -> Result<(), Error> {
    let mut new = Vec::new();
    for event in events {
        match event {
            DomainEvent::MessageStored(stored) => new.extend(of(&stored.message)),
            DomainEvent::MessageUpdated(updated) => {
                index.add(&mem::take(&mut new)).await?;
                match of(&updated.0) {
                    Some(entry) => index.replace(&entry).await?,
                    None => index.remove(&[&updated.0.id]).await?,
                }
            }
            DomainEvent::MessageDeleted(deleted) => {
                index.add(&mem::take(&mut new)).await?;
                index.remove(&[&deleted.message_id]).await?;
            }
            _ => {}
        }
    }
    index.add(&new).await?;
    metrics::INDEXED.inc_by(events.len() as u64);
    Ok(())
}

/// The messages that are new.
fn new_ids(events: &[DomainEvent]) -> impl Iterator<Item = &MessageId> + Clone {
    events.iter().filter_map(|event| match event {
        DomainEvent::MessageStored(stored) => Some(&stored.message.id),
        _ => None,
    })
}

fn of(message: &Message) -> Option<Entry> {
    let at = DateTime::from_millis(message.created_at.as_millis());
    Entry::new(message.id.clone(), at, message.sender_id, &message.content)
}

fn of_stored(message: &MessageDoc) -> Option<Entry> {
    let (id, at) = (message.id.clone(), message.created_at);
    Entry::new(id, at, message.sender_id, &message.content)
}
