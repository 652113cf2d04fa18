//! Compares who is connected with what was told.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use warren_topology::{ids::UserId, payload::Timestamp};

/// A change to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Change {
    /// Who.
    pub user: UserId,
    /// Whether they came, or went.
    pub online: bool,
    /// When they came, or were last there.
    pub since: Timestamp,
}

/// Somebody who was told to be there.
#[derive(Debug)]
struct Told {
    /// When they were last connected, in milliseconds since the Unix epoch.
    seen: i64,
}

/// What was told of whom.
#[derive(Debug, Default)]
pub struct Tracker {
    told: HashMap<UserId, Told>,
}

impl Tracker {
    /// Begins with those who were told to be there; they have a grace to be found so, from `now` (milliseconds since the
    /// Unix epoch).
    #[must_use]
    pub fn new(told: impl IntoIterator<Item = UserId>, now: i64) -> Self {
        let told = told.into_iter().map(|user| (user, Told { seen: now }));
        Self {
            told: told.collect(),
        }
    }

    /// What there is to tell, at most `most` changes: who is connected and was not told to be, and who was and has not been
    /// connected for `grace`. It counts as told once [`Tracker::told`] says so.
    pub fn compare(
        &mut self,
        connected: &HashSet<UserId>,
        grace: Duration,
        most: usize,
        now: i64,
    ) -> Vec<Change> {
        let mut changes = Vec::new();
        for user in connected {
            match self.told.get_mut(user) {
                Some(told) => told.seen = now,
                None if changes.len() < most => changes.push(Change {
                    user: *user,
                    online: true,
                    since: Timestamp::from_millis(now),
                }),
                None => {}
            }
        }
        let horizon = now - grace.as_millis() as i64;
        let gone = self
            .told
            .iter()
            .filter(|(user, told)| told.seen <= horizon && !connected.contains(user));
        let gone = gone.map(|(user, told)| Change {
            user: *user,
            online: false,
            since: Timestamp::from_millis(told.seen),
        });
        // Both get on: neither an onrush nor a mass departure holds the other up for long.
        let room = most.saturating_sub(changes.len()).max(most / 2);
        let gone: Vec<Change> = gone.take(room).collect();
        changes.truncate(most - gone.len().min(most));
        changes.extend(gone);
        changes
    }

    /// Notes that changes are stored and told.
    pub fn told(&mut self, changes: &[Change]) {
        for change in changes {
            if change.online {
                let seen = change.since.as_millis();
                self.told.insert(change.user, Told { seen });
            } else {
                self.told.remove(&change.user);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GRACE: Duration = Duration::from_millis(100);

    fn people(ids: &[i64]) -> HashSet<UserId> {
        ids.iter().map(|id| UserId(*id)).collect()
    }

    fn step(tracker: &mut Tracker, connected: &[i64], now: i64) -> Vec<(i64, bool, i64)> {
        let changes = tracker.compare(&people(connected), GRACE, 10, now);
        tracker.told(&changes);
        let mut changes: Vec<_> = changes
            .iter()
            .map(|change| (change.user.0, change.online, change.since.as_millis()))
            .collect();
        changes.sort_unstable();
        changes
    }

    #[test]
    fn who_comes_back_in_time_was_never_gone() {
        let mut tracker = Tracker::default();
        assert_eq!(step(&mut tracker, &[1, 2], 0), [(1, true, 0), (2, true, 0)]);
        assert_eq!(step(&mut tracker, &[1, 2], 50), []);
        assert_eq!(step(&mut tracker, &[1], 120), []);
        assert_eq!(step(&mut tracker, &[1, 2], 140), []);
        assert_eq!(step(&mut tracker, &[1], 200), []);
        assert_eq!(step(&mut tracker, &[1], 240), [(2, false, 140)]);
        assert_eq!(step(&mut tracker, &[1], 999), []);
    }

    #[test]
    fn a_new_leader_goes_on_from_what_was_told() {
        let mut tracker = Tracker::new([UserId(1), UserId(2)], 1_000);
        assert_eq!(step(&mut tracker, &[], 1_050), []);
        assert_eq!(step(&mut tracker, &[1], 1_090), []);
        assert_eq!(step(&mut tracker, &[1], 1_100), [(2, false, 1_000)]);
    }

    #[test]
    fn an_onrush_is_told_bit_by_bit_and_holds_up_no_departure() {
        let everybody: Vec<i64> = (1..=35).collect();
        let mut tracker = Tracker::new((100..130).map(UserId), 0);
        let (mut came, mut gone) = (0, 0);
        for tick in 1..=8 {
            let changes = step(&mut tracker, &everybody, 1_000 * tick);
            assert!(changes.len() <= 10, "{changes:?}");
            if tick <= 3 {
                assert!(changes.iter().any(|change| change.1), "{changes:?}");
                assert!(changes.iter().any(|change| !change.1), "{changes:?}");
            }
            came += changes.iter().filter(|change| change.1).count();
            gone += changes.iter().filter(|change| !change.1).count();
        }
        assert_eq!((came, gone), (35, 30));
    }
}
