//! Files that clients upload: their bytes go to the storage as they come, and never through the broker.

use std::{fmt, future, pin::pin, sync::Arc, time::Duration};

use bytes::Bytes;
use futures_util::{Stream, StreamExt, TryStreamExt, stream};
use http_body_util::BodyExt;
use hyper::{
    body::{Body, Incoming},
    http::request::Parts as Head,
};
use serde_json::value::{RawValue, to_raw_value};
use tokio::{
    sync::Semaphore,
    time::{Instant, timeout, timeout_at},
};
use tracing::warn;
use warren_runtime::config::ConfigError;
use warren_storage::{PutError, Storage, StorageConfig};
use warren_topology::{
    failure::{ErrorCode, Failure},
    ids::UserId,
    payload::chat::{FileSlot, StoredFile},
};

use super::{
    action::{ActionRequest, Admitted, Refusal, admit, succeeded},
    answer::Answer,
};
use crate::{
    commands::pending::Success, core::Core, metrics, sessions::caps::Cap, settings::UploadsConfig,
};

/// How much of a file tells what it is, in bytes.
const SNIFFED: usize = 8 << 10;
/// For how long the rest of a body is read that is refused: who is still sending does not hear why.
const LISTENING: Duration = Duration::from_secs(5);

/// Where files go, and how many at a time.
pub(crate) struct Uploads {
    /// None where the operator has named none.
    pub(super) storage: Option<Storage>,
    settings: UploadsConfig,
    places: Semaphore,
    of_users: Arc<Cap<UserId>>,
}

impl Uploads {
    /// Opens the storage.
    ///
    /// # Errors
    /// [`ConfigError`] when it cannot be used.
    pub(crate) fn open(
        files: &StorageConfig,
        settings: UploadsConfig,
    ) -> Result<Self, ConfigError> {
        let storage = Storage::open(files)
            .map_err(|error| ConfigError::new("files.url", format!("cannot be used: {error}")))?;
        Ok(Self {
            storage,
            places: Semaphore::new(settings.max_at_a_time),
            of_users: Cap::new(settings.max_per_user),
            settings,
        })
    }

    /// The storage.
    ///
    /// # Errors
    /// `UNAVAILABLE` where there is none.
    pub(super) fn storage(&self) -> Result<&Storage, Failure> {
        self.storage.as_ref().ok_or_else(|| {
            Failure::new(
                ErrorCode::Unavailable,
                "There is no place for files here: the operator has not set files.url.",
            )
        })
    }
}

/// Why the bytes of a file ended before it did.
#[derive(Debug)]
enum Ended {
    TooLarge,
    TooSlow,
    BrokenOff,
}

/// Answers a request whose body is a file: asks where it goes, stores it there, and has that taken note of.
pub(super) async fn answer(
    core: &Core,
    action: ActionRequest<'_>,
    then: &str,
    head: &Head,
    mut body: Incoming,
) -> Result<Answer, Refusal> {
    let status = action.entry.action.status;
    let admitted = admit(core, action, head, b"")?;
    let answer = store(core, &admitted, then, &mut body).await;
    let outcome = if answer.is_ok() { "stored" } else { "refused" };
    metrics::UPLOADS.with_label_values(&[outcome]).inc();
    if answer.is_err() {
        listen(&mut body, &core.uploads.settings).await;
    }
    Ok(succeeded(status, answer?))
}

/// Reads the rest of a body that is not needed: whoever sends without reading would see the connection break, and not the
/// answer.
async fn listen(body: &mut Incoming, settings: &UploadsConfig) {
    let rest = body
        .into_data_stream()
        .take_while(|part| future::ready(part.is_ok()));
    let most = settings.max_bytes.saturating_mul(2);
    let mut read = 0;
    let rest = rest.try_take_while(|part| {
        read += part.len() as u64;
        future::ready(Ok(read <= most))
    });
    let _in_time = timeout(LISTENING, rest.for_each(|_| future::ready(()))).await;
}

async fn store(
    core: &Core,
    admitted: &Admitted<'_>,
    then: &str,
    body: &mut Incoming,
) -> Result<Success, Refusal> {
    let uploads = &core.uploads;
    let settings = &uploads.settings;
    let storage = uploads.storage()?;
    if body.size_hint().lower() > settings.max_bytes {
        return Err(refused(&Ended::TooLarge, settings));
    }
    let Ok(_place) = uploads.places.try_acquire() else {
        return Err(busy(
            "Too many files are being uploaded. Try again in a moment.",
        ));
    };
    let of_user = |user| uploads.of_users.take(user);
    let Some(_place_of_user) = admitted
        .user()
        .map_or(Some(None), |user| of_user(user).map(Some))
    else {
        return Err(busy(
            "You are uploading too many files at a time. Wait until some are done.",
        ));
    };

    let mut success = admitted.ask(core).await?;
    let slot: FileSlot = read_reply(&success)?;
    if let Some(stored) = slot.stored {
        // Who is still sending hears of it at the end, like everybody whose file is stored.
        let rest = bytes(body, settings).try_for_each(|_| future::ready(Ok(())));
        rest.await.map_err(|ended| refused(&ended, settings))?;
        success.data = Some(to_raw_value(&stored).map_err(|_| Failure::internal())?);
        return Ok(success);
    }
    let mut source = pin!(bytes(body, settings));
    let mut first = Vec::new();
    while first.len() < SNIFFED {
        match source
            .try_next()
            .await
            .map_err(|ended| refused(&ended, settings))?
        {
            Some(part) => first.extend_from_slice(&part),
            None => break,
        }
    }
    if first.is_empty() {
        return Err(Failure::invalid("", "the file is empty").into());
    }
    let media_type = media_type(&first);
    if !settings.takes(media_type) {
        let taken = settings.media_types.join(", ");
        let message = format!("This is {media_type} by its content. Files may be: {taken}.");
        return Err(Refusal::with_status(415, ErrorCode::InvalidInput, message));
    }
    let source = stream::iter([Ok(Bytes::from(first))]).chain(source);
    let stored = storage.put(slot.file_id.as_str(), pin!(source)).await;
    let size = stored.map_err(|error| match error {
        PutError::Source(ended) => refused(&ended, settings),
        PutError::Storage(error) => unstored(&error),
    })?;
    metrics::FILE_BYTES.with_label_values(&["in"]).inc_by(size);

    let stored = StoredFile {
        file_id: slot.file_id,
        size,
        media_type: media_type.to_owned(),
    };
    let payload: Box<RawValue> = to_raw_value(&stored).map_err(|_| Failure::internal())?;
    let entries = core.commands.catalog.entries();
    let entry = entries.iter().find(|entry| entry.action.name == then);
    let entry = entry.ok_or_else(Failure::internal)?;
    Ok(admitted.go_on(core, entry, &payload).await?)
}

/// Reads the answer of a pool.
pub(super) fn read_reply<T: serde::de::DeserializeOwned>(success: &Success) -> Result<T, Failure> {
    let data = success.data.as_ref().ok_or_else(Failure::internal)?;
    serde_json::from_str(data.get()).map_err(|_| Failure::internal())
}

/// What a client is told when the storage fails; the operator is told why.
pub(super) fn unstored(error: &dyn fmt::Display) -> Refusal {
    warn!(%error, "the storage of files failed");
    Failure::unavailable().into()
}

/// The bytes of a body, within their bounds of size and time.
fn bytes<'a>(
    body: &'a mut Incoming,
    settings: &'a UploadsConfig,
) -> impl Stream<Item = Result<Bytes, Ended>> + 'a {
    let end = Instant::now() + Duration::from_millis(settings.timeout_ms);
    stream::try_unfold((body, 0), move |(body, mut read)| async move {
        loop {
            let idle = Instant::now() + Duration::from_millis(settings.idle_ms);
            let frame = match timeout_at(end.min(idle), body.frame()).await {
                Err(_) => return Err(Ended::TooSlow),
                Ok(Some(Err(_))) => return Err(Ended::BrokenOff),
                Ok(None) => return Ok(None),
                Ok(Some(Ok(frame))) => frame,
            };
            let Ok(part) = frame.into_data() else {
                continue;
            };
            read += part.len() as u64;
            if read > settings.max_bytes {
                return Err(Ended::TooLarge);
            }
            return Ok(Some((part, (body, read))));
        }
    })
}

fn refused(ended: &Ended, settings: &UploadsConfig) -> Refusal {
    let refuse =
        |status, message: String| Refusal::with_status(status, ErrorCode::InvalidInput, message);
    match ended {
        Ended::TooLarge => {
            let most = settings.max_bytes;
            refuse(413, format!("The file is larger than {most} bytes."))
        }
        Ended::TooSlow => refuse(408, "The file did not arrive in time.".into()),
        Ended::BrokenOff => Failure::invalid("", "the file broke off").into(),
    }
}

fn busy(message: &str) -> Refusal {
    Failure::new(ErrorCode::Busy, message).into()
}

/// What a file is by its beginning. What a browser would run is text, and nothing else.
fn media_type(first: &[u8]) -> &'static str {
    match infer::get(first).map(|kind| kind.mime_type()) {
        Some(known) if !known.starts_with("text/") => known,
        Some(_) => "text/plain",
        None if is_text(first) => "text/plain",
        None => "application/octet-stream",
    }
}

/// Whether it is UTF-8 without control characters, but for one that is cut at the end.
fn is_text(first: &[u8]) -> bool {
    let text = match std::str::from_utf8(first) {
        Ok(text) => text,
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&first[..error.valid_up_to()]).unwrap_or_default()
        }
        Err(_) => return false,
    };
    let is_odd = |c: char| c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{c}');
    !text.is_empty() && !text.contains(is_odd)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_file_is_is_told_by_its_content() {
        let cut = &"Grüße".as_bytes()[..3];
        let elf = [b"\x7fELF".as_slice(), &[0; 60]].concat();
        for (first, expected) in [
            (&b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"[..], "image/png"),
            (b"%PDF-1.7\n", "application/pdf"),
            (b"<!DOCTYPE html><script>alert(1)</script>", "text/plain"),
            (
                b"<?xml version=\"1.0\"?><svg xmlns=\"http://www.w3.org/2000/svg\"/>",
                "text/plain",
            ),
            (b"#!/bin/sh\nrm -r x\n", "text/plain"),
            (b"just words,\r\n\tin lines", "text/plain"),
            (cut, "text/plain"),
            (&elf, "application/x-executable"),
            (b"\0\x01\x02\x03", "application/octet-stream"),
            (b"\xff\xfe\xfd", "application/octet-stream"),
        ] {
            let found = media_type(first);
            assert_eq!(found, expected, "{}", String::from_utf8_lossy(first));
        }
    }
}
