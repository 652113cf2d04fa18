use std::{
    borrow::Cow,
    net::IpAddr,
    sync::Arc,
    time::{Duration, Instant},
};

use bytes::Bytes;
use hyper::{HeaderMap, Request, body::Incoming};
use serde::Deserialize;
use serde_json::value::RawValue;
use tracing::debug;
use warren_runtime::trace::TraceParent;
use warren_topology::{
    actions::{self, Contract, Namespace, RateClass, Renewal},
    events::{SessionExpiring, SocketEvent},
    failure::{ErrorCode, Failure},
    payload::auth::{Renew, Renewed},
};

use super::{
    caps::Place,
    life::{Due, Life},
    socket::Socket,
    table::{JoinError, another_session},
};
use crate::{
    auth::Proof,
    commands::{
        pending::Waiter,
        submit::{Call, session_ended},
    },
    core::Core,
    http::client::{self, PageOrigin},
    metrics,
    socketio::{
        CloseReason, Namespaces, Outbox, Refusal,
        codec::{self, EventData, Packet},
        session::random_id,
    },
};

/// So many refused CONNECTs end a connection: each costs a signature check.
const MAX_REFUSALS: u8 = 5;
/// What an event without a payload carries.
/// The longest name of a namespace that gets an answer, in bytes: the answer repeats it.
const MAX_NAME_BYTES: usize = 256;
const EMPTY: &str = "{}";

/// One client on its socket: signs in, enters namespaces, sends events.
pub(crate) struct Client {
    core: Arc<Core>,
    socket: Arc<Socket>,
    address: IpAddr,
    _place: Option<Place<IpAddr>>,
    /// The proof that came with the handshake: a header, or a cookie with an allowed Origin.
    handshake: Option<Proof>,
    /// The last good token of a CONNECT, as a keyed hash, and what it proved: the second namespace costs no second check.
    token: Option<(u64, Proof)>,
    life: Life,
    refusals: u8,
    /// How often it has entered a namespace.
    entries: usize,
}

impl Client {
    /// The client of a request that begins a connection.
    ///
    /// # Errors
    /// When no more clients are taken, of this address or at all.
    pub(crate) fn open(
        core: &Arc<Core>,
        request: &Request<Incoming>,
        peer: IpAddr,
    ) -> Result<Self, Refusal> {
        if !core.incarnation.is_online() {
            return Err(Refusal::Unavailable);
        }
        let headers = request.headers();
        let address = client::address(peer, headers, &core.settings);
        let place = core.place(address).ok_or(Refusal::TooMany)?;
        Ok(Self {
            handshake: proof(core, headers),
            socket: core.sessions.open(),
            life: Life::new(sign_in_timeout(core)),
            core: Arc::clone(core),
            address,
            _place: place,
            token: None,
            refusals: 0,
            entries: 0,
        })
    }

    fn enter(&mut self, namespace: Namespace, data: &str) -> Result<Proof, JoinError> {
        // Each namespace once is what every client does. Who comes and goes makes work for others.
        if self.entries >= Namespace::ALL.len() {
            let user = self.socket.caller().map(|caller| caller.user);
            let rates = &self.core.commands.rates;
            let counted = rates.count(RateClass::Write, user, self.address);
            counted.map_err(JoinError::Refused)?;
        }
        self.entries += 1;
        let proof = self.prove(data).map_err(JoinError::Refused)?;
        let revoked = |proof: &Proof| self.core.commands.revoked.contains(&proof.caller.session);
        if revoked(&proof) {
            return Err(JoinError::Refused(session_ended()));
        }
        let welcome = codec::connected(namespace.as_str(), &random_id()).into();
        self.core
            .sessions
            .join(&self.socket, &proof.caller, namespace, welcome)?;
        // Roles may have changed since this token was looked at.
        let proof = self.core.tokens.current(proof);
        self.socket.set_caller(&proof.caller);
        // It may have been revoked between the check and the join, and then nobody closed this socket.
        if revoked(&proof) {
            self.socket.outbox.close(CloseReason::Revoked);
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

    fn go_on(&mut self, proof: &Proof) {
        let notice = Duration::from_millis(self.core.settings.expiry_notice_ms);
        self.life.go_on(proof, notice);
    }

    /// Goes on with a new token of the same session; the acknowledgement's data.
    fn renew(&mut self, payload: Option<&RawValue>) -> Result<String, Failure> {
        let user = self.socket.caller().map(|caller| caller.user);
        let rates = &self.core.commands.rates;
        rates.count(RateClass::Write, user, self.address)?;
        let payload = payload.map_or(EMPTY, RawValue::get);
        let Renew { token } = actions::parse(payload.as_bytes())?;
        let proof = self.core.prove(&token)?;
        if !self.socket.set_caller(&proof.caller) {
            return Err(another_session());
        }
        self.go_on(&proof);
        // Namespaces that are entered later without a token are entered with this one.
        self.handshake = Some(proof);
        let expires_at = self.life.expires_at();
        serde_json::to_string(&Renewed { expires_at }).map_err(|_| Failure::internal())
    }

    /// Tells the client, wherever it is, that its token is about to end.
    fn announce_expiry(&self) {
        let expires_at = self.life.expires_at();
        let Ok(payload) = serde_json::to_string(&SessionExpiring { expires_at }) else {
            return;
        };
        for namespace in Namespace::ALL {
            if self.socket.joined(namespace) != 0 {
                let event = codec::named_event(namespace, SessionExpiring::NAME, &payload);
                self.socket.outbox.send(event);
            }
        }
    }

    fn refuse(&mut self, namespace: &str, failure: &Failure) -> Result<(), CloseReason> {
        metrics::REFUSED_SOCKETS
            .with_label_values(&[failure.code.as_str()])
            .inc();
        self.socket
            .outbox
            .send(codec::connect_error(namespace, failure));
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
        let caller = self.socket.caller();
        for (entry, event) in self.core.commands.catalog.greetings(namespace) {
            let waiter = Waiter::Greeting {
                socket: Arc::clone(&self.socket),
                namespace,
                event,
            };
            let call = Call {
                entry,
                caller: caller.as_deref(),
                address: self.address,
                user_agent: "",
                trace: TraceParent::new(),
                payload,
            };
            self.core.commands.submit_unlimited(&call, waiter);
        }
    }
}

impl Namespaces for Client {
    fn outbox(&self) -> &Outbox {
        &self.socket.outbox
    }

    fn is_in(&self, namespace: &str) -> bool {
        Namespace::parse(namespace).is_some_and(|namespace| self.socket.joined(namespace) != 0)
    }

    fn connect(&mut self, name: &str, auth: &str) -> Result<(), CloseReason> {
        let Some(namespace) = Namespace::parse(name) else {
            if name.len() > MAX_NAME_BYTES {
                return Err(CloseReason::Protocol);
            }
            return self.refuse(
                name,
                &Failure::new(ErrorCode::NotFound, "Invalid namespace"),
            );
        };
        if self.socket.joined(namespace) != 0 {
            return Ok(());
        }
        match self.enter(namespace, auth) {
            Ok(proof) => {
                self.go_on(&proof);
                self.greet(namespace);
                Ok(())
            }
            Err(JoinError::Refused(failure)) => self.refuse(namespace.as_str(), &failure),
            Err(JoinError::Offline) => Err(CloseReason::Resync),
        }
    }

    fn disconnect(&mut self, namespace: &str) {
        let Some(namespace) = Namespace::parse(namespace) else {
            return;
        };
        let was_in_any = self.socket.is_in_any();
        self.core.sessions.leave(&self.socket, namespace);
        if was_in_any && !self.socket.is_in_any() {
            // In no namespace it is nobody's: not counted against its user, and not found when its session ends.
            self.life = Life::new(sign_in_timeout(&self.core));
        }
    }

    fn event(&mut self, packet: &Packet<'_>, attachments: Vec<Bytes>) -> Result<(), CloseReason> {
        let namespace = Namespace::parse(packet.namespace).ok_or(CloseReason::Protocol)?;
        let event = EventData::decode(packet.data)?;
        if event.name == Renewal::NAME {
            let renewed = self.renew(event.payload);
            if let Some(id) = packet.id {
                let outcome = renewed.as_deref();
                self.socket.outbox.send(codec::ack(namespace, id, outcome));
            }
            return Ok(());
        }
        let socket = Arc::clone(&self.socket);
        let waiter = match packet.id {
            Some(id) => Waiter::Ack {
                socket,
                namespace,
                id,
            },
            None => Waiter::Silent { socket },
        };
        let caller = self.socket.caller();
        let entry = self.core.commands.catalog.event(namespace, &event.name);
        let Some(entry) = entry.filter(|_| attachments.is_empty()) else {
            let user = caller.map(|caller| caller.user);
            let counted = self
                .core
                .commands
                .rates
                .count(RateClass::Read, user, self.address);
            let refusal = || match entry {
                Some(_) => Failure::invalid("", "no event takes binary attachments"),
                None => Failure::not_found("event"),
            };
            waiter.refuse(counted.err().unwrap_or_else(refusal));
            return Ok(());
        };
        let empty = serde_json::from_str::<&RawValue>(EMPTY).map_err(|_| CloseReason::Protocol)?;
        let payload = event
            .payload
            .filter(|payload| payload.get() != "null")
            .unwrap_or(empty);
        let call = Call {
            entry,
            caller: caller.as_deref(),
            address: self.address,
            user_agent: "",
            trace: TraceParent::new(),
            payload,
        };
        self.core.commands.submit(&call, waiter);
        Ok(())
    }

    fn deadline(&self) -> Option<Instant> {
        Some(self.life.deadline())
    }

    fn tick(&mut self, now: Instant) -> Result<(), CloseReason> {
        match self.life.due(now) {
            Due::Nothing => Ok(()),
            Due::Notice => {
                self.announce_expiry();
                Ok(())
            }
            Due::End if self.socket.is_in_any() => Err(CloseReason::Expired),
            Due::End => Err(CloseReason::NoSignIn),
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.core.sessions.closed(&self.socket);
    }
}

/// How long a client may be in no namespace.
fn sign_in_timeout(core: &Core) -> Duration {
    Duration::from_millis(core.settings.sign_in_timeout_ms)
}

/// A sign-in that came with the handshake: by header, or by cookie from a page that may use it.
fn proof(core: &Core, headers: &HeaderMap) -> Option<Proof> {
    let cookie = || {
        let origin = PageOrigin::of(headers, &core.settings.allowed_origins);
        client::cookie(headers, "accessToken").filter(|_| origin.is_good())
    };
    let token = client::bearer(headers).or_else(cookie)?;
    core.prove(token).ok()
}
