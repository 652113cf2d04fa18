//! The worker pools of Warren: stateless consumers of client commands and domain events.
//!
//! # Layout
//!
//! - [`core`], taking commands, answering, pushing.
//! - [`auth`], [`users`], [`chat`], [`notify`]: the pools, one file per handler.
//! - [`settings`], configuration.
//! - [`process`], a pool as a running process.
//! - [`admin`], operators' commands.

pub mod admin;
pub mod auth;
pub mod chat;
pub mod core;
pub mod notify;
pub mod process;
pub mod settings;
pub mod users;
