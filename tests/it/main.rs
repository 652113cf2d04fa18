//! The whole system against real servers: RabbitMQ (`WARREN_TEST_RABBITMQ_URL`, `WARREN_TEST_RABBITMQ_MANAGEMENT_URL`),
//! PostgreSQL (`WARREN_TEST_POSTGRES_URL`), MongoDB (`WARREN_TEST_MONGO_URL`) and one that speaks S3 (`WARREN_TEST_S3_URL`);
//! `ops/test` starts them.
//!
//! Each test has edges and workers of its own, in its process, under a broker prefix and databases of its own.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a failing test may panic"
)]

mod account_gone;
mod accounts;
mod actions;
mod at_once;
mod blocks;
mod broadcasts;
mod catching_up;
mod changes;
mod chat_permissions;
mod connecting;
mod conversations;
mod dead_letters;
mod deletion;
mod delivery;
mod devices;
mod documents;
mod edits;
mod files;
mod files_in_s3;
mod groups;
mod keys;
mod large_groups;
mod lost_connections;
mod mentions;
mod mirror;
mod notification_rules;
mod notification_state;
mod notifications;
mod open_conversations;
mod overload;
mod own_settings;
mod partitions;
mod permissions;
mod presence;
mod profiles;
mod redelivery;
mod replies;
mod requests;
mod roles;
mod same_state;
mod search;
mod stale_owner;
mod statuses;
mod support;
mod suspension;
mod traces;
mod typing;
