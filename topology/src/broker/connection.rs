use std::time::{Duration, Instant};

use deadpool_lapin::{Manager, Pool};
use lapin::{Connection, ConnectionProperties};
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use warren_runtime::{backoff::Backoff, health::Component};

use super::{BrokerConfig, PublishError, metrics};

/// What can go wrong with the broker.
#[derive(Debug, thiserror::Error)]
pub enum BrokerError {
    /// Connecting took too long.
    #[error("the broker did not accept a connection within {0:?}")]
    ConnectTimeout(Duration),
    /// lapin's error, with what was being done.
    #[error("{doing}: {source}")]
    Protocol {
        /// What was being done.
        doing: String,
        /// Why it failed.
        source: lapin::Error,
    },
    /// A consumer was cancelled: its queue was deleted or its node went away.
    #[error("the broker cancelled the consumer of {0}")]
    Cancelled(String),
    /// A confirm did not come.
    #[error("no confirm within {0:?}")]
    Unconfirmed(Duration),
    /// What was done with deliveries could not be published, so they are to be delivered again.
    #[error("results could not be published: {0}")]
    Unpublished(#[from] PublishError),
    /// No pooled connection could be had.
    #[error("no connection from the pool: {0}")]
    Pool(#[from] deadpool_lapin::PoolError),
}

impl BrokerError {
    /// Wraps lapin's error with what was being done.
    pub fn doing(doing: impl Into<String>) -> impl FnOnce(lapin::Error) -> Self {
        let doing = doing.into();
        move |source| Self::Protocol { doing, source }
    }
}

fn properties(role: &str) -> ConnectionProperties {
    ConnectionProperties::default().with_connection_name(format!("warren {role}").into())
}

/// The address with the heartbeat and a frame size that keeps lapin's buffers at 2 MiB per connection instead of 8.
fn address(config: &BrokerConfig) -> String {
    let url = config.url.expose();
    let separator = if url.contains('?') { '&' } else { '?' };
    format!(
        "{url}{separator}heartbeat={}&frame_max=32768",
        config.heartbeat_seconds
    )
}

/// Connects once.
///
/// # Errors
/// [`BrokerError`] when the broker refuses or does not answer in time.
pub async fn connect(config: &BrokerConfig, role: &str) -> Result<Connection, BrokerError> {
    let limit = config.connect_timeout();
    timeout(
        limit,
        Connection::connect(&address(config), properties(role)),
    )
    .await
    .map_err(|_| BrokerError::ConnectTimeout(limit))?
    .map_err(BrokerError::doing("connecting"))
}

/// A pool of connections for short-lived work: declaration, dead letters. It connects when first used.
#[must_use]
pub fn pool(config: &BrokerConfig, role: &'static str) -> Pool {
    let runtime = lapin::runtime::default_runtime();
    #[expect(clippy::expect_used, reason = "the tokio runtime is compiled in")]
    let manager = Manager::new(
        address(config),
        move || properties(role),
        runtime.expect("called within tokio"),
    );
    let built = Pool::builder(manager)
        .max_size(1)
        .runtime(deadpool_lapin::Runtime::Tokio1)
        .create_timeout(Some(config.connect_timeout()))
        .wait_timeout(Some(config.connect_timeout()))
        .build();
    #[expect(
        clippy::expect_used,
        reason = "build fails only without a runtime, which is given above"
    )]
    built.expect("a pool with timeouts has a runtime")
}

/// Keeps one role connected: waits with full jitter between attempts, tells metrics, health and log.
///
/// ```no_run
/// # use warren_topology::broker::{BrokerConfig, BrokerError, Supervisor};
/// # async fn session(_: &lapin::Connection) -> Result<(), BrokerError> { Ok(()) }
/// # async fn role(config: &BrokerConfig, component: &warren_runtime::health::Component, shutdown: &tokio_util::sync::CancellationToken) {
/// let mut supervisor = Supervisor::new(config, "commands", component);
/// while let Some(connection) = supervisor.next(shutdown).await {
///     let ended = session(&connection).await;
///     supervisor.ended(connection, ended, shutdown).await;
/// }
/// # }
/// ```
pub struct Supervisor {
    config: BrokerConfig,
    role: &'static str,
    component: Component,
    backoff: Backoff,
    since: Option<Instant>,
    done: bool,
}

/// A connection that held this long was a good one: the next attempt need not wait long.
const HELD: Duration = Duration::from_secs(5);

impl Supervisor {
    /// A supervisor for a role, which names its connections in the broker, in metrics and logs. `component` is told when the
    /// connection is lost; the session tells it when it is ready to work.
    #[must_use]
    pub fn new(config: &BrokerConfig, role: &'static str, component: &Component) -> Self {
        let (config, component) = (config.clone(), component.clone());
        Self {
            config,
            role,
            component,
            backoff: Backoff::default(),
            since: None,
            done: false,
        }
    }

    /// The next connection, however long it takes. `None` at shutdown, or when the last session was done for good.
    pub async fn next(&mut self, shutdown: &CancellationToken) -> Option<Connection> {
        if self.done {
            return None;
        }
        tokio::select! {
            connection = self.connect() => Some(connection),
            () = shutdown.cancelled() => None,
        }
    }

    /// Notes how a session ended and closes its connection. `Ok` means that it was done for good; after an error it waits
    /// before the next attempt.
    pub async fn ended(
        &mut self,
        connection: Connection,
        ended: Result<(), BrokerError>,
        shutdown: &CancellationToken,
    ) {
        match ended {
            Err(error) if !shutdown.is_cancelled() => tokio::select! {
                () = self.lost(connection, &error) => {}
                () = shutdown.cancelled() => self.done = true,
            },
            _ => {
                self.done = true;
                self.closed(connection).await;
            }
        }
    }

    /// Connects, however long it takes. Cancel safe.
    pub(super) async fn connect(&mut self) -> Connection {
        loop {
            match connect(&self.config, self.role).await {
                Ok(connection) => {
                    info!(role = self.role, "connected to the broker");
                    metrics::CONNECTS.with_label_values(&[self.role]).inc();
                    metrics::CONNECTED.with_label_values(&[self.role]).set(1);
                    self.since = Some(Instant::now());
                    return connection;
                }
                Err(error) => self.wait(&error).await,
            }
        }
    }

    /// Notes that a connection has ended and waits before the next.
    pub(super) async fn lost(&mut self, connection: Connection, error: &BrokerError) {
        if self
            .since
            .take()
            .is_some_and(|since| since.elapsed() > HELD)
        {
            self.backoff.reset();
        }
        self.closed(connection).await;
        self.wait(error).await;
    }

    /// Closes a connection. One that the broker no longer answers on must not hold up what comes next.
    pub(super) async fn closed(&self, connection: Connection) {
        metrics::CONNECTED.with_label_values(&[self.role]).set(0);
        let _closed = timeout(Duration::from_secs(1), connection.close(200, "bye".into())).await;
    }

    async fn wait(&mut self, error: &BrokerError) {
        self.component.down(error.to_string());
        let wait = self.backoff.next();
        warn!(role = self.role, %error, wait_ms = wait.as_millis() as u64, "no broker connection; connecting again");
        tokio::time::sleep(wait).await;
    }
}
