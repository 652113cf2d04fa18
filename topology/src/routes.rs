//! Who is connected where, and subscribed to what: what edges announce on the exchange `routes` (design.md, section 4).

use serde::{Deserialize, Serialize};

use crate::ids::{NodeId, UserId};

/// A change of an edge's people, or its heartbeat if nothing changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RouteUpdate {
    /// The edge.
    pub edge: NodeId,
    /// Counts this edge's updates from 1: a gap means that a worker must ask for a snapshot.
    pub n: u64,
    /// Whether this is everybody: forget what was known of this edge before.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub snapshot: bool,
    /// Whether the edge is going: its people are no longer there.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub leaving: bool,
    /// People who are now connected, and since when in milliseconds since the Unix epoch.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub add: Vec<(UserId, i64)>,
    /// People who are no longer connected.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub remove: Vec<UserId>,
    /// The topics to which any socket of a user is subscribed now ([`crate::actions::Subscribing`]), a few at most: of
    /// those for whom this has changed, and in a snapshot of all who have one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub topics: Vec<(UserId, Vec<String>)>,
}
