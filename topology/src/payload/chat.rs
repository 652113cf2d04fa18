//! Payloads of the chat pool: conversations and messages here, what is done to them beyond that in files of its own.

mod changes;
mod files;
mod groups;
mod requests;
mod search;
mod settings;
mod signals;
mod system;

pub use changes::{EditMessage, MessageRef};
pub use files::{FileRef, FileSlot, FileView, NewFile, StoredFile};
pub use groups::{
    AddMembers, ChangeRole, ConversationDone, ListMembers, MemberRef, UpdateConversation,
};
pub use requests::RequestState;
pub use search::SearchMessages;
pub use settings::{ConversationSettings, UpdateSettings};
pub use signals::Typing;
pub use system::{SystemEvent, SystemEventKind};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use url::Url;

use super::{MAX_LIMIT, Object, Payload, Timestamp, check_limit, check_text};
use crate::{
    failure::Violations,
    ids::{ClientId, ConversationId, FileId, MessageId, Seq, UserId},
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
                Some(name) => check_name(name, violations),
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
#[schemars(extend("examples" = [{ "conversationId": "d7-12", "content": "Shall we meet at noon?", "clientId": "0198c5a2-7d1e-7c31-9f5e-3c8f5d3b2a10" }]))]
pub struct SendMessage {
    /// Where to.
    pub conversation_id: ConversationId,
    /// Up to 8,000 characters; may be empty only with attachments.
    #[serde(default)]
    pub content: String,
    /// Up to 10: absolute http or https URLs, and the URLs of files that the caller has uploaded into the conversation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub attachments: Vec<String>,
    /// The message of the same conversation that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<MessageId>,
    /// Makes repeating this message safe: the same one is never stored twice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
}

impl Payload for SendMessage {
    fn check(&self, violations: &mut Violations) {
        if !is_visible(&self.content) && self.attachments.is_empty() {
            violations.add("content", "must not be empty");
        }
        check_content(&self.content, violations);
        let is_elsewhere = |id: &MessageId| id.conversation() != self.conversation_id;
        if self.reply_to.as_ref().is_some_and(is_elsewhere) {
            violations.add("replyTo", "must be a message of this conversation");
        }
        if self.attachments.len() > MAX_ATTACHMENTS {
            violations.add("attachments", format!("must be at most {MAX_ATTACHMENTS}"));
        }
        for (index, url) in self.attachments.iter().enumerate() {
            let file = url.parse::<FileRef>();
            let is_here = |file: &FileRef| file.conversation_id == self.conversation_id;
            if !is_web_address(url) && !file.as_ref().is_ok_and(is_here) {
                violations.add(
                    format!("attachments[{index}]"),
                    "must be an http or https URL of at most 2048 bytes, or the url of a file uploaded into the conversation",
                );
            } else if file.is_ok() && self.attachments[..index].contains(url) {
                violations.add(format!("attachments[{index}]"), "is there twice");
            }
        }
    }
}

impl SendMessage {
    /// The uploaded files that it sends.
    pub fn files(&self) -> impl Iterator<Item = FileId> {
        let urls = self.attachments.iter();
        urls.filter_map(|url| Some(url.parse::<FileRef>().ok()?.file_id))
    }
}

/// Notes what no message may hold.
fn check_content(content: &str, violations: &mut Violations) {
    if content.contains(is_forbidden) {
        violations.add(
            "content",
            "must not hold control characters but tabs and new lines",
        );
    }
    // The byte length bounds the character count from above, so most messages are not counted.
    if content.len() > MAX_CONTENT_CHARS {
        check_text("content", content, 0..=MAX_CONTENT_CHARS, violations);
    }
}

/// Notes what is no name of a group.
fn check_name(name: &str, violations: &mut Violations) {
    if !is_visible(name) || name.contains(char::is_control) {
        violations.add("name", "must be a line of visible text");
    } else {
        check_text("name", name.trim(), 1..=100, violations);
    }
}

/// Whether it is an absolute http or https URL of at most 2,048 bytes, with a host and without credentials.
fn is_web_address(url: &str) -> bool {
    // A parser as browsers have one mends what these characters break.
    let is_outside = |c: char| c.is_whitespace() || c.is_control() || r#"<>"\^`{|}"#.contains(c);
    let rest = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"));
    url.len() <= 2_048
        && rest.is_some_and(|rest| !rest.starts_with('/') && !rest.contains(is_outside))
        && Url::parse(url).is_ok_and(|url| url.username().is_empty() && url.password().is_none())
}

/// Control characters that no text needs.
pub(super) fn is_forbidden(c: char) -> bool {
    c.is_control() && !matches!(c, '\t' | '\n' | '\r')
}

/// Whether a reader would see anything: more than white space and characters without a shape.
#[must_use]
pub fn is_visible(text: &str) -> bool {
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

/// How far messages have reached the caller.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeliveryState {
    /// Which conversation.
    pub conversation_id: ConversationId,
    /// The last place that has reached a device of theirs.
    pub last_delivered_seq: Seq,
}

/// How far a message has come.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "camelCase")]
pub enum MessageStatus {
    /// It has reached a device.
    Delivered,
    /// It has been read.
    Read,
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
    /// Messages up to the place held that were edited or deleted since, in the order in which that was done.
    pub changed: Vec<Message>,
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
    /// Where a group's picture is.
    pub avatar_url: Option<String>,
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
    /// Since when nothing can be written any more: the account of the other of a direct conversation is gone, and the caller
    /// keeps the history. `null` as a rule.
    pub ended_at: Option<Timestamp>,
    /// How many members it has.
    pub member_count: u32,
    /// The members: all of them from `conversation:get` and on creation, else the first ten.
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
    /// How far they have read: a message is seen by those for whom this is at least its `seq`. 0 to others as long as they have
    /// not agreed to talk.
    pub last_read_seq: Seq,
    /// How far it has reached a device of theirs, in the same way.
    pub last_delivered_seq: Seq,
    /// Whether they want to talk, in a direct conversation.
    pub request: RequestState,
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
    /// Until when, if not for good.
    pub muted_until: Option<Timestamp>,
    /// Kept on top.
    pub pinned: bool,
    /// Not listed, until somebody writes; if it is muted, until the caller does.
    pub hidden: bool,
    /// Whether the caller wants to talk, in a direct conversation.
    pub request: RequestState,
}

/// Which of the caller's conversations to list.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListConversations {
    /// Entries per page, 1 to 100; 50 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// `nextCursor` of the page before, with the same filter; absent for the first page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// Only those that the caller has yet to accept or decline, or only others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub requests: Option<bool>,
    /// Only those that the caller has archived; else only those that they have not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub archived: Option<bool>,
    /// Only direct conversations, or only groups.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<ConversationType>,
    /// Only those with unread messages, or only others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unread: Option<bool>,
    /// Only groups in whose name a word begins with this, and direct conversations with people of whose names it is true;
    /// 1 to 100 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub q: Option<String>,
}

impl Payload for ListConversations {
    fn check(&self, violations: &mut Violations) {
        check_limit(self.limit, violations);
        if let Some(q) = &self.q {
            check_text("q", q.trim(), 1..=100, violations);
        }
    }
}

/// Who wrote a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum MessageType {
    /// A person.
    User,
    /// The system, about a change of the group: see `system`.
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
    /// Those of them that are uploaded files, in the same order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileView>,
    /// The members whom the text names as `@username`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<UserId>,
    /// Whether the text names everybody: `@all`, by the owner or a moderator of a group.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub mentions_all: bool,
    /// The message that it answers. It may be deleted by now, or be older than what the caller has of the conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<MessageId>,
    /// What its sender named it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
    /// When it was stored.
    pub created_at: Timestamp,
    /// When it was last edited.
    pub edited_at: Option<Timestamp>,
    /// When it was deleted; the content is gone then.
    pub deleted_at: Option<Timestamp>,
    /// Who deleted it.
    pub deleted_by: Option<UserId>,
    /// The number of its last edit or deletion among the conversation's changes (`lastChange`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<u64>,
    /// What a message of the system tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<SystemEvent>,
}
