//! A client of Warren's public interface: REST over hyper, Socket.IO over tokio-tungstenite.

pub(crate) mod api;
pub(crate) mod edge;
pub(crate) mod event;
pub(crate) mod http;
pub(crate) mod packet;
pub(crate) mod people;
pub(crate) mod shape;
pub(crate) mod socket;
