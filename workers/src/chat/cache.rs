//! The conversations of a lane's partitions in memory, bounded.

use std::collections::HashMap;

use warren_topology::ids::{ConversationId, Partition};

use super::{conversation::Conversation, metrics};

/// Conversations, the least recently used going first.
pub struct Cache {
    entries: HashMap<ConversationId, (Conversation, u64)>,
    capacity: usize,
    clock: u64,
}

impl Cache {
    /// An empty cache for about `capacity` conversations; one batch may exceed it.
    #[must_use]
    pub fn new(capacity: usize) -> Self {
        Self {
            entries: HashMap::new(),
            capacity,
            clock: 0,
        }
    }

    /// Whether a conversation is here.
    #[must_use]
    pub fn contains(&self, id: &ConversationId) -> bool {
        self.entries.contains_key(id)
    }

    /// A conversation, to look at.
    #[must_use]
    pub fn get(&self, id: &ConversationId) -> Option<&Conversation> {
        self.entries.get(id).map(|(conversation, _)| conversation)
    }

    /// A conversation, to change.
    pub fn get_mut(&mut self, id: &ConversationId) -> Option<&mut Conversation> {
        let (conversation, used) = self.entries.get_mut(id)?;
        *used = self.clock;
        Some(conversation)
    }

    /// Puts a conversation in.
    pub fn insert(&mut self, conversation: Conversation) {
        self.entries
            .insert(conversation.doc.id.clone(), (conversation, self.clock));
    }

    /// Takes a conversation out.
    pub fn remove(&mut self, id: &ConversationId) {
        self.entries.remove(id);
    }

    /// Takes everything out.
    pub fn clear(&mut self) {
        self.entries.clear();
    }

    /// Takes a partition's conversations out: another worker may change them from now on.
    pub fn remove_partition(&mut self, partition: Partition, count: u16) {
        self.entries
            .retain(|id, _| Partition::of(id, count) != partition);
    }

    /// Begins a batch: makes room if there is too much, dropping what was used longest ago.
    pub fn begin(&mut self) {
        if self.entries.len() > self.capacity {
            let mut used: Vec<u64> = self.entries.values().map(|(_, used)| *used).collect();
            let (_, median, _) = used.select_nth_unstable(self.entries.len() / 2);
            let median = *median;
            self.entries.retain(|_, (_, used)| *used > median);
        }
        self.clock += 1;
        metrics::CACHED.set(self.entries.len() as i64);
    }
}

#[cfg(test)]
mod tests {
    use warren_topology::{ids::UserId, payload::chat::ConversationType};

    use super::*;

    fn direct(n: i64) -> Conversation {
        let id = ConversationId::direct(UserId(n), UserId(n + 1));
        Conversation::create(
            id,
            ConversationType::Direct,
            None,
            UserId(n),
            &[UserId(n + 1)],
            "c",
        )
    }

    #[test]
    fn the_least_recently_used_go_first() {
        let mut cache = Cache::new(10);
        for n in 1..=30 {
            cache.begin();
            cache.insert(direct(n));
            assert!(cache.get_mut(&direct(1).doc.id).is_some(), "in use");
        }
        assert!(cache.entries.len() <= 11, "{}", cache.entries.len());
    }

    #[test]
    fn a_partition_given_up_leaves_nothing_behind() {
        let mut cache = Cache::new(1_000);
        (1..100).for_each(|n| cache.insert(direct(n)));
        let gone = Partition::of(&direct(1).doc.id, 4);
        cache.remove_partition(gone, 4);
        assert!(!cache.contains(&direct(1).doc.id));
        assert!(cache.entries.keys().all(|id| Partition::of(id, 4) != gone));
        assert!(!cache.entries.is_empty());
    }
}
