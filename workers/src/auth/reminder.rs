//! Reminds the edges of the sessions that have ended lately, and of the roles that have changed. An edge that was started,
//! or that was cut off from the broker meanwhile, has not heard of it, and would believe access tokens until they expire.

use sqlx::PgPool;
use time::{Duration, OffsetDateTime};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use warren_runtime::{backoff::Backoff, trace::TraceParent};
use warren_topology::payload::unix_millis;

use super::{roles, sessions};
use crate::core::{Effects, Letter, Post};

/// Tells all edges again what a new one cannot know.
pub struct Reminder {
    /// The sessions.
    pub postgres: PgPool,
    /// How long access tokens are good for.
    pub lifetime: Duration,
    /// Publishes.
    pub post: Post,
}

impl Reminder {
    /// Reminds whenever an edge arrives, until `shutdown`.
    pub async fn run(&self, arrivals: &Notify, shutdown: &CancellationToken) {
        while shutdown
            .run_until_cancelled(arrivals.notified())
            .await
            .is_some()
        {
            if shutdown.run_until_cancelled(self.remind()).await.is_none() {
                return;
            }
        }
    }

    async fn remind(&self) {
        let mut backoff = Backoff::default();
        let (ended, roles) = loop {
            let since = OffsetDateTime::now_utc() - self.lifetime;
            let ended = sessions::ended_since(&self.postgres, since);
            let roles = roles::changed_since(&self.postgres, since);
            match tokio::try_join!(ended, roles) {
                Ok(found) => break found,
                Err(error) => {
                    let wait = backoff.next();
                    warn!(%error, wait_ms = wait.as_millis() as u64, "PostgreSQL failed; edges are reminded of ended sessions when it is back");
                    tokio::time::sleep(wait).await;
                }
            }
        };
        if ended.is_empty() && roles.is_empty() {
            return;
        }
        info!(
            sessions = ended.len(),
            roles = roles.len(),
            "an edge is new: all are reminded of the sessions that have ended and the roles that have changed"
        );
        let mut effects = Effects::default();
        for ended in ended {
            effects.control(ended.control());
        }
        for control in roles {
            effects.control(control);
        }
        let letter = Letter {
            reply: None,
            effects,
            trace: TraceParent::new(),
            accepted: unix_millis(),
        };
        if let Err(error) = self.post.send(vec![letter]).await {
            warn!(%error, "edges could not be reminded of ended sessions");
        }
    }
}
