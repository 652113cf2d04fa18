use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use lapin::message::Delivery;
use serde::Deserialize;
use tokio_tungstenite::tungstenite::Utf8Bytes;
use tracing::{Level, debug, enabled, error, info};
use warren_topology::{
    actions::Namespace,
    envelope::{Batch, Control, EdgeItem, Push},
    events::SessionRevoked,
    ids::NodeId,
    names::Names,
    payload::unix_millis,
};

use super::{
    losses::Losses,
    numbers::{Numbers, Verdict},
    repeats::Repeats,
};
use crate::{
    auth::Tokens,
    commands::submit::Commands,
    metrics,
    routes::Announcer,
    sessions::table::Sessions,
    socketio::{CloseReason, codec},
};

/// Does what broker messages say.
pub(crate) struct Inbox {
    edges_exchange: String,
    sessions: Arc<Sessions>,
    commands: Arc<Commands>,
    losses: Arc<Losses>,
    routes: Announcer,
    repeats: Repeats,
    tokens: Arc<Tokens>,
    items: Numbers,
    control: Numbers,
}

impl Inbox {
    pub(crate) fn new(
        names: &Names,
        sessions: Arc<Sessions>,
        commands: Arc<Commands>,
        losses: Arc<Losses>,
        routes: Announcer,
        repeats: Repeats,
        tokens: Arc<Tokens>,
    ) -> Self {
        let (items, control) = Default::default();
        Self {
            edges_exchange: names.edges(),
            sessions,
            commands,
            losses,
            routes,
            repeats,
            tokens,
            items,
            control,
        }
    }

    /// Starts over with a new incarnation, whose queue holds nothing of before.
    pub(crate) fn begin(&mut self) {
        self.items = Numbers::default();
        self.control = Numbers::default();
    }

    /// Handles broker messages in order.
    pub(crate) fn take(&mut self, node: &NodeId, deliveries: &[Delivery]) {
        let now = Instant::now();
        for delivery in deliveries {
            let exchange = delivery.exchange.as_str();
            let read = if exchange == self.edges_exchange {
                read(&delivery.data).map(|batch| self.take_control(node, batch, now))
            } else {
                read(&delivery.data).map(|batch| self.take_items(batch, now))
            };
            if let Err(error) = read {
                metrics::MALFORMED
                    .with_label_values(&[if exchange == self.edges_exchange {
                        "edges"
                    } else {
                        "edge"
                    }])
                    .inc();
                error!(exchange, %error, "a broker message cannot be read; what it carried is lost");
            }
        }
    }

    fn take_items(&mut self, batch: Batch<EdgeItem<'_>>, now: Instant) {
        match self.items.judge(&batch.from, batch.n, true, now) {
            Verdict::Next => {}
            Verdict::Repetition => return metrics::REPETITIONS.with_label_values(&["batch"]).inc(),
            Verdict::Gap => {
                info!(from = %batch.from, n = batch.n, "broker messages of a worker are missing");
                self.losses.note("gap");
            }
        }
        metrics::BATCH_ITEMS.observe(batch.items.len() as f64);
        let millis = unix_millis();
        for item in batch.items {
            match item {
                EdgeItem::Reply(reply) => self.commands.pending.complete(&reply),
                EdgeItem::Push(push) => self.push(push, now, millis),
            }
        }
    }

    fn push(&mut self, push: Push<'_>, now: Instant, millis: i64) {
        metrics::PUSHES.inc();
        let packet = Utf8Bytes::from(codec::event(push.ns, push.event.get()));
        if push.key.is_empty() {
            // Worth nothing later, so nothing of it is remembered.
            let topic = push.topic.as_deref();
            let (_, delivered) = self
                .sessions
                .deliver(push.ns, &push.to, None, topic, &packet);
            metrics::DELIVERIES.inc_by(delivered);
            return;
        }
        let key = self.repeats.key(&push.key);
        let floors = self.repeats.floors(key, &push.to);
        if floors
            .as_ref()
            .is_some_and(|floors| floors.iter().any(|floor| *floor != 0))
        {
            metrics::REPETITIONS.with_label_values(&["push"]).inc();
        }
        let (stamp, delivered) = self.sessions.deliver(
            push.ns,
            &push.to,
            floors.as_deref(),
            push.topic.as_deref(),
            &packet,
        );
        metrics::DELIVERIES.inc_by(delivered);
        if delivered > 0 {
            let taken = Duration::from_millis((millis - push.accepted).max(0) as u64);
            metrics::DELIVERY_SECONDS.observe(taken.as_secs_f64());
        }
        if enabled!(Level::DEBUG) {
            debug!(trace = push.trace.trace_id(), key = %push.key, people = push.to.len(), sockets = delivered, "delivered");
        }
        self.repeats.record(key, push.to, stamp, now);
    }

    fn take_control(&mut self, node: &NodeId, batch: Batch<Control>, now: Instant) {
        match self.control.judge(&batch.from, batch.n, false, now) {
            Verdict::Next => {}
            Verdict::Repetition => return metrics::REPETITIONS.with_label_values(&["batch"]).inc(),
            Verdict::Gap => {
                self.losses.note("gap");
                self.routes.snapshot();
            }
        }
        for item in batch.items {
            match item {
                Control::RoutesWanted { edge: Some(edge) } if edge != *node => {}
                Control::RoutesWanted { .. } => self.routes.snapshot(),
                Control::RolesChanged { user, roles, at } => {
                    if self.tokens.roles.note(user, roles.clone(), at) {
                        self.sessions.set_roles(user, &roles);
                    }
                }
                Control::SessionRevoked {
                    user,
                    session,
                    reason,
                } => {
                    self.commands.revoked.add(&session);
                    let sockets = self.sessions.of_session(user, &session);
                    debug!(%user, session, reason, sockets = sockets.len(), "session revoked");
                    let payload =
                        serde_json::to_string(&SessionRevoked { reason }).unwrap_or_default();
                    let packet = Utf8Bytes::from(codec::named_event(
                        Namespace::Chat,
                        "session:revoked",
                        &payload,
                    ));
                    for socket in sockets {
                        if socket.joined(Namespace::Chat) != 0 {
                            socket.outbox.send(packet.clone());
                        }
                        socket.outbox.close(CloseReason::Revoked);
                    }
                }
            }
        }
    }
}

fn read<'a, T: Deserialize<'a>>(data: &'a [u8]) -> serde_json::Result<Batch<T>> {
    serde_json::from_slice(data)
}
