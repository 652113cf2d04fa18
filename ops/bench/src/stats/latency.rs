//! Latencies as a histogram with three significant digits (hdrhistogram), in microseconds.

use std::sync::{Mutex, PoisonError};

use hdrhistogram::Histogram;
use serde::Serialize;

/// Longer ones are counted as this: five minutes.
const MAX: u64 = 300_000_000;

/// A histogram any task may add to.
#[derive(Debug)]
pub(crate) struct Latency(Mutex<Option<Histogram<u64>>>);

/// The figures of a histogram, in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub(crate) struct LatencyMs {
    /// How many values.
    pub(crate) count: u64,
    /// Half of them took at most this.
    pub(crate) p50: f64,
    /// 95 of 100 took at most this.
    pub(crate) p95: f64,
    /// 99 of 100 took at most this.
    pub(crate) p99: f64,
    /// The longest.
    pub(crate) max: f64,
}

impl Default for Latency {
    fn default() -> Self {
        // The bounds are constants hdrhistogram accepts (a test creates one), so `None` never happens.
        Self(Mutex::new(Histogram::new_with_bounds(1, MAX, 3).ok()))
    }
}

impl Latency {
    /// Adds one value in microseconds.
    pub(crate) fn record(&self, micros: u64) {
        if let Some(histogram) = self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .as_mut()
        {
            histogram.saturating_record(micros.clamp(1, MAX));
        }
    }

    /// How many values there are.
    pub(crate) fn count(&self) -> u64 {
        let histogram = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        histogram.as_ref().map_or(0, Histogram::len)
    }

    /// The figures so far.
    pub(crate) fn figures(&self) -> LatencyMs {
        match self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .as_ref()
        {
            Some(histogram) if !histogram.is_empty() => LatencyMs {
                count: histogram.len(),
                p50: milliseconds(histogram.value_at_quantile(0.50)),
                p95: milliseconds(histogram.value_at_quantile(0.95)),
                p99: milliseconds(histogram.value_at_quantile(0.99)),
                max: milliseconds(histogram.max()),
            },
            _ => LatencyMs::default(),
        }
    }
}

#[expect(clippy::cast_precision_loss, reason = "bounded by MAX")]
fn milliseconds(micros: u64) -> f64 {
    micros as f64 / 1000.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_the_values() {
        let latency = Latency::default();
        for value in 1..=1000 {
            latency.record(value * 1000);
        }
        let figures = latency.figures();
        assert_eq!(figures.count, 1000);
        for (found, expected) in [
            (figures.p50, 500.0),
            (figures.p95, 950.0),
            (figures.p99, 990.0),
            (figures.max, 1000.0),
        ] {
            assert!(
                (found - expected).abs() / expected < 0.002,
                "{found} instead of {expected}"
            );
        }
    }

    #[test]
    fn extremes_are_kept_in_bounds() {
        let latency = Latency::default();
        latency.record(0);
        latency.record(u64::MAX);
        assert!(latency.figures().max >= 299_000.0);
        assert_eq!(Latency::default().figures(), LatencyMs::default());
    }
}
