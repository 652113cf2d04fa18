//! The metrics of the chat pool.

use std::sync::LazyLock;

use warren_runtime::metrics::{
    BATCH_BUCKETS, Histogram, IntCounter, IntGauge, LATENCY_BUCKETS, counter, gauge, histogram,
};

pub(crate) static STORED: LazyLock<IntCounter> = LazyLock::new(|| {
    counter(
        "warren_messages_stored_total",
        "Messages stored on a majority, journaled.",
    )
});
pub(crate) static BATCH: LazyLock<Histogram> = LazyLock::new(|| {
    histogram(
        "warren_chat_batch_commands",
        "Commands stored together.",
        BATCH_BUCKETS,
    )
});
pub(crate) static STORE_SECONDS: LazyLock<Histogram> = LazyLock::new(|| {
    histogram(
        "warren_chat_store_seconds",
        "Time to store a batch.",
        LATENCY_BUCKETS,
    )
});
pub(crate) static STORED_SECONDS: LazyLock<Histogram> = LazyLock::new(|| {
    histogram(
        "warren_message_stored_seconds",
        "From the edge's acceptance of a message to its being stored.",
        LATENCY_BUCKETS,
    )
});
pub(crate) static RETRIES: LazyLock<IntCounter> = LazyLock::new(|| {
    counter(
        "warren_chat_retries_total",
        "Batches applied again: stored in part before, or the store failed.",
    )
});
pub(crate) static PARTITIONS: LazyLock<IntGauge> =
    LazyLock::new(|| gauge("warren_chat_partitions", "Partitions this worker consumes."));
pub(crate) static CACHED: LazyLock<IntGauge> = LazyLock::new(|| {
    gauge(
        "warren_chat_cached_conversations",
        "Conversations in memory.",
    )
});
pub(crate) static INDEXED: LazyLock<IntCounter> = LazyLock::new(|| {
    counter(
        "warren_search_indexed_total",
        "Messages that were indexed for the search, anew after an edit or a deletion too.",
    )
});
pub(crate) static FILES_REMOVED: LazyLock<IntCounter> = LazyLock::new(|| {
    counter(
        "warren_files_removed_total",
        "Uploaded files removed: never sent, or their messages deleted.",
    )
});
