//! A pool as a running process: what it is made of, how it starts and how it ends.

use std::{collections::BTreeSet, sync::Arc, time::Duration};

use futures_util::FutureExt;
use mongodb::{Client, options::ClientOptions};
use sqlx::{
    PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::{
    net::TcpListener,
    sync::{Notify, mpsc, watch},
    task::JoinSet,
    time::timeout,
};
use tokio_util::sync::CancellationToken;
use tracing::{error, info, warn};
use warren_runtime::{
    admin,
    backoff::Backoff,
    config::ConfigError,
    health::{Component, Health},
};
use warren_storage::Storage;
use warren_topology::{
    actions::Pool,
    broker::{self, BrokerError, OnDisconnect, Publisher},
    ids::{NodeId, Partition},
    names::{Names, QUERY_KEY},
};

use crate::{
    auth::{self, AuthDesk, reminder::Reminder},
    chat::{
        batch::{Directory, Processor, Usernames},
        blocks::Blocks,
        cache::Cache,
        contacts::Contacts,
        farewell::FarewellTask,
        files,
        lane::LaneTask,
        membership,
        queries::QueryDesk,
        search::indexer::IndexTask,
        signals::SignalTask,
        store::Store,
    },
    core::{
        Outbox, Post,
        desk::{Counter, Desk, serve},
        node::{self, Listeners},
        outbox::Relay,
    },
    notify,
    settings::{PoolSettings, Settings},
    users::{self, UsersDesk, broadcast::Announcer, presence::leader::Leader},
};

/// The most connections with which the users pool reads conversations.
const MAX_READERS: u32 = 4;

/// Why a worker does not start, or not go on.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A setting is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The signing key cannot be used.
    #[error("the signing key cannot be used: {0}")]
    Key(String),
    /// A part of the worker ended while it ran, which only a defect can do. The worker ends so that it is started anew.
    #[error("a part of the worker ended by itself: {0}")]
    Broken(String),
}

/// A worker, ready to run.
pub struct Worker {
    pool: Pool,
    settings: Settings,
    health: Health,
    post: Post,
    /// What takes work.
    tasks: JoinSet<()>,
    /// What the work needs until its end.
    late: JoinSet<()>,
    /// Cancelled once exchanges and queues are there.
    declared: CancellationToken,
    /// Ends taking work.
    stop: CancellationToken,
    /// Ends everything else.
    end: CancellationToken,
}

impl Worker {
    /// Runs a worker until `shutdown`: declares the topology, takes work, and at the end finishes what it has.
    ///
    /// # Errors
    /// [`StartError`] when a setting or a key is wrong, or a part of the worker breaks. A server that is not there is
    /// waited for.
    pub async fn run(
        settings: PoolSettings,
        admin_listener: TcpListener,
        shutdown: CancellationToken,
    ) -> Result<(), StartError> {
        let PoolSettings { pool, settings } = settings;
        let health = Health::new();
        let (end, stop) = (CancellationToken::new(), shutdown.child_token());
        let node = NodeId::fresh(pool.as_str());
        let (_from, from) = watch::channel(node.clone());
        let publish = health.component("publish");
        let (publisher, task) = Publisher::new(
            &settings.broker,
            "publish",
            publish,
            OnDisconnect::Keep,
            from,
        );
        let post = Post::new(
            Names::new(&settings.broker.prefix),
            publisher,
            settings.worker.routes(),
        );
        let (tasks, late, declared) = (JoinSet::new(), JoinSet::new(), CancellationToken::new());
        let mut worker = Self {
            pool,
            settings,
            health,
            post,
            tasks,
            late,
            declared,
            stop,
            end,
        };
        let topology = worker.health.component("topology");
        worker.start(node).await?;
        worker.late.spawn(task.run(worker.end.clone()));
        worker.late.spawn(admin::serve(
            admin_listener,
            worker.health.clone(),
            worker.end.clone(),
        ));
        if worker.declare(&topology).await {
            worker.declared.cancel();
            info!(pool = pool.as_str(), "the worker runs");
        }
        worker.finish().await
    }

    /// Waits for the end of taking work, then for what has been taken.
    async fn finish(mut self) -> Result<(), StartError> {
        let broken = tokio::select! {
            biased;
            () = self.stop.cancelled() => None,
            Some(ended) = self.tasks.join_next() => Some(ended),
            Some(ended) = self.late.join_next() => Some(ended),
        };
        let broken = broken.map(|ended| {
            ended
                .err()
                .map_or_else(String::new, |error| error.to_string())
        });
        if let Some(cause) = &broken {
            error!(
                cause,
                "a part of the worker ended by itself; the worker ends"
            );
        }
        self.stop.cancel();
        self.health.drain();
        info!("finishing what was taken");
        let limit = Duration::from_secs(self.settings.worker.drain_seconds);
        if timeout(limit, async {
            while self.tasks.join_next().await.is_some() {}
        })
        .await
        .is_err()
        {
            warn!(
                limit_seconds = limit.as_secs(),
                "not finished in time; what is left will be delivered to others"
            );
            self.tasks.shutdown().await;
        }
        self.end.cancel();
        let _late = timeout(Duration::from_secs(5), async {
            while self.late.join_next().await.is_some() {}
        })
        .await;
        broken.map_or(Ok(()), |cause| Err(StartError::Broken(cause)))
    }

    /// Declares exchanges and queues, however long the broker is away. False at shutdown.
    async fn declare(&self, component: &Component) -> bool {
        let connections = broker::pool(&self.settings.broker, "declare");
        let mut backoff = Backoff::default();
        loop {
            let declared = async {
                let connection = connections.get().await?;
                let channel = connection
                    .create_channel()
                    .await
                    .map_err(BrokerError::doing("opening a channel"))?;
                broker::declare(&channel, &self.settings.broker).await
            };
            let wait = match declared.await {
                Ok(()) => {
                    component.up();
                    return true;
                }
                Err(error) => {
                    component.down(error.to_string());
                    warn!(%error, "the exchanges and queues cannot be declared; trying again");
                    backoff.next()
                }
            };
            tokio::select! {
                () = tokio::time::sleep(wait) => {}
                () = self.stop.cancelled() => return false,
            }
        }
    }

    /// Runs what takes work, once there is somewhere to take it from.
    fn spawn(&mut self, work: impl Future<Output = ()> + Send + 'static) {
        let (declared, stop) = (self.declared.clone(), self.stop.clone());
        self.tasks.spawn(async move {
            tokio::select! {
                () = declared.cancelled() => work.await,
                () = stop.cancelled() => {}
            }
        });
    }

    async fn start(&mut self, node: NodeId) -> Result<(), StartError> {
        match self.pool {
            Pool::Auth => {
                let postgres = self.postgres()?;
                let arrivals = Arc::new(Notify::new());
                self.listen(Listeners {
                    arrivals: Some(Arc::clone(&arrivals)),
                    ..Listeners::default()
                });
                let reminder = Reminder {
                    postgres: postgres.clone(),
                    lifetime: auth::sessions::Lifetimes::new(&self.settings.auth).access,
                    post: self.post.clone(),
                };
                let stop = self.stop.clone();
                self.spawn(async move { reminder.run(&arrivals, &stop).await });
                let outbox = self.outbox(&node, &postgres);
                let desk = AuthDesk::new(&self.settings, postgres, outbox)?;
                let (watch, stop) = (desk.key_watch(&self.settings.auth), self.stop.clone());
                self.spawn(async move { watch.run(&stop).await });
                self.serve(
                    desk,
                    Pool::Auth.as_str(),
                    self.post.names().pool_queue(Pool::Auth),
                );
            }
            Pool::Users => {
                let postgres = self.postgres()?;
                self.listen(Listeners::default());
                let chat = self.settings.chat.clone();
                let client = self
                    .mongo("chat.database_url", chat.database_url.expose(), MAX_READERS)
                    .await?;
                let contacts = Contacts::new(&client);
                let leader = Leader {
                    postgres: PgConnectOptions::clone(&postgres.connect_options()),
                    contacts: contacts.clone(),
                    post: self.post.clone(),
                    config: self.settings.users.clone(),
                };
                let stop = self.stop.clone();
                self.spawn(async move { leader.run(&stop).await });
                let broadcasts = Arc::new(Notify::new());
                let announcer = Announcer {
                    postgres: postgres.clone(),
                    post: self.post.clone(),
                    page: self.settings.users.broadcast_page,
                    pause: Duration::from_millis(self.settings.users.broadcast_pause_ms),
                    ordered: Arc::clone(&broadcasts),
                };
                let stop = self.stop.clone();
                self.spawn(async move { announcer.run(&stop).await });
                let outbox = self.outbox(&node, &postgres);
                let desk = UsersDesk::new(postgres, outbox, contacts, broadcasts);
                self.serve(
                    desk,
                    Pool::Users.as_str(),
                    self.post.names().pool_queue(Pool::Users),
                );
            }
            Pool::Chat => self.start_chat(node).await?,
            Pool::Notify => self.start_notify().await?,
        }
        Ok(())
    }

    /// Publishes what this pool's handlers write to the outbox.
    fn outbox(&mut self, node: &NodeId, postgres: &PgPool) -> Outbox {
        let outbox = Outbox::new(node);
        let relay = Relay {
            postgres: postgres.clone(),
            outbox: outbox.clone(),
            post: self.post.clone(),
            partitions: self.settings.broker.partitions,
        };
        let stop = self.stop.clone();
        self.spawn(async move { relay.run(&stop).await });
        outbox
    }

    fn serve<D: Desk>(&mut self, desk: D, key: &'static str, queue: String) {
        let component = self.health.component(key);
        let counter = Counter {
            queue,
            key,
            concurrency: self.settings.worker.concurrency,
        };
        let (config, post, stop) = (
            self.settings.broker.clone(),
            self.post.clone(),
            self.stop.clone(),
        );
        let desk = Arc::new(desk);
        self.spawn(async move { serve(&config, &component, &counter, desk, &post, &stop).await });
    }

    async fn start_chat(&mut self, node: NodeId) -> Result<(), StartError> {
        let postgres = self.postgres()?;
        let chat = self.settings.chat.clone();
        let client = self
            .mongo(
                "chat.database_url",
                chat.database_url.expose(),
                chat.max_connections,
            )
            .await?;
        let store = Store::new(&client);
        let usernames = postgres.clone();
        let directory: Directory = Arc::new(move |ids| {
            let postgres = postgres.clone();
            async move { users::directory::find_many(&postgres, &ids).await }.boxed()
        });
        let usernames: Usernames = Arc::new(move |names| {
            let postgres = usernames.clone();
            async move { users::directory::find_by_usernames(&postgres, names).await }.boxed()
        });

        let (beats_sender, beats) = mpsc::channel(256);
        self.listen(Listeners {
            members: Some(beats_sender),
            ..Listeners::default()
        });
        let (mine_sender, mine) = watch::channel(BTreeSet::<Partition>::new());
        let (post, stop, partitions) = (
            self.post.clone(),
            self.stop.clone(),
            self.settings.broker.partitions,
        );
        let config = chat.clone();
        self.spawn(async move {
            membership::run(node, &config, partitions, &post, beats, mine_sender, &stop).await;
        });

        let (consumes, stores) = (
            self.health.component("partitions"),
            self.health.component("mongodb"),
        );
        stores.up();
        for lane in 0..chat.lanes {
            let processor = Processor {
                store: store.clone(),
                directory: Arc::clone(&directory),
                usernames: Arc::clone(&usernames),
                cache: Cache::new(chat.cache_conversations / usize::from(chat.lanes)),
                blocks: Blocks::new(&store),
                component: stores.clone(),
                rules: chat.rules(),
                shutdown: self.stop.clone(),
            };
            let task = LaneTask {
                config: self.settings.broker.clone(),
                lane: (lane, chat.lanes),
                mine: mine.clone(),
                processor,
                post: self.post.clone(),
                component: consumes.clone(),
                max_batch: chat.max_batch,
            };
            self.spawn(task.run(self.stop.clone()));
        }
        let farewells = FarewellTask {
            config: self.settings.broker.clone(),
            store: store.clone(),
            post: self.post.clone(),
            component: self.health.component("farewells"),
        };
        self.spawn(farewells.run(self.stop.clone()));
        let index = IndexTask {
            config: self.settings.broker.clone(),
            store: store.clone(),
            post: self.post.clone(),
            component: self.health.component("search"),
            per_second: chat.index_per_second,
        };
        self.spawn(index.run(self.stop.clone()));
        let storage = Storage::open(&self.settings.files)
            .map_err(|error| ConfigError::new("files.url", format!("cannot be used: {error}")))?;
        if let Some(storage) = storage {
            self.spawn(files::run(store.clone(), storage, self.stop.clone()));
        }
        let signals = SignalTask {
            config: self.settings.broker.clone(),
            store: store.clone(),
            post: self.post.clone(),
            component: self.health.component("signals"),
        };
        self.spawn(signals.run(self.stop.clone()));
        self.serve(
            QueryDesk::new(store, directory),
            QUERY_KEY,
            self.post.names().query_queue(),
        );
        Ok(())
    }

    async fn start_notify(&mut self) -> Result<(), StartError> {
        let config = self.settings.notify.clone();
        let client = self
            .mongo(
                "notify.database_url",
                config.database_url.expose(),
                config.max_connections,
            )
            .await?;
        let store = notify::store::Store::new(&client);
        self.listen(Listeners {
            topics: true,
            ..Listeners::default()
        });
        let events = notify::events::EventTask {
            config: self.settings.broker.clone(),
            store: store.clone(),
            post: self.post.clone(),
            component: self.health.component("events"),
            max_batch: config.max_batch,
            gather: Duration::from_millis(config.gather_ms),
            silent: Duration::from_millis(config.silent_ms),
        };
        self.spawn(events.run(self.stop.clone()));
        let retention = Duration::from_secs(u64::from(config.retention_days) * 24 * 60 * 60);
        self.spawn(notify::retention::run(
            store.clone(),
            retention,
            self.stop.clone(),
        ));
        self.serve(
            notify::NotifyDesk { store },
            Pool::Notify.as_str(),
            self.post.names().pool_queue(Pool::Notify),
        );
        Ok(())
    }

    /// Listens to the edges' routes, and to the other members of the pool.
    fn listen(&mut self, listeners: Listeners) {
        let component = self.health.component("routes");
        let (config, post, end, declared) = (
            self.settings.broker.clone(),
            self.post.clone(),
            self.end.clone(),
            self.declared.clone(),
        );
        self.late.spawn(async move {
            tokio::select! {
                () = declared.cancelled() => node::listen(&config, &component, &post, listeners, &end).await,
                () = end.cancelled() => {}
            }
        });
    }

    fn postgres(&self) -> Result<PgPool, StartError> {
        let config = &self.settings.users;
        let options: PgConnectOptions = config.database_url.expose().parse().map_err(|_| {
            ConfigError::new(
                "users.database_url",
                "must be an address such as postgres://user:password@host:5432/warren",
            )
        })?;
        // A statement that takes longer than any client waits is given up by the server itself.
        let options = options.options([("statement_timeout", "5s")]);
        Ok(PgPoolOptions::new()
            .max_connections(config.max_connections)
            .acquire_timeout(Duration::from_millis(config.acquire_timeout_ms))
            .connect_lazy_with(options))
    }

    async fn mongo(
        &self,
        key: &str,
        url: &str,
        max_connections: u32,
    ) -> Result<Client, StartError> {
        let invalid = |error: mongodb::error::Error| {
            ConfigError::new(key, format!("cannot be used: {error}"))
        };
        let mut options = ClientOptions::parse(url).await.map_err(invalid)?;
        if options.default_database.is_none() {
            return Err(ConfigError::new(
                key,
                "must name a database, as in mongodb://host:27017/warren",
            )
            .into());
        }
        options.app_name = Some("warren".into());
        options.max_pool_size = Some(max_connections);
        options.min_pool_size = Some(max_connections.min(4));
        options.server_selection_timeout = Some(Duration::from_secs(3));
        options.connect_timeout = Some(Duration::from_secs(3));
        options.write_concern = Some(mongodb::options::WriteConcern::majority());
        Ok(Client::with_options(options).map_err(invalid)?)
    }
}
