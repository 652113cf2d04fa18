//! What the edge counts.

use std::sync::LazyLock;

use warren_runtime::metrics::{
    BATCH_BUCKETS, Histogram, HistogramVec, IntCounter, IntCounterVec, IntGauge, LATENCY_BUCKETS,
    counter, counter_vec, gauge, histogram, histogram_vec,
};

macro_rules! metrics {
    ($($name:ident: $type:ty = $make:expr;)+) => {
        $(pub(crate) static $name: LazyLock<$type> = LazyLock::new(|| $make);)+

        /// Registers all of them, so that a scrape shows them before they first count.
        pub(crate) fn register() {
            $(LazyLock::force(&$name);)+
        }
    };
}

metrics! {
    CONNECTIONS: IntGauge = gauge("warren_edge_connections", "TCP connections of clients.");
    SOCKETS: IntGauge = gauge("warren_edge_sockets", "Open sockets, signed in or not.");
    USERS: IntGauge = gauge("warren_edge_users", "People with at least one signed-in socket.");
    SOCKETS_OPENED: IntCounter = counter("warren_edge_sockets_opened_total", "Sockets opened.");
    SOCKETS_CLOSED: IntCounterVec = counter_vec("warren_edge_sockets_closed_total", "Sockets closed, by reason; those that the edge closed are evictions.", &["reason"]);
    REFUSED_SOCKETS: IntCounterVec = counter_vec("warren_edge_sockets_refused_total", "Sockets and namespaces refused, by reason.", &["reason"]);
    POLLING: IntGauge = gauge("warren_edge_polling_sessions", "Open sockets on HTTP long-polling.");
    TLS_REFUSED: IntCounterVec = counter_vec("warren_edge_tls_refused_total", "Connections that did not become TLS, by outcome.", &["outcome"]);
    UPGRADES: IntCounterVec = counter_vec("warren_edge_upgrades_total", "Upgrades from polling to a websocket, by outcome.", &["outcome"]);
    COMMANDS: IntCounterVec = counter_vec("warren_edge_commands_total", "Client actions answered, by outcome.", &["action", "code"]);
    REPLY_SECONDS: HistogramVec = histogram_vec("warren_edge_reply_seconds", "From accepting an action to its answer.", LATENCY_BUCKETS, &["action"]);
    DELIVERY_SECONDS: Histogram = histogram("warren_edge_delivery_seconds", "From accepting an action, on whichever edge, to putting its event on its way to a socket's edge.", LATENCY_BUCKETS);
    BATCH_ITEMS: Histogram = histogram("warren_edge_batch_items", "Items per broker message received.", BATCH_BUCKETS);
    PENDING: IntGauge = gauge("warren_edge_pending_commands", "Commands waiting for their reply.");
    LATE_REPLIES: IntCounter = counter("warren_edge_late_replies_total", "Replies that nobody waited for any more, or repeated ones.");
    PUSHES: IntCounter = counter("warren_edge_pushes_total", "Events received for sockets.");
    DELIVERIES: IntCounter = counter("warren_edge_deliveries_total", "Events put on their way to a socket.");
    REPETITIONS: IntCounterVec = counter_vec("warren_edge_repetitions_dropped_total", "Repeated broker messages and events not delivered again.", &["kind"]);
    LOSSES: IntCounterVec = counter_vec("warren_edge_push_losses_total", "Times that pushes were lost, so that clients had to catch up.", &["reason"]);
    ROUTES: IntCounterVec = counter_vec("warren_edge_routes_announced_total", "Route updates announced.", &["kind"]);
    HTTP: IntCounterVec = counter_vec("warren_edge_http_requests_total", "HTTP requests by route template and status.", &["method", "route", "status"]);
    UPLOADS: IntCounterVec = counter_vec("warren_edge_uploads_total", "Files that clients uploaded, by outcome.", &["outcome"]);
    FILE_BYTES: IntCounterVec = counter_vec("warren_edge_file_bytes_total", "Bytes of uploaded files, taken in and served.", &["direction"]);
    MALFORMED: IntCounterVec = counter_vec("warren_edge_malformed_total", "Broker messages that could not be read.", &["exchange"]);
}
