//! The end of accounts: takes `user.deleted` from `warren.events` and sends an internal command to the owner of every
//! conversation of whom it was, so that what it means happens in order with all else ([`AccountGone`]).
//!
//! A step reads a bounded number of memberships and waits until the broker has their commands. The event is acknowledged
//! when a look finds none left; until then it comes again, to whichever worker is there, and begins anew with what is left.

use std::time::Duration;

use futures_util::{TryStreamExt, future::try_join_all};
use lapin::Connection;
use mongodb::bson::{Document, doc};
use serde_json::value::to_raw_value;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use warren_runtime::{backoff::Backoff, health::Component, trace::TraceParent};
use warren_topology::{
    actions::Contract,
    broker::{BrokerConfig, BrokerError, Consume, Lane, Subscription, Supervisor},
    envelope::{Caller, Command},
    events::DomainEvent,
    ids::{ConversationId, NodeId, Partition, UserId},
    names::partition_key,
    payload::{chat::ConversationRef, unix_millis},
};

use super::{commands::AccountGone, store::Store};
use crate::core::{Fault, Post, events};

/// The most memberships in one step.
const STEP: i64 = 200;
/// How long the owners have for what they were sent, before a look at what is left.
const LOOK_AFTER: Duration = Duration::from_secs(1);
/// After so many looks what is left is a matter for the log: its commands wait in the broker.
const MAX_LOOKS: usize = 30;

/// Says goodbye for those whose accounts are gone.
pub struct FarewellTask {
    /// The broker.
    pub config: BrokerConfig,
    /// Who is a member of what.
    pub store: Store,
    /// Publishes.
    pub post: Post,
    /// Whether events are consumed.
    pub component: Component,
}

impl FarewellTask {
    /// Works until `shutdown`.
    pub async fn run(self, shutdown: CancellationToken) {
        let mut supervisor = Supervisor::new(&self.config, "farewells", &self.component);
        while let Some(connection) = supervisor.next(&shutdown).await {
            let session = shutdown.run_until_cancelled(self.session(&connection));
            let ended = session.await.unwrap_or(Ok(()));
            supervisor.ended(connection, ended, &shutdown).await;
        }
    }

    async fn session(&self, connection: &Connection) -> Result<(), BrokerError> {
        let queue = self.post.names().chat_events_queue();
        let consume = Consume {
            queue: &queue,
            label: "chat.events",
            prefetch: 1,
        };
        let mut subscription = Subscription::open(connection, consume).await?;
        self.component.up();
        loop {
            let deliveries = subscription.next_batch(1).await?;
            for event in events::read(&self.post, &queue, &deliveries).await? {
                if let DomainEvent::UserDeleted(gone) = event {
                    self.take_leave(gone.user_id).await;
                }
            }
            if let Some(last) = deliveries.last() {
                subscription.ack_through(last.delivery_tag).await?;
            }
        }
    }

    /// Ends all memberships of somebody, however long the store is away.
    async fn take_leave(&self, user: UserId) {
        let mut backoff = Backoff::default();
        // Somebody may put them into a group who has not heard yet, so it takes a second look at least.
        let (mut looks, mut is_left) = (0, true);
        while looks < 2 || (is_left && looks < MAX_LOOKS) {
            match self.look(user).await {
                Ok(count) => {
                    info!(%user, count, "an account is gone; its conversations are told");
                    (looks, is_left) = (looks + 1, count > 0);
                    if looks < 2 || is_left {
                        tokio::time::sleep(LOOK_AFTER).await;
                    }
                }
                Err(error) => {
                    warn!(%user, %error, "conversations cannot be told of an account that is gone; trying again");
                    tokio::time::sleep(backoff.next()).await;
                }
            }
        }
        if is_left {
            warn!(%user, "an account that is gone still has memberships; their owners have yet to get to it");
        }
    }

    /// Tells all conversations of somebody; how many there were.
    async fn look(&self, user: UserId) -> Result<usize, Fault> {
        let members = self.store.members.clone_with_type::<Document>();
        let (mut after, mut count) = (String::new(), 0);
        loop {
            let filter =
                doc! { "userId": user.0, "leftAt": null, "conversationId": { "$gt": &after } };
            let found = members
                .find(filter)
                .sort(doc! { "conversationId": 1 })
                .limit(STEP)
                .projection(doc! { "_id": 0, "conversationId": 1 });
            let rows: Vec<Document> = found.await?.try_collect().await?;
            let ids = rows
                .iter()
                .filter_map(|row| row.get_str("conversationId").ok());
            let ids: Vec<ConversationId> = ids.filter_map(|id| id.parse().ok()).collect();
            try_join_all(ids.iter().map(|id| self.tell(user, id))).await?;
            count += ids.len();
            match ids.last() {
                Some(last) if rows.len() as i64 == STEP => after = last.to_string(),
                _ => return Ok(count),
            }
        }
    }

    /// Sends the command to the conversation's owner.
    async fn tell(&self, user: UserId, id: &ConversationId) -> Result<(), Fault> {
        let broken = |error: &dyn std::fmt::Display| Fault::Broken(error.to_string());
        let payload = to_raw_value(&ConversationRef {
            conversation_id: id.clone(),
        });
        let payload = payload.map_err(|error| broken(&error))?;
        let now = unix_millis();
        let command = serde_json::to_vec(&Command {
            // Each look is a command of its own, whose repetition is recognised by this.
            id: NodeId::fresh("gone").to_string().into(),
            action: AccountGone::NAME.into(),
            caller: Some(Caller {
                user,
                session: String::new(),
                roles: Vec::new(),
            }),
            origin: None,
            trace: TraceParent::new(),
            accepted: now,
            deadline: now,
            payload: &payload,
        });
        let command = command.map_err(|error| broken(&error))?;
        let partition = Partition::of(id, self.config.partitions);
        let lane = Lane::durable(self.post.names().commands(), partition_key(partition));
        let publisher = self.post.publisher();
        let published = publisher.submit(lane.mandatory(), command, 1, None).await;
        published.map_err(|error| broken(&error))
    }
}
