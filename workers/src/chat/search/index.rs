//! The entries in MongoDB: `search`, one per message that has words.

use std::{collections::HashMap, time::Duration};

use futures_util::{TryStreamExt, future::try_join_all};
use mongodb::{
    Collection,
    bson::{DateTime, doc},
    error::{Error, ErrorKind},
    options::Hint,
};
use serde::{Deserialize, Serialize};
use warren_topology::ids::{ConversationId, MessageId, Seq, UserId};

use super::words::{Wanted, words};
use crate::chat::store::{MessageDoc, Store};

/// A beginning that is in more messages than this is frequent: it is found faster by looking through the newest messages
/// than by sorting all that hold it. Both take about as long with so many of two million.
const FREQUENT: u64 = 20_000;
/// MongoDB merges the order of at most so many scans of an index (internalQueryMaxScansToExplode); of more conversations at
/// a time it would sort everything.
const MAX_SCANS: usize = 200;
/// How long one query may take.
const MAX_TIME: Duration = Duration::from_secs(3);
/// The most candidates that are read at a time.
const MAX_CANDIDATES: usize = 100;
/// The code of a query that took longer than it may.
const MAX_TIME_EXPIRED: i32 = 50;

/// A message's entry.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Entry {
    /// The message's id.
    #[serde(rename = "_id")]
    id: MessageId,
    /// Its conversation.
    c: ConversationId,
    /// Its place.
    s: i64,
    /// When it was written.
    at: DateTime,
    /// By whom.
    by: UserId,
    /// Its words.
    w: Vec<String>,
}

impl Entry {
    /// Of a message; none if it has no words.
    #[must_use]
    pub fn new(id: MessageId, at: DateTime, by: UserId, text: &str) -> Option<Self> {
        let w = words(text);
        (!w.is_empty()).then(|| Self {
            c: id.conversation(),
            s: id.seq().0 as i64,
            id,
            at,
            by,
            w,
        })
    }
}

/// What to look for, and where.
pub struct Query {
    /// The words.
    pub wanted: Wanted,
    /// The conversations, each with the place after which its messages may be found.
    pub conversations: HashMap<ConversationId, i64>,
    /// Only what this person wrote.
    pub by: Option<UserId>,
    /// Only what was written then or later.
    pub from: Option<DateTime>,
    /// Only what was written before that.
    pub to: Option<DateTime>,
    /// Only what comes after this in the order of what is found.
    pub after: Option<Spot>,
}

/// A message's spot in the order of what is found, the newest first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
pub struct Spot {
    /// When it was written.
    pub at: DateTime,
    /// Its place in its conversation.
    pub s: i64,
    /// Its conversation.
    pub c: ConversationId,
}

impl Spot {
    /// Of a message.
    #[must_use]
    pub fn of(message: &MessageDoc) -> Self {
        Self {
            at: message.created_at,
            s: message.s,
            c: message.c.clone(),
        }
    }

    fn id(&self) -> MessageId {
        MessageId::new(&self.c, Seq(self.s.unsigned_abs()))
    }
}

/// The index.
#[derive(Clone)]
pub struct Index {
    entries: Collection<Entry>,
    messages: Collection<MessageDoc>,
}

impl Index {
    /// In the same database as the messages.
    #[must_use]
    pub fn new(store: &Store) -> Self {
        Self {
            entries: store.database.collection("search"),
            messages: store.messages.clone(),
        }
    }

    /// The last message of a conversation that has an entry, or the place before the first.
    ///
    /// # Errors
    /// When MongoDB fails.
    pub async fn last_of(&self, conversation: &ConversationId) -> Result<Seq, Error> {
        let spots = self.entries.clone_with_type::<Spot>();
        let newest = spots
            .find_one(doc! { "c": conversation.as_str() })
            .sort(doc! { "at": -1, "s": -1 })
            .projection(doc! { "_id": 0, "c": 1, "s": 1, "at": 1 })
            .hint(Hint::Name("newest".into()));
        let newest = newest.await?;
        Ok(Seq(newest.map_or(0, |spot| spot.s.unsigned_abs())))
    }

    /// Stores entries; those that are there already stay as they are.
    ///
    /// # Errors
    /// When MongoDB fails; repeating it is safe.
    pub async fn add(&self, entries: &[Entry]) -> Result<(), Error> {
        if entries.is_empty() {
            return Ok(());
        }
        let Err(error) = self.entries.insert_many(entries).ordered(false).await else {
            return Ok(());
        };
        match error.kind.as_ref() {
            ErrorKind::InsertMany(failure)
                if failure.write_concern_error.is_none()
                    && failure.write_errors.iter().flatten().all(is_duplicate) =>
            {
                Ok(())
            }
            _ => Err(error),
        }
    }

    /// Stores the entry of a message that has been edited.
    ///
    /// # Errors
    /// When MongoDB fails; repeating it is safe.
    pub async fn replace(&self, entry: &Entry) -> Result<(), Error> {
        let filter = doc! { "_id": entry.id.as_str() };
        let replaced = self.entries.replace_one(filter, entry).upsert(true);
        replaced.await.map(drop)
    }

    /// Forgets messages.
    ///
    /// # Errors
    /// When MongoDB fails; repeating it is safe.
    pub async fn remove(&self, ids: &[&MessageId]) -> Result<(), Error> {
        if ids.is_empty() {
            return Ok(());
        }
        let ids: Vec<&str> = ids.iter().map(|id| id.as_str()).collect();
        let removed = self.entries.delete_many(doc! { "_id": { "$in": ids } });
        removed.await.map(drop)
    }

    /// The newest messages that are as wanted, at most so many; none if it took too long.
    ///
    /// # Errors
    /// When MongoDB fails.
    pub async fn find(
        &self,
        query: &Query,
        limit: usize,
    ) -> Result<Option<Vec<MessageDoc>>, Error> {
        let mut ids: Vec<&ConversationId> = query.conversations.keys().collect();
        ids.sort_unstable();
        let parts = ids
            .chunks(MAX_SCANS)
            .map(|conversations| self.find_in(query, conversations, limit));
        let found = match try_join_all(parts).await {
            Ok(found) => found,
            Err(error) if is_late(&error) => return Ok(None),
            Err(error) => return Err(error),
        };
        let mut found: Vec<MessageDoc> = found.into_iter().flatten().collect();
        found.sort_by_cached_key(|message| std::cmp::Reverse(Spot::of(message)));
        found.truncate(limit);
        Ok(Some(found))
    }

    async fn find_in(
        &self,
        query: &Query,
        conversations: &[&ConversationId],
        limit: usize,
    ) -> Result<Vec<MessageDoc>, Error> {
        let conversations: Vec<&str> = conversations.iter().map(|id| id.as_str()).collect();
        let conversations = doc! { "$in": conversations };
        let counts = query.wanted.patterns().map(|pattern| {
            let filter = doc! { "c": conversations.clone(), "w": { "$regex": pattern } };
            let counted = self.entries.count_documents(filter).limit(FREQUENT);
            counted
                .hint(Hint::Name("words".into()))
                .max_time(MAX_TIME)
                .into_future()
        });
        let counts = try_join_all(counts).await?;
        let mut patterns: Vec<_> = counts.into_iter().zip(query.wanted.patterns()).collect();
        // Of several words MongoDB takes the first for the scan, and looks for the others in what it finds.
        patterns.sort_by_key(|(count, _)| *count);
        let is_frequent = patterns.first().is_none_or(|(count, _)| *count >= FREQUENT);
        let index = if is_frequent { "newest" } else { "words" };

        let mut filter = vec![doc! { "c": conversations }];
        let patterns = patterns.into_iter();
        filter.extend(patterns.map(|(_, pattern)| doc! { "w": { "$regex": pattern } }));
        filter.extend(query.by.map(|by| doc! { "by": by.0 }));
        filter.extend(query.from.map(|from| doc! { "at": { "$gte": from } }));
        filter.extend(query.to.map(|to| doc! { "at": { "$lt": to } }));
        filter.extend(
            query
                .after
                .as_ref()
                .map(|after| doc! { "at": { "$lte": after.at } }),
        );
        let mut candidates = self
            .entries
            .clone_with_type::<Spot>()
            .find(doc! { "$and": filter })
            .sort(doc! { "at": -1, "s": -1 })
            .projection(doc! { "_id": 0, "c": 1, "s": 1, "at": 1 })
            .hint(Hint::Name(index.into()))
            // One page, and one more to know that it is over: each candidate may have cost a look at many others.
            .batch_size(limit.min(MAX_CANDIDATES) as u32 + 2)
            .max_time(MAX_TIME)
            .await?;

        let mut found: Vec<MessageDoc> = Vec::new();
        loop {
            let mut spots = Vec::new();
            let missing = (limit + 1).saturating_sub(found.len());
            while spots.len() < missing.clamp(1, MAX_CANDIDATES) {
                match candidates.try_next().await? {
                    Some(spot) => spots.push(spot),
                    None => break,
                }
            }
            // Of two at the same time the order is that of their conversations, which the index does not know: all of
            // that time are taken, and the first few of them sorted.
            let is_over = |found: &[MessageDoc]| {
                let newest = spots.first().map(|spot| (spot.at, spot.s));
                let last = found.get(limit.wrapping_sub(1));
                last.is_some_and(|last| newest < Some((last.created_at, last.s)))
            };
            if spots.is_empty() || is_over(&found) {
                return Ok(found);
            }
            spots.retain(|spot| query.after.as_ref().is_none_or(|after| spot < after));
            found.extend(self.read(query, &spots).await?);
        }
    }

    /// The messages at these spots, in their order, as far as they are what is wanted.
    async fn read(&self, query: &Query, spots: &[Spot]) -> Result<Vec<MessageDoc>, Error> {
        let ids: Vec<String> = spots.iter().map(|spot| spot.id().to_string()).collect();
        let found = self.messages.find(doc! { "_id": { "$in": ids } });
        let mut found: Vec<MessageDoc> = found.await?.try_collect().await?;
        found.retain(|message| {
            let from = query.conversations.get(&message.c);
            from.is_some_and(|from| message.s > *from)
                && message.deleted_at.is_none()
                && query.wanted.is_in(&message.content)
        });
        found.sort_by_cached_key(|message| std::cmp::Reverse(Spot::of(message)));
        Ok(found)
    }
}

fn is_duplicate(error: &mongodb::error::IndexedWriteError) -> bool {
    error.code == 11_000
}

fn is_late(error: &Error) -> bool {
    matches!(error.kind.as_ref(), ErrorKind::Command(error) if error.code == MAX_TIME_EXPIRED)
}
