//! Conversations, members and messages in MongoDB.

use std::collections::HashMap;

use futures_util::TryStreamExt;
use mongodb::{
    Client, Collection, Database,
    bson::{DateTime, Document, doc, serialize_to_document},
    error::{Error, ErrorKind},
};
use serde::{Deserialize, Serialize};
use warren_topology::{
    ids::{ClientId, ConversationId, MessageId, Seq, UserId},
    payload::{
        Timestamp,
        chat::{ConversationType, MemberRole, Message, MessageType},
    },
};

/// The code of a write that clashes with a unique index.
const DUPLICATE_KEY: i32 = 11_000;

/// The most writes in one command: MongoDB takes 100,000 and 48 MB.
const MAX_WRITES: usize = 1_000;

/// A message as it is stored. `_id` is the message's id: the primary key is the order, the page index, and the fence
/// against a worker that no longer owns the conversation. (c, senderId, clientId) is unique.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MessageDoc {
    /// The message's id.
    #[serde(rename = "_id")]
    pub id: MessageId,
    /// The conversation.
    pub c: ConversationId,
    /// The place.
    pub s: i64,
    /// Who wrote it.
    #[serde(rename = "type")]
    pub kind: MessageType,
    /// The sender.
    pub sender_id: UserId,
    /// The text.
    pub content: String,
    /// URLs.
    pub attachments: Vec<String>,
    /// The client's name for it, or the command's id.
    pub client_id: String,
    /// Whether the client gave it.
    pub own_client_id: bool,
    /// The command that stored it: the same command delivered again is told from a client that asks again.
    pub command: String,
    /// When it was stored.
    pub created_at: DateTime,
    /// When it was last edited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<DateTime>,
    /// When it was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<DateTime>,
}

impl MessageDoc {
    /// The message as clients see it.
    #[must_use]
    pub fn view(&self) -> Message {
        Message {
            id: self.id.clone(),
            conversation_id: self.c.clone(),
            seq: Seq(self.s.unsigned_abs()),
            kind: self.kind,
            sender_id: self.sender_id,
            content: self.content.clone(),
            attachments: self.attachments.clone(),
            client_id: self
                .own_client_id
                .then(|| self.client_id.parse().ok())
                .flatten(),
            created_at: timestamp(self.created_at),
            edited_at: self.edited_at.map(timestamp),
            deleted_at: self.deleted_at.map(timestamp),
        }
    }
}

/// A conversation as it is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConversationDoc {
    /// Its id.
    #[serde(rename = "_id")]
    pub id: ConversationId,
    /// Direct or group.
    #[serde(rename = "type")]
    pub kind: ConversationType,
    /// A group's name.
    pub name: Option<String>,
    /// Who created it.
    pub created_by: UserId,
    /// When.
    pub created_at: DateTime,
    /// How many members it has.
    pub member_count: i32,
    /// The place of the last message.
    pub last_seq: i64,
    /// Counts changes to what exists.
    pub last_change: i64,
    /// When something last happened.
    pub last_activity_at: DateTime,
    /// The last message.
    pub last_message: Option<MessageDoc>,
    /// The command that created it.
    pub creation: String,
}

/// A member as it is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MemberDoc {
    /// `<conversation>:<user>`
    #[serde(rename = "_id")]
    pub id: String,
    /// The conversation.
    pub conversation_id: ConversationId,
    /// The user.
    pub user_id: UserId,
    /// What they may do.
    pub role: MemberRole,
    /// Since when.
    pub joined_at: DateTime,
    /// The conversation's last place then.
    pub joined_seq: i64,
    /// How far they have read.
    pub last_read_seq: i64,
    /// How far it has reached a device of theirs.
    pub last_delivered_seq: i64,
    /// No notifications.
    pub muted: bool,
    /// Kept on top.
    pub pinned: bool,
    /// Not listed.
    pub hidden: bool,
}

impl MemberDoc {
    /// A member's key.
    #[must_use]
    pub fn key(conversation: &ConversationId, user: UserId) -> String {
        format!("{conversation}:{user}")
    }
}

/// A BSON date as clients see it.
#[must_use]
pub fn timestamp(at: DateTime) -> Timestamp {
    Timestamp::from_millis(at.timestamp_millis())
}

/// The collections.
#[derive(Clone)]
pub struct Store {
    /// For commands the driver has no method for.
    pub database: Database,
    /// Conversations.
    pub conversations: Collection<ConversationDoc>,
    /// Members.
    pub members: Collection<MemberDoc>,
    /// Messages.
    pub messages: Collection<MessageDoc>,
}

/// What came of writing messages.
#[derive(Debug, PartialEq, Eq)]
pub enum Inserted {
    /// All are stored on a majority, journaled.
    All,
    /// One was there already, or its place was taken; those before it are stored.
    Clash,
    /// The store refuses this one (by index) for good; those before it are stored.
    Refused(usize, String),
}

impl Store {
    /// The collections in a client's default database.
    #[must_use]
    pub fn new(client: &Client) -> Self {
        let database = client
            .default_database()
            .unwrap_or_else(|| client.database("warren"));
        Self {
            conversations: database.collection("conversations"),
            members: database.collection("members"),
            messages: database.collection("messages"),
            database,
        }
    }

    /// Stores messages in their order, up to the first that cannot be: one sender's messages keep their order only if
    /// none after it has its place already when it is given another.
    ///
    /// # Errors
    /// When the outcome is unknown.
    pub async fn insert_messages(&self, messages: &[MessageDoc]) -> Result<Inserted, Error> {
        if messages.is_empty() {
            return Ok(Inserted::All);
        }
        let Err(error) = self.messages.insert_many(messages).ordered(true).await else {
            return Ok(Inserted::All);
        };
        let ErrorKind::InsertMany(failure) = error.kind.as_ref() else {
            return Err(error);
        };
        if failure.write_concern_error.is_some() {
            return Err(error);
        }
        match failure.write_errors.as_deref() {
            Some([first, ..]) if first.code == DUPLICATE_KEY => Ok(Inserted::Clash),
            Some([first, ..]) => Ok(Inserted::Refused(first.index, first.message.clone())),
            _ => Err(error),
        }
    }

    /// Runs updates (`{q, u, upsert?}`) on a collection.
    ///
    /// # Errors
    /// When one fails, or the outcome is unknown. Duplicate keys from upserts that lost a race count as done.
    pub async fn update(&self, collection: &str, updates: Vec<Document>) -> Result<(), Error> {
        for updates in updates.chunks(MAX_WRITES) {
            self.update_some(collection, updates).await?;
        }
        Ok(())
    }

    async fn update_some(&self, collection: &str, updates: &[Document]) -> Result<(), Error> {
        let command = doc! {
            "update": collection,
            "updates": updates,
            "ordered": false,
            "writeConcern": { "w": "majority" },
        };
        let reply = self.database.run_command(command).await?;
        let errors = reply
            .get_array("writeErrors")
            .map(Vec::as_slice)
            .unwrap_or_default();
        let failed = errors
            .iter()
            .filter_map(|error| error.as_document())
            .find(|error| error.get_i32("code").ok() != Some(DUPLICATE_KEY));
        match (failed, reply.get_document("writeConcernError")) {
            (Some(error), _) | (None, Ok(error)) => {
                Err(Error::custom(format!("updating {collection}: {error}")))
            }
            (None, Err(_)) => Ok(()),
        }
    }

    /// Stores new conversations with their members. The members come first: a conversation that exists is complete.
    ///
    /// # Errors
    /// When the outcome is unknown; repeating it is safe.
    pub async fn create(
        &self,
        conversations: &[ConversationDoc],
        members: &[MemberDoc],
    ) -> Result<(), Error> {
        let upsert = |id: &str, document: Document| doc! { "q": { "_id": id }, "u": { "$setOnInsert": document }, "upsert": true };
        let mut rows = Vec::with_capacity(members.len());
        for member in members {
            rows.push(upsert(&member.id, without_id(member)?));
        }
        self.update("members", rows).await?;
        let mut rows = Vec::with_capacity(conversations.len());
        for conversation in conversations {
            rows.push(upsert(conversation.id.as_str(), without_id(conversation)?));
        }
        self.update("conversations", rows).await
    }

    /// Conversations by id.
    ///
    /// # Errors
    /// When MongoDB fails.
    pub async fn conversations(
        &self,
        ids: &[&ConversationId],
    ) -> Result<Vec<ConversationDoc>, Error> {
        let ids: Vec<&str> = ids.iter().map(|id| id.as_str()).collect();
        self.conversations
            .find(doc! { "_id": { "$in": ids } })
            .await?
            .try_collect()
            .await
    }

    /// All members of conversations, in the order in which they joined.
    ///
    /// # Errors
    /// When MongoDB fails.
    pub async fn members_of(
        &self,
        ids: &[&ConversationId],
    ) -> Result<HashMap<ConversationId, Vec<MemberDoc>>, Error> {
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let ids: Vec<&str> = ids.iter().map(|id| id.as_str()).collect();
        let filter = doc! { "conversationId": { "$in": ids } };
        let members: Vec<MemberDoc> = self
            .members
            .find(filter)
            .sort(doc! { "conversationId": 1, "joinedAt": 1, "_id": 1 })
            .await?
            .try_collect()
            .await?;
        let mut grouped: HashMap<ConversationId, Vec<MemberDoc>> = HashMap::new();
        for member in members {
            grouped
                .entry(member.conversation_id.clone())
                .or_default()
                .push(member);
        }
        Ok(grouped)
    }

    /// Messages that are stored already, by conversation, sender and client id.
    ///
    /// # Errors
    /// When MongoDB fails.
    pub async fn stored(
        &self,
        keys: &[(ConversationId, UserId, String)],
    ) -> Result<Vec<MessageDoc>, Error> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let any: Vec<Document> =
            keys.iter().map(|(c, sender, client)| doc! { "c": c.as_str(), "senderId": sender.0, "clientId": client }).collect();
        self.messages
            .find(doc! { "$or": any })
            .await?
            .try_collect()
            .await
    }

    /// A page of messages in order: after `after`, or the last ones before `before`, or the newest.
    ///
    /// # Errors
    /// When MongoDB fails.
    pub async fn page(
        &self,
        id: &ConversationId,
        after: Option<Seq>,
        before: Option<Seq>,
        limit: u32,
    ) -> Result<Vec<MessageDoc>, Error> {
        let forward = after.is_some();
        let filter = doc! { "_id": range(id, after, before) };
        let sort = doc! { "_id": if forward { 1 } else { -1 } };
        let found = self
            .messages
            .find(filter)
            .sort(sort)
            .limit(i64::from(limit))
            .await?;
        let mut messages: Vec<MessageDoc> = found.try_collect().await?;
        if !forward {
            messages.reverse();
        }
        Ok(messages)
    }
}

fn without_id(document: &impl Serialize) -> Result<Document, Error> {
    let mut document = serialize_to_document(document)?;
    document.remove("_id");
    Ok(document)
}

/// The ids of a conversation's messages between two places, both excluded. `/` is the character after `.`.
fn range(id: &ConversationId, after: Option<Seq>, before: Option<Seq>) -> Document {
    let low = after.map_or_else(
        || format!("{id}."),
        |seq| MessageId::new(id, seq).to_string(),
    );
    let high = before.map_or_else(
        || format!("{id}/"),
        |seq| MessageId::new(id, seq).to_string(),
    );
    doc! { "$gt": low, "$lt": high }
}

/// The key under which a message is recognised when it comes again.
#[must_use]
pub fn dedup_key(client_id: Option<&ClientId>, command: &str) -> String {
    client_id.map_or_else(|| command.to_owned(), ToString::to_string)
}
