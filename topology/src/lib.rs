//! The contract of Warren, and the broker runtime that carries it.
//!
//! # Layout
//!
//! - [`ids`]: the identifiers that travel: users, conversations, messages, partitions, nodes.
//! - [`actions`]: the one table of client actions; everything else is derived from it.
//! - [`payload`]: what clients send with an action and what they get back.
//! - [`events`]: what clients are pushed, and the domain events on `warren.events`.
//! - [`envelope`]: how commands, replies, pushes and events travel between processes.
//! - [`routes`]: who is connected where, as edges announce it and workers remember it.
//! - [`failure`]: the error codes clients see.
//! - [`names`]: exchange and queue names under a prefix.
//! - [`broker`]: declaration, supervised connections, publisher, consumers, dead letters.
//! - [`docs`]: OpenAPI, AsyncAPI and the socket reference, generated from the table.

pub mod actions;
pub mod broker;
pub mod docs;
pub mod envelope;
pub mod events;
pub mod failure;
pub mod ids;
pub mod names;
pub mod payload;
pub mod routes;
