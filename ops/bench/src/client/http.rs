//! A lean HTTP/1.1 client: keep-alive connections per edge, one request at a time on each.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Bytes;
use hyper::client::conn::http1::{self, SendRequest};
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, COOKIE, HOST, SET_COOKIE};
use hyper::{Method, Request};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::edge::Edge;

type Connection = SendRequest<Full<Bytes>>;

/// Larger answers are refused: a page of 100 messages of 8,000 characters stays far below.
const MAX_BODY: usize = 8 << 20;

/// Why no answer came. The outcome of the request is unknown unless the connection could not be opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HttpError {
    /// No connection: nothing was sent.
    #[error("cannot connect to {0}: {1}")]
    Connect(String, std::io::Error),
    /// No answer within the bound.
    #[error("no answer within {0:?}")]
    Timeout(Duration),
    /// The connection broke, or what came was not HTTP.
    #[error("{0}")]
    Broken(String),
}

/// An answer, whole.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The status code.
    pub(crate) status: u16,
    /// The body.
    pub(crate) body: Bytes,
    /// The value of the cookie `refreshToken`, if the answer set it.
    pub(crate) refresh_token: Option<String>,
}

/// One request.
#[derive(Debug, Default)]
pub(crate) struct Call<'a> {
    /// Path and query.
    pub(crate) path: &'a str,
    /// Access token, sent as a bearer.
    pub(crate) token: Option<&'a str>,
    /// Refresh token, sent as the cookie of that name.
    pub(crate) refresh_token: Option<&'a str>,
    /// A JSON body makes it a POST, none a GET.
    pub(crate) body: Option<String>,
}

/// The client of all edges.
#[derive(Debug)]
pub(crate) struct Http {
    edges: Arc<[Edge]>,
    idle: Vec<Mutex<Vec<Connection>>>,
    timeout: Duration,
}

impl Http {
    /// A client without connections; they are opened as calls need them. `timeout` bounds each call.
    pub(crate) fn new(edges: Arc<[Edge]>, timeout: Duration) -> Self {
        let idle = edges.iter().map(|_| Mutex::default()).collect();
        Self {
            edges,
            idle,
            timeout,
        }
    }

    /// The edges it talks to.
    pub(crate) fn edges(&self) -> &Arc<[Edge]> {
        &self.edges
    }

    /// Sends one request to an edge (its number is taken modulo their count) and reads the whole answer.
    pub(crate) async fn call(&self, edge: usize, call: Call<'_>) -> Result<Answer, HttpError> {
        let edge = edge % self.edges.len();
        tokio::time::timeout(self.timeout, self.exchange(edge, call))
            .await
            .unwrap_or(Err(HttpError::Timeout(self.timeout)))
    }

    async fn exchange(&self, edge: usize, call: Call<'_>) -> Result<Answer, HttpError> {
        let mut connection = match self.take(edge).await {
            Some(connection) => connection,
            None => open(&self.edges[edge]).await?,
        };
        let request = build(&self.edges[edge], call)?;
        let response = connection.send_request(request).await.map_err(broken)?;
        let status = response.status().as_u16();
        let refresh_token = response
            .headers()
            .get_all(SET_COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .find_map(|cookie| cookie.strip_prefix("refreshToken="))
            .map(|rest| rest.split(';').next().unwrap_or_default().to_owned())
            .filter(|token| !token.is_empty());
        let body = Limited::new(response.into_body(), MAX_BODY)
            .collect()
            .await
            .map_err(broken)?
            .to_bytes();
        self.slot(edge).push(connection);
        Ok(Answer {
            status,
            body,
            refresh_token,
        })
    }

    async fn take(&self, edge: usize) -> Option<Connection> {
        loop {
            let mut connection = self.slot(edge).pop()?;
            if connection.ready().await.is_ok() {
                return Some(connection);
            }
        }
    }

    fn slot(&self, edge: usize) -> std::sync::MutexGuard<'_, Vec<Connection>> {
        self.idle[edge]
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

async fn open(edge: &Edge) -> Result<Connection, HttpError> {
    let stream = TcpStream::connect(edge.addr)
        .await
        .map_err(|error| HttpError::Connect(edge.authority.clone(), error))?;
    // Without it a request may wait for the delayed ack of the one before.
    stream.set_nodelay(true).map_err(broken)?;
    let (sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(broken)?;
    // Ends with its connection: when the sender is dropped or the edge closes.
    tokio::spawn(connection);
    Ok(sender)
}

fn build(edge: &Edge, call: Call<'_>) -> Result<Request<Full<Bytes>>, HttpError> {
    let method = if call.body.is_some() {
        Method::POST
    } else {
        Method::GET
    };
    let mut request = Request::builder()
        .method(method)
        .uri(call.path)
        .header(HOST, &edge.authority);
    if let Some(token) = call.token {
        request = request.header(AUTHORIZATION, format!("Bearer {token}"));
    }
    if let Some(token) = call.refresh_token {
        request = request.header(COOKIE, format!("refreshToken={token}"));
    }
    if call.body.is_some() {
        request = request.header(CONTENT_TYPE, "application/json");
    }
    request
        .body(Full::new(Bytes::from(call.body.unwrap_or_default())))
        .map_err(broken)
}

fn broken(error: impl std::fmt::Display) -> HttpError {
    HttpError::Broken(error.to_string())
}
