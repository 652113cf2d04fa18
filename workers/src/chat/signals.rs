//! Signals between members: who is typing. They are told to devices that show the conversation, or to nobody; nothing of
//! them is stored, and what is late or too much is dropped.
//!
//! One worker at a time handles them, so they keep their order, and what each member signals is told only so often. It
//! asks the store who the members are, for a whole batch at once: what was true a moment ago is not enough for those who
//! have been removed since.

mod throttle;
mod typing;

use std::{collections::BTreeSet, time::Instant};

use lapin::Connection;
use serde_json::value::RawValue;
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};
use warren_runtime::health::Component;
use warren_topology::{
    actions::{ChatSignal, Contract, parse, signal},
    broker::{BrokerConfig, BrokerError, Consume, Subscription, Supervisor},
    envelope::{Batch, Command},
    failure::Failure,
    ids::{ConversationId, NodeId, UserId},
    names::EPHEMERAL_KEY,
    payload::{chat::Typing, unix_millis},
};

use self::{throttle::Throttle, typing::Audiences};
use super::{blocks::Blocks, store::Store};
use crate::core::{
    Effects, Fault, Letter, Post, Request,
    desk::{explain, observe, unknown},
    handler::Outcome,
    post::ReplyOut,
};

/// The most broker messages in one batch.
const MAX_BATCH: usize = 100;

/// Handles signals.
pub struct SignalTask {
    /// The broker.
    pub config: BrokerConfig,
    /// Who is a member.
    pub store: Store,
    /// Publishes.
    pub post: Post,
    /// Whether signals are consumed.
    pub component: Component,
}

/// A signal to handle.
struct Signal<'a> {
    edge: NodeId,
    command: Command<'a>,
    wanted: Result<(UserId, Typing), Fault>,
}

impl SignalTask {
    /// Handles signals until `shutdown`.
    pub async fn run(self, shutdown: CancellationToken) {
        let mut supervisor = Supervisor::new(&self.config, "signals", &self.component);
        let mut throttle = Throttle::default();
        while let Some(connection) = supervisor.next(&shutdown).await {
            let ended = self.session(&connection, &mut throttle, &shutdown).await;
            supervisor.ended(connection, ended, &shutdown).await;
        }
    }

    async fn session(
        &self,
        connection: &Connection,
        throttle: &mut Throttle,
        shutdown: &CancellationToken,
    ) -> Result<(), BrokerError> {
        let queue = self.post.names().ephemeral_queue();
        let consume = Consume {
            queue: &queue,
            label: EPHEMERAL_KEY,
            prefetch: MAX_BATCH as u16,
        };
        let mut subscription = Subscription::open(connection, consume).await?;
        self.component.up();
        loop {
            let Some(deliveries) = shutdown
                .run_until_cancelled(subscription.next_batch(MAX_BATCH))
                .await
            else {
                return Ok(());
            };
            let deliveries = deliveries?;
            let bodies: Vec<Batch<&RawValue>> = deliveries
                .iter()
                .filter_map(|delivery| {
                    serde_json::from_slice(&delivery.data)
                        .inspect_err(
                            |error| warn!(%error, "signals cannot be read and are dropped"),
                        )
                        .ok()
                })
                .collect();
            let letters = self.handle(&bodies, throttle).await;
            self.post.send(letters).await?;
            if let Some(last) = deliveries.last() {
                subscription.ack_through(last.delivery_tag).await?;
            }
        }
    }

    async fn handle(&self, bodies: &[Batch<&RawValue>], throttle: &mut Throttle) -> Vec<Letter> {
        let raw = bodies
            .iter()
            .flat_map(|body| body.items.iter().map(|item| (body.from.clone(), *item)));
        let signals: Vec<Signal<'_>> = raw.filter_map(|(edge, raw)| read(edge, raw)).collect();
        let now = Instant::now();
        let wanted = signals.iter().filter_map(|signal| {
            let (user, typing) = signal.wanted.as_ref().ok()?;
            let is_told = throttle.allows(*user, typing, now);
            is_told.then(|| typing.conversation_id.clone())
        });
        let wanted: BTreeSet<ConversationId> = wanted.collect();
        let audiences = Audiences::load(&self.store, &Blocks::new(&self.store), &wanted).await;
        if let Err(error) = &audiences {
            debug!(%error, "nobody knows who is a member; signals are dropped");
        }
        let letters = signals.into_iter().map(|signal| {
            let mut effects = Effects::default();
            let outcome = signal.wanted.and_then(|(user, typing)| {
                let audiences = audiences.as_ref().map_err(|_| Failure::unavailable())?;
                let answer = typing::tell(audiences, throttle, user, typing, now, &mut effects)?;
                Outcome::of(answer)
            });
            let outcome = outcome.map_err(|fault| explain(&signal.command, fault));
            observe(&signal.command, &outcome);
            let reply = ReplyOut {
                edge: signal.edge,
                id: signal.command.id.to_string(),
                outcome,
            };
            Letter {
                reply: Some(reply),
                effects,
                trace: signal.command.trace,
                accepted: signal.command.accepted,
            }
        });
        letters.collect()
    }
}

/// Reads a signal, unless it is too late for it.
fn read(edge: NodeId, raw: &RawValue) -> Option<Signal<'_>> {
    let command: Command<'_> = serde_json::from_str(raw.get())
        .inspect_err(|error| warn!(%error, "a signal cannot be read and is dropped"))
        .ok()?;
    if command.deadline < unix_millis() {
        return None;
    }
    let wanted = match ChatSignal::parse(&command.action) {
        Some(ChatSignal::Typing) => wanted::<signal::Typing>(&command),
        None => Err(unknown(&command.action)),
    };
    Some(Signal {
        edge,
        command,
        wanted,
    })
}

fn wanted<C: Contract>(command: &Command<'_>) -> Result<(UserId, C::Payload), Fault> {
    let user = Request::of(command).user()?;
    let payload = parse::<C::Payload>(command.payload.get().as_bytes())?;
    Ok((user, payload))
}
