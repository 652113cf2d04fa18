//! The database of conversations: `conversations`, `members`, `messages`.

use futures_util::FutureExt;
use mongodb::{Database, bson::doc, error::Result, options::IndexOptions};

use super::{
    Migration, blocks,
    collection::{create, drop_collection, index, keys, schema},
};

/// In their order.
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        name: "conversations",
        up: |database| conversations(database).boxed(),
        down: |database| drop_collection(database, "conversations").boxed(),
    },
    Migration {
        version: 2,
        name: "members",
        up: |database| members(database).boxed(),
        down: |database| drop_collection(database, "members").boxed(),
    },
    Migration {
        version: 3,
        name: "messages",
        up: |database| messages(database).boxed(),
        down: |database| drop_collection(database, "messages").boxed(),
    },
    Migration {
        version: 4,
        name: "blocks",
        up: |database| blocks::up(database).boxed(),
        down: |database| drop_collection(database, "blocks").boxed(),
    },
];

/// Conversations, by their id. They are found through `members`, so no other index is needed.
async fn conversations(database: &Database) -> Result<()> {
    let fields: &[(&str, &[&str])] = &[
        ("_id", &["string"]),
        ("type", &["string"]),
        ("name", &["string", "null"]),
        ("createdBy", &["long"]),
        ("createdAt", &["date"]),
        ("memberCount", &["int", "long"]),
        ("lastSeq", &["long"]),
        ("lastChange", &["long"]),
        ("lastActivityAt", &["date"]),
        ("lastMessage", &["object", "null"]),
        ("creation", &["string"]),
    ];
    create(database, "conversations", schema(fields)).await
}

/// Who is in which conversation, by `<conversationId>:<userId>`.
async fn members(database: &Database) -> Result<()> {
    let fields: &[(&str, &[&str])] = &[
        ("_id", &["string"]),
        ("conversationId", &["string"]),
        ("userId", &["long"]),
        ("role", &["string"]),
        ("joinedAt", &["date"]),
        ("joinedSeq", &["long"]),
        ("lastReadSeq", &["long"]),
        ("lastDeliveredSeq", &["long"]),
        ("muted", &["bool"]),
        ("pinned", &["bool"]),
        ("hidden", &["bool"]),
    ];
    create(database, "members", schema(fields)).await?;
    let indexes = [
        // A user's conversations.
        keys(
            "user",
            doc! { "userId": 1, "hidden": 1 },
            IndexOptions::default(),
        ),
        // A conversation's members, the longest-serving first.
        keys(
            "conversation",
            doc! { "conversationId": 1, "joinedAt": 1 },
            IndexOptions::default(),
        ),
    ];
    index(database, "members", indexes).await
}

/// Messages, by `<conversationId>.<seq, 10 digits>`: the primary key is the order and the page index. The field names
/// are short and the other indexes two, because every message pays for them.
async fn messages(database: &Database) -> Result<()> {
    let fields: &[(&str, &[&str])] = &[
        ("_id", &["string"]),
        ("c", &["string"]),
        ("s", &["long"]),
        ("type", &["string"]),
        ("senderId", &["long"]),
        ("content", &["string"]),
        ("attachments", &["array"]),
        ("clientId", &["string"]),
        ("ownClientId", &["bool"]),
        ("createdAt", &["date"]),
        ("editedAt?", &["date"]),
        ("deletedAt?", &["date"]),
        ("change?", &["long"]),
    ];
    create(database, "messages", schema(fields)).await?;
    let unique = IndexOptions::builder().unique(true).build();
    let changed = doc! { "change": { "$exists": true } };
    let changed = IndexOptions::builder()
        .partial_filter_expression(changed)
        .build();
    let indexes = [
        // A message sent twice is stored once.
        keys(
            "once",
            doc! { "c": 1, "senderId": 1, "clientId": 1 },
            unique,
        ),
        // Edits and deletions since a place, for those who were away.
        keys("changes", doc! { "c": 1, "change": 1 }, changed),
    ];
    index(database, "messages", indexes).await
}
