//! Payloads of the chat pool.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{MAX_LIMIT, Object, Payload, Timestamp, check_limit, check_text};
use crate::{
    failure::Violations,
    ids::{ClientId, ConversationId, MessageId, Seq, UserId},
};

/// The longest message in characters (design.md, section 8).
pub const MAX_CONTENT_CHARS: usize = 8_000;
/// The most attachments of one message.
pub const MAX_ATTACHMENTS: usize = 10;
/// The most conversations in one catching-up request.
pub const MAX_SYNC: usize = 1_000;

/// The two kinds of conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ConversationType {
    /// Two people.
    Direct,
    /// Up to the configured number of members.
    Group,
}

/// What a member may do in a group. Both people of a direct conversation are members.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum MemberRole {
    /// Everything.
    Owner,
    /// Adds, removes and renames.
    Moderator,
    /// Reads and writes.
    Member,
}

/// The most people that one action names; how many a group may have is a setting of the chat pool.
const MAX_PARTICIPANTS: usize = 10_000;

/// A new conversation. A direct one that exists already is returned as it is.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct CreateConversation {
    /// Direct or group.
    #[serde(rename = "type")]
    pub kind: ConversationType,
    /// The others; the caller is a member in any case. Exactly one for a direct conversation.
    pub participant_ids: Vec<UserId>,
    /// A group's name, 1 to 100 characters; not for direct conversations.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Makes repeating this creation safe.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
}

impl Payload for CreateConversation {
    fn check(&self, violations: &mut Violations) {
        if self.participant_ids.is_empty() {
            violations.add("participantIds", "must name at least one person");
        }
        if self.participant_ids.len() > MAX_PARTICIPANTS {
            violations.add(
                "participantIds",
                format!("must name at most {MAX_PARTICIPANTS} people"),
            );
        }
        if self.participant_ids.iter().any(|id| id.0 < 1) {
            violations.add("participantIds", "must hold positive integers");
        }
        match self.kind {
            ConversationType::Direct => {
                if self.participant_ids.len() > 1 {
                    violations.add(
                        "participantIds",
                        "must name exactly one person for a direct conversation",
                    );
                }
                if self.name.is_some() {
                    violations.add("name", "is for groups only");
                }
            }
            ConversationType::Group => match &self.name {
                Some(name) => {
                    if !is_visible(name) || name.contains(char::is_control) {
                        violations.add("name", "must be a line of visible text");
                    } else {
                        check_text("name", name.trim(), 1..=100, violations);
                    }
                }
                None => violations.add("name", "is required for a group"),
            },
        }
    }
}

/// A reference to a conversation.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ConversationRef {
    /// Which one.
    pub conversation_id: ConversationId,
}

impl Payload for ConversationRef {}

/// A new message.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SendMessage {
    /// Where to.
    pub conversation_id: ConversationId,
    /// Up to 8,000 characters; may be empty only with attachments.
    #[serde(default)]
    pub content: String,
    /// Up to 10 absolute http or https URLs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<String>,
    /// Makes repeating this message safe: the same one is never stored twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
}

impl Payload for SendMessage {
    fn check(&self, violations: &mut Violations) {
        if !is_visible(&self.content) && self.attachments.is_empty() {
            violations.add("content", "must not be empty");
        }
        if self.content.contains(is_forbidden) {
            violations.add(
                "content",
                "must not hold control characters but tabs and new lines",
            );
        }
        // The byte length bounds the character count from above, so most messages are not counted.
        if self.content.len() > MAX_CONTENT_CHARS {
            check_text("content", &self.content, 0..=MAX_CONTENT_CHARS, violations);
        }
        if self.attachments.len() > MAX_ATTACHMENTS {
            violations.add("attachments", format!("must be at most {MAX_ATTACHMENTS}"));
        }
        for (index, url) in self.attachments.iter().enumerate() {
            let host = url
                .strip_prefix("https://")
                .or_else(|| url.strip_prefix("http://"));
            if url.len() > 2_048
                || host.is_none_or(str::is_empty)
                || url.contains(|c: char| {
                    c.is_whitespace() || c.is_control() || r#"<>"\^`{|}"#.contains(c)
                })
            {
                violations.add(
                    format!("attachments[{index}]"),
                    "must be an http or https URL of at most 2048 bytes",
                );
            }
        }
    }
}

/// Control characters that no text needs.
fn is_forbidden(c: char) -> bool {
    c.is_control() && !matches!(c, '\t' | '\n' | '\r')
}

/// Whether a reader would see anything: more than white space and characters without a shape.
fn is_visible(text: &str) -> bool {
    let is_shapeless = |c: char| {
        c.is_whitespace()
            || c.is_control()
            || matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
    };
    !text.chars().all(is_shapeless)
}

/// A page of a conversation's history.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListMessages {
    /// Which conversation.
    pub conversation_id: ConversationId,
    /// Messages per page, 1 to 100; 50 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// Only messages before this place; the newest of them. Not together with `after`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<Seq>,
    /// Only messages after this place; the oldest of them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<Seq>,
}

impl Payload for ListMessages {
    fn check(&self, violations: &mut Violations) {
        check_limit(self.limit, violations);
        if self.before.is_some() && self.after.is_some() {
            violations.add("after", "cannot be combined with before");
        }
        for (field, seq) in [("before", self.before), ("after", self.after)] {
            if seq.is_some_and(|seq| seq > Seq::MAX) {
                violations.add(field, format!("must be at most {}", Seq::MAX));
            }
        }
    }
}

/// The caller has read a conversation.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MarkRead {
    /// Which conversation.
    pub conversation_id: ConversationId,
    /// Up to and with this place; to the end if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seq: Option<Seq>,
}

impl Payload for MarkRead {}

/// How far the caller has read.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ReadState {
    /// Which conversation.
    pub conversation_id: ConversationId,
    /// The last place read.
    pub last_read_seq: Seq,
    /// Messages after it.
    pub unread: u64,
}

/// What the caller holds, to be told what it lacks.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Sync {
    /// What is held. Conversations not named here are answered from their newest page.
    #[serde(default)]
    pub conversations: Vec<Object<Held>>,
    /// The most messages per conversation, 1 to 100; more missing ones lead to `reset`. 100 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// `nextCursor` of the answer before, with the same `conversations`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

impl Payload for Sync {
    fn check(&self, violations: &mut Violations) {
        if self.conversations.len() > MAX_SYNC {
            violations.add("conversations", format!("must be at most {MAX_SYNC}"));
        }
        if self
            .limit
            .is_some_and(|limit| limit == 0 || limit > MAX_LIMIT)
        {
            violations.add("limit", format!("must be 1 to {MAX_LIMIT}"));
        }
    }
}

/// What the caller holds of one conversation.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Held {
    /// Which conversation.
    pub id: ConversationId,
    /// The highest place up to which everything is held.
    #[serde(default)]
    pub seq: Seq,
    /// The conversation's `lastChange` as held.
    #[serde(default)]
    pub change: u64,
    /// The caller's own `lastReadSeq` as held; absent for those who do not care whether it moved on another device.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read: Option<Seq>,
}

/// What the caller lacks.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Synced {
    /// Conversations that differ from what is held, newest activity first.
    pub conversations: Vec<SyncedConversation>,
    /// Held conversations the caller is no longer a member of.
    pub gone: Vec<ConversationId>,
    /// Send as `cursor` for the rest; `null` at the end.
    pub next_cursor: Option<String>,
}

/// What the caller lacks of one conversation.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SyncedConversation {
    /// The conversation as it is now.
    pub conversation: Conversation,
    /// The messages missed, in order; with `reset`, the newest page.
    pub messages: Vec<Message>,
    /// Whether to drop what is held of this conversation and start from `messages`.
    pub reset: bool,
}

/// A conversation as one member sees it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Conversation {
    /// Its id.
    pub id: ConversationId,
    /// Direct or group.
    #[serde(rename = "type")]
    pub kind: ConversationType,
    /// A group's name.
    pub name: Option<String>,
    /// Who created it.
    pub created_by: UserId,
    /// When.
    pub created_at: Timestamp,
    /// The place of the last message; 0 when there is none.
    pub last_seq: Seq,
    /// Counts edits, deletions and other changes to what exists.
    pub last_change: u64,
    /// When something last happened in it.
    pub last_activity_at: Timestamp,
    /// The last message.
    pub last_message: Option<Message>,
    /// How many members it has.
    pub member_count: u32,
    /// The members: all of them, but the first ten in lists.
    pub members: Vec<Member>,
    /// The caller's own state in it.
    pub me: OwnState,
}

/// A member of a conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// The user's id.
    pub user_id: UserId,
    /// What they may do.
    pub role: MemberRole,
    /// Their username.
    pub username: String,
    /// What to show.
    pub display_name: String,
    /// Where the picture is.
    pub avatar_url: Option<String>,
    /// How far they have read.
    pub last_read_seq: Seq,
    /// How far it has reached a device of theirs.
    pub last_delivered_seq: Seq,
}

/// The caller's own state in a conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct OwnState {
    /// What the caller may do.
    pub role: MemberRole,
    /// How far the caller has read.
    pub last_read_seq: Seq,
    /// Messages after it.
    pub unread: u64,
    /// No notifications.
    pub muted: bool,
    /// Kept on top.
    pub pinned: bool,
    /// Not listed.
    pub hidden: bool,
}

/// Who wrote a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum MessageType {
    /// A person.
    User,
    /// The system, about a change of members.
    System,
}

/// A message.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Message {
    /// Its id: the conversation and the place.
    pub id: MessageId,
    /// Where it is.
    pub conversation_id: ConversationId,
    /// Its place, counted from 1.
    pub seq: Seq,
    /// Who wrote it.
    #[serde(rename = "type")]
    pub kind: MessageType,
    /// The sender.
    pub sender_id: UserId,
    /// The text.
    pub content: String,
    /// URLs that come with it.
    pub attachments: Vec<String>,
    /// What its sender named it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
    /// When it was stored.
    pub created_at: Timestamp,
    /// When it was last edited.
    pub edited_at: Option<Timestamp>,
    /// When it was deleted; the content is gone then.
    pub deleted_at: Option<Timestamp>,
}
