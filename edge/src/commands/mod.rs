//! Client actions on their way to the pools and their answers on the way back.
//!
//! # Layout
//!
//! - [`catalog`]: the table of actions, made ready: lanes, counters, lookup by event and route.
//! - [`pending`]: who waits for which reply.
//! - [`rates`]: token buckets.
//! - [`submit`]: the checks, and the publish.

pub(crate) mod catalog;
pub(crate) mod pending;
pub(crate) mod rates;
pub(crate) mod submit;
