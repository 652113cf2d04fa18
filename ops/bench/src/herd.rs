//! The people of `reconnect`: those whose edge ends, those on the other one, and the one who writes.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::task::JoinSet;
use tokio::time::{Instant, interval, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::client::edge::Edge;
use crate::client::event::{AckView, MessageView, StoredView, name};
use crate::client::packet::{self, Namespace, Packet};
use crate::client::people::Person;
use crate::client::shape::{Held, SyncRequest, Synced};
use crate::client::socket::{Closed, ConnectError, Opening, Socket};
use crate::clock;
use crate::commands::idle::setup_error;
use crate::error::BenchError;
use crate::stats::latency::Latency;
use crate::stats::seqset::{Arrival, Arrivals, SeqSet};
use crate::stats::tally::{Counter, Names};

/// Before its first attempt a stock client waits this long, half of it more or less, then twice as long each time, up to the
/// other (socket.io-client: reconnectionDelay, reconnectionDelayMax, randomizationFactor); seconds.
const DELAY: f64 = 1.0;
const MAX_DELAY: f64 = 5.0;
/// Bound for an answer, then it is asked for again.
const ANSWER: Duration = Duration::from_secs(15);

/// What all sockets of a run share.
#[derive(Debug)]
pub(crate) struct Run {
    conversation: String,
    refuge: Edge,
    /// When the edge was killed, in microseconds; zero before.
    killed: AtomicU64,
    /// Nothing more is written.
    pub(crate) silence: CancellationToken,
    /// Everybody goes home.
    pub(crate) over: CancellationToken,
    /// From the kill to being connected, and to having what was missed.
    pub(crate) back: Latency,
    pub(crate) caught_up: Latency,
    /// From writing to arriving at those on the other edge, before the kill and after.
    pub(crate) arrived_before: Latency,
    pub(crate) arrived: Latency,
    pub(crate) doubles: Counter,
    pub(crate) bystanders_lost: Counter,
    pub(crate) failures: Names,
}

impl Run {
    /// Of a conversation; those whose edge ends go to `refuge`.
    pub(crate) fn new(conversation: String, refuge: Edge) -> Self {
        Self {
            conversation,
            refuge,
            killed: AtomicU64::new(0),
            silence: CancellationToken::new(),
            over: CancellationToken::new(),
            back: Latency::default(),
            caught_up: Latency::default(),
            arrived_before: Latency::default(),
            arrived: Latency::default(),
            doubles: Counter::default(),
            bystanders_lost: Counter::default(),
            failures: Names::default(),
        }
    }

    /// The edge is killed now.
    pub(crate) fn begin(&self) {
        self.killed.store(clock::micros(), Ordering::Relaxed);
    }

    fn since_kill(&self) -> u64 {
        clock::micros() - self.killed.load(Ordering::Relaxed)
    }
}

/// One of those whose edge ends.
pub(crate) struct Member {
    run: Arc<Run>,
    person: Arc<Person>,
    seen: SeqSet,
    /// Nothing up to here is missing.
    complete: u64,
}

/// The `conversation:sync` of a connection.
enum CatchUp {
    Due(Instant),
    Asked(u64, Instant),
    Done,
}

impl Member {
    pub(crate) fn new(run: Arc<Run>, person: Arc<Person>) -> Self {
        Self {
            run,
            person,
            seen: SeqSet::default(),
            complete: 0,
        }
    }

    /// Stays, comes back when the connection ends, and returns what it has in the end.
    pub(crate) async fn live(mut self, mut socket: Socket) -> SeqSet {
        let over = self.run.over.clone();
        let mut catch_up = CatchUp::Done;
        loop {
            let stay = self.stay(socket, catch_up);
            if over.run_until_cancelled(stay).await.is_none() {
                return self.seen;
            }
            match over.run_until_cancelled(self.come_back()).await {
                None => return self.seen,
                Some(again) => (socket, catch_up) = (again, CatchUp::Due(Instant::now())),
            }
        }
    }

    /// Receives until the connection ends.
    async fn stay(&mut self, mut socket: Socket, mut catch_up: CatchUp) -> Closed {
        let mut arrivals = Arrivals::default();
        loop {
            let (at, is_waiting) = match &catch_up {
                CatchUp::Due(at) | CatchUp::Asked(_, at) => (*at, true),
                CatchUp::Done => (Instant::now(), false),
            };
            tokio::select! {
                frame = socket.recv() => {
                    let frame = match frame {
                        Ok(frame) => frame,
                        Err(closed) => return closed,
                    };
                    match Packet::parse(&frame) {
                        Ok(Packet::Event { name: name::MESSAGE_CREATED, payload }) => {
                            self.message(payload, &mut arrivals);
                        }
                        Ok(Packet::Ack { id, payload, .. }) if matches!(catch_up, CatchUp::Asked(asked, _) if asked == id) => {
                            catch_up = self.answered(payload);
                        }
                        Ok(_) => {}
                        Err(error) => return Closed(error.to_string()),
                    }
                }
                () = sleep_until(at), if is_waiting => match self.ask(&mut socket) {
                    Ok(asked) => catch_up = asked,
                    Err(closed) => return closed,
                },
            }
        }
    }

    fn message(&mut self, payload: &str, arrivals: &mut Arrivals) {
        if let Ok(message) = serde_json::from_str::<MessageView<'_>>(payload) {
            if arrivals.observe(message.seq) == Arrival::Double {
                self.run.doubles.add(1);
            }
            self.hold(message.seq);
        }
    }

    fn hold(&mut self, seq: u64) {
        self.seen.insert(seq);
        while self.seen.count_in(self.complete + 1..=self.complete + 1) == 1 {
            self.complete += 1;
        }
    }

    fn ask(&self, socket: &mut Socket) -> Result<CatchUp, Closed> {
        let held = [Held {
            id: self.run.conversation.clone(),
            seq: self.complete,
            change: 0,
        }];
        let request = SyncRequest {
            conversations: &held,
            cursor: None,
        };
        let payload = serde_json::to_string(&request).map_err(|error| Closed(error.to_string()))?;
        let id = socket.ack_id();
        socket.queue(packet::event_with_ack(
            Namespace::Chat,
            id,
            "conversation:sync",
            &payload,
        ))?;
        Ok(CatchUp::Asked(id, Instant::now() + ANSWER))
    }

    fn answered(&mut self, payload: &str) -> CatchUp {
        match AckView::<Synced>::parse(payload) {
            Ok(synced) => {
                let messages = synced
                    .conversations
                    .iter()
                    .flat_map(|entry| &entry.messages);
                messages.for_each(|message| self.hold(message.seq));
                self.run.caught_up.record(self.run.since_kill());
                CatchUp::Done
            }
            Err(code) => {
                self.run.failures.add(code);
                CatchUp::Due(Instant::now() + jitter(DELAY))
            }
        }
    }

    async fn come_back(&mut self) -> Socket {
        let opening = Opening {
            read_buffer: 2048,
            ..Opening::default()
        };
        let mut delay = DELAY;
        loop {
            sleep(jitter(delay)).await;
            match Socket::connect(&self.run.refuge, &self.person.token(), opening).await {
                Ok(socket) => {
                    self.run.back.record(self.run.since_kill());
                    return socket;
                }
                Err(ConnectError::Refused(code)) => self.run.failures.add(&code),
                Err(ConnectError::Timeout(_)) => self.run.failures.add("timeout"),
                Err(ConnectError::Transport(error)) => self.run.failures.add(&error),
            }
            delay = (delay * 2.0).min(MAX_DELAY);
        }
    }
}

/// Half of it more or less.
fn jitter(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds * rand::random_range(0.5..1.5))
}

/// Those on the edge that stays: the first writes, the others see how long it takes. They live on a thread of their own, or
/// what thousands do in this process would count as theirs.
pub(crate) struct Others {
    begin: oneshot::Sender<()>,
    ended: oneshot::Receiver<Result<SeqSet, BenchError>>,
}

impl Others {
    /// Connects them.
    pub(crate) async fn open(
        run: Arc<Run>,
        people: Vec<Arc<Person>>,
        pause: Duration,
    ) -> Result<Self, BenchError> {
        let (opened, is_open) = oneshot::channel();
        let (begin, may_begin) = oneshot::channel();
        let (end, ended) = oneshot::channel();
        std::thread::spawn(move || {
            let live = async {
                let mut sockets = Vec::new();
                for person in &people {
                    sockets.push(open(&run.refuge, person).await?);
                }
                let writer = sockets.swap_remove(0);
                let mut watching = JoinSet::new();
                for socket in sockets {
                    watching.spawn(watch(Arc::clone(&run), socket));
                }
                // Whoever is no longer interested has failed already.
                let _gone = opened.send(());
                let _gone = may_begin.await;
                let written = write(Arc::clone(&run), writer, pause).await;
                while watching.join_next().await.is_some() {}
                written.map_err(|closed| BenchError::Setup(format!("the writer: {closed}")))
            };
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            let written = match runtime {
                Ok(runtime) => runtime.block_on(live),
                Err(error) => Err(BenchError::Setup(error.to_string())),
            };
            let _gone = end.send(written);
        });
        if is_open.await.is_ok() {
            return Ok(Self { begin, ended });
        }
        Err(match ended.await {
            Ok(Err(error)) => error,
            _ => lost(),
        })
    }

    /// Begins to write.
    pub(crate) fn write(self) -> Writing {
        let _gone = self.begin.send(());
        Writing { ended: self.ended }
    }
}

/// Those on the edge that stays, once they write.
pub(crate) struct Writing {
    ended: oneshot::Receiver<Result<SeqSet, BenchError>>,
}

impl Writing {
    /// The places of all messages that were acked, once the run is over.
    pub(crate) async fn ended(self) -> Result<SeqSet, BenchError> {
        self.ended.await.map_err(|_| lost())?
    }
}

fn lost() -> BenchError {
    BenchError::Setup("the thread of those on the other edge ended early".to_owned())
}

/// Opens a socket that holds little memory.
pub(crate) async fn open(edge: &Edge, person: &Person) -> Result<Socket, BenchError> {
    let opening = Opening {
        read_buffer: 2048,
        ..Opening::default()
    };
    let socket = Socket::connect(edge, &person.token(), opening).await;
    socket.map_err(setup_error)
}

/// Sees how long messages take, to the end.
async fn watch(run: Arc<Run>, mut socket: Socket) {
    while let Some(frame) = run.over.run_until_cancelled(socket.recv()).await {
        let Ok(frame) = frame else {
            run.bystanders_lost.add(1);
            return;
        };
        if let Ok(Packet::Event {
            name: name::MESSAGE_CREATED,
            payload,
        }) = Packet::parse(&frame)
            && let Ok(message) = serde_json::from_str::<MessageView<'_>>(payload)
            && let Ok(written) = message.content.parse::<u64>()
        {
            let is_before = written < run.killed.load(Ordering::Relaxed).wrapping_sub(1);
            let latency = if is_before {
                &run.arrived_before
            } else {
                &run.arrived
            };
            latency.record(clock::micros().saturating_sub(written));
        }
    }
}

/// Writes one message after each pause, with the time in it, until there is to be silence; the places of all that were acked.
async fn write(run: Arc<Run>, mut socket: Socket, pause: Duration) -> Result<SeqSet, Closed> {
    let (mut acked, mut waiting) = (SeqSet::default(), 0_u64);
    let mut ticks = interval(pause);
    loop {
        tokio::select! {
            _ = ticks.tick(), if !run.silence.is_cancelled() => {
                let id = socket.ack_id();
                let content = clock::micros().to_string();
                let client_id = format!("w{id}");
                socket.queue(packet::message_send(id, &run.conversation, &content, &client_id))?;
                waiting += 1;
            }
            frame = socket.recv() => {
                if let Ok(Packet::Ack { payload, .. }) = Packet::parse(&frame?) {
                    waiting -= 1;
                    match AckView::<StoredView<'_>>::parse(payload) {
                        Ok(stored) => drop(acked.insert(stored.seq)),
                        Err(code) => run.failures.add(&format!("message:send {code}")),
                    }
                }
            }
            () = run.silence.cancelled(), if waiting == 0 => return Ok(acked),
        }
    }
}
