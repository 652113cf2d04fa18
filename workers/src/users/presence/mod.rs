//! Who is there, who was, and who is told.
//!
//! One worker of the pool leads: it compares who is connected, as the edges announce it, with what was told, once a tick.
//! Who stays away for less than a grace was never gone, so an edge that restarts or ten thousand people who reconnect cause
//! nothing. What changes is stored in bulk, then told to the people concerned who are there themselves, a bounded number
//! of changes per tick. [`get`] answers from what is stored, so that it never contradicts what was told.
//!
//! - [`leader`]: one worker at a time. [`tracker`]: compares. [`store`]: PostgreSQL.

pub mod get;
pub mod leader;
pub mod store;
pub mod tracker;
