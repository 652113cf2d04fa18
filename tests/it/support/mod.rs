//! What the tests have in common.
//!
//! - [`with_system`], [`Setup`], [`TestSystem`]: Warren running for one test, with databases and broker names of its own.
//! - [`Part`]: one of its processes; [`Proxy`]: the breakable way to the broker, or to another server.
//! - [`Person`], [`Device`], [`Request`]: clients.
//! - [`Traffic`]: somebody who keeps writing.
//! - [`HandWorker`]: a chat worker driven step by step; [`Tap`]: an ear on the broker.
//! - [`within`], [`eventually`]: bounded waits.

mod device;
mod hand;
mod http;
mod management;
mod part;
mod person;
mod proxy;
mod scratch;
mod system;
mod tap;
mod traffic;
mod wait;

pub(crate) use device::{Device, message};
pub(crate) use hand::{HandWorker, answer};
pub(crate) use http::{Reply, Request, fields, text};
pub(crate) use management::management;
pub(crate) use part::Part;
pub(crate) use person::{PASSWORD, Person, account, contents, seqs};
pub(crate) use proxy::Proxy;
pub(crate) use scratch::{Scratch, documents, server};
pub(crate) use system::{PARTITIONS, Setup, TestSystem, with_system};
pub(crate) use tap::{Tap, batch, command, publish, publish_to};
pub(crate) use traffic::Traffic;
pub(crate) use wait::{LOOK_EVERY, PATIENCE, eventually, within};
