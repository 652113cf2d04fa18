//! Files that were uploaded, on their way to those who may have them.

use std::{io, ops::RangeInclusive};

use futures_util::{StreamExt, TryStreamExt};
use http_body_util::{BodyExt, StreamBody};
use http_range_header::parse_range_header;
use hyper::{
    HeaderMap, StatusCode,
    body::Frame,
    header::{
        ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LENGTH, CONTENT_RANGE,
        CONTENT_TYPE, ETAG, HeaderName, HeaderValue, IF_NONE_MATCH, RANGE,
    },
    http::request::Parts as Head,
};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use tracing::warn;
use warren_topology::{
    failure::{ErrorCode, Failure},
    payload::chat::FileView,
};

use super::{
    action::{ActionRequest, Refusal, admit},
    answer::{Answer, empty},
    server::Reading,
    uploads::{read_reply, unstored},
};
use crate::{core::Core, metrics};

/// What a browser may show in place; all else it saves.
const SHOWN: [&str; 4] = ["image/", "video/", "audio/", "text/plain"];

/// Answers a request for a file with its bytes.
pub(super) async fn answer(
    core: &Core,
    action: ActionRequest<'_>,
    head: &Head,
) -> Result<Answer, Refusal> {
    let file = admit(core, action, head, b"")?.ask(core).await?;
    let file: FileView = read_reply(&file)?;
    let etag = format!("\"{}\"", file.file_id);
    if is_known(&head.headers, &etag) {
        let mut answer = empty(StatusCode::NOT_MODIFIED);
        describe(&mut answer, &file, &etag);
        return Ok(answer);
    }
    let part = part(&head.headers, file.size)?;
    let asked = part.clone().map(|part| *part.start()..part.end() + 1);
    let storage = core.uploads.storage()?;
    let found = storage.get(file.file_id.as_str(), asked).await;
    let Some(bytes) = found.map_err(|error| unstored(&error))? else {
        warn!(file = %file.file_id, "an uploaded file is not in the storage");
        return Err(Failure::not_found("file").into());
    };

    let reading = head.extensions.get::<Reading>().cloned();
    let bytes = bytes.map(move |chunk| {
        if let (Ok(chunk), Some(reading)) = (&chunk, &reading) {
            metrics::FILE_BYTES
                .with_label_values(&["out"])
                .inc_by(chunk.len() as u64);
            reading.goes_on();
        }
        chunk
    });
    let frames = bytes.map_ok(Frame::data).map_err(io::Error::other);
    let mut answer = empty(StatusCode::OK);
    *answer.body_mut() = StreamBody::new(frames).boxed_unsync();
    describe(&mut answer, &file, &etag);
    let length = match &part {
        None => file.size,
        Some(part) => {
            *answer.status_mut() = StatusCode::PARTIAL_CONTENT;
            let range = format!("bytes {}-{}/{}", part.start(), part.end(), file.size);
            insert(answer.headers_mut(), CONTENT_RANGE, &range);
            part.end() + 1 - part.start()
        }
    };
    insert(answer.headers_mut(), CONTENT_LENGTH, &length.to_string());
    Ok(answer)
}

fn describe(answer: &mut Answer, file: &FileView, etag: &str) {
    let headers = answer.headers_mut();
    let charset = match file.media_type.as_str() {
        "text/plain" => "; charset=utf-8",
        _ => "",
    };
    insert(
        headers,
        CONTENT_TYPE,
        &format!("{}{charset}", file.media_type),
    );
    insert(headers, CONTENT_DISPOSITION, &disposition(file));
    insert(headers, ETAG, etag);
    // The content never changes; who may have it does.
    insert(headers, CACHE_CONTROL, "private, max-age=3600");
    insert(headers, ACCEPT_RANGES, "bytes");
}

fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

/// Whether it is shown or saved, and under which name (RFC 6266).
fn disposition(file: &FileView) -> String {
    let is_shown = SHOWN.iter().any(|kind| file.media_type.starts_with(kind));
    let kind = if is_shown { "inline" } else { "attachment" };
    let name = utf8_percent_encode(&file.name, NON_ALPHANUMERIC);
    format!("{kind}; filename*=UTF-8''{name}")
}

fn is_known(headers: &HeaderMap, etag: &str) -> bool {
    let tags = headers
        .get(IF_NONE_MATCH)
        .and_then(|tags| tags.to_str().ok());
    let is_it = |tag: &str| ["*", etag].contains(&tag.trim().trim_start_matches("W/"));
    tags.is_some_and(|tags| tags.split(',').any(is_it))
}

/// The part that is asked for, if it is one part of it (RFC 9110, section 14.2).
fn part(headers: &HeaderMap, size: u64) -> Result<Option<RangeInclusive<u64>>, Refusal> {
    let asked = headers.get(RANGE).and_then(|range| range.to_str().ok());
    // What is no range at all counts as none.
    let Some(Ok(ranges)) = asked.map(parse_range_header) else {
        return Ok(None);
    };
    if ranges.len() > 1 {
        return Ok(None);
    }
    let ranges = ranges.validate(size).map_err(|_| {
        let message = format!("The file has {size} bytes, and no such part.");
        Refusal::with_status(416, ErrorCode::InvalidInput, message)
    })?;
    Ok(ranges.into_iter().next())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_found() {
        let asked = |range: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(RANGE, HeaderValue::from_static(range));
            part(&headers, 10).map_err(drop)
        };
        for (range, expected) in [
            ("bytes=0-3", Ok(Some(0..=3))),
            ("bytes=4-", Ok(Some(4..=9))),
            ("bytes=-2", Ok(Some(8..=9))),
            ("bytes=8-100", Ok(Some(8..=9))),
            ("bytes=10-", Err(())),
            ("bytes=0-1,4-5", Ok(None)),
            ("lines=1-2", Ok(None)),
        ] {
            assert_eq!(asked(range), expected, "{range}");
        }
        assert_eq!(part(&HeaderMap::new(), 10).map_err(drop), Ok(None));
    }

    #[test]
    fn names_survive_in_headers() {
        let file = |name: &str, media_type: &str| FileView {
            file_id: warren_topology::ids::FileId::fresh(),
            url: String::new(),
            name: name.to_owned(),
            media_type: media_type.to_owned(),
            size: 1,
        };
        assert_eq!(
            disposition(&file("a\"b é.png", "image/png")),
            "inline; filename*=UTF-8''a%22b%20%C3%A9%2Epng"
        );
        assert_eq!(
            disposition(&file("x.zip", "application/zip")),
            "attachment; filename*=UTF-8''x%2Ezip"
        );
    }
}
