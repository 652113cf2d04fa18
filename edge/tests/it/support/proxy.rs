use std::sync::Mutex;

use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinHandle,
};

/// Stands between an edge and the broker, so that a test can cut the connection.
pub(crate) struct Proxy {
    pub(crate) url: String,
    /// Counts cuts; connections made before the last one are dead.
    cuts: watch::Sender<u64>,
    open: watch::Sender<bool>,
    _accepting: Mutex<JoinHandle<()>>,
}

impl Proxy {
    pub(crate) async fn start(broker: &str) -> Self {
        let (scheme, rest) = broker.split_once("://").unwrap();
        let (credentials, rest) = rest.rsplit_once('@').unwrap_or(("guest:guest", rest));
        let (authority, path) = rest.split_once('/').unwrap_or((rest, "%2f"));
        let target = if authority.contains(':') {
            authority.to_owned()
        } else {
            format!("{authority}:5672")
        };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!(
            "{scheme}://{credentials}@{}/{path}",
            listener.local_addr().unwrap()
        );
        let (cuts, open) = (watch::channel(0).0, watch::channel(true).0);
        let (cut, is_open) = (cuts.subscribe(), open.subscribe());
        let accepting = tokio::spawn(async move {
            loop {
                let (mut client, _) = listener.accept().await.unwrap();
                if !*is_open.borrow() {
                    continue;
                }
                let (target, mut cut) = (target.clone(), cut.clone());
                cut.mark_unchanged();
                tokio::spawn(async move {
                    let mut server = TcpStream::connect(&target).await.unwrap();
                    tokio::select! {
                        _ = copy_bidirectional(&mut client, &mut server) => {}
                        _ = cut.changed() => {}
                    }
                });
            }
        });
        Self {
            url,
            cuts,
            open,
            _accepting: Mutex::new(accepting),
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
}
