//! The edge of Warren: HTTP and sockets on one side, the broker on the other, and not a line about chat in between.
//!
//! Everything a client can do is a row in [`warren_topology::actions::table`]. A REST request or a socket event becomes a
//! command on the broker; the reply that comes back to this edge's own queue answers it, and pushes that arrive there are
//! fanned out to the sockets of the people they name.
//!
//! # Layout
//!
//! - `settings`: configuration.
//! - `http`: REST, documents, health and the web client.
//! - [`socketio`]: the protocol and its transports.
//! - `auth`: access tokens. `net`: client addresses. `reload`: files that may be replaced while it runs.
//! - `commands`: checks, publishes, waits for replies.
//! - `delivery`: the edge's queue: replies, pushes, control; what happens when some were lost.
//! - `sessions`: who is connected, and what waits for each socket.
//! - `routes`: tells the workers who is connected here.
//! - `incarnation`: which life of the edge this is.

mod auth;
mod commands;
mod core;
mod delivery;
mod edge;
mod http;
mod incarnation;
mod metrics;
mod net;
mod reload;
mod routes;
mod sessions;
pub mod settings;
pub mod socketio;

pub use edge::{Broken, Edge};
pub use net::Network;
