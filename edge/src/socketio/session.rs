use std::{
    borrow::Cow,
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use serde::Deserialize;
use serde_json::value::RawValue;
use tokio_tungstenite::tungstenite::Utf8Bytes;
use tracing::debug;
use warren_runtime::trace::TraceParent;
use warren_topology::{
    actions::{Namespace, RateClass},
    failure::{ErrorCode, Failure},
};

use super::codec::{self, DecodeError, EnginePacket, EventData, Packet, PacketKind};
use crate::{
    auth::Proof,
    commands::{
        pending::Waiter,
        submit::{Call, session_ended},
    },
    core::Core,
    metrics,
    sessions::{
        caps::Place,
        socket::{CloseReason, Socket},
        table::JoinError,
    },
};

/// So many refused CONNECTs end a connection: each costs a signature check.
const MAX_REFUSALS: u8 = 5;
/// What an event without a payload carries.
const EMPTY: &str = "{}";

/// One client's Engine.IO session, whatever transport carries it.
///
/// A transport feeds it what it receives ([`Session::receive`]), wakes it at [`Session::deadline`] ([`Session::tick`]) and
/// sends what [`Session::socket`]'s outbox holds. Dropping it ends the session.
pub(crate) struct Session {
    core: Arc<Core>,
    pub(crate) socket: Arc<Socket>,
    address: IpAddr,
    _place: Option<Place>,
    /// The proof that came with the handshake: a header, or a cookie with an allowed Origin.
    handshake: Option<Proof>,
    /// The last good token of a CONNECT, as a keyed hash, and what it proved: the second namespace costs no second check.
    token: Option<(u64, Proof)>,
    /// When the client must have signed in, then when its token ends.
    until: Instant,
    /// When the next ping is due, or the answer to the last.
    heartbeat: Instant,
    awaits_pong: bool,
    refusals: u8,
}

impl Session {
    /// Begins a session; its outbox holds the open packet.
    pub(crate) fn open(
        core: Arc<Core>,
        address: IpAddr,
        place: Option<Place>,
        handshake: Option<Proof>,
    ) -> Self {
        let config = &core.settings;
        let socket = core.sessions.open();
        let open = codec::open(
            &random_id(),
            &[],
            config.ping_interval_ms,
            config.ping_timeout_ms,
            config.max_payload_bytes,
        );
        socket.send(open.into());
        let now = Instant::now();
        let until = now + Duration::from_millis(config.sign_in_timeout_ms);
        let heartbeat = now + Duration::from_millis(config.ping_interval_ms);
        Self {
            core,
            socket,
            address,
            _place: place,
            handshake,
            token: None,
            until,
            heartbeat,
            awaits_pong: false,
            refusals: 0,
        }
    }

    /// The edge it belongs to.
    pub(crate) fn core(&self) -> Arc<Core> {
        Arc::clone(&self.core)
    }

    /// When [`Session::tick`] is due.
    pub(crate) fn deadline(&self) -> Instant {
        self.until.min(self.heartbeat)
    }

    /// Sends a ping if one is due.
    ///
    /// # Errors
    /// Why the session has to end.
    pub(crate) fn tick(&mut self, now: Instant) -> Result<(), CloseReason> {
        if self.until <= now {
            let signed_in = self.socket.caller.get().is_some();
            return Err(if signed_in {
                CloseReason::Expired
            } else {
                CloseReason::NoSignIn
            });
        }
        if self.heartbeat <= now {
            if self.awaits_pong {
                return Err(CloseReason::PingTimeout);
            }
            self.socket.send(Utf8Bytes::from_static(codec::PING));
            self.awaits_pong = true;
            self.heartbeat = now + Duration::from_millis(self.core.settings.ping_timeout_ms);
        }
        Ok(())
    }

    /// Handles one Engine.IO packet.
    ///
    /// # Errors
    /// Why the session has to end.
    pub(crate) fn receive(&mut self, text: &str) -> Result<(), CloseReason> {
        // Whatever arrives shows that the client is alive.
        if self.awaits_pong {
            self.awaits_pong = false;
            self.heartbeat =
                Instant::now() + Duration::from_millis(self.core.settings.ping_interval_ms);
        }
        match EnginePacket::decode(text).map_err(close_reason)? {
            EnginePacket::Message(data) => self.message(data),
            EnginePacket::Close => Err(CloseReason::Client),
            EnginePacket::Pong | EnginePacket::Noop => Ok(()),
            EnginePacket::Ping(_) | EnginePacket::Upgrade => Err(CloseReason::Protocol),
        }
    }

    fn message(&mut self, data: &str) -> Result<(), CloseReason> {
        let packet = Packet::decode(data).map_err(close_reason)?;
        let namespace = Namespace::parse(packet.namespace);
        match (packet.kind, namespace) {
            (PacketKind::Connect, Some(namespace)) => self.connect(namespace, packet.data),
            (PacketKind::Connect, None) => self.refuse(
                packet.namespace,
                &Failure::new(ErrorCode::NotFound, "Invalid namespace"),
            ),
            (PacketKind::Disconnect, Some(namespace)) => {
                self.core.sessions.leave(&self.socket, namespace);
                Ok(())
            }
            // As the reference server does: a packet for a namespace that was never entered ends the connection.
            (PacketKind::Event, Some(namespace)) if self.socket.joined(namespace) != 0 => {
                self.event(namespace, &packet)
            }
            (PacketKind::Ack, Some(namespace)) if self.socket.joined(namespace) != 0 => Ok(()),
            _ => Err(CloseReason::Protocol),
        }
    }

    fn connect(&mut self, namespace: Namespace, data: &str) -> Result<(), CloseReason> {
        if self.socket.joined(namespace) != 0 {
            return Ok(());
        }
        let was_in_any = self.socket.is_in_any();
        match self.enter(namespace, data) {
            Ok(proof) => {
                // The latest of several tokens counts.
                let end = Instant::now() + proof.remaining();
                self.until = if was_in_any { end.max(self.until) } else { end };
                self.greet(namespace);
                Ok(())
            }
            Err(JoinError::Refused(failure)) => self.refuse(namespace.as_str(), &failure),
            Err(JoinError::Offline) => Err(CloseReason::Resync),
        }
    }

    fn enter(&mut self, namespace: Namespace, data: &str) -> Result<Proof, JoinError> {
        let proof = self.prove(data).map_err(JoinError::Refused)?;
        let revoked = |proof: &Proof| self.core.commands.revoked.contains(&proof.caller.session);
        if revoked(&proof) {
            return Err(JoinError::Refused(session_ended()));
        }
        let welcome = codec::connected(namespace, &random_id()).into();
        self.core
            .sessions
            .join(&self.socket, &proof.caller, namespace, welcome)?;
        // It may have been revoked between the check and the join, and then nobody closed this socket.
        if revoked(&proof) {
            self.socket.close(CloseReason::Revoked);
        }
        debug!(socket = self.socket.id, user = %proof.caller.user, namespace = namespace.as_str(), "signed in");
        Ok(proof)
    }

    fn prove(&mut self, data: &str) -> Result<Proof, Failure> {
        #[derive(Deserialize)]
        struct Auth<'a> {
            #[serde(borrow)]
            token: Option<Cow<'a, str>>,
        }
        let token = match data {
            "" => None,
            data => {
                serde_json::from_str::<Auth<'_>>(data)
                    .map_err(|_| {
                        Failure::new(
                            ErrorCode::AuthInvalid,
                            "The auth of a CONNECT is {\"token\": \"…\"}.",
                        )
                    })?
                    .token
            }
        };
        let Some(token) = token else {
            let proof = self
                .handshake
                .clone()
                .filter(|proof| !proof.remaining().is_zero());
            return proof
                .ok_or_else(|| Failure::new(ErrorCode::AuthInvalid, "Sign in to connect."));
        };
        let hash = self.core.hash_token(&token);
        if let Some((known, proof)) = &self.token
            && *known == hash
            && !proof.remaining().is_zero()
        {
            return Ok(proof.clone());
        }
        let proof = self.core.tokens.verify(&token)?;
        self.token = Some((hash, proof.clone()));
        Ok(proof)
    }

    fn refuse(&mut self, namespace: &str, failure: &Failure) -> Result<(), CloseReason> {
        metrics::REFUSED_SOCKETS
            .with_label_values(&[failure.code.as_str()])
            .inc();
        self.socket
            .send(codec::connect_error(namespace, failure).into());
        self.refusals += 1;
        if self.refusals >= MAX_REFUSALS {
            Err(CloseReason::Refused)
        } else {
            Ok(())
        }
    }

    fn greet(&self, namespace: Namespace) {
        let Ok(payload) = serde_json::from_str::<&RawValue>(EMPTY) else {
            return;
        };
        for (entry, event) in self.core.commands.catalog.greetings(namespace) {
            let waiter = Waiter::Greeting {
                socket: Arc::clone(&self.socket),
                namespace,
                event,
            };
            let call = Call {
                entry,
                caller: self.socket.caller.get().map(AsRef::as_ref),
                address: self.address,
                user_agent: "",
                trace: TraceParent::new(),
                payload,
            };
            self.core.commands.submit_unlimited(&call, waiter);
        }
    }

    fn event(&self, namespace: Namespace, packet: &Packet<'_>) -> Result<(), CloseReason> {
        let event = EventData::decode(packet.data).map_err(close_reason)?;
        let socket = Arc::clone(&self.socket);
        let waiter = match packet.id {
            Some(id) => Waiter::Ack {
                socket,
                namespace,
                id,
            },
            None => Waiter::Silent { socket },
        };
        let caller = self.socket.caller.get().map(AsRef::as_ref);
        let Some(entry) = self.core.commands.catalog.event(namespace, &event.name) else {
            let user = caller.map(|caller| caller.user);
            let counted = self
                .core
                .commands
                .rates
                .count(RateClass::Read, user, self.address);
            waiter.refuse(counted.err().unwrap_or_else(|| Failure::not_found("event")));
            return Ok(());
        };
        let empty = serde_json::from_str::<&RawValue>(EMPTY).map_err(|_| CloseReason::Protocol)?;
        let payload = event
            .payload
            .filter(|payload| payload.get() != "null")
            .unwrap_or(empty);
        let trace = TraceParent::new();
        let call = Call {
            entry,
            caller,
            address: self.address,
            user_agent: "",
            trace,
            payload,
        };
        self.core.commands.submit(&call, waiter);
        Ok(())
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        self.core.sessions.closed(&self.socket);
    }
}

fn close_reason(error: DecodeError) -> CloseReason {
    match error {
        DecodeError::Binary => CloseReason::Binary,
        DecodeError::UnknownType | DecodeError::Malformed(_) => CloseReason::Protocol,
    }
}

/// A session id: 120 random bits.
fn random_id() -> String {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 15]>())
}
