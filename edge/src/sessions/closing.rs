use std::{sync::Arc, time::Duration};

use rand::seq::SliceRandom;
use tokio::time::{Instant, interval_at};

use super::socket::Socket;
use crate::socketio::CloseReason;

/// How finely closing is spread.
const STEP: Duration = Duration::from_millis(20);

/// Closes sockets in random order, evenly over a time, so that their clients do not come back all at once.
pub(crate) async fn close_spread(
    mut sockets: Vec<Arc<Socket>>,
    reason: CloseReason,
    over: Duration,
) {
    sockets.shuffle(&mut rand::rng());
    let steps = (over.as_millis() / STEP.as_millis()).max(1) as usize;
    let per_step = sockets.len().div_ceil(steps).max(1);
    let mut ticks = interval_at(Instant::now(), STEP);
    for group in sockets.chunks(per_step) {
        ticks.tick().await;
        for socket in group {
            socket.outbox.close(reason);
        }
    }
}
