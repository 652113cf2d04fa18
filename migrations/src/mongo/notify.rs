//! The database of notifications.

use std::time::Duration;

use futures_util::FutureExt;
use mongodb::{Database, bson::doc, error::Result, options::IndexOptions};

use super::{
    Migration,
    collection::{create, drop_collection, index, keys, schema},
};

/// How long a notification stays after its last change. To change it in a running system: `collMod` on the index `age`.
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

async fn notifications(database: &Database) -> Result<()> {
    let fields: &[(&str, &[&str])] = &[
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
    create(database, "notifications", schema(fields)).await?;
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
