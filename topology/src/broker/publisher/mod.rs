//! Publishing with confirms, batched by need.
//!
//! A *lane* is an exchange and a routing key. Each lane has at most one broker message in flight: what is submitted
//! meanwhile gathers and leaves as the next one, so an idle lane publishes at once and a busy one in batches, and the
//! order within a lane survives a lost connection (the unconfirmed message is published again first, under its number).
//! All lanes share one channel on one connection, owned by one task: lapin mixes up confirms when several tasks publish
//! on a channel (facts: the tag is taken before the frames are queued).

mod actor;
mod lane;

use std::{sync::Arc, time::Instant};

use tokio::sync::{mpsc, oneshot, watch};
use tokio_util::sync::CancellationToken;
use warren_runtime::health::Component;

use super::BrokerConfig;
use crate::ids::NodeId;

/// Where to publish.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Lane {
    /// The exchange.
    pub exchange: Arc<str>,
    /// The routing key.
    pub key: Arc<str>,
    /// Whether it must reach a queue: if none is bound, the submission fails.
    pub mandatory: bool,
    /// Whether the broker keeps it on disk.
    pub persistent: bool,
    /// Whether the broker may drop it when the deadline has passed.
    pub expires: bool,
}

impl Lane {
    /// A lane for what is worth nothing once its receiver is gone.
    #[must_use]
    pub fn transient(exchange: impl Into<Arc<str>>, key: impl Into<Arc<str>>) -> Self {
        Self {
            exchange: exchange.into(),
            key: key.into(),
            mandatory: false,
            persistent: false,
            expires: false,
        }
    }

    /// A lane for what must not be lost.
    #[must_use]
    pub fn durable(exchange: impl Into<Arc<str>>, key: impl Into<Arc<str>>) -> Self {
        Self {
            persistent: true,
            ..Self::transient(exchange, key)
        }
    }

    /// The same lane, failing when no queue is bound.
    #[must_use]
    pub fn mandatory(self) -> Self {
        Self {
            mandatory: true,
            ..self
        }
    }

    /// The same lane, with messages that the broker may drop after their deadline.
    #[must_use]
    pub fn expiring(self) -> Self {
        Self {
            expires: true,
            ..self
        }
    }
}

/// Why something was not published.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PublishError {
    /// The queue is full, or too much waits here.
    #[error("the queue is full")]
    Busy,
    /// The broker cannot be reached or blocks publishing; nothing was published.
    #[error("the broker is not available")]
    Unavailable,
    /// It was published, but the confirm did not come in time; it may have arrived.
    #[error("the broker did not confirm in time")]
    Unconfirmed,
    /// No queue takes it.
    #[error("no queue is bound for it")]
    Unroutable,
    /// The publisher has ended.
    #[error("the publisher has ended")]
    Closed,
}

/// What to do with submissions while there is no connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnDisconnect {
    /// Refuse them at once; somebody waits for an answer.
    Refuse,
    /// Keep them until the connection is back; whoever submits waits.
    Keep,
}

struct Submission {
    lane: Lane,
    /// Items in JSON, separated by commas.
    items: Vec<u8>,
    count: usize,
    deadline: Option<Instant>,
    done: Done,
}

type Tell = Box<dyn FnOnce(Result<(), PublishError>) + Send>;

/// Tells whoever submitted what became of it: once, whatever happens to the publisher.
struct Done(Option<Tell>);

impl Done {
    fn new(tell: impl FnOnce(Result<(), PublishError>) + Send + 'static) -> Self {
        Self(Some(Box::new(tell)))
    }

    fn tell(mut self, outcome: Result<(), PublishError>) {
        if let Some(tell) = self.0.take() {
            tell(outcome);
        }
    }
}

impl Drop for Done {
    fn drop(&mut self) {
        if let Some(tell) = self.0.take() {
            tell(Err(PublishError::Closed));
        }
    }
}

/// A handle to publish with; clones share the connection.
#[derive(Clone)]
pub struct Publisher {
    submissions: mpsc::Sender<Submission>,
    backlog: usize,
    on_disconnect: OnDisconnect,
}

impl Publisher {
    /// Submits items (JSON, separated by commas) and waits until the broker has confirmed them. Submissions to one lane
    /// are published in the order in which `submit` was called. Dropping the future does not take the items back.
    ///
    /// With `deadline`, items that are still unconfirmed then are given up.
    ///
    /// # Errors
    /// [`PublishError`]; with [`OnDisconnect::Keep`] and without a deadline only `Busy`, `Unroutable` or `Closed`.
    pub async fn submit(
        &self,
        lane: Lane,
        items: Vec<u8>,
        count: usize,
        deadline: Option<Instant>,
    ) -> Result<(), PublishError> {
        let (done, confirmed) = oneshot::channel();
        // Whoever submitted may have stopped waiting.
        let done = Done::new(move |outcome| {
            let _ignored = done.send(outcome);
        });
        let submission = Submission {
            lane,
            items,
            count,
            deadline,
            done,
        };
        match self.on_disconnect {
            OnDisconnect::Refuse => self.try_send(submission),
            OnDisconnect::Keep => {
                // What cannot be sent tells itself that the publisher has ended.
                let _gone = self.submissions.send(submission).await;
            }
        }
        confirmed.await.unwrap_or(Err(PublishError::Closed))
    }

    /// Submits items as [`Publisher::submit`] does, without waiting: `done` is told the outcome, exactly once, here or on
    /// the publisher's task, and must be quick. With [`OnDisconnect::Keep`], a full backlog is `Busy`.
    pub fn enqueue(
        &self,
        lane: Lane,
        items: Vec<u8>,
        count: usize,
        deadline: Option<Instant>,
        done: impl FnOnce(Result<(), PublishError>) + Send + 'static,
    ) {
        self.try_send(Submission {
            lane,
            items,
            count,
            deadline,
            done: Done::new(done),
        });
    }

    fn try_send(&self, submission: Submission) {
        if let Err(mpsc::error::TrySendError::Full(submission)) =
            self.submissions.try_send(submission)
        {
            submission.done.tell(Err(PublishError::Busy));
        }
    }

    /// How many more submissions there is room for, of how many.
    #[must_use]
    pub fn room(&self) -> (usize, usize) {
        (self.submissions.capacity(), self.backlog)
    }
}

/// The task behind a [`Publisher`]; run it with [`PublisherTask::run`].
pub struct PublisherTask {
    config: BrokerConfig,
    role: &'static str,
    component: Component,
    on_disconnect: OnDisconnect,
    from: watch::Receiver<NodeId>,
    submissions: mpsc::Receiver<Submission>,
}

impl Publisher {
    /// A publisher and the task that it needs. `from` names the sender on every batch.
    #[must_use]
    pub fn new(
        config: &BrokerConfig,
        role: &'static str,
        component: Component,
        on_disconnect: OnDisconnect,
        from: watch::Receiver<NodeId>,
    ) -> (Self, PublisherTask) {
        let (sender, submissions) = mpsc::channel(config.publish_backlog);
        let publisher = Self {
            submissions: sender,
            backlog: config.publish_backlog,
            on_disconnect,
        };
        let config = config.clone();
        (
            publisher,
            PublisherTask {
                config,
                role,
                component,
                on_disconnect,
                from,
                submissions,
            },
        )
    }
}

impl PublisherTask {
    /// Publishes until `shutdown`, or until every [`Publisher`] is gone and everything submitted is settled.
    pub async fn run(self, shutdown: CancellationToken) {
        actor::run(self, shutdown).await;
    }
}
