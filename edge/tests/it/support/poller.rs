use std::{collections::VecDeque, net::SocketAddr};

use bytes::Bytes;
use serde_json::Value;

use super::{Request, client::Reply};

/// A client on long-polling.
pub(crate) struct Poller {
    address: SocketAddr,
    pub(crate) sid: String,
    /// Packets that came with an answer before.
    inbox: VecDeque<String>,
}

impl Poller {
    /// Begins a session.
    pub(crate) async fn open(address: SocketAddr) -> Self {
        let path = "/socket.io/?EIO=4&transport=polling";
        let answer = Request::new(address, "GET", path).send().await;
        assert_eq!(answer.status, 200, "{answer:?}");
        let text = text(&answer);
        let open: Value = serde_json::from_str(text.strip_prefix('0').unwrap()).unwrap();
        assert_eq!(open["upgrades"], serde_json::json!(["websocket"]));
        Self {
            address,
            sid: open["sid"].as_str().unwrap().to_owned(),
            inbox: VecDeque::new(),
        }
    }

    /// A request of this session.
    pub(crate) fn request(&self, method: &str) -> Request {
        let sid = &self.sid;
        let path = format!("/socket.io/?EIO=4&transport=polling&sid={sid}");
        Request::new(self.address, method, &path)
    }

    /// Sends a payload; it must be taken.
    pub(crate) async fn send(&self, payload: impl Into<Bytes>) {
        let answer = self.request("POST").body(payload).send().await;
        assert_eq!((answer.status, &*answer.body), (200, &b"ok"[..]));
    }

    /// The next packet; pings are answered on the way.
    pub(crate) async fn next(&mut self) -> String {
        loop {
            while self.inbox.is_empty() {
                let answer = self.request("GET").send().await;
                assert_eq!(answer.status, 200, "{answer:?}");
                self.inbox
                    .extend(text(&answer).split('\u{1e}').map(str::to_owned));
            }
            match self.inbox.pop_front().unwrap() {
                ping if ping == "2" => self.send("3").await,
                packet => return packet,
            }
        }
    }

    /// The code with which a request is refused.
    pub(crate) async fn refused(&self, method: &str) -> Value {
        let answer = self.request(method).send().await;
        assert_eq!(answer.status, 400, "{answer:?}");
        answer.json()["code"].clone()
    }
}

/// The text of an answer's body.
pub(crate) fn text(answer: &Reply) -> String {
    String::from_utf8(answer.body.to_vec()).unwrap()
}
