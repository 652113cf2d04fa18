//! `auth:end-session`: signs one of the caller's devices out.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;
use warren_topology::{envelope::Caller, failure::Failure, ids::UserId, payload::auth::SessionRef};

use super::{AuthDesk, cookies, sessions};
use crate::core::{Answer, Effects, Fault};

/// Handles the action. Ending a session again changes nothing.
///
/// # Errors
/// `NOT_FOUND` when the session is not the caller's.
pub async fn handle(
    auth: &AuthDesk,
    caller: &Caller,
    payload: SessionRef,
    effects: &mut Effects,
    now: OffsetDateTime,
) -> Result<Answer<()>, Fault> {
    let not_found = || Failure::not_found("session");
    let session = Uuid::parse_str(&payload.session_id).map_err(|_| not_found())?;
    let mut connection = auth.postgres.acquire().await?;
    if !is_own(&mut connection, caller.user, session).await? {
        return Err(not_found().into());
    }
    let ended = sessions::revoke(&mut connection, session, "logout", now).await?;
    effects.control(ended.ok_or_else(not_found)?.control());
    let answer = Answer::from(());
    Ok(if caller.session == session.to_string() {
        answer.with_cookies(cookies::clear(auth.cookie_secure))
    } else {
        answer
    })
}

async fn is_own(
    connection: &mut PgConnection,
    user: UserId,
    session: Uuid,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar(
        "SELECT EXISTS (SELECT FROM sessions WHERE session_id = $1 AND user_id = $2)",
    )
    .bind(session)
    .bind(user.0)
    .fetch_one(connection)
    .await
}
