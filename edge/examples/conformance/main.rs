//! Warren's transport with the handlers that the official test suites of Engine.IO and Socket.IO expect.
//!
//! ```text
//! cargo run -p warren-edge --example conformance        # listens on 127.0.0.1:3000
//! ```
//!
//! Then, in `test-suite` of socketio/engine.io-protocol and of socketio/socket.io-protocol: `npm ci && npm test`.

mod echo;

use std::{convert::Infallible, error::Error, sync::Arc};

use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;
use tokio_util::task::TaskTracker;
use warren_edge::socketio::{Connection, Engine, Multiplexer};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let address = std::env::args().nth(1);
    let listener = TcpListener::bind(address.as_deref().unwrap_or("127.0.0.1:3000")).await?;
    eprintln!("listening on http://{}", listener.local_addr()?);
    let tasks = TaskTracker::new();
    let engine = Arc::new(Engine::new(echo::config(), tasks.clone()));
    let socketio = Arc::new(Engine::new(echo::config(), tasks));
    loop {
        let (stream, _) = listener.accept().await?;
        let (engine, socketio) = (Arc::clone(&engine), Arc::clone(&socketio));
        let answer = service_fn(move |request: Request<Incoming>| {
            let (engine, socketio) = (Arc::clone(&engine), Arc::clone(&socketio));
            async move {
                let max = echo::config().max_payload_bytes;
                Ok::<_, Infallible>(if request.uri().path().starts_with("/engine.io") {
                    engine.answer(request, |_| Ok(echo::Messages::new())).await
                } else {
                    let open = |_: &_| Ok(Multiplexer::new(echo::Events::new(), max));
                    socketio.answer(request, open).await
                })
            }
        });
        let connection =
            http1::Builder::new().serve_connection(TokioIo::new(Connection::Plain(stream)), answer);
        tokio::spawn(connection.with_upgrades());
    }
}
