//! The metrics of the notify pool.

use std::sync::LazyLock;

use warren_runtime::metrics::{
    BATCH_BUCKETS, Histogram, IntCounter, LATENCY_BUCKETS, counter, histogram,
};

pub(crate) static EVENTS: LazyLock<IntCounter> =
    LazyLock::new(|| counter("warren_notify_events_total", "Domain events taken."));
pub(crate) static BATCH: LazyLock<Histogram> = LazyLock::new(|| {
    histogram(
        "warren_notify_batch_events",
        "Domain events handled together.",
        BATCH_BUCKETS,
    )
});
pub(crate) static STORE_SECONDS: LazyLock<Histogram> = LazyLock::new(|| {
    histogram(
        "warren_notify_store_seconds",
        "Time to store the notifications of a batch.",
        LATENCY_BUCKETS,
    )
});
