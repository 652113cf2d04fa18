//! PostgreSQL: applies the embedded `postgres/*.sql`.

use std::collections::HashMap;

use sqlx::{
    AssertSqlSafe, Connection, PgConnection,
    migrate::{Migrate, MigrateError, Migrator},
};
use time::{OffsetDateTime, UtcOffset, format_description::well_known::Rfc3339};

use crate::status::{Entry, State};

/// The section that names this database.
pub const DATABASE: &str = "users";

static MIGRATOR: Migrator = sqlx::migrate!("./postgres");

/// Changes one PostgreSQL database, over a connection of its own. sqlx takes an advisory lock for each run.
#[derive(Debug)]
pub struct PostgresMigrator {
    connection: PgConnection,
}

impl PostgresMigrator {
    /// Connects to the database of a URL.
    ///
    /// # Errors
    /// When it is not reached or refuses.
    pub async fn connect(url: &str) -> Result<Self, MigrateError> {
        Ok(Self {
            connection: PgConnection::connect(url).await?,
        })
    }

    /// Applies what is pending.
    ///
    /// # Errors
    /// When the database fails, an applied migration was edited, or one is applied that this version does not know.
    pub async fn up(&mut self) -> Result<(), MigrateError> {
        let result = MIGRATOR.run_direct(None, &mut self.connection, false).await;
        self.released(result).await
    }

    /// Takes the last `steps` applied migrations back.
    ///
    /// # Errors
    /// As [`PostgresMigrator::up`].
    pub async fn down(&mut self, steps: usize) -> Result<(), MigrateError> {
        let mut applied: Vec<i64> = self.applied().await?.into_keys().collect();
        applied.sort_unstable();
        let kept = applied.len().saturating_sub(steps);
        let target = kept
            .checked_sub(1)
            .and_then(|last| applied.get(last))
            .copied();
        // Below 0 is nothing: migrations count from 1.
        let result = MIGRATOR
            .undo(&mut self.connection, target.unwrap_or(0))
            .await;
        self.released(result).await
    }

    /// sqlx keeps its lock when a run fails; the next one would wait for as long as this connection lasts.
    async fn released(&mut self, result: Result<(), MigrateError>) -> Result<(), MigrateError> {
        if result.is_err() {
            // If this fails too, the connection is gone, and the lock with it.
            let _unlocked = self.connection.unlock().await;
        }
        result
    }

    /// All migrations, known or applied, in their order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn status(&mut self) -> Result<Vec<Entry>, MigrateError> {
        let mut applied = self.applied().await?;
        let mut entries = Vec::new();
        for migration in MIGRATOR
            .iter()
            .filter(|migration| migration.migration_type.is_up_migration())
        {
            let state = match applied.remove(&migration.version) {
                None => State::Pending,
                Some(found) if found.checksum != *migration.checksum => State::Changed,
                Some(found) => State::Applied(rfc3339(found.at)),
            };
            let name = migration.description.to_string();
            entries.push(Entry {
                database: DATABASE,
                version: migration.version,
                name,
                state,
            });
        }
        entries.extend(applied.into_iter().map(|(version, found)| Entry {
            database: DATABASE,
            version,
            name: found.name,
            state: State::Unknown,
        }));
        entries.sort_by_key(|entry| entry.version);
        Ok(entries)
    }

    async fn applied(&mut self) -> Result<HashMap<i64, Applied>, MigrateError> {
        let table = &MIGRATOR.table_name;
        let exists = sqlx::query_scalar("SELECT to_regclass($1) IS NOT NULL").bind(&**table);
        if !exists.fetch_one(&mut self.connection).await? {
            return Ok(HashMap::new());
        }
        let query = format!("SELECT version, description, installed_on, checksum FROM {table}");
        let rows: Vec<(i64, String, OffsetDateTime, Vec<u8>)> =
            sqlx::query_as(AssertSqlSafe(query))
                .fetch_all(&mut self.connection)
                .await?;
        let applied = |(version, name, at, checksum)| (version, Applied { name, at, checksum });
        Ok(rows.into_iter().map(applied).collect())
    }
}

struct Applied {
    name: String,
    at: OffsetDateTime,
    checksum: Vec<u8>,
}

fn rfc3339(at: OffsetDateTime) -> String {
    let at = at.to_offset(UtcOffset::UTC).truncate_to_second();
    at.format(&Rfc3339).unwrap_or_else(|_| at.to_string())
}
