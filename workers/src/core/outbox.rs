//! What must be published because of what PostgreSQL stores. It is written in the same transaction, and published after
//! the commit, at least once, whatever is killed in between.

use std::{sync::Arc, time::Duration};

use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, PgPool, Row};
use tokio::{
    sync::{Notify, watch},
    time::timeout,
};
use tokio_util::sync::CancellationToken;
use tracing::{error, warn};
use warren_runtime::{backoff::Backoff, trace::TraceParent};
use warren_topology::{
    broker::{Lane, PublishError},
    events::DomainEvent,
    ids::{NodeId, Partition, UserId},
    names::partition_key,
    payload::unix_millis,
};

use super::{Effects, Fault, Letter, Post};
use crate::chat::blocks::BlockChange;

/// How often what other workers left behind is looked for.
const LOOK_EVERY: Duration = Duration::from_secs(2);
/// For how many seconds what another worker wrote is left to it.
const PATIENCE_SECONDS: f64 = 10.0;
/// For how long an answer waits for what it promises to be published.
const SETTLING: Duration = Duration::from_secs(5);
/// The most published at a time.
const MAX_AT_ONCE: i64 = 200;

/// Something to publish.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Item {
    /// To whoever listens on `warren.events`.
    Event(Box<DomainEvent>),
    /// To the owner of the direct conversation of two people: the first has blocked the second, or taken that back.
    Block(UserId, UserId, bool),
}

impl Item {
    /// Something that happened.
    #[must_use]
    pub fn event(event: DomainEvent) -> Self {
        Self::Event(Box::new(event))
    }
}

/// An item with the action that caused it.
#[derive(Serialize, Deserialize)]
struct Stored {
    item: Item,
    trace: TraceParent,
    accepted: i64,
}

/// Writes what must be published. Clones share the relay that they wake.
#[derive(Clone, Debug)]
pub struct Outbox {
    writer: Arc<str>,
    written: Arc<Notify>,
    /// Changes whenever something has been published.
    published: watch::Sender<()>,
}

impl Outbox {
    /// The outbox of a worker.
    #[must_use]
    pub fn new(node: &NodeId) -> Self {
        Self {
            writer: Arc::clone(&node.0),
            written: Arc::default(),
            published: watch::Sender::default(),
        }
    }

    /// Writes an item in a transaction, and returns its number. Call [`Outbox::wake`] after its commit.
    ///
    /// # Errors
    /// When PostgreSQL fails, or the item has no JSON form.
    pub async fn put(
        &self,
        connection: &mut PgConnection,
        trace: TraceParent,
        item: Item,
    ) -> Result<i64, Fault> {
        let accepted = unix_millis();
        let stored = Stored {
            item,
            trace,
            accepted,
        };
        let item =
            serde_json::to_string(&stored).map_err(|error| Fault::Broken(error.to_string()))?;
        let query = "INSERT INTO outbox (writer, item) VALUES ($1, $2) RETURNING outbox_id";
        let id = sqlx::query_scalar(query)
            .bind(&*self.writer)
            .bind(item)
            .fetch_one(connection)
            .await?;
        Ok(id)
    }

    /// Has what was written published at once, and waits until the broker has this item, for a few seconds at most: the
    /// item is not lost, it only takes longer then.
    ///
    /// # Errors
    /// When PostgreSQL fails.
    pub async fn settle(&self, postgres: &PgPool, id: i64) -> Result<(), Fault> {
        let mut published = self.published.subscribe();
        self.wake();
        let query = "SELECT EXISTS (SELECT FROM outbox WHERE outbox_id = $1)";
        let settled = async {
            while sqlx::query_scalar(query)
                .bind(id)
                .fetch_one(postgres)
                .await?
            {
                if published.changed().await.is_err() {
                    break;
                }
            }
            Ok(())
        };
        let in_time = timeout(SETTLING, settled).await;
        in_time.unwrap_or_else(|_| {
            warn!("the broker does not take what is in the outbox; answering all the same");
            Ok(())
        })
    }

    /// Has what was written published at once.
    pub fn wake(&self) {
        self.written.notify_one();
    }
}

/// Publishes what is in the outbox.
pub struct Relay {
    /// Where it is.
    pub postgres: PgPool,
    /// Whose items come first.
    pub outbox: Outbox,
    /// Publishes.
    pub post: Post,
    /// How many partitions the chat pool has.
    pub partitions: u16,
}

impl Relay {
    /// Publishes until `shutdown`.
    pub async fn run(&self, shutdown: &CancellationToken) {
        let mut backoff = Backoff::default();
        loop {
            let wait = match self.publish().await {
                // There may be more.
                Ok(count) if count == MAX_AT_ONCE as usize => continue,
                Ok(_) => {
                    backoff = Backoff::default();
                    LOOK_EVERY
                }
                Err(error) => {
                    let wait = backoff.next();
                    warn!(%error, wait_ms = wait.as_millis() as u64, "the outbox waits");
                    wait
                }
            };
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = self.outbox.written.notified() => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    async fn publish(&self) -> Result<usize, Fault> {
        let query = "SELECT outbox_id, item FROM outbox
                     WHERE writer = $1 OR created_at < now() - make_interval(secs => $2) ORDER BY outbox_id LIMIT $3";
        let rows = sqlx::query(query)
            .bind(&*self.outbox.writer)
            .bind(PATIENCE_SECONDS)
            .bind(MAX_AT_ONCE)
            .fetch_all(&self.postgres)
            .await?;
        if rows.is_empty() {
            return Ok(0);
        }
        let mut done: Vec<i64> = Vec::with_capacity(rows.len());
        for row in &rows {
            let id = row.try_get("outbox_id")?;
            done.push(id);
            let item: String = row.try_get("item")?;
            match serde_json::from_str::<Stored>(&item) {
                Ok(stored) => self
                    .send(id, stored)
                    .await
                    .map_err(|error| Fault::Broken(error.to_string()))?,
                Err(error) => {
                    error!(item, %error, "an item of the outbox cannot be read and is dropped")
                }
            }
        }
        sqlx::query("DELETE FROM outbox WHERE outbox_id = ANY($1)")
            .bind(&done)
            .execute(&self.postgres)
            .await?;
        self.outbox.published.send_replace(());
        Ok(rows.len())
    }

    async fn send(&self, id: i64, stored: Stored) -> Result<(), PublishError> {
        match stored.item {
            Item::Event(event) => {
                let mut effects = Effects::default();
                effects.event(*event);
                let letter = Letter {
                    reply: None,
                    effects,
                    trace: stored.trace,
                    accepted: stored.accepted,
                };
                self.post.send(vec![letter]).await
            }
            Item::Block(user_id, other_id, blocked) => {
                // Items of one pair are written one after the other, so their ids grow.
                let change = BlockChange {
                    user_id,
                    other_id,
                    blocked,
                    version: id,
                };
                let partition = Partition::of(&change.conversation(), self.partitions);
                let lane = Lane::durable(self.post.names().commands(), partition_key(partition));
                let command = change
                    .to_command(stored.trace)
                    .map_err(|_| PublishError::Closed)?;
                let publisher = self.post.publisher();
                publisher.submit(lane.mandatory(), command, 1, None).await
            }
        }
    }
}
