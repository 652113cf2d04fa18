//! One worker at a time tells who comes and goes. The others wait for the lead, which PostgreSQL gives and takes away
//! with a connection.

use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use sqlx::{Connection, PgConnection, postgres::PgConnectOptions};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use warren_runtime::trace::TraceParent;
use warren_topology::{
    broker::PublishError,
    events::{DomainEvent, PresenceChanged},
    ids::UserId,
    payload::{unix_millis, users::Presence},
};

use super::{
    store,
    tracker::{Change, Tracker},
};
use crate::{
    chat::contacts::Contacts,
    core::{Effects, Letter, Post},
    settings::UsersConfig,
};

/// The most changes told in one tick.
const MAX_CHANGES: usize = 500;

/// Tells who comes and goes, when it leads.
pub struct Leader {
    /// Where to keep what was told.
    pub postgres: PgConnectOptions,
    /// Who is told.
    pub contacts: Contacts,
    /// Knows who is connected, and tells.
    pub post: Post,
    /// How often to look, how long to wait.
    pub config: UsersConfig,
}

/// Why a leader gives up the lead.
#[derive(Debug, thiserror::Error)]
enum LeadError {
    #[error("PostgreSQL: {0}")]
    Postgres(#[from] sqlx::Error),
    #[error("MongoDB: {0}")]
    Mongo(#[from] mongodb::error::Error),
    #[error(transparent)]
    Publish(#[from] PublishError),
}

impl Leader {
    /// Leads, or waits for it, until `shutdown`.
    pub async fn run(&self, shutdown: &CancellationToken) {
        while !shutdown.is_cancelled() {
            if let Some(Err(error)) = shutdown.run_until_cancelled(self.lead()).await {
                warn!(%error, "who comes and goes is not told for a moment");
            }
            let wait = tokio::time::sleep(self.tick() * 2);
            shutdown.run_until_cancelled(wait).await;
        }
    }

    fn tick(&self) -> Duration {
        Duration::from_millis(self.config.presence_tick_ms)
    }

    /// Leads until something fails. `Ok` means that another worker leads.
    async fn lead(&self) -> Result<(), LeadError> {
        let mut connection = PgConnection::connect_with(&self.postgres).await?;
        if !store::lead(&mut connection).await? {
            connection.close().await?;
            return Ok(());
        }
        info!("tells who comes and goes from now on");
        let told = store::told(&mut connection).await?;
        let mut tracker = Tracker::new(told, unix_millis());
        let mut ticks = tokio::time::interval(self.tick());
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        loop {
            ticks.tick().await;
            self.look(&mut connection, &mut tracker).await?;
        }
    }

    async fn look(
        &self,
        connection: &mut PgConnection,
        tracker: &mut Tracker,
    ) -> Result<(), LeadError> {
        let silent = Duration::from_millis(self.config.presence_silent_ms);
        // While no edge is heard, either there is none, and nobody to tell, or this worker is cut off and knows nothing.
        let Some(connected) = self.post.connected(silent, Instant::now()) else {
            // The lead ends with the connection; a worker that only believes to lead must notice.
            connection.ping().await?;
            return Ok(());
        };
        let grace = Duration::from_millis(self.config.presence_grace_ms);
        let changes = tracker.compare(&connected, grace, MAX_CHANGES, unix_millis());
        if changes.is_empty() {
            connection.ping().await?;
            return Ok(());
        }
        let users: Vec<UserId> = changes.iter().map(|change| change.user).collect();
        // Before anything is stored: what is stored counts as told by whoever leads next.
        let mut contacts = self.contacts.of(&users).await?;
        store::save(connection, &changes).await?;
        let blocked = store::blocked(connection, &users).await?;
        for (user, others) in &mut contacts {
            others.retain(|other| connected.contains(other) && !blocked.contains(&(*user, *other)));
        }
        self.post.send(vec![letter(&changes, &contacts)]).await?;
        tracker.told(&changes);
        Ok(())
    }
}

fn letter(changes: &[Change], contacts: &HashMap<UserId, Vec<UserId>>) -> Letter {
    let mut effects = Effects::default();
    for change in changes {
        let event = PresenceChanged(Presence {
            user_id: change.user,
            online: change.online,
            since: Some(change.since),
        });
        let others = contacts.get(&change.user).cloned().unwrap_or_default();
        if !others.is_empty() {
            let at = change.since.as_millis();
            let key = format!("presence:{}:{}:{at}", change.user, change.online);
            effects.push(others, &event, key);
        }
        effects.event(DomainEvent::PresenceChanged(event));
    }
    Letter {
        reply: None,
        effects,
        trace: TraceParent::new(),
        accepted: unix_millis(),
    }
}
