use std::{
    net::SocketAddr,
    panic::{AssertUnwindSafe, resume_unwind},
};

use futures_util::{FutureExt, future::join_all};
use sqlx::PgPool;
use tokio::{net::TcpListener, runtime::Handle};
use warren_edge::Edge;
use warren_runtime::{config, health::Health};
use warren_topology::{actions::Pool, broker::BrokerConfig, ids::Partition, names::Names};
use warren_workers::{
    admin,
    auth::{keys, roles::Change},
    process::Worker,
    settings::{PoolSettings, Settings},
};

use super::{Part, Person, Proxy, Request, Scratch, eventually, part::listener, within};

/// How many partitions the chat pool of a test has.
pub(crate) const PARTITIONS: u16 = 4;

/// What a test runs on: by default one edge and one worker of each pool.
pub(crate) struct Setup {
    edges: usize,
    settings: Vec<(String, String)>,
}

/// Warren, running for one test.
pub(crate) struct TestSystem {
    pub(crate) scratch: Scratch,
    settings: Vec<(String, String)>,
    edges: Vec<RunningEdge>,
    workers: Vec<RunningWorker>,
}

struct RunningEdge {
    part: Part,
    address: SocketAddr,
    health: Health,
}

struct RunningWorker {
    pool: Pool,
    part: Part,
}

/// Runs a test on one edge and one worker of each pool.
pub(crate) async fn with_system(test: impl AsyncFnOnce(&mut TestSystem)) {
    Setup::edges(1).run(test).await;
}

impl Setup {
    /// So many edges, and one worker of each pool.
    pub(crate) fn edges(edges: usize) -> Self {
        Self {
            edges,
            settings: Vec::new(),
        }
    }

    /// The same with a setting (`SECTION__KEY`) of the test's own, for all parts.
    pub(crate) fn set(mut self, key: &str, value: impl ToString) -> Self {
        self.settings.push((key.to_owned(), value.to_string()));
        self
    }

    /// Runs a test, and takes everything away again, however the test ends.
    pub(crate) async fn run(self, test: impl AsyncFnOnce(&mut TestSystem)) {
        let scratch = Scratch::make().await;
        let mut settings = base(&scratch);
        settings.extend(self.settings);
        let mut system = TestSystem {
            scratch,
            settings,
            edges: Vec::new(),
            workers: Vec::new(),
        };
        let broker = system.broker_config();
        let outcome = AssertUnwindSafe(async {
            system.scratch.declare(&broker).await;
            let workers = join_all(Pool::ALL.map(|pool| system.worker(pool))).await;
            system.workers.extend(workers);
            for _ in 0..self.edges {
                system.start_edge().await;
            }
            test(&mut system).await;
        });
        let outcome = outcome.catch_unwind().await;
        system.edges.drain(..).for_each(|edge| edge.part.kill());
        system
            .workers
            .drain(..)
            .for_each(|worker| worker.part.kill());
        // What could not be removed must not hide why the test failed.
        let removed = AssertUnwindSafe(system.scratch.remove(&broker))
            .catch_unwind()
            .await;
        outcome
            .and(removed)
            .unwrap_or_else(|panic| resume_unwind(panic));
    }
}

/// What all parts of a test are told.
fn base(scratch: &Scratch) -> Vec<(String, String)> {
    let file = |name: &str| scratch.folder.join(name).display().to_string();
    let settings = [
        ("BROKER__URL", scratch.broker.clone()),
        ("BROKER__PREFIX", scratch.prefix.clone()),
        ("BROKER__PARTITIONS", PARTITIONS.to_string()),
        (
            "LOG__LEVEL",
            std::env::var("WARREN_TEST_LOG").unwrap_or_else(|_| "warn,lapin=off".into()),
        ),
        ("AUTH__BCRYPT_COST", "4".into()),
        ("AUTH__PRIVATE_KEY_FILE", file(keys::PRIVATE_KEY)),
        ("AUTH__JWKS_FILE", file(keys::JWKS)),
        ("USERS__DATABASE_URL", scratch.postgres.clone()),
        ("USERS__MAX_CONNECTIONS", "4".into()),
        ("USERS__ACQUIRE_TIMEOUT_MS", "20000".into()),
        ("CHAT__DATABASE_URL", scratch.chat.clone()),
        ("CHAT__MAX_CONNECTIONS", "4".into()),
        ("CHAT__HEARTBEAT_MS", "200".into()),
        ("CHAT__MEMBER_TIMEOUT_MS", "2000".into()),
        ("NOTIFY__DATABASE_URL", scratch.notify.clone()),
        ("NOTIFY__MAX_CONNECTIONS", "4".into()),
        ("EDGE__COMMAND_TIMEOUT_MS", "60000".into()),
        ("EDGE__ROUTE_HEARTBEAT_MS", "500".into()),
        ("EDGE__RESYNC_SPREAD_MS", "100".into()),
        ("EDGE__DRAIN_MS", "100".into()),
        ("LIMITS__ENABLED", "false".into()),
        ("FILES__URL", format!("file://{}", file("files"))),
    ];
    settings.map(|(key, value)| (key.to_owned(), value)).into()
}

impl TestSystem {
    fn settings<T: serde::de::DeserializeOwned + config::Check>(
        &self,
        defaults: &str,
        broker: &str,
    ) -> T {
        let own = ("BROKER__URL".to_owned(), broker.to_owned());
        let settings = self.settings.iter().cloned().chain([own]);
        config::load_from(
            defaults,
            None,
            settings.map(|(key, value)| (format!("WARREN__{key}"), value)),
        )
        .unwrap()
    }

    /// How to reach the broker without a proxy.
    pub(crate) fn broker_config(&self) -> BrokerConfig {
        self.worker_settings().broker
    }

    /// What workers are told, with a broker address without a proxy.
    pub(crate) fn worker_settings(&self) -> Settings {
        self.settings(warren_workers::settings::DEFAULTS, &self.scratch.broker)
    }

    /// The accounts' database.
    pub(crate) async fn postgres(&self) -> PgPool {
        PgPool::connect(&self.scratch.postgres).await.unwrap()
    }

    /// Gives somebody a role as an operator does, who has access to the database and the broker.
    pub(crate) async fn grant(&self, username: &str, role: &str) {
        let postgres = self.postgres().await;
        let broker = self.broker_config();
        let given = admin::set_role(&broker, &postgres, username, role, Change::Grant).await;
        assert!(given.unwrap().iter().any(|given| given == role));
    }

    /// The names of exchanges and queues.
    pub(crate) fn names(&self) -> Names {
        Names::new(&self.scratch.prefix)
    }

    /// The partition of a conversation.
    pub(crate) fn partition(&self, conversation: &str) -> Partition {
        Partition::of(&conversation.parse().unwrap(), PARTITIONS)
    }

    async fn worker(&self, pool: Pool) -> RunningWorker {
        let proxy = Proxy::start(&self.scratch.broker).await;
        let settings: Settings = self.settings(warren_workers::settings::DEFAULTS, &proxy.url);
        // The first of several tests in one process has set the log up.
        let _done = warren_runtime::log::init(&settings.log);
        let settings = PoolSettings::new(pool, settings).unwrap();
        let (admin, address) = listener();
        let part = Part::run(proxy, |stop| async move {
            Worker::run(settings, TcpListener::from_std(admin).unwrap(), stop)
                .await
                .unwrap();
        });
        eventually("a worker to be ready", async || {
            Request::new(address, "GET", "/health/ready")
                .send()
                .await
                .status
                == 200
        })
        .await;
        RunningWorker { pool, part }
    }

    /// Starts another worker of a pool.
    pub(crate) async fn start(&mut self, pool: Pool) {
        let worker = self.worker(pool).await;
        self.workers.push(worker);
    }

    fn take(&mut self, pool: Pool, which: usize) -> Part {
        let mut places = self
            .workers
            .iter()
            .enumerate()
            .filter(|(_, worker)| worker.pool == pool);
        let (place, _) = places.nth(which).unwrap();
        self.workers.remove(place).part
    }

    /// Stops the oldest worker of a pool and waits until it has ended.
    pub(crate) async fn stop(&mut self, pool: Pool) {
        self.take(pool, 0).stop().await;
    }

    /// Kills a worker of a pool, by its place from the oldest.
    pub(crate) fn kill(&mut self, pool: Pool, which: usize) {
        self.take(pool, which).kill();
    }

    /// Between the workers of a pool, the oldest first, and the broker.
    pub(crate) fn proxies(&self, pool: Pool) -> Vec<&Proxy> {
        self.workers
            .iter()
            .filter(|worker| worker.pool == pool)
            .map(|worker| &worker.part.proxy)
            .collect()
    }

    /// Starts another edge.
    pub(crate) async fn start_edge(&mut self) {
        let proxy = Proxy::start(&self.scratch.broker).await;
        let settings: warren_edge::settings::Settings =
            self.settings(warren_edge::settings::DEFAULTS, &proxy.url);
        let ((public, address), (admin, _)) = (listener(), listener());
        let health = Health::new();
        let watched = health.clone();
        let part = Part::run(proxy, |stop| async move {
            let edge = Edge::build(settings, health).unwrap();
            edge.run(
                TcpListener::from_std(public).unwrap(),
                TcpListener::from_std(admin).unwrap(),
                &Handle::current(),
                stop,
            )
            .await
            .unwrap();
        });
        // The edge names what it consists of when it is built, on its own runtime.
        eventually("the edge to be built", async || {
            !watched.report().components.is_empty()
        })
        .await;
        let edge = RunningEdge {
            part,
            address,
            health: watched,
        };
        self.edges.push(edge);
        self.edge_ready(self.edges.len() - 1).await;
    }

    /// Kills an edge; those after it move up.
    pub(crate) fn kill_edge(&mut self, edge: usize) {
        self.edges.remove(edge).part.kill();
    }

    /// Where clients connect to an edge.
    pub(crate) fn edge(&self, edge: usize) -> SocketAddr {
        self.edges[edge].address
    }

    /// Between an edge and the broker.
    pub(crate) fn edge_proxy(&self, edge: usize) -> &Proxy {
        &self.edges[edge].part.proxy
    }

    /// Waits until an edge is ready.
    pub(crate) async fn edge_ready(&self, edge: usize) {
        within("an edge to be ready", self.edges[edge].health.until_ready()).await;
    }

    /// Makes accounts, on the edges in turn.
    pub(crate) async fn people<const N: usize>(&self, names: [&str; N]) -> [Person; N] {
        let mut people = Vec::new();
        for (place, name) in names.iter().enumerate() {
            people.push(Person::register(self.edge(place % self.edges.len()), name).await);
        }
        people.try_into().unwrap()
    }
}
