//! What was told of whom, in PostgreSQL.

use std::collections::HashSet;

use sqlx::PgConnection;
use time::OffsetDateTime;
use warren_topology::ids::UserId;

use super::tracker::Change;

/// What the lock of the leader is called: any number that nothing else in this database uses.
const LEADER: i64 = 0x7761_7272_656e_0001;

/// Takes the lead, if nobody has it. It is kept until the connection ends.
///
/// # Errors
/// When PostgreSQL fails.
pub async fn lead(connection: &mut PgConnection) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar("SELECT pg_try_advisory_lock($1)")
        .bind(LEADER)
        .fetch_one(connection)
        .await
}

/// Everybody who was told to be there.
///
/// # Errors
/// When PostgreSQL fails.
pub async fn told(connection: &mut PgConnection) -> Result<Vec<UserId>, sqlx::Error> {
    let users: Vec<i64> = sqlx::query_scalar("SELECT user_id FROM presence WHERE online")
        .fetch_all(connection)
        .await?;
    Ok(users.into_iter().map(UserId).collect())
}

/// Stores changes, all at once. Accounts that are gone have no presence.
///
/// # Errors
/// When PostgreSQL fails.
pub async fn save(connection: &mut PgConnection, changes: &[Change]) -> Result<(), sqlx::Error> {
    let users: Vec<i64> = changes.iter().map(|change| change.user.0).collect();
    let online: Vec<bool> = changes.iter().map(|change| change.online).collect();
    let since: Vec<OffsetDateTime> = changes.iter().map(|change| change.since.0).collect();
    let query = "INSERT INTO presence (user_id, online, since)
                 SELECT user_id, online, since FROM unnest($1::bigint[], $2::boolean[], $3::timestamptz[])
                     AS change (user_id, online, since)
                 JOIN users USING (user_id) WHERE status <> 'deleted'
                 ON CONFLICT (user_id) DO UPDATE SET online = excluded.online, since = excluded.since";
    sqlx::query(query)
        .bind(users)
        .bind(online)
        .bind(since)
        .execute(connection)
        .await
        .map(drop)
}

/// The pairs between which there is a block, of these people and anybody, whoever blocks.
///
/// # Errors
/// When PostgreSQL fails.
pub async fn blocked(
    connection: &mut PgConnection,
    users: &[UserId],
) -> Result<HashSet<(UserId, UserId)>, sqlx::Error> {
    let users: Vec<i64> = users.iter().map(|user| user.0).collect();
    let query = "SELECT user_id, blocked_id FROM blocks WHERE user_id = ANY($1)
                 UNION SELECT blocked_id, user_id FROM blocks WHERE blocked_id = ANY($1)";
    let pairs: Vec<(i64, i64)> = sqlx::query_as(query)
        .bind(users)
        .fetch_all(connection)
        .await?;
    let pairs = pairs
        .into_iter()
        .map(|(one, other)| (UserId(one), UserId(other)));
    Ok(pairs.collect())
}
