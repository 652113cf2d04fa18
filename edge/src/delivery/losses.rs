use std::{sync::Arc, time::Duration};

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tracing::warn;

use crate::{
    incarnation::Incarnation,
    metrics,
    sessions::{closing::close_spread, socket::Socket, table::Sessions},
    socketio::CloseReason,
};

/// Makes clients catch up: closes the sockets that may have missed pushes, spread over a time.
///
/// Stock clients reconnect by themselves when their transport closes, and ask for what they missed (design.md, section 4,
/// "no silent loss").
pub(crate) struct Losses {
    incarnation: Incarnation,
    sessions: Arc<Sessions>,
    spread: Duration,
    /// The last generation that is concerned, if any is.
    concerned: watch::Sender<Option<u64>>,
}

impl Losses {
    pub(crate) fn new(incarnation: Incarnation, sessions: Arc<Sessions>, spread: Duration) -> Self {
        let (concerned, _) = watch::channel(None);
        Self {
            incarnation,
            sessions,
            spread,
            concerned,
        }
    }

    /// Notes that pushes were lost. Sockets opened from now on are not concerned.
    pub(crate) fn note(&self, reason: &'static str) {
        metrics::LOSSES.with_label_values(&[reason]).inc();
        let generation = self.incarnation.lost();
        warn!(
            reason,
            sockets = self.sessions.count(),
            "pushes were lost: clients reconnect and catch up"
        );
        self.concerned.send_replace(Some(generation));
    }

    /// Notes that pushes to some sockets may have been lost.
    pub(crate) fn note_for(&self, reason: &'static str, sockets: Vec<Arc<Socket>>) {
        if sockets.is_empty() {
            return;
        }
        metrics::LOSSES.with_label_values(&[reason]).inc();
        warn!(
            reason,
            sockets = sockets.len(),
            "pushes may have been lost: clients reconnect and catch up"
        );
        for socket in sockets {
            socket.outbox.close(CloseReason::Resync);
        }
    }

    /// Closes the sockets concerned, until `stop`.
    pub(crate) async fn run(&self, stop: CancellationToken) {
        let mut concerned = self.concerned.subscribe();
        loop {
            let generation = tokio::select! {
                () = stop.cancelled() => return,
                changed = concerned.changed() => match changed {
                    Ok(()) => *concerned.borrow_and_update(),
                    Err(_) => return,
                },
            };
            let Some(generation) = generation else {
                continue;
            };
            let sockets = self.sessions.up_to_generation(generation);
            let closing = close_spread(sockets, CloseReason::Resync, self.spread);
            if stop.run_until_cancelled(closing).await.is_none() {
                return;
            }
        }
    }
}
