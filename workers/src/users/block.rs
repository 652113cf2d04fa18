//! `user:block` and `user:unblock`: hearing nothing more from somebody. Neither tells the other person.

use sqlx::PgPool;
use warren_topology::{
    events::{BlockChanged, DomainEvent, UserBlocked},
    failure::{ErrorCode, Failure},
    ids::UserId,
    payload::{Timestamp, users::UserRef},
};

use crate::core::{Answer, Effects, Fault, Outbox, Request, outbox::Item};

/// The most people whom one person blocks.
const MAX_BLOCKS: i64 = 10_000;

/// Handles `user:block`. Blocking again changes nothing.
///
/// # Errors
/// `INVALID_INPUT` to block oneself, `NOT_FOUND` when there is nobody of this id, `CONFLICT` for too many.
pub async fn handle(
    postgres: &PgPool,
    outbox: &Outbox,
    request: Request<'_>,
    payload: UserRef,
    effects: &mut Effects,
) -> Result<Answer<()>, Fault> {
    let (user, blocked) = (request.user()?, payload.user_id);
    if user == blocked {
        return Err(Failure::invalid("userId", "must be somebody else").into());
    }
    let query = "SELECT EXISTS (SELECT FROM users WHERE user_id = $2 AND status <> 'deleted'),
                        (SELECT count(*) FROM blocks WHERE user_id = $1)";
    let (exists, count): (bool, i64) = sqlx::query_as(query)
        .bind(user.0)
        .bind(blocked.0)
        .fetch_one(postgres)
        .await?;
    if !exists {
        return Err(Failure::not_found("user").into());
    }
    if count >= MAX_BLOCKS {
        let message = format!("You block {MAX_BLOCKS} people already. Take one back first.");
        return Err(Failure::new(ErrorCode::Conflict, message).into());
    }
    let query = "INSERT INTO blocks (user_id, blocked_id) VALUES ($1, $2) ON CONFLICT DO NOTHING";
    let change = Change {
        user,
        blocked,
        is_blocked: true,
    };
    change
        .store(postgres, outbox, request, query, effects)
        .await
}

/// Handles `user:unblock`. Who is not blocked stays so.
///
/// # Errors
/// When PostgreSQL fails.
pub async fn unblock(
    postgres: &PgPool,
    outbox: &Outbox,
    request: Request<'_>,
    payload: UserRef,
    effects: &mut Effects,
) -> Result<Answer<()>, Fault> {
    let query = "DELETE FROM blocks WHERE user_id = $1 AND blocked_id = $2";
    let change = Change {
        user: request.user()?,
        blocked: payload.user_id,
        is_blocked: false,
    };
    change
        .store(postgres, outbox, request, query, effects)
        .await
}

struct Change {
    user: UserId,
    blocked: UserId,
    is_blocked: bool,
}

impl Change {
    /// Stores it and says so, if it changes something.
    async fn store(
        self,
        postgres: &PgPool,
        outbox: &Outbox,
        request: Request<'_>,
        query: &'static str,
        effects: &mut Effects,
    ) -> Result<Answer<()>, Fault> {
        let mut transaction = postgres.begin().await?;
        let changed = sqlx::query(query)
            .bind(self.user.0)
            .bind(self.blocked.0)
            .execute(&mut *transaction)
            .await?;
        let mut last = None;
        if changed.rows_affected() > 0 {
            // The database's clock: of two changes of one pair the later one has the later time.
            let now = sqlx::query_scalar("SELECT clock_timestamp()");
            let event = BlockChanged {
                user_id: self.user,
                blocked_id: self.blocked,
                at: Timestamp(now.fetch_one(&mut *transaction).await?),
            };
            let event = if self.is_blocked {
                DomainEvent::UserBlocked(event)
            } else {
                DomainEvent::UserUnblocked(event)
            };
            let block = Item::Block(self.user, self.blocked, self.is_blocked);
            for item in [Item::event(event), block] {
                last = Some(outbox.put(&mut transaction, request.trace, item).await?);
            }
        }
        transaction.commit().await?;
        // What either of them sends after the answer comes after the block in the order of their conversation.
        if let Some(id) = last {
            outbox.settle(postgres, id).await?;
        }
        let event = UserBlocked {
            user_id: self.blocked,
            blocked: self.is_blocked,
        };
        effects.push(vec![self.user], &event, format!("blocked:{}", request.id));
        Ok(Answer::from(()))
    }
}
