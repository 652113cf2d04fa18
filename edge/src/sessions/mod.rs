//! Who is connected: sockets by user, what waits for each, and who must go.
//!
//! # Layout
//!
//! - [`client`]: one client's life on its socket: sign-in, namespaces, events.
//! - [`socket`]: one socket as delivery sees it: who it belongs to, what waits for it.
//! - [`topics`]: what a socket is subscribed to beyond what is its user's anyway.
//! - [`life`]: how long a client may stay.
//! - [`table`]: user to sockets; joins, leaves, fan-out, and the changes that routes announce.
//! - [`caps`]: how many sockets a user and an address may have.
//! - [`roles`]: roles that have changed since tokens were issued.
//! - [`revoked`]: sessions that have ended before their tokens.
//! - [`closing`]: closing many sockets spread over time.

pub(crate) mod caps;
pub(crate) mod client;
pub(crate) mod closing;
pub(crate) mod life;
pub(crate) mod revoked;
pub(crate) mod roles;
pub(crate) mod socket;
pub(crate) mod table;
pub(crate) mod topics;
