use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use warren_topology::{
    ids::{ConversationId, UserId},
    payload::chat::Typing,
};

/// How often it is told at most that somebody is typing.
const EVERY: Duration = Duration::from_secs(2);
/// After how long without a word clients take it as over.
const OVER: Duration = Duration::from_secs(6);
/// From how many entries on the old ones are looked for.
const MANY: usize = 1_000;

/// What has been told lately of who is typing where.
#[derive(Default)]
pub(super) struct Throttle {
    told: HashMap<(UserId, ConversationId), Told>,
    /// How many entries there were when the old ones were last looked for.
    kept: usize,
}

struct Told {
    /// When it was last told that they are.
    begun: Option<Instant>,
    is_typing: bool,
    at: Instant,
}

impl Throttle {
    /// Whether a signal is to be told: a beginning not too often, an end at once and once.
    pub(super) fn allows(&self, user: UserId, typing: &Typing, now: Instant) -> bool {
        let told = self.told.get(&(user, typing.conversation_id.clone()));
        told.is_none_or(|told| {
            if typing.is_typing {
                told.begun
                    .is_none_or(|begun| now.duration_since(begun) >= EVERY)
            } else {
                told.is_typing || now.duration_since(told.at) >= OVER
            }
        })
    }

    /// Notes that a signal is told.
    pub(super) fn note(&mut self, user: UserId, typing: &Typing, now: Instant) {
        if self.told.len() >= MANY.max(2 * self.kept) {
            self.told
                .retain(|_, told| now.duration_since(told.at) < OVER);
            self.kept = self.told.len();
        }
        let name = (user, typing.conversation_id.clone());
        let told = self.told.entry(name).or_insert(Told {
            begun: None,
            is_typing: false,
            at: now,
        });
        if typing.is_typing {
            told.begun = Some(now);
        }
        (told.is_typing, told.at) = (typing.is_typing, now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typing(is_typing: bool) -> Typing {
        Typing {
            conversation_id: ConversationId::direct(UserId(1), UserId(2)),
            is_typing,
        }
    }

    #[test]
    fn beginnings_are_told_every_two_seconds_and_ends_at_once() {
        let (mut throttle, start) = (Throttle::default(), Instant::now());
        let mut told = |user, is_typing, millis| {
            let (typing, now) = (typing(is_typing), start + Duration::from_millis(millis));
            let allowed = throttle.allows(UserId(user), &typing, now);
            if allowed {
                throttle.note(UserId(user), &typing, now);
            }
            allowed
        };
        assert!(told(1, true, 0));
        assert!(!told(1, true, 1_900));
        assert!(told(2, true, 1_900), "somebody else");
        assert!(told(1, true, 2_000));
        assert!(told(1, false, 2_100));
        assert!(!told(1, false, 2_200), "it is over");
        assert!(!told(1, true, 2_300), "again so soon");
        assert!(!told(1, false, 2_400));
        assert!(told(1, true, 4_000));
    }

    #[test]
    fn what_is_long_over_is_forgotten() {
        let (mut throttle, start) = (Throttle::default(), Instant::now());
        for user in 0..MANY as i64 {
            throttle.note(UserId(user), &typing(true), start);
        }
        throttle.note(UserId(-1), &typing(true), start + OVER);
        assert_eq!(throttle.told.len(), 1);
    }
}
