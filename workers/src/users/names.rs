//! Usernames that nobody may take any more: those of accounts that are gone.

use sha2::{Digest, Sha256};
use sqlx::{PgConnection, PgExecutor};

/// Keeps a username from being taken, without keeping the username.
///
/// # Errors
/// When PostgreSQL fails.
pub async fn reserve(connection: &mut PgConnection, username: &str) -> Result<(), sqlx::Error> {
    let query = "INSERT INTO reserved_usernames (username_hash) VALUES ($1) ON CONFLICT DO NOTHING";
    sqlx::query(query)
        .bind(hash(username))
        .execute(connection)
        .await
        .map(drop)
}

/// Whether a username is kept from being taken.
///
/// # Errors
/// When PostgreSQL fails.
pub async fn is_reserved(
    postgres: impl PgExecutor<'_>,
    username: &str,
) -> Result<bool, sqlx::Error> {
    let query = "SELECT EXISTS (SELECT FROM reserved_usernames WHERE username_hash = $1)";
    sqlx::query_scalar(query)
        .bind(hash(username))
        .fetch_one(postgres)
        .await
}

/// Usernames are ASCII, so their lower case is the same here and in the database.
fn hash(username: &str) -> [u8; 32] {
    Sha256::digest(username.to_ascii_lowercase()).into()
}
