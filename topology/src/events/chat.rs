use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ids::{ConversationId, MessageId, Seq, UserId},
    payload::{
        Timestamp,
        chat::{Conversation, Member, MemberRole, Message, MessageStatus, OwnState},
    },
};

/// `message:updated`
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct MessageUpdated(pub Message);

/// `message:deleted`
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MessageDeleted {
    /// Which message.
    pub message_id: MessageId,
    /// Where it was.
    pub conversation_id: ConversationId,
    /// Its place.
    pub seq: Seq,
    /// Who deleted it.
    pub deleted_by: UserId,
    /// When.
    pub deleted_at: Timestamp,
    /// The number of this change among the conversation's.
    pub change: u64,
}

/// What a member may do from now on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RoleChange {
    /// Who.
    pub user_id: UserId,
    /// What they may do.
    pub role: MemberRole,
}

/// `conversation:updated`: what is absent is as it was.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConversationUpdated {
    /// Which conversation.
    pub conversation_id: ConversationId,
    /// The number of this change among the conversation's; absent if it has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub change: Option<u64>,
    /// Who did it.
    pub actor_id: UserId,
    /// The group's new name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where the group's new picture is; empty if it was taken away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar_url: Option<String>,
    /// Since when nothing can be written any more, because the account of the other is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ended_at: Option<Timestamp>,
    /// Whose role is another.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<RoleChange>,
    /// The user's own state, told to their devices only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub me: Option<OwnState>,
}

/// `conversation:deleted`
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConversationDeleted {
    /// Which conversation.
    pub conversation_id: ConversationId,
    /// Who did it.
    pub actor_id: UserId,
    /// The number of this change among the conversation's.
    pub change: u64,
    /// Whose it was, told to services only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recipients: Vec<UserId>,
}

/// `conversation.cleared`
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConversationCleared {
    /// Which conversation.
    pub conversation_id: ConversationId,
    /// Who has deleted it for themselves.
    pub user_id: UserId,
    /// The last message that is no longer theirs.
    pub seq: Seq,
    /// The number of this change among the conversation's.
    pub change: u64,
}

/// `conversation:member-added`
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MemberAdded {
    /// Which group.
    pub conversation_id: ConversationId,
    /// Who did it.
    pub actor_id: UserId,
    /// Who was added.
    pub user_ids: Vec<UserId>,
    /// Who they are.
    pub members: Vec<Member>,
    /// How many members the group has now.
    pub member_count: u32,
    /// The number of this change among the conversation's.
    pub change: u64,
}

/// `conversation:member-removed`
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MemberRemoved {
    /// Which group.
    pub conversation_id: ConversationId,
    /// Who did it: the one removed, if they left.
    pub actor_id: UserId,
    /// Who is no longer a member.
    pub user_id: UserId,
    /// How many members the group has now.
    pub member_count: u32,
    /// The number of this change among the conversation's.
    pub change: u64,
    /// The last place before it, told to services only: what they had of the group ends there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_seq: Option<Seq>,
}

/// `conversation:invited`
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConversationInvited {
    /// Which group.
    pub conversation_id: ConversationId,
    /// Who put the user into it.
    pub invited_by: UserId,
    /// The group, as the one who receives this sees it.
    pub conversation: Conversation,
}

/// `request:accepted`
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RequestAccepted {
    /// Which conversation.
    pub conversation_id: ConversationId,
    /// Who has agreed.
    pub accepted_by: UserId,
    /// The number of this change among the conversation's.
    pub change: u64,
    /// Who should be notified, told to services only: who has asked, unless they muted the conversation, have asked without
    /// a word, or the other has agreed by writing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub recipients: Vec<UserId>,
}

/// `request:declined`
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RequestDeclined {
    /// Which conversation.
    pub conversation_id: ConversationId,
    /// Who has refused.
    pub declined_by: UserId,
    /// The number of this change among the conversation's.
    pub change: u64,
}

/// `message:status`
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MessageReached {
    /// Which conversation.
    pub conversation_id: ConversationId,
    /// Up to and with this message.
    pub message_id: MessageId,
    /// Its place.
    pub seq: Seq,
    /// Whom it has reached.
    pub user_id: UserId,
    /// How far.
    pub status: MessageStatus,
}

/// `typing`: told at most every 2 s of the same member and conversation; an end is told at once. Nothing of it is stored or
/// sent again, so whoever hears nothing more for 6 s takes it as over.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserTyping {
    /// Where.
    pub conversation_id: ConversationId,
    /// Who.
    pub user_id: UserId,
    /// Whether they are.
    pub is_typing: bool,
}
