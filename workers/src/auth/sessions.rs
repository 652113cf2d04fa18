//! Sessions: a device's sign-in, and the refresh tokens that follow one another in it.
//!
//! Each refresh token is good for one use, which gives its successor. Using it again shortly after gives the same successor
//! (two tabs, a lost answer); later it means that somebody else has a copy, and the session ends. What changes a session
//! holds its row's lock, so this is decided once at a time.

use sha2::{Digest, Sha256};
use sqlx::{PgConnection, PgPool, Row};
use time::{Duration, OffsetDateTime};
use uuid::Uuid;
use warren_topology::{envelope::Control, ids::UserId};

use super::tokens::RefreshToken;
use crate::{core::Request, settings::AuthConfig};

/// How long things are good for.
#[derive(Clone, Copy, Debug)]
pub struct Lifetimes {
    /// An access token.
    pub access: Duration,
    /// A refresh token, and so a session that is not used.
    pub refresh: Duration,
    /// A used refresh token, for giving its successor again.
    pub grace: Duration,
}

impl Lifetimes {
    /// As configured.
    #[must_use]
    pub fn new(config: &AuthConfig) -> Self {
        Self {
            access: Duration::seconds(config.access_ttl_seconds.into()),
            refresh: Duration::seconds(config.refresh_ttl_seconds.into()),
            grace: Duration::seconds(config.refresh_grace_seconds.into()),
        }
    }
}

/// A session that goes on, with the refresh token to use next.
pub struct Session {
    /// The claim `sid` of its access tokens.
    pub id: Uuid,
    /// Given to the client, and nowhere stored.
    pub token: RefreshToken,
}

/// A session that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// Whose it was.
    pub user: UserId,
    /// Which.
    pub session: Uuid,
    /// Why: `logout`, `reuse`, `password`, `suspended`, `deleted`.
    pub reason: String,
}

impl Ended {
    /// Tells the edges, which close its sockets and refuse its access tokens.
    #[must_use]
    pub fn control(self) -> Control {
        Control::SessionRevoked {
            user: self.user,
            session: self.session.to_string(),
            reason: self.reason,
        }
    }
}

/// What presenting a refresh token comes to.
pub enum Renewal {
    /// The session goes on.
    Renewed(UserId, Session),
    /// The token is unknown or too old, or its session ended long ago.
    Refused,
    /// The session has ended: now, because the token had been used before, or lately. The edges must be told, perhaps again:
    /// whoever ended it may not have lived to tell.
    Ended(Ended),
}

/// The session that a command begins: when the command is delivered again, the same.
fn id_of(command: &str) -> Uuid {
    let hash = Sha256::digest(format!("session {command}"));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    Uuid::new_v8(bytes)
}

/// Whose session a command has begun, if it was here before.
///
/// # Errors
/// When PostgreSQL fails.
pub async fn begun_by(postgres: &PgPool, command: &str) -> Result<Option<UserId>, sqlx::Error> {
    let query = "SELECT user_id FROM sessions WHERE session_id = $1 AND revoked_at IS NULL";
    let user: Option<i64> = sqlx::query_scalar(query)
        .bind(id_of(command))
        .fetch_optional(postgres)
        .await?;
    Ok(user.map(UserId))
}

/// The sessions that have ended since a time.
///
/// # Errors
/// When PostgreSQL fails.
pub async fn ended_since(
    postgres: &PgPool,
    since: OffsetDateTime,
) -> Result<Vec<Ended>, sqlx::Error> {
    let query = "SELECT session_id, user_id, revoked_reason FROM sessions WHERE revoked_at >= $1";
    let rows = sqlx::query(query).bind(since).fetch_all(postgres).await?;
    let read = |row: &sqlx::postgres::PgRow| {
        Ok(Ended {
            user: UserId(row.try_get("user_id")?),
            session: row.try_get("session_id")?,
            reason: row.try_get("revoked_reason")?,
        })
    };
    rows.iter().map(read).collect()
}

/// Begins a session for a command, and forgets the user's sessions whose last refresh token is too old. A command that is
/// delivered again gets its session again, with another refresh token: nobody may have seen the first.
///
/// # Errors
/// When PostgreSQL fails.
pub async fn begin(
    connection: &mut PgConnection,
    user: UserId,
    request: &Request<'_>,
    lifetimes: &Lifetimes,
    now: OffsetDateTime,
) -> Result<Session, sqlx::Error> {
    let over = "DELETE FROM sessions WHERE user_id = $1 AND last_used_at < $2";
    sqlx::query(over)
        .bind(user.0)
        .bind(now - lifetimes.refresh)
        .execute(&mut *connection)
        .await?;
    let session = Session {
        id: id_of(request.id),
        token: RefreshToken::fresh(),
    };
    let query =
        "INSERT INTO sessions (session_id, user_id, created_at, last_used_at, address, user_agent)
                 VALUES ($1, $2, $3, $3, $4, $5) ON CONFLICT (session_id) DO NOTHING";
    let (address, user_agent) = request
        .origin
        .map_or(("", ""), |origin| (&origin.address, &origin.user_agent));
    sqlx::query(query)
        .bind(session.id)
        .bind(user.0)
        .bind(now)
        .bind(address)
        .bind(user_agent)
        .execute(&mut *connection)
        .await?;
    add_token(connection, &session, lifetimes, now).await?;
    Ok(session)
}

/// Presents a refresh token.
///
/// # Errors
/// When PostgreSQL fails; nothing has changed then.
pub async fn renew(
    postgres: &PgPool,
    token: &RefreshToken,
    lifetimes: &Lifetimes,
    now: OffsetDateTime,
) -> Result<Renewal, sqlx::Error> {
    let mut transaction = postgres.begin().await?;
    let query = "SELECT session_id, user_id, revoked_at, revoked_reason FROM sessions
                 WHERE session_id = (SELECT session_id FROM refresh_tokens WHERE token_hash = $1) FOR UPDATE";
    let Some(row) = sqlx::query(query)
        .bind(token.hash())
        .fetch_optional(&mut *transaction)
        .await?
    else {
        return Ok(Renewal::Refused);
    };
    let (id, user) = (row.try_get("session_id")?, UserId(row.try_get("user_id")?));
    if let Some(at) = row.try_get::<Option<OffsetDateTime>, _>("revoked_at")? {
        // Later no access token is left that an edge could take.
        let is_recent = now < at + lifetimes.access;
        let reason = row.try_get("revoked_reason")?;
        return Ok(if is_recent {
            Renewal::Ended(Ended {
                user,
                session: id,
                reason,
            })
        } else {
            Renewal::Refused
        });
    }
    // Read after the lock, so that what the one before has done is seen.
    let query = "SELECT expires_at, used_at, successor FROM refresh_tokens WHERE token_hash = $1";
    let Some(row) = sqlx::query(query)
        .bind(token.hash())
        .fetch_optional(&mut *transaction)
        .await?
    else {
        return Ok(Renewal::Refused);
    };
    let expires_at: OffsetDateTime = row.try_get("expires_at")?;
    let used_at: Option<OffsetDateTime> = row.try_get("used_at")?;
    let successor: Option<[u8; 32]> = row.try_get("successor")?;
    let renewal = match (used_at, successor) {
        _ if now >= expires_at => Renewal::Refused,
        (None, _) => {
            let session = Session {
                id,
                token: RefreshToken::fresh(),
            };
            replace(&mut transaction, token, &session, lifetimes, now).await?;
            Renewal::Renewed(user, session)
        }
        (Some(used_at), Some(sealed)) if now <= used_at + lifetimes.grace => Renewal::Renewed(
            user,
            Session {
                id,
                token: token.open(sealed),
            },
        ),
        (Some(_), _) => match revoke(&mut transaction, id, "reuse", now).await? {
            Some(ended) => Renewal::Ended(ended),
            None => Renewal::Refused,
        },
    };
    transaction.commit().await?;
    Ok(renewal)
}

/// Ends a session. Ending it again changes nothing, and says how it ended. `None` if there is none.
///
/// # Errors
/// When PostgreSQL fails.
pub async fn revoke(
    connection: &mut PgConnection,
    session: Uuid,
    reason: &str,
    now: OffsetDateTime,
) -> Result<Option<Ended>, sqlx::Error> {
    let query = "UPDATE sessions SET revoked_at = COALESCE(revoked_at, $2), revoked_reason = COALESCE(revoked_reason, $3)
                 WHERE session_id = $1 RETURNING user_id, revoked_reason";
    let row = sqlx::query(query)
        .bind(session)
        .bind(now)
        .bind(reason)
        .fetch_optional(connection)
        .await?;
    row.map(|row| {
        Ok(Ended {
            user: UserId(row.try_get("user_id")?),
            session,
            reason: row.try_get("revoked_reason")?,
        })
    })
    .transpose()
}

/// Ends all sessions of a user but one, and says so again of those that have ended for this reason lately: whoever ended
/// them may not have lived to tell.
///
/// # Errors
/// When PostgreSQL fails.
pub async fn revoke_all(
    connection: &mut PgConnection,
    user: UserId,
    except: Option<Uuid>,
    reason: &str,
    lifetimes: &Lifetimes,
    now: OffsetDateTime,
) -> Result<Vec<Ended>, sqlx::Error> {
    let query = "UPDATE sessions SET revoked_at = $3, revoked_reason = $4
                 WHERE user_id = $1 AND session_id IS DISTINCT FROM $2 AND revoked_at IS NULL";
    sqlx::query(query)
        .bind(user.0)
        .bind(except)
        .bind(now)
        .bind(reason)
        .execute(&mut *connection)
        .await?;
    let query = "SELECT session_id FROM sessions
                 WHERE user_id = $1 AND session_id IS DISTINCT FROM $2 AND revoked_at >= $3 AND revoked_reason = $4";
    let sessions: Vec<Uuid> = sqlx::query_scalar(query)
        .bind(user.0)
        .bind(except)
        .bind(now - lifetimes.access)
        .bind(reason)
        .fetch_all(connection)
        .await?;
    let ended = |session| Ended {
        user,
        session,
        reason: reason.to_owned(),
    };
    Ok(sessions.into_iter().map(ended).collect())
}

/// The session of a refresh token, used or not.
///
/// # Errors
/// When PostgreSQL fails.
pub async fn find(postgres: &PgPool, token: &RefreshToken) -> Result<Option<Uuid>, sqlx::Error> {
    let query = "SELECT session_id FROM refresh_tokens WHERE token_hash = $1";
    sqlx::query_scalar(query)
        .bind(token.hash())
        .fetch_optional(postgres)
        .await
}

/// Marks a token as used, puts the session's next one in its place, and forgets those too old to be presented.
async fn replace(
    connection: &mut PgConnection,
    token: &RefreshToken,
    session: &Session,
    lifetimes: &Lifetimes,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let used = "UPDATE refresh_tokens SET used_at = $2, successor = $3 WHERE token_hash = $1";
    let sealed = token.seal(&session.token);
    sqlx::query(used)
        .bind(token.hash())
        .bind(now)
        .bind(sealed)
        .execute(&mut *connection)
        .await?;
    let over = "DELETE FROM refresh_tokens WHERE session_id = $1 AND expires_at <= $2";
    sqlx::query(over)
        .bind(session.id)
        .bind(now)
        .execute(&mut *connection)
        .await?;
    let seen = "UPDATE sessions SET last_used_at = $2 WHERE session_id = $1";
    sqlx::query(seen)
        .bind(session.id)
        .bind(now)
        .execute(&mut *connection)
        .await?;
    add_token(connection, session, lifetimes, now).await
}

async fn add_token(
    connection: &mut PgConnection,
    session: &Session,
    lifetimes: &Lifetimes,
    now: OffsetDateTime,
) -> Result<(), sqlx::Error> {
    let query = "INSERT INTO refresh_tokens (token_hash, session_id, created_at, expires_at) VALUES ($1, $2, $3, $4)";
    sqlx::query(query)
        .bind(session.token.hash())
        .bind(session.id)
        .bind(now)
        .bind(now + lifetimes.refresh)
        .execute(connection)
        .await
        .map(drop)
}
