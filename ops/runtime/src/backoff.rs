//! How long to wait before the next attempt.

use std::time::Duration;

/// Exponential backoff with full jitter: each wait is drawn evenly from zero to a ceiling that starts
/// at `min` and doubles with every attempt up to `max`.
///
/// The jitter keeps a fleet that lost the same server from coming back all at once (AWS Architecture
/// Blog, "Exponential Backoff And Jitter").
#[derive(Debug, Clone)]
pub struct Backoff {
    /// First ceiling, and the one after [`Backoff::reset`].
    min: Duration,
    /// The ceiling grows no further than this.
    max: Duration,
    /// Ceiling of the next wait.
    ceiling: Duration,
}

impl Backoff {
    /// A backoff whose ceiling runs from `min` to `max` (at least `min`).
    #[must_use]
    pub fn new(min: Duration, max: Duration) -> Self {
        Self {
            min,
            max: max.max(min),
            ceiling: min,
        }
    }

    /// The next wait; never ends.
    #[expect(
        clippy::should_implement_trait,
        reason = "an Iterator would hand out an Option that is never None"
    )]
    pub fn next(&mut self) -> Duration {
        let wait = self.ceiling.mul_f64(rand::random::<f64>());
        self.ceiling = self.ceiling.saturating_mul(2).min(self.max);
        wait
    }

    /// Starts over: call it once an attempt has held.
    pub fn reset(&mut self) {
        self.ceiling = self.min;
    }
}

impl Default for Backoff {
    /// 0.2 s to 2 s: for connections to the broker and the databases. A process holds a handful of them, so trying
    /// often costs little, and service resumes within seconds of the server's return.
    fn default() -> Self {
        Self::new(Duration::from_millis(200), Duration::from_secs(2))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_stay_under_a_ceiling_that_doubles_up_to_the_maximum() {
        for _ in 0..200 {
            let mut backoff = Backoff::default();
            for ceiling in [200, 400, 800, 1_600, 2_000, 2_000] {
                assert!(backoff.next() <= Duration::from_millis(ceiling));
            }
        }
    }

    #[test]
    fn waits_spread_over_the_whole_range() {
        let waits: Vec<_> = (0..1_000)
            .map(|_| Backoff::new(Duration::from_secs(1), Duration::from_secs(1)).next())
            .collect();
        assert!(waits.iter().any(|wait| *wait < Duration::from_millis(100)));
        assert!(waits.iter().any(|wait| *wait > Duration::from_millis(900)));
    }

    #[test]
    fn reset_starts_over() {
        let mut backoff = Backoff::default();
        for _ in 0..20 {
            backoff.next();
        }
        backoff.reset();
        assert!(backoff.next() <= Duration::from_millis(200));
    }
}
