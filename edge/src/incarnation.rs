//! Which life of the edge this is: each consume connection is a new one, with a node id and a queue of its own.

use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicU64, Ordering},
};

use tokio::sync::watch;
use warren_topology::ids::NodeId;

/// The current incarnation. Clones share it.
#[derive(Clone)]
pub(crate) struct Incarnation {
    shared: Arc<Shared>,
}

struct Shared {
    node: watch::Sender<NodeId>,
    online: AtomicBool,
    /// Counts losses of pushes: sockets opened in an earlier generation may have missed some.
    generation: AtomicU64,
}

impl Incarnation {
    /// None yet.
    pub(crate) fn new() -> Self {
        let (node, _) = watch::channel(NodeId::fresh("edge"));
        let shared = Shared {
            node,
            online: AtomicBool::new(false),
            generation: AtomicU64::new(0),
        };
        Self {
            shared: Arc::new(shared),
        }
    }

    /// The node id that commands carry, and every later one.
    pub(crate) fn node(&self) -> watch::Receiver<NodeId> {
        self.shared.node.subscribe()
    }

    /// Begins: replies and pushes to `node` arrive from now on.
    pub(crate) fn begin(&self, node: NodeId) {
        self.shared.node.send_replace(node);
        self.shared.online.store(true, Ordering::Release);
    }

    /// Ends: nothing arrives until the next begins.
    pub(crate) fn end(&self) {
        self.shared.online.store(false, Ordering::Release);
    }

    /// Whether replies and pushes arrive.
    pub(crate) fn is_online(&self) -> bool {
        self.shared.online.load(Ordering::Acquire)
    }

    /// The generation that sockets opened now belong to.
    pub(crate) fn generation(&self) -> u64 {
        self.shared.generation.load(Ordering::Acquire)
    }

    /// Begins a new generation, because pushes were lost; returns the last one that is concerned.
    pub(crate) fn lost(&self) -> u64 {
        self.shared.generation.fetch_add(1, Ordering::AcqRel)
    }
}
