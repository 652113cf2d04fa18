//! Up to where conversations are indexed. A conversation's messages are numbered without holes, and their events come in
//! order: a number that is left out is an event that was lost.

use std::collections::{HashMap, HashSet};

use futures_util::future::try_join_all;
use mongodb::error::Error;
use warren_topology::ids::{ConversationId, MessageId, Seq};

use crate::chat::search::index::Index;

/// The most conversations that are remembered; of others the index is asked.
const MAX_KNOWN: usize = 100_000;

/// The last message of each conversation that is indexed, or about to be.
#[derive(Default)]
pub(super) struct Places {
    last: HashMap<ConversationId, Seq>,
}

/// Messages of a conversation between two others.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Gap {
    pub(super) conversation: ConversationId,
    pub(super) after: Seq,
    pub(super) before: Seq,
}

impl Places {
    /// What is left out between the messages known and these, and between them.
    ///
    /// # Errors
    /// When the index cannot be asked.
    pub(super) async fn gaps<'a>(
        &mut self,
        index: &Index,
        ids: impl Iterator<Item = &'a MessageId> + Clone,
    ) -> Result<Vec<Gap>, Error> {
        if self.last.len() > MAX_KNOWN {
            self.last.clear();
        }
        let all: HashSet<ConversationId> = ids.clone().map(MessageId::conversation).collect();
        let new = all.into_iter().filter(|id| !self.last.contains_key(id));
        let asked = new.map(async |id| {
            let last = index.last_of(&id).await?;
            Ok::<_, Error>((id, last))
        });
        self.last.extend(try_join_all(asked).await?);

        let mut gaps = Vec::new();
        let mut reached: HashMap<ConversationId, Seq> = HashMap::new();
        for id in ids {
            let conversation = id.conversation();
            let known = reached
                .get(&conversation)
                .or_else(|| self.last.get(&conversation));
            let after = known.copied().unwrap_or(Seq(0));
            let before = id.seq();
            if before > after.next() {
                gaps.push(Gap {
                    conversation: conversation.clone(),
                    after,
                    before,
                });
            }
            reached.insert(conversation, after.max(before));
        }
        Ok(gaps)
    }

    /// These are indexed, and what was missing before them.
    pub(super) fn reach<'a>(&mut self, ids: impl Iterator<Item = &'a MessageId>) {
        for id in ids {
            let last = self.last.entry(id.conversation()).or_insert(Seq(0));
            *last = (*last).max(id.seq());
        }
    }
}
