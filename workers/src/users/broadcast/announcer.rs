use std::{sync::Arc, time::Duration};

use sqlx::{PgConnection, PgPool, Row, postgres::PgRow};
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;
use tracing::warn;
use warren_runtime::{backoff::Backoff, trace::TraceParent};
use warren_topology::{
    events::{DomainEvent, SystemBroadcast},
    ids::UserId,
    payload::{Timestamp, unix_millis},
};

use crate::core::{Effects, Fault, Letter, Post};

/// How often broadcasts are looked for that another worker took the order for.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Hands broadcasts over to the notify pool, some people at a time. Any users worker may do the next step: the broadcast's row
/// is locked meanwhile and remembers how far it has come. A step that broke off is done again, and whom it named then is
/// notified once all the same.
pub struct Announcer {
    /// Where broadcasts and people are.
    pub postgres: PgPool,
    /// Publishes.
    pub post: Post,
    /// How many people are named in one step.
    pub page: u32,
    /// How long to wait before the next, so that other notifications are not held up.
    pub pause: Duration,
    /// Tells of a new broadcast.
    pub ordered: Arc<Notify>,
}

impl Announcer {
    /// Works until `shutdown`.
    pub async fn run(&self, shutdown: &CancellationToken) {
        let mut backoff = Backoff::default();
        loop {
            let step = shutdown.run_until_cancelled(self.step()).await;
            let (wait, is_idle) = match step {
                None => return,
                Some(Ok(is_idle)) => {
                    backoff = Backoff::default();
                    (if is_idle { LOOK_EVERY } else { self.pause }, is_idle)
                }
                Some(Err(error)) => {
                    let wait = backoff.next();
                    warn!(%error, wait_ms = wait.as_millis() as u64, "a broadcast waits");
                    (wait, false)
                }
            };
            tokio::select! {
                () = shutdown.cancelled() => return,
                () = self.ordered.notified(), if is_idle => {}
                () = tokio::time::sleep(wait) => {}
            }
        }
    }

    /// Hands over the next people of the oldest broadcast that nobody works at. Whether there is none.
    async fn step(&self) -> Result<bool, Fault> {
        let mut transaction = self.postgres.begin().await?;
        let query = "SELECT broadcast_id, title, content, user_ids, roles, created_at, last_user_id, cursor_user_id
                     FROM broadcasts WHERE done_at IS NULL ORDER BY broadcast_id LIMIT 1 FOR UPDATE SKIP LOCKED";
        let Some(broadcast) = sqlx::query(query).fetch_optional(&mut *transaction).await? else {
            return Ok(true);
        };
        let people = self.people(&mut transaction, &broadcast).await?;
        let (id, count): (i64, usize) = (broadcast.try_get("broadcast_id")?, people.len());
        let cursor = people.last().map(|user| user.0);
        if count > 0 {
            let letter = letter(&broadcast, people)?;
            let sent = self.post.send(vec![letter]).await;
            sent.map_err(|error| Fault::Broken(error.to_string()))?;
        }
        let query =
            "UPDATE broadcasts SET cursor_user_id = coalesce($2, cursor_user_id), sent = sent + $3,
                     done_at = CASE WHEN $4 THEN now() END WHERE broadcast_id = $1";
        sqlx::query(query)
            .bind(id)
            .bind(cursor)
            .bind(count as i64)
            .bind(count < self.page as usize)
            .execute(&mut *transaction)
            .await?;
        transaction.commit().await?;
        Ok(false)
    }

    /// The next who are told, in the order of their ids.
    async fn people(
        &self,
        connection: &mut PgConnection,
        broadcast: &PgRow,
    ) -> Result<Vec<UserId>, sqlx::Error> {
        let (ids, roles): (Vec<i64>, Vec<String>) =
            (broadcast.try_get("user_ids")?, broadcast.try_get("roles")?);
        let created_at: time::OffsetDateTime = broadcast.try_get("created_at")?;
        let query = "SELECT user_id FROM users
                     WHERE user_id > $1 AND user_id <= $2 AND created_at <= $3 AND status <> 'deleted'
                       AND (($4 = '{}' AND $5 = '{}') OR user_id = ANY($4) OR EXISTS (
                           SELECT FROM user_roles JOIN roles USING (role_id)
                           WHERE user_roles.user_id = users.user_id AND roles.name = ANY($5)))
                     ORDER BY user_id LIMIT $6";
        let found: Vec<i64> = sqlx::query_scalar(query)
            .bind(broadcast.try_get::<i64, _>("cursor_user_id")?)
            .bind(broadcast.try_get::<i64, _>("last_user_id")?)
            .bind(created_at)
            .bind(ids)
            .bind(roles)
            .bind(i64::from(self.page))
            .fetch_all(connection)
            .await?;
        Ok(found.into_iter().map(UserId).collect())
    }
}

fn letter(broadcast: &PgRow, recipients: Vec<UserId>) -> Result<Letter, sqlx::Error> {
    let mut effects = Effects::default();
    effects.event(DomainEvent::SystemBroadcast(SystemBroadcast {
        broadcast_id: broadcast.try_get::<i64, _>("broadcast_id")?.to_string(),
        title: broadcast.try_get("title")?,
        content: broadcast.try_get("content")?,
        recipients,
        at: Timestamp(broadcast.try_get("created_at")?),
    }));
    Ok(Letter {
        reply: None,
        effects,
        trace: TraceParent::new(),
        accepted: unix_millis(),
    })
}
