use std::{convert::Infallible, io, net::SocketAddr, sync::Arc, time::Duration};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{debug, warn};

use super::{service::Service, tls::Tls};
use crate::{metrics, socketio::Connection};

/// One TCP connection's place under the limit. A socket keeps it after its upgrade.
pub(crate) struct ConnectionPlace {
    _permit: OwnedSemaphorePermit,
}

impl ConnectionPlace {
    fn new(permit: OwnedSemaphorePermit) -> Self {
        metrics::CONNECTIONS.inc();
        Self { _permit: permit }
    }
}

impl Drop for ConnectionPlace {
    fn drop(&mut self) {
        metrics::CONNECTIONS.dec();
    }
}

/// Accepts connections until `stop`, then lets those under way finish their request. `elsewhere` is another runtime than the one
/// that serves them.
pub(crate) async fn serve(
    listener: TcpListener,
    elsewhere: Handle,
    tls: Option<Arc<Tls>>,
    service: Arc<Service>,
    stop: CancellationToken,
) {
    let connections = TaskTracker::new();
    let places = Arc::new(Semaphore::new(service.core.settings.max_connections));
    while let Some(accepted) = stop.run_until_cancelled(accept(&listener, &places)).await {
        let (stream, peer, place) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Mostly a want of file descriptors, which the next attempt would meet as well.
                warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        let (tls, service, stop) = (tls.clone(), Arc::clone(&service), stop.clone());
        connections.spawn(async move {
            let stream = match &tls {
                Some(tls) => stop.run_until_cancelled(tls.accept(stream)).await.flatten(),
                None => Some(Connection::Plain(stream)),
            };
            if let Some(stream) = stream {
                connection(stream, peer, place, service, stop).await;
            }
        });
        // What another runtime wakes stands at the end of the queue that all threads share. So all who are here already have their
        // turn before the next one comes: however many come at once, they wait at the door, and disturb nobody inside.
        let _turn = elsewhere.spawn(async {}).await;
    }
    drop(listener);
    connections.close();
    connections.wait().await;
}

async fn accept(
    listener: &TcpListener,
    places: &Arc<Semaphore>,
) -> io::Result<(TcpStream, SocketAddr, ConnectionPlace)> {
    let permit = Arc::clone(places)
        .acquire_owned()
        .await
        .map_err(io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    // A packet waits for nothing: what belongs together is written together.
    stream.set_nodelay(true)?;
    Ok((stream, peer, ConnectionPlace::new(permit)))
}

async fn connection(
    stream: Connection,
    peer: SocketAddr,
    place: ConnectionPlace,
    service: Arc<Service>,
    stop: CancellationToken,
) {
    let header_timeout = Duration::from_millis(service.core.settings.header_timeout_ms);
    let place = Arc::new(place);
    let respond = service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
        let service = Arc::clone(&service);
        request.extensions_mut().insert(Arc::clone(&place));
        async move { Ok::<_, Infallible>(service.answer(request, peer.ip()).await) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(header_timeout)
        .max_buf_size(16 << 10)
        .serve_connection(TokioIo::new(stream), respond)
        .with_upgrades();
    tokio::pin!(connection);
    let ended = tokio::select! {
        ended = connection.as_mut() => ended,
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        debug!(%error, "a connection ended early");
    }
}
