//! One monotonic clock for the whole run, in microseconds, small enough to travel inside a message.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

static START: OnceLock<Instant> = OnceLock::new();

/// Microseconds since the first call in this process.
pub(crate) fn micros() -> u64 {
    let start = START.get_or_init(Instant::now);
    u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX)
}

/// The instant of a time given by [`micros`].
pub(crate) fn instant(micros: u64) -> Instant {
    *START.get_or_init(Instant::now) + Duration::from_micros(micros)
}

/// A duration in whole microseconds.
pub(crate) fn as_micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
