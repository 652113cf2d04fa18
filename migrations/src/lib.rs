//! The databases of Warren and how they change: numbered migrations, each with a way back.
//!
//! # Layout
//!
//! - `postgres/NNNN_name.up.sql`, `.down.sql`: accounts, sessions, blocks (section `[users]`).
//! - [`postgres`]: applies those, with sqlx, which keeps its record in `_sqlx_migrations`.
//! - [`mongo`]: conversations and messages (`[chat]`), notifications (`[notify]`); migrations in Rust, recorded in the
//!   collection `migrations`, with the shapes of all documents.
//! - [`status`]: what is applied and what is not.
//! - [`settings`]: what `warren-migrate` needs to know.
//!
//! Migrations are backward compatible: first one that adds (applied before the new processes start), later one that
//! takes away (once no old process runs). An applied migration is never edited. Every run holds a lock, so runs may
//! coincide; a run that broke off is continued by the next.

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a failing test may panic"))]

pub mod mongo;
pub mod postgres;
pub mod settings;
pub mod status;

pub use mongo::{MongoError, MongoMigrator};
pub use postgres::PostgresMigrator;

/// Brings a PostgreSQL database up to date.
///
/// # Errors
/// When the database is not reached, refuses, or has migrations that this version does not know.
pub async fn migrate_postgres(url: &str) -> Result<(), sqlx::migrate::MigrateError> {
    PostgresMigrator::connect(url).await?.up().await
}

/// Brings the MongoDB database of conversations up to date; its name is the path of the URL.
///
/// # Errors
/// As [`MongoMigrator::up`], and when the URL names no database.
pub async fn migrate_chat(url: &str) -> Result<(), MongoError> {
    MongoMigrator::connect(mongo::CHAT, url).await?.up().await
}

/// Brings the MongoDB database of notifications up to date; its name is the path of the URL.
///
/// # Errors
/// As [`MongoMigrator::up`], and when the URL names no database.
pub async fn migrate_notify(url: &str) -> Result<(), MongoError> {
    MongoMigrator::connect(mongo::NOTIFY, url).await?.up().await
}

/// Brings both MongoDB databases up to date; they may be the same one.
///
/// # Errors
/// As [`migrate_chat`].
pub async fn migrate_mongo(chat_url: &str, notify_url: &str) -> Result<(), MongoError> {
    migrate_chat(chat_url).await?;
    migrate_notify(notify_url).await
}
