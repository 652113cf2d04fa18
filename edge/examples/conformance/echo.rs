//! The handlers that the protocol's official test suites expect of a server.

use std::{
    collections::BTreeSet,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use serde_json::value::RawValue;
use tokio::time::sleep;
use warren_edge::socketio::{
    Application, CloseReason, EngineConfig, Namespaces, Outbox,
    codec::{self, Packet, PacketKind},
};

/// How long a client may take to enter a namespace.
const SIGN_IN: Duration = Duration::from_secs(1);

/// Between the two packets that answer a CONNECT.
const BETWEEN: Duration = Duration::from_millis(10);

/// What the suites expect to read in the open packet.
pub(crate) fn config() -> EngineConfig {
    EngineConfig {
        name: String::new(),
        ping_interval: Duration::from_millis(300),
        ping_timeout: Duration::from_millis(200),
        max_payload_bytes: 1_000_000,
        body_timeout: Duration::from_secs(5),
        upgrade_timeout: Duration::from_secs(5),
        max_polling: 1_000,
        read_buffer_bytes: 4_096,
        write_buffer_bytes: 4_096,
    }
}

/// Engine.IO: sends every message back.
pub(crate) struct Messages {
    outbox: Outbox,
}

impl Messages {
    pub(crate) fn new() -> Self {
        Self {
            outbox: Outbox::new(4 << 20, Duration::ZERO),
        }
    }
}

impl Application for Messages {
    fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    fn text(&mut self, data: &str) -> Result<(), CloseReason> {
        self.outbox.send(format!("4{data}"));
        Ok(())
    }

    fn binary(&mut self, data: Bytes) -> Result<(), CloseReason> {
        self.outbox.send(data);
        Ok(())
    }
}

/// Socket.IO: `message` comes back as `message-back`, `message-with-ack` in its acknowledgement, and the auth of a CONNECT
/// as `auth`. There are two namespaces.
pub(crate) struct Events {
    outbox: Arc<Outbox>,
    entered: BTreeSet<String>,
    until: Instant,
}

impl Events {
    pub(crate) fn new() -> Self {
        Self {
            outbox: Arc::new(Outbox::new(4 << 20, Duration::ZERO)),
            entered: BTreeSet::new(),
            until: Instant::now() + SIGN_IN,
        }
    }

    fn send(&self, packet: &Packet<'_>, attachments: Vec<Bytes>) {
        self.outbox.send_with(codec::packet(packet), attachments);
    }
}

impl Namespaces for Events {
    fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    fn is_in(&self, namespace: &str) -> bool {
        self.entered.contains(namespace)
    }

    fn connect(&mut self, namespace: &str, auth: &str) -> Result<(), CloseReason> {
        if !matches!(namespace, "/" | "/custom") {
            let refusal = Packet {
                data: r#"{"message":"Invalid namespace"}"#,
                ..Packet::empty(PacketKind::ConnectError, namespace)
            };
            self.send(&refusal, Vec::new());
            return Ok(());
        }
        self.entered.insert(namespace.to_owned());
        self.outbox.send(codec::connected(namespace, "a-session"));
        let auth = if auth.is_empty() { "{}" } else { auth };
        let event = codec::packet(&Packet {
            data: &format!(r#"["auth",{auth}]"#),
            ..Packet::empty(PacketKind::Event, namespace)
        });
        // The suites listen for the second packet when they have handled the first: the two must not arrive as one.
        let outbox = Arc::clone(&self.outbox);
        tokio::spawn(async move {
            sleep(BETWEEN).await;
            outbox.send(event);
        });
        Ok(())
    }

    fn disconnect(&mut self, namespace: &str) {
        self.entered.remove(namespace);
    }

    fn event(&mut self, packet: &Packet<'_>, attachments: Vec<Bytes>) -> Result<(), CloseReason> {
        let arguments: Vec<&RawValue> =
            serde_json::from_str(packet.data).map_err(|_| CloseReason::Protocol)?;
        let join = |arguments: &[&RawValue]| {
            let texts: Vec<&str> = arguments.iter().map(|argument| argument.get()).collect();
            texts.join(",")
        };
        match arguments.split_first() {
            Some((name, rest)) if name.get() == r#""message""# => {
                let separator = if rest.is_empty() { "" } else { "," };
                let back = Packet {
                    data: &format!(r#"["message-back"{separator}{}]"#, join(rest)),
                    id: None,
                    ..*packet
                };
                self.send(&back, attachments);
                Ok(())
            }
            Some((name, rest)) if name.get() == r#""message-with-ack""# => {
                let ack = Packet {
                    kind: PacketKind::Ack,
                    data: &format!("[{}]", join(rest)),
                    ..*packet
                };
                self.send(&ack, attachments);
                Ok(())
            }
            Some((name, _)) if name.get().starts_with('"') => Ok(()),
            _ => Err(CloseReason::Protocol),
        }
    }

    fn deadline(&self) -> Option<Instant> {
        self.entered.is_empty().then_some(self.until)
    }

    fn tick(&mut self, _: Instant) -> Result<(), CloseReason> {
        Err(CloseReason::NoSignIn)
    }
}
