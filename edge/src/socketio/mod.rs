//! Socket.IO v5 on Engine.IO v4, without a line about chat: websockets, long-polling, and the upgrade between them.
//!
//! # Layout
//!
//! From the wire upwards:
//!
//! - `engine`: requests to `/socket.io/`: what begins, continues or upgrades a session.
//! - `connection`: what carries bytes: TCP, or TLS on it.
//! - `websocket`, `polling`: the transports, one task per session.
//! - [`payload`]: several packets in one HTTP body.
//! - `session`: one client's Engine.IO session: heartbeat and packets, whatever carries them.
//! - `multiplexer`: Socket.IO: packets with their attachments, by namespace.
//! - [`codec`]: packets to and from text; no I/O.
//! - `outbox`: what waits for a client. `close`: why a connection ends.

pub(crate) mod close;
pub mod codec;
pub(crate) mod connection;
pub(crate) mod engine;
pub(crate) mod multiplexer;
pub(crate) mod outbox;
pub mod payload;
pub(crate) mod polling;
pub(crate) mod session;
pub(crate) mod websocket;

pub use close::CloseReason;
pub use connection::Connection;
pub use engine::{Engine, EngineConfig, Refusal};
pub use multiplexer::{Multiplexer, Namespaces};
pub use outbox::{Frame, Outbox};
pub use session::Application;
