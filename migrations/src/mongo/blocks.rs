//! Blocks between two people, by the id of their direct conversation, which need not exist: `by.<user id>` says whether
//! that one has blocked the other.

use mongodb::{Database, error::Result};

use super::collection::{create, schema};

pub(super) async fn up(database: &Database) -> Result<()> {
    create(
        database,
        "blocks",
        schema(&[("_id", &["string"]), ("by", &["object"])]),
    )
    .await
}
