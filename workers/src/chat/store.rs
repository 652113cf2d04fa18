//! Conversations, members, messages and changes in MongoDB.

mod documents;

pub use documents::{ConversationDoc, MemberDoc, MessageDoc, timestamp};

use std::collections::{BTreeSet, HashMap};

use futures_util::{TryStreamExt, future::try_join_all};
use mongodb::{
    Client, Collection, Database,
    bson::{
        Bson, Document, RawArrayBuf, doc, rawdoc, serialize_to_document,
        serialize_to_raw_document_buf,
    },
    error::{Error, ErrorKind},
    options::ReadConcern,
};
use serde::Serialize;
use warren_topology::ids::{ClientId, ConversationId, FileId, MessageId, Seq, UserId};

use super::{change::ChangeDoc, files::FileDoc};

/// The code of a write that clashes with a unique index.
pub(super) const DUPLICATE_KEY: i32 = 11_000;

/// The most writes in one command: MongoDB takes 100,000 and 48 MB.
const MAX_WRITES: usize = 1_000;

/// The most messages in one command: each may have 50 kB.
const MAX_INSERTS: usize = 500;

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
    /// Uploaded files.
    pub files: Collection<FileDoc>,
}

/// The terms of the primaries that wrote: a primary has one from its election to its end.
///
/// A majority that has a write has everything that the same primary wrote before it. So of several writes in one term
/// only the last must be waited for.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Terms(BTreeSet<i64>);

impl Terms {
    /// Takes in the terms of further writes.
    pub fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Whether one primary wrote everything.
    #[must_use]
    pub fn are_one(&self) -> bool {
        self.0.len() <= 1
    }

    fn note(&mut self, reply: &Document) -> Result<(), Error> {
        let at = reply.get_document("opTime").ok();
        let term = at.and_then(|at| at.get_i64("t").ok()).ok_or_else(|| {
            Error::custom("MongoDB does not tell the term of a write: it must be a replica set, reached without a router")
        })?;
        self.0.insert(term);
        Ok(())
    }
}

/// Why not all documents were stored; those before the one that was not are.
#[derive(Debug, PartialEq, Eq)]
pub enum NotStored {
    /// One was there already, or its place was taken.
    Clash,
    /// The store refuses this one (by index) for good.
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
            files: database.collection("files"),
            database,
        }
    }

    /// Inserts messages in their order, up to the first that cannot be: one sender's messages keep their order only if
    /// none after it has its place already when it is given another.
    ///
    /// They are on one node then. They are stored for good once a later write of the same term is on a majority: one wait
    /// for journals instead of two.
    ///
    /// # Errors
    /// When the outcome is unknown.
    pub async fn insert_messages(
        &self,
        messages: &[MessageDoc],
    ) -> Result<Result<Terms, NotStored>, Error> {
        let mut terms = Terms::default();
        for (part, messages) in messages.chunks(MAX_INSERTS).enumerate() {
            let mut documents = RawArrayBuf::new();
            for message in messages {
                documents.push(serialize_to_raw_document_buf(message)?);
            }
            let command = rawdoc! {
                "insert": self.messages.name(),
                "documents": documents,
                "ordered": true,
                "writeConcern": { "w": 1 },
            };
            let reply = self.database.run_raw_command(command).await?;
            if let Some(error) = write_errors(&reply).next() {
                return Ok(Err(not_stored(error, part * MAX_INSERTS)));
            }
            terms.note(&reply)?;
        }
        Ok(Ok(terms))
    }

    /// Stores changes on a majority in their order, up to the first whose number is taken.
    ///
    /// # Errors
    /// When the outcome is unknown.
    pub async fn insert_changes(
        &self,
        changes: &[ChangeDoc],
    ) -> Result<Result<(), NotStored>, Error> {
        if changes.is_empty() {
            return Ok(Ok(()));
        }
        let Err(error) = self.changes.insert_many(changes).ordered(true).await else {
            return Ok(Ok(()));
        };
        let ErrorKind::InsertMany(failure) = error.kind.as_ref() else {
            return Err(error);
        };
        if failure.write_concern_error.is_some() {
            return Err(error);
        }
        match failure.write_errors.as_deref() {
            Some([first, ..]) if first.code == DUPLICATE_KEY => Ok(Err(NotStored::Clash)),
            Some([first, ..]) => {
                let refused = NotStored::Refused(first.index, first.message.clone());
                Ok(Err(refused))
            }
            _ => Err(error),
        }
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
            self.update("files", all(ChangeDoc::file_updates)),
        )?;
        self.update("conversations", all(ChangeDoc::conversation_updates))
            .await?;
        Ok(())
    }

    /// Runs updates (`{q, u, upsert?}`) on a collection, and waits until a majority has them.
    ///
    /// # Errors
    /// When one fails, or the outcome is unknown. Duplicate keys from upserts that lost a race count as done.
    pub async fn update(&self, collection: &str, updates: Vec<Document>) -> Result<Terms, Error> {
        let mut terms = Terms::default();
        for updates in updates.chunks(MAX_WRITES) {
            let command = doc! {
                "update": collection,
                "updates": updates,
                "ordered": false,
                "writeConcern": { "w": "majority" },
            };
            let reply = self.database.run_command(command).await?;
            let failed = write_errors(&reply)
                .find(|error| !is_duplicate(error))
                .or(reply.get_document("writeConcernError").ok());
            if let Some(error) = failed {
                return Err(Error::custom(format!("updating {collection}: {error}")));
            }
            terms.note(&reply)?;
        }
        Ok(terms)
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
        self.update("conversations", rows).await?;
        Ok(())
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

    /// The first members of conversations, in the order in which they joined, at most so many of each.
    ///
    /// # Errors
    /// When MongoDB fails.
    pub async fn first_members_of(
        &self,
        ids: &[ConversationId],
        limit: usize,
    ) -> Result<HashMap<ConversationId, Vec<MemberDoc>>, Error> {
        let first = ids.iter().map(async |id| {
            // The order of the index: it gives the first few of many without reading all.
            let sort = doc! { "conversationId": 1, "joinedAt": 1 };
            let filter = doc! { "conversationId": id.as_str(), "leftAt": null };
            let found = self.members.find(filter).sort(sort).limit(limit as i64);
            Ok::<_, Error>((id.clone(), found.await?.try_collect().await?))
        });
        Ok(try_join_all(first).await?.into_iter().collect())
    }

    /// The rows of users in the conversations of which they are members.
    ///
    /// # Errors
    /// When MongoDB fails.
    pub async fn rows_of(
        &self,
        users: &[UserId],
    ) -> Result<HashMap<UserId, Vec<MemberDoc>>, Error> {
        let users: Vec<i64> = users.iter().map(|user| user.0).collect();
        let filter = doc! { "userId": { "$in": users }, "leftAt": null };
        let mut rows = self.members.find(filter).await?;
        let mut of: HashMap<UserId, Vec<MemberDoc>> = HashMap::new();
        while let Some(row) = rows.try_next().await? {
            of.entry(row.user_id).or_default().push(row);
        }
        Ok(of)
    }

    /// Messages that are stored already, on a majority, by conversation, sender and client id; with `wait`, those too
    /// that are on their way to one.
    ///
    /// # Errors
    /// When MongoDB fails.
    pub async fn stored(
        &self,
        keys: &[(ConversationId, UserId, String)],
        wait: bool,
    ) -> Result<Vec<MessageDoc>, Error> {
        if keys.is_empty() {
            return Ok(Vec::new());
        }
        let concern = if wait {
            ReadConcern::linearizable()
        } else {
            ReadConcern::majority()
        };
        let any: Vec<Document> =
            keys.iter().map(|(c, sender, client)| doc! { "c": c.as_str(), "senderId": sender.0, "clientId": client }).collect();
        self.messages
            .find(doc! { "$or": any })
            .read_concern(concern)
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

    /// Uploaded files by id, those that exist.
    ///
    /// # Errors
    /// When MongoDB fails.
    pub async fn files_of(&self, ids: &[FileId]) -> Result<Vec<FileDoc>, Error> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let ids: Vec<&str> = ids.iter().map(FileId::as_str).collect();
        self.files
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

    /// The messages after places, in order.
    ///
    /// # Errors
    /// When MongoDB fails.
    pub async fn missed(
        &self,
        places: Vec<Place>,
    ) -> Result<HashMap<Place, Vec<MessageDoc>>, Error> {
        let pages = places.into_iter().map(async |(id, after, limit)| {
            let page = self.page(&id, Some(after), None, limit).await?;
            Ok::<_, Error>(((id, after, limit), page))
        });
        Ok(try_join_all(pages).await?.into_iter().collect())
    }
}

/// A place in a conversation, and how many messages after it are wanted.
pub type Place = (ConversationId, Seq, u32);

fn write_errors(reply: &Document) -> impl Iterator<Item = &Document> {
    let errors = reply.get_array("writeErrors").ok();
    errors.into_iter().flatten().filter_map(Bson::as_document)
}

fn is_duplicate(error: &Document) -> bool {
    error.get_i32("code").ok() == Some(DUPLICATE_KEY)
}

/// What a write error means, of a command whose first document is the one at `first`.
fn not_stored(error: &Document, first: usize) -> NotStored {
    if is_duplicate(error) {
        return NotStored::Clash;
    }
    let at = error.get_i32("index").unwrap_or_default();
    let index = first + usize::try_from(at).unwrap_or_default();
    let detail = error.get_str("errmsg").unwrap_or_default().to_owned();
    NotStored::Refused(index, detail)
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
