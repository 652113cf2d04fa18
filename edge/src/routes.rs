//! Announces who is connected here to every worker that pushes (design.md, section 4).

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use tokio::sync::{Notify, watch};
use tokio_util::sync::CancellationToken;
use tracing::{debug, warn};
use warren_topology::{
    broker::{Lane, PublishError, Publisher},
    ids::NodeId,
    names::Names,
    payload::unix_millis,
    routes::RouteUpdate,
};

use crate::{
    delivery::losses::Losses,
    metrics,
    sessions::table::{Changes, Sessions},
    settings::EdgeConfig,
};

/// Tells the task in [`Announcements`] what to announce. Clones share it.
#[derive(Clone)]
pub(crate) struct Announcer {
    shared: Arc<Shared>,
}

struct Shared {
    node: watch::Sender<Option<NodeId>>,
    wanted: Notify,
}

impl Announcer {
    pub(crate) fn new() -> Self {
        let (node, _) = watch::channel(None);
        Self {
            shared: Arc::new(Shared {
                node,
                wanted: Notify::new(),
            }),
        }
    }

    /// A new incarnation begins: the one before is gone, and everybody is announced anew.
    pub(crate) fn begin(&self, node: NodeId) {
        self.shared.node.send_replace(Some(node));
    }

    /// A worker lacks routes.
    pub(crate) fn snapshot(&self) {
        self.shared.wanted.notify_one();
    }
}

/// The task that announces.
pub(crate) struct Announcements {
    announcer: Announcer,
    sessions: Arc<Sessions>,
    publisher: Publisher,
    lane: Lane,
    heartbeat: Duration,
    losses: Arc<Losses>,
    max_lag: Duration,
}

/// What goes out next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Heartbeat,
    Changes,
    Snapshot,
    Leaving,
}

impl Kind {
    fn as_str(self) -> &'static str {
        match self {
            Self::Heartbeat => "heartbeat",
            Self::Changes => "changes",
            Self::Snapshot => "snapshot",
            Self::Leaving => "leaving",
        }
    }
}

/// One incarnation, as the workers know it.
struct Life {
    node: NodeId,
    n: u64,
    /// When the workers last heard of it, or its beginning.
    heard: (Instant, i64),
    is_known: bool,
}

impl Life {
    fn new(node: NodeId) -> Self {
        let heard = (Instant::now(), unix_millis());
        Self {
            node,
            n: 0,
            heard,
            is_known: false,
        }
    }
}

impl Announcements {
    pub(crate) fn new(
        announcer: Announcer,
        sessions: Arc<Sessions>,
        publisher: Publisher,
        names: &Names,
        losses: Arc<Losses>,
        settings: &EdgeConfig,
    ) -> Self {
        Self {
            announcer,
            sessions,
            publisher,
            lane: Lane::transient(names.routes(), ""),
            heartbeat: Duration::from_millis(settings.route_heartbeat_ms),
            losses,
            max_lag: Duration::from_millis(settings.max_route_lag_ms),
        }
    }

    /// Announces until `leaving`, then says goodbye. Changes gather while an announcement is on its way.
    pub(crate) async fn run(self, leaving: CancellationToken) {
        let mut node = self.announcer.shared.node.subscribe();
        let mut life: Option<Life> = None;
        let mut kind = Kind::Heartbeat;
        loop {
            if let Some(new) = current(&mut node)
                && life.as_ref().is_none_or(|life| life.node != new)
            {
                if let Some(mut old) = life.replace(Life::new(new)) {
                    // Helps the workers; they would notice by themselves. It must not hold up the new life.
                    let _ignored = self.announce(&mut old, Kind::Leaving).await;
                }
                kind = Kind::Snapshot;
            }
            if let Some(life) = &mut life
                && let Err(error) = self.announce(life, kind).await
            {
                debug!(%error, "an announcement was lost; the next is a snapshot");
                kind = Kind::Snapshot;
                if leaving
                    .run_until_cancelled(tokio::time::sleep(self.heartbeat / 4))
                    .await
                    .is_none()
                {
                    break;
                }
                continue;
            }
            kind = tokio::select! {
                () = leaving.cancelled() => break,
                changed = node.changed() => match changed { Ok(()) => Kind::Heartbeat, Err(_) => break },
                () = self.announcer.shared.wanted.notified() => Kind::Snapshot,
                () = self.sessions.changed() => Kind::Changes,
                () = tokio::time::sleep(self.heartbeat) => Kind::Heartbeat,
            };
        }
        if let Some(mut life) = life
            && let Err(error) = self.announce(&mut life, Kind::Leaving).await
        {
            warn!(%error, "could not say goodbye to the workers; they notice in a few seconds");
        }
    }

    async fn announce(&self, life: &mut Life, kind: Kind) -> Result<(), PublishError> {
        life.n += 1;
        let now = (Instant::now(), unix_millis());
        let mut update = RouteUpdate {
            edge: life.node.clone(),
            n: life.n,
            snapshot: kind == Kind::Snapshot,
            leaving: kind == Kind::Leaving,
            add: Vec::new(),
            remove: Vec::new(),
            topics: Vec::new(),
        };
        let changes = match kind {
            Kind::Snapshot => self.sessions.snapshot(),
            Kind::Changes | Kind::Heartbeat => self.sessions.changes(),
            Kind::Leaving => Changes::default(),
        };
        (update.add, update.remove, update.topics) = (changes.add, changes.remove, changes.topics);
        metrics::ROUTES.with_label_values(&[kind.as_str()]).inc();
        let item = serde_json::to_vec(&update).map_err(|_| PublishError::Closed)?;
        let deadline = Instant::now() + self.heartbeat;
        self.publisher
            .submit(self.lane.clone(), item, 1, Some(deadline))
            .await?;
        self.heard(life, now);
        Ok(())
    }

    /// Workers send again what they published to people whose route was still travelling, but only for some seconds
    /// back. Those who came while announcing failed for longer than that have to catch up.
    fn heard(&self, life: &mut Life, now: (Instant, i64)) {
        let (before, since) = std::mem::replace(&mut life.heard, now);
        let was_known = std::mem::replace(&mut life.is_known, true);
        if before.elapsed() <= self.max_lag {
            return;
        }
        if was_known {
            self.losses.note_for("routes", self.sessions.since(since));
        } else {
            self.losses.note("routes");
        }
    }
}

fn current(node: &mut watch::Receiver<Option<NodeId>>) -> Option<NodeId> {
    node.borrow_and_update().clone()
}
