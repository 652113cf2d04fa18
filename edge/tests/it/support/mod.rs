//! What the tests have in common.
//!
//! - [`Fixture`]: an edge with a broker prefix of its own, and the test as its workers and clients.

mod broker;
mod client;
mod keys;
mod poller;
mod proxy;

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use serde_json::Value;
use tokio::{net::TcpListener, runtime::Handle, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use warren_edge::{
    Broken, Edge,
    settings::{DEFAULTS, Settings},
};
use warren_runtime::{config, health::Health};

pub(crate) use broker::Workers;
pub(crate) use client::{Request, Socket};
pub(crate) use keys::Keys;
pub(crate) use poller::Poller;
pub(crate) use proxy::Proxy;

/// Nothing in these tests takes this long unless it is broken.
pub(crate) const PATIENCE: Duration = Duration::from_secs(15);

/// Waits, but not for ever.
pub(crate) async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(done) => done,
        Err(_) => panic!("waited too long for {what}"),
    }
}

/// An edge of a test.
pub(crate) struct Fixture {
    pub(crate) workers: Workers,
    pub(crate) keys: Keys,
    pub(crate) proxy: Proxy,
    pub(crate) health: Health,
    pub(crate) address: SocketAddr,
    folder: PathBuf,
    stop: CancellationToken,
    edge: Option<JoinHandle<Result<(), Broken>>>,
}

impl Fixture {
    /// An edge with the defaults.
    pub(crate) async fn start() -> Self {
        Self::with(&[]).await
    }

    /// An edge with some settings (`SECTION__KEY`) of the test's own.
    pub(crate) async fn with(settings: &[(&str, &str)]) -> Self {
        let number = |key: &str| {
            settings
                .iter()
                .find(|(name, _)| *name == key)
                .map(|(_, value)| value.parse().unwrap())
        };
        let workers = Workers::start(number("BROKER__MAX_QUEUE_LENGTH")).await;
        Self::start_with(workers, settings).await
    }

    async fn start_with(workers: Workers, settings: &[(&str, &str)]) -> Self {
        let folder =
            std::env::temp_dir().join(format!("warren-edge-test-{:016x}", rand::random::<u64>()));
        std::fs::create_dir(&folder).unwrap();
        let keys = Keys::generate();
        std::fs::write(folder.join("jwks.json"), keys.jwks()).unwrap();
        let proxy = Proxy::start(&workers.url).await;

        let own = [
            ("BROKER__URL", proxy.url.clone()),
            ("BROKER__PREFIX", workers.prefix.clone()),
            ("BROKER__PARTITIONS", "2".to_owned()),
            (
                "AUTH__JWKS_FILE",
                folder.join("jwks.json").display().to_string(),
            ),
            ("LOG__LEVEL", "warn,warren_edge=info".to_owned()),
        ];
        let given = settings
            .iter()
            .map(|(key, value)| (*key, (*value).to_owned()));
        let environment = own
            .into_iter()
            .chain(given)
            .map(|(key, value)| (format!("WARREN__{key}"), value));
        let settings: Settings = config::load_from(DEFAULTS, None, environment).unwrap();
        warren_runtime::log::init(&settings.log).unwrap();

        let health = Health::new();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let admin = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let stop = CancellationToken::new();
        let edge = Edge::build(settings, health.clone()).unwrap();
        let end = stop.clone();
        let edge =
            tokio::spawn(async move { edge.run(listener, admin, &Handle::current(), end).await });
        within("the edge to be ready", health.until_ready()).await;
        Self {
            workers,
            keys,
            proxy,
            health,
            address,
            folder,
            stop,
            edge: Some(edge),
        }
    }

    /// A request.
    pub(crate) fn request(&self, method: &str, path: &str) -> Request {
        Request::new(self.address, method, path)
    }

    /// A websocket with its open packet read.
    pub(crate) async fn open(&self) -> Socket {
        Socket::open(self.address, &[]).await.unwrap()
    }

    /// A socket of a user that is in both namespaces, and their greeting answered.
    pub(crate) async fn sign_in(&mut self, user: i64) -> Socket {
        let token = self.keys.token(user);
        self.sign_in_with(&token).await
    }

    /// The same with a certain token.
    pub(crate) async fn sign_in_with(&mut self, token: &str) -> Socket {
        let mut socket = self.open().await;
        socket.connect("/chat", token).await;
        socket.connect("/notifications", token).await;
        let greeting = self.workers.command().await;
        assert_eq!(greeting.action, "notification:unread-count");
        self.workers.reply(&greeting, Value::from(0)).await;
        assert_eq!(
            socket.next().await,
            r#"42/notifications,["notification:count",0]"#
        );
        socket
    }

    /// New keys, as the auth pool would be given; those before are good no more.
    pub(crate) fn rotate_keys(&mut self) {
        self.keys = Keys::generate();
        let (new, file) = (self.folder.join("jwks.new"), self.folder.join("jwks.json"));
        std::fs::write(&new, self.keys.jwks()).unwrap();
        std::fs::rename(new, file).unwrap();
    }

    /// Asks the edge to end; returns without waiting for it.
    pub(crate) fn stop(&self) {
        self.stop.cancel();
    }

    /// Ends the edge and takes everything away that was declared.
    pub(crate) async fn end(mut self) {
        self.stop.cancel();
        if let Some(edge) = self.edge.take() {
            within("the edge to end", edge).await.unwrap().unwrap();
        }
        self.workers.end().await;
        std::fs::remove_dir_all(&self.folder).unwrap();
    }
}
