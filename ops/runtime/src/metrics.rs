//! Prometheus metrics on the default registry, declared where they are counted:
//!
//! ```
//! use std::sync::LazyLock;
//! use warren_runtime::metrics::{self, IntCounterVec};
//!
//! static REFUSED: LazyLock<IntCounterVec> = LazyLock::new(|| {
//!     metrics::counter_vec("warren_refused_total", "Commands refused", &["code"])
//! });
//! REFUSED.with_label_values(&["BUSY"]).inc();
//! ```
//!
//! Names follow Prometheus' conventions: prefix `warren_`, base units, `_total` for counters. Labels take
//! few values and never ids. On a hot path keep the child that `with_label_values` returns.
//!
//! The functions panic on a name that Prometheus does not allow or that is declared twice: a mistake of
//! the code, found by the first test that touches the metric.

use prometheus::core::Collector;
pub use prometheus::{
    Histogram, HistogramVec, IntCounter, IntCounterVec, IntGauge, IntGaugeVec, Registry,
};
use prometheus::{HistogramOpts, Opts};

/// Upper bounds for latencies in seconds: 0.5 ms to 8.192 s, doubling.
pub const LATENCY_BUCKETS: &[f64] = &[
    0.0005, 0.001, 0.002, 0.004, 0.008, 0.016, 0.032, 0.064, 0.128, 0.256, 0.512, 1.024, 2.048,
    4.096, 8.192,
];

/// Upper bounds for sizes of batches: 1 to 1,024, doubling.
pub const BATCH_BUCKETS: &[f64] = &[
    1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0,
];

/// Registers what every process exports besides its own metrics: `warren_build_info{process,version}`.
/// `process_*` (CPU, memory, file descriptors) are on the default registry from the start.
///
/// `process` says which process this is, for example `edge` or `chat`.
pub fn init(process: &str) {
    static BUILD_INFO: std::sync::LazyLock<IntGaugeVec> = std::sync::LazyLock::new(|| {
        gauge_vec(
            "warren_build_info",
            "Always 1; the labels say what runs",
            &["process", "version"],
        )
    });
    BUILD_INFO
        .with_label_values(&[process, env!("CARGO_PKG_VERSION")])
        .set(1);
}

/// A counter.
#[must_use]
pub fn counter(name: &str, help: &str) -> IntCounter {
    registered(name, IntCounter::new(name, help))
}

/// Counters told apart by labels.
#[must_use]
pub fn counter_vec(name: &str, help: &str, labels: &[&str]) -> IntCounterVec {
    registered(name, IntCounterVec::new(Opts::new(name, help), labels))
}

/// A gauge.
#[must_use]
pub fn gauge(name: &str, help: &str) -> IntGauge {
    registered(name, IntGauge::new(name, help))
}

/// Gauges told apart by labels.
#[must_use]
pub fn gauge_vec(name: &str, help: &str, labels: &[&str]) -> IntGaugeVec {
    registered(name, IntGaugeVec::new(Opts::new(name, help), labels))
}

/// A histogram with the given upper bounds, for example [`LATENCY_BUCKETS`].
#[must_use]
pub fn histogram(name: &str, help: &str, buckets: &[f64]) -> Histogram {
    let opts = HistogramOpts::new(name, help).buckets(buckets.to_vec());
    registered(name, Histogram::with_opts(opts))
}

/// Histograms with the given upper bounds told apart by labels.
#[must_use]
pub fn histogram_vec(name: &str, help: &str, buckets: &[f64], labels: &[&str]) -> HistogramVec {
    let opts = HistogramOpts::new(name, help).buckets(buckets.to_vec());
    registered(name, HistogramVec::new(opts, labels))
}

/// Puts a metric on the default registry.
#[expect(clippy::panic, reason = "a mistake of the code, see the module")]
fn registered<M: Collector + Clone + 'static>(name: &str, metric: prometheus::Result<M>) -> M {
    let result = metric.and_then(|metric| {
        prometheus::register(Box::new(metric.clone()))?;
        Ok(metric)
    });
    match result {
        Ok(metric) => metric,
        Err(error) => panic!("metric {name}: {error}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn latency_buckets_double_from_half_a_millisecond_to_eight_seconds() {
        assert!(
            LATENCY_BUCKETS
                .windows(2)
                .all(|pair| pair[1] == 2.0 * pair[0])
        );
        assert_eq!(LATENCY_BUCKETS[0], 0.0005);
        assert_eq!(LATENCY_BUCKETS[LATENCY_BUCKETS.len() - 1], 8.192);
    }

    #[test]
    #[should_panic(expected = "metric warren_twice_total")]
    fn a_name_declared_twice_is_a_mistake() {
        let _one = counter("warren_twice_total", "one");
        let _two = counter("warren_twice_total", "two");
    }
}
