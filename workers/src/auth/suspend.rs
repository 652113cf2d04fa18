//! `auth:suspend` and `auth:lift-suspension`: closes an account for a while, or for good. Its sessions end at once, and
//! signing in is refused with the reason, once the password is right.

use sqlx::PgConnection;
use time::OffsetDateTime;
use warren_topology::{
    actions::{ROLE_ADMIN, ROLE_MODERATOR},
    envelope::Caller,
    events::{DomainEvent, UserChanged, UserSuspended},
    failure::Failure,
    ids::UserId,
    payload::{Timestamp, auth, users::UserRef},
};

use super::{AuthDesk, roles::others_remain, sessions};
use crate::core::{Answer, Effects, Fault, Request, outbox::Item};

/// Handles `auth:suspend`. Suspending again changes reason and end.
///
/// # Errors
/// `NOT_FOUND` when there is no such account; `FORBIDDEN` to suspend oneself, for who is suspended, and for moderators if it
/// is another moderator or an administrator.
pub async fn handle(
    desk: &AuthDesk,
    request: Request<'_>,
    caller: &Caller,
    payload: auth::Suspend,
    effects: &mut Effects,
    now: OffsetDateTime,
) -> Result<Answer<()>, Fault> {
    let user = payload.user_id;
    if user == caller.user {
        return Err(Failure::forbidden("Nobody suspends themselves.").into());
    }
    let (reason, until) = (payload.reason.trim(), payload.until);
    let mut transaction = desk.postgres.begin().await?;
    may_judge(&mut transaction, caller, user).await?;
    // Two administrators who suspend each other do it one after the other; the second is none any more.
    others_remain(&mut transaction, user).await?;
    let status: Option<String> = sqlx::query_scalar("SELECT status FROM users WHERE user_id = $1")
        .bind(caller.user.0)
        .fetch_optional(&mut *transaction)
        .await?;
    if status.as_deref() != Some("active") {
        return Err(Failure::forbidden("Your account is suspended.").into());
    }
    let query = "UPDATE users SET status = 'suspended', suspended_reason = $2, suspended_until = $3, updated_at = $4
                 WHERE user_id = $1 AND status <> 'deleted'";
    let suspended = sqlx::query(query)
        .bind(user.0)
        .bind(reason)
        .bind(until.map(|until| until.0))
        .bind(now)
        .execute(&mut *transaction)
        .await?;
    if suspended.rows_affected() == 0 {
        return Err(Failure::not_found("user").into());
    }
    let ended = sessions::revoke_all(
        &mut transaction,
        user,
        None,
        "suspended",
        &desk.lifetimes,
        now,
    )
    .await?;
    let event = UserSuspended {
        user_id: user,
        until,
        at: Timestamp(now),
    };
    let item = Item::event(DomainEvent::UserSuspended(event));
    desk.outbox
        .put(&mut transaction, request.trace, item)
        .await?;
    transaction.commit().await?;
    desk.outbox.wake();
    tracing::info!(%user, by = %caller.user, reason, "an account was suspended");
    for ended in ended {
        effects.control(ended.control());
    }
    Ok(Answer::from(()))
}

/// Handles `auth:lift-suspension`. An account that is not suspended stays as it is.
///
/// # Errors
/// `NOT_FOUND` when there is no such account; `FORBIDDEN` for moderators if it is another moderator or an administrator.
pub async fn lift(
    desk: &AuthDesk,
    request: Request<'_>,
    caller: &Caller,
    payload: UserRef,
    now: OffsetDateTime,
) -> Result<Answer<()>, Fault> {
    let user = payload.user_id;
    let mut transaction = desk.postgres.begin().await?;
    may_judge(&mut transaction, caller, user).await?;
    if !reinstate(&mut transaction, user, now).await? {
        return Ok(Answer::from(()));
    }
    let event = UserChanged {
        user_id: user,
        at: Timestamp(now),
    };
    let item = Item::event(DomainEvent::UserReinstated(event));
    desk.outbox
        .put(&mut transaction, request.trace, item)
        .await?;
    transaction.commit().await?;
    desk.outbox.wake();
    tracing::info!(%user, by = %caller.user, "a suspension was lifted");
    Ok(Answer::from(()))
}

/// Makes sure that the caller is an administrator, or that the account is of somebody who looks after nobody else.
async fn may_judge(
    connection: &mut PgConnection,
    caller: &Caller,
    user: UserId,
) -> Result<(), Fault> {
    // Roles are given and taken under the same lock, so what is read here holds.
    sqlx::query("SELECT FROM users WHERE user_id = $1 FOR UPDATE")
        .bind(user.0)
        .execute(&mut *connection)
        .await?;
    if caller.roles.iter().any(|role| role == ROLE_ADMIN) {
        return Ok(());
    }
    let query = "SELECT EXISTS (SELECT FROM user_roles JOIN roles USING (role_id)
                                WHERE user_id = $1 AND name = ANY($2))";
    let is_above: bool = sqlx::query_scalar(query)
        .bind(user.0)
        .bind([ROLE_ADMIN, ROLE_MODERATOR])
        .fetch_one(connection)
        .await?;
    match is_above {
        true => Err(Failure::forbidden(
            "Only an administrator may do this to a moderator or an administrator.",
        )
        .into()),
        false => Ok(()),
    }
}

/// Whether the account was suspended until now.
async fn reinstate(
    connection: &mut PgConnection,
    user: UserId,
    now: OffsetDateTime,
) -> Result<bool, Fault> {
    let query = "SELECT status FROM users WHERE user_id = $1 AND status <> 'deleted' FOR UPDATE";
    let status: Option<String> = sqlx::query_scalar(query)
        .bind(user.0)
        .fetch_optional(&mut *connection)
        .await?;
    let status = status.ok_or_else(|| Failure::not_found("user"))?;
    let query = "UPDATE users SET status = 'active', suspended_reason = NULL, suspended_until = NULL, updated_at = $2
                 WHERE user_id = $1 AND status = 'suspended'";
    sqlx::query(query)
        .bind(user.0)
        .bind(now)
        .execute(connection)
        .await?;
    Ok(status == "suspended")
}
