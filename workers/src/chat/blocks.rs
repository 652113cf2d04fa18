//! Blocks between two people, as far as they concern their direct conversation: nothing can be written in it, and it
//! cannot be begun.
//!
//! The users pool decides and tells; what it told is kept here, in the collection `blocks`, and read together with the
//! conversation, so that no message costs a question. A block travels in order with the conversation's other commands, as
//! an internal command that no client can send: edges know only the actions of the table.

use std::collections::HashSet;

use mongodb::{
    Collection,
    bson::{Document, doc},
    error::Error,
};
use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};
use warren_runtime::trace::TraceParent;
use warren_topology::{
    actions::ChatAction,
    envelope::Command,
    failure::Failure,
    ids::{ConversationId, UserId},
    payload::unix_millis,
};

use super::store::Store;

/// What the internal command is called.
const ACTION: &str = "internal:block";
/// The collection.
const COLLECTION: &str = "blocks";

/// Somebody has blocked the other one of two people, or taken that back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct BlockChange {
    /// Who does not want to hear from the other.
    pub user_id: UserId,
    /// Of whom.
    pub other_id: UserId,
    /// Whether it is so now.
    pub blocked: bool,
    /// Grows with every change of this pair: of two that come in the wrong order, or again, the larger counts.
    pub version: i64,
}

impl BlockChange {
    /// The conversation that it concerns, whether it exists or not.
    #[must_use]
    pub fn conversation(&self) -> ConversationId {
        ConversationId::direct(self.user_id, self.other_id)
    }

    /// The command that tells the owner of the conversation.
    ///
    /// # Errors
    /// When it has no JSON form.
    pub fn to_command(&self, trace: TraceParent) -> serde_json::Result<Vec<u8>> {
        let payload = to_raw_value(self)?;
        let now = unix_millis();
        serde_json::to_vec(&Command {
            id: format!("block-{}", self.version).into(),
            action: ACTION.into(),
            caller: None,
            origin: None,
            trace,
            accepted: now,
            deadline: now,
            payload: &payload,
        })
    }

    /// Reads such a command; `None` for any other.
    #[must_use]
    pub fn read(raw: &RawValue) -> Option<Self> {
        // Nearly all commands are others, and are read where they are handled.
        if !raw.get().contains(ACTION) {
            return None;
        }
        let command: Command<'_> = serde_json::from_str(raw.get()).ok()?;
        if command.action != ACTION {
            return None;
        }
        serde_json::from_str(command.payload.get()).ok()
    }
}

/// The direct conversations in memory in which nothing can be written.
pub struct Blocks {
    store: Store,
    collection: Collection<Document>,
    blocked: HashSet<ConversationId>,
}

impl Blocks {
    /// Kept in this store.
    #[must_use]
    pub fn new(store: &Store) -> Self {
        Self {
            store: store.clone(),
            collection: store.database.collection(COLLECTION),
            blocked: HashSet::new(),
        }
    }

    /// Stores changes. What is stored of conversations in memory must be loaded again then.
    ///
    /// # Errors
    /// When MongoDB fails; repeating it is safe.
    pub async fn save(&self, changes: &[BlockChange]) -> Result<(), Error> {
        let update = |change: &BlockChange| {
            let field = format!("by.{}", change.user_id);
            // What is newer stays: then the filter finds nothing, and the insertion clashes, which counts as done.
            doc! {
                "q": { "_id": change.conversation().as_str(), (format!("{field}.version")): { "$not": { "$gte": change.version } } },
                "u": { "$set": { field: { "version": change.version, "blocked": change.blocked } } },
                "upsert": true,
            }
        };
        // One by one where two are of the same pair: the store does them in any order.
        for change in changes {
            self.store.update(COLLECTION, vec![update(change)]).await?;
        }
        Ok(())
    }

    /// Loads what is stored of conversations, whether they exist or not.
    ///
    /// # Errors
    /// When MongoDB fails.
    pub async fn load(&mut self, ids: &[&ConversationId]) -> Result<(), Error> {
        if ids.iter().all(|id| id.pair().is_none()) {
            return Ok(());
        }
        let blocked = self.blocked(ids).await?;
        for id in ids {
            if blocked.contains(*id) {
                self.blocked.insert((*id).clone());
            } else {
                self.blocked.remove(*id);
            }
        }
        Ok(())
    }

    /// Those conversations in which nothing can be written, whether they exist or not, as it is stored.
    ///
    /// # Errors
    /// When MongoDB fails.
    pub async fn blocked(&self, ids: &[&ConversationId]) -> Result<HashSet<ConversationId>, Error> {
        let direct = ids.iter().filter(|id| id.pair().is_some());
        let direct: Vec<&str> = direct.map(|id| id.as_str()).collect();
        let mut blocked = HashSet::new();
        if direct.is_empty() {
            return Ok(blocked);
        }
        let mut found = self
            .collection
            .find(doc! { "_id": { "$in": &direct } })
            .await?;
        while found.advance().await? {
            let known = found.deserialize_current()?;
            let is_blocked = known.get_document("by").is_ok_and(|by| {
                by.values().any(|one| {
                    one.as_document()
                        .is_some_and(|one| one.get_bool("blocked").unwrap_or(false))
                })
            });
            let id = known.get_str("_id").ok().and_then(|id| id.parse().ok());
            blocked.extend(id.filter(|_| is_blocked));
        }
        Ok(blocked)
    }

    /// Forgets those that are not in memory any more.
    pub fn keep(&mut self, in_memory: impl Fn(&ConversationId) -> bool) {
        self.blocked.retain(in_memory);
    }

    /// Whether what somebody wants to do must not be.
    ///
    /// # Errors
    /// `FORBIDDEN`.
    pub fn check(
        &self,
        action: &str,
        id: &ConversationId,
        user: UserId,
        exists: bool,
    ) -> Result<(), Failure> {
        let writes = match ChatAction::parse(action) {
            Some(ChatAction::SendMessage | ChatAction::EditMessage | ChatAction::Accept) => true,
            Some(ChatAction::CreateConversation) => !exists,
            _ => false,
        };
        let is_theirs = || {
            id.pair()
                .is_some_and(|(one, other)| user == one || user == other)
        };
        if writes && self.blocked.contains(id) && is_theirs() {
            return Err(Failure::forbidden(
                "One of you has blocked the other, so nothing can be written here.",
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_internal_command_is_one() {
        let change = BlockChange {
            user_id: UserId(7),
            other_id: UserId(3),
            blocked: true,
            version: 5,
        };
        let command = change.to_command(TraceParent::new()).expect("JSON");
        let command = String::from_utf8(command).expect("UTF-8");
        let raw = RawValue::from_string(command.clone()).expect("JSON");
        assert_eq!(BlockChange::read(&raw), Some(change.clone()));
        assert_eq!(change.conversation().as_str(), "d3-7");
        let other = command.replacen(ACTION, "message:send", 1);
        let other = other.replacen(r#""blocked":true"#, &format!(r#""content":"{ACTION}""#), 1);
        let raw = RawValue::from_string(other).expect("JSON");
        assert_eq!(BlockChange::read(&raw), None);
    }
}
