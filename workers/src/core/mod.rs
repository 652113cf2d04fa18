//! What all pools share: taking commands from the broker, answering them, and pushing to people.
//!
//! - [`handler`], what a handler is given and gives back.
//! - [`desk`], the consumer of pools whose commands are independent of each other.
//! - [`effects`], what an action causes besides its reply.
//! - [`events`], domain events as they come from a queue.
//! - [`gather`], many questions asked as few.
//! - [`outbox`], what must be published because of what PostgreSQL stores.
//! - [`post`], publishes replies, pushes and events, to exactly the edges concerned.
//! - [`routes`], who is connected where.
//! - [`replay`], what was pushed in the last seconds, for people whose route was still travelling.
//! - [`node`], this worker's own queue: routes from edges, and members of its pool.

pub mod desk;
pub mod effects;
pub mod events;
pub mod gather;
pub mod handler;
pub mod metrics;
pub mod node;
pub mod outbox;
pub mod post;
pub mod replay;
pub mod routes;

pub use effects::Effects;
pub use gather::Gather;
pub use handler::{Answer, Fault, Request, answer};
pub use outbox::Outbox;
pub use post::{Letter, Post};
