use std::{
    collections::{BTreeSet, HashSet},
    sync::{Mutex, MutexGuard, PoisonError},
};

use tokio::sync::Notify;
use warren_topology::ids::UserId;

/// The topics to which one socket is subscribed: few, so a list is enough, and nothing is allocated for none.
#[derive(Debug, Default)]
pub(crate) struct Topics(Mutex<Vec<Topic>>);

#[derive(Debug)]
struct Topic {
    name: Box<str>,
    /// The last command that asked for it: only the answer to that counts.
    command: u64,
    /// Whether that command has succeeded.
    is_granted: bool,
}

impl Topics {
    fn topics(&self) -> MutexGuard<'_, Vec<Topic>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes that a command asks for a topic; until its outcome is known the topic is as it was. False if there are `most`.
    pub(crate) fn ask(&self, name: &str, command: u64, most: usize) -> bool {
        let mut topics = self.topics();
        if let Some(topic) = topics.iter_mut().find(|topic| *topic.name == *name) {
            topic.command = command;
            return true;
        }
        if topics.len() >= most {
            return false;
        }
        topics.push(Topic {
            name: name.into(),
            command,
            is_granted: false,
        });
        true
    }

    /// Takes in what has become of a command that asked for a topic, unless something else was asked for since. Like the
    /// other ways to change subscriptions it returns whether any has changed.
    pub(crate) fn decide(&self, command: u64, is_granted: bool) -> bool {
        let mut topics = self.topics();
        let Some(place) = topics.iter().position(|topic| topic.command == command) else {
            return false;
        };
        let was_granted = topics[place].is_granted;
        if is_granted {
            topics[place].is_granted = true;
        } else {
            topics.swap_remove(place);
        }
        was_granted != is_granted
    }

    /// Ends a subscription, or the wish for one.
    pub(crate) fn end(&self, name: &str) -> bool {
        let mut topics = self.topics();
        let place = topics.iter().position(|topic| *topic.name == *name);
        place.is_some_and(|place| topics.swap_remove(place).is_granted)
    }

    /// Ends all of them.
    pub(crate) fn clear(&self) -> bool {
        let topics = std::mem::take(&mut *self.topics());
        topics.iter().any(|topic| topic.is_granted)
    }

    /// Whether the socket is subscribed to a topic.
    pub(crate) fn has(&self, name: &str) -> bool {
        let topics = self.topics();
        topics
            .iter()
            .any(|topic| topic.is_granted && *topic.name == *name)
    }

    /// Adds all topics to which the socket is subscribed.
    pub(crate) fn add_to(&self, names: &mut BTreeSet<String>) {
        let topics = self.topics();
        let granted = topics.iter().filter(|topic| topic.is_granted);
        names.extend(granted.map(|topic| topic.name.to_string()));
    }
}

/// Whose subscriptions have changed since they were announced.
#[derive(Debug, Default)]
pub(crate) struct Unannounced {
    people: Mutex<HashSet<UserId>>,
    changed: Notify,
}

impl Unannounced {
    /// Notes that subscriptions of somebody have changed.
    pub(crate) fn note(&self, user: UserId) {
        self.people().insert(user);
        self.changed.notify_one();
    }

    /// Waits until somebody may have been noted. One task may wait.
    pub(crate) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Whoever was noted since the last call.
    pub(crate) fn take(&self) -> HashSet<UserId> {
        std::mem::take(&mut *self.people())
    }

    fn people(&self) -> MutexGuard<'_, HashSet<UserId>> {
        self.people.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_topic_is_there_once_it_is_granted_and_until_it_is_ended() {
        let topics = Topics::default();
        assert!(topics.ask("a", 1, 2));
        assert!(!topics.has("a"));
        topics.decide(1, true);
        assert!(topics.has("a") && !topics.has("b"));
        topics.end("a");
        assert!(!topics.has("a"));
    }

    #[test]
    fn what_was_asked_last_counts_whatever_is_answered_last() {
        let topics = Topics::default();
        assert!(topics.ask("a", 1, 2));
        topics.end("a");
        topics.decide(1, true);
        assert!(!topics.has("a"), "left before the answer came");
        assert!(topics.ask("a", 2, 2) && topics.ask("a", 3, 2));
        topics.decide(3, true);
        topics.decide(2, false);
        assert!(topics.has("a"));
        assert!(topics.ask("a", 4, 2));
        topics.decide(4, false);
        assert!(!topics.has("a"), "refused now");
    }

    #[test]
    fn topics_are_bounded() {
        let topics = Topics::default();
        assert!(topics.ask("a", 1, 2) && topics.ask("b", 2, 2));
        assert!(!topics.ask("c", 3, 2));
        assert!(topics.ask("a", 4, 2), "it has its place");
        topics.decide(2, false);
        assert!(topics.ask("c", 5, 2));
        topics.clear();
        assert!(topics.ask("d", 6, 1));
    }
}
