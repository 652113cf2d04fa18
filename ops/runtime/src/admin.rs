//! The admin port: metrics and health, for Prometheus and for orchestrators, never for clients.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use prometheus::{Encoder, IntGauge, IntGaugeVec, Opts, Registry, TextEncoder};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

use crate::health::{Health, Status};

/// Connections answered at once; further ones wait in the listener's backlog.
const MAX_CONNECTIONS: usize = 32;
/// A client that has not sent its request by then is cut off.
const HEADER_READ_TIMEOUT: Duration = Duration::from_secs(5);
/// A client that has not read its answer by then is cut off.
const CONNECTION_TIMEOUT: Duration = Duration::from_secs(15);

/// Serves `/metrics`, `/health/live`, `/health/ready` and `/health` until `shutdown`, then finishes what
/// is under way. One request per connection.
///
/// Cancel `shutdown` last, after the process has drained: until then its readiness must stay visible.
pub async fn serve(listener: TcpListener, health: Health, shutdown: CancellationToken) {
    let slots = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    let work = async {
        // The semaphore is never closed.
        while let Ok(slot) = Arc::clone(&slots).acquire_owned().await {
            match listener.accept().await {
                Ok((stream, _)) => {
                    let health = health.clone();
                    tokio::spawn(async move {
                        answer(stream, health).await;
                        drop(slot);
                    });
                }
                Err(error) => {
                    // Mostly a want of file descriptors, which the next attempt would meet as well.
                    tracing::warn!(%error, "the admin port cannot accept a connection");
                    tokio::time::sleep(Duration::from_millis(100)).await;
                }
            }
        }
    };
    let _ = shutdown.run_until_cancelled(work).await;
    drop(listener);
    // All slots are free once every connection has ended, each within its timeout.
    let _ = slots.acquire_many(MAX_CONNECTIONS as u32).await;
}

async fn answer(stream: TcpStream, health: Health) {
    let service = service_fn(|request: Request<Incoming>| {
        let response = respond(request.method(), request.uri().path(), &health);
        async { Ok::<_, Infallible>(response) }
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADER_READ_TIMEOUT)
        .keep_alive(false)
        .serve_connection(TokioIo::new(stream), service);
    match tokio::time::timeout(CONNECTION_TIMEOUT, connection).await {
        Ok(Ok(())) => {}
        Ok(Err(error)) => tracing::debug!(%error, "a connection to the admin port failed"),
        Err(_) => tracing::debug!("a connection to the admin port took too long"),
    }
}

fn respond(method: &Method, path: &str, health: &Health) -> Response<Full<Bytes>> {
    let is_read = matches!(*method, Method::GET | Method::HEAD);
    match path {
        "/metrics" | "/health" | "/health/live" | "/health/ready" if !is_read => {
            let mut response = respond_text(StatusCode::METHOD_NOT_ALLOWED, "use GET\n");
            let headers = response.headers_mut();
            headers.insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
            response
        }
        "/metrics" => metrics(health),
        "/health/live" => respond_json(StatusCode::OK, br#"{"status":"up"}"#.to_vec()),
        "/health" | "/health/ready" => readiness(health),
        _ => respond_text(StatusCode::NOT_FOUND, "not found\n"),
    }
}

fn readiness(health: &Health) -> Response<Full<Bytes>> {
    let report = health.report();
    let status = match report.ready {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    };
    match serde_json::to_vec(&report) {
        Ok(body) => respond_json(status, body),
        Err(error) => failed("the health report", &error),
    }
}

/// The default registry in Prometheus' text format, together with what is only known at this moment.
fn metrics(health: &Health) -> Response<Full<Bytes>> {
    let encoder = TextEncoder::new();
    let mut body = Vec::with_capacity(16 * 1024);
    let encoded = momentary(health).and_then(|momentary| {
        encoder.encode(&prometheus::gather(), &mut body)?;
        encoder.encode(&momentary.gather(), &mut body)
    });
    match encoded {
        Ok(()) => respond_with(StatusCode::OK, prometheus::TEXT_FORMAT, body),
        Err(error) => failed("the metrics", &error),
    }
}

/// Gauges read at the time of the scrape: components and the async runtime.
fn momentary(health: &Health) -> prometheus::Result<Registry> {
    let registry = Registry::new();

    let help = "Whether a component of the process works (1) or not (0)";
    let up = IntGaugeVec::new(Opts::new("warren_component_up", help), &["component"])?;
    registry.register(Box::new(up.clone()))?;
    for (name, status) in &health.report().components {
        let is_up = *status == Status::Up;
        up.with_label_values(&[name]).set(is_up.into());
    }

    let runtime = tokio::runtime::Handle::current().metrics();
    for (name, help, value) in [
        (
            "warren_tokio_alive_tasks",
            "Tasks of the async runtime",
            runtime.num_alive_tasks(),
        ),
        (
            "warren_tokio_global_queue_depth",
            "Tasks waiting in the global queue of the async runtime",
            runtime.global_queue_depth(),
        ),
    ] {
        let gauge = IntGauge::new(name, help)?;
        gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        registry.register(Box::new(gauge))?;
    }
    Ok(registry)
}

fn failed(what: &str, error: &dyn std::error::Error) -> Response<Full<Bytes>> {
    tracing::error!(%error, "cannot write {what}");
    respond_text(StatusCode::INTERNAL_SERVER_ERROR, "internal error\n")
}

fn respond_json(status: StatusCode, body: Vec<u8>) -> Response<Full<Bytes>> {
    respond_with(status, "application/json", body)
}

fn respond_text(status: StatusCode, body: &'static str) -> Response<Full<Bytes>> {
    respond_with(status, "text/plain; charset=utf-8", body)
}

fn respond_with(
    status: StatusCode,
    content_type: &'static str,
    body: impl Into<Bytes>,
) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body.into()));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
