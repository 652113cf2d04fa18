//! Who is connected: sockets by user, what waits for each, and who must go.
//!
//! # Layout
//!
//! - [`socket`]: one socket's outbox, the border between delivery and transport.
//! - [`table`]: user to sockets; joins, leaves, fan-out, and the changes that routes announce.
//! - [`caps`]: how many sockets a user and an address may have.
//! - [`revoked`]: sessions that have ended before their tokens.
//! - [`closing`]: closing many sockets spread over time.

pub(crate) mod caps;
pub(crate) mod closing;
pub(crate) mod revoked;
pub(crate) mod socket;
pub(crate) mod table;
