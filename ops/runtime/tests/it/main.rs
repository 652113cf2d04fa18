//! The crate as its users see it: one file per area.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a failing test may panic"
)]

mod admin;
mod config;
mod health;
mod shutdown;
