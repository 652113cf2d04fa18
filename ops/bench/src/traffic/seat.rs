//! One socket of one member: receives, checks, and sends if it is a sender.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use super::Shared;
use super::sender::{self, Sender, SenderPace};
use crate::client::event::{AckView, MessageView, NotificationView, StoredView, name};
use crate::client::packet::{Namespace, Packet};
use crate::client::people::Person;
use crate::client::socket::{Closed, Socket};
use crate::clock;
use crate::stats::seqset::{Arrival, Arrivals, SeqSet};

/// A conversation under load.
#[derive(Debug)]
pub(crate) struct Room {
    /// Its id.
    pub(crate) id: String,
    acked: Mutex<SeqSet>,
}

impl Room {
    /// A conversation without messages of this run.
    pub(crate) fn new(id: String) -> Arc<Self> {
        Arc::new(Self {
            id,
            acked: Mutex::default(),
        })
    }

    /// Every seq acked so far.
    pub(crate) fn acked(&self) -> MutexGuard<'_, SeqSet> {
        self.acked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// One socket of one member of one conversation.
#[derive(Debug)]
pub(crate) struct Seat {
    /// The conversation.
    pub(crate) room: Arc<Room>,
    /// The member.
    pub(crate) person: Arc<Person>,
    /// Position in the run; chooses the edge.
    pub(crate) edge: usize,
    /// Whether it sends.
    pub(crate) sends: bool,
    log: Mutex<Log>,
}

/// What a seat received.
#[derive(Debug, Default)]
pub(crate) struct Log {
    /// Every message.
    pub(crate) arrivals: Arrivals,
    /// Those of others: they are to be notified.
    pub(crate) foreign: SeqSet,
    /// Notifications cover messages up to here.
    pub(crate) notified_to: u64,
    /// The member's newest own message: what is before counts as read.
    pub(crate) own_high: u64,
}

impl Log {
    /// Messages of others that neither a notification covers nor an own later message marks as read.
    pub(crate) fn unnotified(&self) -> u64 {
        self.foreign
            .count_in(self.notified_to.max(self.own_high) + 1..=u64::MAX)
    }

    /// Notes a message of somebody else; 1 if a notification that came before it covers it.
    fn foreign_message(&mut self, seq: u64) -> u64 {
        self.foreign.insert(seq);
        u64::from(seq <= self.notified_to)
    }

    /// Notes a notification; how many received messages it newly covers.
    fn notification(&mut self, last_seq: u64) -> u64 {
        if last_seq <= self.notified_to {
            return 0;
        }
        let covered = self.foreign.count_in(self.notified_to + 1..=last_seq);
        self.notified_to = last_seq;
        covered
    }
}

impl Seat {
    /// A seat nobody has connected yet.
    pub(crate) fn new(
        room: &Arc<Room>,
        person: &Arc<Person>,
        edge: usize,
        sends: bool,
    ) -> Arc<Self> {
        Arc::new(Self {
            room: Arc::clone(room),
            person: Arc::clone(person),
            edge,
            sends,
            log: Mutex::default(),
        })
    }

    /// What it received so far.
    pub(crate) fn log(&self) -> MutexGuard<'_, Log> {
        self.log.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn message(&self, payload: &str, shared: &Shared) {
        let Ok(message) = serde_json::from_str::<MessageView<'_>>(payload) else {
            return shared.tally.errors.add("MALFORMED_EVENT");
        };
        if message.conversation_id != self.room.id {
            return;
        }
        let mut log = self.log();
        match log.arrivals.observe(message.seq) {
            Arrival::InOrder => {}
            Arrival::Late => shared.tally.order_breaks.add(1),
            Arrival::Double => return shared.tally.doubles.add(1),
        }
        if message.kind != "user" {
            return;
        }
        if message.sender_id == Some(self.person.user_id) {
            log.own_high = log.own_high.max(message.seq);
            shared.tally.own.add(1);
            return;
        }
        let covered = log.foreign_message(message.seq);
        shared.tally.notified.add(covered);
        shared.tally.delivered.add(1);
        if let (Some(intended), Some(schedule)) =
            (sender::intended(&message.content), shared.schedule.get())
            && schedule.measures(intended)
        {
            shared
                .delivery
                .record(clock::micros().saturating_sub(intended));
        }
    }

    fn notification(&self, payload: &str, shared: &Shared) {
        let Ok(notification) = serde_json::from_str::<NotificationView<'_>>(payload) else {
            return shared.tally.errors.add("MALFORMED_EVENT");
        };
        if let (Some(id), Some(last_seq)) = (notification.conversation_id, notification.last_seq)
            && notification.kind == "message"
            && id == self.room.id
        {
            let covered = self.log().notification(last_seq);
            shared.tally.notified.add(covered);
        }
    }

    fn ack(&self, id: u64, payload: &str, sender: &mut Sender, shared: &Shared) {
        let Some(intended) = sender.acked(id) else {
            return shared.tally.errors.add("UNEXPECTED_ACK");
        };
        let now = clock::micros();
        match AckView::<StoredView<'_>>::parse(payload) {
            Ok(stored) => {
                shared.tally.acked.add(1);
                if !self.room.acked().insert(stored.seq) {
                    // Two messages were given the same place.
                    shared.tally.doubles.add(1);
                }
                if shared
                    .schedule
                    .get()
                    .is_some_and(|schedule| schedule.measures(intended))
                {
                    shared.ack.record(now.saturating_sub(intended));
                }
            }
            Err(code) => {
                shared.tally.refused.add(1);
                shared.tally.errors.add(code);
                sender.pause(now);
            }
        }
    }

    fn frame(
        &self,
        text: &str,
        sender: Option<&mut Sender>,
        shared: &Shared,
    ) -> Result<(), Closed> {
        match Packet::parse(text) {
            Ok(Packet::Event { name, payload }) => {
                shared.tally.events.add(1);
                match name {
                    name::MESSAGE_CREATED => self.message(payload, shared),
                    name::NOTIFICATION_CREATED | name::NOTIFICATION_UPDATED => {
                        self.notification(payload, shared)
                    }
                    _ => {}
                }
            }
            Ok(Packet::Ack {
                namespace: Namespace::Chat,
                id,
                payload,
            }) => {
                if let Some(sender) = sender {
                    self.ack(id, payload, sender, shared);
                }
            }
            Ok(Packet::Close | Packet::Disconnected(_)) => {
                return Err(Closed("closed by the server".to_owned()));
            }
            Ok(_) => {}
            Err(_) => shared.tally.errors.add("MALFORMED_PACKET"),
        }
        Ok(())
    }
}

/// Runs a seat until `stop`. A lost connection ends it: these commands measure, they do not repair.
pub(crate) async fn run(
    seat: Arc<Seat>,
    socket: Socket,
    pace: Option<SenderPace>,
    shared: Arc<Shared>,
    stop: CancellationToken,
) {
    let sender = pace.map(|pace| Sender::new(pace, seat.edge.to_string(), seat.room.id.clone()));
    tokio::select! {
        Err(Closed(_)) = serve(&seat, socket, sender, &shared) => {
            shared.tally.disconnects.add(1);
        }
        () = stop.cancelled() => {}
    }
    shared.tally.sockets.sub(1);
}

async fn serve(
    seat: &Seat,
    mut socket: Socket,
    mut sender: Option<Sender>,
    shared: &Shared,
) -> Result<std::convert::Infallible, Closed> {
    let timer = sleep_until(Instant::now());
    tokio::pin!(timer);
    let mut wake = None;
    loop {
        if let Some(sender) = &mut sender {
            let next = sender.pump(clock::micros(), &mut socket, shared)?;
            if next != wake {
                wake = next;
                if let Some(time) = next {
                    timer.as_mut().reset(clock::instant(time).into());
                }
            }
        }
        tokio::select! {
            biased;
            text = socket.recv() => seat.frame(&text?, sender.as_mut(), shared)?,
            () = &mut timer, if wake.is_some() => wake = None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notifications_cover_messages_before_and_after_them() {
        let mut log = Log::default();
        assert_eq!(log.foreign_message(1), 0);
        assert_eq!(log.foreign_message(2), 0);
        assert_eq!(log.notification(3), 2);
        assert_eq!(log.foreign_message(3), 1);
        assert_eq!(log.notification(3), 0);
        assert_eq!(log.unnotified(), 0);
        log.foreign_message(4);
        assert_eq!(log.unnotified(), 1);
        log.own_high = 5;
        assert_eq!(log.unnotified(), 0);
    }
}
