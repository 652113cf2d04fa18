//! Limits wrong passwords per account, for all workers together. What counts is the name that was tried, known or not and
//! without case, so a refusal does not tell whether there is such an account.

use sha2::{Digest, Sha256};
use sqlx::PgPool;
use time::{Duration, OffsetDateTime};
use warren_topology::{
    failure::{ErrorCode, Failure},
    ids::UserId,
};

use crate::{core::Fault, settings::AuthConfig};

/// How many wrong passwords, in how long.
#[derive(Clone, Copy, Debug)]
pub struct Lockout {
    failures: i32,
    window: Duration,
}

/// What was tried to sign in with.
#[derive(Clone, Copy, Debug)]
pub struct Identifier([u8; 32]);

impl Identifier {
    /// An e-mail address or a username.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self(Sha256::digest(text.to_lowercase()).into())
    }

    /// Somebody who is signed in and must show their password again. No name is the same: none begins with this byte.
    #[must_use]
    pub fn account(user: UserId) -> Self {
        let hash = Sha256::new()
            .chain_update([0xff])
            .chain_update(user.0.to_be_bytes());
        Self(hash.finalize().into())
    }
}

impl Lockout {
    /// The configured limit.
    #[must_use]
    pub fn new(config: &AuthConfig) -> Self {
        Self {
            failures: config.lockout_failures.try_into().unwrap_or(i32::MAX),
            window: Duration::seconds(config.lockout_seconds.into()),
        }
    }

    /// How many wrong passwords were tried lately.
    ///
    /// # Errors
    /// `RATE_LIMITED` when they are too many.
    pub async fn check(
        &self,
        postgres: &PgPool,
        identifier: Identifier,
        now: OffsetDateTime,
    ) -> Result<i32, Fault> {
        let query = "SELECT failures, ends_at FROM sign_in_failures WHERE identifier_hash = $1 AND ends_at > $2";
        let known: Option<(i32, OffsetDateTime)> = sqlx::query_as(query)
            .bind(identifier.0)
            .bind(now)
            .fetch_optional(postgres)
            .await?;
        let Some((failures, ends_at)) = known else {
            return Ok(0);
        };
        if failures < self.failures {
            return Ok(failures);
        }
        let minutes = (ends_at - now).whole_seconds() / 60 + 1;
        let message =
            format!("Too many wrong passwords for this account. Try again in {minutes} minutes.");
        Err(Failure::new(ErrorCode::RateLimited, message).into())
    }

    /// Counts a wrong password, and forgets names whose time is over.
    ///
    /// # Errors
    /// When PostgreSQL fails.
    pub async fn count(
        &self,
        postgres: &PgPool,
        identifier: Identifier,
        now: OffsetDateTime,
    ) -> Result<(), sqlx::Error> {
        let query = "INSERT INTO sign_in_failures AS known (identifier_hash, failures, ends_at) VALUES ($1, 1, $3)
                     ON CONFLICT (identifier_hash) DO UPDATE SET
                         failures = CASE WHEN known.ends_at > $2 THEN known.failures + 1 ELSE 1 END,
                         ends_at = CASE WHEN known.ends_at > $2 THEN known.ends_at ELSE $3 END";
        let ends_at = now + self.window;
        sqlx::query(query)
            .bind(identifier.0)
            .bind(now)
            .bind(ends_at)
            .execute(postgres)
            .await?;
        let over = "DELETE FROM sign_in_failures WHERE identifier_hash IN (
                        SELECT identifier_hash FROM sign_in_failures WHERE ends_at <= $1 LIMIT 10 FOR UPDATE SKIP LOCKED)";
        sqlx::query(over).bind(now).execute(postgres).await?;
        Ok(())
    }

    /// Forgets the wrong passwords after a right one.
    ///
    /// # Errors
    /// When PostgreSQL fails.
    pub async fn clear(
        &self,
        postgres: &PgPool,
        identifier: Identifier,
    ) -> Result<(), sqlx::Error> {
        let query = "DELETE FROM sign_in_failures WHERE identifier_hash = $1";
        sqlx::query(query)
            .bind(identifier.0)
            .execute(postgres)
            .await
            .map(drop)
    }
}
