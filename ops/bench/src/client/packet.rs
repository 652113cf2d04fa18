//! Packets of Socket.IO v5 inside Engine.IO v4 text frames, as far as a client without binary data needs them.
//!
//! Parsing borrows from the frame and touches no JSON: an event's or an ack's single argument comes out as the slice
//! of its text. See the Engine.IO protocol v4 and the Socket.IO protocol v5, "Packet encoding".

use std::fmt::Write as _;

/// The two namespaces of Warren.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Namespace {
    /// `/chat`
    Chat,
    /// `/notifications`
    Notifications,
}

impl Namespace {
    /// The name as it stands in a packet.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Chat => "/chat",
            Self::Notifications => "/notifications",
        }
    }

    fn parse(name: &str) -> Result<Self, Malformed> {
        match name {
            "/chat" => Ok(Self::Chat),
            "/notifications" => Ok(Self::Notifications),
            _ => Err(Malformed("a namespace this client never asked for")),
        }
    }
}

/// A frame from the server.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Packet<'a> {
    /// Engine.IO open: the session's parameters, as JSON.
    Open(&'a str),
    /// Engine.IO close.
    Close,
    /// Engine.IO ping; the answer is [`PONG`].
    Ping,
    /// Engine.IO pong or noop: nothing to do.
    Ignored,
    /// The namespace accepted the connection.
    Connected(Namespace),
    /// The namespace refused it; JSON `{message, data:{code}}`.
    Refused(Namespace, &'a str),
    /// The namespace was closed by the server.
    Disconnected(Namespace),
    /// An event with its first argument (empty if it has none).
    Event {
        /// The event's name.
        name: &'a str,
        /// JSON of the argument.
        payload: &'a str,
    },
    /// The answer to a packet sent with this ack id.
    Ack {
        /// Where the packet was sent to.
        namespace: Namespace,
        /// The id it carried.
        id: u64,
        /// JSON of the argument.
        payload: &'a str,
    },
}

/// A frame that breaks the protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("malformed packet: {0}")]
pub(crate) struct Malformed(&'static str);

/// The ping frame.
pub(crate) const PING: &str = "2";
/// The answer to a ping.
pub(crate) const PONG: &str = "3";

impl<'a> Packet<'a> {
    /// Reads one text frame.
    pub(crate) fn parse(frame: &'a str) -> Result<Self, Malformed> {
        let rest = frame.get(1..).unwrap_or_default();
        match frame.as_bytes().first() {
            Some(b'0') => Ok(Self::Open(rest)),
            Some(b'1') => Ok(Self::Close),
            Some(b'2') => Ok(Self::Ping),
            Some(b'3' | b'6') => Ok(Self::Ignored),
            Some(b'4') => Self::message(rest),
            _ => Err(Malformed("unknown Engine.IO packet type")),
        }
    }

    fn message(packet: &'a str) -> Result<Self, Malformed> {
        let rest = packet.get(1..).unwrap_or_default();
        let (namespace, body) = namespace(rest)?;
        match packet.as_bytes().first() {
            Some(b'0') => Ok(Self::Connected(namespace)),
            Some(b'1') => Ok(Self::Disconnected(namespace)),
            Some(b'2') => {
                let (_, body) = ack_id(body)?;
                let (name, payload) = event(body)?;
                Ok(Self::Event { name, payload })
            }
            Some(b'3') => {
                let (id, body) = ack_id(body)?;
                let id = id.ok_or(Malformed("an ack without its id"))?;
                Ok(Self::Ack {
                    namespace,
                    id,
                    payload: array(body)?,
                })
            }
            Some(b'4') => Ok(Self::Refused(namespace, body)),
            _ => Err(Malformed("unknown Socket.IO packet type")),
        }
    }
}

fn namespace(text: &str) -> Result<(Namespace, &str), Malformed> {
    if !text.starts_with('/') {
        return Err(Malformed("the default namespace is not used"));
    }
    match text.split_once(',') {
        Some((name, body)) => Ok((Namespace::parse(name)?, body)),
        None => Ok((Namespace::parse(text)?, "")),
    }
}

fn ack_id(text: &str) -> Result<(Option<u64>, &str), Malformed> {
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    if digits == 0 {
        return Ok((None, text));
    }
    let id = text[..digits]
        .parse()
        .map_err(|_| Malformed("an ack id out of range"))?;
    Ok((Some(id), &text[digits..]))
}

fn array(text: &str) -> Result<&str, Malformed> {
    text.strip_prefix('[')
        .and_then(|text| text.strip_suffix(']'))
        .ok_or(Malformed("the arguments are not an array"))
}

/// Names carry no escapes, so the first quote after the opening one ends the name.
fn event(text: &str) -> Result<(&str, &str), Malformed> {
    let inner = array(text)?
        .strip_prefix('"')
        .ok_or(Malformed("an event without a name"))?;
    let (name, rest) = inner
        .split_once('"')
        .ok_or(Malformed("an event without a name"))?;
    Ok((name, rest.strip_prefix(',').unwrap_or(rest)))
}

/// CONNECT to a namespace with the access token.
pub(crate) fn connect(namespace: Namespace, token: &str) -> String {
    format!("40{},{{\"token\":\"{token}\"}}", namespace.as_str())
}

/// An event with an ack id and one JSON argument.
pub(crate) fn event_with_ack(namespace: Namespace, ack: u64, name: &str, payload: &str) -> String {
    let mut text = String::with_capacity(payload.len() + name.len() + 40);
    // Writing to a String cannot fail.
    let _ = write!(text, "42{},{ack}[\"{name}\",{payload}]", namespace.as_str());
    text
}

/// `message:send`; none of the texts may need escaping in JSON.
pub(crate) fn message_send(ack: u64, conversation: &str, content: &str, client_id: &str) -> String {
    let mut text =
        String::with_capacity(content.len() + conversation.len() + client_id.len() + 100);
    let _ = write!(
        text,
        "42/chat,{ack}[\"message:send\",{{\"conversationId\":\"{conversation}\",\"content\":\"{content}\",\
         \"clientId\":\"{client_id}\"}}]"
    );
    text
}

#[cfg(test)]
#[path = "packet_tests.rs"]
mod tests;
