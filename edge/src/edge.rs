//! Putting the parts together, running them, and ending them in order.

use std::{hash::RandomState, sync::Arc, time::Duration};

use tokio::{net::TcpListener, runtime::Handle, task::JoinSet, time::timeout};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{error, info, warn};
use warren_runtime::{admin, config::ConfigError, health::Health};
use warren_topology::{
    broker::{OnDisconnect, Publisher, PublisherTask},
    names::Names,
};

use crate::{
    auth::{LEEWAY, Tokens},
    commands::{catalog::Catalog, pending::Pending, rates::Rates, submit::Commands},
    core::Core,
    delivery::{consumer::Consumer, inbox::Inbox, losses::Losses, repeats::Repeats},
    http::{
        Uploads, documents::Documents, files::Files, router::Router, server, service::Service,
        tls::Tls,
    },
    incarnation::Incarnation,
    metrics,
    routes::{Announcements, Announcer},
    sessions::{caps::Cap, closing::close_spread, revoked::Revoked, table::Sessions},
    settings::Settings,
    socketio::{CloseReason, Engine},
};

/// How long the last answers and the goodbye may take at shutdown, each.
const LAST_WORDS: Duration = Duration::from_secs(2);

/// A part of the edge ended while it ran, which only a defect can do. The edge ends so that it is started anew.
#[derive(Debug, thiserror::Error)]
#[error("a part of the edge ended by itself: {0}")]
pub struct Broken(String);

/// An edge, built but not running.
pub struct Edge {
    health: Health,
    drain: Duration,
    tls: Option<Arc<Tls>>,
    service: Arc<Service>,
    publishers: Vec<PublisherTask>,
    consumer: Consumer,
    announcements: Announcements,
    losses: Arc<Losses>,
}

impl Edge {
    /// Builds an edge. Nothing connects yet.
    ///
    /// # Errors
    /// [`ConfigError`] when the public keys or the certificate cannot be read, or the storage of files cannot be used.
    pub fn build(settings: Settings, health: Health) -> Result<Self, ConfigError> {
        metrics::register();
        let Settings {
            broker,
            edge: settings,
            auth,
            limits,
            files,
            uploads,
            ..
        } = settings;
        let names = Names::new(&broker.prefix);
        let millis = Duration::from_millis;
        let tokens = Arc::new(Tokens::load(&auth)?);

        let incarnation = Incarnation::new();
        let publisher = |role| {
            let component = health.component(role);
            Publisher::new(
                &broker,
                role,
                component,
                OnDisconnect::Refuse,
                incarnation.node(),
            )
        };
        // Routes have a connection of their own: a flood of commands must not hold up the heartbeat.
        let (command_publisher, commands_task) = publisher("edge commands");
        let (route_publisher, routes_task) = publisher("edge routes");

        let sockets_per_user = if limits.enabled {
            limits.sockets_per_user
        } else {
            usize::MAX
        };
        let sessions = Arc::new(Sessions::new(
            incarnation.clone(),
            settings.outbox_bytes,
            millis(settings.slow_reader_ms),
            sockets_per_user,
        ));
        let pending = Arc::new(Pending::new(
            settings.command_timeout(),
            settings.max_pending,
            settings.max_pending_per_socket,
        ));
        let commands = Arc::new(Commands::new(
            Catalog::new(&names, broker.partitions),
            Arc::clone(&pending),
            Rates::new(&limits),
            Revoked::new(Duration::from_secs(auth.access_ttl_seconds) + LEEWAY),
            incarnation.clone(),
            command_publisher,
            settings.max_topics_per_socket,
        ));
        let announcer = Announcer::new();
        let losses = Arc::new(Losses::new(
            incarnation.clone(),
            Arc::clone(&sessions),
            millis(settings.resync_spread_ms),
        ));
        let announcements = Announcements::new(
            announcer.clone(),
            Arc::clone(&sessions),
            route_publisher,
            &names,
            Arc::clone(&losses),
            &settings,
        );
        let repeats = Repeats::new(
            Duration::from_secs(settings.repeat_window_seconds),
            settings.repeat_recipients,
        );
        let inbox = Inbox::new(
            &names,
            Arc::clone(&sessions),
            Arc::clone(&commands),
            Arc::clone(&losses),
            announcer.clone(),
            repeats,
            Arc::clone(&tokens),
        );
        let consumer = Consumer {
            prefetch: settings.prefetch,
            component: health.component("edge deliveries"),
            incarnation: incarnation.clone(),
            losses: Arc::clone(&losses),
            pending,
            routes: announcer,
            inbox,
            broker,
        };
        let drain = millis(settings.drain_ms);
        let tls = match &settings.tls {
            Some(files) => {
                let check_every = Duration::from_secs(files.check_seconds);
                let handshake_timeout = millis(settings.header_timeout_ms);
                let tls = Tls::load(files.clone(), handshake_timeout, check_every)?;
                Some(Arc::new(tls))
            }
            None => None,
        };
        let cap = |most| limits.enabled.then(|| Cap::new(most));
        let addresses = cap(limits.sockets_per_address);
        let connections = cap(limits.connections_per_address);
        let uploads = Uploads::open(&files, uploads)?;
        let files = Files::load(settings.static_dir.as_deref());
        let core = Arc::new(Core {
            settings,
            tokens,
            commands,
            sessions,
            incarnation,
            addresses,
            connections,
            uploads,
            hasher: RandomState::new(),
        });
        let sockets = TaskTracker::new();
        let service = Arc::new(Service {
            engine: Engine::new(core.settings.engine(), sockets.clone()),
            router: Router::new(core.commands.catalog.entries()),
            documents: Documents::new(&names),
            files,
            health: health.clone(),
            sockets,
            core,
        });
        let publishers = vec![commands_task, routes_task];
        Ok(Self {
            health,
            drain,
            tls,
            service,
            publishers,
            consumer,
            announcements,
            losses,
        })
    }

    /// Serves clients on `listener` and operators on `admin` until `shutdown`; what talks to the broker runs on `broker`, a
    /// runtime of its own where thousands of clients at once must not hold it up. Then drains: accepts nothing more, says
    /// goodbye to the workers, closes sockets spread over the configured time, answers what waits, and ends.
    ///
    /// # Errors
    /// [`Broken`] when a part of it ended before.
    pub async fn run(
        self,
        listener: TcpListener,
        admin: TcpListener,
        broker: &Handle,
        shutdown: CancellationToken,
    ) -> Result<(), Broken> {
        let Self {
            health,
            drain,
            tls,
            service,
            publishers,
            consumer,
            announcements,
            losses,
        } = self;
        let core = Arc::clone(&service.core);
        // What the last answers need ends last.
        let end = CancellationToken::new();
        let mut parts = JoinSet::new();
        for publisher in publishers {
            parts.spawn_on(publisher.run(end.clone()), broker);
        }
        parts.spawn_on(consumer.run(end.clone()), broker);
        let (tokens, pending, stop) = (
            Arc::clone(&core.tokens),
            Arc::clone(&core.commands.pending),
            end.clone(),
        );
        parts.spawn(async move { tokens.watch(stop).await });
        if let Some(tls) = &tls {
            parts.spawn(Arc::clone(tls).watch(end.clone()));
        }
        let stop = end.clone();
        parts.spawn(async move { pending.sweep(stop).await });
        let stop = shutdown.clone();
        parts.spawn_on(async move { losses.run(stop).await }, broker);
        let admin_end = CancellationToken::new();
        let admin = tokio::spawn(admin::serve(admin, health.clone(), admin_end.clone()));
        let mut announcing = broker.spawn(announcements.run(shutdown.clone()));
        let mut serving = tokio::spawn(server::serve(
            listener,
            broker.clone(),
            tls,
            Arc::clone(&service),
            shutdown.clone(),
        ));

        let broken = tokio::select! {
            biased;
            () = shutdown.cancelled() => None,
            Some(ended) = parts.join_next() => Some(ended),
            ended = &mut announcing => Some(ended),
            ended = &mut serving => Some(ended),
        };
        let broken = broken.map(|ended| {
            ended
                .err()
                .map_or_else(String::new, |error| error.to_string())
        });
        if let Some(cause) = &broken {
            error!(cause, "a part of the edge ended by itself; the edge ends");
        }
        shutdown.cancel();
        health.drain();
        info!(
            sockets = core.sessions.count(),
            "draining: clients are asked to reconnect elsewhere"
        );
        service.sockets.close();
        if !announcing.is_finished() {
            late("the goodbye to the workers", LAST_WORDS, announcing).await;
        }
        close_spread(core.sessions.all(), CloseReason::Shutdown, drain).await;
        late("the last sockets", LAST_WORDS * 2, service.sockets.wait()).await;
        let answered = async {
            while core.commands.pending.count() > 0 {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        late("the last answers", LAST_WORDS, answered).await;
        core.commands.pending.fail_all();
        if !serving.is_finished() {
            late("the last requests", LAST_WORDS, serving).await;
        }
        end.cancel();
        let ended = async { while parts.join_next().await.is_some() {} };
        late("the broker connections", LAST_WORDS, ended).await;
        admin_end.cancel();
        late("the admin port", LAST_WORDS, admin).await;
        info!("ended");
        broken.map_or(Ok(()), |cause| Err(Broken(cause)))
    }
}

/// Waits for a part of the shutdown, but not for ever.
async fn late<T>(what: &str, limit: Duration, part: impl Future<Output = T>) {
    if timeout(limit, part).await.is_err() {
        warn!(
            limit_ms = limit.as_millis() as u64,
            "{what} took too long; going on without"
        );
    }
}
