use std::{
    collections::VecDeque,
    sync::{
        Arc, Mutex, OnceLock, PoisonError,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
    task::{Context, Poll, Waker},
};

use tokio_tungstenite::tungstenite::Utf8Bytes;
use warren_topology::{actions::Namespace, envelope::Caller};

/// Why a socket is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CloseReason {
    /// The client closed it, or its connection broke.
    Client,
    /// No answer to pings.
    PingTimeout,
    /// Not signed in in time.
    NoSignIn,
    /// Too many refused sign-ins.
    Refused,
    /// The access token has ended.
    Expired,
    /// The session has ended.
    Revoked,
    /// It reads more slowly than it is sent to.
    SlowReader,
    /// Pushes to it may be lost; its client reconnects and catches up.
    Resync,
    /// The edge is going.
    Shutdown,
    /// It sent something that breaks the protocol.
    Protocol,
    /// It sent binary data.
    Binary,
    /// It sent too much at once.
    TooLarge,
}

impl CloseReason {
    /// The reason as metrics and logs name it.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::PingTimeout => "ping_timeout",
            Self::NoSignIn => "no_sign_in",
            Self::Refused => "refused",
            Self::Expired => "expired",
            Self::Revoked => "revoked",
            Self::SlowReader => "slow_reader",
            Self::Resync => "resync",
            Self::Shutdown => "shutdown",
            Self::Protocol => "protocol",
            Self::Binary => "binary",
            Self::TooLarge => "too_large",
        }
    }

    /// The websocket close code that says so (RFC 6455, section 7.4.1, and the IANA registry). Stock clients reconnect by
    /// themselves after any of them.
    pub(crate) fn code(self) -> u16 {
        match self {
            Self::Client => 1000,
            Self::Shutdown => 1001,
            Self::Protocol => 1002,
            Self::Binary => 1003,
            Self::NoSignIn | Self::Refused | Self::Expired | Self::Revoked | Self::PingTimeout => {
                1008
            }
            Self::TooLarge => 1009,
            Self::Resync => 1012,
            Self::SlowReader => 1013,
        }
    }

    /// Whether what waits is not worth sending any more.
    pub(crate) fn at_once(self) -> bool {
        matches!(self, Self::Client | Self::PingTimeout | Self::SlowReader)
    }
}

/// One socket, as everything but its transport sees it.
pub(crate) struct Socket {
    /// Tells it from all others of this process.
    pub(crate) id: u64,
    /// The generation of pushes it has received from the beginning, once it is in a namespace.
    pub(crate) generation: AtomicU64,
    /// Who signed in on it; nobody until its first namespace.
    pub(crate) caller: OnceLock<Arc<Caller>>,
    /// Commands of this socket that wait for their reply.
    pub(crate) pending: AtomicU32,
    /// Per namespace, when it was entered in the table's order of events; zero if it is not.
    joined: [AtomicU64; Namespace::ALL.len()],
    limit: usize,
    outbox: Mutex<Outbox>,
}

/// Packets that wait for the transport.
#[derive(Default)]
struct Outbox {
    packets: VecDeque<Utf8Bytes>,
    bytes: usize,
    close: Option<CloseReason>,
    waker: Option<Waker>,
    /// Whether the transport cannot send anyway and waits for nothing but a close.
    blocked: bool,
}

/// What the transport should do next.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Send this.
    Packet(Utf8Bytes),
    /// Everything is sent: close.
    Close(CloseReason),
}

impl Socket {
    /// A socket whose outbox holds `limit` bytes.
    pub(crate) fn new(id: u64, limit: usize) -> Self {
        Self {
            id,
            generation: AtomicU64::new(0),
            caller: OnceLock::new(),
            pending: AtomicU32::new(0),
            joined: Default::default(),
            limit,
            outbox: Mutex::default(),
        }
    }

    /// When it entered a namespace; zero if it is not in it.
    pub(crate) fn joined(&self, namespace: Namespace) -> u64 {
        self.joined[namespace as usize].load(Ordering::Acquire)
    }

    pub(crate) fn set_joined(&self, namespace: Namespace, stamp: u64) {
        self.joined[namespace as usize].store(stamp, Ordering::Release);
    }

    pub(crate) fn is_in_any(&self) -> bool {
        Namespace::ALL
            .into_iter()
            .any(|namespace| self.joined(namespace) != 0)
    }

    /// Puts a packet on its way. A reader that is too slow for it is closed instead: it misses packets and must catch up
    /// on a new connection. A packet that is larger than the limit alone passes when nothing else waits, since no new
    /// connection would help. Returns whether it is on its way.
    pub(crate) fn send(&self, packet: Utf8Bytes) -> bool {
        let mut outbox = self.outbox.lock().unwrap_or_else(PoisonError::into_inner);
        if outbox.close.is_some() {
            return false;
        }
        if outbox.bytes > 0 && outbox.bytes + packet.len() > self.limit {
            drop(outbox);
            self.close(CloseReason::SlowReader);
            return false;
        }
        outbox.bytes += packet.len();
        outbox.packets.push_back(packet);
        let waker = if outbox.blocked {
            None
        } else {
            outbox.waker.take()
        };
        drop(outbox);
        if let Some(waker) = waker {
            waker.wake();
        }
        true
    }

    /// Asks the transport to close, after what waits unless the reason is hasty. The first reason counts.
    pub(crate) fn close(&self, reason: CloseReason) {
        let mut outbox = self.outbox.lock().unwrap_or_else(PoisonError::into_inner);
        if outbox.close.is_some() {
            return;
        }
        outbox.close = Some(reason);
        if reason.at_once() {
            outbox.packets = VecDeque::new();
            outbox.bytes = 0;
        }
        let waker = outbox.waker.take();
        drop(outbox);
        if let Some(waker) = waker {
            waker.wake();
        }
    }

    /// What the transport should do next.
    pub(crate) fn poll_next(&self, context: &Context<'_>) -> Poll<Next> {
        let mut outbox = self.outbox.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(packet) = outbox.packets.pop_front() {
            outbox.bytes -= packet.len();
            return Poll::Ready(Next::Packet(packet));
        }
        if let Some(reason) = outbox.close {
            return Poll::Ready(Next::Close(reason));
        }
        if outbox.packets.capacity() > 64 {
            outbox.packets = VecDeque::new();
        }
        outbox.wait(context, false);
        Poll::Pending
    }

    /// Whether to close, for a transport that cannot send right now.
    pub(crate) fn poll_close(&self, context: &Context<'_>) -> Poll<CloseReason> {
        let mut outbox = self.outbox.lock().unwrap_or_else(PoisonError::into_inner);
        match outbox.close {
            Some(reason) => Poll::Ready(reason),
            None => {
                outbox.wait(context, true);
                Poll::Pending
            }
        }
    }
}

impl Outbox {
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
        sync::atomic::AtomicUsize,
        task::{Wake, Waker},
    };

    use super::*;

    #[derive(Default)]
    struct Counter(AtomicUsize);

    impl Wake for Counter {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    fn poll(socket: &Socket) -> Poll<Next> {
        socket.poll_next(&Context::from_waker(Waker::noop()))
    }

    fn packet(text: &'static str) -> Utf8Bytes {
        Utf8Bytes::from_static(text)
    }

    #[test]
    fn packets_leave_in_order_and_wake_once() {
        let socket = Socket::new(1, 100);
        let counter = Arc::new(Counter::default());
        let waker = Waker::from(Arc::clone(&counter));
        assert_eq!(
            socket.poll_next(&Context::from_waker(&waker)),
            Poll::Pending
        );
        assert!(socket.send(packet("a")));
        assert!(socket.send(packet("b")));
        assert_eq!(counter.0.load(Ordering::SeqCst), 1);
        assert_eq!(poll(&socket), Poll::Ready(Next::Packet(packet("a"))));
        assert_eq!(poll(&socket), Poll::Ready(Next::Packet(packet("b"))));
        assert_eq!(poll(&socket), Poll::Pending);
    }

    #[test]
    fn a_slow_reader_is_closed_at_the_exact_byte() {
        let socket = Socket::new(1, 4);
        assert!(socket.send(packet("abc")));
        assert!(socket.send(packet("d")));
        assert!(!socket.send(packet("e")));
        assert_eq!(
            poll(&socket),
            Poll::Ready(Next::Close(CloseReason::SlowReader))
        );
        assert!(!socket.send(packet("f")));
    }

    #[test]
    fn a_packet_over_the_limit_passes_alone() {
        let socket = Socket::new(1, 4);
        assert!(socket.send(packet("abcdefgh")));
        assert_eq!(poll(&socket), Poll::Ready(Next::Packet(packet("abcdefgh"))));
        assert!(socket.send(packet("a")));
        assert!(!socket.send(packet("abcdefgh")));
    }

    #[test]
    fn what_waits_is_sent_before_an_orderly_close() {
        let socket = Socket::new(1, 100);
        socket.send(packet("last words"));
        socket.close(CloseReason::Revoked);
        socket.close(CloseReason::SlowReader);
        assert!(!socket.send(packet("too late")));
        assert_eq!(
            poll(&socket),
            Poll::Ready(Next::Packet(packet("last words")))
        );
        assert_eq!(
            poll(&socket),
            Poll::Ready(Next::Close(CloseReason::Revoked))
        );
    }
}
