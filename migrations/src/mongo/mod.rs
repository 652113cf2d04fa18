//! MongoDB: migrations in Rust.
//!
//! - [`chat`], [`notify`]: the migrations of the two databases, with the shapes of their documents.
//! - `collection`: making collections with validators and indexes, so that doing it twice changes nothing.
//! - `lock`: one run at a time.

mod blocks;
pub mod chat;
mod collection;
mod files;
mod lock;
pub mod notify;
mod search;

use std::{collections::BTreeMap, time::Duration};

use futures_util::{TryStreamExt, future::BoxFuture};
use mongodb::{
    Client, Collection, Database,
    bson::{DateTime, doc},
    options::{ClientOptions, WriteConcern},
};
use serde::{Deserialize, Serialize};

use crate::status::{Entry, State};

/// The collection that records what is applied.
pub const RECORDS: &str = "migrations";
/// How long to look for a server that takes writes.
const SERVER_SELECTION_TIMEOUT: Duration = Duration::from_secs(10);

/// The migrations of the database of conversations.
pub const CHAT: Set = Set {
    section: "chat",
    migrations: chat::MIGRATIONS,
};
/// The migrations of the database of notifications.
pub const NOTIFY: Set = Set {
    section: "notify",
    migrations: notify::MIGRATIONS,
};

/// The migrations of one database.
#[derive(Clone, Copy, Debug)]
pub struct Set {
    /// The section that names the database. Records carry it, so that two sets can share a database.
    section: &'static str,
    migrations: &'static [Migration],
}

type Step = for<'a> fn(&'a Database) -> BoxFuture<'a, mongodb::error::Result<()>>;

/// One change and the way back. Both must cope with having been done before, in part or in whole.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// From 1, without gaps.
    version: i64,
    name: &'static str,
    up: Step,
    down: Step,
}

/// Why a MongoDB database was not changed.
#[derive(Debug, thiserror::Error)]
pub enum MongoError {
    /// The server was not reached or refused.
    #[error("MongoDB failed")]
    Mongo(#[from] mongodb::error::Error),
    /// The URL has no path.
    #[error("{section}.database_url names no database: end it with /name")]
    DatabaseName {
        /// The section.
        section: &'static str,
    },
    /// A migration is applied that this version does not know.
    #[error(
        "migration {version} ({name}) is applied, but this version does not know it: use a newer one"
    )]
    Newer {
        /// Its number.
        version: i64,
        /// What it is about.
        name: String,
    },
    /// Another run holds the lock and does not let go.
    #[error("another run (lock {owner}) is changing this database and has not ended in time")]
    Locked {
        /// Who.
        owner: String,
    },
    /// Another run took the lock, because this one was silent for too long.
    #[error("another run took the lock away from this one, which was silent for too long")]
    LockLost,
}

/// A migration that is applied, in the collection [`RECORDS`].
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Record {
    /// `chat.0001`
    #[serde(rename = "_id")]
    id: String,
    section: String,
    version: i64,
    name: String,
    applied_at: DateTime,
}

impl Record {
    fn id(set: Set, version: i64) -> String {
        format!("{}.{version:04}", set.section)
    }
}

/// Changes one MongoDB database.
#[derive(Clone, Debug)]
pub struct MongoMigrator {
    set: Set,
    database: Database,
}

impl MongoMigrator {
    /// Prepares to change the database that the URL's path names. The server is not asked yet.
    ///
    /// # Errors
    /// [`MongoError::DatabaseName`], and when the URL is malformed.
    pub async fn connect(set: Set, url: &str) -> Result<Self, MongoError> {
        let mut options = ClientOptions::parse(url).await?;
        let name = options
            .default_database
            .clone()
            .ok_or(MongoError::DatabaseName {
                section: set.section,
            })?;
        options
            .app_name
            .get_or_insert_with(|| "warren-migrate".to_owned());
        options
            .server_selection_timeout
            .get_or_insert(SERVER_SELECTION_TIMEOUT);
        options.write_concern = Some(WriteConcern::majority());
        let database = Client::with_options(options)?.database(&name);
        Ok(Self { set, database })
    }

    /// Applies what is pending.
    ///
    /// # Errors
    /// When the server fails, another run holds the lock, or a migration is applied that this version does not know.
    pub async fn up(&self) -> Result<(), MongoError> {
        lock::with(&self.database, async {
            let applied = self.known().await?;
            for migration in self.set.migrations {
                if !applied.contains_key(&migration.version) {
                    self.apply(migration).await?;
                }
            }
            Ok(())
        })
        .await
    }

    /// Takes the last `steps` applied migrations back.
    ///
    /// # Errors
    /// As [`MongoMigrator::up`].
    pub async fn down(&self, steps: usize) -> Result<(), MongoError> {
        lock::with(&self.database, async {
            let applied = self.known().await?;
            let is_applied = |migration: &&Migration| applied.contains_key(&migration.version);
            for migration in self
                .set
                .migrations
                .iter()
                .rev()
                .filter(is_applied)
                .take(steps)
            {
                tracing::info!(
                    database = self.set.section,
                    migration = migration.name,
                    "taking back"
                );
                (migration.down)(&self.database).await?;
                self.records()
                    .delete_one(doc! { "_id": Record::id(self.set, migration.version) })
                    .await?;
            }
            Ok(())
        })
        .await
    }

    /// All migrations, known or applied, in their order.
    ///
    /// # Errors
    /// When the server fails.
    pub async fn status(&self) -> Result<Vec<Entry>, MongoError> {
        let mut applied = self.applied().await?;
        let entry = |version, name: &str, state| Entry {
            database: self.set.section,
            version,
            name: name.to_owned(),
            state,
        };
        let mut entries: Vec<Entry> = Vec::new();
        for migration in self.set.migrations {
            let state = applied
                .remove(&migration.version)
                .map_or(State::Pending, |record| {
                    // Never fails for a time that MongoDB stores as the present.
                    State::Applied(
                        record
                            .applied_at
                            .try_to_rfc3339_string()
                            .unwrap_or_default(),
                    )
                });
            entries.push(entry(migration.version, migration.name, state));
        }
        entries.extend(
            applied
                .values()
                .map(|record| entry(record.version, &record.name, State::Unknown)),
        );
        Ok(entries)
    }

    async fn apply(&self, migration: &Migration) -> Result<(), MongoError> {
        tracing::info!(
            database = self.set.section,
            migration = migration.name,
            "applying"
        );
        (migration.up)(&self.database).await?;
        let record = Record {
            id: Record::id(self.set, migration.version),
            section: self.set.section.to_owned(),
            version: migration.version,
            name: migration.name.to_owned(),
            applied_at: DateTime::now(),
        };
        self.records().insert_one(record).await?;
        Ok(())
    }

    /// What is applied, if this version knows all of it.
    async fn known(&self) -> Result<BTreeMap<i64, Record>, MongoError> {
        let applied = self.applied().await?;
        let is_known = |version: &i64| {
            self.set
                .migrations
                .iter()
                .any(|migration| migration.version == *version)
        };
        match applied.values().find(|record| !is_known(&record.version)) {
            Some(record) => Err(MongoError::Newer {
                version: record.version,
                name: record.name.clone(),
            }),
            None => Ok(applied),
        }
    }

    async fn applied(&self) -> Result<BTreeMap<i64, Record>, MongoError> {
        let records = self
            .records()
            .find(doc! { "section": self.set.section })
            .await?;
        let records: Vec<Record> = records.try_collect().await?;
        Ok(records
            .into_iter()
            .map(|record| (record.version, record))
            .collect())
    }

    fn records(&self) -> Collection<Record> {
        self.database.collection(RECORDS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn migrations_count_from_one_without_gaps() {
        for set in [CHAT, NOTIFY] {
            let versions: Vec<i64> = set
                .migrations
                .iter()
                .map(|migration| migration.version)
                .collect();
            let count = versions.len() as i64;
            assert_eq!(versions, (1..=count).collect::<Vec<_>>(), "{}", set.section);
        }
    }
}
