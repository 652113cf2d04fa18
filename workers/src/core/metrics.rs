//! The metrics all pools share.

use std::sync::LazyLock;

use warren_runtime::metrics::{
    HistogramVec, IntCounter, IntCounterVec, IntGauge, LATENCY_BUCKETS, counter, counter_vec,
    gauge, histogram_vec,
};

pub(crate) static COMMANDS: LazyLock<IntCounterVec> = LazyLock::new(|| {
    counter_vec(
        "warren_commands_total",
        "Commands handled, by action and outcome (ok or the error code).",
        &["action", "outcome"],
    )
});
pub(crate) static COMMAND_SECONDS: LazyLock<HistogramVec> = LazyLock::new(|| {
    histogram_vec(
        "warren_command_seconds",
        "From the edge's acceptance to the answer, by action. For messages: to the store.",
        LATENCY_BUCKETS,
        &["action"],
    )
});
pub(crate) static EXPIRED: LazyLock<IntCounter> = LazyLock::new(|| {
    counter(
        "warren_commands_expired_total",
        "Commands not handled because their caller had stopped waiting.",
    )
});
pub(crate) static PUSHES: LazyLock<IntCounter> =
    LazyLock::new(|| counter("warren_pushes_total", "Events published to edges."));
pub(crate) static REPLAYS: LazyLock<IntCounter> = LazyLock::new(|| {
    counter(
        "warren_replays_total",
        "Events published again for people whose route was still travelling.",
    )
});
pub(crate) static ROUTES: LazyLock<IntGauge> = LazyLock::new(|| {
    gauge(
        "warren_routes",
        "People known to be connected, counted once per edge.",
    )
});
pub(crate) static EDGES: LazyLock<IntGauge> =
    LazyLock::new(|| gauge("warren_edges", "Edges known."));
pub(crate) static ROUTE_GAPS: LazyLock<IntCounter> = LazyLock::new(|| {
    counter(
        "warren_route_gaps_total",
        "Route updates that were missing, so that a snapshot was asked for.",
    )
});
