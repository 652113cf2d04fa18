use std::{
    collections::{HashMap, VecDeque},
    sync::{Arc, Mutex, MutexGuard, PoisonError, atomic::Ordering},
    time::{Duration, Instant},
};

use serde_json::value::RawValue;
use tokio::sync::oneshot;
use tokio_util::sync::CancellationToken;
use tracing::debug;
use warren_topology::{
    actions::{Namespace, Subscribing},
    envelope::Reply,
    failure::{ErrorCode, Failure},
};

use super::catalog::Entry;
use crate::{metrics, sessions::socket::Socket, socketio::codec};

/// How often overdue commands are looked for.
const SWEEP: Duration = Duration::from_millis(100);

/// A successful answer to a REST request.
#[derive(Debug)]
pub(crate) struct Success {
    pub(crate) status: Option<u16>,
    pub(crate) data: Option<Box<RawValue>>,
    pub(crate) cookies: Vec<String>,
}

/// Who is told the outcome of a command.
pub(crate) enum Waiter {
    /// A REST request.
    Request(oneshot::Sender<Result<Success, Failure>>),
    /// A socket that asked for an acknowledgement.
    Ack {
        socket: Arc<Socket>,
        namespace: Namespace,
        id: u64,
    },
    /// A socket that did not.
    Silent { socket: Arc<Socket> },
    /// A socket that has entered a namespace and is greeted with the answer.
    Greeting {
        socket: Arc<Socket>,
        namespace: Namespace,
        event: &'static str,
    },
}

impl Waiter {
    pub(crate) fn socket(&self) -> Option<&Arc<Socket>> {
        match self {
            Self::Request(_) => None,
            Self::Ack { socket, .. } | Self::Silent { socket } | Self::Greeting { socket, .. } => {
                Some(socket)
            }
        }
    }

    /// Tells the waiter that what it asked for is refused.
    pub(crate) fn refuse(self, failure: Failure) {
        self.tell(Err(failure));
    }

    fn tell(self, outcome: Result<&Reply<'_>, Failure>) {
        let data = |reply: &Reply<'_>| reply.data.map_or("null", RawValue::get).to_owned();
        match self {
            Self::Request(sender) => {
                let outcome = outcome.map(|reply| Success {
                    status: reply.status,
                    data: reply.data.map(ToOwned::to_owned),
                    cookies: reply.cookies.clone(),
                });
                // The client may have gone.
                let _ignored = sender.send(outcome);
            }
            Self::Ack {
                socket,
                namespace,
                id,
            } => {
                let packet = match &outcome {
                    Ok(reply) => {
                        codec::ack(namespace, id, Ok(reply.data.map_or("null", RawValue::get)))
                    }
                    Err(failure) => codec::ack(namespace, id, Err(failure)),
                };
                socket.outbox.send(packet);
            }
            Self::Greeting {
                socket,
                namespace,
                event,
            } => {
                if let Ok(reply) = outcome
                    && socket.joined(namespace) != 0
                {
                    socket
                        .outbox
                        .send(codec::named_event(namespace, event, &data(reply)));
                }
            }
            Self::Silent { .. } => {}
        }
    }
}

struct Wait {
    /// The command and the namespace, if its answer decides about a subscription of the socket.
    subscribes: Option<(u64, Namespace)>,
    waiter: Waiter,
    accepted: Instant,
    action: &'static str,
    succeeded: warren_runtime::metrics::IntCounter,
    seconds: warren_runtime::metrics::Histogram,
}

/// The commands that wait for their reply.
pub(crate) struct Pending {
    timeout: Duration,
    most: usize,
    most_per_socket: u32,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    waits: HashMap<u64, Wait>,
    /// In the order of their deadlines, which is the order in which they came.
    order: VecDeque<(Instant, u64)>,
}

impl Pending {
    pub(crate) fn new(timeout: Duration, most: usize, most_per_socket: u32) -> Self {
        Self {
            timeout,
            most,
            most_per_socket,
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long commands wait.
    pub(crate) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// How many wait.
    pub(crate) fn count(&self) -> usize {
        self.state().waits.len()
    }

    /// Lets a waiter wait for the reply to a command.
    ///
    /// # Errors
    /// The waiter with `BUSY` when too many wait already.
    pub(crate) fn insert(
        &self,
        id: u64,
        entry: &Entry,
        waiter: Waiter,
        accepted: Instant,
    ) -> Result<(), (Waiter, Failure)> {
        let busy = || {
            Failure::new(
                ErrorCode::Busy,
                "Too many actions wait for their answer. Try again in a moment.",
            )
        };
        if let Some(socket) = waiter.socket()
            && socket.pending.load(Ordering::Relaxed) >= self.most_per_socket
        {
            return Err((waiter, busy()));
        }
        let mut state = self.state();
        if state.waits.len() >= self.most {
            drop(state);
            return Err((waiter, busy()));
        }
        if let Some(socket) = waiter.socket() {
            socket.pending.fetch_add(1, Ordering::Relaxed);
        }
        let begins = |(change, _)| change == Subscribing::Begin;
        let subscribes = entry.action.topic.is_some_and(begins);
        let wait = Wait {
            subscribes: entry
                .action
                .socket
                .filter(|_| subscribes)
                .map(|namespace| (id, namespace)),
            waiter,
            accepted,
            action: entry.action.name,
            succeeded: entry.succeeded.clone(),
            seconds: entry.seconds.clone(),
        };
        state.waits.insert(id, wait);
        state.order.push_back((accepted + self.timeout, id));
        metrics::PENDING.set(state.waits.len() as i64);
        Ok(())
    }

    /// Ends the wait for a command with its reply.
    pub(crate) fn complete(&self, reply: &Reply<'_>) {
        // `<node id>-<counter>`; the counter alone is unique within this process.
        let id = reply
            .id
            .rsplit_once('-')
            .and_then(|(_, id)| id.parse().ok());
        let Some(wait) = id.and_then(|id| self.take(id)) else {
            metrics::LATE_REPLIES.inc();
            debug!(command = %reply.id, "a reply nobody waits for");
            return;
        };
        match &reply.error {
            None => wait.end(Ok(reply)),
            Some(failure) => wait.end(Err(failure.clone())),
        }
    }

    /// Ends the wait for a command with a failure, if it still waits.
    pub(crate) fn fail(&self, id: u64, failure: Failure) {
        if let Some(wait) = self.take(id) {
            wait.end(Err(failure));
        }
    }

    /// Ends all waits: the replies went to an incarnation that is no more, so the outcomes are unknown.
    pub(crate) fn fail_all(&self) {
        let waits: Vec<Wait> = {
            let mut state = self.state();
            state.order.clear();
            state.waits.drain().map(|(_, wait)| wait).collect()
        };
        metrics::PENDING.set(0);
        for wait in waits {
            wait.end(Err(unknown_outcome()));
        }
    }

    fn take(&self, id: u64) -> Option<Wait> {
        let mut state = self.state();
        let wait = state.waits.remove(&id)?;
        metrics::PENDING.set(state.waits.len() as i64);
        Some(wait)
    }

    /// Ends overdue waits until `stop`.
    pub(crate) async fn sweep(&self, stop: CancellationToken) {
        let mut ticks = tokio::time::interval(SWEEP);
        while stop.run_until_cancelled(ticks.tick()).await.is_some() {
            for wait in self.overdue(Instant::now()) {
                wait.end(Err(unknown_outcome()));
            }
        }
    }

    fn overdue(&self, now: Instant) -> Vec<Wait> {
        let mut state = self.state();
        let mut overdue = Vec::new();
        while let Some((deadline, id)) = state.order.front().copied()
            && (deadline <= now || !state.waits.contains_key(&id))
        {
            state.order.pop_front();
            overdue.extend(state.waits.remove(&id));
        }
        if !overdue.is_empty() {
            metrics::PENDING.set(state.waits.len() as i64);
        }
        overdue
    }
}

impl Wait {
    fn end(self, outcome: Result<&Reply<'_>, Failure>) {
        match &outcome {
            Ok(_) => self.succeeded.inc(),
            Err(failure) => metrics::COMMANDS
                .with_label_values(&[self.action, failure.code.as_str()])
                .inc(),
        }
        self.seconds.observe(self.accepted.elapsed().as_secs_f64());
        if let Some(socket) = self.waiter.socket() {
            socket.pending.fetch_sub(1, Ordering::Relaxed);
            if let Some((command, namespace)) = self.subscribes {
                socket.decide_topic(namespace, command, outcome.is_ok());
            }
        }
        self.waiter.tell(outcome);
    }
}

/// Tells a waiter that its command was refused before it entered the system.
pub(crate) fn refuse(entry: &Entry, waiter: Waiter, failure: Failure) {
    metrics::COMMANDS
        .with_label_values(&[entry.action.name, failure.code.as_str()])
        .inc();
    waiter.refuse(failure);
}

fn unknown_outcome() -> Failure {
    Failure::new(
        ErrorCode::Timeout,
        "No answer came in time. It may have been done; repeating it with the same clientId is safe.",
    )
}
