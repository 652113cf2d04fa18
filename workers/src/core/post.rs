//! Publishes what actions result in: replies and pushes to exactly the edges concerned, events to `warren.events`,
//! control to every edge. What goes to one edge from one batch leaves as one broker message.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use futures_util::future::try_join_all;
use serde::Serialize;
use warren_runtime::trace::TraceParent;
use warren_topology::{
    broker::{Lane, PublishError, Publisher},
    envelope::{Control, EdgeItem, Push, Reply},
    failure::Failure,
    ids::{NodeId, UserId},
    names::Names,
    payload::unix_millis,
    routes::RouteUpdate,
};

use super::{
    effects::{Effects, PushOut},
    handler::Outcome,
    metrics,
    replay::{Recent, Record},
    routes::RouteTable,
};
use crate::settings::RouteConfig;

/// What one action results in.
#[derive(Debug)]
pub struct Letter {
    /// The answer, and the edge that waits for it.
    pub reply: Option<ReplyOut>,
    /// What else it causes.
    pub effects: Effects,
    /// The trace of the action.
    pub trace: TraceParent,
    /// When the edge accepted it, milliseconds since the Unix epoch.
    pub accepted: i64,
}

/// An answer on its way.
#[derive(Debug)]
pub struct ReplyOut {
    /// The edge that waits for it.
    pub edge: NodeId,
    /// The command's id.
    pub id: String,
    /// What the client is told.
    pub outcome: Result<Outcome, Failure>,
}

/// Publishes letters. Clones share everything.
#[derive(Clone)]
pub struct Post {
    shared: Arc<Shared>,
}

struct Shared {
    names: Names,
    publisher: Publisher,
    config: RouteConfig,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    routes: RouteTable,
    recent: Recent,
}

/// A broker message of this size takes no further item.
const ENOUGH_BYTES: usize = 512 << 10;

/// Items in JSON for one lane.
#[derive(Default)]
struct Items {
    bytes: Vec<u8>,
    count: usize,
}

impl Items {
    fn add(&mut self, item: &impl Serialize) {
        let start = self.bytes.len();
        if self.count > 0 {
            self.bytes.push(b',');
        }
        match serde_json::to_writer(&mut self.bytes, item) {
            Ok(()) => self.count += 1,
            Err(error) => {
                self.bytes.truncate(start);
                tracing::error!(%error, "an item has no JSON form and was not published");
            }
        }
    }
}

/// Adds an item to the last part, or begins another when that is long enough for one broker message.
fn add(parts: &mut Vec<Items>, item: &impl Serialize) {
    if parts
        .last()
        .is_none_or(|last| last.bytes.len() >= ENOUGH_BYTES)
    {
        parts.push(Items::default());
    }
    if let Some(last) = parts.last_mut() {
        last.add(item);
    }
}

impl Post {
    /// A post office that publishes with `publisher`.
    #[must_use]
    pub fn new(names: Names, publisher: Publisher, config: RouteConfig) -> Self {
        let state = Mutex::default();
        Self {
            shared: Arc::new(Shared {
                names,
                publisher,
                config,
                state,
            }),
        }
    }

    /// The publisher, for what is no letter.
    #[must_use]
    pub fn publisher(&self) -> &Publisher {
        &self.shared.publisher
    }

    /// The names of exchanges and queues.
    #[must_use]
    pub fn names(&self) -> &Names {
        &self.shared.names
    }

    /// Publishes letters in their order and waits until the broker has all of them. What is for an edge that no longer
    /// exists goes nowhere.
    ///
    /// # Errors
    /// [`PublishError`] when the publisher ends before.
    pub async fn send(&self, letters: Vec<Letter>) -> Result<(), PublishError> {
        let mut edges: HashMap<NodeId, Vec<Items>> = HashMap::new();
        let mut events: HashMap<&'static str, Vec<Items>> = HashMap::new();
        let mut controls = Items::default();
        {
            let mut state = self
                .shared
                .state
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            let now = unix_millis();
            for letter in letters {
                if let Some(reply) = letter.reply {
                    let items = edges.entry(reply.edge.clone()).or_default();
                    add(items, &EdgeItem::Reply(reply_item(&reply)));
                }
                for push in letter.effects.pushes {
                    metrics::PUSHES.inc();
                    let sent = address(&state.routes, &push.to);
                    for (edge, to) in &sent {
                        let item = push_item(&push, to.clone(), letter.trace, letter.accepted);
                        add(edges.entry(edge.clone()).or_default(), &item);
                    }
                    if push.key.is_empty() {
                        continue;
                    }
                    let record = Record {
                        at: now,
                        push,
                        sent,
                        trace: letter.trace,
                        accepted: letter.accepted,
                    };
                    state
                        .recent
                        .remember(record, now - self.shared.config.replay_ms);
                }
                for event in &letter.effects.events {
                    add(events.entry(event.routing_key()).or_default(), event);
                }
                for control in &letter.effects.controls {
                    controls.add(control);
                }
            }
        }
        let names = &self.shared.names;
        let edges = edges.into_iter().flat_map(|(edge, parts)| {
            let lane = Lane::transient(names.edge(), edge.0);
            parts.into_iter().map(move |items| (lane.clone(), items))
        });
        let events = events.into_iter().flat_map(|(key, parts)| {
            let lane = Lane::durable(names.events(), key);
            parts.into_iter().map(move |items| (lane.clone(), items))
        });
        let controls = (controls.count > 0).then(|| (Lane::transient(names.edges(), ""), controls));
        self.publish(edges.chain(events).chain(controls)).await
    }

    async fn publish(
        &self,
        lanes: impl Iterator<Item = (Lane, Items)>,
    ) -> Result<(), PublishError> {
        let publisher = &self.shared.publisher;
        let submitted =
            lanes.map(|(lane, items)| publisher.submit(lane, items.bytes, items.count, None));
        try_join_all(submitted).await.map(drop)
    }

    /// Takes an edge's routes in, and publishes again what people now known there have missed meanwhile. An
    /// edge that has lost its broker connection is a new one here; it drops what its open sockets have had. Returns whether
    /// nothing was known of this edge before.
    ///
    /// # Errors
    /// [`PublishError`] when the publisher ends before.
    pub async fn routes(&self, update: &RouteUpdate) -> Result<bool, PublishError> {
        let mut items = Items::default();
        let (wanted, is_new) = {
            let mut state = self
                .shared
                .state
                .lock()
                .unwrap_or_else(PoisonError::into_inner);
            let applied = state.routes.apply(update, Instant::now());
            for (user, since) in &applied.learned {
                // The edge's clock may differ from this one's.
                let since = since - self.shared.config.clock_skew_ms;
                for record in state.recent.missed(*user, &update.edge, since) {
                    items.add(&push_item(
                        &record.push,
                        vec![*user],
                        record.trace,
                        record.accepted,
                    ));
                }
            }
            metrics::ROUTES.set(state.routes.len() as i64);
            metrics::EDGES.set(state.routes.edges() as i64);
            (applied.wanted, applied.is_new)
        };
        if wanted {
            metrics::ROUTE_GAPS.inc();
            self.ask_for_routes(Some(update.edge.clone())).await?;
        }
        if items.count > 0 {
            metrics::REPLAYS.inc_by(items.count as u64);
            let lane = Lane::transient(self.shared.names.edge(), Arc::clone(&update.edge.0));
            self.publish(std::iter::once((lane, items))).await?;
        }
        Ok(is_new)
    }

    /// Asks one edge, or all, to announce everybody.
    ///
    /// # Errors
    /// [`PublishError`] when the publisher ends before.
    pub async fn ask_for_routes(&self, edge: Option<NodeId>) -> Result<(), PublishError> {
        let mut items = Items::default();
        items.add(&Control::RoutesWanted { edge });
        let lane = Lane::transient(self.shared.names.edges(), "");
        self.publish(std::iter::once((lane, items))).await
    }

    /// Everybody who is connected; see [`RouteTable::connected`].
    #[must_use]
    pub fn connected(&self, silent: Duration, now: Instant) -> Option<HashSet<UserId>> {
        let state = self
            .shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        state.routes.connected(silent, now)
    }

    /// Whether any socket of a user is subscribed to a topic; see [`RouteTable::is_subscribed`]. Only pools that listen for
    /// topics know.
    #[must_use]
    pub fn is_subscribed(&self, user: UserId, topic: &str, silent: Duration, now: Instant) -> bool {
        let state = self
            .shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        state.routes.is_subscribed(user, topic, silent, now)
    }

    /// Forgets edges that are gone for good, and pushes too old to be missed.
    pub fn tidy(&self) {
        let mut state = self
            .shared
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        for edge in state
            .routes
            .forget_silent(self.shared.config.forget(), Instant::now())
        {
            tracing::warn!(%edge, "an edge has been silent for too long and is forgotten");
        }
        state
            .recent
            .forget(unix_millis() - self.shared.config.replay_ms);
        metrics::ROUTES.set(state.routes.len() as i64);
        metrics::EDGES.set(state.routes.edges() as i64);
    }
}

/// The edges that hold sockets of these people, each with the people it holds.
fn address(routes: &RouteTable, to: &[UserId]) -> Vec<(NodeId, Vec<UserId>)> {
    let mut sent: Vec<(NodeId, Vec<UserId>)> = Vec::new();
    for user in to {
        for edge in routes.edges_of(*user) {
            match sent.iter_mut().find(|(known, _)| known == edge) {
                Some((_, users)) => users.push(*user),
                None => sent.push((edge.clone(), vec![*user])),
            }
        }
    }
    sent
}

fn reply_item(reply: &ReplyOut) -> Reply<'_> {
    let id = reply.id.as_str().into();
    match &reply.outcome {
        Ok(outcome) => Reply {
            id,
            status: outcome.status,
            data: outcome.data.as_deref(),
            error: None,
            cookies: outcome.cookies.clone(),
        },
        Err(failure) => Reply {
            id,
            status: None,
            data: None,
            error: Some(failure.clone()),
            cookies: Vec::new(),
        },
    }
}

fn push_item(push: &PushOut, to: Vec<UserId>, trace: TraceParent, accepted: i64) -> EdgeItem<'_> {
    EdgeItem::Push(Push {
        ns: push.namespace,
        to,
        topic: push.topic.as_deref().map(Into::into),
        event: &push.event,
        key: push.key.as_str().into(),
        trace,
        accepted,
    })
}
