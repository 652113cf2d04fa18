use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use warren_topology::ids::NodeId;

/// Workers silent for this long are forgotten when there are many.
const SILENT: Duration = Duration::from_secs(600);
/// So many senders are many.
const MANY: usize = 1_000;

/// What a broker message's number says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The next one.
    Next,
    /// It was here before.
    Repetition,
    /// Some before it were lost.
    Gap,
}

/// The last number of each sender.
#[derive(Default)]
pub(crate) struct Numbers {
    last: HashMap<NodeId, (u64, Instant)>,
}

impl Numbers {
    /// Judges a number and remembers it. `from_start`: whether this queue has been there since the sender's first, so that
    /// a stranger's first number must be 1.
    pub(crate) fn judge(
        &mut self,
        from: &NodeId,
        n: u64,
        from_start: bool,
        now: Instant,
    ) -> Verdict {
        if let Some((last, seen)) = self.last.get_mut(from) {
            *seen = now;
            if n <= *last {
                return Verdict::Repetition;
            }
            let verdict = if n == *last + 1 {
                Verdict::Next
            } else {
                Verdict::Gap
            };
            *last = n;
            return verdict;
        }
        if self.last.len() >= MANY {
            self.last
                .retain(|_, (_, seen)| now.duration_since(*seen) < SILENT);
        }
        self.last.insert(from.clone(), (n, now));
        if from_start && n != 1 {
            Verdict::Gap
        } else {
            Verdict::Next
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repetitions_and_gaps_are_noticed_per_sender() {
        let mut numbers = Numbers::default();
        let now = Instant::now();
        let (one, other) = (NodeId::fresh("w"), NodeId::fresh("w"));
        assert_eq!(numbers.judge(&one, 1, true, now), Verdict::Next);
        assert_eq!(numbers.judge(&one, 2, true, now), Verdict::Next);
        assert_eq!(numbers.judge(&one, 2, true, now), Verdict::Repetition);
        assert_eq!(numbers.judge(&one, 1, true, now), Verdict::Repetition);
        assert_eq!(numbers.judge(&one, 4, true, now), Verdict::Gap);
        assert_eq!(numbers.judge(&one, 5, true, now), Verdict::Next);
        assert_eq!(numbers.judge(&other, 3, true, now), Verdict::Gap);
        assert_eq!(
            numbers.judge(&NodeId::fresh("w"), 9, false, now),
            Verdict::Next
        );
    }
}
