//! Files that may be replaced while the edge runs: public keys, certificates.

use std::{
    future::pending,
    path::{Path, PathBuf},
    time::{Duration, SystemTime},
};

use tokio::signal::unix::{Signal, SignalKind, signal};

/// Tells when files should be read again: on SIGHUP, and when one has changed.
pub(crate) struct Changes {
    files: Vec<PathBuf>,
    check_every: Duration,
    known: Vec<Option<(SystemTime, u64)>>,
    hangup: Option<Signal>,
}

impl Changes {
    /// Of these files, looked at every so often.
    pub(crate) async fn of(files: &[&Path], check_every: Duration) -> Self {
        let mut changes = Self {
            files: files.iter().map(|file| (*file).to_owned()).collect(),
            check_every,
            known: Vec::new(),
            hangup: signal(SignalKind::hangup()).ok(),
        };
        changes.known = changes.look().await;
        changes
    }

    /// Waits for the next one.
    pub(crate) async fn next(&mut self) {
        loop {
            let asked = tokio::select! {
                () = tokio::time::sleep(self.check_every) => false,
                () = hung_up(&mut self.hangup) => true,
            };
            let now = self.look().await;
            if asked || now != self.known {
                self.known = now;
                return;
            }
        }
    }

    async fn look(&self) -> Vec<Option<(SystemTime, u64)>> {
        let mut seen = Vec::with_capacity(self.files.len());
        for file in &self.files {
            let metadata = tokio::fs::metadata(file).await.ok();
            seen.push(metadata.and_then(|data| Some((data.modified().ok()?, data.len()))));
        }
        seen
    }
}

async fn hung_up(signal: &mut Option<Signal>) {
    let heard = match signal {
        Some(signal) => signal.recv().await,
        None => None,
    };
    if heard.is_none() {
        pending().await
    }
}
