use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::super::{Payload, check_text};
use crate::{
    failure::Violations,
    ids::{ClientId, ConversationId, FileId},
};

/// The most characters of a file's name.
const MAX_NAME_CHARS: usize = 255;

/// A file that is about to be uploaded into a conversation.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewFile {
    /// Whose members may have it.
    pub conversation_id: ConversationId,
    /// What it is called, 1 to 255 characters, without `/`, `\` and control characters.
    #[schemars(length(min = 1, max = MAX_NAME_CHARS))]
    pub name: String,
    /// Makes repeating this upload safe: the same one is never there twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
}

impl Payload for NewFile {
    fn check(&self, violations: &mut Violations) {
        check_text("name", &self.name, 1..=MAX_NAME_CHARS, violations);
        // What turns the direction of writing would make an "exe" look like a "png".
        let is_odd = |c: char| {
            c.is_control()
                || matches!(c, '/' | '\\' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        };
        let is_nothing = self.name.chars().all(|c| c == '.' || c.is_whitespace());
        if self.name.contains(is_odd) || is_nothing {
            violations.add(
                "name",
                "must be a file's name, without folders and control characters",
            );
        }
    }
}

/// The place that is kept for a file's bytes.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FileSlot {
    /// Under which the bytes are stored.
    pub file_id: FileId,
    /// The file, if it was uploaded before under the same `clientId`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stored: Option<FileView>,
}

/// What an edge says of a file whose bytes it has stored.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StoredFile {
    /// Which one.
    pub file_id: FileId,
    /// How large it is, in bytes.
    pub size: u64,
    /// What it is by its content, as RFC 6838 names it.
    pub media_type: String,
}

impl Payload for StoredFile {}

/// A reference to a file.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FileRef {
    /// The conversation it was uploaded into.
    pub conversation_id: ConversationId,
    /// Which one.
    pub file_id: FileId,
}

impl Payload for FileRef {}

impl FileRef {
    /// Where it is fetched from, below the address of the edge.
    #[must_use]
    pub fn url(&self) -> String {
        let (conversation, file) = (&self.conversation_id, &self.file_id);
        format!("/chat/conversations/{conversation}/files/{file}")
    }
}

/// Reads what [`FileRef::url`] makes.
impl FromStr for FileRef {
    type Err = ();

    fn from_str(url: &str) -> Result<Self, ()> {
        let rest = url.strip_prefix("/chat/conversations/").ok_or(())?;
        let (conversation, file) = rest.split_once("/files/").ok_or(())?;
        Ok(Self {
            conversation_id: conversation.parse().map_err(drop)?,
            file_id: file.parse().map_err(drop)?,
        })
    }
}

/// A file that was uploaded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FileView {
    /// Its id.
    pub file_id: FileId,
    /// Where members fetch it, below the address of the edge: as an attachment it sends the file.
    pub url: String,
    /// What it is called.
    pub name: String,
    /// What it is by its content, such as `image/png` (RFC 6838).
    pub media_type: String,
    /// How large it is, in bytes.
    pub size: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_read_as_they_are_made() {
        let file = FileRef {
            conversation_id: "d1-2".parse().expect("an id"),
            file_id: FileId::fresh(),
        };
        let read: FileRef = file.url().parse().expect("a file's");
        assert_eq!(read.url(), file.url());
        for url in [
            "",
            "https://example.com/a.png",
            "/chat/conversations/d1-2/files/",
            "/chat/conversations/d1-2/files/../x",
            "/chat/conversations/x/files/0123456789abcdef0123456789abcdef",
        ] {
            assert!(url.parse::<FileRef>().is_err(), "{url}");
        }
    }

    #[test]
    fn names_are_names() {
        let wrong = |name: &str| {
            let mut violations = Violations::default();
            let new = NewFile {
                conversation_id: "d1-2".parse().expect("an id"),
                name: name.to_owned(),
                client_id: None,
            };
            new.check(&mut violations);
            !violations.is_empty()
        };
        assert!(!wrong("Ảnh chụp (1).png"));
        for name in ["", "  ", "a/b", "a\\b", "a\nb", &"x".repeat(256)] {
            assert!(wrong(name), "{name:?}");
        }
    }
}
