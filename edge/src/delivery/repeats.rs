use std::{
    collections::{HashMap, HashSet, VecDeque, hash_map::RandomState},
    hash::BuildHasher,
    time::{Duration, Instant},
};

use warren_topology::ids::UserId;

/// The pushes of the last minute or so: who was sent what, and when in the order of joins and pushes. Bounded by age and
/// by the number of recipients; what falls out early is delivered twice at worst, and clients drop it by its id.
pub(crate) struct Repeats {
    window: Duration,
    most_recipients: usize,
    hasher: RandomState,
    /// The newest record of each key, by its place in the order of all records ever.
    newest: HashMap<u64, u64>,
    records: VecDeque<Record>,
    /// How many records have been dropped: the place of the first.
    dropped: u64,
    recipients: usize,
}

struct Record {
    at: Instant,
    key: u64,
    stamp: u64,
    to: Box<[UserId]>,
    /// The place of the record before this one with the same key.
    previous: Option<u64>,
}

impl Repeats {
    pub(crate) fn new(window: Duration, most_recipients: usize) -> Self {
        Self {
            window,
            most_recipients,
            hasher: RandomState::new(),
            newest: HashMap::new(),
            records: VecDeque::new(),
            dropped: 0,
            recipients: 0,
        }
    }

    /// Stands for the key of a push.
    pub(crate) fn key(&self, key: &str) -> u64 {
        self.hasher.hash_one(key)
    }

    /// For each user the stamp of the last time that this push was delivered to them; zero if it never was. `None` if it
    /// was delivered to nobody, as is the rule.
    pub(crate) fn floors(&self, key: u64, to: &[UserId]) -> Option<Vec<u64>> {
        let newest = *self.newest.get(&key)?;
        let mut floors = vec![0; to.len()];
        let mut place = Some(newest);
        while let Some(record) = place.and_then(|place| self.at(place)) {
            let named: HashSet<UserId> = record.to.iter().copied().collect();
            for (floor, user) in floors.iter_mut().zip(to) {
                if named.contains(user) {
                    *floor = (*floor).max(record.stamp);
                }
            }
            place = record.previous;
        }
        Some(floors)
    }

    /// Remembers a delivery.
    pub(crate) fn record(&mut self, key: u64, to: Vec<UserId>, stamp: u64, now: Instant) {
        let previous = self
            .newest
            .insert(key, self.dropped + self.records.len() as u64);
        self.recipients += to.len();
        self.records.push_back(Record {
            at: now,
            key,
            stamp,
            to: to.into_boxed_slice(),
            previous,
        });
        self.forget(now);
    }

    fn at(&self, place: u64) -> Option<&Record> {
        self.records
            .get(usize::try_from(place.checked_sub(self.dropped)?).ok()?)
    }

    fn forget(&mut self, now: Instant) {
        while let Some(first) = self.records.front()
            && (self.recipients > self.most_recipients
                || now.duration_since(first.at) > self.window)
        {
            self.recipients -= first.to.len();
            if self.newest.get(&first.key) == Some(&self.dropped) {
                self.newest.remove(&first.key);
            }
            self.records.pop_front();
            self.dropped += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn users(ids: &[i64]) -> Vec<UserId> {
        ids.iter().copied().map(UserId).collect()
    }

    #[test]
    fn a_user_has_had_what_was_recorded_for_them() {
        let mut repeats = Repeats::new(Duration::from_secs(60), 100);
        let now = Instant::now();
        repeats.record(1, users(&[1, 2]), 10, now);
        repeats.record(2, users(&[1]), 11, now);
        repeats.record(1, users(&[3]), 12, now);
        assert_eq!(
            repeats.floors(1, &users(&[1, 2, 3, 4])),
            Some(vec![10, 10, 12, 0])
        );
        assert_eq!(repeats.floors(2, &users(&[2, 1])), Some(vec![0, 11]));
        assert_eq!(repeats.floors(3, &users(&[1])), None);
        repeats.record(1, users(&[1]), 13, now);
        assert_eq!(repeats.floors(1, &users(&[1, 2])), Some(vec![13, 10]));
    }

    #[test]
    fn what_is_old_is_forgotten() {
        let mut repeats = Repeats::new(Duration::from_secs(60), 100);
        let start = Instant::now();
        repeats.record(1, users(&[1]), 10, start);
        repeats.record(1, users(&[2]), 11, start + Duration::from_secs(50));
        repeats.record(2, users(&[1]), 12, start + Duration::from_secs(61));
        assert_eq!(repeats.floors(1, &users(&[1, 2])), Some(vec![0, 11]));
    }

    #[test]
    fn the_number_of_recipients_is_bounded() {
        let mut repeats = Repeats::new(Duration::from_secs(60), 3);
        let now = Instant::now();
        repeats.record(1, users(&[1, 2]), 10, now);
        repeats.record(2, users(&[1]), 11, now);
        repeats.record(3, users(&[1]), 12, now);
        assert_eq!(repeats.floors(1, &users(&[1])), None);
        assert_eq!(repeats.floors(2, &users(&[1])), Some(vec![11]));
        assert_eq!(
            (
                repeats.newest.len(),
                repeats.records.len(),
                repeats.recipients
            ),
            (2, 2, 2)
        );
    }
}
