//! The words of messages, by the message's id: which conversation holds which word, the newest first. What is looked for is
//! the beginning of a word, so this is an ordinary index, not one of MongoDB's text indexes, which know whole words only.

use mongodb::{Database, bson::doc, error::Result, options::IndexOptions};

use super::collection::{create, drop_collection, index, keys, schema};

const ENTRY: &[(&str, &[&str])] = &[
    ("_id", &["string"]),
    ("c", &["string"]),
    ("s", &["long"]),
    ("at", &["date"]),
    ("by", &["long"]),
    ("w", &["array"]),
];

/// How far the messages that were there before their index have been indexed.
const PROGRESS: &[(&str, &[&str])] = &[
    ("_id", &["string"]),
    ("after", &["string"]),
    ("done", &["bool"]),
];

pub(super) async fn up(database: &Database) -> Result<()> {
    create(database, "search", schema(ENTRY)).await?;
    create(database, "search_progress", schema(PROGRESS)).await?;
    let indexes = [
        // Where a rare word is.
        keys(
            "words",
            doc! { "c": 1, "w": 1, "at": -1, "s": -1 },
            IndexOptions::default(),
        ),
        // Where to look for a frequent word, which is soon found.
        keys(
            "newest",
            doc! { "c": 1, "at": -1, "s": -1 },
            IndexOptions::default(),
        ),
    ];
    index(database, "search", indexes).await
}

pub(super) async fn down(database: &Database) -> Result<()> {
    drop_collection(database, "search").await?;
    drop_collection(database, "search_progress").await
}
