//! For how long notifications are kept: MongoDB removes them by an index, whose time is the operator's to set.

use std::time::Duration;

use mongodb::error::ErrorKind;
use tokio_util::sync::CancellationToken;
use tracing::warn;
use warren_runtime::backoff::Backoff;

use super::store::Store;

/// What MongoDB answers to whom it does not let change a collection.
const UNAUTHORIZED: i32 = 13;

/// Sets the time, however long MongoDB is away, and waits for `shutdown`.
pub async fn run(store: Store, retention: Duration, shutdown: CancellationToken) {
    let mut backoff = Backoff::default();
    while let Err(error) = store.retain(retention).await {
        if matches!(&*error.kind, ErrorKind::Command(error) if error.code == UNAUTHORIZED) {
            warn!(%error, "notify.retention_days is not applied: it takes a user who may change the index `age` of notifications");
            break;
        }
        let wait = backoff.next();
        warn!(%error, wait_ms = wait.as_millis() as u64, "how long notifications are kept cannot be set; trying again");
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = shutdown.cancelled() => return,
        }
    }
    shutdown.cancelled().await;
}
