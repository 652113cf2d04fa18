//! `auth:delete-account`: ends an account for good.
//!
//! The row stays, so that what others keep (messages, members of groups) still refers to somebody, but nothing in it says
//! who that was. The e-mail address is free for a new account. The username is not: others remember its owner by it, and
//! nobody shall take that place; only its hash is kept.
//!
//! The other pools learn it from the event `user.deleted` and look after what is theirs: chat shows a deleted user in direct
//! conversations and takes them out of groups, which pass to somebody else if they owned them; notify forgets their
//! notifications.

use sqlx::PgConnection;
use time::OffsetDateTime;
use warren_topology::{
    actions::ROLE_ADMIN,
    envelope::Caller,
    events::{DomainEvent, UserChanged},
    failure::{ErrorCode, Failure},
    ids::UserId,
    payload::{Timestamp, auth::DeleteAccount},
};

use super::{AuthDesk, confirm, cookies, roles, sessions};
use crate::{
    core::{Answer, Effects, Fault, Request, outbox::Item},
    users::names,
};

/// Handles the action. Deleting again changes nothing, and tells the edges again.
///
/// # Errors
/// `FORBIDDEN` when it is somebody else's account and the caller no administrator, or the password is wrong;
/// `INVALID_INPUT` when one's own password is missing; `NOT_FOUND` when there is no such account; `CONFLICT` for the last
/// administrator.
pub async fn handle(
    auth: &AuthDesk,
    request: Request<'_>,
    caller: &Caller,
    payload: DeleteAccount,
    effects: &mut Effects,
    now: OffsetDateTime,
) -> Result<Answer<()>, Fault> {
    let user = payload.user_id;
    let is_own = user == caller.user;
    if !is_own && !caller.roles.iter().any(|role| role == ROLE_ADMIN) {
        return Err(Failure::forbidden("This is somebody else's account.").into());
    }
    let is_done = is_done(auth, user).await?;
    let confirmed = match payload.password {
        Some(password) if is_own && !is_done => {
            Some(confirm::password(auth, user, password, now).await?)
        }
        None if is_own && !is_done => {
            return Err(
                Failure::invalid("password", "must be given to delete one's own account").into(),
            );
        }
        _ => None,
    };
    let mut transaction = auth.postgres.begin().await?;
    if !is_done {
        roles::others_remain(&mut transaction, user).await?;
        anonymise(&mut transaction, user, confirmed, now).await?;
        let event = UserChanged {
            user_id: user,
            at: Timestamp(now),
        };
        let item = Item::event(DomainEvent::UserDeleted(event));
        auth.outbox
            .put(&mut transaction, request.trace, item)
            .await?;
    }
    let ended = sessions::revoke_all(
        &mut transaction,
        user,
        None,
        "deleted",
        &auth.lifetimes,
        now,
    )
    .await?;
    transaction.commit().await?;
    auth.outbox.wake();
    tracing::info!(%user, by = %caller.user, "an account was deleted");
    for ended in ended {
        effects.control(ended.control());
    }
    let answer = Answer::from(());
    Ok(if is_own {
        answer.with_cookies(cookies::clear(auth.cookie_secure))
    } else {
        answer
    })
}

/// Whether the account is gone already.
async fn is_done(auth: &AuthDesk, user: UserId) -> Result<bool, Fault> {
    let query = "SELECT status = 'deleted' FROM users WHERE user_id = $1";
    let is_deleted: Option<bool> = sqlx::query_scalar(query)
        .bind(user.0)
        .fetch_optional(&auth.postgres)
        .await?;
    Ok(is_deleted.ok_or_else(|| Failure::not_found("user"))?)
}

/// Takes out of the database who it was.
async fn anonymise(
    connection: &mut PgConnection,
    user: UserId,
    confirmed: Option<String>,
    now: OffsetDateTime,
) -> Result<(), Fault> {
    let query = "SELECT username FROM users
                 WHERE user_id = $1 AND status <> 'deleted' AND ($2::text IS NULL OR password_hash = $2) FOR UPDATE";
    let username: Option<String> = sqlx::query_scalar(query)
        .bind(user.0)
        .bind(confirmed)
        .fetch_optional(&mut *connection)
        .await?;
    let Some(username) = username else {
        let message = "The account was changed meanwhile. Try again.";
        return Err(Failure::new(ErrorCode::Conflict, message).into());
    };
    names::reserve(connection, &username).await?;
    // Neither can be registered: usernames have no `#`, addresses have an `@`.
    let query = "UPDATE users SET status = 'deleted', username = 'deleted#' || user_id, email = 'deleted#' || user_id,
                     display_name = 'Deleted user', avatar_url = NULL, bio = NULL, password_hash = '',
                     password_changed_by = NULL, suspended_reason = NULL, suspended_until = NULL,
                     roles_changed_at = NULL, updated_at = $2
                 WHERE user_id = $1";
    sqlx::query(query)
        .bind(user.0)
        .bind(now)
        .execute(&mut *connection)
        .await?;
    for query in [
        "DELETE FROM user_roles WHERE user_id = $1",
        "DELETE FROM blocks WHERE user_id = $1 OR blocked_id = $1",
        "DELETE FROM presence WHERE user_id = $1",
        "UPDATE sessions SET address = '', user_agent = '' WHERE user_id = $1",
    ] {
        sqlx::query(query)
            .bind(user.0)
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}
