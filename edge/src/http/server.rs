use std::{
    convert::Infallible,
    io,
    net::{IpAddr, SocketAddr},
    sync::Arc,
    time::Duration,
};

use hyper::{server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    net::{TcpListener, TcpStream},
    runtime::Handle,
    sync::{OwnedSemaphorePermit, Semaphore, watch},
    time::{Instant, sleep_until},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tracing::{debug, warn};

use super::{service::Service, tls::Tls};
use crate::{metrics, sessions::caps::Place, socketio::Connection};

/// One TCP connection's place under the limit. A socket keeps it after its upgrade.
pub(crate) struct ConnectionPlace {
    _permit: OwnedSemaphorePermit,
    _of_address: Option<Place<IpAddr>>,
}

impl ConnectionPlace {
    fn new(permit: OwnedSemaphorePermit, of_address: Option<Place<IpAddr>>) -> Self {
        metrics::CONNECTIONS.inc();
        Self {
            _permit: permit,
            _of_address: of_address,
        }
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
        let (stream, peer, permit) = match accepted {
            Ok(accepted) => accepted,
            Err(error) => {
                // Mostly a want of file descriptors, which the next attempt would meet as well.
                warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
                continue;
            }
        };
        if let Some(of_address) = service.core.connection_place(peer.ip()) {
            let place = ConnectionPlace::new(permit, of_address);
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
        } else {
            metrics::REFUSED_SOCKETS
                .with_label_values(&["connection_cap"])
                .inc();
        }
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
) -> io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let permit = Arc::clone(places)
        .acquire_owned()
        .await
        .map_err(io::Error::other)?;
    let (stream, peer) = listener.accept().await?;
    // A packet waits for nothing: what belongs together is written together.
    stream.set_nodelay(true)?;
    Ok((stream, peer, permit))
}

async fn connection(
    stream: Connection,
    peer: SocketAddr,
    place: ConnectionPlace,
    service: Arc<Service>,
    stop: CancellationToken,
) {
    let header_timeout = Duration::from_millis(service.core.settings.header_timeout_ms);
    let answer_timeout = Duration::from_millis(service.core.settings.answer_timeout_ms);
    let (answered, answers) = watch::channel(Some(Instant::now()));
    let place = Arc::new(place);
    let respond = service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
        let (service, answered) = (Arc::clone(&service), answered.clone());
        request.extensions_mut().insert(Arc::clone(&place));
        request.extensions_mut().insert(Reading(answered.clone()));
        async move {
            answered.send_replace(None);
            let answer = service.answer(request, peer.ip()).await;
            answered.send_replace(Some(Instant::now()));
            Ok::<_, Infallible>(answer)
        }
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
        () = unread(answers, answer_timeout) => {
            debug!("an answer was not read in time");
            return;
        }
        () = stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = ended {
        debug!(%error, "a connection ended early");
    }
}

/// Told whenever a client has taken a part of a long answer.
#[derive(Clone)]
pub(crate) struct Reading(watch::Sender<Option<Instant>>);

impl Reading {
    /// The client reads on.
    pub(crate) fn goes_on(&self) {
        self.0.send_replace(Some(Instant::now()));
    }
}

/// Until neither a request is being answered nor a new one has come for `limit`. hyper closes a connection that is idle, but
/// waits for ever where the last answer is not read.
async fn unread(mut answers: watch::Receiver<Option<Instant>>, limit: Duration) {
    loop {
        let since = *answers.borrow_and_update();
        let patience = async {
            match since {
                Some(since) => sleep_until(since + limit).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = patience => return,
            changed = answers.changed() => if changed.is_err() {
                std::future::pending::<()>().await;
            }
        }
    }
}
