//! The edge against a real RabbitMQ (`WARREN_TEST_RABBITMQ_URL`), the test playing the workers.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a failing test may panic"
)]

mod attacks;
mod delivery;
mod incarnations;
mod limits;
mod pages;
mod polling;
mod protocol;
mod rest;
mod routes;
mod shutdown;
mod sign_in;
mod sockets;
mod support;
mod tls;
