//! Uploaded files, by their id: what they are, and when they go. Their bytes are elsewhere.

use mongodb::{Database, bson::doc, error::Result, options::IndexOptions};

use super::collection::{create, drop_index, index, keys, schema};

const FILE: &[(&str, &[&str])] = &[
    ("_id", &["string"]),
    ("c", &["string"]),
    ("by", &["long"]),
    ("name", &["string"]),
    ("createdAt", &["date"]),
    ("size?", &["long"]),
    ("mediaType?", &["string"]),
    ("message?", &["string"]),
    ("removeAt?", &["date"]),
];

/// The same upload, named by its client, is there once. While its bytes travel it does not count.
pub(super) async fn once(database: &Database) -> Result<()> {
    create(
        database,
        "files",
        schema(&[FILE, &[("clientId?", &["string"])]].concat()),
    )
    .await?;
    let named = doc! { "clientId": { "$exists": true }, "size": { "$exists": true } };
    let options = IndexOptions::builder()
        .unique(true)
        .partial_filter_expression(named)
        .build();
    let once = keys(ONCE, doc! { "by": 1, "clientId": 1 }, options);
    index(database, "files", [once]).await
}

pub(super) async fn not_once(database: &Database) -> Result<()> {
    drop_index(database, "files", ONCE).await?;
    create(database, "files", schema(FILE)).await
}

const ONCE: &str = "once";

pub(super) async fn up(database: &Database) -> Result<()> {
    create(database, "files", schema(FILE)).await?;
    let only_with = |field: &str| {
        let filter = doc! { field: { "$exists": true } };
        IndexOptions::builder()
            .partial_filter_expression(filter)
            .build()
    };
    let indexes = [
        // What is to go.
        keys("remove", doc! { "removeAt": 1 }, only_with("removeAt")),
        // What somebody has not sent yet.
        keys(
            "unsent",
            doc! { "by": 1, "removeAt": 1 },
            only_with("removeAt"),
        ),
        // What goes with a message, or with its conversation.
        keys("message", doc! { "message": 1 }, only_with("message")),
        keys("conversation", doc! { "c": 1 }, IndexOptions::default()),
    ];
    index(database, "files", indexes).await
}
