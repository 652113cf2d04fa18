use std::{
    future::{Future, poll_fn},
    ops::ControlFlow,
    pin::Pin,
    task::{Context, Poll, ready},
    time::{Duration, Instant},
};

use bytes::Bytes;
use futures_util::{Sink, SinkExt, Stream, StreamExt};
use hyper::upgrade::OnUpgrade;
use hyper_util::rt::TokioIo;
use tokio::time::{Sleep, sleep_until};
use tokio_tungstenite::{
    WebSocketStream,
    tungstenite::{
        Error, Message, Utf8Bytes,
        error::{CapacityError, ProtocolError},
        protocol::{
            CloseFrame, Role, WebSocketConfig,
            frame::{
                Frame,
                coding::{Data, OpCode},
            },
        },
    },
};
use tracing::debug;

use super::{
    CloseReason, Connection,
    engine::EngineConfig,
    outbox::{Frame as Packet, Next},
    polling::{Entry, Handle},
    session::{Application, Session},
};
use crate::metrics;

/// How many frames are read before others get their turn.
const READ_BUDGET: usize = 16;
/// How long a client may take to answer a close.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);
/// Longer messages leave as several frames (RFC 6455, section 5.4): tungstenite keeps its write buffer as large as the
/// largest frame that ever passed it, and there is one per socket.
const FRAGMENT_BYTES: usize = 8_192;

/// Takes an upgraded connection over.
pub(crate) async fn accept(
    upgrade: OnUpgrade,
    config: &EngineConfig,
) -> Option<WebSocketStream<Connection>> {
    let parts = match upgrade.await {
        Ok(upgraded) => upgraded.downcast::<TokioIo<Connection>>().ok()?,
        Err(error) => {
            debug!(%error, "an upgrade was not finished");
            return None;
        }
    };
    let limits = WebSocketConfig::default()
        .read_buffer_size(config.read_buffer_bytes)
        .write_buffer_size(config.write_buffer_bytes)
        .max_message_size(Some(config.max_payload_bytes))
        .max_frame_size(Some(config.max_payload_bytes));
    let (stream, read) = (parts.io.into_inner(), parts.read_buf.to_vec());
    Some(WebSocketStream::from_partially_read(stream, read, Role::Server, Some(limits)).await)
}

/// Lets a websocket take over from polling: it says `2probe`, hears `3probe`, and says `5` once its last poll has ended.
/// `None` if it does not, or the session is gone, or another websocket was faster.
pub(crate) async fn probe<A: Application>(
    mut stream: WebSocketStream<Connection>,
    polling: &Handle<A>,
) -> Option<(WebSocketStream<Connection>, Session<A>, Entry<A>)> {
    let first = tokio::select! {
        biased;
        () = polling.has_left_polling() => return None,
        text = next_text(&mut stream) => text?,
    };
    if first != "2probe" {
        return None;
    }
    let _probing = polling.probe().await?;
    stream.send(Message::text("3probe")).await.ok()?;
    if next_text(&mut stream).await? != "5" {
        return None;
    }
    let (session, entry) = polling.upgrade().await?;
    Some((stream, session, entry))
}

async fn next_text(stream: &mut WebSocketStream<Connection>) -> Option<Utf8Bytes> {
    loop {
        match stream.next().await?.ok()? {
            Message::Text(text) => return Some(text),
            Message::Ping(_) | Message::Pong(_) => {}
            _ => return None,
        }
    }
}

/// One socket on a websocket: reads, writes and timers in a single task.
pub(crate) struct WebSocket<A> {
    stream: WebSocketStream<Connection>,
    session: Session<A>,
    /// A long message, of which a part has left.
    long: Option<Long>,
    unflushed: bool,
    /// Why and until when the connection closes; nothing but the closing handshake is done then.
    closing: Option<(CloseReason, Instant)>,
    /// Whether our close frame has been written.
    closed_by_us: bool,
    /// Whether there may be frames that have been read from the connection already.
    buffered: bool,
}

/// A message that leaves in several frames.
struct Long {
    kind: Data,
    rest: Bytes,
}

impl Long {
    fn new(kind: Data, message: Bytes) -> Self {
        Self {
            kind,
            rest: message,
        }
    }

    fn next(&mut self) -> Frame {
        let part = self.rest.split_to(FRAGMENT_BYTES.min(self.rest.len()));
        let kind = std::mem::replace(&mut self.kind, Data::Continue);
        Frame::message(part, OpCode::Data(kind), self.rest.is_empty())
    }
}

impl<A: Application> WebSocket<A> {
    /// Serves a session on a websocket.
    pub(crate) fn new(stream: WebSocketStream<Connection>, session: Session<A>) -> Self {
        Self {
            stream,
            session,
            long: None,
            unflushed: false,
            closing: None,
            closed_by_us: false,
            buffered: true,
        }
    }

    /// Serves the socket to its end.
    pub(crate) async fn run(mut self) {
        let timer = sleep_until(self.deadline());
        tokio::pin!(timer);
        let reason = poll_fn(|context| self.poll(context, timer.as_mut())).await;
        metrics::SOCKETS_CLOSED
            .with_label_values(&[reason.as_str()])
            .inc();
        debug!(reason = reason.as_str(), "a websocket closed");
    }

    fn deadline(&self) -> tokio::time::Instant {
        self.closing
            .map_or_else(|| self.session.deadline(), |(_, until)| until)
            .into()
    }

    fn poll(&mut self, context: &mut Context<'_>, mut timer: Pin<&mut Sleep>) -> Poll<CloseReason> {
        loop {
            if let ControlFlow::Break(reason) = self.drive(context) {
                return Poll::Ready(reason);
            }
            let deadline = self.deadline();
            if timer.deadline() != deadline {
                timer.as_mut().reset(deadline);
            }
            ready!(timer.as_mut().poll(context));
            if let Some((reason, _)) = self.closing {
                return Poll::Ready(reason);
            }
            if let Err(reason) = self.session.tick(Instant::now()) {
                self.session.outbox().close(reason);
            }
        }
    }

    fn drive(&mut self, context: &mut Context<'_>) -> ControlFlow<CloseReason> {
        self.write(context)?;
        self.read(context)
    }

    /// Writes what waits, as far as the connection takes it.
    fn write(&mut self, context: &mut Context<'_>) -> ControlFlow<CloseReason> {
        loop {
            match Pin::new(&mut self.stream).poll_ready(context) {
                Poll::Ready(Ok(())) => {}
                Poll::Ready(Err(_)) => return ControlFlow::Break(self.reason()),
                Poll::Pending => {
                    if let Poll::Ready(reason) = self.session.outbox().poll_close(context) {
                        self.close(reason)?;
                    }
                    return ControlFlow::Continue(());
                }
            }
            let frame = match self.next_frame(context) {
                Poll::Ready(frame) => frame?,
                Poll::Pending => break,
            };
            self.unflushed = true;
            if Pin::new(&mut self.stream).start_send(frame).is_err() {
                return ControlFlow::Break(self.reason());
            }
        }
        if self.unflushed {
            match Pin::new(&mut self.stream).poll_flush(context) {
                Poll::Ready(Ok(())) => self.unflushed = false,
                Poll::Ready(Err(_)) => return ControlFlow::Break(self.reason()),
                Poll::Pending => {}
            }
        }
        ControlFlow::Continue(())
    }

    fn next_frame(&mut self, context: &mut Context<'_>) -> Poll<ControlFlow<CloseReason, Message>> {
        if let Some(long) = &mut self.long {
            let frame = long.next();
            self.long.take_if(|long| long.rest.is_empty());
            return Poll::Ready(ControlFlow::Continue(Message::Frame(frame)));
        }
        if self.closed_by_us {
            return Poll::Pending;
        }
        match ready!(self.session.outbox().poll_next(context)) {
            Next::Frame(Packet::Text(text)) if text.len() > FRAGMENT_BYTES => {
                self.long = Some(Long::new(Data::Text, text.into()));
                self.next_frame(context)
            }
            Next::Frame(Packet::Binary(data)) if data.len() > FRAGMENT_BYTES => {
                self.long = Some(Long::new(Data::Binary, data));
                self.next_frame(context)
            }
            Next::Frame(Packet::Text(text)) => {
                Poll::Ready(ControlFlow::Continue(Message::Text(text)))
            }
            Next::Frame(Packet::Binary(data)) => {
                Poll::Ready(ControlFlow::Continue(Message::Binary(data)))
            }
            Next::Close(reason) => {
                self.closed_by_us = true;
                let frame = CloseFrame {
                    code: reason.code().into(),
                    reason: Utf8Bytes::from_static(reason.as_str()),
                };
                Poll::Ready(
                    self.close(reason)
                        .map_continue(|()| Message::Close(Some(frame))),
                )
            }
        }
    }

    /// Begins to close.
    fn close(&mut self, reason: CloseReason) -> ControlFlow<CloseReason> {
        if reason.at_once() {
            return ControlFlow::Break(reason);
        }
        self.closing
            .get_or_insert((reason, Instant::now() + CLOSE_TIMEOUT));
        ControlFlow::Continue(())
    }

    /// Reads what has arrived, up to a bound.
    fn read(&mut self, context: &mut Context<'_>) -> ControlFlow<CloseReason> {
        // Writing goes on when the client has read, and then this does.
        if self.session.outbox().is_behind() {
            return ControlFlow::Continue(());
        }
        // Asking costs less than trying: tungstenite zeroes its buffer for every attempt, and most wake-ups are for writing.
        let connection = self.stream.get_ref();
        if !self.buffered && connection.poll_read_ready(context).is_pending() {
            return ControlFlow::Continue(());
        }
        self.buffered = true;
        for _ in 0..READ_BUDGET {
            let message = match Pin::new(&mut self.stream).poll_next(context) {
                Poll::Ready(Some(message)) => message,
                Poll::Ready(None) => return ControlFlow::Break(self.reason()),
                Poll::Pending => {
                    self.buffered = false;
                    return ControlFlow::Continue(());
                }
            };
            let outcome = match message {
                _ if self.closing.is_some() => Ok(()),
                Ok(Message::Text(text)) => self.session.text(text.as_str()),
                Ok(Message::Binary(data)) => self.session.binary(data),
                // tungstenite has queued the answer.
                Ok(Message::Ping(_) | Message::Close(_)) => {
                    self.unflushed = true;
                    Ok(())
                }
                Ok(Message::Pong(_) | Message::Frame(_)) => Ok(()),
                Err(Error::Capacity(CapacityError::MessageTooLong { .. })) => {
                    Err(CloseReason::TooLarge)
                }
                Err(Error::Protocol(ProtocolError::ResetWithoutClosingHandshake)) => {
                    return ControlFlow::Break(self.reason());
                }
                Err(Error::Utf8(_)) => Err(CloseReason::NotText),
                Err(Error::Protocol(_)) => Err(CloseReason::Protocol),
                Err(_) => return ControlFlow::Break(self.reason()),
            };
            if let Err(reason) = outcome {
                self.session.outbox().close(reason);
                // After an error of its own, tungstenite reads nothing more: the close frame is all that is left to do.
                context.waker().wake_by_ref();
                return ControlFlow::Continue(());
            }
        }
        context.waker().wake_by_ref();
        ControlFlow::Continue(())
    }

    fn reason(&self) -> CloseReason {
        self.closing
            .map_or(CloseReason::Client, |(reason, _)| reason)
    }
}
