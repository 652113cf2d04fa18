//! HTTP: the REST interface driven by the table of actions, documents, health and the web client.
//!
//! # Layout
//!
//! - [`server`]: connections: accepting, limits, shutdown.
//! - [`tls`]: TLS in the edge itself.
//! - [`service`]: what answers a request.
//! - [`router`]: method and path to action.
//! - [`payload`]: path, query and body to one JSON payload.
//! - [`action`]: a request for an action, from body to answer.
//! - [`answer`]: responses and problem details.
//! - [`client`]: who calls: address, origin, cookies, token.
//! - [`uploads`], [`downloads`]: the bytes of files, between clients and the storage.
//! - [`files`]: the web client, and the page that shows the documents. [`documents`]: OpenAPI and the others.

pub(crate) mod action;
pub(crate) mod answer;
pub(crate) mod client;
pub(crate) mod documents;
mod downloads;
pub(crate) mod files;
pub(crate) mod payload;
pub(crate) mod router;
pub(crate) mod server;
pub(crate) mod service;
pub(crate) mod tls;
mod uploads;

pub(crate) use uploads::Uploads;
