use mongodb::bson::DateTime;
use serde::{Deserialize, Serialize};
use warren_topology::{
    ids::{ConversationId, MessageId, Seq, UserId},
    payload::{
        Timestamp,
        chat::{
            ConversationType, FileView, MemberRole, Message, MessageType, RequestState, SystemEvent,
        },
    },
};

/// A message as it is stored. `_id` is the message's id: the primary key is the order, the page index, and the fence
/// against a worker that no longer owns the conversation. (c, senderId, clientId) is unique.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MessageDoc {
    /// The message's id.
    #[serde(rename = "_id")]
    pub id: MessageId,
    /// The conversation.
    pub c: ConversationId,
    /// The place.
    pub s: i64,
    /// Who wrote it.
    #[serde(rename = "type")]
    pub kind: MessageType,
    /// The sender.
    pub sender_id: UserId,
    /// The text.
    pub content: String,
    /// URLs.
    pub attachments: Vec<String>,
    /// Those of them that are uploaded files.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub files: Vec<FileView>,
    /// The members whom the text names.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub mentions: Vec<UserId>,
    /// Whether it names everybody.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub mentions_all: bool,
    /// The message that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<MessageId>,
    /// The client's name for it, or the command's id.
    pub client_id: String,
    /// Whether the client gave it.
    pub own_client_id: bool,
    /// The command that stored it: the same command delivered again is told from a client that asks again.
    pub command: String,
    /// When it was stored.
    pub created_at: DateTime,
    /// When it was last edited.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at: Option<DateTime>,
    /// When it was deleted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_at: Option<DateTime>,
    /// Who deleted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_by: Option<UserId>,
    /// The number of its last edit or deletion.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<i64>,
    /// What a message of the system tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<SystemEvent>,
}

impl MessageDoc {
    /// The message as clients see it.
    #[must_use]
    pub fn view(&self) -> Message {
        Message {
            id: self.id.clone(),
            conversation_id: self.c.clone(),
            seq: Seq(self.s.unsigned_abs()),
            kind: self.kind,
            sender_id: self.sender_id,
            content: self.content.clone(),
            attachments: self.attachments.clone(),
            files: self.files.clone(),
            mentions: self.mentions.clone(),
            mentions_all: self.mentions_all,
            reply_to: self.reply_to.clone(),
            client_id: self
                .own_client_id
                .then(|| self.client_id.parse().ok())
                .flatten(),
            created_at: timestamp(self.created_at),
            edited_at: self.edited_at.map(timestamp),
            deleted_at: self.deleted_at.map(timestamp),
            deleted_by: self.deleted_by,
            change: self.change.map(i64::unsigned_abs),
            system: self.system.clone(),
        }
    }
}

/// A conversation as it is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ConversationDoc {
    /// Its id.
    #[serde(rename = "_id")]
    pub id: ConversationId,
    /// Direct or group.
    #[serde(rename = "type")]
    pub kind: ConversationType,
    /// A group's name.
    pub name: Option<String>,
    /// Where a group's picture is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar_url: Option<String>,
    /// Who created it.
    pub created_by: UserId,
    /// When.
    pub created_at: DateTime,
    /// How many members it has.
    pub member_count: i32,
    /// The place of the last message.
    pub last_seq: i64,
    /// Counts changes to what exists.
    pub last_change: i64,
    /// The last of them that concerns everybody; the last at all if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared_change: Option<i64>,
    /// When something last happened.
    pub last_activity_at: DateTime,
    /// The last message.
    pub last_message: Option<MessageDoc>,
    /// The command that created it.
    pub creation: String,
    /// When a group was ended for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<DateTime>,
}

impl ConversationDoc {
    /// The last change that concerns everybody.
    #[must_use]
    pub fn shared(&self) -> i64 {
        self.shared_change.unwrap_or(self.last_change)
    }

    /// The last change that concerns a member.
    #[must_use]
    pub fn change_for(&self, member: &MemberDoc) -> i64 {
        self.shared().max(member.change.unwrap_or_default())
    }
}

/// A member as it is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct MemberDoc {
    /// `<conversation>:<user>`
    #[serde(rename = "_id")]
    pub id: String,
    /// The conversation.
    pub conversation_id: ConversationId,
    /// The user.
    pub user_id: UserId,
    /// What they may do.
    pub role: MemberRole,
    /// Since when.
    pub joined_at: DateTime,
    /// The conversation's last place then.
    pub joined_seq: i64,
    /// How far they have read.
    pub last_read_seq: i64,
    /// How far it has reached a device of theirs.
    pub last_delivered_seq: i64,
    /// No notifications.
    pub muted: bool,
    /// Until when, if not for good.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub muted_until: Option<DateTime>,
    /// Kept on top.
    pub pinned: bool,
    /// Not listed, until somebody writes.
    pub hidden: bool,
    /// How they stand to a direct conversation that the other has begun; accepted if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<RequestState>,
    /// The history up to here is not theirs: they have deleted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cleared_seq: Option<i64>,
    /// Whether it is hidden because they have deleted it, and not archived.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted: Option<bool>,
    /// The number of the last change of this row; what is older must not be stored over it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<i64>,
    /// Since when they are no longer a member.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub left_at: Option<DateTime>,
}

impl MemberDoc {
    /// A new member, who has read everything up to the place at which they join.
    #[must_use]
    pub fn new(
        conversation: &ConversationId,
        user: UserId,
        role: MemberRole,
        at: DateTime,
        joined_seq: i64,
    ) -> Self {
        Self {
            id: Self::key(conversation, user),
            conversation_id: conversation.clone(),
            user_id: user,
            role,
            joined_at: at,
            joined_seq,
            last_read_seq: joined_seq,
            last_delivered_seq: joined_seq,
            muted: false,
            muted_until: None,
            pinned: false,
            hidden: false,
            request: None,
            cleared_seq: None,
            deleted: None,
            change: None,
            left_at: None,
        }
    }

    /// A member's key.
    #[must_use]
    pub fn key(conversation: &ConversationId, user: UserId) -> String {
        format!("{conversation}:{user}")
    }

    /// Whether they want no notifications now.
    #[must_use]
    pub fn is_muted(&self) -> bool {
        self.muted && self.muted_until.is_none_or(|until| until > DateTime::now())
    }

    /// How they stand to the conversation.
    #[must_use]
    pub fn request(&self) -> RequestState {
        self.request.unwrap_or(RequestState::Accepted)
    }

    /// The place up to which the history is not theirs.
    #[must_use]
    pub fn cleared(&self) -> i64 {
        self.cleared_seq.unwrap_or_default()
    }
}

/// A BSON date as clients see it.
#[must_use]
pub fn timestamp(at: DateTime) -> Timestamp {
    Timestamp::from_millis(at.timestamp_millis())
}
