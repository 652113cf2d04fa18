//! `auth:grant-role` and `auth:withdraw-role`: what somebody may do. It holds at once, on open sockets and for tokens that
//! name other roles: every edge is told.

use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use warren_topology::{
    actions::ROLE_ADMIN,
    envelope::Control,
    events::UserRoles,
    failure::{ErrorCode, Failure},
    ids::UserId,
    payload::auth::{RoleRef, Roles},
};

use super::AuthDesk;
use crate::core::{Answer, Effects, Fault};

/// What happens to a role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// It is given.
    Grant,
    /// It is taken.
    Withdraw,
}

/// Handles both actions. Doing it again changes nothing, and tells the edges again.
///
/// # Errors
/// `NOT_FOUND` when there is no such account; `CONFLICT` when nobody would be an administrator any more.
pub async fn handle(
    auth: &AuthDesk,
    payload: RoleRef,
    change: Change,
    effects: &mut Effects,
) -> Result<Answer<Roles>, Fault> {
    let user = payload.user_id;
    let control = set(&auth.postgres, user, payload.role.as_str(), change).await?;
    let Control::RolesChanged { roles, at, .. } = &control else {
        return Err(Fault::Broken("roles that have not changed".into()));
    };
    let roles = roles.clone();
    tracing::info!(%user, ?roles, "roles were set");
    let event = UserRoles {
        roles: roles.clone(),
    };
    effects.push(vec![user], &event, format!("roles:{user}:{at}"));
    effects.control(control);
    Ok(Roles {
        user_id: user,
        roles,
    }
    .into())
}

/// Gives or takes a role; what the edges must be told.
///
/// # Errors
/// As [`handle`].
pub async fn set(
    postgres: &PgPool,
    user: UserId,
    role: &str,
    change: Change,
) -> Result<Control, Fault> {
    let mut transaction = postgres.begin().await?;
    // One change of this account at a time: of two the later one is the one that edges hear of last.
    let query = "SELECT user_id FROM users WHERE user_id = $1 AND status <> 'deleted' FOR UPDATE";
    let known: Option<i64> = sqlx::query_scalar(query)
        .bind(user.0)
        .fetch_optional(&mut *transaction)
        .await?;
    known.ok_or_else(|| Failure::not_found("user"))?;
    if change == Change::Withdraw && role == ROLE_ADMIN {
        others_remain(&mut transaction, user).await?;
    }
    let query = match change {
        Change::Grant => {
            "INSERT INTO user_roles (user_id, role_id) SELECT $1, role_id FROM roles WHERE name = $2
             ON CONFLICT DO NOTHING"
        }
        Change::Withdraw => {
            "DELETE FROM user_roles USING roles
             WHERE user_roles.role_id = roles.role_id AND user_id = $1 AND name = $2"
        }
    };
    sqlx::query(query)
        .bind(user.0)
        .bind(role)
        .execute(&mut *transaction)
        .await?;
    // The database's clock, and later than the time before: workers' clocks differ.
    let query = "UPDATE users SET roles_changed_at =
                     GREATEST(clock_timestamp(), roles_changed_at + interval '1 millisecond')
                 WHERE user_id = $1 RETURNING roles_changed_at,
                     ARRAY(SELECT name FROM user_roles JOIN roles USING (role_id)
                           WHERE user_roles.user_id = users.user_id ORDER BY name) AS roles";
    let (at, roles): (OffsetDateTime, Vec<String>) = sqlx::query_as(query)
        .bind(user.0)
        .fetch_one(&mut *transaction)
        .await?;
    transaction.commit().await?;
    Ok(changed(user, roles, at))
}

fn changed(user: UserId, roles: Vec<String>, at: OffsetDateTime) -> Control {
    let at = (at.unix_timestamp_nanos() / 1_000_000) as i64;
    Control::RolesChanged { user, roles, at }
}

/// The roles that have changed since a time.
///
/// # Errors
/// When PostgreSQL fails.
pub async fn changed_since(
    postgres: &PgPool,
    since: OffsetDateTime,
) -> Result<Vec<Control>, sqlx::Error> {
    let query = "SELECT user_id, roles_changed_at,
                        ARRAY(SELECT name FROM user_roles JOIN roles USING (role_id)
                              WHERE user_roles.user_id = users.user_id ORDER BY name)
                 FROM users WHERE roles_changed_at >= $1";
    let rows: Vec<(i64, OffsetDateTime, Vec<String>)> = sqlx::query_as(query)
        .bind(since)
        .fetch_all(postgres)
        .await?;
    let control = |(user, at, roles)| changed(UserId(user), roles, at);
    Ok(rows.into_iter().map(control).collect())
}

/// Makes sure that somebody besides this user is an administrator, until the end of the transaction.
///
/// # Errors
/// `CONFLICT` when nobody is.
pub async fn others_remain(connection: &mut PgConnection, user: UserId) -> Result<(), Fault> {
    // Two administrators who go at once go one after the other.
    sqlx::query("SELECT FROM roles WHERE name = $1 FOR UPDATE")
        .bind(ROLE_ADMIN)
        .execute(&mut *connection)
        .await?;
    let query = "SELECT COALESCE(bool_or(user_id = $1), false),
                        COALESCE(bool_or(user_id <> $1 AND status = 'active'), false)
                 FROM user_roles JOIN roles USING (role_id) JOIN users USING (user_id)
                 WHERE name = $2";
    let (is_one, others): (bool, bool) = sqlx::query_as(query)
        .bind(user.0)
        .bind(ROLE_ADMIN)
        .fetch_one(connection)
        .await?;
    if is_one && !others {
        let message = "This is the last administrator. Make somebody else one first.";
        return Err(Failure::new(ErrorCode::Conflict, message).into());
    }
    Ok(())
}
