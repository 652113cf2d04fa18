use std::{
    collections::{BTreeSet, HashMap},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use tokio::sync::Notify;
use tokio_tungstenite::tungstenite::Utf8Bytes;
use warren_topology::{
    actions::Namespace,
    envelope::Caller,
    failure::{ErrorCode, Failure},
    ids::UserId,
    payload::unix_millis,
};

use super::{socket::Socket, topics::Unannounced};
use crate::{incarnation::Incarnation, metrics, socketio::Outbox};

/// For how long changes of subscriptions gather before they are announced: thousands may change at once.
const GATHER: Duration = Duration::from_millis(50);
/// The most topics that are announced of one user, however many sockets they have.
const MAX_TOPICS: usize = 10;

/// Why a socket does not enter a namespace.
#[derive(Debug)]
pub(crate) enum JoinError {
    /// The client may not.
    Refused(Failure),
    /// Pushes do not arrive at this edge right now, so nobody may begin to rely on them: the client has to come back.
    Offline,
}

/// All sockets of the edge.
pub(crate) struct Sessions {
    incarnation: Incarnation,
    outbox_bytes: usize,
    slow_reader: Duration,
    sockets_per_user: usize,
    next_id: AtomicU64,
    state: Mutex<State>,
    /// Rung when there are changes to announce, and when the last socket has gone.
    changed: Notify,
    unannounced: Arc<Unannounced>,
}

#[derive(Default)]
struct State {
    sockets: HashMap<u64, Arc<Socket>>,
    users: HashMap<UserId, User>,
    changes: HashMap<UserId, Change>,
    /// Numbers joins and pushes, so that it can be told which of two came first.
    clock: u64,
}

struct User {
    /// Milliseconds since the Unix epoch at which the first of the sockets came.
    since: i64,
    sockets: Vec<Arc<Socket>>,
}

/// What the workers do not know yet of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Change {
    Came(i64),
    Left,
}

/// Changes to announce.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    pub(crate) add: Vec<(UserId, i64)>,
    pub(crate) remove: Vec<UserId>,
    /// The topics to which the sockets of a user are subscribed now, for those for whom this has changed.
    pub(crate) topics: Vec<(UserId, Vec<String>)>,
}

impl Sessions {
    pub(crate) fn new(
        incarnation: Incarnation,
        outbox_bytes: usize,
        slow_reader: Duration,
        sockets_per_user: usize,
    ) -> Self {
        Self {
            incarnation,
            outbox_bytes,
            slow_reader,
            sockets_per_user,
            next_id: AtomicU64::new(1),
            state: Mutex::default(),
            changed: Notify::new(),
            unannounced: Arc::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A new socket, not signed in.
    pub(crate) fn open(&self) -> Arc<Socket> {
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let socket = Arc::new(Socket::new(
            id,
            Outbox::new(self.outbox_bytes, self.slow_reader),
            Arc::clone(&self.unannounced),
        ));
        self.state().sockets.insert(id, Arc::clone(&socket));
        metrics::SOCKETS_OPENED.inc();
        metrics::SOCKETS.inc();
        socket
    }

    /// Lets a socket into a namespace; `welcome` is the first packet it gets there, before any push.
    ///
    /// # Errors
    /// [`JoinError::Refused`] with `AUTH_INVALID` when the socket belongs to somebody else, with `RATE_LIMITED` when the
    /// user has too many.
    pub(crate) fn join(
        &self,
        socket: &Arc<Socket>,
        caller: &Arc<Caller>,
        namespace: Namespace,
        welcome: Utf8Bytes,
    ) -> Result<(), JoinError> {
        let mut state = self.state();
        // In this order, and under the lock: a loss noted later finds the socket here.
        let generation = self.incarnation.generation();
        if !self.incarnation.is_online() || !state.sockets.contains_key(&socket.id) {
            return Err(JoinError::Offline);
        }
        if !socket.set_caller(caller) {
            return Err(JoinError::Refused(another_session()));
        }
        if !socket.is_in_any() {
            state
                .enter(socket, caller.user, self.sockets_per_user)
                .map_err(JoinError::Refused)?;
            socket.generation.store(generation, Ordering::Release);
            self.changed.notify_one();
        }
        state.clock += 1;
        socket.outbox.send(welcome);
        socket.set_joined(namespace, state.clock);
        Ok(())
    }

    /// Takes a socket out of a namespace.
    pub(crate) fn leave(&self, socket: &Arc<Socket>, namespace: Namespace) {
        let mut state = self.state();
        let was_in_any = socket.is_in_any();
        socket.set_joined(namespace, 0);
        if was_in_any && !socket.is_in_any() {
            state.exit(socket);
            self.changed.notify_one();
        }
    }

    /// Forgets a socket whose transport has ended.
    pub(crate) fn closed(&self, socket: &Arc<Socket>) {
        let mut state = self.state();
        if state.sockets.remove(&socket.id).is_none() {
            return;
        }
        metrics::SOCKETS.dec();
        if socket.is_in_any() {
            for namespace in Namespace::ALL {
                socket.set_joined(namespace, 0);
            }
            state.exit(socket);
        }
        drop(state);
        self.changed.notify_one();
    }

    /// Puts a packet on its way to all sockets of the users that are in the namespace. `floors` has, per user, the stamp up
    /// to which sockets have had it already (zero: none). With a topic, only sockets that are subscribed to it get it.
    /// Returns the stamp of this delivery and how many got it.
    pub(crate) fn deliver(
        &self,
        namespace: Namespace,
        to: &[UserId],
        floors: Option<&[u64]>,
        topic: Option<&str>,
        packet: &Utf8Bytes,
    ) -> (u64, u64) {
        let mut state = self.state();
        state.clock += 1;
        let mut delivered = 0;
        for (index, user) in to.iter().enumerate() {
            let Some(user) = state.users.get(user) else {
                continue;
            };
            let floor = floors.map_or(0, |floors| floors[index]);
            for socket in &user.sockets {
                // What is of a topic is worth something only now: not to who has yet to read what came before.
                let is_meant = socket.joined(namespace) > floor
                    && topic.is_none_or(|topic| {
                        socket.topics(namespace).has(topic) && !socket.outbox.is_behind()
                    });
                if is_meant && socket.outbox.send(packet.clone()) {
                    delivered += 1;
                }
            }
        }
        (state.clock, delivered)
    }

    /// The sockets of a user that belong to a session.
    pub(crate) fn of_session(&self, user: UserId, session: &str) -> Vec<Arc<Socket>> {
        let state = self.state();
        let sockets = state
            .users
            .get(&user)
            .map(|user| user.sockets.as_slice())
            .unwrap_or_default();
        sockets
            .iter()
            .filter(|socket| {
                socket
                    .caller()
                    .is_some_and(|caller| caller.session == session)
            })
            .cloned()
            .collect()
    }

    /// Has the sockets of a user speak for these roles from now on.
    pub(crate) fn set_roles(&self, user: UserId, roles: &[String]) {
        let sockets = match self.state().users.get(&user) {
            Some(user) => user.sockets.clone(),
            None => return,
        };
        for socket in sockets {
            if let Some(caller) = socket.caller() {
                socket.set_caller(&Arc::new(Caller {
                    roles: roles.to_vec(),
                    ..Caller::clone(&caller)
                }));
            }
        }
    }

    /// The sockets that rely on the pushes of a generation or an earlier one.
    pub(crate) fn up_to_generation(&self, generation: u64) -> Vec<Arc<Socket>> {
        let state = self.state();
        let sockets = state.users.values().flat_map(|user| &user.sockets);
        sockets
            .filter(|socket| socket.generation.load(Ordering::Acquire) <= generation)
            .cloned()
            .collect()
    }

    /// The sockets of people whose first one came at a time (milliseconds since the Unix epoch) or later.
    pub(crate) fn since(&self, millis: i64) -> Vec<Arc<Socket>> {
        let state = self.state();
        let users = state.users.values().filter(|user| user.since >= millis);
        users.flat_map(|user| &user.sockets).cloned().collect()
    }

    /// All sockets.
    pub(crate) fn all(&self) -> Vec<Arc<Socket>> {
        self.state().sockets.values().cloned().collect()
    }

    /// Waits until there may be changes: at once for who comes and goes, a little later for subscriptions. One task may wait.
    pub(crate) async fn changed(&self) {
        let subscriptions = async {
            self.unannounced.changed().await;
            tokio::time::sleep(GATHER).await;
        };
        tokio::select! {
            () = self.changed.notified() => {}
            () = subscriptions => {}
        }
    }

    /// Changes since the last call of this or [`Sessions::snapshot`].
    pub(crate) fn changes(&self) -> Changes {
        let mut changes = Changes::default();
        let mut state = self.state();
        for (user, change) in state.changes.drain() {
            match change {
                Change::Came(since) => changes.add.push((user, since)),
                Change::Left => changes.remove.push(user),
            }
        }
        // In this order: what changes from now on is noted again.
        for id in self.unannounced.take() {
            if let Some(user) = state.users.get(&id) {
                changes.topics.push((id, user.topics()));
            }
        }
        changes
    }

    /// Everybody who is connected, and since when, and all subscriptions.
    pub(crate) fn snapshot(&self) -> Changes {
        let mut state = self.state();
        state.changes.clear();
        self.unannounced.take();
        let mut snapshot = Changes::default();
        for (id, user) in &state.users {
            snapshot.add.push((*id, user.since));
            let topics = user.topics();
            if !topics.is_empty() {
                snapshot.topics.push((*id, topics));
            }
        }
        snapshot
    }

    /// How many sockets there are.
    pub(crate) fn count(&self) -> usize {
        self.state().sockets.len()
    }
}

impl User {
    /// The topics to which any of the sockets is subscribed, each once.
    fn topics(&self) -> Vec<String> {
        let mut names = BTreeSet::new();
        for socket in &self.sockets {
            for namespace in Namespace::ALL {
                socket.topics(namespace).add_to(&mut names);
            }
        }
        names.into_iter().take(MAX_TOPICS).collect()
    }
}

/// What is told to whoever brings another session's token.
pub(crate) fn another_session() -> Failure {
    Failure::new(
        ErrorCode::AuthInvalid,
        "This connection belongs to another session. Open a new one.",
    )
}

impl State {
    fn enter(&mut self, socket: &Arc<Socket>, id: UserId, most: usize) -> Result<(), Failure> {
        if let Some(user) = self.users.get_mut(&id) {
            if user.sockets.len() >= most {
                return Err(Failure::new(
                    ErrorCode::RateLimited,
                    "You have too many connections open.",
                ));
            }
            user.sockets.push(Arc::clone(socket));
            return Ok(());
        }
        let since = unix_millis();
        let sockets = vec![Arc::clone(socket)];
        self.users.insert(id, User { since, sockets });
        metrics::USERS.inc();
        // Somebody who comes back before the workers were told of the leaving never left.
        if self.changes.remove(&id) != Some(Change::Left) {
            self.changes.insert(id, Change::Came(since));
        }
        Ok(())
    }

    fn exit(&mut self, socket: &Arc<Socket>) {
        let Some(id) = socket.caller().map(|caller| caller.user) else {
            return;
        };
        let Some(user) = self.users.get_mut(&id) else {
            return;
        };
        user.sockets.retain(|other| other.id != socket.id);
        if user.sockets.is_empty() {
            self.users.remove(&id);
            metrics::USERS.dec();
            if !matches!(self.changes.remove(&id), Some(Change::Came(_))) {
                self.changes.insert(id, Change::Left);
            }
        }
    }
}

#[cfg(test)]
#[path = "table_tests.rs"]
mod tests;
