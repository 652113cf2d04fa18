use std::sync::{
    Arc, PoisonError, RwLock,
    atomic::{AtomicU32, AtomicU64, Ordering},
};

use warren_topology::{actions::Namespace, envelope::Caller};

use super::topics::{Topics, Unannounced};
use crate::socketio::Outbox;

/// One socket, as everything but its transport sees it.
pub(crate) struct Socket {
    /// Tells it from all others of this process.
    pub(crate) id: u64,
    /// The generation of pushes it has received from the beginning, once it is in a namespace.
    pub(crate) generation: AtomicU64,
    /// Who signed in on it; nobody until its first namespace.
    caller: RwLock<Option<Arc<Caller>>>,
    /// Commands of this socket that wait for their reply.
    pub(crate) pending: AtomicU32,
    /// Per namespace, when it was entered in the table's order of events; zero if it is not.
    joined: [AtomicU64; Namespace::ALL.len()],
    /// Per namespace, what it is subscribed to there.
    topics: [Topics; Namespace::ALL.len()],
    /// Where it is noted that these have changed.
    unannounced: Arc<Unannounced>,
    /// What waits for its transport.
    pub(crate) outbox: Outbox,
}

impl Socket {
    /// A socket with its outbox.
    pub(crate) fn new(id: u64, outbox: Outbox, unannounced: Arc<Unannounced>) -> Self {
        Self {
            id,
            generation: AtomicU64::new(0),
            caller: RwLock::default(),
            pending: AtomicU32::new(0),
            joined: Default::default(),
            topics: Default::default(),
            unannounced,
            outbox,
        }
    }

    /// Who signed in on it.
    pub(crate) fn caller(&self) -> Option<Arc<Caller>> {
        self.caller
            .read()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Notes who signed in, or what a new token says of them. False if the socket is another session's.
    pub(crate) fn set_caller(&self, caller: &Arc<Caller>) -> bool {
        let mut known = self.caller.write().unwrap_or_else(PoisonError::into_inner);
        let is_same =
            |known: &Arc<Caller>| known.user == caller.user && known.session == caller.session;
        if !known.as_ref().is_none_or(is_same) {
            return false;
        }
        *known = Some(Arc::clone(caller));
        true
    }

    /// When it entered a namespace; zero if it is not in it.
    pub(crate) fn joined(&self, namespace: Namespace) -> u64 {
        self.joined[namespace as usize].load(Ordering::Acquire)
    }

    pub(crate) fn set_joined(&self, namespace: Namespace, stamp: u64) {
        self.joined[namespace as usize].store(stamp, Ordering::Release);
        if stamp == 0 {
            self.note(self.topics(namespace).clear());
        }
    }

    /// Takes in what has become of a command that asked for a subscription.
    pub(crate) fn decide_topic(&self, namespace: Namespace, command: u64, is_granted: bool) {
        self.note(self.topics(namespace).decide(command, is_granted));
    }

    /// Ends a subscription.
    pub(crate) fn end_topic(&self, namespace: Namespace, topic: &str) {
        self.note(self.topics(namespace).end(topic));
    }

    fn note(&self, has_changed: bool) {
        if let Some(caller) = self.caller().filter(|_| has_changed) {
            self.unannounced.note(caller.user);
        }
    }

    /// What it is subscribed to in a namespace.
    pub(crate) fn topics(&self, namespace: Namespace) -> &Topics {
        &self.topics[namespace as usize]
    }

    pub(crate) fn is_in_any(&self) -> bool {
        Namespace::ALL
            .into_iter()
            .any(|namespace| self.joined(namespace) != 0)
    }
}
