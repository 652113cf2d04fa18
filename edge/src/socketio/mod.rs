//! Socket.IO v5 on Engine.IO v4, without a line about chat.
//!
//! # Layout
//!
//! - [`codec`]: packets to and from text; no I/O.
//! - `session`: one client's connection, whatever carries it: heartbeat, sign-in, namespaces, events.
//! - `websocket`: the websocket transport: one task per socket.
//! - `handshake`: the HTTP request with which a connection begins.

pub mod codec;
pub(crate) mod handshake;
pub(crate) mod session;
pub(crate) mod websocket;
