//! Turns domain events into notifications, in batches.

use std::{
    collections::{BTreeSet, HashMap},
    time::Duration,
};

use lapin::{Connection, message::Delivery};
use mongodb::{bson::DateTime, error::Error};
use serde_json::value::RawValue;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;
use tracing::warn;
use warren_runtime::{backoff::Backoff, health::Component, trace::TraceParent};
use warren_topology::{
    broker::{BrokerConfig, BrokerError, Consume, Parking, PublishError, Subscription, Supervisor},
    envelope::Batch,
    events::{
        DomainEvent, NotificationCount, NotificationCreated, NotificationRead, NotificationUpdated,
    },
    ids::{ConversationId, UserId},
    payload::{
        chat::{ConversationType, MessageType},
        notify::{NotificationType, UnreadCount},
        unix_millis,
    },
};

use super::{
    blocks::{Blocked, Blocks},
    metrics,
    store::{News, NotificationDoc, Store, invite_key, message_key},
};
use crate::core::{Effects, Letter, Post};

/// How much of a message a notification shows, in characters.
const EXCERPT: usize = 100;
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
}

/// What a batch of events means.
#[derive(Debug, Default)]
struct Meaning {
    news: HashMap<(UserId, ConversationId), News>,
    invites: Vec<NotificationDoc>,
    /// Whose accounts are gone.
    gone: Vec<UserId>,
    blocked: Blocked,
    redelivered: bool,
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
            match self.batch(&queue, &deliveries, shutdown).await {
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
        shutdown: &CancellationToken,
    ) -> Result<(), PublishError> {
        let (events, redelivered) = self.read(queue, deliveries).await?;
        let blocks = Blocks::new(&self.store);
        let mut backoff = Backoff::default();
        let blocked = loop {
            match blocks.take(&events).await {
                Ok(blocked) => break blocked,
                Err(error) => self.wait(&error, &mut backoff, shutdown).await?,
            }
        };
        let mut meaning = Meaning {
            blocked,
            redelivered,
            ..Meaning::default()
        };
        events.into_iter().for_each(|event| meaning.take(event));
        loop {
            match self.store(&meaning).await {
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

    /// The events, and whether some may have been here before.
    async fn read(
        &self,
        queue: &str,
        deliveries: &[Delivery],
    ) -> Result<(Vec<DomainEvent>, bool), PublishError> {
        let (mut events, mut redelivered) = (Vec::new(), false);
        let mut count = 0;
        for delivery in deliveries {
            redelivered |= delivery.redelivered;
            let items: Vec<&RawValue> =
                match serde_json::from_slice::<Batch<&RawValue>>(&delivery.data) {
                    Ok(batch) => batch.items,
                    Err(error) => {
                        self.park(queue, &String::from_utf8_lossy(&delivery.data), &error)
                            .await?;
                        continue;
                    }
                };
            count += items.len();
            for item in items {
                match serde_json::from_str::<DomainEvent>(item.get()) {
                    Ok(event) => events.push(event),
                    Err(error) => self.park(queue, item.get(), &error).await?,
                }
            }
        }
        metrics::EVENTS.inc_by(count as u64);
        metrics::BATCH.observe(count as f64);
        Ok((events, redelivered))
    }

    async fn park(
        &self,
        queue: &str,
        item: &str,
        error: &serde_json::Error,
    ) -> Result<(), PublishError> {
        // The default exchange leads to the queue of that name.
        let parking = Parking {
            exchange: Some(""),
            key: queue,
            reason: "malformed",
            detail: error.to_string(),
            item,
        };
        parking.park(self.post.names(), self.post.publisher()).await
    }

    /// Stores what the events mean and says what people are to be told.
    async fn store(&self, meaning: &Meaning) -> Result<Letter, Error> {
        let _timer = metrics::STORE_SECONDS.start_timer();
        let now = DateTime::now();
        let invites = meaning.invites.iter().map(|invite| NotificationDoc {
            created_at: now,
            updated_at: now,
            ..invite.clone()
        });
        let invites: Vec<NotificationDoc> = invites.collect();
        tokio::try_join!(
            self.store.take(&meaning.news, now),
            self.store.add(&invites)
        )?;
        self.store.forget(&meaning.gone).await?;
        let mut ids: Vec<String> = meaning
            .news
            .keys()
            .map(|(user, conversation)| message_key(*user, conversation))
            .collect();
        ids.extend(invites.into_iter().map(|invite| invite.id));
        let stored = self.store.find(&ids).await?;

        let mut effects = Effects::default();
        let mut concerned = BTreeSet::new();
        for doc in stored {
            let new = doc.updated_at == now || meaning.redelivered && !doc.is_read;
            let was_read_now = doc.read_at == Some(now);
            if doc.count == 0 || !(new || was_read_now) {
                continue;
            }
            concerned.insert(doc.user_id);
            let (to, key) = (vec![doc.user_id], format!("{}:{}", doc.id, doc.last_seq));
            if doc.is_read {
                let event = NotificationRead {
                    notification_id: Some(doc.id.clone()),
                };
                effects.push(to, &event, format!("{key}:read"));
            } else if doc.created_at == doc.updated_at {
                effects.push(to, &NotificationCreated(doc.view()), key);
            } else {
                effects.push(to, &NotificationUpdated(doc.view()), key);
            }
        }
        let concerned: Vec<UserId> = concerned.into_iter().collect();
        for (user, count) in self.store.unread(&concerned).await? {
            let key = format!("count:{user}:{}", now.timestamp_millis());
            effects.push(vec![user], &NotificationCount(UnreadCount { count }), key);
        }
        Ok(Letter {
            reply: None,
            effects,
            trace: TraceParent::new(),
            accepted: unix_millis(),
        })
    }
}

impl Meaning {
    fn take(&mut self, event: DomainEvent) {
        match event {
            // What happens to a group calls nobody, and who changes it need not have read it.
            DomainEvent::MessageStored(event) if event.message.kind == MessageType::System => {}
            DomainEvent::MessageStored(event) => {
                let message = event.message;
                let seq = message.seq.0 as i64;
                let title = match event.conversation_type {
                    ConversationType::Direct => "New message".to_owned(),
                    ConversationType::Group => event.conversation_name.unwrap_or_default(),
                };
                let content: String = message.content.chars().take(EXCERPT).collect();
                let sender = message.sender_id;
                let wanted = |user: &UserId| !self.blocked.contains(&(*user, sender));
                for user in event.recipients.into_iter().filter(wanted) {
                    let news = self
                        .news
                        .entry((user, message.conversation_id.clone()))
                        .or_default();
                    if news.seqs.iter().all(|known| *known < seq) {
                        news.title.clone_from(&title);
                        news.content.clone_from(&content);
                        news.sender = Some(message.sender_id);
                    }
                    news.seqs.push(seq);
                }
                // Who writes has read what came before.
                let own = self
                    .news
                    .entry((message.sender_id, message.conversation_id))
                    .or_default();
                own.read = own.read.max(seq);
            }
            DomainEvent::ConversationRead(event) => {
                let news = self
                    .news
                    .entry((event.user_id, event.conversation_id))
                    .or_default();
                news.read = news.read.max(event.last_read_seq.0 as i64);
                news.read_told = true;
            }
            DomainEvent::UserDeleted(event) => self.gone.push(event.user_id),
            DomainEvent::UserUpdated(_)
            | DomainEvent::UserSuspended(_)
            | DomainEvent::UserReinstated(_)
            | DomainEvent::UserBlocked(_)
            | DomainEvent::UserUnblocked(_)
            | DomainEvent::PresenceChanged(_) => {}
            DomainEvent::GroupInviteCreated(event) => {
                let now = DateTime::now();
                let wanted = |user: &UserId| !self.blocked.contains(&(*user, event.invited_by));
                self.invites
                    .extend(event.recipients.into_iter().filter(wanted).map(|user| {
                        NotificationDoc {
                            id: invite_key(user, &event.conversation_id),
                            user_id: user,
                            kind: NotificationType::GroupInvite,
                            title: event.name.clone(),
                            content: String::new(),
                            conversation_id: Some(event.conversation_id.clone()),
                            sender_id: Some(event.invited_by),
                            first_seq: 0,
                            last_seq: 0,
                            read_seq: 0,
                            count: 1,
                            is_read: false,
                            read_at: None,
                            created_at: now,
                            updated_at: now,
                        }
                    }));
            }
            DomainEvent::MessageUpdated(_)
            | DomainEvent::MessageDeleted(_)
            | DomainEvent::ConversationUpdated(_)
            | DomainEvent::ConversationDeleted(_)
            | DomainEvent::MemberAdded(_)
            | DomainEvent::MemberRemoved(_)
            | DomainEvent::RequestAccepted(_)
            | DomainEvent::RequestDeclined(_) => {}
        }
    }
}
