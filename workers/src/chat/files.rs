//! Uploaded files: what they are is in MongoDB, their bytes are in the storage, and nobody but edges and the sweep here touches
//! those. A file that is to go has the time in `removeAt`: from its beginning until a message sends it, and again when that is
//! deleted. So whatever breaks off in between, nothing stays for ever.

use std::time::Duration;

use futures_util::TryStreamExt;
use mongodb::bson::{DateTime, doc};
use serde::{Deserialize, Serialize};
use tokio_util::sync::CancellationToken;
use tracing::{info, warn};
use warren_storage::Storage;
use warren_topology::{
    ids::{ClientId, ConversationId, FileId, MessageId, UserId},
    payload::chat::{FileRef, FileView},
};

use super::{metrics, store::Store};

/// How often it is looked for what is to go.
const SWEEP: Duration = Duration::from_secs(60);
/// How many files go at a time.
const MAX_SWEEP: i64 = 100;

/// A file as it is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FileDoc {
    /// Its id.
    #[serde(rename = "_id")]
    pub id: FileId,
    /// The conversation it was uploaded into.
    pub c: ConversationId,
    /// Who uploaded it.
    pub by: UserId,
    /// What it is called.
    pub name: String,
    /// What the client named the upload.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
    /// When its upload began.
    pub created_at: DateTime,
    /// How large it is, in bytes; absent until its bytes are stored.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub size: Option<i64>,
    /// What it is by its content.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub media_type: Option<String>,
    /// The message that sends it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<MessageId>,
    /// When it goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remove_at: Option<DateTime>,
}

impl FileDoc {
    /// Whether it is there for at least so long, in milliseconds.
    #[must_use]
    pub fn lasts(&self, millis: i64) -> bool {
        let until = DateTime::from_millis(DateTime::now().timestamp_millis() + millis);
        self.remove_at.is_none_or(|at| at > until)
    }

    /// The file as clients see it; none before its bytes are stored.
    #[must_use]
    pub fn view(&self) -> Option<FileView> {
        let place = FileRef {
            conversation_id: self.c.clone(),
            file_id: self.id.clone(),
        };
        Some(FileView {
            url: place.url(),
            file_id: place.file_id,
            name: self.name.clone(),
            media_type: self.media_type.clone()?,
            size: self.size?.unsigned_abs(),
        })
    }
}

/// Removes what is to go, until `shutdown`. All workers do; that two remove the same file harms nobody.
pub async fn run(store: Store, storage: Storage, shutdown: CancellationToken) {
    loop {
        let more = match sweep(&store, &storage).await {
            Ok(removed) => removed == MAX_SWEEP as usize,
            Err(error) => {
                warn!(%error, "uploaded files that are to go cannot be removed; trying again in a minute");
                false
            }
        };
        let wait = if more { Duration::ZERO } else { SWEEP };
        tokio::select! {
            () = tokio::time::sleep(wait) => {}
            () = shutdown.cancelled() => return,
        }
    }
}

/// Removes some of the files whose time has come; how many. The bytes go first: as long as the record is there, it is tried
/// again.
///
/// # Errors
/// When MongoDB or the storage fails; repeating it is safe.
pub async fn sweep(
    store: &Store,
    storage: &Storage,
) -> Result<usize, Box<dyn std::error::Error + Send + Sync>> {
    let due = doc! { "removeAt": { "$lt": DateTime::now() } };
    let found = store.files.find(due).limit(MAX_SWEEP).await?;
    let due: Vec<FileDoc> = found.try_collect().await?;
    for file in &due {
        storage.delete(file.id.as_str()).await?;
    }
    let ids: Vec<&str> = due.iter().map(|file| file.id.as_str()).collect();
    if !ids.is_empty() {
        store
            .files
            .delete_many(doc! { "_id": { "$in": ids } })
            .await?;
        metrics::FILES_REMOVED.inc_by(due.len() as u64);
        info!(
            files = due.len(),
            "removed uploaded files that nobody needs any longer"
        );
    }
    Ok(due.len())
}
