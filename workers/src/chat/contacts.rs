//! Who talks with whom, for other pools. It is read from the members as they are stored. Who has not accepted to talk with
//! somebody is no contact of theirs: a request alone tells nothing about whom it is sent to.

use std::collections::{HashMap, HashSet};

use futures_util::TryStreamExt;
use mongodb::{
    Client, Collection,
    bson::{Document, doc},
    error::Error,
};
use warren_topology::ids::{ConversationId, UserId};

/// The most contacts of one person.
const MAX_CONTACTS: usize = 1_000;
/// The most conversations of one person that are looked through.
const MAX_CONVERSATIONS: i64 = 1_000;
/// The most members of them that are read.
const MAX_COMPANIONS: i64 = 10_000;
/// The most memberships read at a time.
const MAX_READ: i64 = 50_000;

/// How a member stands to a request who has not accepted it.
const UNWILLING: [&str; 2] = ["pending", "declined"];

/// The members of conversations.
#[derive(Clone, Debug)]
pub struct Contacts {
    members: Collection<Document>,
}

impl Contacts {
    /// In a client's default database.
    #[must_use]
    pub fn new(client: &Client) -> Self {
        let database = client
            .default_database()
            .unwrap_or_else(|| client.database("warren"));
        Self {
            members: database.collection("members"),
        }
    }

    /// Those of some people who share a conversation with somebody, direct or not.
    ///
    /// # Errors
    /// When MongoDB fails.
    pub async fn among(&self, caller: UserId, users: &[UserId]) -> Result<HashSet<UserId>, Error> {
        let own = self
            .members
            .find(doc! { "userId": caller.0, "leftAt": null });
        let own: Vec<Document> = own
            .projection(doc! { "_id": 0, "conversationId": 1 })
            .limit(MAX_READ)
            .await?
            .try_collect()
            .await?;
        let own = own
            .iter()
            .filter_map(|row| row.get_str("conversationId").ok());
        let ids: Vec<i64> = users.iter().map(|user| user.0).collect();
        let filter = doc! {
            "userId": { "$in": ids },
            "conversationId": { "$in": own.collect::<Vec<_>>() },
            "request": { "$nin": &UNWILLING[..] },
            "leftAt": null,
        };
        let found = self.members.distinct("userId", filter).await?;
        let found = found.iter().filter_map(|user| user.as_i64().map(UserId));
        Ok(found.collect())
    }

    /// Those who share a conversation with somebody, direct or not, whether they have agreed to it or not: as far as they are
    /// among the first 10,000 members of the first 1,000 conversations.
    ///
    /// # Errors
    /// When MongoDB fails.
    pub async fn companions(&self, user: UserId) -> Result<HashSet<UserId>, Error> {
        let own = self
            .members
            .find(doc! { "userId": user.0, "leftAt": null })
            .projection(doc! { "_id": 0, "conversationId": 1 })
            .limit(MAX_CONVERSATIONS);
        let own: Vec<Document> = own.await?.try_collect().await?;
        let own = own
            .iter()
            .filter_map(|row| row.get_str("conversationId").ok());
        let mut found = self
            .members
            .find(doc! { "conversationId": { "$in": own.collect::<Vec<_>>() }, "leftAt": null })
            .projection(doc! { "_id": 0, "userId": 1 })
            .limit(MAX_COMPANIONS)
            .await?;
        let mut companions = HashSet::new();
        while let Some(member) = found.try_next().await? {
            companions.extend(member.get_i64("userId").map(UserId));
        }
        Ok(companions)
    }

    /// The contacts of people who have some, at most 1,000 of each.
    ///
    /// # Errors
    /// When MongoDB fails.
    pub async fn of(&self, users: &[UserId]) -> Result<HashMap<UserId, Vec<UserId>>, Error> {
        let ids: Vec<i64> = users.iter().map(|user| user.0).collect();
        // The id of a direct conversation names both people.
        let filter = doc! {
            "userId": { "$in": ids },
            "conversationId": { "$regex": "^d" },
            "request": { "$nin": &UNWILLING[..] },
            "leftAt": null,
        };
        let mut found = self
            .members
            .find(filter)
            .projection(doc! { "_id": 0, "userId": 1, "conversationId": 1 })
            .limit(MAX_READ)
            .await?;
        let mut contacts: HashMap<UserId, Vec<UserId>> = HashMap::new();
        while let Some(member) = found.try_next().await? {
            let (Ok(user), Ok(id)) = (member.get_i64("userId"), member.get_str("conversationId"))
            else {
                continue;
            };
            let pair = id.parse::<ConversationId>().ok().and_then(|id| id.pair());
            let Some((one, other)) = pair else { continue };
            let other = if one.0 == user { other } else { one };
            let known = contacts.entry(UserId(user)).or_default();
            if known.len() < MAX_CONTACTS {
                known.push(other);
            }
        }
        Ok(contacts)
    }
}
