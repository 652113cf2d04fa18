use std::{
    collections::{HashMap, VecDeque},
    sync::{PoisonError, RwLock},
    time::{Duration, Instant},
};

use warren_topology::ids::UserId;

/// The most changes remembered; the oldest go first. Each is remembered for as long as tokens with other roles can live.
const MAX_REMEMBERED: usize = 100_000;
/// A token that was issued so many milliseconds after a change may still name the roles from before: clocks differ, and
/// it may have been in the making.
const SLACK: i64 = 30_000;

/// Roles that have changed since tokens were issued.
pub(crate) struct RoleChanges {
    ttl: Duration,
    state: RwLock<State>,
}

#[derive(Default)]
struct State {
    changes: HashMap<UserId, Change>,
    order: VecDeque<(Instant, UserId)>,
}

struct Change {
    /// Milliseconds since the Unix epoch.
    at: i64,
    roles: Vec<String>,
    until: Instant,
}

impl RoleChanges {
    /// Remembers changes for `ttl`, the life of an access token.
    pub(crate) fn new(ttl: Duration) -> Self {
        Self {
            ttl,
            state: RwLock::default(),
        }
    }

    /// Notes what roles a user holds since a time. False if that is known, or something later is.
    pub(crate) fn note(&self, user: UserId, roles: Vec<String>, at: i64) -> bool {
        let now = Instant::now();
        let until = now + self.ttl + Duration::from_millis(SLACK as u64);
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        if state
            .changes
            .get(&user)
            .is_some_and(|known| known.at >= at && known.until > now)
        {
            return false;
        }
        state.changes.insert(user, Change { at, roles, until });
        state.order.push_back((until, user));
        while state.order.front().is_some_and(|(until, _)| *until <= now)
            || state.order.len() > MAX_REMEMBERED
        {
            let Some((until, user)) = state.order.pop_front() else {
                break;
            };
            if state
                .changes
                .get(&user)
                .is_some_and(|change| change.until == until)
            {
                state.changes.remove(&user);
            }
        }
        true
    }

    /// The roles of a user, if they have changed since a token was issued (in seconds since the Unix epoch).
    pub(crate) fn since(&self, user: UserId, issued: u64) -> Option<Vec<String>> {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        let change = state.changes.get(&user)?;
        let is_older = (issued as i64).saturating_mul(1_000) <= change.at + SLACK;
        (is_older && change.until > Instant::now()).then(|| change.roles.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roles(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_token_from_before_a_change_speaks_for_the_roles_of_now() {
        let changes = RoleChanges::new(Duration::from_secs(60));
        assert!(changes.note(UserId(1), roles(&["admin", "user"]), 1_000_000));
        assert_eq!(
            changes.since(UserId(1), 900),
            Some(roles(&["admin", "user"]))
        );
        assert_eq!(changes.since(UserId(1), 1_031), None, "a newer token");
        assert_eq!(changes.since(UserId(2), 900), None, "somebody else");
    }

    #[test]
    fn the_later_change_counts_in_whatever_order_they_come() {
        let changes = RoleChanges::new(Duration::from_secs(60));
        assert!(changes.note(UserId(1), roles(&["user"]), 2_000));
        assert!(!changes.note(UserId(1), roles(&["admin"]), 1_000));
        assert!(!changes.note(UserId(1), roles(&["user"]), 2_000), "again");
        assert_eq!(changes.since(UserId(1), 1), Some(roles(&["user"])));
    }
}
