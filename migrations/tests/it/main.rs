//! Tests against real servers: `WARREN_TEST_POSTGRES_URL` (a superuser's) and `WARREN_TEST_MONGO_URL`. Each test has
//! databases of its own and drops them.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

mod binary;
mod chat;
mod mongo;
mod notify;
mod postgres;
mod scratch;
