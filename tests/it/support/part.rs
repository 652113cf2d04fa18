use std::net::{SocketAddr, TcpListener};

use tokio::{
    runtime::{Builder, Runtime},
    task::JoinHandle,
};
use tokio_util::sync::CancellationToken;

use super::{Proxy, within};

/// A process of the system: it runs on a runtime of its own, so that it can be killed with all that it has spawned.
pub(crate) struct Part {
    /// Between it and the broker.
    pub(crate) proxy: Proxy,
    runtime: Option<Runtime>,
    stop: CancellationToken,
    running: JoinHandle<()>,
}

impl Part {
    /// Runs what `work` makes, until it is told to stop or killed.
    pub(crate) fn run<F: Future<Output = ()> + Send + 'static>(
        proxy: Proxy,
        work: impl FnOnce(CancellationToken) -> F,
    ) -> Self {
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let stop = CancellationToken::new();
        let running = runtime.spawn(work(stop.clone()));
        Self {
            proxy,
            runtime: Some(runtime),
            stop,
            running,
        }
    }

    /// Asks it to end and waits until it has, as SIGTERM does.
    pub(crate) async fn stop(mut self) {
        self.stop.cancel();
        within("a part to end", &mut self.running).await.unwrap();
    }

    /// Ends it at once, wherever it is, as SIGKILL does.
    pub(crate) fn kill(self) {
        self.proxy.close();
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// A listener on a free port, for whichever runtime.
pub(crate) fn listener() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}
