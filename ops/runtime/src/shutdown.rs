//! The signals that end a process.

use std::process;

use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// A token that SIGTERM or SIGINT cancels; the process then drains and ends by itself.
///
/// A second signal ends it at once with 143 (SIGTERM) or 130 (SIGINT), for whoever does not want to wait.
/// The handlers stand when this returns. Must be called within a tokio runtime.
#[must_use]
pub fn on_signal() -> CancellationToken {
    let stop = CancellationToken::new();
    let handlers = signal(SignalKind::terminate())
        .and_then(|terminate| Ok((terminate, signal(SignalKind::interrupt())?)));
    let (mut terminate, mut interrupt) = match handlers {
        Ok(handlers) => handlers,
        Err(error) => {
            tracing::error!(%error, "signals cannot be handled: SIGTERM and SIGINT end without draining");
            return stop;
        }
    };
    let token = stop.clone();
    tokio::spawn(async move {
        loop {
            let (name, code) = tokio::select! {
                Some(()) = terminate.recv() => ("SIGTERM", 143),
                Some(()) = interrupt.recv() => ("SIGINT", 130),
                else => return,
            };
            if token.is_cancelled() {
                tracing::warn!(signal = name, "second signal: ending at once");
                process::exit(code);
            }
            tracing::info!(signal = name, "draining; a second signal ends at once");
            token.cancel();
        }
    });
    stop
}
