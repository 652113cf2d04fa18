//! What must hold for any bytes from a client. The fuzz targets look for bytes for which it does not; `tests/corpus.rs`
//! tries all that they ever found worth keeping.

#![allow(dead_code, reason = "each fuzz target uses one of them")]

use std::{
    collections::BTreeSet,
    time::{Duration, Instant},
};

use bytes::Bytes;
use warren_edge::socketio::{
    Application, CloseReason, Frame, Multiplexer, Namespaces, Outbox,
    codec::{self, EnginePacket, EventData, Packet, PacketKind},
    payload::{Part, Payload, parts},
};

/// The most attachments and bytes of one event.
const MAX_ATTACHMENTS: usize = 16;
const MAX_BYTES: usize = 4_096;

/// A packet is refused, or what is understood of it says the same when it is written and read again.
pub(crate) fn packet(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let _transport = EnginePacket::decode(text);
    let Ok(packet) = Packet::decode(text) else {
        return;
    };
    let written = codec::packet(&packet);
    let Ok(EnginePacket::Message(again)) = EnginePacket::decode(&written) else {
        panic!("{written:?} is no message");
    };
    assert_eq!(Packet::decode(again), Ok(packet), "{written}");
    if packet.kind == PacketKind::Event
        && let Ok(event) = EventData::decode(packet.data)
    {
        let name = serde_json::to_string(&event.name).expect("a name is text");
        let payload = event.payload.map(|payload| payload.get());
        let again = match payload {
            Some(payload) => format!("[{name},{payload}]"),
            None => format!("[{name}]"),
        };
        let again = EventData::decode(&again).expect("what was read is written");
        assert_eq!(again.name, event.name);
        assert_eq!(again.payload.map(|payload| payload.get()), payload);
    }
}

/// A payload is refused, or its packets make the same payload again.
pub(crate) fn payload(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    let Ok(read) = parts(text).collect::<Result<Vec<_>, _>>() else {
        return;
    };
    let mut written = Payload::default();
    let mut count = 0;
    for part in &read {
        let frame = match part {
            // Nothing at all is no packet: it would vanish between separators.
            Part::Text("") => return,
            Part::Text(text) => Frame::from((*text).to_owned()),
            Part::Binary(data) => Frame::from(data.clone()),
        };
        count = written.len_with(&frame);
        written.add(&frame);
    }
    let written = written.into_bytes();
    assert_eq!(written.len(), count);
    let written = std::str::from_utf8(&written).expect("payloads are text");
    let again = parts(written).collect::<Result<Vec<_>, _>>();
    assert_eq!(again.as_ref(), Ok(&read));
}

/// Messages, each of a byte that says how long it is and whether it is text, and its bytes: the session ends, or events
/// come whole, of namespaces that were entered, within their bounds.
pub(crate) fn session(mut data: &[u8]) {
    let mut session = Multiplexer::new(Client::new(), MAX_BYTES);
    while let [head, rest @ ..] = data {
        let (is_text, length) = (head & 0x80 == 0, usize::from(head & 0x7f));
        let (message, rest) = rest.split_at(length.min(rest.len()));
        data = rest;
        let outcome = match (is_text, std::str::from_utf8(message)) {
            (true, Ok(text)) => session.text(text),
            _ => session.binary(Bytes::copy_from_slice(message)),
        };
        if outcome.is_err() {
            return;
        }
    }
}

struct Client {
    outbox: Outbox,
    entered: BTreeSet<String>,
}

impl Client {
    fn new() -> Self {
        Self {
            outbox: Outbox::new(1 << 20, Duration::ZERO),
            entered: BTreeSet::new(),
        }
    }
}

impl Namespaces for Client {
    fn outbox(&self) -> &Outbox {
        &self.outbox
    }

    fn is_in(&self, namespace: &str) -> bool {
        self.entered.contains(namespace)
    }

    fn connect(&mut self, namespace: &str, _auth: &str) -> Result<(), CloseReason> {
        self.entered.insert(namespace.to_owned());
        Ok(())
    }

    fn disconnect(&mut self, namespace: &str) {
        self.entered.remove(namespace);
    }

    fn event(&mut self, packet: &Packet<'_>, attachments: Vec<Bytes>) -> Result<(), CloseReason> {
        assert!(self.is_in(packet.namespace));
        assert_eq!(attachments.len(), packet.attachments);
        assert!(attachments.len() <= MAX_ATTACHMENTS);
        assert!(attachments.iter().map(Bytes::len).sum::<usize>() <= MAX_BYTES);
        let _event = EventData::decode(packet.data)?;
        Ok(())
    }

    fn deadline(&self) -> Option<Instant> {
        None
    }

    fn tick(&mut self, _now: Instant) -> Result<(), CloseReason> {
        Ok(())
    }
}
