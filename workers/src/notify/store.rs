//! Notifications in MongoDB.
//!
//! What is new in a conversation is one notification per member, which lives on: it covers more while unread, and begins
//! anew after it was read. Its row also remembers how far the member has read, so that events may come in any order and
//! more than once.

use std::{collections::HashMap, sync::Arc};

use futures_util::TryStreamExt;
use mongodb::{
    Client, Collection, Database,
    bson::{Bson, DateTime, Document, doc},
    error::Error,
};
use serde::{Deserialize, Serialize};
use warren_topology::{
    ids::{ConversationId, Seq, UserId},
    payload::{
        Timestamp,
        notify::{Notification, NotificationType},
    },
};

use crate::core::Gather;

const DUPLICATE_KEY: i32 = 11_000;
/// The most writes in one command, and ids in one query.
const MAX_WRITES: usize = 1_000;

/// A notification as it is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NotificationDoc {
    /// Its id, derived from what it is about: the same thing never notifies twice.
    #[serde(rename = "_id")]
    pub id: String,
    /// Whose.
    pub user_id: UserId,
    /// What it is about.
    #[serde(rename = "type")]
    pub kind: NotificationType,
    /// A short line.
    pub title: String,
    /// The beginning of the newest message, or the text.
    pub content: String,
    /// Where it leads.
    pub conversation_id: Option<ConversationId>,
    /// Whose message it was.
    pub sender_id: Option<UserId>,
    /// The first unread message it covers; 0 if none.
    pub first_seq: i64,
    /// The last message it covers; 0 if none.
    pub last_seq: i64,
    /// How far the user has read the conversation.
    pub read_seq: i64,
    /// How many messages it covers; 0 while there is nothing to show.
    pub count: i64,
    /// Whether it has been read.
    pub is_read: bool,
    /// When it was last read.
    pub read_at: Option<DateTime>,
    /// When the first of it came.
    pub created_at: DateTime,
    /// When the last of it came.
    pub updated_at: DateTime,
}

impl NotificationDoc {
    /// The notification as clients see it.
    #[must_use]
    pub fn view(&self) -> Notification {
        let seq = |stored: i64| (stored > 0).then(|| Seq(stored.unsigned_abs()));
        let time = |at: DateTime| Timestamp::from_millis(at.timestamp_millis());
        Notification {
            id: self.id.clone(),
            kind: self.kind,
            title: self.title.clone(),
            content: self.content.clone(),
            conversation_id: self.conversation_id.clone(),
            sender_id: self.sender_id,
            first_seq: seq(self.first_seq),
            last_seq: seq(self.last_seq),
            count: self.count.unsigned_abs(),
            is_read: self.is_read,
            created_at: time(self.created_at),
            updated_at: time(self.updated_at),
        }
    }
}

/// What a batch of events means for one member of one conversation.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct News {
    /// The messages of others, by place.
    pub seqs: Vec<i64>,
    /// How far the member has read, or written, which implies it.
    pub read: i64,
    /// Whether they told that they have read, which may be known before the messages are.
    pub read_told: bool,
    /// The newest message of others.
    pub title: String,
    /// The beginning of its text.
    pub content: String,
    /// Its sender.
    pub sender: Option<UserId>,
}

/// The collection.
#[derive(Clone)]
pub struct Store {
    pub(super) database: Database,
    notifications: Collection<NotificationDoc>,
    counts: Arc<Gather<UserId, u64>>,
}

/// The key of a conversation's notification.
#[must_use]
pub fn message_key(user: UserId, conversation: &ConversationId) -> String {
    format!("m.{user}.{conversation}")
}

/// The key of a group invite.
#[must_use]
pub fn invite_key(user: UserId, conversation: &ConversationId) -> String {
    format!("g.{user}.{conversation}")
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

    /// Takes news in. Repeating it changes nothing.
    ///
    /// # Errors
    /// When MongoDB fails; the outcome is unknown then.
    pub async fn take(
        &self,
        news: &HashMap<(UserId, ConversationId), News>,
        now: DateTime,
    ) -> Result<(), Error> {
        let updates = news.iter().map(|((user, conversation), news)| {
            doc! {
                "q": { "_id": message_key(*user, conversation) },
                "u": pipeline(*user, conversation, news, now),
                // Who only wrote has nothing to be notified of; who read may have been faster than the message's event.
                "upsert": !news.seqs.is_empty() || news.read_told,
            }
        });
        self.update(updates.collect()).await
    }

    /// Stores notifications that stand for themselves, unless they are there.
    ///
    /// # Errors
    /// When MongoDB fails.
    pub async fn add(&self, notifications: &[NotificationDoc]) -> Result<(), Error> {
        let mut updates = Vec::with_capacity(notifications.len());
        for notification in notifications {
            let mut fields = mongodb::bson::serialize_to_document(notification)?;
            fields.remove("_id");
            updates.push(doc! { "q": { "_id": &notification.id }, "u": { "$setOnInsert": fields }, "upsert": true });
        }
        self.update(updates).await
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
            let mut some = self
                .notifications
                .find(doc! { "_id": { "$in": ids } })
                .await?;
            while let Some(notification) = some.try_next().await? {
                found.push(notification);
            }
        }
        Ok(found)
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

    /// A page of a user's notifications, the newest first, after a place in that order.
    ///
    /// # Errors
    /// When MongoDB fails.
    pub async fn page(
        &self,
        user: UserId,
        unread_only: bool,
        after: Option<(DateTime, String)>,
        limit: u32,
    ) -> Result<Vec<NotificationDoc>, Error> {
        let mut filter = doc! { "userId": user.0, "count": { "$gt": 0 } };
        if unread_only {
            filter.insert("isRead", false);
        }
        if let Some((at, id)) = after {
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
            .limit(i64::from(limit))
            .await?
            .try_collect()
            .await
    }

    /// Marks a user's notification as read. `None` when there is no such notification of theirs.
    ///
    /// # Errors
    /// When MongoDB fails.
    pub async fn read(&self, user: UserId, id: &str) -> Result<Option<NotificationDoc>, Error> {
        let filter = doc! { "_id": id, "userId": user.0, "count": { "$gt": 0 } };
        let update = vec![
            doc! { "$set": { "isRead": true, "readAt": DateTime::now(), "readSeq": { "$max": ["$readSeq", "$lastSeq"] } } },
        ];
        self.notifications
            .find_one_and_update(filter, update)
            .return_document(mongodb::options::ReturnDocument::After)
            .await
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

    /// Marks all of a user's notifications as read.
    ///
    /// # Errors
    /// When MongoDB fails.
    pub async fn read_all(&self, user: UserId) -> Result<(), Error> {
        let filter = doc! { "userId": user.0, "isRead": false };
        let update = vec![
            doc! { "$set": { "isRead": true, "readAt": DateTime::now(), "readSeq": { "$max": ["$readSeq", "$lastSeq"] } } },
        ];
        self.notifications
            .update_many(filter, update)
            .await
            .map(drop)
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

/// The update that takes news in, whatever the row is like by then.
fn pipeline(
    user: UserId,
    conversation: &ConversationId,
    news: &News,
    now: DateTime,
) -> Vec<Document> {
    let or = |field: &str, value: Bson| doc! { "$ifNull": [format!("${field}"), value] };
    let literal = |text: &str| doc! { "$literal": text };
    // Only if a message is new; only if it is the first that is unread.
    let if_new = |then: Bson, otherwise: Document| doc! { "$cond": [{ "$gt": [{ "$size": "$fresh" }, 0] }, then, otherwise] };
    let begins = doc! { "$and": [{ "$gt": [{ "$size": "$fresh" }, 0] }, "$was"] };
    let if_begins =
        |then: Bson, otherwise: Bson| doc! { "$cond": [begins.clone(), then, otherwise] };
    let last = news.seqs.iter().copied().max().unwrap_or_default();
    let sender = news
        .sender
        .map_or(Bson::Null, |sender| Bson::Int64(sender.0));
    vec![
        doc! { "$set": {
            "fresh": { "$filter": { "input": &news.seqs, "as": "seq", "cond": { "$gt": ["$$seq", or("lastSeq", 0_i64.into())] } } },
            "was": or("isRead", true.into()),
        } },
        doc! { "$set": {
            "userId": user.0,
            "type": "message",
            "conversationId": conversation.as_str(),
            "title": if_new(literal(&news.title).into(), or("title", "".into())),
            "content": if_new(literal(&news.content).into(), or("content", "".into())),
            "senderId": if_new(sender, or("senderId", Bson::Null)),
            "firstSeq": if_begins(doc! { "$min": "$fresh" }.into(), or("firstSeq", 0_i64.into()).into()),
            "count": if_begins(
                doc! { "$toLong": { "$size": "$fresh" } }.into(),
                doc! { "$add": [or("count", 0_i64.into()), { "$toLong": { "$size": "$fresh" } }] }.into(),
            ),
            "createdAt": if_begins(now.into(), or("createdAt", now.into()).into()),
            "updatedAt": if_new(now.into(), or("updatedAt", now.into())),
            "lastSeq": { "$max": [or("lastSeq", 0_i64.into()), last] },
            "readSeq": { "$max": [or("readSeq", 0_i64.into()), news.read] },
        } },
        doc! { "$set": { "isRead": { "$lte": ["$lastSeq", "$readSeq"] } } },
        doc! { "$set": { "readAt": { "$cond": [{ "$and": ["$isRead", { "$not": "$was" }] }, now, or("readAt", Bson::Null)] } } },
        doc! { "$unset": ["fresh", "was"] },
    ]
}
