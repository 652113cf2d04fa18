use std::{
    collections::VecDeque,
    sync::{Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
    time::{Duration, Instant},
};

use bytes::Bytes;
use tokio_tungstenite::tungstenite::Utf8Bytes;

use super::CloseReason;

/// An Engine.IO packet on its way to a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Frame {
    /// Encoded, with its type in front.
    Text(Utf8Bytes),
    /// A message of bytes, such as an attachment of a binary event.
    Binary(Bytes),
}

impl Frame {
    /// Its size in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Binary(data) => data.len(),
        }
    }

    /// Whether it has no content at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl From<Utf8Bytes> for Frame {
    fn from(text: Utf8Bytes) -> Self {
        Self::Text(text)
    }
}

impl From<String> for Frame {
    fn from(text: String) -> Self {
        Self::Text(text.into())
    }
}

impl From<Bytes> for Frame {
    fn from(data: Bytes) -> Self {
        Self::Binary(data)
    }
}

/// What the transport should do next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Send this.
    Frame(Frame),
    /// Everything is sent: close.
    Close(CloseReason),
}

/// How far beyond its limit an outbox may fill for a moment, as a factor.
const BURST: usize = 32;

/// What waits for one client's transport: the border between those who send and what carries it.
pub struct Outbox {
    limit: usize,
    patience: Duration,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    frames: VecDeque<Frame>,
    bytes: usize,
    /// Since when more waits than the limit.
    behind_since: Option<Instant>,
    close: Option<CloseReason>,
    waker: Option<Waker>,
    /// Whether the transport cannot send anyway and waits for nothing but a close.
    blocked: bool,
}

impl Outbox {
    /// An outbox that may hold more than `limit` bytes for as long as `patience`, and 32 times as much at most.
    #[must_use]
    pub fn new(limit: usize, patience: Duration) -> Self {
        Self {
            limit,
            patience,
            state: Mutex::default(),
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a packet on its way. A reader who is slow, so that more waits than the limit for longer than the patience, is
    /// closed instead: it misses packets and must catch up on a new connection. A burst alone does not make a reader slow.
    /// Returns whether the packet is on its way.
    pub fn send(&self, packet: impl Into<Frame>) -> bool {
        self.send_with(packet, Vec::new())
    }

    /// The same with the attachments that follow it, and nothing in between.
    pub fn send_with(&self, packet: impl Into<Frame>, attachments: Vec<Bytes>) -> bool {
        let packet = packet.into();
        let size = packet.len() + attachments.iter().map(Bytes::len).sum::<usize>();
        let mut state = self.state();
        if state.close.is_some() {
            return false;
        }
        if state.bytes > 0 && state.bytes + size > self.limit {
            let now = Instant::now();
            let since = *state.behind_since.get_or_insert(now);
            if now.duration_since(since) >= self.patience || state.bytes + size > self.limit * BURST
            {
                drop(state);
                self.close(CloseReason::SlowReader);
                return false;
            }
        }
        state.bytes += size;
        state.frames.push_back(packet);
        state
            .frames
            .extend(attachments.into_iter().map(Frame::from));
        let waker = if state.blocked {
            None
        } else {
            state.waker.take()
        };
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
        true
    }

    /// Asks the transport to close, after what waits unless the reason is hasty. The first reason counts.
    pub fn close(&self, reason: CloseReason) {
        let mut state = self.state();
        if state.close.is_some() {
            return;
        }
        state.close = Some(reason);
        if reason.at_once() {
            state.frames = VecDeque::new();
            state.bytes = 0;
        }
        let waker = state.waker.take();
        drop(state);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// What the transport should do next.
    pub(crate) fn poll_next(&self, context: &Context<'_>) -> Poll<Next> {
        let mut state = self.state();
        if let Some(frame) = state.pop(self.limit) {
            return Poll::Ready(Next::Frame(frame));
        }
        if let Some(reason) = state.close {
            return Poll::Ready(Next::Close(reason));
        }
        if state.frames.capacity() > 64 {
            state.frames = VecDeque::new();
        }
        state.wait(context, false);
        Poll::Pending
    }

    /// The next packet if it is there and `fits`.
    pub(crate) fn next_if(&self, fits: impl FnOnce(&Frame) -> bool) -> Option<Frame> {
        let mut state = self.state();
        if fits(state.frames.front()?) {
            state.pop(self.limit)
        } else {
            None
        }
    }

    /// Whether more waits than the limit. Nothing is taken from such a client until it has read: whoever asks without
    /// reading the answers must not fill the memory with them.
    pub(crate) fn is_behind(&self) -> bool {
        self.state().bytes > self.limit
    }

    /// Whether to close, for a transport that cannot send right now.
    pub(crate) fn poll_close(&self, context: &Context<'_>) -> Poll<CloseReason> {
        let mut state = self.state();
        match state.close {
            Some(reason) => Poll::Ready(reason),
            None => {
                state.wait(context, true);
                Poll::Pending
            }
        }
    }
}

impl State {
    fn pop(&mut self, limit: usize) -> Option<Frame> {
        let frame = self.frames.pop_front()?;
        self.bytes -= frame.len();
        if self.bytes <= limit {
            self.behind_since = None;
        }
        Some(frame)
    }

    fn wait(&mut self, context: &Context<'_>, blocked: bool) {
        self.blocked = blocked;
        if !self
            .waker
            .as_ref()
            .is_some_and(|waker| waker.will_wake(context.waker()))
        {
            self.waker = Some(context.waker().clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        sync::{
            Arc,
            atomic::{AtomicUsize, Ordering},
        },
        task::Wake,
    };

    use super::*;

    #[derive(Default)]
    struct Counter(AtomicUsize);

    impl Wake for Counter {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn poll(outbox: &Outbox) -> Poll<Next> {
        outbox.poll_next(&Context::from_waker(Waker::noop()))
    }

    fn packet(text: &'static str) -> Frame {
        Utf8Bytes::from_static(text).into()
    }

    #[test]
    fn packets_leave_in_order_and_wake_once() {
        let outbox = Outbox::new(100, Duration::ZERO);
        let counter = Arc::new(Counter::default());
        let waker = Waker::from(Arc::clone(&counter));
        assert_eq!(
            outbox.poll_next(&Context::from_waker(&waker)),
            Poll::Pending
        );
        assert!(outbox.send(packet("a")));
        assert!(outbox.send(packet("b")));
        assert_eq!(counter.0.load(Ordering::SeqCst), 1);
        assert_eq!(poll(&outbox), Poll::Ready(Next::Frame(packet("a"))));
        assert_eq!(poll(&outbox), Poll::Ready(Next::Frame(packet("b"))));
        assert_eq!(poll(&outbox), Poll::Pending);
    }

    #[test]
    fn a_reader_is_slow_who_stays_behind() {
        let outbox = Outbox::new(4, Duration::ZERO);
        assert!(outbox.send(packet("abc")));
        assert!(outbox.send(packet("d")));
        assert!(!outbox.send(packet("e")));
        assert_eq!(
            poll(&outbox),
            Poll::Ready(Next::Close(CloseReason::SlowReader))
        );
        assert!(!outbox.send(packet("f")));
    }

    #[test]
    fn a_burst_makes_nobody_slow() {
        let outbox = Outbox::new(4, Duration::from_secs(3_600));
        for _ in 0..4 * BURST {
            assert!(outbox.send(packet("a")));
        }
        assert!(outbox.state().behind_since.is_some());
        for _ in 0..4 * BURST {
            assert_eq!(poll(&outbox), Poll::Ready(Next::Frame(packet("a"))));
        }
        assert!(outbox.state().behind_since.is_none(), "it has caught up");
        for _ in 0..4 * BURST {
            assert!(outbox.send(packet("a")));
        }
        assert!(!outbox.send(packet("a")), "there is an end to bursts");
    }

    #[test]
    fn who_catches_up_is_not_behind_any_more_though_something_always_waits() {
        let outbox = Outbox::new(4, Duration::from_secs(3_600));
        for _ in 0..6 {
            assert!(outbox.send(packet("a")));
        }
        for waiting in (0..6).rev() {
            assert_eq!(outbox.state().behind_since.is_some(), waiting >= 4);
            assert_eq!(outbox.is_behind(), waiting >= 4);
            assert_eq!(poll(&outbox), Poll::Ready(Next::Frame(packet("a"))));
        }
    }

    #[test]
    fn a_packet_over_the_limit_passes_alone() {
        let outbox = Outbox::new(4, Duration::ZERO);
        assert!(outbox.send(packet("abcdefgh")));
        assert_eq!(poll(&outbox), Poll::Ready(Next::Frame(packet("abcdefgh"))));
        assert!(outbox.send(packet("a")));
        assert!(!outbox.send(packet("abcdefgh")));
    }

    #[test]
    fn what_waits_is_sent_before_an_orderly_close() {
        let outbox = Outbox::new(100, Duration::ZERO);
        outbox.send(packet("last words"));
        outbox.close(CloseReason::Revoked);
        outbox.close(CloseReason::SlowReader);
        assert!(!outbox.send(packet("too late")));
        assert_eq!(
            poll(&outbox),
            Poll::Ready(Next::Frame(packet("last words")))
        );
        assert_eq!(
            poll(&outbox),
            Poll::Ready(Next::Close(CloseReason::Revoked))
        );
    }
}
