//! A set of a conversation's sequence numbers. They are dense and start at 1, so a bitmap is the smallest form.

use std::ops::RangeInclusive;

/// Numbers above are taken for garbage and not stored: 2^28 would be a bitmap of 32 MiB.
const LIMIT: u64 = 1 << 28;

/// The set.
#[derive(Clone, Debug, Default)]
pub(crate) struct SeqSet {
    words: Vec<u64>,
}

impl SeqSet {
    /// Adds a number; false if it was there.
    pub(crate) fn insert(&mut self, seq: u64) -> bool {
        if seq >= LIMIT {
            return true;
        }
        let (word, bit) = place(seq);
        if word >= self.words.len() {
            self.words.resize(word + 1, 0);
        }
        let new = self.words[word] & bit == 0;
        self.words[word] |= bit;
        new
    }

    /// How many lie in the range.
    pub(crate) fn count_in(&self, range: RangeInclusive<u64>) -> u64 {
        let (from, to) = (*range.start(), (*range.end()).min(LIMIT - 1));
        if from > to || self.words.is_empty() {
            return 0;
        }
        let (first, last) = (place(from).0, place(to).0.min(self.words.len() - 1));
        let mut count = 0;
        for index in first..=last {
            let mut word = self.words[index];
            if index == place(from).0 {
                word &= u64::MAX << (from % 64);
            }
            if index == place(to).0 {
                word &= u64::MAX >> (63 - to % 64);
            }
            count += u64::from(word.count_ones());
        }
        count
    }

    /// How many of these are missing from `other`.
    pub(crate) fn missing_from(&self, other: &Self) -> u64 {
        self.words
            .iter()
            .enumerate()
            .map(|(index, word)| word & !other.words.get(index).copied().unwrap_or(0))
            .map(|word| u64::from(word.count_ones()))
            .sum()
    }
}

/// Word and bit of a number; it is below `LIMIT`, which fits any `usize`.
fn place(seq: u64) -> (usize, u64) {
    ((seq / 64) as usize, 1 << (seq % 64))
}

/// What one connection saw of one conversation: every number once, never backwards.
#[derive(Debug, Default)]
pub(crate) struct Arrivals {
    /// What came.
    pub(crate) seen: SeqSet,
    high: u64,
}

/// How an event stands to those before it on the same connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// Higher than all before.
    InOrder,
    /// New, but lower than one before.
    Late,
    /// Seen before.
    Double,
}

impl Arrivals {
    /// Notes an event.
    pub(crate) fn observe(&mut self, seq: u64) -> Arrival {
        if !self.seen.insert(seq) {
            return Arrival::Double;
        }
        if seq < self.high {
            return Arrival::Late;
        }
        self.high = seq;
        Arrival::InOrder
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(numbers: impl IntoIterator<Item = u64>) -> SeqSet {
        let mut set = SeqSet::default();
        for number in numbers {
            set.insert(number);
        }
        set
    }

    #[test]
    fn a_number_counts_once() {
        let mut numbers = set([1, 64]);
        assert!(!numbers.insert(64));
        assert!(numbers.insert(63));
        assert_eq!(numbers.count_in(0..=u64::MAX), 3);
    }

    #[test]
    fn ranges_count_both_ends() {
        let numbers = set(1..=200);
        assert_eq!(numbers.count_in(1..=200), 200);
        assert_eq!(numbers.count_in(63..=64), 2);
        assert_eq!(numbers.count_in(0..=0), 0);
        assert_eq!(numbers.count_in(200..=u64::MAX), 1);
        assert_eq!(numbers.count_in(RangeInclusive::new(128, 127)), 0);
        assert_eq!(numbers.count_in(1000..=2000), 0);
        assert_eq!(SeqSet::default().count_in(0..=9), 0);
    }

    #[test]
    fn missing_are_those_the_other_has_not() {
        assert_eq!(
            set(1..=100).missing_from(&set((1..=100).filter(|n| n % 10 != 0))),
            10
        );
        assert_eq!(set([500]).missing_from(&SeqSet::default()), 1);
        assert_eq!(set([1]).missing_from(&set(1..=300)), 0);
    }

    #[test]
    fn garbage_does_not_eat_the_memory() {
        assert_eq!(set([u64::MAX]).count_in(0..=u64::MAX), 0);
    }

    #[test]
    fn doubles_and_late_events_are_told_apart() {
        let mut arrivals = Arrivals::default();
        let seen: Vec<Arrival> = [1, 2, 4, 3, 4, 5]
            .into_iter()
            .map(|seq| arrivals.observe(seq))
            .collect();
        use Arrival::{Double, InOrder, Late};
        assert_eq!(seen, [InOrder, InOrder, InOrder, Late, Double, InOrder]);
    }
}
