//! What every Warren process needs besides its work: configuration, logs, metrics, health, an admin
//! port, and an orderly end.
//!
//! # Layout
//!
//! - [`config`]: embedded defaults, file and environment, validated as a whole
//! - [`log`]: structured logs on standard error
//! - [`metrics`]: Prometheus metrics on the default registry
//! - [`health`]: which parts of the process work
//! - [`admin`]: `/metrics` and `/health` on a port of their own
//! - [`shutdown`]: SIGTERM and SIGINT
//! - [`exit`]: exit codes
//! - [`jwt`]: what signs and verifies access tokens
//! - [`trace`]: W3C trace contexts
//! - [`backoff`]: waiting times between attempts to reconnect
//!
//! A process composes them in this order:
//!
//! ```no_run
//! # use warren_runtime::{admin, config, exit, health::Health, log, metrics, shutdown};
//! # #[derive(serde::Deserialize)]
//! # struct Settings { log: config::LogConfig }
//! # impl config::Check for Settings {
//! #     fn check(&self, problems: &mut config::Problems) { self.log.check(problems) }
//! # }
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let settings: Settings = config::load("[log]\nlevel = 'info'", None)?;
//! log::init(&settings.log)?;
//! metrics::init("worker");
//! let (health, stop, admin_stop) = (Health::new(), shutdown::on_signal(), Default::default());
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:3004").await?;
//! let admin = tokio::spawn(admin::serve(listener, health.clone(), Clone::clone(&admin_stop)));
//! // ... start the work ...
//! stop.cancelled().await;
//! health.drain();
//! // ... finish the work, then let go of the admin port last ...
//! admin_stop.cancel();
//! admin.await?;
//! # Ok(())
//! # }
//! ```

#![cfg_attr(test, allow(clippy::unwrap_used, reason = "a failing test may panic"))]

pub mod admin;
pub mod backoff;
pub mod config;
pub mod exit;
pub mod health;
pub mod jwt;
pub mod log;
pub mod metrics;
pub mod shutdown;
pub mod trace;
