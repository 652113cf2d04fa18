//! Who shares a direct conversation with whom, for other pools. It is read from the members as they are stored.

use std::collections::HashMap;

use futures_util::TryStreamExt;
use mongodb::{
    Client, Collection,
    bson::{Document, doc},
    error::Error,
};
use warren_topology::ids::{ConversationId, UserId};

/// The most contacts of one person.
const MAX_CONTACTS: usize = 1_000;
/// The most memberships read at a time.
const MAX_READ: i64 = 50_000;

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

    /// The contacts of people who have some, at most 1,000 of each.
    ///
    /// # Errors
    /// When MongoDB fails.
    pub async fn of(&self, users: &[UserId]) -> Result<HashMap<UserId, Vec<UserId>>, Error> {
        let ids: Vec<i64> = users.iter().map(|user| user.0).collect();
        // The id of a direct conversation names both people.
        let filter = doc! { "userId": { "$in": ids }, "conversationId": { "$regex": "^d" } };
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
