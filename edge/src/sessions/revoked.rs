use std::{
    collections::{HashMap, VecDeque},
    sync::{PoisonError, RwLock},
    time::{Duration, Instant},
};

/// The most sessions remembered; the oldest go first. Each is remembered for as long as its access tokens can live.
const MAX_REMEMBERED: usize = 200_000;

/// Sessions that have ended although their access tokens have not.
pub(crate) struct Revoked {
    ttl: Duration,
    state: RwLock<State>,
}

#[derive(Default)]
struct State {
    until: HashMap<String, Instant>,
    order: VecDeque<(Instant, String)>,
}

impl Revoked {
    /// Remembers sessions for `ttl`, the life of an access token.
    pub(crate) fn new(ttl: Duration) -> Self {
        Self {
            ttl,
            state: RwLock::default(),
        }
    }

    /// Notes that a session has ended.
    pub(crate) fn add(&self, session: &str) {
        let now = Instant::now();
        let until = now + self.ttl;
        let mut state = self.state.write().unwrap_or_else(PoisonError::into_inner);
        state.until.insert(session.to_owned(), until);
        state.order.push_back((until, session.to_owned()));
        while state.order.front().is_some_and(|(until, _)| *until <= now)
            || state.order.len() > MAX_REMEMBERED
        {
            let Some((until, session)) = state.order.pop_front() else {
                break;
            };
            if state.until.get(&session) == Some(&until) {
                state.until.remove(&session);
            }
        }
    }

    /// Whether a session has ended.
    pub(crate) fn contains(&self, session: &str) -> bool {
        let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
        state
            .until
            .get(session)
            .is_some_and(|until| *until > Instant::now())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_is_forgotten_when_its_tokens_are_dead() {
        let revoked = Revoked::new(Duration::from_secs(60));
        revoked.add("a");
        assert!(revoked.contains("a"));
        assert!(!revoked.contains("b"));

        let short = Revoked::new(Duration::ZERO);
        short.add("a");
        assert!(!short.contains("a"));
        assert!(short.state.read().expect("not poisoned").until.is_empty());
    }
}
