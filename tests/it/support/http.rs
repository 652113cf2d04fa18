use std::net::SocketAddr;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{HeaderMap, client::conn::http1, header::HeaderName};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

use super::within;

/// A request in the making; [`Request::send`] sends it on a connection of its own.
#[derive(Clone)]
pub(crate) struct Request {
    address: SocketAddr,
    method: String,
    path: String,
    headers: HeaderMap,
    body: Bytes,
}

impl Request {
    pub(crate) fn new(address: SocketAddr, method: &str, path: &str) -> Self {
        let (method, path) = (method.to_owned(), path.to_owned());
        Self {
            address,
            method,
            path,
            headers: HeaderMap::new(),
            body: Bytes::new(),
        }
    }

    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        self.headers
            .insert(HeaderName::from_static(name), value.parse().unwrap());
        self
    }

    pub(crate) fn token(self, token: &str) -> Self {
        self.header("authorization", &format!("Bearer {token}"))
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        let body = body.to_string();
        Self {
            body: body.into(),
            ..self.header("content-type", "application/json")
        }
    }

    pub(crate) fn bytes(self, body: impl Into<Bytes>) -> Self {
        Self {
            body: body.into(),
            ..self.header("content-type", "application/octet-stream")
        }
    }

    pub(crate) async fn send(self) -> Reply {
        let stream = TcpStream::connect(self.address).await.unwrap();
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await.unwrap();
        tokio::spawn(connection);
        let mut request = hyper::Request::builder()
            .method(self.method.as_str())
            .uri(self.path)
            .header("host", self.address.to_string())
            .body(Full::new(self.body))
            .unwrap();
        request.headers_mut().extend(self.headers);
        let response = within("an answer", sender.send_request(request))
            .await
            .unwrap();
        let (head, body) = response.into_parts();
        let body = within("a body", body.collect()).await.unwrap().to_bytes();
        Reply {
            status: head.status.as_u16(),
            headers: head.headers,
            body,
        }
    }
}

/// An answer.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Reply {
    /// The body, of any status.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// The body of a success.
    pub(crate) fn ok(&self) -> Value {
        assert!((200..300).contains(&self.status), "{self:?}");
        self.json()
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// The status, code and text of a problem.
    pub(crate) fn problem(&self) -> Problem {
        assert_eq!(
            self.header("content-type"),
            "application/problem+json",
            "{self:?}"
        );
        let body = self.json();
        assert_eq!(body["status"], self.status, "{self:?}");
        Problem {
            status: self.status,
            code: text(&body["code"]),
            detail: text(&body["detail"]),
            fields: fields(&body["errors"]),
        }
    }

    /// The value and attributes of a cookie that is set.
    pub(crate) fn cookie(&self, name: &str) -> (String, String) {
        let set = self
            .headers
            .get_all("set-cookie")
            .iter()
            .map(|value| value.to_str().unwrap());
        let found = set
            .filter_map(|cookie| cookie.split_once('='))
            .find(|(found, _)| *found == name);
        let (value, attributes) = found
            .unwrap_or_else(|| panic!("no cookie {name}: {self:?}"))
            .1
            .split_once("; ")
            .unwrap();
        (value.to_owned(), attributes.to_owned())
    }
}

/// What a problem says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    pub(crate) status: u16,
    pub(crate) code: String,
    pub(crate) detail: String,
    pub(crate) fields: Vec<String>,
}

impl Problem {
    pub(crate) fn is(&self, status: u16, code: &str) -> bool {
        (self.status, self.code.as_str()) == (status, code)
    }
}

/// The fields that a refusal names.
pub(crate) fn fields(errors: &Value) -> Vec<String> {
    errors
        .as_array()
        .into_iter()
        .flatten()
        .map(|error| text(&error["field"]))
        .collect()
}

/// A string out of JSON.
pub(crate) fn text(value: &Value) -> String {
    value
        .as_str()
        .unwrap_or_else(|| panic!("not a string: {value}"))
        .to_owned()
}
