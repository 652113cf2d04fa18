//! Notifications in MongoDB.
//!
//! What is new in a conversation is one notification per member, which lives on: it covers more while unread, and begins
//! anew after it was read. Its row also remembers how far the member has read, and up to where nothing is to be told any
//! more, so that events may come in any order and more than once. That somebody was added to a group, or has agreed to
//! talk, is a row per conversation and member too, which knows the number of the change it is about.

mod documents;
mod updates;

pub use documents::NotificationDoc;

use std::{collections::HashMap, sync::Arc, time::Duration};

use futures_util::TryStreamExt;
use mongodb::{
    Client, Collection, Database,
    bson::{Bson, DateTime, Document, doc},
    error::Error,
    options::ReturnDocument,
};
use warren_topology::{
    ids::{ConversationId, UserId},
    payload::notify::NotificationType,
};

use super::meaning::Meaning;
use crate::core::Gather;

const DUPLICATE_KEY: i32 = 11_000;
/// The most writes in one command, and ids in one query.
const MAX_WRITES: usize = 1_000;
/// The most unread notifications of one user that are told again after all were marked as read.
const MAX_AGAIN: i64 = 1_000;

/// The collection.
#[derive(Clone)]
pub struct Store {
    pub(super) database: Database,
    notifications: Collection<NotificationDoc>,
    counts: Arc<Gather<UserId, u64>>,
}

/// Which of a user's notifications to list.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Leave out what has been read.
    pub unread_only: bool,
    /// Only those of this type.
    pub kind: Option<NotificationType>,
    /// Only those after this place.
    pub after: Option<(DateTime, String)>,
}

/// The key of a conversation's notification.
#[must_use]
pub fn message_key(user: UserId, conversation: &ConversationId) -> String {
    format!("m.{user}.{conversation}")
}

/// The key of what a conversation notifies of besides its messages: that one was added to the group, or that the other has
/// agreed to talk.
#[must_use]
pub fn card_key(user: UserId, conversation: &ConversationId) -> String {
    match conversation.pair() {
        Some(_) => format!("r.{user}.{conversation}"),
        None => format!("g.{user}.{conversation}"),
    }
}

/// The key of a broadcast.
#[must_use]
pub fn broadcast_key(user: UserId, broadcast: &str) -> String {
    format!("s.{user}.{broadcast}")
}

impl Store {
    /// The collection in a client's default database.
    #[must_use]
    pub fn new(client: &Client) -> Self {
        let database = client
            .default_database()
            .unwrap_or_else(|| client.database("warren"));
        let notifications = database.collection("notifications");
        let counted = notifications.clone();
        let counts = Gather::new(move |users| {
            let counted = counted.clone();
            async move { count_unread(&counted, &users).await }
        });
        Self {
            notifications,
            database,
            counts: Arc::new(counts),
        }
    }

    /// Takes in what a batch of events means. Repeating it changes nothing.
    ///
    /// # Errors
    /// When MongoDB fails; the outcome is unknown then.
    pub async fn take(&self, meaning: &Meaning, now: DateTime) -> Result<(), Error> {
        let mut rows = Vec::new();
        for broadcast in &meaning.broadcasts {
            let mut fields = mongodb::bson::serialize_to_document(&NotificationDoc {
                created_at: now,
                updated_at: now,
                changed_at: Some(now),
                ..broadcast.clone()
            })?;
            fields.remove("_id");
            rows.push(doc! { "q": { "_id": &broadcast.id }, "u": { "$setOnInsert": fields }, "upsert": true });
        }
        for ((user, conversation), card) in &meaning.cards {
            rows.push(updates::card(*user, conversation, card, now));
        }
        for ((user, conversation), news) in &meaning.news {
            rows.push(updates::news(*user, conversation, news, now));
            if news.read_told {
                rows.push(updates::card_read(*user, conversation, now));
            }
        }
        self.update(rows).await?;
        // After the messages that are new, which may be the same.
        let amended = meaning.changes.iter().map(|(id, change)| {
            let seq = id.seq().0 as i64;
            updates::amended(&id.conversation(), seq, change.number, &change.content, now)
        });
        self.update(amended.collect()).await
    }

    async fn update(&self, updates: Vec<Document>) -> Result<(), Error> {
        for updates in updates.chunks(MAX_WRITES) {
            self.update_some(updates).await?;
        }
        Ok(())
    }

    async fn update_some(&self, updates: &[Document]) -> Result<(), Error> {
        let command = doc! {
            "update": self.notifications.name(),
            "updates": updates,
            "ordered": false,
            "writeConcern": { "w": "majority" },
        };
        let reply = self.database.run_command(command).await?;
        let errors = reply
            .get_array("writeErrors")
            .map(Vec::as_slice)
            .unwrap_or_default();
        let mut errors = errors.iter().filter_map(Bson::as_document);
        // Two workers that make the same row at once: the one that loses tries again.
        if let Some(error) = errors.next() {
            let duplicate = error.get_i32("code").ok() == Some(DUPLICATE_KEY);
            let what = if duplicate {
                "a row was made by another worker meanwhile"
            } else {
                "the update failed"
            };
            return Err(Error::custom(format!("{what}: {error}")));
        }
        match reply.get_document("writeConcernError") {
            Ok(error) => Err(Error::custom(format!("not on a majority: {error}"))),
            Err(_) => Ok(()),
        }
    }

    /// Notifications by id.
    ///
    /// # Errors
    /// When MongoDB fails.
    pub async fn find(&self, ids: &[String]) -> Result<Vec<NotificationDoc>, Error> {
        let mut found = Vec::with_capacity(ids.len());
        for ids in ids.chunks(MAX_WRITES) {
            self.collect(doc! { "_id": { "$in": ids } }, &mut found)
                .await?;
        }
        Ok(found)
    }

    /// The notifications that show a message as an edit or deletion of these has left it.
    ///
    /// # Errors
    /// When MongoDB fails.
    pub async fn amended(&self, meaning: &Meaning) -> Result<Vec<NotificationDoc>, Error> {
        let shows = meaning.changes.iter().map(|(id, change)| {
            doc! {
                "conversationId": id.conversation().as_str(),
                "shownSeq": id.seq().0 as i64,
                "shownChange": change.number,
            }
        });
        let shows: Vec<Document> = shows.collect();
        let mut found = Vec::new();
        for any in shows.chunks(MAX_WRITES) {
            self.collect(doc! { "$or": any }, &mut found).await?;
        }
        Ok(found)
    }

    async fn collect(
        &self,
        filter: Document,
        found: &mut Vec<NotificationDoc>,
    ) -> Result<(), Error> {
        let mut some = self.notifications.find(filter).await?;
        while let Some(notification) = some.try_next().await? {
            found.push(notification);
        }
        Ok(())
    }

    /// How many notifications each of these users has not read.
    ///
    /// # Errors
    /// When MongoDB fails.
    pub async fn unread(&self, users: &[UserId]) -> Result<HashMap<UserId, u64>, Error> {
        count_unread(&self.notifications, users).await
    }

    /// How many notifications a user has not read. What many ask at once is asked together.
    ///
    /// # Errors
    /// When MongoDB fails.
    pub async fn unread_of(&self, user: UserId) -> Result<u64, Error> {
        Ok(self.counts.one(user).await?.unwrap_or_default())
    }

    /// A user's notifications that are unread now, the newest first; so many at most as are told again.
    ///
    /// # Errors
    /// When MongoDB fails.
    pub async fn still_unread(&self, user: UserId) -> Result<Vec<NotificationDoc>, Error> {
        let wanted = Wanted {
            unread_only: true,
            ..Wanted::default()
        };
        self.page(user, wanted, MAX_AGAIN).await
    }

    /// A page of a user's notifications, the newest first.
    ///
    /// # Errors
    /// When MongoDB fails.
    pub async fn page(
        &self,
        user: UserId,
        wanted: Wanted,
        limit: i64,
    ) -> Result<Vec<NotificationDoc>, Error> {
        let mut filter = doc! { "userId": user.0, "count": { "$gt": 0 } };
        if wanted.unread_only {
            filter.insert("isRead", false);
        }
        if let Some(kind) = wanted.kind {
            filter.insert("type", mongodb::bson::serialize_to_bson(&kind)?);
        }
        if let Some((at, id)) = wanted.after {
            filter.insert(
                "$or",
                [
                    doc! { "updatedAt": { "$lt": at } },
                    doc! { "updatedAt": at, "_id": { "$lt": id } },
                ],
            );
        }
        let sort = doc! { "updatedAt": -1, "_id": -1 };
        self.notifications
            .find(filter)
            .sort(sort)
            .limit(limit)
            .await?
            .try_collect()
            .await
    }

    /// A user's notification. `None` when there is no such notification of theirs, as in all that follows.
    ///
    /// # Errors
    /// When MongoDB fails.
    pub async fn get(&self, user: UserId, id: &str) -> Result<Option<NotificationDoc>, Error> {
        self.notifications.find_one(shown(user, id)).await
    }

    /// Marks a user's notification as read.
    ///
    /// # Errors
    /// When MongoDB fails.
    pub async fn read(&self, user: UserId, id: &str) -> Result<Option<NotificationDoc>, Error> {
        self.change(shown(user, id), updates::read(DateTime::now()))
            .await
    }

    /// Marks a user's notification as unread.
    ///
    /// # Errors
    /// When MongoDB fails.
    pub async fn unread_again(
        &self,
        user: UserId,
        id: &str,
    ) -> Result<Option<NotificationDoc>, Error> {
        self.change(shown(user, id), updates::unread(DateTime::now()))
            .await
    }

    /// Deletes a user's notification. `None` also when another command has deleted it.
    ///
    /// # Errors
    /// When MongoDB fails.
    pub async fn delete(
        &self,
        user: UserId,
        id: &str,
        command: &str,
    ) -> Result<Option<NotificationDoc>, Error> {
        let deleted = updates::deleted(command, DateTime::now());
        if let Some(deleted) = self.change(shown(user, id), deleted).await? {
            return Ok(Some(deleted));
        }
        let by_this = doc! { "_id": id, "userId": user.0, "deletedBy": command };
        self.notifications.find_one(by_this).await
    }

    async fn change(
        &self,
        filter: Document,
        update: Vec<Document>,
    ) -> Result<Option<NotificationDoc>, Error> {
        self.notifications
            .find_one_and_update(filter, update)
            .return_document(ReturnDocument::After)
            .await
    }

    /// Marks all of a user's notifications as read.
    ///
    /// # Errors
    /// When MongoDB fails.
    pub async fn read_all(&self, user: UserId) -> Result<(), Error> {
        let filter = doc! { "userId": user.0, "isRead": false };
        self.notifications
            .update_many(filter, updates::read(DateTime::now()))
            .await
            .map(drop)
    }

    /// Removes all notifications of people whose accounts are gone.
    ///
    /// # Errors
    /// When MongoDB fails.
    pub async fn forget(&self, users: &[UserId]) -> Result<(), Error> {
        if users.is_empty() {
            return Ok(());
        }
        let users: Vec<i64> = users.iter().map(|user| user.0).collect();
        self.notifications
            .delete_many(doc! { "userId": { "$in": users } })
            .await
            .map(drop)
    }

    /// Has MongoDB remove notifications this long after they were last added to.
    ///
    /// # Errors
    /// When MongoDB fails, or does not let this user change an index.
    pub async fn retain(&self, retention: Duration) -> Result<(), Error> {
        let command = doc! {
            "collMod": self.notifications.name(),
            "index": { "name": "age", "expireAfterSeconds": retention.as_secs() as i64 },
        };
        self.database.run_command(command).await.map(drop)
    }
}

async fn count_unread(
    notifications: &Collection<NotificationDoc>,
    users: &[UserId],
) -> Result<HashMap<UserId, u64>, Error> {
    let ids: Vec<i64> = users.iter().map(|user| user.0).collect();
    let stages = [
        doc! { "$match": { "userId": { "$in": ids }, "isRead": false } },
        doc! { "$group": { "_id": "$userId", "n": { "$sum": 1_i64 } } },
    ];
    let rows: Vec<Document> = notifications.aggregate(stages).await?.try_collect().await?;
    let mut counts: HashMap<UserId, u64> = users.iter().map(|user| (*user, 0)).collect();
    for row in rows {
        if let (Ok(user), Ok(n)) = (row.get_i64("_id"), row.get_i64("n")) {
            counts.insert(UserId(user), n.unsigned_abs());
        }
    }
    Ok(counts)
}

/// Matches a notification of a user's that they are shown.
fn shown(user: UserId, id: &str) -> Document {
    doc! { "_id": id, "userId": user.0, "count": { "$gt": 0 } }
}
