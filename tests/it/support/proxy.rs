use std::{
    collections::HashSet,
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
};
use tokio_util::task::AbortOnDropHandle;

/// Stands between parts of the system and a server, the broker above all, so that a test can cut its connections.
pub(crate) struct Proxy {
    /// The server's address through this proxy.
    pub(crate) url: String,
    /// Counts cuts; connections made before the last one are dead.
    cuts: watch::Sender<u64>,
    open: watch::Sender<bool>,
    /// The ports from which the broker sees its connections come.
    ports: Arc<Mutex<HashSet<u64>>>,
    _accepting: AbortOnDropHandle<()>,
}

impl Proxy {
    /// A proxy to the broker at an AMQP address.
    pub(crate) async fn start(broker: &str) -> Self {
        let (scheme, rest) = broker.split_once("://").unwrap();
        let (credentials, rest) = rest.rsplit_once('@').unwrap_or(("guest:guest", rest));
        let (authority, path) = rest.split_once('/').unwrap_or((rest, "%2f"));
        let target = if authority.contains(':') {
            authority.to_owned()
        } else {
            format!("{authority}:5672")
        };
        let url = |address| format!("{scheme}://{credentials}@{address}/{path}");
        Self::forward(target, url).await
    }

    /// A proxy to a server at an HTTP address.
    pub(crate) async fn http(server: &str) -> Self {
        let target = server.strip_prefix("http://").unwrap().to_owned();
        Self::forward(target, |address| format!("http://{address}")).await
    }

    async fn forward(target: String, url: impl FnOnce(SocketAddr) -> String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = url(listener.local_addr().unwrap());
        let (cuts, open, ports) = (
            watch::channel(0).0,
            watch::channel(true).0,
            Arc::<Mutex<HashSet<u64>>>::default(),
        );
        let accepting = accept(
            listener,
            target,
            cuts.subscribe(),
            open.subscribe(),
            Arc::clone(&ports),
        );
        let _accepting = AbortOnDropHandle::new(tokio::spawn(accepting));
        Self {
            url,
            cuts,
            open,
            ports,
            _accepting,
        }
    }

    /// Breaks all connections; new ones are let through.
    pub(crate) fn cut(&self) {
        self.cuts.send_modify(|cuts| *cuts += 1);
    }

    /// Breaks all connections and lets none through.
    pub(crate) fn close(&self) {
        self.open.send_replace(false);
        self.cut();
    }

    /// Lets connections through again.
    pub(crate) fn open(&self) {
        self.open.send_replace(true);
    }

    /// Whether the broker sees one of these connections come from `port`.
    pub(crate) fn uses(&self, port: u64) -> bool {
        self.ports.lock().unwrap().contains(&port)
    }
}

async fn accept(
    listener: TcpListener,
    target: String,
    cut: watch::Receiver<u64>,
    open: watch::Receiver<bool>,
    ports: Arc<Mutex<HashSet<u64>>>,
) {
    while let Ok((mut client, _)) = listener.accept().await {
        if !*open.borrow() {
            continue;
        }
        let (target, mut cut, ports) = (target.clone(), cut.clone(), Arc::clone(&ports));
        cut.mark_unchanged();
        tokio::spawn(async move {
            let Ok(mut server) = TcpStream::connect(&target).await else {
                return;
            };
            let port = u64::from(server.local_addr().unwrap().port());
            ports.lock().unwrap().insert(port);
            tokio::select! {
                _ = copy_bidirectional(&mut client, &mut server) => {}
                _ = cut.changed() => {}
            }
            ports.lock().unwrap().remove(&port);
        });
    }
}
