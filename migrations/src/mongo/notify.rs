//! The database of notifications.

use std::time::Duration;

use futures_util::FutureExt;
use mongodb::{
    Database,
    bson::{Document, doc},
    error::{Error, ErrorKind, Result},
    options::IndexOptions,
};

use super::{
    Migration,
    collection::{create, drop_collection, index, keys, schema},
};

/// How long a notification stays after it was last added to, until a notify worker sets what `notify.retention_days` says.
pub const RETENTION: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// In their order.
pub const MIGRATIONS: &[Migration] = &[
    Migration {
        version: 1,
        name: "notifications",
        up: |database| notifications(database).boxed(),
        down: |database| drop_collection(database, "notifications").boxed(),
    },
    Migration {
        version: 2,
        name: "blocked_people",
        up: |database| blocked_people(database).boxed(),
        down: |database| drop_collection(database, "blockedPeople").boxed(),
    },
    Migration {
        version: 3,
        name: "shown_messages",
        up: |database| shown_messages(database).boxed(),
        down: |database| without_shown_messages(database).boxed(),
    },
];

/// Who is not to be notified of what whom writes, by `<userId>:<blockedId>`.
async fn blocked_people(database: &Database) -> Result<()> {
    let fields: &[(&str, &[&str])] = &[
        ("_id", &["string"]),
        ("userId", &["long"]),
        ("blockedId", &["long"]),
        ("blocked", &["bool"]),
        ("at", &["date"]),
    ];
    create(database, "blockedPeople", schema(fields)).await?;
    let blocked = IndexOptions::builder()
        .partial_filter_expression(doc! { "blocked": true })
        .build();
    let indexes = [
        // Who has blocked somebody.
        keys("blockers", doc! { "blockedId": 1, "userId": 1 }, blocked),
    ];
    index(database, "blockedPeople", indexes).await
}

/// Notifications know which message they show, as which of its edits; and what else they must remember, so that events
/// may come in any order.
async fn shown_messages(database: &Database) -> Result<()> {
    let more: &[Field] = &[
        ("readSeq?", &["long"]),
        ("readAt?", &["date", "null"]),
        ("goneSeq?", &["long"]),
        ("shownSeq?", &["long"]),
        ("shownChange?", &["long"]),
        ("change?", &["long"]),
        ("changedAt?", &["date", "null"]),
        ("version?", &["long"]),
        ("deletedBy?", &["string"]),
    ];
    let fields = schema(&[NOTIFICATION, more].concat());
    create(database, "notifications", fields).await?;
    // What shows a message that was edited or deleted. The message shown is no part of it: it changes with every message.
    let conversation = doc! { "conversationId": 1 };
    let conversation = keys("conversation", conversation, IndexOptions::default());
    index(database, "notifications", [conversation]).await?;
    let rows = database.collection::<Document>("notifications");
    let of_messages = doc! { "type": "message", "shownSeq": { "$exists": false } };
    let shown = doc! { "shownSeq": "$lastSeq", "shownChange": 0_i64 };
    rows.update_many(of_messages, vec![doc! { "$set": shown }])
        .await?;
    let invites = doc! { "type": "group_invite", "change": { "$exists": false } };
    rows.update_many(invites, doc! { "$set": { "change": 0_i64 } })
        .await
        .map(drop)
}

async fn without_shown_messages(database: &Database) -> Result<()> {
    create(database, "notifications", schema(NOTIFICATION)).await?;
    let notifications = database.collection::<Document>("notifications");
    match notifications.drop_index("conversation").await {
        Err(error) if is_missing(&error) => Ok(()),
        dropped => dropped,
    }
}

/// Whether there is no such index, or no collection.
fn is_missing(error: &Error) -> bool {
    const NAMESPACE_NOT_FOUND: i32 = 26;
    const INDEX_NOT_FOUND: i32 = 27;
    matches!(&*error.kind, ErrorKind::Command(error) if [NAMESPACE_NOT_FOUND, INDEX_NOT_FOUND].contains(&error.code))
}

type Field = (&'static str, &'static [&'static str]);

const NOTIFICATION: &[Field] = &[
    ("_id", &["string"]),
    ("userId", &["long"]),
    ("type", &["string"]),
    ("title", &["string"]),
    ("content", &["string"]),
    ("conversationId", &["string", "null"]),
    ("senderId", &["long", "null"]),
    ("firstSeq", &["long", "null"]),
    ("lastSeq", &["long", "null"]),
    ("count", &["int", "long"]),
    ("isRead", &["bool"]),
    ("createdAt", &["date"]),
    ("updatedAt", &["date"]),
];

async fn notifications(database: &Database) -> Result<()> {
    create(database, "notifications", schema(NOTIFICATION)).await?;
    let unread = IndexOptions::builder()
        .partial_filter_expression(doc! { "isRead": false })
        .build();
    let age = IndexOptions::builder().expire_after(RETENTION).build();
    let indexes = [
        // A user's notifications, newest first, page by page.
        keys(
            "newest",
            doc! { "userId": 1, "updatedAt": -1, "_id": -1 },
            IndexOptions::default(),
        ),
        // How many are unread, without reading them.
        keys("unread", doc! { "userId": 1, "isRead": 1 }, unread),
        keys("age", doc! { "updatedAt": 1 }, age),
    ];
    index(database, "notifications", indexes).await
}
