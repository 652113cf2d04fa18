use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::{
    CloseReason,
    codec::{self, DecodeError, EnginePacket},
    engine::EngineConfig,
    outbox::Outbox,
};

/// What one client's messages mean: everything above Engine.IO.
pub trait Application: Send + 'static {
    /// What waits for the client.
    fn outbox(&self) -> &Outbox;

    /// Handles a message of text.
    ///
    /// # Errors
    /// Why the session has to end.
    fn text(&mut self, data: &str) -> Result<(), CloseReason>;

    /// Handles a message of bytes.
    ///
    /// # Errors
    /// Why the session has to end.
    fn binary(&mut self, data: Bytes) -> Result<(), CloseReason>;

    /// When [`Application::tick`] is due.
    fn deadline(&self) -> Option<Instant> {
        None
    }

    /// Does what is due.
    ///
    /// # Errors
    /// Why the session has to end.
    fn tick(&mut self, now: Instant) -> Result<(), CloseReason> {
        let _ = now;
        Ok(())
    }
}

/// One client's Engine.IO session, whatever transport carries it.
///
/// A transport feeds it what it receives ([`Session::text`], [`Session::binary`]), wakes it at [`Session::deadline`]
/// ([`Session::tick`]) and sends what [`Session::outbox`] holds. Dropping it ends the session.
pub(crate) struct Session<A> {
    application: A,
    interval: Duration,
    timeout: Duration,
    /// When the next ping is due, or the answer to the last.
    heartbeat: Instant,
    awaits_pong: bool,
}

impl<A: Application> Session<A> {
    /// Begins a session; its outbox holds the open packet.
    pub(crate) fn open(
        application: A,
        sid: &str,
        upgrades: &[&str],
        config: &EngineConfig,
    ) -> Self {
        let millis = |duration: Duration| duration.as_millis() as u64;
        let open = codec::open(
            sid,
            upgrades,
            millis(config.ping_interval),
            millis(config.ping_timeout),
            config.max_payload_bytes,
        );
        application.outbox().send(open);
        Self {
            application,
            interval: config.ping_interval,
            timeout: config.ping_timeout,
            heartbeat: Instant::now() + config.ping_interval,
            awaits_pong: false,
        }
    }

    /// What waits for the client.
    pub(crate) fn outbox(&self) -> &Outbox {
        self.application.outbox()
    }

    /// When [`Session::tick`] is due.
    pub(crate) fn deadline(&self) -> Instant {
        let deadline = self.application.deadline();
        deadline.map_or(self.heartbeat, |deadline| deadline.min(self.heartbeat))
    }

    /// Sends a ping if one is due.
    ///
    /// # Errors
    /// Why the session has to end.
    pub(crate) fn tick(&mut self, now: Instant) -> Result<(), CloseReason> {
        if self
            .application
            .deadline()
            .is_some_and(|deadline| deadline <= now)
        {
            self.application.tick(now)?;
        }
        if self.heartbeat <= now {
            if self.awaits_pong {
                return Err(CloseReason::PingTimeout);
            }
            self.outbox().send(Utf8Bytes::from_static(codec::PING));
            self.awaits_pong = true;
            self.heartbeat += self.timeout;
        }
        Ok(())
    }

    /// Handles one Engine.IO packet of text.
    ///
    /// # Errors
    /// Why the session has to end.
    pub(crate) fn text(&mut self, text: &str) -> Result<(), CloseReason> {
        self.is_alive();
        match EnginePacket::decode(text)? {
            EnginePacket::Message(data) => self.application.text(data),
            EnginePacket::Close => Err(CloseReason::Client),
            EnginePacket::Pong | EnginePacket::Noop => Ok(()),
            EnginePacket::Ping(_) | EnginePacket::Upgrade => Err(CloseReason::Protocol),
        }
    }

    /// Handles a message of bytes.
    ///
    /// # Errors
    /// Why the session has to end.
    pub(crate) fn binary(&mut self, data: Bytes) -> Result<(), CloseReason> {
        self.is_alive();
        self.application.binary(data)
    }

    /// Whatever arrives shows that the client is alive.
    fn is_alive(&mut self) {
        if self.awaits_pong {
            self.awaits_pong = false;
            self.heartbeat = Instant::now() + self.interval;
        }
    }
}

impl From<DecodeError> for CloseReason {
    fn from(_: DecodeError) -> Self {
        Self::Protocol
    }
}

/// A session id: 120 random bits.
pub(crate) fn random_id() -> String {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    URL_SAFE_NO_PAD.encode(rand::random::<[u8; 15]>())
}
