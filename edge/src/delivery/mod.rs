//! What comes back from the pools: replies to those who wait, pushes to sockets, control.
//!
//! # Layout
//!
//! - [`consumer`]: the edge's exclusive queue, one incarnation per connection.
//! - [`inbox`]: what is done with a broker message.
//! - [`numbers`]: notices repeated and lost broker messages.
//! - [`repeats`]: recognises events that come again: by a worker that took over, or late by the one before.
//! - [`losses`]: makes clients catch up when pushes were lost.

pub(crate) mod consumer;
pub(crate) mod inbox;
pub(crate) mod losses;
pub(crate) mod numbers;
pub(crate) mod repeats;
