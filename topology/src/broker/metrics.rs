use std::sync::LazyLock;

use warren_runtime::metrics::{
    BATCH_BUCKETS, Histogram, HistogramVec, IntCounterVec, IntGaugeVec, LATENCY_BUCKETS,
    counter_vec, gauge_vec, histogram_vec,
};

pub(super) static CONNECTED: LazyLock<IntGaugeVec> = LazyLock::new(|| {
    gauge_vec(
        "warren_broker_connected",
        "Whether the broker connection of a role is up.",
        &["role"],
    )
});
pub(super) static CONNECTS: LazyLock<IntCounterVec> = LazyLock::new(|| {
    counter_vec(
        "warren_broker_connects_total",
        "Broker connections made, by role; more than one is a reconnect.",
        &["role"],
    )
});
pub(super) static BLOCKED: LazyLock<IntGaugeVec> = LazyLock::new(|| {
    gauge_vec(
        "warren_broker_blocked",
        "Whether the broker has blocked publishing (resource alarm).",
        &["role"],
    )
});
pub(super) static PUBLISHES: LazyLock<IntCounterVec> = LazyLock::new(|| {
    counter_vec(
        "warren_broker_publishes_total",
        "Broker messages published, by outcome: confirmed, rejected, unroutable, unconfirmed.",
        &["role", "outcome"],
    )
});
pub(super) static IN_FLIGHT: LazyLock<IntGaugeVec> = LazyLock::new(|| {
    gauge_vec(
        "warren_broker_confirms_in_flight",
        "Broker messages waiting for their confirm.",
        &["role"],
    )
});
pub(super) static CONFIRM_SECONDS: LazyLock<HistogramVec> = LazyLock::new(|| {
    histogram_vec(
        "warren_broker_confirm_seconds",
        "From publish to confirm.",
        LATENCY_BUCKETS,
        &["role"],
    )
});
pub(super) static BATCH_ITEMS: LazyLock<HistogramVec> = LazyLock::new(|| {
    histogram_vec(
        "warren_broker_batch_items",
        "Items per published broker message.",
        BATCH_BUCKETS,
        &["role"],
    )
});
pub(super) static DELIVERIES: LazyLock<IntCounterVec> = LazyLock::new(|| {
    counter_vec(
        "warren_broker_deliveries_total",
        "Broker messages received, by consumer.",
        &["consumer"],
    )
});
pub(super) static REDELIVERIES: LazyLock<IntCounterVec> = LazyLock::new(|| {
    counter_vec(
        "warren_broker_redeliveries_total",
        "Broker messages received again, by consumer.",
        &["consumer"],
    )
});
pub(super) static PARKED: LazyLock<IntCounterVec> = LazyLock::new(|| {
    counter_vec(
        "warren_broker_parked_total",
        "Items parked as dead, by reason.",
        &["reason"],
    )
});

pub(super) fn confirm_seconds(role: &str) -> Histogram {
    CONFIRM_SECONDS.with_label_values(&[role])
}
