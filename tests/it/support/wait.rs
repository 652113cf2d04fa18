use std::time::Duration;

/// Nothing in these tests takes this long unless it is broken; machines that run tests can be slow.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);
/// How often a condition is looked at that does not tell by itself.
pub(crate) const LOOK_EVERY: Duration = Duration::from_millis(20);

/// Waits, but not for ever.
pub(crate) async fn within<T>(what: &str, future: impl Future<Output = T>) -> T {
    match tokio::time::timeout(PATIENCE, future).await {
        Ok(done) => done,
        Err(_) => panic!("waited too long for {what}"),
    }
}

/// Waits until a condition holds, but not for ever.
pub(crate) async fn eventually(what: &str, mut holds: impl AsyncFnMut() -> bool) {
    within(what, async {
        while !holds().await {
            tokio::time::sleep(LOOK_EVERY).await;
        }
    })
    .await;
}
