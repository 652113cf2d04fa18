//! The names of exchanges and queues. All carry one prefix, so that several systems can share a broker.

use crate::{
    actions::Pool,
    ids::{NodeId, Partition},
};

/// Names under a prefix.
#[derive(Clone, Debug)]
pub struct Names {
    prefix: String,
}

impl Names {
    /// Names that begin with `prefix` and a dot.
    #[must_use]
    pub fn new(prefix: &str) -> Self {
        Self {
            prefix: prefix.to_owned(),
        }
    }

    /// Direct exchange, edges to pools.
    #[must_use]
    pub fn commands(&self) -> String {
        format!("{}.commands", self.prefix)
    }

    /// Direct exchange, pools to one edge; the routing key is the edge's node id.
    #[must_use]
    pub fn edge(&self) -> String {
        format!("{}.edge", self.prefix)
    }

    /// Fanout exchange, control to every edge.
    #[must_use]
    pub fn edges(&self) -> String {
        format!("{}.edges", self.prefix)
    }

    /// Fanout exchange, edges to every worker that pushes.
    #[must_use]
    pub fn routes(&self) -> String {
        format!("{}.routes", self.prefix)
    }

    /// Fanout exchange, chat workers to each other: who is alive.
    #[must_use]
    pub fn members(&self) -> String {
        format!("{}.members", self.prefix)
    }

    /// Topic exchange, domain events.
    #[must_use]
    pub fn events(&self) -> String {
        format!("{}.events", self.prefix)
    }

    /// Topic exchange and the queue behind it: what could not be processed.
    #[must_use]
    pub fn dead(&self) -> String {
        format!("{}.dead", self.prefix)
    }

    /// The command queue of a pool that has one; the routing key is the pool's name.
    #[must_use]
    pub fn pool_queue(&self, pool: Pool) -> String {
        format!("{}.{}", self.prefix, pool.as_str())
    }

    /// The queue of one chat partition.
    #[must_use]
    pub fn partition_queue(&self, partition: Partition) -> String {
        format!("{}.{}", self.prefix, partition_key(partition))
    }

    /// The queue of chat reads; the routing key is [`QUERY_KEY`].
    #[must_use]
    pub fn query_queue(&self) -> String {
        format!("{}.{QUERY_KEY}", self.prefix)
    }

    /// The queue of signals that are worth nothing a moment later; the routing key is [`EPHEMERAL_KEY`].
    #[must_use]
    pub fn ephemeral_queue(&self) -> String {
        format!("{}.{EPHEMERAL_KEY}", self.prefix)
    }

    /// The queue through which the chat pool gets domain events.
    #[must_use]
    pub fn chat_events_queue(&self) -> String {
        format!("{}.chat.events", self.prefix)
    }

    /// The queue through which the chat pool learns what has been written, for the search.
    #[must_use]
    pub fn search_events_queue(&self) -> String {
        format!("{}.chat.search", self.prefix)
    }

    /// The queue through which the notify pool gets domain events.
    #[must_use]
    pub fn notify_events_queue(&self) -> String {
        format!("{}.notify.events", self.prefix)
    }

    /// The exclusive queue of one edge or worker.
    #[must_use]
    pub fn node_queue(&self, node: &NodeId) -> String {
        format!("{}.node.{node}", self.prefix)
    }
}

/// Routing key of chat reads.
pub const QUERY_KEY: &str = "chat.query";

/// Routing key of signals between members of a conversation, which are worth nothing a moment later.
pub const EPHEMERAL_KEY: &str = "chat.ephemeral";

/// For how long such a signal is worth handling, in milliseconds.
pub const EPHEMERAL_TTL_MS: u64 = 3_000;

/// Routing key of a chat partition.
#[must_use]
pub fn partition_key(partition: Partition) -> String {
    format!("chat.{}", partition.0)
}
