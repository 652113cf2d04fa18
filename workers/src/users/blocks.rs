//! `user:blocks`: whom the caller has blocked.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sqlx::{PgPool, Row, postgres::PgRow};
use time::OffsetDateTime;
use warren_topology::{
    failure::Failure,
    ids::UserId,
    payload::{DEFAULT_LIMIT, Page, Paging, Timestamp, users::Blocked},
};

use super::directory::public_user;
use crate::core::{Answer, Fault};

const QUERY: &str = "
    SELECT users.user_id, username, display_name, avatar_url, users.created_at, blocks.created_at AS blocked_at
    FROM blocks JOIN users ON users.user_id = blocked_id
    WHERE blocks.user_id = $1 AND ($2::timestamptz IS NULL OR (blocks.created_at, blocked_id) < ($2, $3))
    ORDER BY blocks.created_at DESC, blocked_id DESC LIMIT $4";

/// Handles the action.
///
/// # Errors
/// `INVALID_INPUT` for a cursor that is none.
pub async fn handle(
    postgres: &PgPool,
    caller: UserId,
    payload: Paging,
) -> Result<Answer<Page<Blocked>>, Fault> {
    let after = match payload.cursor.as_deref() {
        Some(text) => Some(
            parse(text)
                .ok_or_else(|| Failure::invalid("cursor", "must be the nextCursor of a page"))?,
        ),
        None => None,
    };
    let limit = payload.limit.unwrap_or(DEFAULT_LIMIT) as usize;
    let mut rows = sqlx::query(QUERY)
        .bind(caller.0)
        .bind(after.map(|(at, _)| at))
        .bind(after.map(|(_, user)| user))
        .bind(limit as i64 + 1)
        .fetch_all(postgres)
        .await?;
    let is_more = rows.len() > limit;
    rows.truncate(limit);
    let next_cursor = match rows.last() {
        Some(last) if is_more => Some(place(last)?),
        _ => None,
    };
    let blocked = |row: &PgRow| {
        Ok(Blocked {
            user: public_user(row)?,
            blocked_at: Timestamp(row.try_get("blocked_at")?),
        })
    };
    let items = rows
        .iter()
        .map(blocked)
        .collect::<Result<_, sqlx::Error>>()?;
    Ok(Page { items, next_cursor }.into())
}

/// A place in the list, opaque to clients.
fn place(row: &PgRow) -> Result<String, sqlx::Error> {
    let (at, user): (OffsetDateTime, i64) = (row.try_get("blocked_at")?, row.try_get("user_id")?);
    Ok(BASE64_URL_SAFE_NO_PAD.encode(format!("{}:{user}", at.unix_timestamp_nanos())))
}

fn parse(text: &str) -> Option<(OffsetDateTime, i64)> {
    let text = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
    let (at, user) = text.split_once(':')?;
    let at = OffsetDateTime::from_unix_timestamp_nanos(at.parse().ok()?).ok()?;
    // PostgreSQL knows no earlier ones.
    let at = Some(at).filter(|at| at.year() > 0)?;
    Some((at, user.parse().ok()?))
}
