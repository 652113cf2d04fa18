//! The settings of an edge: one structure per section, defaults in `default.toml`.

mod auth;
mod uploads;

use std::{
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::Deserialize;
use warren_runtime::config::{self, Check, ConfigError, LogConfig, Problems};
use warren_storage::StorageConfig;
use warren_topology::broker::BrokerConfig;

use crate::{net::Network, socketio::EngineConfig};

pub use auth::AuthConfig;
pub use uploads::UploadsConfig;

/// The defaults, documented.
pub const DEFAULTS: &str = include_str!("../default.toml");

/// Everything an edge can be told.
#[derive(Clone, Debug, Deserialize)]
pub struct Settings {
    /// Logs.
    pub log: LogConfig,
    /// RabbitMQ.
    pub broker: BrokerConfig,
    /// The edge itself.
    pub edge: EdgeConfig,
    /// How access tokens are checked.
    pub auth: AuthConfig,
    /// Rates and connection caps.
    pub limits: LimitsConfig,
    /// Where uploaded files are: the same as for the workers.
    #[serde(default)]
    pub files: StorageConfig,
    /// Which files may be uploaded, and how.
    pub uploads: UploadsConfig,
}

/// The section `[edge]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EdgeConfig {
    /// Where clients connect.
    pub listen: SocketAddr,
    /// Where `/metrics` and `/health` are served to operators.
    pub admin_listen: SocketAddr,
    /// The folder of the built web client; none is served without it.
    pub static_dir: Option<PathBuf>,
    /// What the ids of sessions begin with, so that a balancer can send requests of a session to the edge that began it:
    /// `edge-1` makes ids such as `edge-1.kX3…`. Letters, digits, dashes and underscores; at most 32.
    pub name: String,
    /// TLS for clients; without it they are served plain, for a balancer that ends TLS.
    pub tls: Option<TlsConfig>,
    /// Origins besides the edge's own that may call with cookies, as `scheme://host[:port]`.
    pub allowed_origins: Vec<String>,
    /// Peers whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<Network>,
    /// The most TCP connections at a time; more wait in the listener's backlog.
    pub max_connections: usize,
    /// How long a request's head may take, and how long an idle connection is kept, in milliseconds.
    pub header_timeout_ms: u64,
    /// How long a request's body may take, in milliseconds.
    pub body_timeout_ms: u64,
    /// How long a client may take to read an answer, in milliseconds: longer than an idle connection is kept.
    pub answer_timeout_ms: u64,
    /// The most bytes in a request's body or a socket message.
    pub max_payload_bytes: usize,
    /// How long a client waits for an answer, in milliseconds.
    pub command_timeout_ms: u64,
    /// How many commands may wait for their reply.
    pub max_pending: usize,
    /// How many commands of one socket may wait for their reply.
    pub max_pending_per_socket: u32,
    /// To how many topics one socket may be subscribed, such as conversations that it shows.
    pub max_topics_per_socket: usize,
    /// The read buffer of a socket in bytes, allocated at once.
    pub read_buffer_bytes: usize,
    /// How much is gathered before it is written to a socket, in bytes.
    pub write_buffer_bytes: usize,
    /// How many bytes may wait for a reader who keeps up.
    pub outbox_bytes: usize,
    /// For how long more may wait (up to 32 times as much) before the socket is closed as a slow reader's, in milliseconds.
    pub slow_reader_ms: u64,
    /// Engine.IO's pingInterval in milliseconds.
    pub ping_interval_ms: u64,
    /// Engine.IO's pingTimeout in milliseconds.
    pub ping_timeout_ms: u64,
    /// How long a socket may take to change from polling to a websocket, in milliseconds.
    pub upgrade_timeout_ms: u64,
    /// How long a socket may stay without signing in, in milliseconds.
    pub sign_in_timeout_ms: u64,
    /// How long before its access token ends the client of a socket is told, in milliseconds; half of what is left if the
    /// token is shorter-lived.
    pub expiry_notice_ms: u64,
    /// Over how long the sockets are closed after a loss of pushes, in milliseconds.
    pub resync_spread_ms: u64,
    /// Over how long the sockets are closed at shutdown, in milliseconds.
    pub drain_ms: u64,
    /// How often workers hear of this edge, in milliseconds.
    pub route_heartbeat_ms: u64,
    /// For how long announcing may fail before those who came meanwhile have to catch up, in milliseconds: well below the
    /// time for which workers send again what they published (`worker.replay_ms`).
    pub max_route_lag_ms: u64,
    /// How many unacknowledged broker messages the edge holds.
    pub prefetch: u16,
    /// For how long a push is remembered to recognise its repetition, in seconds.
    pub repeat_window_seconds: u64,
    /// How many recipients of remembered pushes are kept at most.
    pub repeat_recipients: usize,
}

impl EdgeConfig {
    /// How long a client waits for an answer.
    #[must_use]
    pub fn command_timeout(&self) -> Duration {
        Duration::from_millis(self.command_timeout_ms)
    }

    /// How sockets are run.
    #[must_use]
    pub fn engine(&self) -> EngineConfig {
        let millis = Duration::from_millis;
        EngineConfig {
            ping_interval: millis(self.ping_interval_ms),
            ping_timeout: millis(self.ping_timeout_ms),
            max_payload_bytes: self.max_payload_bytes,
            body_timeout: millis(self.body_timeout_ms),
            upgrade_timeout: millis(self.upgrade_timeout_ms),
            name: self.name.clone(),
            max_polling: self.max_connections,
            read_buffer_bytes: self.read_buffer_bytes,
            write_buffer_bytes: self.write_buffer_bytes,
        }
    }

    fn check(&self, problems: &mut Problems) {
        for origin in &self.allowed_origins {
            let well_formed = origin.split_once("://").is_some_and(|(scheme, authority)| {
                matches!(scheme, "http" | "https")
                    && !authority.is_empty()
                    && !authority.contains(['/', '*', ' '])
            });
            problems.ensure(
                well_formed,
                "edge.allowed_origins",
                "must hold origins such as https://chat.example.org, without a path",
            );
        }
        let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        problems.ensure(
            self.name.len() <= 32 && self.name.chars().all(is_plain),
            "edge.name",
            "must be at most 32 letters, digits, dashes and underscores",
        );
        if let Some(tls) = &self.tls {
            problems.ensure(
                (1..=86_400).contains(&tls.check_seconds),
                "edge.tls.check_seconds",
                "must be 1 to 86400",
            );
        }
        let ranges = [
            (
                "edge.max_connections",
                self.max_connections as u64,
                1,
                10_000_000,
            ),
            (
                "edge.header_timeout_ms",
                self.header_timeout_ms,
                100,
                300_000,
            ),
            ("edge.body_timeout_ms", self.body_timeout_ms, 100, 300_000),
            (
                "edge.answer_timeout_ms",
                self.answer_timeout_ms,
                self.header_timeout_ms,
                600_000,
            ),
            (
                "edge.max_payload_bytes",
                self.max_payload_bytes as u64,
                1_024,
                16 << 20,
            ),
            (
                "edge.command_timeout_ms",
                self.command_timeout_ms,
                100,
                300_000,
            ),
            ("edge.max_pending", self.max_pending as u64, 1, 10_000_000),
            (
                "edge.max_pending_per_socket",
                u64::from(self.max_pending_per_socket),
                1,
                100_000,
            ),
            (
                "edge.max_topics_per_socket",
                self.max_topics_per_socket as u64,
                1,
                1_000,
            ),
            (
                "edge.read_buffer_bytes",
                self.read_buffer_bytes as u64,
                256,
                1 << 20,
            ),
            (
                "edge.write_buffer_bytes",
                self.write_buffer_bytes as u64,
                256,
                1 << 20,
            ),
            (
                "edge.outbox_bytes",
                self.outbox_bytes as u64,
                1_024,
                1 << 30,
            ),
            ("edge.ping_interval_ms", self.ping_interval_ms, 50, 300_000),
            ("edge.ping_timeout_ms", self.ping_timeout_ms, 50, 300_000),
            (
                "edge.sign_in_timeout_ms",
                self.sign_in_timeout_ms,
                50,
                300_000,
            ),
            ("edge.expiry_notice_ms", self.expiry_notice_ms, 0, 3_600_000),
            (
                "edge.upgrade_timeout_ms",
                self.upgrade_timeout_ms,
                100,
                300_000,
            ),
            ("edge.resync_spread_ms", self.resync_spread_ms, 0, 60_000),
            ("edge.slow_reader_ms", self.slow_reader_ms, 0, 300_000),
            ("edge.drain_ms", self.drain_ms, 0, 60_000),
            (
                "edge.route_heartbeat_ms",
                self.route_heartbeat_ms,
                50,
                5_000,
            ),
            (
                "edge.max_route_lag_ms",
                self.max_route_lag_ms,
                self.route_heartbeat_ms * 2,
                60_000,
            ),
            ("edge.prefetch", u64::from(self.prefetch), 1, 10_000),
            (
                "edge.repeat_window_seconds",
                self.repeat_window_seconds,
                1,
                3_600,
            ),
            (
                "edge.repeat_recipients",
                self.repeat_recipients as u64,
                1,
                100_000_000,
            ),
        ];
        for (key, value, low, high) in ranges {
            problems.ensure(
                (low..=high).contains(&value),
                key,
                format!("must be {low} to {high}"),
            );
        }
    }
}

/// The section `[edge.tls]`. Both files are read again when they change and on SIGHUP.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TlsConfig {
    /// The certificate and those between it and a root, in PEM.
    pub certificate_file: PathBuf,
    /// Its private key, in PEM: PKCS #8, PKCS #1 or SEC 1.
    pub key_file: PathBuf,
    /// How often the files are looked at, in seconds.
    #[serde(default = "TlsConfig::check_seconds")]
    pub check_seconds: u64,
}

impl TlsConfig {
    fn check_seconds() -> u64 {
        60
    }
}

/// The section `[limits]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LimitsConfig {
    /// Whether rates and the caps per user and address hold; sizes and totals always do.
    pub enabled: bool,
    /// Sign-ins and registrations per minute and address.
    pub sign_in_per_minute: u32,
    /// How many of them at once.
    pub sign_in_burst: u32,
    /// Reads per second and user.
    pub read_per_second: u32,
    /// How many of them at once.
    pub read_burst: u32,
    /// Changes per second and user.
    pub write_per_second: u32,
    /// How many of them at once.
    pub write_burst: u32,
    /// Messages per second and user.
    pub message_per_second: u32,
    /// How many of them at once.
    pub message_burst: u32,
    /// How many users' rates one address may use.
    pub address_factor: u32,
    /// The most sockets of one user.
    pub sockets_per_user: usize,
    /// The most sockets of one address.
    pub sockets_per_address: usize,
    /// The most TCP connections of one address, whatever they are for; those of trusted proxies are not counted.
    pub connections_per_address: usize,
}

impl LimitsConfig {
    fn check(&self, problems: &mut Problems) {
        let ranges = [
            (
                "limits.sign_in_per_minute",
                u64::from(self.sign_in_per_minute),
            ),
            ("limits.sign_in_burst", u64::from(self.sign_in_burst)),
            ("limits.read_per_second", u64::from(self.read_per_second)),
            ("limits.read_burst", u64::from(self.read_burst)),
            ("limits.write_per_second", u64::from(self.write_per_second)),
            ("limits.write_burst", u64::from(self.write_burst)),
            (
                "limits.message_per_second",
                u64::from(self.message_per_second),
            ),
            ("limits.message_burst", u64::from(self.message_burst)),
            ("limits.address_factor", u64::from(self.address_factor)),
            ("limits.sockets_per_user", self.sockets_per_user as u64),
            (
                "limits.sockets_per_address",
                self.sockets_per_address as u64,
            ),
            (
                "limits.connections_per_address",
                self.connections_per_address as u64,
            ),
        ];
        for (key, value) in ranges {
            problems.ensure(
                (1..=1_000_000).contains(&value),
                key,
                "must be 1 to 1000000",
            );
        }
    }
}

impl Settings {
    /// The defaults under an optional file and the environment.
    ///
    /// # Errors
    /// [`ConfigError`] naming every mistake.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        config::load(DEFAULTS, file)
    }
}

impl Check for Settings {
    fn check(&self, problems: &mut Problems) {
        self.log.check(problems);
        self.broker.check(problems);
        self.edge.check(problems);
        self.auth.check(problems);
        self.limits.check(problems);
        self.uploads.check(problems);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn load(variables: &[(&str, &str)]) -> Result<Settings, ConfigError> {
        let variables = variables
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        config::load_from(DEFAULTS, None, variables)
    }

    #[test]
    fn keys_of_the_auth_pool_are_tolerated() {
        let settings = load(&[
            ("RABBITMQ_URL", "amqp://localhost"),
            ("WARREN__AUTH__JWKS_FILE", "jwks.json"),
            ("WARREN__AUTH__BCRYPT_COST", "4"),
            ("WARREN__AUTH__PRIVATE_KEY_FILE", "private.pem"),
            (
                "ALLOWED_ORIGINS",
                "https://a.example,https://b.example:8443",
            ),
        ])
        .expect("good settings");
        assert_eq!(settings.auth.jwks_file, Path::new("jwks.json"));
        assert_eq!(settings.edge.allowed_origins.len(), 2);
    }

    #[test]
    fn every_mistake_is_named() {
        let error = load(&[
            ("WARREN__EDGE__ALLOWED_ORIGINS", "*"),
            ("WARREN__EDGE__TRUSTED_PROXIES", "10.0.0.0/40"),
            ("WARREN__EDGE__PING_INTERVAL_MS", "soon"),
        ])
        .expect_err("four mistakes")
        .to_string();
        for key in [
            "broker.url",
            "auth.jwks_file",
            "edge.allowed_origins",
            "edge.trusted_proxies",
            "edge.ping_interval_ms",
        ] {
            assert!(error.contains(key), "{key} is missing in: {error}");
        }
    }
}
