//! One device: connects (to another edge if one is down), syncs as the contract says, receives, sends, reconnects.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use super::catch_up::CatchUp;
use super::outbox::Outbox;
use super::pulse::Pulse;
use super::record::{DeviceLog, Sent, fingerprint};
use crate::client::api::Api;
use crate::client::event::{AckView, MessageView, StoredView, name};
use crate::client::packet::{Namespace, Packet};
use crate::client::people::Person;
use crate::client::socket::{Closed, ConnectError, Opening, Socket};
use crate::clock;
use crate::stats::seqset::{Arrival, Arrivals};

/// Bound of one connect, so that a stopped edge does not hold a device for long.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(4);
/// Ceilings of the random pause before a reconnect: the first, and the highest after doubling.
const RECONNECT: (u64, u64) = (100, 2000);
/// How often a device looks whether its edge went silent, in microseconds.
const SILENCE_CHECK: u64 = 1_000_000;

/// One device of one person.
#[derive(Debug)]
pub(crate) struct Device {
    pub(crate) api: Arc<Api>,
    pub(crate) person: Arc<Person>,
    pub(crate) pulse: Arc<Pulse>,
    pub(crate) log: DeviceLog,
    /// Set on the person's first device.
    pub(crate) outbox: Option<Outbox>,
    /// Connects this late after the start.
    pub(crate) delay: Duration,
    /// Mean time between reconnects of its own will, if any.
    pub(crate) restless: Option<Duration>,
    edge: usize,
    ready: bool,
}

/// Why a connection is over.
enum End {
    /// Broken or closed by the server.
    Lost,
    /// Its time is up; the device comes back at once.
    Restless,
}

impl Device {
    /// Device number `device` of a person, nothing received yet.
    pub(crate) fn new(
        api: &Arc<Api>,
        person: &Arc<Person>,
        pulse: &Arc<Pulse>,
        device: usize,
    ) -> Self {
        Self {
            api: Arc::clone(api),
            person: Arc::clone(person),
            pulse: Arc::clone(pulse),
            log: DeviceLog {
                person: person.index,
                device,
                ..DeviceLog::default()
            },
            outbox: None,
            delay: Duration::ZERO,
            restless: None,
            // The devices of one person begin on different edges.
            edge: person.index + device,
            ready: false,
        }
    }

    /// Runs until `stop`; gives back what it holds and what it sent.
    pub(crate) async fn run(mut self, stop: CancellationToken) -> (DeviceLog, Vec<Sent>) {
        tokio::select! {
            () = stop.cancelled() => {}
            () = self.live() => {}
        }
        (
            self.log,
            self.outbox.map(|outbox| outbox.sent).unwrap_or_default(),
        )
    }

    async fn live(&mut self) {
        sleep(self.delay).await;
        self.pulse.started.add(1);
        loop {
            let mut socket = self.connect().await;
            self.log.connections += 1;
            match self.serve(&mut socket).await {
                Ok(End::Restless) => {}
                Ok(End::Lost) | Err(Closed(_)) => {
                    self.pulse.disconnects.add(1);
                    self.set_ready(false);
                }
            }
            if let Some(outbox) = &mut self.outbox {
                outbox.disconnected();
            }
            sleep(jitter(RECONNECT.0)).await;
        }
    }

    async fn connect(&mut self) -> Socket {
        let opening = Opening {
            read_buffer: 4096,
            source: None,
            timeout: CONNECT_TIMEOUT,
        };
        let (mut ceiling, mut renew) = (RECONNECT.0, false);
        loop {
            let edge = self.edge;
            let edges = self.api.edges();
            let result = match self.person.fresh_token(&self.api, edge, renew).await {
                Ok(token) => Socket::connect(&edges[edge % edges.len()], &token, opening).await,
                Err(error) => Err(ConnectError::Transport(error.to_string())),
            };
            match result {
                Ok(socket) => return socket,
                Err(ConnectError::Refused(code)) => {
                    renew = code == "AUTH_INVALID";
                    self.pulse.errors.add(&format!("CONNECT_{code}"));
                }
                Err(_) => self.pulse.errors.add("CONNECT_FAILED"),
            }
            self.set_ready(false);
            self.edge += 1;
            sleep(jitter(ceiling)).await;
            ceiling = (ceiling * 2).min(RECONNECT.1);
        }
    }

    async fn serve(&mut self, socket: &mut Socket) -> Result<End, Closed> {
        let leave_at = self.restless.map(|mean| {
            clock::micros() + clock::as_micros(mean.mul_f64(2.0 * rand::random::<f64>()))
        });
        let mut sync = CatchUp::begin(&self.log);
        let mut arrivals = HashMap::new();
        let timer = sleep_until(Instant::now());
        tokio::pin!(timer);
        loop {
            let now = clock::micros();
            if socket.is_silent() {
                return Ok(End::Lost);
            }
            // Nobody leaves of its own will once the end has come: the audit waits for quiet.
            if leave_at.is_some_and(|time| now >= time)
                && self.ready
                && !self.pulse.is_winding_down()
            {
                return Ok(End::Restless);
            }
            let mut wake = (now + SILENCE_CHECK).min(sync.pump(now, socket)?);
            if let Some(outbox) = &mut self.outbox {
                wake = wake.min(outbox.pump(now, self.log.connections, socket, &self.pulse)?);
            }
            timer.as_mut().reset(clock::instant(wake).into());
            tokio::select! {
                biased;
                text = socket.recv() => self.frame(&text?, &mut sync, &mut arrivals)?,
                () = &mut timer => {}
            }
        }
    }

    fn frame(
        &mut self,
        text: &str,
        sync: &mut CatchUp,
        arrivals: &mut HashMap<String, Arrivals>,
    ) -> Result<(), Closed> {
        match Packet::parse(text) {
            Ok(Packet::Event {
                name: name::MESSAGE_CREATED,
                payload,
            }) => self.message(payload, sync, arrivals),
            Ok(Packet::Event { .. }) => self.pulse.event_now(),
            Ok(Packet::Ack {
                namespace: Namespace::Chat,
                id,
                payload,
            }) => {
                if sync.awaits(id) {
                    self.pulse.event_now();
                    if let Err(code) = sync.answered(payload, &mut self.log, clock::micros()) {
                        self.pulse.errors.add(&format!("SYNC_{code}"));
                    }
                    self.set_ready(sync.is_done() || self.ready);
                } else if let Some(outbox) = &mut self.outbox {
                    outbox.answered(
                        id,
                        AckView::<StoredView<'_>>::parse(payload),
                        clock::micros(),
                        &self.pulse,
                    );
                }
            }
            Ok(Packet::Close | Packet::Disconnected(_)) => {
                return Err(Closed("closed by the server".to_owned()));
            }
            Ok(_) => {}
            Err(_) => self.pulse.errors.add("MALFORMED_PACKET"),
        }
        Ok(())
    }

    fn message(&mut self, payload: &str, sync: &CatchUp, arrivals: &mut HashMap<String, Arrivals>) {
        self.pulse.event_now();
        let Ok(message) = serde_json::from_str::<MessageView<'_>>(payload) else {
            return self.pulse.errors.add("MALFORMED_EVENT");
        };
        self.pulse.received.add(1);
        let room = message.conversation_id;
        if !arrivals.contains_key(room) {
            arrivals.insert(room.to_owned(), Arrivals::default());
        }
        match arrivals
            .get_mut(room)
            .map(|arrivals| arrivals.observe(message.seq))
        {
            Some(Arrival::Double) => self
                .log
                .doubles
                .push((message.id.to_owned(), self.log.connections)),
            Some(Arrival::Late) => self.log.late += 1,
            Some(Arrival::InOrder) | None => {}
        }
        self.log.hold(
            room,
            message.id,
            message.seq,
            fingerprint(message.sender_id, &message.content),
        );
        if sync.is_done() {
            self.log.complete_to(room, message.seq);
        }
    }

    /// A device that reconnects of its own will stays counted as ready unless the connect or the sync fails.
    fn set_ready(&mut self, ready: bool) {
        match (self.ready, ready) {
            (false, true) => self.pulse.ready.add(1),
            (true, false) => self.pulse.ready.sub(1),
            _ => {}
        }
        self.ready = ready;
    }
}

/// Full jitter: anything up to the ceiling (milliseconds).
fn jitter(ceiling: u64) -> Duration {
    Duration::from_millis(rand::random_range(0..=ceiling))
}
