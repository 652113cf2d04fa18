//! Turns domain events into notifications, in batches.

use std::time::Duration;

use lapin::{Connection, message::Delivery};
use mongodb::{bson::DateTime, error::Error};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tracing::warn;
use warren_runtime::{backoff::Backoff, health::Component};
use warren_topology::{
    broker::{BrokerConfig, BrokerError, Consume, PublishError, Subscription, Supervisor},
    events::DomainEvent,
    ids::ConversationId,
};

use super::{blocks::Blocks, changes::Changes, meaning::Meaning, metrics, store::Store, told};
use crate::core::{Letter, Post, events};

/// The most people whom one batch of writes tells something that is for all.
const MAX_BROADCASTS: usize = 5_000;
/// The most unacknowledged broker messages; quorum queues allow no more than 2,000.
const MAX_PREFETCH: u16 = 2_000;

/// Consumes domain events.
pub struct EventTask {
    /// The broker.
    pub config: BrokerConfig,
    /// MongoDB.
    pub store: Store,
    /// Publishes what the events result in.
    pub post: Post,
    /// Whether events are consumed.
    pub component: Component,
    /// The most broker messages in one batch.
    pub max_batch: usize,
    /// The least time from one batch to the next.
    pub gather: Duration,
    /// For how long an edge may be silent until its people have nothing open any more.
    pub silent: Duration,
}

/// What a session remembers from batch to batch.
#[derive(Default)]
struct Memory {
    changes: Changes,
    /// The time of the last batch, in milliseconds since the Unix epoch.
    last: i64,
}

impl EventTask {
    /// Consumes until `shutdown`.
    pub async fn run(self, shutdown: CancellationToken) {
        let mut supervisor = Supervisor::new(&self.config, "events", &self.component);
        while let Some(connection) = supervisor.next(&shutdown).await {
            let ended = self.session(&connection, &shutdown).await;
            supervisor.ended(connection, ended, &shutdown).await;
        }
    }

    async fn session(
        &self,
        connection: &Connection,
        shutdown: &CancellationToken,
    ) -> Result<(), BrokerError> {
        let queue = self.post.names().notify_events_queue();
        let prefetch = u16::try_from(self.max_batch)
            .unwrap_or(MAX_PREFETCH)
            .min(MAX_PREFETCH);
        let consume = Consume {
            queue: &queue,
            label: "events",
            prefetch,
        };
        let mut subscription = Subscription::open(connection, consume).await?;
        self.component.up();
        let mut not_before = Instant::now();
        let mut memory = Memory::default();
        loop {
            let gathered = async {
                sleep_until(not_before).await;
                subscription.next_batch(self.max_batch).await
            };
            let deliveries = tokio::select! {
                deliveries = gathered => deliveries?,
                () = shutdown.cancelled() => break,
            };
            not_before = Instant::now() + self.gather;
            let last = deliveries
                .last()
                .map_or(0, |delivery| delivery.delivery_tag);
            match self.batch(&queue, &deliveries, &mut memory, shutdown).await {
                Ok(()) => subscription.ack_through(last).await?,
                Err(_) if shutdown.is_cancelled() => break,
                // What was taken comes again on a new connection.
                Err(error) => return Err(error.into()),
            }
        }
        subscription.close().await;
        Ok(())
    }

    /// Handles a batch, however long MongoDB is away; at shutdown it gives up.
    async fn batch(
        &self,
        queue: &str,
        deliveries: &[Delivery],
        memory: &mut Memory,
        shutdown: &CancellationToken,
    ) -> Result<(), PublishError> {
        let events = events::read(&self.post, queue, deliveries).await?;
        let redelivered = deliveries.iter().any(|delivery| delivery.redelivered);
        metrics::EVENTS.inc_by(events.len() as u64);
        metrics::BATCH.observe(events.len() as f64);
        for events in portions(events) {
            self.portion(events, redelivered, memory, shutdown).await?;
        }
        Ok(())
    }

    async fn portion(
        &self,
        events: Vec<DomainEvent>,
        redelivered: bool,
        memory: &mut Memory,
        shutdown: &CancellationToken,
    ) -> Result<(), PublishError> {
        let blocks = Blocks::new(&self.store);
        let mut backoff = Backoff::default();
        let blocked = loop {
            match blocks.take(&events).await {
                Ok(blocked) => break blocked,
                Err(error) => self.wait(&error, &mut backoff, shutdown).await?,
            }
        };
        let now = std::time::Instant::now();
        let is_open = |user, conversation: &ConversationId| {
            let topic = conversation.as_str();
            self.post.is_subscribed(user, topic, self.silent, now)
        };
        let changes = &mut memory.changes;
        let meaning = Meaning::of(events, &blocked, &is_open, changes, redelivered);
        loop {
            match self.store(&meaning, memory.now()).await {
                Ok(letter) => {
                    self.component.up();
                    return self.post.send(vec![letter]).await;
                }
                Err(error) => self.wait(&error, &mut backoff, shutdown).await?,
            }
        }
    }

    /// Waits before the store is asked again; at shutdown it gives up.
    async fn wait(
        &self,
        error: &Error,
        backoff: &mut Backoff,
        shutdown: &CancellationToken,
    ) -> Result<(), PublishError> {
        let wait = backoff.next();
        self.component.down(error.to_string());
        warn!(%error, wait_ms = wait.as_millis() as u64, "MongoDB failed; the notifications are stored when it is back");
        tokio::select! {
            () = tokio::time::sleep(wait) => Ok(()),
            () = shutdown.cancelled() => Err(PublishError::Closed),
        }
    }

    /// Stores what the events mean and says what people are to be told.
    async fn store(&self, meaning: &Meaning, now: DateTime) -> Result<Letter, Error> {
        let _timer = metrics::STORE_SECONDS.start_timer();
        self.store.take(meaning, now).await?;
        self.store.forget(&meaning.gone).await?;
        told::letter(&self.store, meaning, now).await
    }
}

impl Memory {
    /// The present, later than ever before: what was stored at a time was stored by one batch.
    fn now(&mut self) -> DateTime {
        let now = DateTime::now().timestamp_millis();
        self.last = now.max(self.last + 1);
        DateTime::from_millis(self.last)
    }
}

/// Cuts a batch where it tells more people something than are to be written at once. Ordinary batches are not cut.
fn portions(events: Vec<DomainEvent>) -> Vec<Vec<DomainEvent>> {
    let mut portions = vec![Vec::new()];
    let mut weight = 0;
    for event in events {
        if let DomainEvent::SystemBroadcast(broadcast) = &event {
            weight += broadcast.recipients.len();
            if weight > MAX_BROADCASTS {
                weight = broadcast.recipients.len();
                portions.push(Vec::new());
            }
        }
        if let Some(last) = portions.last_mut() {
            last.push(event);
        }
    }
    portions
}

#[cfg(test)]
mod tests {
    use warren_topology::{events::SystemBroadcast, ids::UserId, payload::Timestamp};

    use super::*;

    #[test]
    fn a_batch_is_cut_where_it_tells_too_many() {
        let broadcast = |people: usize| {
            DomainEvent::SystemBroadcast(SystemBroadcast {
                broadcast_id: "1".into(),
                title: String::new(),
                content: String::new(),
                recipients: vec![UserId(1); people],
                at: Timestamp::from_millis(0),
            })
        };
        let half = MAX_BROADCASTS / 2;
        let events = [half, half, 1, MAX_BROADCASTS, 1].map(broadcast);
        let sizes: Vec<usize> = portions(events.into()).iter().map(Vec::len).collect();
        assert_eq!(sizes, [2, 1, 1, 1]);
    }
}
