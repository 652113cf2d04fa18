//! `file:create`, `file:complete` and `file:get`: what is known of uploaded files. Their bytes are the edges' matter.

use mongodb::{
    bson::{DateTime, doc},
    options::ReturnDocument,
};
use warren_topology::{
    failure::{ErrorCode, Failure},
    ids::{FileId, UserId},
    payload::chat::{FileRef, FileSlot, FileView, NewFile, StoredFile},
};

use super::QueryDesk;
use crate::{
    chat::files::FileDoc,
    core::{Answer, Fault},
};

/// For how long an upload may go on, in milliseconds.
const UPLOADING: i64 = 60 * 60 * 1_000;
/// For how long an uploaded file waits for the message that sends it, in milliseconds.
const UNSENT: i64 = 24 * 60 * 60 * 1_000;
/// How many files of one person may wait to be sent.
const MAX_UNSENT: u64 = 100;

/// Keeps a place for a file.
pub(super) async fn create(
    desk: &QueryDesk,
    user: UserId,
    payload: NewFile,
) -> Result<Answer<FileSlot>, Fault> {
    desk.own(user, &payload.conversation_id).await?;
    let unsent = doc! { "by": user.0, "message": null, "removeAt": { "$gt": DateTime::now() } };
    let unsent = desk.store.files.count_documents(unsent).limit(MAX_UNSENT);
    if unsent.await? >= MAX_UNSENT {
        return Err(Failure::new(
            ErrorCode::Conflict,
            format!(
                "{MAX_UNSENT} files of yours wait to be sent. Send some, or try again tomorrow."
            ),
        )
        .into());
    }
    let now = DateTime::now();
    let file = FileDoc {
        id: FileId::fresh(),
        c: payload.conversation_id,
        by: user,
        name: payload.name,
        created_at: now,
        size: None,
        media_type: None,
        message: None,
        remove_at: Some(after(now, UPLOADING)),
    };
    desk.store.files.insert_one(&file).await?;
    Ok(FileSlot { file_id: file.id }.into())
}

/// Takes note of a file whose bytes are stored.
pub(super) async fn complete(
    desk: &QueryDesk,
    user: UserId,
    payload: StoredFile,
) -> Result<Answer<FileView>, Fault> {
    let id = payload.file_id.as_str();
    let size = i64::try_from(payload.size).unwrap_or(i64::MAX);
    let update = doc! { "$set": {
        "size": size,
        "mediaType": &payload.media_type,
        "removeAt": after(DateTime::now(), UNSENT),
    } };
    let files = &desk.store.files;
    let noted = files
        .find_one_and_update(doc! { "_id": id, "by": user.0, "size": null }, update)
        .return_document(ReturnDocument::After);
    let file = match noted.await? {
        Some(file) => Some(file),
        // It was noted before, if this command comes again.
        None => files.find_one(doc! { "_id": id, "by": user.0 }).await?,
    };
    let view = file.and_then(|file| file.view());
    Ok(view.ok_or_else(|| Failure::not_found("file"))?.into())
}

/// Says what a file is to a member of its conversation.
pub(super) async fn get(
    desk: &QueryDesk,
    user: UserId,
    payload: FileRef,
) -> Result<Answer<FileView>, Fault> {
    desk.own(user, &payload.conversation_id).await?;
    let filter = doc! { "_id": payload.file_id.as_str(), "c": payload.conversation_id.as_str() };
    let file = desk.store.files.find_one(filter).await?;
    let file = file.filter(|file| file.lasts(0) && (file.message.is_some() || file.by == user));
    let view = file.and_then(|file| file.view());
    Ok(view.ok_or_else(|| Failure::not_found("file"))?.into())
}

fn after(at: DateTime, millis: i64) -> DateTime {
    DateTime::from_millis(at.timestamp_millis() + millis)
}
