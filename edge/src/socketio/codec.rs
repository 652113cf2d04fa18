//! The packet codec: Engine.IO protocol v4 and Socket.IO protocol v5. Attachments travel beside their packet, as messages of
//! bytes, and are not the codec's business beyond their number.
//!
//! Decoding borrows from the packet and reads no JSON except to split an event into its name and payload. Encoding
//! writes each packet once; what goes to many sockets is encoded once for all of them.

use std::{
    borrow::Cow,
    fmt::{self, Write},
    str::FromStr,
};

use serde::{
    Deserialize, Deserializer, Serialize,
    de::{Error as _, IgnoredAny, SeqAccess, Visitor},
};
use serde_json::value::RawValue;
use warren_topology::{actions::Namespace, failure::Failure};

/// Engine.IO's close.
pub const CLOSE: &str = "1";
/// Engine.IO's ping.
pub const PING: &str = "2";
/// Engine.IO's noop.
pub const NOOP: &str = "6";

/// A packet that breaks the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// No such type.
    #[error("unknown packet type")]
    UnknownType,
    /// The type is right, the rest is not.
    #[error("malformed packet: {0}")]
    Malformed(&'static str),
}

/// An Engine.IO packet from a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EnginePacket<'a> {
    /// The client closes the transport.
    Close,
    /// A probe before an upgrade, with its data.
    Ping(&'a str),
    /// The answer to our ping.
    Pong,
    /// A Socket.IO packet.
    Message(&'a str),
    /// The client finishes an upgrade.
    Upgrade,
    /// Nothing.
    Noop,
}

impl<'a> EnginePacket<'a> {
    /// Reads a text packet.
    ///
    /// # Errors
    /// [`DecodeError`] for what is no packet, or none that a client may send.
    pub fn decode(text: &'a str) -> Result<Self, DecodeError> {
        let rest = text.get(1..).unwrap_or_default();
        match text.as_bytes().first() {
            Some(b'1') => Ok(Self::Close),
            Some(b'2') => Ok(Self::Ping(rest)),
            Some(b'3') => Ok(Self::Pong),
            Some(b'4') => Ok(Self::Message(rest)),
            Some(b'5') => Ok(Self::Upgrade),
            Some(b'6') => Ok(Self::Noop),
            Some(b'0') => Err(DecodeError::Malformed("open is the server's")),
            _ => Err(DecodeError::UnknownType),
        }
    }
}

/// What a Socket.IO packet does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PacketKind {
    /// Enters the namespace.
    Connect,
    /// Leaves it.
    Disconnect,
    /// An event.
    Event,
    /// The answer to an event that carried an id.
    Ack,
    /// A refused connection; the server's to send.
    ConnectError,
}

/// A Socket.IO packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    /// What it does.
    pub kind: PacketKind,
    /// The namespace without its query; `/` if none is named.
    pub namespace: &'a str,
    /// The query of the namespace (`/chat?a=b`), empty if none.
    pub query: &'a str,
    /// How many messages of bytes follow and belong to it.
    pub attachments: usize,
    /// The acknowledgement id.
    pub id: Option<u64>,
    /// JSON, not read yet; empty if there is none.
    pub data: &'a str,
}

impl<'a> Packet<'a> {
    /// A packet with nothing in it, to be filled.
    #[must_use]
    pub fn empty(kind: PacketKind, namespace: &'a str) -> Self {
        Self {
            kind,
            namespace,
            query: "",
            attachments: 0,
            id: None,
            data: "",
        }
    }

    /// Reads a packet from the data of an Engine.IO message.
    ///
    /// # Errors
    /// [`DecodeError`] for what is no packet.
    pub fn decode(text: &'a str) -> Result<Self, DecodeError> {
        let (kind, is_binary) = match text.as_bytes().first() {
            Some(b'0') => (PacketKind::Connect, false),
            Some(b'1') => (PacketKind::Disconnect, false),
            Some(b'2') => (PacketKind::Event, false),
            Some(b'3') => (PacketKind::Ack, false),
            Some(b'4') => (PacketKind::ConnectError, false),
            Some(b'5') => (PacketKind::Event, true),
            Some(b'6') => (PacketKind::Ack, true),
            _ => return Err(DecodeError::UnknownType),
        };
        // The first character is ASCII, so the rest begins at a character.
        let rest = text.get(1..).unwrap_or_default();
        let (attachments, rest) = if is_binary {
            rest.split_once('-')
                .and_then(|(count, rest)| Some((number(count)?, rest)))
                .ok_or(DecodeError::Malformed("no number of attachments"))?
        } else {
            (0, rest)
        };
        let (named, rest) = if rest.starts_with('/') {
            rest.split_once(',').unwrap_or((rest, ""))
        } else {
            ("/", rest)
        };
        let (namespace, query) = named.split_once('?').unwrap_or((named, ""));
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        let (id, data) = rest.split_at(digits);
        let id = match id {
            "" => None,
            id => Some(number(id).ok_or(DecodeError::Malformed(
                "the acknowledgement id is out of range",
            ))?),
        };
        let is_array = data.starts_with('[');
        match kind {
            PacketKind::Event | PacketKind::Ack if !is_array => {
                Err(DecodeError::Malformed("its data is no array"))
            }
            PacketKind::Ack if id.is_none() => {
                Err(DecodeError::Malformed("an acknowledgement without its id"))
            }
            _ => Ok(Self {
                kind,
                namespace,
                query,
                attachments,
                id,
                data,
            }),
        }
    }
}

/// Digits and nothing else.
fn number<T: FromStr>(digits: &str) -> Option<T> {
    let is_number = digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| is_number)
}

/// An event's name and payload. What stands behind the payload is ignored.
#[derive(Clone, Debug)]
pub struct EventData<'a> {
    /// The name.
    pub name: Cow<'a, str>,
    /// The first argument.
    pub payload: Option<&'a RawValue>,
}

impl<'a> EventData<'a> {
    /// Reads the data of an event packet: `["name", payload]`.
    ///
    /// # Errors
    /// [`DecodeError::Malformed`] for what is not JSON or does not begin with a name.
    pub fn decode(data: &'a str) -> Result<Self, DecodeError> {
        serde_json::from_str(data)
            .map_err(|_| DecodeError::Malformed("an event is [\"name\", payload]"))
    }
}

impl<'de> Deserialize<'de> for EventData<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Arguments;

        impl<'de> Visitor<'de> for Arguments {
            type Value = EventData<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an event")
            }

            fn visit_seq<A: SeqAccess<'de>>(
                self,
                mut arguments: A,
            ) -> Result<EventData<'de>, A::Error> {
                let Some(Name(name)) = arguments.next_element()? else {
                    return Err(A::Error::invalid_length(0, &self));
                };
                let payload = arguments.next_element()?;
                while arguments.next_element::<IgnoredAny>()?.is_some() {}
                Ok(EventData { name, payload })
            }
        }

        deserializer.deserialize_seq(Arguments)
    }
}

/// Borrows where it can; `Cow` itself never does in a sequence.
#[derive(Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// Engine.IO's open packet.
#[must_use]
pub fn open(
    sid: &str,
    upgrades: &[&str],
    ping_interval_ms: u64,
    ping_timeout_ms: u64,
    max_payload: usize,
) -> String {
    let upgrades = upgrades
        .iter()
        .map(|name| format!("\"{name}\""))
        .collect::<Vec<_>>()
        .join(",");
    format!(
        r#"0{{"sid":"{sid}","upgrades":[{upgrades}],"pingInterval":{ping_interval_ms},"pingTimeout":{ping_timeout_ms},"maxPayload":{max_payload}}}"#
    )
}

/// A packet of any kind, for any namespace.
#[must_use]
pub fn packet(packet: &Packet<'_>) -> String {
    let mut text = String::with_capacity(32 + packet.namespace.len() + packet.data.len());
    let digit = match (packet.kind, packet.attachments) {
        (PacketKind::Connect, _) => '0',
        (PacketKind::Disconnect, _) => '1',
        (PacketKind::Event, 0) => '2',
        (PacketKind::Ack, 0) => '3',
        (PacketKind::ConnectError, _) => '4',
        (PacketKind::Event, _) => '5',
        (PacketKind::Ack, _) => '6',
    };
    text.push('4');
    text.push(digit);
    // Writing to a String cannot fail.
    if packet.attachments > 0 {
        let _ok = write!(text, "{}-", packet.attachments);
    }
    // The main namespace need not be named, unless that would change what is read.
    if packet.namespace != "/" || !packet.query.is_empty() || packet.data.starts_with('/') {
        text.push_str(packet.namespace);
        if !packet.query.is_empty() {
            text.push('?');
            text.push_str(packet.query);
        }
        text.push(',');
    }
    if let Some(id) = packet.id {
        let _ok = write!(text, "{id}");
    }
    text.push_str(packet.data);
    text
}

/// The namespace lets the client in.
#[must_use]
pub fn connected(namespace: &str, sid: &str) -> String {
    packet(&Packet {
        data: &format!(r#"{{"sid":"{sid}"}}"#),
        ..Packet::empty(PacketKind::Connect, namespace)
    })
}

/// The namespace, as the client named it, refuses the client: `{message, data: {code, …}}`.
#[must_use]
pub fn connect_error(namespace: &str, failure: &Failure) -> String {
    #[derive(Serialize)]
    struct Refusal<'a> {
        message: &'a str,
        data: &'a Failure,
    }
    let data = json(&Refusal {
        message: &failure.message,
        data: failure,
    });
    packet(&Packet {
        data: &data,
        ..Packet::empty(PacketKind::ConnectError, namespace)
    })
}

/// The server's goodbye to a namespace.
#[must_use]
pub fn disconnect(namespace: Namespace) -> String {
    format!("41{},", namespace.as_str())
}

/// An event; `event` is `["name",payload]`.
#[must_use]
pub fn event(namespace: Namespace, event: &str) -> String {
    let namespace = namespace.as_str();
    let mut text = String::with_capacity(3 + namespace.len() + event.len());
    text.push_str("42");
    text.push_str(namespace);
    text.push(',');
    text.push_str(event);
    text
}

/// An event with a name that needs no escapes and a payload in JSON.
#[must_use]
pub fn named_event(namespace: Namespace, name: &str, payload: &str) -> String {
    format!(r#"42{},["{name}",{payload}]"#, namespace.as_str())
}

/// An acknowledgement: `{ok:true,data}` or `{ok:false,error}`.
#[must_use]
pub fn ack(namespace: Namespace, id: u64, outcome: Result<&str, &Failure>) -> String {
    let namespace = namespace.as_str();
    match outcome {
        Ok(data) => format!(r#"43{namespace},{id}[{{"ok":true,"data":{data}}}]"#),
        Err(failure) => format!(
            r#"43{namespace},{id}[{{"ok":false,"error":{}}}]"#,
            json(failure)
        ),
    }
}

/// Everything written here has string keys and finite numbers, so it cannot fail.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}

#[cfg(test)]
#[path = "codec_tests.rs"]
mod tests;
