//! The database of conversations: `conversations`, `members`, `messages`, `changes`.

use std::time::Duration;

use futures_util::FutureExt;
use mongodb::{Database, bson::doc, error::Result, options::IndexOptions};

use super::{
    Migration, blocks,
    collection::{create, drop_collection, index, keys, schema},
    files, search,
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
    Migration {
        version: 5,
        name: "changes",
        up: |database| changes(database).boxed(),
        down: |database| without_changes(database).boxed(),
    },
    Migration {
        version: 6,
        name: "search",
        up: |database| search::up(database).boxed(),
        down: |database| search::down(database).boxed(),
    },
    Migration {
        version: 7,
        name: "files",
        up: |database| files::up(database).boxed(),
        down: |database| drop_collection(database, "files").boxed(),
    },
    Migration {
        version: 8,
        name: "uploads",
        up: |database| files::once(database).boxed(),
        down: |database| files::not_once(database).boxed(),
    },
];

/// For how long it is known which command made a change. What the change did lasts.
pub const CHANGES_RETENTION: Duration = Duration::from_secs(7 * 24 * 60 * 60);

type Field = (&'static str, &'static [&'static str]);

/// Conversations, by their id. They are found through `members`, so no other index is needed.
async fn conversations(database: &Database) -> Result<()> {
    create(database, "conversations", schema(CONVERSATION)).await
}

const CONVERSATION: &[Field] = &[
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

/// Who is in which conversation, by `<conversationId>:<userId>`.
async fn members(database: &Database) -> Result<()> {
    create(database, "members", schema(MEMBER)).await?;
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

const MEMBER: &[Field] = &[
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

/// Messages, by `<conversationId>.<seq, 10 digits>`: the primary key is the order and the page index. The field names
/// are short and the other indexes two, because every message pays for them.
async fn messages(database: &Database) -> Result<()> {
    create(database, "messages", schema(MESSAGE)).await?;
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

const MESSAGE: &[Field] = &[
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

/// Changes to what exists, by `<conversationId>.<number, 10 digits>`, and what the other documents know of them. A change
/// is stored here before it is carried out there.
async fn changes(database: &Database) -> Result<()> {
    let with = |fields: &[Field], more: &[Field]| schema(&[fields, more].concat());
    let conversation: &[Field] = &[
        ("avatarUrl?", &["string", "null"]),
        ("sharedChange?", &["long"]),
        ("endedAt?", &["date", "null"]),
    ];
    let member: &[Field] = &[
        ("request?", &["string"]),
        ("mutedUntil?", &["date", "null"]),
        ("clearedSeq?", &["long"]),
        ("deleted?", &["bool"]),
        ("change?", &["long"]),
        ("leftAt?", &["date"]),
    ];
    let message: &[Field] = &[("deletedBy?", &["long"]), ("system?", &["object"])];
    create(database, "conversations", with(CONVERSATION, conversation)).await?;
    create(database, "members", with(MEMBER, member)).await?;
    create(database, "messages", with(MESSAGE, message)).await?;

    let change: &[Field] = &[
        ("_id", &["string"]),
        ("c", &["string"]),
        ("n", &["long"]),
        ("command", &["string"]),
        ("actor", &["long"]),
        ("at", &["date"]),
        ("sharedChange", &["long"]),
        ("what", &["object"]),
    ];
    create(database, "changes", schema(change)).await?;
    let unique = IndexOptions::builder().unique(true).build();
    let age = IndexOptions::builder()
        .expire_after(CHANGES_RETENTION)
        .build();
    let indexes = [
        // A command that comes twice changes things once.
        keys("once", doc! { "c": 1, "command": 1 }, unique),
        keys("age", doc! { "at": 1 }, age),
    ];
    index(database, "changes", indexes).await
}

async fn without_changes(database: &Database) -> Result<()> {
    create(database, "conversations", schema(CONVERSATION)).await?;
    create(database, "members", schema(MEMBER)).await?;
    create(database, "messages", schema(MESSAGE)).await?;
    drop_collection(database, "changes").await
}
