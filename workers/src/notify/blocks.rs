//! Who has blocked whom, as far as notifications are concerned: who has blocked somebody is not notified of what they write
//! in a group that both are in. In direct conversations nothing is written then.

use std::collections::{BTreeSet, HashSet};

use futures_util::TryStreamExt;
use mongodb::{
    Collection,
    bson::{DateTime, Document, doc},
    error::{Error, ErrorKind, WriteFailure},
};
use warren_topology::{
    events::{BlockChanged, DomainEvent},
    ids::UserId,
    payload::chat::ConversationType,
};

use super::store::Store;

const DUPLICATE_KEY: i32 = 11_000;

/// Who has blocked whom: the first does not want to hear from the second.
pub type Blocked = HashSet<(UserId, UserId)>;

/// The collection.
pub struct Blocks {
    collection: Collection<Document>,
}

impl Blocks {
    /// Beside the notifications.
    #[must_use]
    pub fn new(store: &Store) -> Self {
        Self {
            collection: store.database.collection("blockedPeople"),
        }
    }

    /// Takes in the blocks among events, and finds out who has blocked those who call for attention in the others.
    ///
    /// # Errors
    /// When MongoDB fails; repeating it is safe.
    pub async fn take(&self, events: &[DomainEvent]) -> Result<Blocked, Error> {
        let mut senders = BTreeSet::new();
        for event in events {
            match event {
                DomainEvent::UserBlocked(change) => self.save(change, true).await?,
                DomainEvent::UserUnblocked(change) => self.save(change, false).await?,
                DomainEvent::MessageStored(event)
                    if event.conversation_type == ConversationType::Group
                        && !(event.recipients.is_empty() && event.message.mentions.is_empty()) =>
                {
                    senders.insert(event.message.sender_id);
                }
                DomainEvent::GroupInviteCreated(event) => {
                    senders.insert(event.invited_by);
                }
                _ => {}
            }
        }
        self.of(senders).await
    }

    async fn of(&self, senders: BTreeSet<UserId>) -> Result<Blocked, Error> {
        if senders.is_empty() {
            return Ok(Blocked::new());
        }
        let senders: Vec<i64> = senders.iter().map(|sender| sender.0).collect();
        let filter = doc! { "blockedId": { "$in": senders }, "blocked": true };
        let found: Vec<Document> = self
            .collection
            .find(filter)
            .projection(doc! { "_id": 0, "userId": 1, "blockedId": 1 })
            .await?
            .try_collect()
            .await?;
        let pair = |row: &Document| {
            let user = row.get_i64("userId").ok()?;
            Some((UserId(user), UserId(row.get_i64("blockedId").ok()?)))
        };
        Ok(found.iter().filter_map(pair).collect())
    }

    async fn save(&self, change: &BlockChanged, blocked: bool) -> Result<(), Error> {
        let (user, other) = (change.user_id, change.blocked_id);
        let at = DateTime::from_millis(change.at.as_millis());
        // What is newer, or the same, stays: then the filter finds nothing and the insertion clashes.
        let filter = doc! { "_id": format!("{user}:{other}"), "at": { "$lt": at } };
        let row = doc! { "userId": user.0, "blockedId": other.0, "blocked": blocked, "at": at };
        let saved = self
            .collection
            .update_one(filter, doc! { "$set": row })
            .upsert(true)
            .await;
        match saved {
            Err(error) if is_duplicate(&error) => Ok(()),
            saved => saved.map(drop),
        }
    }
}

fn is_duplicate(error: &Error) -> bool {
    matches!(
        &*error.kind,
        ErrorKind::Write(WriteFailure::WriteError(error)) if error.code == DUPLICATE_KEY
    )
}
