//! `file:create`, `file:complete` and `file:get`: what is known of uploaded files. Their bytes are the edges' matter.

use mongodb::{
    bson::{DateTime, doc},
    error::ErrorKind,
    options::ReturnDocument,
};
use warren_topology::{
    failure::{ErrorCode, Failure},
    ids::{ClientId, ConversationId, FileId, UserId},
    payload::chat::{FileRef, FileSlot, FileView, NewFile, StoredFile},
};

use super::QueryDesk;
use crate::{
    chat::{files::FileDoc, store::DUPLICATE_KEY, turn::SENDING},
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
    if let Some(name) = &payload.client_id
        && let Some(stored) = uploaded(desk, user, name).await?
        && !forgotten(desk, &stored).await?
    {
        let slot = FileSlot {
            file_id: stored.id.clone(),
            stored: Some(same(&stored, &payload.conversation_id)?),
        };
        return Ok(slot.into());
    }
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
        client_id: payload.client_id,
        created_at: now,
        size: None,
        media_type: None,
        message: None,
        remove_at: Some(after(now, UPLOADING)),
    };
    desk.store.files.insert_one(&file).await?;
    Ok(FileSlot {
        file_id: file.id,
        stored: None,
    }
    .into())
}

/// The file that a person has uploaded under a name of theirs.
async fn uploaded(
    desk: &QueryDesk,
    user: UserId,
    name: &ClientId,
) -> Result<Option<FileDoc>, Fault> {
    let filter = doc! { "by": user.0, "clientId": name.as_str(), "size": { "$exists": true } };
    Ok(desk.store.files.find_one(filter).await?)
}

/// Whether a file that was never sent is about to go, and its name free again.
async fn forgotten(desk: &QueryDesk, file: &FileDoc) -> Result<bool, Fault> {
    if file.message.is_some() || file.lasts(SENDING) {
        return Ok(false);
    }
    let unsent = doc! { "_id": file.id.as_str(), "message": null };
    let freed = doc! { "$unset": { "clientId": "" } };
    let freed = desk.store.files.update_one(unsent, freed).await?;
    Ok(freed.matched_count == 1)
}

/// A file that is asked for again.
fn same(file: &FileDoc, conversation: &ConversationId) -> Result<FileView, Failure> {
    let is_it = file.c == *conversation && file.lasts(0);
    let view = file.view().filter(|_| is_it);
    view.ok_or_else(|| {
        let text = "This clientId named another file of yours. Use a new one.";
        Failure::new(ErrorCode::Conflict, text)
    })
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
    let file = match noted.await {
        Ok(Some(file)) => Some(file),
        // It was noted before, if this command comes again.
        Ok(None) => files.find_one(doc! { "_id": id, "by": user.0 }).await?,
        // The same upload was made twice at once, and the other was faster. This one goes in time.
        Err(error) if is_duplicate(&error) => {
            let own = files.find_one(doc! { "_id": id, "by": user.0 }).await?;
            let own = own.ok_or_else(|| Failure::not_found("file"))?;
            let name = own.client_id.as_ref().ok_or_else(Failure::internal)?;
            let first = uploaded(desk, user, name).await?;
            let first = first.ok_or_else(Failure::unavailable)?;
            return Ok(same(&first, &own.c)?.into());
        }
        Err(error) => return Err(error.into()),
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
    let own = desk.own(user, &payload.conversation_id).await?;
    let filter = doc! { "_id": payload.file_id.as_str(), "c": payload.conversation_id.as_str() };
    let file = desk.store.files.find_one(filter).await?;
    let is_theirs = |file: &FileDoc| match &file.message {
        Some(message) => message.seq().0 > own.cleared().unsigned_abs(),
        None => file.by == user,
    };
    let file = file.filter(|file| file.lasts(0) && is_theirs(file));
    let view = file.and_then(|file| file.view());
    Ok(view.ok_or_else(|| Failure::not_found("file"))?.into())
}

fn is_duplicate(error: &mongodb::error::Error) -> bool {
    matches!(&*error.kind, ErrorKind::Command(error) if error.code == DUPLICATE_KEY)
}

fn after(at: DateTime, millis: i64) -> DateTime {
    DateTime::from_millis(at.timestamp_millis() + millis)
}
