//! Edits and deletions of the last messages, as far as notifications show them. Events of different kinds may overtake each
//! other: a message that is told of after its deletion must not be shown.

use std::collections::{HashMap, VecDeque};

use warren_topology::{events::DomainEvent, ids::MessageId};

use super::meaning::excerpt;

/// The most messages that are remembered. What overtakes is seconds early.
const MAX_REMEMBERED: usize = 10_000;

/// What an edit or deletion has made of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Its number among the conversation's changes: of two the greater one counts.
    pub number: i64,
    /// What a notification shows of the message from then on.
    pub content: String,
}

/// The changes of messages that a worker has heard of.
#[derive(Debug, Default)]
pub struct Changes {
    by_message: HashMap<MessageId, Change>,
    order: VecDeque<MessageId>,
}

impl Changes {
    /// Takes in the changes among events; the latest of each message.
    pub fn take(&mut self, events: &[DomainEvent]) -> HashMap<MessageId, Change> {
        let mut changes = HashMap::new();
        for (id, change) in events.iter().filter_map(read) {
            let known = self.by_message.get(&id);
            if known.is_none_or(|known| known.number < change.number) {
                self.remember(id.clone(), change.clone());
            }
            let latest = self.by_message.get(&id).cloned().unwrap_or(change);
            changes.insert(id, latest);
        }
        changes
    }

    /// What has become of a message.
    #[must_use]
    pub fn of(&self, message: &MessageId) -> Option<&Change> {
        self.by_message.get(message)
    }

    fn remember(&mut self, id: MessageId, change: Change) {
        if self.by_message.insert(id.clone(), change).is_some() {
            return;
        }
        self.order.push_back(id);
        if self.order.len() > MAX_REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.by_message.remove(&oldest);
        }
    }
}

fn read(event: &DomainEvent) -> Option<(MessageId, Change)> {
    let (id, number, content) = match event {
        DomainEvent::MessageUpdated(event) => {
            let message = &event.0;
            (&message.id, message.change?, excerpt(&message.content))
        }
        DomainEvent::MessageDeleted(event) => (&event.message_id, event.change, String::new()),
        _ => return None,
    };
    let number = number as i64;
    Some((id.clone(), Change { number, content }))
}

#[cfg(test)]
mod tests {
    use warren_topology::{
        events::MessageDeleted,
        ids::{ConversationId, Seq, UserId},
        payload::Timestamp,
    };

    use super::*;

    fn deletion(seq: u64, change: u64) -> DomainEvent {
        let conversation_id = ConversationId::direct(UserId(1), UserId(2));
        DomainEvent::MessageDeleted(MessageDeleted {
            message_id: MessageId::new(&conversation_id, Seq(seq)),
            conversation_id,
            seq: Seq(seq),
            deleted_by: UserId(1),
            deleted_at: Timestamp::from_millis(0),
            change,
        })
    }

    #[test]
    fn the_latest_change_counts_in_whatever_order_they_come() {
        let mut changes = Changes::default();
        let id = ConversationId::direct(UserId(1), UserId(2));
        let id = MessageId::new(&id, Seq(7));
        for (change, latest) in [(2, 2), (1, 2), (3, 3)] {
            let taken = changes.take(&[deletion(7, change)]);
            assert_eq!(taken[&id].number, latest);
            assert_eq!(changes.of(&id).map(|change| change.number), Some(latest));
        }
    }

    #[test]
    fn only_so_many_are_remembered() {
        let mut changes = Changes::default();
        let events: Vec<_> = (0..2 * MAX_REMEMBERED as u64)
            .map(|seq| deletion(seq, 1))
            .collect();
        changes.take(&events);
        assert_eq!(changes.by_message.len(), MAX_REMEMBERED);
        assert_eq!(changes.order.len(), MAX_REMEMBERED);
    }
}
