//! Conversations, members, messages and changes in MongoDB.

mod documents;

pub use documents::{ConversationDoc, MemberDoc, MessageDoc, timestamp};

use std::collections::HashMap;

use futures_util::TryStreamExt;
use mongodb::{
    Client, Collection, Database,
    bson::{Document, doc, serialize_to_document},
    error::{Error, ErrorKind},
};
use serde::Serialize;
use warren_topology::ids::{ClientId, ConversationId, MessageId, Seq, UserId};

use super::change::ChangeDoc;

/// The code of a write that clashes with a unique index.
const DUPLICATE_KEY: i32 = 11_000;

/// The most writes in one command: MongoDB takes 100,000 and 48 MB.
const MAX_WRITES: usize = 1_000;

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
    /// Changes to what exists.
    pub changes: Collection<ChangeDoc>,
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
            changes: database.collection("changes"),
            database,
        }
    }

    /// Stores messages in their order, up to the first that cannot be: one sender's messages keep their order only if
    /// none after it has its place already when it is given another.
    ///
    /// # Errors
    /// When the outcome is unknown.
    pub async fn insert_messages(&self, messages: &[MessageDoc]) -> Result<Inserted, Error> {
        insert(&self.messages, messages).await
    }

    /// Stores changes in their order, up to the first whose number is taken.
    ///
    /// # Errors
    /// When the outcome is unknown.
    pub async fn insert_changes(&self, changes: &[ChangeDoc]) -> Result<Inserted, Error> {
        insert(&self.changes, changes).await
    }

    /// Carries changes out that are stored; those carried out already, or overtaken by later ones, change nothing. A
    /// conversation counts a change only when all else that it means is stored.
    ///
    /// # Errors
    /// When one fails, or the outcome is unknown; repeating it is safe.
    pub async fn carry_out(&self, changes: &[ChangeDoc]) -> Result<(), Error> {
        let all = |part: fn(&ChangeDoc) -> Vec<Document>| -> Vec<Document> {
            changes.iter().flat_map(part).collect()
        };
        tokio::try_join!(
            self.update("messages", all(ChangeDoc::message_updates)),
            self.update("members", all(ChangeDoc::member_updates)),
            self.update("changes", all(ChangeDoc::change_updates)),
        )?;
        self.update("conversations", all(ChangeDoc::conversation_updates))
            .await
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

    /// All present members of conversations, in the order in which they joined.
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
        let filter = doc! { "conversationId": { "$in": ids }, "leftAt": null };
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

    /// Messages by id, those that exist.
    ///
    /// # Errors
    /// When MongoDB fails.
    pub async fn messages_of(&self, ids: &[&MessageId]) -> Result<Vec<MessageDoc>, Error> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<&str> = ids.iter().map(|id| id.as_str()).collect();
        self.messages
            .find(doc! { "_id": { "$in": ids } })
            .await?
            .try_collect()
            .await
    }

    /// Changes that are stored already, by conversation and command.
    ///
    /// # Errors
    /// When MongoDB fails.
    pub async fn stored_changes(
        &self,
        keys: &[(ConversationId, &str)],
    ) -> Result<Vec<ChangeDoc>, Error> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let any: Vec<Document> = keys
            .iter()
            .map(|(c, command)| doc! { "c": c.as_str(), "command": command })
            .collect();
        self.changes
            .find(doc! { "$or": any })
            .await?
            .try_collect()
            .await
    }

    /// Changes which are stored and which their conversations do not count yet, in order: a worker has died in between.
    ///
    /// # Errors
    /// When MongoDB fails.
    pub async fn uncounted_changes(
        &self,
        conversations: &[ConversationDoc],
    ) -> Result<Vec<ChangeDoc>, Error> {
        if conversations.is_empty() {
            return Ok(Vec::new());
        }
        let any: Vec<Document> = conversations
            .iter()
            .map(|doc| doc! { "_id": range(&doc.id, Some(Seq(doc.last_change.unsigned_abs())), None) })
            .collect();
        self.changes
            .find(doc! { "$or": any })
            .sort(doc! { "_id": 1 })
            .await?
            .try_collect()
            .await
    }

    /// Messages up to a place that were changed after the change `since`, in the order of their last changes.
    ///
    /// # Errors
    /// When MongoDB fails.
    pub async fn changed(
        &self,
        id: &ConversationId,
        since: u64,
        up_to: Seq,
        limit: u32,
    ) -> Result<Vec<MessageDoc>, Error> {
        let filter = doc! {
            "c": id.as_str(),
            "change": { "$gt": since as i64 },
            "s": { "$lte": up_to.0 as i64 },
        };
        self.messages
            .find(filter)
            .sort(doc! { "change": 1 })
            .limit(i64::from(limit))
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

/// Stores documents in their order, up to the first that cannot be stored.
async fn insert<T: Serialize + Send + Sync>(
    collection: &Collection<T>,
    documents: &[T],
) -> Result<Inserted, Error> {
    if documents.is_empty() {
        return Ok(Inserted::All);
    }
    let Err(error) = collection.insert_many(documents).ordered(true).await else {
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
