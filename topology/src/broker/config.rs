use std::time::Duration;

use serde::Deserialize;
use warren_runtime::config::{Problems, Secret};

/// The section `[broker]`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BrokerConfig {
    /// `amqp://user:password@host:port/vhost`, or `amqps:`.
    pub url: Secret,
    /// What every exchange and queue name begins with.
    pub prefix: String,
    /// How many partitions the chat pool has. Fixed for the life of the queues: to change it, drain and use a new prefix.
    pub partitions: u16,
    /// Seconds between heartbeats; a peer silent for two of them is dead.
    pub heartbeat_seconds: u16,
    /// How long connecting may take, in milliseconds.
    pub connect_timeout_ms: u64,
    /// How long a confirm may take before the connection is given up, in milliseconds.
    pub confirm_timeout_ms: u64,
    /// How many submissions may wait for a publisher before it refuses or blocks.
    pub publish_backlog: usize,
    /// The most bytes in one broker message.
    pub max_batch_bytes: usize,
    /// The most broker messages a command queue holds; then it refuses, and clients get `BUSY`.
    pub max_queue_length: u32,
    /// The most bytes a command queue holds.
    pub max_queue_bytes: u64,
    /// How often a broker message may be delivered before it is parked as dead.
    pub delivery_limit: u32,
    /// How many unacknowledged broker messages a consumer holds.
    pub prefetch: u16,
}

impl BrokerConfig {
    /// How long connecting may take.
    #[must_use]
    pub fn connect_timeout(&self) -> Duration {
        Duration::from_millis(self.connect_timeout_ms)
    }

    /// How long a confirm may take.
    #[must_use]
    pub fn confirm_timeout(&self) -> Duration {
        Duration::from_millis(self.confirm_timeout_ms)
    }

    /// Notes what is wrong in this section.
    pub fn check(&self, problems: &mut Problems) {
        let url = self.url.expose();
        problems.ensure(
            url.starts_with("amqp://") || url.starts_with("amqps://"),
            "broker.url",
            "must be an AMQP address such as amqp://user:password@host:5672/vhost",
        );
        let named = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_');
        problems.ensure(
            (1..=64).contains(&self.prefix.len()) && self.prefix.chars().all(named),
            "broker.prefix",
            "must have 1 to 64 letters, digits, dashes or underscores",
        );
        let ranges = [
            ("broker.partitions", u64::from(self.partitions), 1, 256),
            (
                "broker.heartbeat_seconds",
                u64::from(self.heartbeat_seconds),
                1,
                60,
            ),
            (
                "broker.connect_timeout_ms",
                self.connect_timeout_ms,
                100,
                60_000,
            ),
            (
                "broker.confirm_timeout_ms",
                self.confirm_timeout_ms,
                1_000,
                120_000,
            ),
            (
                "broker.publish_backlog",
                self.publish_backlog as u64,
                1,
                1_000_000,
            ),
            (
                "broker.max_batch_bytes",
                self.max_batch_bytes as u64,
                4_096,
                16 << 20,
            ),
            (
                "broker.max_queue_length",
                u64::from(self.max_queue_length),
                1,
                10_000_000,
            ),
            (
                "broker.max_queue_bytes",
                self.max_queue_bytes,
                1 << 20,
                1 << 40,
            ),
            (
                "broker.delivery_limit",
                u64::from(self.delivery_limit),
                2,
                1_000,
            ),
            ("broker.prefetch", u64::from(self.prefetch), 1, 2_000),
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
