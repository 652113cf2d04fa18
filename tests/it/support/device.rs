use std::{
    collections::HashMap,
    net::SocketAddr,
    sync::{
        Mutex,
        atomic::{AtomicU64, Ordering},
    },
};

use futures_util::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::{
    net::TcpStream,
    sync::{mpsc, watch},
};
use tokio_tungstenite::{
    WebSocketStream, client_async,
    tungstenite::{Error, Message},
};
use tokio_util::task::AbortOnDropHandle;
use uuid::Uuid;
use warren_topology::actions::{self, Namespace};

use super::{eventually, within};

/// A client's websocket, with everything that has arrived on it.
pub(crate) struct Device {
    inbox: watch::Receiver<Inbox>,
    outbox: mpsc::UnboundedSender<String>,
    acks: AtomicU64,
    /// How many events of each name the test has been given.
    given: Mutex<HashMap<String, usize>>,
    _transport: AbortOnDropHandle<()>,
}

/// What has arrived.
#[derive(Default)]
struct Inbox {
    /// Answers to CONNECT by namespace: the data, or the refusal.
    connects: HashMap<String, Result<Value, Value>>,
    events: Vec<(String, Value)>,
    acks: HashMap<u64, Value>,
    /// The close code; 0 if the connection broke.
    closed: Option<u16>,
}

impl Device {
    /// Opens a websocket, in no namespace yet. As stock clients do, it tries again while the edge cannot take it.
    pub(crate) async fn open(address: SocketAddr) -> Self {
        let url = format!("ws://{address}/socket.io/?EIO=4&transport=websocket");
        let mut opened = None;
        eventually("a websocket", async || {
            let stream = TcpStream::connect(address).await.unwrap();
            opened = match within("the upgrade", client_async(url.as_str(), stream)).await {
                Ok((stream, _)) => Some(stream),
                Err(Error::Http(refusal)) if refusal.status() == 503 => None,
                Err(error) => panic!("{error}"),
            };
            opened.is_some()
        })
        .await;
        let stream = opened.unwrap();
        let (sender, inbox) = watch::channel(Inbox::default());
        let (outbox, packets) = mpsc::unbounded_channel();
        let transport = tokio::spawn(transport(stream, packets, sender));
        Self {
            inbox,
            outbox,
            acks: AtomicU64::new(0),
            given: Mutex::default(),
            _transport: AbortOnDropHandle::new(transport),
        }
    }

    /// Opens a websocket and enters both namespaces.
    pub(crate) async fn connect(address: SocketAddr, token: &str) -> Self {
        let device = Self::open(address).await;
        for namespace in Namespace::ALL {
            let answer = device.enter(namespace, &json!({ "token": token })).await;
            assert!(
                answer.as_ref().is_ok_and(|data| data["sid"].is_string()),
                "{answer:?}"
            );
        }
        device
    }

    /// Enters a namespace.
    pub(crate) async fn enter(&self, namespace: Namespace, auth: &Value) -> Result<Value, Value> {
        let name = namespace.as_str();
        self.packet(format!("40{name},{auth}"));
        self.wait(&format!("the answer to CONNECT {name}"), |inbox| {
            inbox.connects.get(name).cloned()
        })
        .await
    }

    /// Leaves a namespace.
    pub(crate) fn leave(&self, namespace: Namespace) {
        self.packet(format!("41{},", namespace.as_str()));
    }

    /// Sends an action and waits for its acknowledgement.
    pub(crate) async fn call(&self, event: &str, payload: Value) -> Result<Value, Value> {
        let ack = self.start(event, &payload);
        self.answer(ack).await
    }

    /// Sends an action; [`Device::answer`] waits for its acknowledgement.
    pub(crate) fn start(&self, event: &str, payload: &Value) -> u64 {
        let namespace = actions::find(event).and_then(|action| action.socket);
        let namespace = namespace
            .unwrap_or_else(|| panic!("{event} is no socket event"))
            .as_str();
        let ack = self.acks.fetch_add(1, Ordering::Relaxed);
        self.packet(format!("42{namespace},{ack}{}", json!([event, payload])));
        ack
    }

    /// Waits for an acknowledgement: the data, or the error.
    pub(crate) async fn answer(&self, ack: u64) -> Result<Value, Value> {
        let mut answer = self
            .wait("an acknowledgement", |inbox| inbox.acks.get(&ack).cloned())
            .await;
        if answer["ok"] == true {
            Ok(answer["data"].take())
        } else {
            Err(answer["error"].take())
        }
    }

    /// Whether an action has been answered.
    pub(crate) fn is_answered(&self, ack: u64) -> bool {
        self.inbox.borrow().acks.contains_key(&ack)
    }

    /// Writes a message and waits until it is stored.
    pub(crate) async fn send(&self, conversation: &str, content: &str) -> Value {
        let message = message(conversation, content);
        self.call("message:send", message)
            .await
            .unwrap_or_else(|error| panic!("{content}: {error}"))
    }

    /// The next event of this name.
    pub(crate) async fn next_event(&self, name: &str) -> Value {
        let place = {
            let mut given = self.given.lock().unwrap();
            let place = given.entry(name.to_owned()).or_default();
            *place += 1;
            *place - 1
        };
        self.wait(&format!("{name} number {}", place + 1), |inbox| {
            named(inbox, name).nth(place).cloned()
        })
        .await
    }

    /// The first event of this name that is as wanted, whether given already or not.
    pub(crate) async fn event_where(&self, name: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        self.wait(&format!("a certain {name}"), |inbox| {
            named(inbox, name).find(|event| wanted(event)).cloned()
        })
        .await
    }

    /// The message of this content, once it has arrived.
    pub(crate) async fn message(&self, content: &str) -> Value {
        let wanted = |inbox: &Inbox| {
            named(inbox, "message:created")
                .find(|message| message["content"] == content)
                .cloned()
        };
        self.wait(&format!("the message {content:?}"), wanted).await
    }

    /// All events of this name until now.
    pub(crate) fn events(&self, name: &str) -> Vec<Value> {
        named(&self.inbox.borrow(), name).cloned().collect()
    }

    /// All events until now, in the order in which they came.
    pub(crate) fn all(&self) -> Vec<(String, Value)> {
        self.inbox.borrow().events.clone()
    }

    /// The contents of all messages until now, in the order in which they came.
    pub(crate) fn contents(&self) -> Vec<String> {
        self.events("message:created")
            .iter()
            .map(|message| super::text(&message["content"]))
            .collect()
    }

    /// Waits until the server has closed the websocket; the close code, 0 if the connection broke.
    pub(crate) async fn closed(&self) -> u16 {
        self.wait("the end of the socket", |inbox| inbox.closed)
            .await
    }

    fn packet(&self, packet: String) {
        // A transport that has ended shows when something is waited for.
        let _ended = self.outbox.send(packet);
    }

    async fn wait<T>(&self, what: &str, find: impl Fn(&Inbox) -> Option<T>) -> T {
        let mut inbox = self.inbox.clone();
        let found = within(what, async {
            loop {
                let (found, closed) = {
                    let inbox = inbox.borrow_and_update();
                    (find(&inbox), inbox.closed)
                };
                if found.is_some() || closed.is_some() {
                    return found.ok_or(closed);
                }
                inbox.changed().await.unwrap();
            }
        });
        found.await.unwrap_or_else(|closed| {
            panic!("the socket was closed ({closed:?}) while waiting for {what}")
        })
    }
}

/// A message with a client id of its own.
pub(crate) fn message(conversation: &str, content: &str) -> Value {
    json!({ "conversationId": conversation, "content": content, "clientId": Uuid::new_v4().to_string() })
}

fn named<'a>(inbox: &'a Inbox, name: &'a str) -> impl Iterator<Item = &'a Value> {
    inbox
        .events
        .iter()
        .filter(move |(found, _)| found == name)
        .map(|(_, payload)| payload)
}

/// Moves packets both ways until the connection ends.
async fn transport(
    mut stream: WebSocketStream<TcpStream>,
    mut packets: mpsc::UnboundedReceiver<String>,
    inbox: watch::Sender<Inbox>,
) {
    let closed = loop {
        let received = tokio::select! {
            Some(packet) = packets.recv() => {
                if stream.send(Message::text(packet)).await.is_err() {
                    break 0;
                }
                continue;
            }
            received = stream.next() => received,
        };
        match received {
            Some(Ok(Message::Text(text))) if text.as_str() == "2" => {
                let _closing = stream.send(Message::text("3")).await;
            }
            Some(Ok(Message::Text(text))) => inbox.send_modify(|inbox| inbox.take(&text)),
            Some(Ok(Message::Close(frame))) => break frame.map_or(0, |frame| frame.code.into()),
            Some(Ok(other)) => panic!("unexpected: {other:?}"),
            Some(Err(_)) | None => break 0,
        }
    };
    inbox.send_modify(|inbox| inbox.closed = Some(closed));
    // The receivers in the device outlive this task, so what has arrived stays there to be read.
}

impl Inbox {
    /// Takes in an Engine.IO packet.
    fn take(&mut self, packet: &str) {
        let Some(packet) = packet.strip_prefix('4') else {
            assert!(packet.starts_with('0'), "an open packet, not {packet}");
            return;
        };
        let (kind, rest) = packet.split_at(1);
        let (namespace, rest) = rest
            .split_once(',')
            .unwrap_or_else(|| panic!("no namespace: {packet}"));
        let json = |text: &str| {
            serde_json::from_str::<Value>(text).unwrap_or_else(|error| panic!("{error}: {packet}"))
        };
        match kind {
            "0" => drop(self.connects.insert(namespace.to_owned(), Ok(json(rest)))),
            "4" => drop(self.connects.insert(namespace.to_owned(), Err(json(rest)))),
            "2" => {
                let mut event = json(rest);
                let name = super::text(&event[0]);
                self.events.push((name, event[1].take()));
            }
            "3" => {
                let (id, answer) = rest.split_at(rest.find('[').unwrap());
                let repeated = self
                    .acks
                    .insert(id.parse().unwrap(), json(answer)[0].take());
                assert!(repeated.is_none(), "acknowledged twice: {packet}");
            }
            _ => panic!("unexpected: {packet}"),
        }
    }
}
