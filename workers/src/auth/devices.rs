//! `auth:sessions`: the devices on which the caller is signed in.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sqlx::{Row, postgres::PgRow};
use time::OffsetDateTime;
use uuid::Uuid;
use warren_topology::{
    envelope::Caller,
    failure::Failure,
    payload::{DEFAULT_LIMIT, Page, Paging, Timestamp, auth::DeviceSession},
};

use super::AuthDesk;
use crate::core::{Answer, Fault};

/// Sessions that go on. The latest ones come first; two used at the same time are told apart by their ids.
const QUERY: &str = "
    SELECT session_id, user_agent, address, created_at, last_used_at FROM sessions
    WHERE user_id = $1 AND revoked_at IS NULL AND last_used_at > $2
      AND ($3::timestamptz IS NULL OR (last_used_at, session_id) < ($3, $4))
    ORDER BY last_used_at DESC, session_id DESC LIMIT $5";

/// Handles the action.
///
/// # Errors
/// `INVALID_INPUT` for a cursor that is none.
pub async fn handle(
    auth: &AuthDesk,
    caller: &Caller,
    payload: Paging,
    now: OffsetDateTime,
) -> Result<Answer<Page<DeviceSession>>, Fault> {
    let after = match payload.cursor.as_deref() {
        Some(text) => Some(
            parse(text)
                .ok_or_else(|| Failure::invalid("cursor", "must be the nextCursor of a page"))?,
        ),
        None => None,
    };
    let limit = payload.limit.unwrap_or(DEFAULT_LIMIT) as usize;
    let mut rows = sqlx::query(QUERY)
        .bind(caller.user.0)
        .bind(now - auth.lifetimes.refresh)
        .bind(after.map(|(at, _)| at))
        .bind(after.map(|(_, id)| id))
        .bind(limit as i64 + 1)
        .fetch_all(&auth.postgres)
        .await?;
    let is_more = rows.len() > limit;
    rows.truncate(limit);
    let next_cursor = match rows.last() {
        Some(last) if is_more => Some(place(last)?),
        _ => None,
    };
    let current = Uuid::parse_str(&caller.session).ok();
    let items = rows
        .iter()
        .map(|row| device(row, current))
        .collect::<Result<_, _>>()?;
    Ok(Page { items, next_cursor }.into())
}

fn device(row: &PgRow, current: Option<Uuid>) -> Result<DeviceSession, sqlx::Error> {
    let id: Uuid = row.try_get("session_id")?;
    Ok(DeviceSession {
        id: id.to_string(),
        user_agent: row.try_get("user_agent")?,
        address: row.try_get("address")?,
        created_at: Timestamp(row.try_get("created_at")?),
        last_used_at: Timestamp(row.try_get("last_used_at")?),
        current: Some(id) == current,
    })
}

/// A place in the list, opaque to clients.
fn place(row: &PgRow) -> Result<String, sqlx::Error> {
    let at: OffsetDateTime = row.try_get("last_used_at")?;
    let id: Uuid = row.try_get("session_id")?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(format!("{}:{id}", at.unix_timestamp_nanos())))
}

fn parse(text: &str) -> Option<(OffsetDateTime, Uuid)> {
    let text = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
    let (at, id) = text.split_once(':')?;
    let at = OffsetDateTime::from_unix_timestamp_nanos(at.parse().ok()?).ok()?;
    // PostgreSQL knows no earlier ones.
    let at = Some(at).filter(|at| at.year() > 0)?;
    Some((at, id.parse().ok()?))
}
