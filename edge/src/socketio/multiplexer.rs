use std::time::Instant;

use bytes::Bytes;

use super::{
    CloseReason,
    codec::{Packet, PacketKind},
    outbox::Outbox,
    session::Application,
};

/// The most attachments of one packet.
const MAX_ATTACHMENTS: usize = 16;

/// What becomes of one client's Socket.IO packets.
pub trait Namespaces: Send + 'static {
    /// What waits for the client.
    fn outbox(&self) -> &Outbox;

    /// Whether the client is in a namespace.
    fn is_in(&self, namespace: &str) -> bool;

    /// The client wants to enter a namespace; `auth` is JSON, or empty.
    ///
    /// # Errors
    /// Why the session has to end.
    fn connect(&mut self, namespace: &str, auth: &str) -> Result<(), CloseReason>;

    /// The client leaves a namespace.
    fn disconnect(&mut self, namespace: &str);

    /// An event in a namespace that the client is in.
    ///
    /// # Errors
    /// Why the session has to end.
    fn event(&mut self, packet: &Packet<'_>, attachments: Vec<Bytes>) -> Result<(), CloseReason>;

    /// When [`Namespaces::tick`] is due.
    fn deadline(&self) -> Option<Instant>;

    /// Does what is due.
    ///
    /// # Errors
    /// Why the session has to end.
    fn tick(&mut self, now: Instant) -> Result<(), CloseReason>;
}

/// Socket.IO on an Engine.IO session: reads packets, waits for their attachments, and hands them on whole.
pub struct Multiplexer<N> {
    namespaces: N,
    max_bytes: usize,
    partial: Option<Box<Partial>>,
}

/// A packet whose attachments are still coming.
struct Partial {
    text: String,
    expected: usize,
    attachments: Vec<Bytes>,
    bytes: usize,
}

impl<N: Namespaces> Multiplexer<N> {
    /// Takes packets that have, with their attachments, at most `max_bytes`.
    pub fn new(namespaces: N, max_bytes: usize) -> Self {
        Self {
            namespaces,
            max_bytes,
            partial: None,
        }
    }

    fn dispatch(
        &mut self,
        packet: &Packet<'_>,
        attachments: Vec<Bytes>,
    ) -> Result<(), CloseReason> {
        match packet.kind {
            PacketKind::Connect => self.namespaces.connect(packet.namespace, packet.data),
            PacketKind::Disconnect => {
                self.namespaces.disconnect(packet.namespace);
                Ok(())
            }
            // As the reference server does: a packet for a namespace that was never entered ends the connection.
            _ if !self.namespaces.is_in(packet.namespace) => Err(CloseReason::Protocol),
            PacketKind::Event => self.namespaces.event(packet, attachments),
            // Nothing sent to clients asks for an acknowledgement.
            PacketKind::Ack => Ok(()),
            PacketKind::ConnectError => Err(CloseReason::Protocol),
        }
    }
}

impl<N: Namespaces> Application for Multiplexer<N> {
    fn outbox(&self) -> &Outbox {
        self.namespaces.outbox()
    }

    fn text(&mut self, data: &str) -> Result<(), CloseReason> {
        if self.partial.is_some() {
            return Err(CloseReason::Protocol);
        }
        let packet = Packet::decode(data)?;
        match packet.attachments {
            0 => self.dispatch(&packet, Vec::new()),
            1..=MAX_ATTACHMENTS if self.namespaces.is_in(packet.namespace) => {
                self.partial = Some(Box::new(Partial {
                    text: data.to_owned(),
                    expected: packet.attachments,
                    attachments: Vec::new(),
                    bytes: data.len(),
                }));
                Ok(())
            }
            _ => Err(CloseReason::Protocol),
        }
    }

    fn binary(&mut self, data: Bytes) -> Result<(), CloseReason> {
        let mut partial = self.partial.take().ok_or(CloseReason::Protocol)?;
        partial.bytes += data.len();
        if partial.bytes > self.max_bytes {
            return Err(CloseReason::TooLarge);
        }
        partial.attachments.push(data);
        if partial.attachments.len() < partial.expected {
            self.partial = Some(partial);
            return Ok(());
        }
        let packet = Packet::decode(&partial.text)?;
        self.dispatch(&packet, partial.attachments)
    }

    fn deadline(&self) -> Option<Instant> {
        self.namespaces.deadline()
    }

    fn tick(&mut self, now: Instant) -> Result<(), CloseReason> {
        self.namespaces.tick(now)
    }
}
