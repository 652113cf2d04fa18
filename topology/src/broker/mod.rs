//! The broker runtime: everything Warren does with RabbitMQ, and nothing about chat.
//!
//! - [`declare()`] makes the durable exchanges and queues, idempotently, in one place.
//! - [`Supervisor`] keeps one connection for one role alive: it connects, runs a session, and starts over with full
//!   jitter when anything about it fails. lapin's own recovery stays off: it has no moment at which "everything is
//!   declared again" is known, and ours has.
//! - [`Publisher`] pipelines publishes with confirms and gathers what waits for a confirm into one broker message.
//! - [`Subscription`] takes what is there as one batch and acknowledges it at once.
//! - [`DeadLetters`] parks what cannot be processed and gives it back to an operator.

mod config;
mod connection;
mod control;
mod dead;
mod declare;
mod metrics;
mod publisher;
mod subscription;

pub use config::BrokerConfig;
pub use connection::{BrokerError, Supervisor, connect, pool};
pub use control::tell_edges;
pub use dead::{DeadLetter, DeadLetters, Parking};
pub use declare::{declare, declare_node_queue};
pub use publisher::{Lane, OnDisconnect, PublishError, Publisher, PublisherTask};
pub use subscription::{Consume, MAX_BATCH_BYTES, Subscription};
