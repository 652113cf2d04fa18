//! The settings of a worker: one structure per section, defaults in `default.toml`.

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::Deserialize;
use warren_runtime::config::{self, Check, ConfigError, LogConfig, Problems, Secret};
use warren_storage::StorageConfig;
use warren_topology::{actions::Pool, broker::BrokerConfig};

use crate::chat::turn::Rules;

/// The defaults, documented.
pub const DEFAULTS: &str = include_str!("default.toml");

/// Everything a worker can be told.
#[derive(Clone, Debug, Deserialize)]
pub struct Settings {
    /// Logs.
    pub log: LogConfig,
    /// RabbitMQ.
    pub broker: BrokerConfig,
    /// The worker process.
    pub worker: WorkerConfig,
    /// Accounts and tokens.
    pub auth: AuthConfig,
    /// PostgreSQL.
    pub users: UsersConfig,
    /// Conversations, in MongoDB.
    pub chat: ChatConfig,
    /// Notifications, in MongoDB.
    pub notify: NotifyConfig,
    /// Where uploaded files are: the same as for the edges.
    #[serde(default)]
    pub files: StorageConfig,
}

/// The section `[worker]`.
#[derive(Clone, Debug, Deserialize)]
pub struct WorkerConfig {
    /// Where `/metrics` and `/health` are served; the pool's own port on loopback if empty.
    pub admin_listen: Option<SocketAddr>,
    /// How many independent commands are handled at a time.
    pub concurrency: u16,
    /// How long finishing may take at shutdown, in seconds.
    pub drain_seconds: u64,
    /// How long a silent edge is remembered, in seconds.
    pub forget_edge_seconds: u64,
    /// For how long pushes are kept for people whose route is still travelling, in milliseconds.
    pub replay_ms: i64,
    /// By how much the clocks of edges and workers may differ, in milliseconds.
    pub clock_skew_ms: i64,
}

/// How routes and pushes are remembered.
#[derive(Clone, Copy, Debug)]
pub struct RouteConfig {
    /// See [`WorkerConfig::forget_edge_seconds`].
    pub forget_edge_seconds: u64,
    /// See [`WorkerConfig::replay_ms`].
    pub replay_ms: i64,
    /// See [`WorkerConfig::clock_skew_ms`].
    pub clock_skew_ms: i64,
}

impl RouteConfig {
    /// How long a silent edge is remembered.
    #[must_use]
    pub fn forget(&self) -> Duration {
        Duration::from_secs(self.forget_edge_seconds)
    }
}

impl WorkerConfig {
    /// How routes and pushes are remembered.
    #[must_use]
    pub fn routes(&self) -> RouteConfig {
        RouteConfig {
            forget_edge_seconds: self.forget_edge_seconds,
            replay_ms: self.replay_ms,
            clock_skew_ms: self.clock_skew_ms,
        }
    }
}

/// The section `[auth]`.
#[derive(Clone, Debug, Deserialize)]
pub struct AuthConfig {
    /// The cost of bcrypt: 2^cost rounds.
    pub bcrypt_cost: u32,
    /// How long an access token is good for, in seconds.
    pub access_ttl_seconds: u32,
    /// How long a refresh token is good for, in seconds.
    pub refresh_ttl_seconds: u32,
    /// For how long a replaced refresh token still gives its successor, in seconds.
    pub refresh_grace_seconds: u32,
    /// The Ed25519 key that signs access tokens, PKCS#8 in PEM. The auth pool needs it.
    pub private_key_file: PathBuf,
    /// The public keys, as a JWK set. The edge needs it.
    pub jwks_file: PathBuf,
    /// The claim `iss`.
    pub issuer: String,
    /// The claim `aud`.
    pub audience: String,
    /// Whether cookies are for HTTPS only.
    pub cookie_secure: bool,
    /// How many wrong passwords lock an account.
    pub lockout_failures: u32,
    /// For how long, in seconds.
    pub lockout_seconds: u32,
    /// How often the file of the signing key is looked at, in seconds.
    pub key_check_seconds: u32,
}

/// The section `[users]`.
#[derive(Clone, Debug, Deserialize)]
pub struct UsersConfig {
    /// `postgres://user:password@host/database`
    pub database_url: Secret,
    /// The most connections of one worker.
    pub max_connections: u32,
    /// How long to wait for a connection, in milliseconds.
    pub acquire_timeout_ms: u64,
    /// How often it is told who comes and goes, in milliseconds.
    pub presence_tick_ms: u64,
    /// For how long somebody may be away without being told to be, in milliseconds.
    pub presence_grace_ms: u64,
    /// After how many milliseconds of silence the people of an edge count as away; at least two of its heartbeats.
    pub presence_silent_ms: u64,
    /// How many people a broadcast is handed over for at a time.
    pub broadcast_page: u32,
    /// How long to wait after that, in milliseconds, so that other notifications are not held up.
    pub broadcast_pause_ms: u64,
}

/// The section `[chat]`.
#[derive(Clone, Debug, Deserialize)]
pub struct ChatConfig {
    /// `mongodb://user:password@host/database`
    pub database_url: Secret,
    /// The most connections of one worker.
    pub max_connections: u32,
    /// How many batches a worker writes at a time; each owns a share of its partitions.
    pub lanes: u16,
    /// The most commands in one batch.
    pub max_batch: usize,
    /// The most conversations whose state a worker keeps in memory.
    pub cache_conversations: usize,
    /// The most members of a group.
    pub max_group_members: u32,
    /// For how long a message may be edited after it was written, in milliseconds; 0 is without limit.
    pub edit_window_ms: u64,
    /// How many messages are indexed for the search in a second at most. In a rush the others are found later.
    pub index_per_second: u32,
    /// Milliseconds between a worker's signs of life to the others.
    pub heartbeat_ms: u64,
    /// After how many milliseconds without one a worker's partitions go to the others.
    pub member_timeout_ms: u64,
}

impl ChatConfig {
    /// What commands must keep to.
    #[must_use]
    pub fn rules(&self) -> Rules {
        Rules {
            max_group_members: self.max_group_members,
            edit_window_ms: self.edit_window_ms as i64,
        }
    }
}

/// The section `[notify]`.
#[derive(Clone, Debug, Deserialize)]
pub struct NotifyConfig {
    /// `mongodb://user:password@host/database`
    pub database_url: Secret,
    /// The most connections of one worker.
    pub max_connections: u32,
    /// The most domain events in one batch.
    pub max_batch: usize,
    /// The least time from one batch to the next, in milliseconds. What comes after a pause is handled at once; under load
    /// each conversation and member is written once per batch however many messages there were.
    pub gather_ms: u64,
    /// After how many milliseconds of silence the people of an edge no longer count as looking at a conversation, and are
    /// notified again of what is new in it; at least two of its heartbeats.
    pub silent_ms: u64,
    /// For how many days a notification is kept after it was last added to, read or not. Applied when a worker starts.
    pub retention_days: u32,
}

/// Settings, and the pool they are for: each pool needs some that the others do not.
#[derive(Clone, Debug)]
pub struct PoolSettings {
    /// The pool.
    pub pool: Pool,
    /// Everything.
    pub settings: Settings,
}

impl PoolSettings {
    /// Loads the settings of a pool from the defaults, a file and the environment.
    ///
    /// # Errors
    /// [`ConfigError`] naming every mistake.
    pub fn load(pool: Pool, file: Option<&Path>) -> Result<Self, ConfigError> {
        let settings: Settings = config::load(DEFAULTS, file)?;
        Self::new(pool, settings)
    }

    /// Settings that were made otherwise.
    ///
    /// # Errors
    /// [`ConfigError`] naming what this pool needs and does not have.
    pub fn new(pool: Pool, settings: Settings) -> Result<Self, ConfigError> {
        let (postgres, mongo) = (
            settings.users.database_url.expose(),
            "must be given for this pool: the address of its database",
        );
        let missing = match pool {
            Pool::Auth if settings.auth.private_key_file.as_os_str().is_empty() => Some((
                "auth.private_key_file",
                "must name the key file: make one with warren-worker keys generate",
            )),
            Pool::Auth | Pool::Users | Pool::Chat if postgres.is_empty() => {
                Some(("users.database_url", mongo))
            }
            // Who shares a direct conversation is told who comes and goes.
            Pool::Users | Pool::Chat if settings.chat.database_url.expose().is_empty() => {
                Some(("chat.database_url", mongo))
            }
            Pool::Notify if settings.notify.database_url.expose().is_empty() => {
                Some(("notify.database_url", mongo))
            }
            _ => None,
        };
        match missing {
            Some((key, message)) => Err(ConfigError::new(key, message)),
            None => Ok(Self { pool, settings }),
        }
    }
}

impl Check for Settings {
    fn check(&self, problems: &mut Problems) {
        self.log.check(problems);
        self.broker.check(problems);
        let ranges = [
            (
                "worker.concurrency",
                u64::from(self.worker.concurrency),
                1,
                1_000,
            ),
            ("worker.drain_seconds", self.worker.drain_seconds, 1, 600),
            (
                "worker.forget_edge_seconds",
                self.worker.forget_edge_seconds,
                6,
                3_600,
            ),
            ("worker.replay_ms", self.worker.replay_ms as u64, 0, 60_000),
            (
                "worker.clock_skew_ms",
                self.worker.clock_skew_ms as u64,
                0,
                10_000,
            ),
            ("auth.bcrypt_cost", u64::from(self.auth.bcrypt_cost), 4, 16),
            (
                "auth.access_ttl_seconds",
                u64::from(self.auth.access_ttl_seconds),
                10,
                86_400,
            ),
            (
                "auth.refresh_ttl_seconds",
                u64::from(self.auth.refresh_ttl_seconds),
                60,
                31_536_000,
            ),
            (
                "auth.refresh_grace_seconds",
                u64::from(self.auth.refresh_grace_seconds),
                0,
                300,
            ),
            (
                "auth.lockout_failures",
                u64::from(self.auth.lockout_failures),
                1,
                1_000_000,
            ),
            (
                "auth.lockout_seconds",
                u64::from(self.auth.lockout_seconds),
                1,
                86_400,
            ),
            (
                "auth.key_check_seconds",
                u64::from(self.auth.key_check_seconds),
                1,
                86_400,
            ),
            (
                "users.max_connections",
                u64::from(self.users.max_connections),
                1,
                1_000,
            ),
            (
                "users.acquire_timeout_ms",
                self.users.acquire_timeout_ms,
                100,
                60_000,
            ),
            (
                "users.presence_tick_ms",
                self.users.presence_tick_ms,
                10,
                60_000,
            ),
            (
                "users.presence_grace_ms",
                self.users.presence_grace_ms,
                0,
                600_000,
            ),
            (
                "users.presence_silent_ms",
                self.users.presence_silent_ms,
                1_000,
                60_000,
            ),
            (
                "users.broadcast_page",
                u64::from(self.users.broadcast_page),
                1,
                5_000,
            ),
            (
                "users.broadcast_pause_ms",
                self.users.broadcast_pause_ms,
                0,
                60_000,
            ),
            (
                "chat.max_connections",
                u64::from(self.chat.max_connections),
                1,
                1_000,
            ),
            ("chat.lanes", u64::from(self.chat.lanes), 1, 64),
            ("chat.max_batch", self.chat.max_batch as u64, 1, 10_000),
            (
                "chat.cache_conversations",
                self.chat.cache_conversations as u64,
                100,
                10_000_000,
            ),
            (
                "chat.max_group_members",
                u64::from(self.chat.max_group_members),
                2,
                10_000,
            ),
            (
                "chat.edit_window_ms",
                self.chat.edit_window_ms,
                0,
                3_155_760_000_000,
            ),
            (
                "chat.index_per_second",
                u64::from(self.chat.index_per_second),
                1,
                1_000_000,
            ),
            ("chat.heartbeat_ms", self.chat.heartbeat_ms, 50, 10_000),
            (
                "chat.member_timeout_ms",
                self.chat.member_timeout_ms,
                200,
                60_000,
            ),
            (
                "notify.max_connections",
                u64::from(self.notify.max_connections),
                1,
                1_000,
            ),
            ("notify.max_batch", self.notify.max_batch as u64, 1, 10_000),
            ("notify.gather_ms", self.notify.gather_ms, 0, 10_000),
            ("notify.silent_ms", self.notify.silent_ms, 1_000, 60_000),
            (
                "notify.retention_days",
                u64::from(self.notify.retention_days),
                1,
                3_650,
            ),
        ];
        for (key, value, low, high) in ranges {
            problems.ensure(
                (low..=high).contains(&value),
                key,
                format!("must be {low} to {high}"),
            );
        }
        problems.ensure(
            self.chat.member_timeout_ms >= 2 * self.chat.heartbeat_ms,
            "chat.member_timeout_ms",
            "must be at least twice chat.heartbeat_ms",
        );
        let postgres = self.users.database_url.expose();
        problems.ensure(
            postgres.is_empty()
                || postgres.starts_with("postgres://")
                || postgres.starts_with("postgresql://"),
            "users.database_url",
            "must be an address such as postgres://user:password@host:5432/warren",
        );
        for (key, url) in [
            ("chat.database_url", &self.chat.database_url),
            ("notify.database_url", &self.notify.database_url),
        ] {
            let url = url.expose();
            if !url.is_empty() {
                problems.ensure_mongodb(key, url, cfg!(feature = "srv"));
            }
        }
        for (key, text) in [
            ("auth.issuer", &self.auth.issuer),
            ("auth.audience", &self.auth.audience),
        ] {
            problems.ensure(!text.is_empty(), key, "must not be empty");
        }
    }
}
