//! The consumer of commands that are independent of each other: every command is handled by itself, many at a time, and
//! a broker message is acknowledged once the replies to all its commands are with the broker.

use std::{panic::AssertUnwindSafe, sync::Arc};

use futures_util::{FutureExt, StreamExt, future::join_all, stream::FuturesUnordered};
use lapin::{Connection, message::Delivery, options::BasicAckOptions};
use serde_json::value::RawValue;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;
use tracing::{debug, error, warn};
use warren_runtime::health::Component;
use warren_topology::{
    broker::{BrokerConfig, BrokerError, Consume, Parking, PublishError, Subscription, Supervisor},
    envelope::{Batch, Command},
    failure::{ErrorCode, Failure},
    ids::NodeId,
    payload::unix_millis,
};

use super::{Effects, Fault, Letter, Post, handler::Outcome, metrics, post::ReplyOut};

/// A set of handlers for the commands of one queue.
pub trait Desk: Send + Sync + 'static {
    /// Handles one command. A command may come twice: handling it again must do no harm.
    fn handle(
        &self,
        command: &Command<'_>,
        effects: &mut Effects,
    ) -> impl Future<Output = Result<Outcome, Fault>> + Send;
}

/// Where a desk gets its commands.
#[derive(Clone, Debug)]
pub struct Counter {
    /// The queue.
    pub queue: String,
    /// The routing key of its commands, for parking them; also its label in metrics.
    pub key: &'static str,
    /// How many commands are handled at a time, however many came in one broker message: a database that is asked for more
    /// than it can do at once answers nobody in time.
    pub concurrency: u16,
}

/// Serves a desk until `shutdown`; then finishes and acknowledges what it has.
pub async fn serve<D: Desk>(
    config: &BrokerConfig,
    component: &Component,
    counter: &Counter,
    desk: Arc<D>,
    post: &Post,
    shutdown: &CancellationToken,
) {
    let mut supervisor = Supervisor::new(config, counter.key, component);
    while let Some(connection) = supervisor.next(shutdown).await {
        let ended = session(&connection, component, counter, &desk, post, shutdown).await;
        supervisor.ended(connection, ended, shutdown).await;
    }
}

async fn session<D: Desk>(
    connection: &Connection,
    component: &Component,
    counter: &Counter,
    desk: &Arc<D>,
    post: &Post,
    shutdown: &CancellationToken,
) -> Result<(), BrokerError> {
    let consume = Consume {
        queue: &counter.queue,
        label: counter.key,
        prefetch: counter.concurrency,
    };
    let mut subscription = Subscription::open(connection, consume).await?;
    component.up();
    let turns = Arc::new(Semaphore::new(counter.concurrency.into()));
    let mut working = FuturesUnordered::new();
    let ended = loop {
        tokio::select! {
            deliveries = subscription.next_batch(usize::from(counter.concurrency)) => match deliveries {
                Ok(deliveries) => working.extend(deliveries.into_iter().map(|delivery| {
                    let (desk, post, key) = (Arc::clone(desk), post.clone(), counter.key);
                    let turns = Arc::clone(&turns);
                    tokio::spawn(async move { work(&*desk, &turns, &post, key, delivery).await })
                })),
                Err(error) => break Err(error),
            },
            Some(done) = working.next() => log_lost(done),
            () = shutdown.cancelled() => break Ok(()),
        }
    };
    while let Some(done) = working.next().await {
        log_lost(done);
    }
    ended
}

fn log_lost(done: Result<Result<(), PublishError>, tokio::task::JoinError>) {
    match done {
        Ok(Ok(())) => {}
        Ok(Err(error)) => {
            warn!(%error, "a reply was not published; its command will be delivered again")
        }
        Err(error) => {
            error!(%error, "a command was dropped; it will be delivered again when this connection ends")
        }
    }
}

/// Handles the commands of one broker message and acknowledges it.
async fn work<D: Desk>(
    desk: &D,
    turns: &Semaphore,
    post: &Post,
    key: &str,
    delivery: Delivery,
) -> Result<(), PublishError> {
    match serde_json::from_slice::<Batch<&RawValue>>(&delivery.data) {
        Ok(batch) => {
            let handled = batch.items.iter().map(async |raw| {
                let letter = in_turn(turns, one(desk, post, key, &batch.from, raw)).await?;
                post.send(letter.into_iter().collect()).await
            });
            join_all(handled)
                .await
                .into_iter()
                .collect::<Result<(), _>>()?;
        }
        Err(error) => {
            let item = String::from_utf8_lossy(&delivery.data);
            let parking = Parking {
                exchange: None,
                key,
                reason: "malformed",
                detail: error.to_string(),
                item: &item,
            };
            parking.park(post.names(), post.publisher()).await?;
        }
    }
    // `false` and errors mean that the channel is gone: the command comes again, and handling it again does no harm.
    let _acked = delivery.ack(BasicAckOptions::default()).await;
    Ok(())
}

/// Waits for its turn, those that came first before.
async fn in_turn<T>(turns: &Semaphore, work: impl Future<Output = T>) -> T {
    // Nobody closes the semaphore.
    let _turn = turns.acquire().await;
    work.await
}

async fn one<D: Desk>(
    desk: &D,
    post: &Post,
    key: &str,
    edge: &NodeId,
    raw: &RawValue,
) -> Result<Option<Letter>, PublishError> {
    let parking = |reason, detail| Parking {
        exchange: None,
        key,
        reason,
        detail,
        item: raw.get(),
    };
    let command: Command<'_> = match serde_json::from_str(raw.get()) {
        Ok(command) => command,
        Err(error) => {
            parking("malformed", error.to_string())
                .park(post.names(), post.publisher())
                .await?;
            return Ok(None);
        }
    };
    if command.deadline < unix_millis() {
        metrics::EXPIRED.inc();
        return Ok(None);
    }
    let mut effects = Effects::default();
    let handled = AssertUnwindSafe(desk.handle(&command, &mut effects))
        .catch_unwind()
        .await;
    let outcome = match handled {
        Ok(Ok(outcome)) => Ok(outcome),
        Ok(Err(fault)) => {
            // What edges must know holds all the same, such as that a stolen session has ended.
            effects.only_controls();
            Err(explain(&command, fault))
        }
        Err(_panic) => {
            effects = Effects::default();
            parking("panicked", command.action.to_string())
                .park(post.names(), post.publisher())
                .await?;
            Err(Failure::internal())
        }
    };
    observe(&command, &outcome);
    let reply = ReplyOut {
        edge: edge.clone(),
        id: command.id.to_string(),
        outcome,
    };
    Ok(Some(Letter {
        reply: Some(reply),
        effects,
        trace: command.trace,
        accepted: command.accepted,
    }))
}

/// Logs why a command failed and turns it into what the client is told.
pub(crate) fn explain(command: &Command<'_>, fault: Fault) -> Failure {
    let trace = command.trace.trace_id();
    match &fault {
        Fault::Refused(failure) => {
            debug!(action = %command.action, trace, code = failure.code.as_str(), message = failure.message, "refused");
        }
        Fault::Postgres(_) | Fault::Mongo(_) => {
            warn!(action = %command.action, trace, error = %fault, "the database failed; the client is told to try again");
        }
        Fault::Broken(_) => {
            error!(action = %command.action, trace, error = %fault, "an action failed in a way that should not be");
        }
    }
    fault.into_failure()
}

/// Counts and times a handled command, and logs it under its trace id.
pub(crate) fn observe(command: &Command<'_>, outcome: &Result<Outcome, Failure>) {
    let label = outcome
        .as_ref()
        .err()
        .map_or("ok", |failure| failure.code.as_str());
    metrics::COMMANDS
        .with_label_values(&[&*command.action, label])
        .inc();
    let seconds = (unix_millis() - command.accepted).max(0) as f64 / 1_000.0;
    metrics::COMMAND_SECONDS
        .with_label_values(&[&*command.action])
        .observe(seconds);
    debug!(action = %command.action, trace = command.trace.trace_id(), outcome = label, "handled");
}

/// The answer to a command that this pool does not know: an older worker than edge.
#[must_use]
pub fn unknown(action: &str) -> Fault {
    Fault::Refused(Failure::new(
        ErrorCode::Unavailable,
        format!("The action {action} is not served here yet."),
    ))
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use futures_util::future::join_all;
    use tokio::task::yield_now;

    use super::*;

    #[tokio::test]
    async fn only_so_many_commands_are_handled_at_a_time() {
        let (turns, now, most) = (Semaphore::new(3), AtomicUsize::new(0), AtomicUsize::new(0));
        let command = async || {
            let running = now.fetch_add(1, Ordering::Relaxed) + 1;
            most.fetch_max(running, Ordering::Relaxed);
            yield_now().await;
            now.fetch_sub(1, Ordering::Relaxed);
        };
        let done = join_all((0..50).map(|_| in_turn(&turns, command()))).await;
        assert_eq!((done.len(), most.into_inner()), (50, 3));
    }
}
