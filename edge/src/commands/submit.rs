use std::{
    borrow::Cow,
    net::IpAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Instant,
};

use serde_json::{Value, value::RawValue};
use tokio::sync::watch;
use tracing::debug;
use warren_runtime::trace::TraceParent;
use warren_topology::{
    actions::{Access, Context, Subscribing},
    broker::{PublishError, Publisher},
    envelope::{Caller, Command, Origin},
    failure::{ErrorCode, Failure},
    ids::NodeId,
    payload::unix_millis,
};

use super::{
    catalog::{Catalog, Entry},
    pending::{self, Pending, Waiter},
    rates::Rates,
};
use crate::{incarnation::Incarnation, sessions::revoked::Revoked};

/// Takes client actions in.
pub(crate) struct Commands {
    pub(crate) catalog: Catalog,
    pub(crate) pending: Arc<Pending>,
    pub(crate) rates: Rates,
    pub(crate) revoked: Revoked,
    incarnation: Incarnation,
    node: watch::Receiver<NodeId>,
    publisher: Publisher,
    /// The most subscriptions of one socket.
    max_topics: usize,
    counter: AtomicU64,
}

/// A client's action.
pub(crate) struct Call<'a> {
    pub(crate) entry: &'a Entry,
    pub(crate) caller: Option<&'a Caller>,
    pub(crate) address: IpAddr,
    pub(crate) user_agent: &'a str,
    pub(crate) trace: TraceParent,
    pub(crate) payload: &'a RawValue,
}

impl Commands {
    pub(crate) fn new(
        catalog: Catalog,
        pending: Arc<Pending>,
        rates: Rates,
        revoked: Revoked,
        incarnation: Incarnation,
        publisher: Publisher,
        max_topics: usize,
    ) -> Self {
        let node = incarnation.node();
        Self {
            catalog,
            pending,
            rates,
            revoked,
            incarnation,
            node,
            publisher,
            max_topics,
            counter: AtomicU64::new(1),
        }
    }

    /// Checks an action and publishes its command. The waiter is told the outcome, whatever it is, and only that: an
    /// acknowledgement comes from the reply, never from the broker's confirm. Commands of one caller to one
    /// conversation are published in the order of the calls.
    pub(crate) fn submit(&self, call: &Call<'_>, waiter: Waiter) {
        if let Err(failure) = self.allow(call) {
            return pending::refuse(call.entry, waiter, failure);
        }
        self.publish(call, waiter);
    }

    /// The same for an action of the edge's own on behalf of a client: nothing is counted against the client.
    pub(crate) fn submit_unlimited(&self, call: &Call<'_>, waiter: Waiter) {
        self.publish(call, waiter);
    }

    fn allow(&self, call: &Call<'_>) -> Result<(), Failure> {
        let action = call.entry.action;
        self.rates.count(
            action.rate,
            call.caller.map(|caller| caller.user),
            call.address,
        )?;
        let caller = match (action.access, call.caller) {
            (Access::Public, _) => return Ok(()),
            (_, None) => return Err(Failure::new(ErrorCode::AuthInvalid, "Sign in to do this.")),
            (_, Some(caller)) => caller,
        };
        if self.revoked.contains(&caller.session) {
            return Err(session_ended());
        }
        match action.access {
            Access::Roles(roles) if !caller.roles.iter().any(|held| roles.contains(&&**held)) => {
                let roles = roles.join(" or ");
                Err(Failure::forbidden(format!("This is for the role {roles}.")))
            }
            _ => Ok(()),
        }
    }

    fn publish(&self, call: &Call<'_>, waiter: Waiter) {
        let accepted = Instant::now();
        let entry = call.entry;
        let counter = self.counter.fetch_add(1, Ordering::Relaxed);
        let id = format!("{}-{counter}", *self.node.borrow());
        let context = Context {
            caller: call.caller.map(|caller| caller.user),
            command: &id,
            partitions: self.catalog.partitions(),
        };
        let admitted = match (entry.action.admit)(call.payload.get().as_bytes(), &context) {
            Ok(admitted) => admitted,
            Err(failure) => return pending::refuse(entry, waiter, failure),
        };
        let Some(lane) = self
            .catalog
            .lane(entry, &admitted)
            .filter(|_| self.incarnation.is_online())
        else {
            return pending::refuse(entry, waiter, Failure::unavailable());
        };
        let now = unix_millis();
        let timeout = entry.worth.unwrap_or(self.pending.timeout());
        let command = Command {
            id: Cow::Borrowed(&id),
            action: Cow::Borrowed(entry.action.name),
            caller: call.caller.cloned(),
            origin: entry.action.origin.then(|| Origin {
                address: call.address.to_string(),
                user_agent: call.user_agent.chars().take(256).collect(),
            }),
            trace: call.trace,
            accepted: now,
            deadline: now + timeout.as_millis() as i64,
            payload: call.payload,
        };
        let Ok(item) = serde_json::to_vec(&command) else {
            return pending::refuse(entry, waiter, Failure::internal());
        };
        debug!(
            trace = call.trace.trace_id(),
            command = id,
            action = entry.action.name,
            "accepted"
        );
        let (room, of) = self.publisher.room();
        if entry.worth.is_some() && room < of / 2 {
            // What nobody misses goes first.
            return pending::refuse(entry, waiter, refusal(PublishError::Busy));
        }
        if let Err(failure) = self.subscribe(call, &waiter, counter) {
            return pending::refuse(entry, waiter, failure);
        }
        if let Err((waiter, failure)) = self.pending.insert(counter, entry, waiter, accepted) {
            if let (Some(namespace), Some(socket)) = (entry.action.socket, waiter.socket()) {
                socket.decide_topic(namespace, counter, false);
            }
            return pending::refuse(entry, waiter, failure);
        }
        let waiting = Arc::clone(&self.pending);
        self.publisher
            .enqueue(lane, item, 1, Some(accepted + timeout), move |outcome| {
                if let Err(error) = outcome {
                    waiting.fail(counter, refusal(error));
                }
            });
    }

    /// Does to the subscriptions of the socket what the action says: its answer decides about one that begins.
    fn subscribe(&self, call: &Call<'_>, waiter: &Waiter, command: u64) -> Result<(), Failure> {
        let action = call.entry.action;
        let (Some((change, field)), Some(namespace), Some(socket)) =
            (action.topic, action.socket, waiter.socket())
        else {
            return Ok(());
        };
        let payload: Value =
            serde_json::from_str(call.payload.get()).map_err(|_| Failure::internal())?;
        let topic = payload[field].as_str().ok_or_else(Failure::internal)?;
        match change {
            Subscribing::End => socket.end_topic(namespace, topic),
            Subscribing::Begin
                if socket
                    .topics(namespace)
                    .ask(topic, command, self.max_topics) => {}
            Subscribing::Begin => {
                return Err(Failure::new(
                    ErrorCode::Conflict,
                    format!(
                        "A connection is subscribed to at most {} of these. Leave another first.",
                        self.max_topics
                    ),
                ));
            }
        }
        Ok(())
    }
}

/// What is told to whoever uses a session that has ended.
pub(crate) fn session_ended() -> Failure {
    Failure::new(
        ErrorCode::AuthInvalid,
        "This session has ended. Sign in again.",
    )
}

fn refusal(error: PublishError) -> Failure {
    match error {
        PublishError::Busy => Failure::new(
            ErrorCode::Busy,
            "There is more to do than can be done. Try again in a moment.",
        ),
        PublishError::Unavailable | PublishError::Closed | PublishError::Unroutable => {
            Failure::unavailable()
        }
        PublishError::Unconfirmed => Failure::new(
            ErrorCode::Timeout,
            "The broker did not confirm in time. It may have been done; repeating it with the same clientId is safe.",
        ),
    }
}
