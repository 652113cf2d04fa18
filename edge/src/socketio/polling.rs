//! Sessions on HTTP long-polling. Each has a task that owns it; requests with its id are passed to that task, and an upgrade
//! takes the session out of it.

use std::{
    collections::HashMap,
    future::poll_fn,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering},
    },
    task::{Context, Poll},
    time::{Duration, Instant},
};

use bytes::Bytes;
use tokio::{
    sync::{mpsc, oneshot},
    time::sleep_until,
};
use tracing::debug;

use super::{
    CloseReason, codec,
    engine::Refusal,
    outbox::{Next, Outbox},
    payload::{Part, Payload, parts},
    session::{Application, Session},
};
use crate::metrics;

/// How long a session that the server closes waits for a poll that takes the goodbye.
const GOODBYE: Duration = Duration::from_secs(2);
/// How long two requests that a client sent at once may be apart. During an upgrade a poll is held so long before it is
/// told that there is nothing: if the upgrade is done by then, the poll came too late and is refused. And who says
/// goodbye by a POST may still have a poll on its way, which deserves its answer.
const CROSSING: Duration = Duration::from_millis(100);
/// Requests of one session that may wait for its task. A client has two under way, and an upgrade.
const REQUESTS: usize = 8;

/// The sessions that began on polling.
pub(crate) struct Polls<A> {
    most: usize,
    table: Mutex<Table<A>>,
}

struct Table<A> {
    sessions: HashMap<Arc<str>, Arc<Handle<A>>>,
    /// How many of them are still on polling.
    polling: usize,
}

/// A way to a session's task.
pub(crate) struct Handle<A> {
    requests: mpsc::Sender<Message<A>>,
    is_posting: AtomicBool,
}

/// A session's place in the table; gone when dropped. It keeps it after an upgrade: its id is known, but no longer good
/// for polling or another upgrade.
pub(crate) struct Entry<A> {
    polls: Arc<Polls<A>>,
    sid: Arc<str>,
    is_polling: bool,
}

/// One POST at a time: the order of two would be anybody's guess.
pub(crate) struct Posting<'a>(&'a AtomicBool);

/// What a session's task is asked.
pub(crate) enum Message<A> {
    /// Give what waits, or wait for it.
    Poll(oneshot::Sender<Result<Bytes, Refusal>>),
    /// Take packets.
    Post(Bytes, oneshot::Sender<Result<(), Refusal>>),
    /// A websocket is there: end the poll, until the token is dropped.
    Probe(oneshot::Sender<Arc<()>>),
    /// The websocket takes over.
    Upgrade(oneshot::Sender<(Session<A>, Entry<A>)>),
}

impl<A: Application> Polls<A> {
    /// None yet, and never more than `most`.
    pub(crate) fn new(most: usize) -> Self {
        Self {
            most,
            table: Mutex::new(Table {
                sessions: HashMap::new(),
                polling: 0,
            }),
        }
    }

    /// A place for a session, if there is one.
    pub(crate) fn enter(
        self: &Arc<Self>,
        sid: &str,
    ) -> Option<(Entry<A>, mpsc::Receiver<Message<A>>)> {
        let mut table = self.table();
        if table.polling >= self.most {
            return None;
        }
        table.polling += 1;
        metrics::POLLING.set(table.polling as i64);
        let (requests, receiver) = mpsc::channel(REQUESTS);
        let sid: Arc<str> = sid.into();
        let handle = Arc::new(Handle {
            requests,
            is_posting: AtomicBool::new(false),
        });
        table.sessions.insert(Arc::clone(&sid), handle);
        let entry = Entry {
            polls: Arc::clone(self),
            sid,
            is_polling: true,
        };
        Some((entry, receiver))
    }

    /// The session of an id.
    pub(crate) fn find(&self, sid: &str) -> Option<Arc<Handle<A>>> {
        self.table().sessions.get(sid).cloned()
    }
}

impl<A> Polls<A> {
    fn table(&self) -> MutexGuard<'_, Table<A>> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<A> Entry<A> {
    /// The session polls no more: another may.
    fn make_room(&mut self) {
        self.leave_polling(&mut self.polls.clone().table());
    }

    fn leave_polling(&mut self, table: &mut Table<A>) {
        if std::mem::take(&mut self.is_polling) {
            table.polling -= 1;
            metrics::POLLING.set(table.polling as i64);
        }
    }
}

impl<A> Drop for Entry<A> {
    fn drop(&mut self) {
        let polls = Arc::clone(&self.polls);
        let mut table = polls.table();
        table.sessions.remove(&self.sid);
        self.leave_polling(&mut table);
    }
}

impl Drop for Posting<'_> {
    fn drop(&mut self) {
        self.0.store(false, Ordering::Release);
    }
}

impl<A> Handle<A> {
    async fn ask<T>(&self, message: impl FnOnce(oneshot::Sender<T>) -> Message<A>) -> Option<T> {
        let (answer, answered) = oneshot::channel();
        self.requests.send(message(answer)).await.ok()?;
        answered.await.ok()
    }

    /// Until the session has ended, or is on a websocket.
    pub(crate) async fn has_left_polling(&self) {
        self.requests.closed().await;
    }

    /// Waits for packets to the client.
    pub(crate) async fn poll(&self) -> Result<Bytes, Refusal> {
        let answer = self.ask(Message::Poll).await;
        answer.unwrap_or(Err(Refusal::SessionUnknown))
    }

    /// Claims the right to post.
    pub(crate) fn posting(&self) -> Option<Posting<'_>> {
        let was = self.is_posting.swap(true, Ordering::Acquire);
        (!was).then_some(Posting(&self.is_posting))
    }

    /// Hands packets of the client in.
    pub(crate) async fn post(&self, body: Bytes) -> Result<(), Refusal> {
        let answer = self.ask(|answer| Message::Post(body, answer)).await;
        answer.unwrap_or(Err(Refusal::SessionUnknown))
    }

    /// Ends the poll so that a websocket can take over; no other may as long as the token lives.
    pub(crate) async fn probe(&self) -> Option<Arc<()>> {
        self.ask(Message::Probe).await
    }

    /// Takes the session over.
    pub(crate) async fn upgrade(&self) -> Option<(Session<A>, Entry<A>)> {
        self.ask(Message::Upgrade).await
    }
}

/// The body that answers the request with which a session begins.
pub(crate) fn first<A: Application>(session: Session<A>, max_bytes: usize) -> (Bytes, Session<A>) {
    let body = gather(session.outbox(), Payload::default(), max_bytes);
    (body, session)
}

/// Adds what waits, as far as it fits.
fn gather(outbox: &Outbox, mut payload: Payload, max_bytes: usize) -> Bytes {
    while let Some(frame) = outbox.next_if(|frame| payload.len_with(frame) <= max_bytes) {
        payload.add(&frame);
    }
    payload.into_bytes()
}

/// A poll that waits for its answer.
type Waiting = oneshot::Sender<Result<Bytes, Refusal>>;
/// A POST and where its outcome goes.
type Post = (Bytes, oneshot::Sender<Result<(), Refusal>>);

struct Task<A> {
    session: Session<A>,
    entry: Entry<A>,
    max_bytes: usize,
    waiting: Option<Waiting>,
    /// What a client has sent that must first read what waits for it.
    parked: Option<Post>,
    probe: Weak<()>,
    /// Until when the poll that waits is held during an upgrade.
    held: Option<Instant>,
    /// Why and until when the session closes; nothing but the goodbye is left to do.
    closing: Option<(CloseReason, Instant)>,
}

/// Why a session's task ends.
enum End<A> {
    Closed(CloseReason),
    Upgraded(oneshot::Sender<(Session<A>, Entry<A>)>),
}

/// Runs a session until it ends or is taken over by a websocket.
pub(crate) async fn run<A: Application>(
    session: Session<A>,
    mut requests: mpsc::Receiver<Message<A>>,
    entry: Entry<A>,
    max_bytes: usize,
) {
    let mut task = Task {
        session,
        entry,
        max_bytes,
        waiting: None,
        parked: None,
        probe: Weak::new(),
        held: None,
        closing: None,
    };
    let end = loop {
        if let Some((body, answer)) = task.unparked()
            && let Err(end) = task.post(&body, answer)
        {
            break end;
        }
        let deadline = task
            .closing
            .map_or_else(|| task.session.deadline(), |(_, until)| until);
        let deadline = task.held.map_or(deadline, |held| held.min(deadline));
        let next = tokio::select! {
            biased;
            request = requests.recv() => match request {
                // What is due comes before requests that come too late; timers are coarser than the clock.
                Some(request) if deadline <= Instant::now() => {
                    task.tick().and_then(|()| task.request(request))
                }
                Some(request) => task.request(request),
                None => Err(End::Closed(CloseReason::Client)),
            },
            ended = poll_fn(|context| task.poll(context)) => ended,
            () = sleep_until(deadline.into()) => task.tick(),
        };
        if let Err(end) = next {
            break end;
        }
    };
    // From here on requests with its id are refused.
    drop(requests);
    match end {
        End::Upgraded(taker) => {
            task.answer(Err(Refusal::SessionUnknown));
            task.entry.make_room();
            // A websocket that has gone meanwhile leaves nobody to serve.
            let _gone = taker.send((task.session, task.entry));
        }
        End::Closed(reason) => {
            metrics::SOCKETS_CLOSED
                .with_label_values(&[reason.as_str()])
                .inc();
            debug!(reason = reason.as_str(), "a session on polling closed");
        }
    }
}

impl<A: Application> Task<A> {
    fn request(&mut self, message: Message<A>) -> Result<(), End<A>> {
        match message {
            Message::Poll(answer) if self.waiting.is_some() => {
                // As the reference server does: a client that polls twice at a time is broken.
                let _gone = answer.send(Err(Refusal::BadRequest));
                self.goodbye();
                Err(End::Closed(CloseReason::Protocol))
            }
            Message::Poll(answer) => {
                self.waiting = Some(answer);
                self.hold();
                Ok(())
            }
            Message::Post(body, answer) => {
                self.parked = Some((body, answer));
                Ok(())
            }
            Message::Probe(_) if self.probe.strong_count() > 0 || self.closing.is_some() => Ok(()),
            Message::Probe(answer) => {
                let token = Arc::new(());
                self.probe = Arc::downgrade(&token);
                self.hold();
                let _gone = answer.send(token);
                Ok(())
            }
            Message::Upgrade(taker) => {
                if let Some((body, answer)) = self.parked.take() {
                    self.post(&body, answer)?;
                }
                Err(End::Upgraded(taker))
            }
        }
    }

    /// What was sent, once it may be taken in.
    fn unparked(&mut self) -> Option<Post> {
        let must_read = self.closing.is_none() && self.session.outbox().is_behind();
        self.parked.take_if(|_| !must_read)
    }

    fn post(
        &mut self,
        body: &[u8],
        answer: oneshot::Sender<Result<(), Refusal>>,
    ) -> Result<(), End<A>> {
        if self.closing.is_some() {
            let _gone = answer.send(Err(Refusal::SessionUnknown));
            return Ok(());
        }
        match self.receive(body) {
            Ok(()) => {
                let _gone = answer.send(Ok(()));
                Ok(())
            }
            Err(CloseReason::Client) => {
                self.entry.make_room();
                let _gone = answer.send(Ok(()));
                self.closing = Some((CloseReason::Client, Instant::now() + CROSSING));
                Ok(())
            }
            Err(reason) => {
                let _gone = answer.send(Err(Refusal::BadRequest));
                self.session.outbox().close(reason);
                self.goodbye();
                Err(End::Closed(reason))
            }
        }
    }

    fn receive(&mut self, body: &[u8]) -> Result<(), CloseReason> {
        let text = std::str::from_utf8(body).map_err(|_| CloseReason::Protocol)?;
        for part in parts(text) {
            match part? {
                Part::Text(text) => self.session.text(text)?,
                Part::Binary(data) => self.session.binary(data)?,
            }
        }
        Ok(())
    }

    /// Answers the poll that waits as soon as there is something to say.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<(), End<A>>> {
        let Some(waiting) = &mut self.waiting else {
            if self.closing.is_some() {
                return Poll::Pending;
            }
            return self.session.outbox().poll_close(context).map(|reason| {
                if reason.at_once() {
                    return Err(End::Closed(reason));
                }
                self.closing = Some((reason, Instant::now() + GOODBYE));
                Ok(())
            });
        };
        if waiting.poll_closed(context).is_ready() {
            // The client went away while it polled: what it would have been given may be lost, so it starts over.
            return Poll::Ready(Err(End::Closed(CloseReason::Client)));
        }
        if let Some((CloseReason::Client, _)) = self.closing {
            self.answer(Ok(Bytes::from_static(codec::NOOP.as_bytes())));
            return Poll::Ready(Err(End::Closed(CloseReason::Client)));
        }
        match self.session.outbox().poll_next(context) {
            Poll::Ready(Next::Frame(frame)) => {
                let mut payload = Payload::default();
                payload.add(&frame);
                let body = gather(self.session.outbox(), payload, self.max_bytes);
                self.answer(Ok(body));
                Poll::Ready(Ok(()))
            }
            Poll::Ready(Next::Close(reason)) => {
                self.goodbye();
                Poll::Ready(Err(End::Closed(reason)))
            }
            Poll::Pending if self.probe.strong_count() > 0 && self.held.is_none() => {
                self.answer(Ok(Bytes::from_static(codec::NOOP.as_bytes())));
                Poll::Ready(Ok(()))
            }
            Poll::Pending => Poll::Pending,
        }
    }

    fn tick(&mut self) -> Result<(), End<A>> {
        if self.held.take_if(|held| *held <= Instant::now()).is_some() {
            return Ok(());
        }
        if let Some((reason, _)) = self.closing {
            return Err(End::Closed(reason));
        }
        if let Err(reason) = self.session.tick(Instant::now()) {
            if reason.at_once() {
                return Err(End::Closed(reason));
            }
            self.session.outbox().close(reason);
        }
        Ok(())
    }

    /// Lets the poll of a session that is being upgraded wait, but not for long.
    fn hold(&mut self) {
        let is_upgrading = self.probe.strong_count() > 0;
        self.held = (is_upgrading && self.waiting.is_some()).then(|| Instant::now() + CROSSING);
    }

    fn goodbye(&mut self) {
        self.answer(Ok(Bytes::from_static(codec::CLOSE.as_bytes())));
    }

    fn answer(&mut self, answer: Result<Bytes, Refusal>) {
        self.held = None;
        if let Some(waiting) = self.waiting.take() {
            let _gone = waiting.send(answer);
        }
    }
}
