//! What happens, told to clients (socket events) and to other services (domain events on `warren.events`).

mod chat;
mod notify;

pub use chat::{
    ConversationCleared, ConversationDeleted, ConversationInvited, ConversationUpdated,
    MemberAdded, MemberRemoved, MessageDeleted, MessageReached, MessageUpdated, RequestAccepted,
    RequestDeclined, RoleChange, UserTyping,
};
pub use notify::{
    NotificationCount, NotificationCreated, NotificationDeleted, NotificationRead,
    NotificationUpdated, NotificationsChanged, SystemBroadcast,
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    actions::Namespace,
    ids::{ConversationId, Seq, UserId},
    payload::{
        Timestamp,
        chat::{Conversation, ConversationType, Message},
        users::{Presence, PublicUser},
    },
};

/// A socket event that the server sends.
pub trait SocketEvent: Serialize + JsonSchema {
    /// Its name.
    const NAME: &'static str;
    /// Where it is sent.
    const NAMESPACE: Namespace;
    /// One line for the documents.
    const SUMMARY: &'static str;
}

macro_rules! socket_events {
    ($($type:ty = $name:literal in $namespace:ident, $summary:literal;)+) => {
        $(impl SocketEvent for $type {
            const NAME: &'static str = $name;
            const NAMESPACE: Namespace = Namespace::$namespace;
            const SUMMARY: &'static str = $summary;
        })+

        /// All socket events the server sends, for the documents.
        pub(crate) fn socket_events() -> Vec<crate::docs::EventDoc> {
            vec![$(crate::docs::EventDoc::of::<$type>()),+]
        }
    };
}

socket_events! {
    MessageCreated = "message:created" in Chat, "A message was written, by whomever";
    MessageUpdated = "message:updated" in Chat, "A message has another text";
    MessageDeleted = "message:deleted" in Chat, "A message was deleted; a tombstone stays in its place";
    MessageReached = "message:status" in Chat, "A message, and all before it, has reached a member or has been read by them; not told in large groups";
    ConversationUpdated = "conversation:updated" in Chat, "A conversation is other than it was, for all or for oneself";
    ConversationDeleted = "conversation:deleted" in Chat, "A conversation is no longer the user's: it has ended, or they have deleted it";
    MemberAdded = "conversation:member-added" in Chat, "People were put into a group";
    MemberRemoved = "conversation:member-removed" in Chat, "Somebody is no longer in a group; also told to them";
    ConversationInvited = "conversation:invited" in Chat, "The user was put into a group that exists";
    RequestAccepted = "request:accepted" in Chat, "Who was asked for a direct conversation has agreed; told to both";
    RequestDeclined = "request:declined" in Chat, "Who was asked for a direct conversation has refused; told to both";
    UserTyping = "typing" in Chat, "A member is typing, or no longer; only to sockets that show the conversation. Without a repetition it is over after 6 s";
    ConversationCreated = "conversation:created" in Chat, "The user is in a new conversation";
    ConversationRead = "conversation:read" in Chat, "A member has read up to a place";
    SessionRevoked = "session:revoked" in Chat, "The session has ended; the connection closes";
    SessionExpiring = "session:expiring" in Chat, "The access token of this connection is about to end: refresh it and send `auth:refresh`, or the connection closes";
    UserUpdated = "user:updated" in Chat, "The user, or somebody with whom they talk directly, has another profile";
    UserBlocked = "user:blocked" in Chat, "The user has blocked somebody, or taken that back, on some device";
    UserRoles = "user:roles" in Chat, "The user holds other roles from now on";
    PresenceChanged = "presence:changed" in Chat, "Somebody with whom the user talks directly has come or gone";
    NotificationCreated = "notification:created" in Notifications, "A new notification";
    NotificationUpdated = "notification:updated" in Notifications, "A notification covers more, shows another text, or was marked as unread";
    NotificationRead = "notification:read" in Notifications, "A notification, or all, was read on some device";
    NotificationDeleted = "notification:deleted" in Notifications, "A notification is no more: it was deleted on some device, or what it is about is gone";
    NotificationCount = "notification:count" in Notifications, "How many are unread; also on connecting";
}

/// `message:created`
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct MessageCreated(pub Message);

/// `conversation:created`
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConversationCreated {
    /// Its id.
    pub conversation_id: ConversationId,
    /// The conversation, as the one who receives this sees it.
    pub conversation: Conversation,
}

/// `conversation:read`
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConversationRead {
    /// Which conversation.
    pub conversation_id: ConversationId,
    /// Who has read.
    pub user_id: UserId,
    /// Up to and with this place.
    pub last_read_seq: Seq,
}

/// `session:revoked`
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionRevoked {
    /// Why: `logout`, `reuse` (somebody else has a copy of the session's token), `password` (it was changed), `suspended`,
    /// `deleted` (the account is gone).
    pub reason: String,
}

/// `session:expiring`
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SessionExpiring {
    /// When the connection closes.
    pub expires_at: Timestamp,
}

/// `user:updated`
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserUpdated {
    /// Who, as others see them now.
    #[serde(flatten)]
    pub user: PublicUser,
    /// What they say about themselves.
    pub bio: Option<String>,
}

/// `user:roles`
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserRoles {
    /// All that they hold now.
    pub roles: Vec<String>,
}

/// `user:blocked`
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserBlocked {
    /// Who is, or was, blocked.
    pub user_id: UserId,
    /// Whether they are now.
    pub blocked: bool,
}

/// `presence:changed`, `presence.changed`
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct PresenceChanged(pub Presence);

/// A domain event. Its routing key on `warren.events` is [`DomainEvent::routing_key`]; a broker message carries a
/// [`crate::envelope::Batch`] of events of one kind.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "type", content = "data")]
pub enum DomainEvent {
    /// A message was stored. At least once; `message.id` recognises a repetition.
    #[serde(rename = "message.created")]
    MessageStored(MessageStored),
    /// A member has read a conversation.
    #[serde(rename = "conversation.read")]
    ConversationRead(ConversationRead),
    /// People were put into a group.
    #[serde(rename = "group_invite.created")]
    GroupInviteCreated(GroupInviteCreated),
    /// A profile was changed. At least once, as all of the following.
    #[serde(rename = "user.updated")]
    UserUpdated(UserUpdated),
    /// An account was suspended.
    #[serde(rename = "user.suspended")]
    UserSuspended(UserSuspended),
    /// A suspended account may be used again.
    #[serde(rename = "user.reinstated")]
    UserReinstated(UserChanged),
    /// An account is gone. Whoever keeps something of this person forgets it or shows "deleted user".
    #[serde(rename = "user.deleted")]
    UserDeleted(UserChanged),
    /// Somebody has blocked somebody.
    #[serde(rename = "user.blocked")]
    UserBlocked(BlockChanged),
    /// Somebody has taken a block back.
    #[serde(rename = "user.unblocked")]
    UserUnblocked(BlockChanged),
    /// Somebody has come or gone. A few may be missing when a worker is killed.
    #[serde(rename = "presence.changed")]
    PresenceChanged(PresenceChanged),
    /// A message was edited. At least once; `change` recognises a repetition, as in all that follow.
    #[serde(rename = "message.updated")]
    MessageUpdated(MessageUpdated),
    /// A message was deleted.
    #[serde(rename = "message.deleted")]
    MessageDeleted(MessageDeleted),
    /// A group has another name, picture, owner or moderator.
    #[serde(rename = "conversation.updated")]
    ConversationUpdated(ConversationUpdated),
    /// A group was ended for all.
    #[serde(rename = "conversation.deleted")]
    ConversationDeleted(ConversationDeleted),
    /// People were put into a group.
    #[serde(rename = "conversation.member_added")]
    MemberAdded(MemberAdded),
    /// Somebody has left a group or was taken out of it.
    #[serde(rename = "conversation.member_removed")]
    MemberRemoved(MemberRemoved),
    /// A direct conversation was agreed to.
    #[serde(rename = "request.accepted")]
    RequestAccepted(RequestAccepted),
    /// A direct conversation was refused.
    #[serde(rename = "request.declined")]
    RequestDeclined(RequestDeclined),
    /// Somebody has deleted a direct conversation for themselves.
    #[serde(rename = "conversation.cleared")]
    ConversationCleared(ConversationCleared),
    /// An administrator tells people something.
    #[serde(rename = "system.broadcast")]
    SystemBroadcast(SystemBroadcast),
    /// Somebody has marked notifications of theirs as read or unread, or has deleted one.
    #[serde(rename = "notification.changed")]
    NotificationsChanged(NotificationsChanged),
}

impl DomainEvent {
    /// The routing keys there are, with a line on each.
    pub const KEYS: [(&'static str, &'static str); 21] = [
        ("message.created", "A message was stored"),
        ("conversation.read", "A member has read a conversation"),
        ("group_invite.created", "People were put into a group"),
        ("user.updated", "A profile was changed"),
        ("user.suspended", "An account was suspended"),
        (
            "user.reinstated",
            "A suspended account may be used again, because an administrator says so",
        ),
        (
            "user.deleted",
            "An account is gone; what others keep of it becomes that of a deleted user",
        ),
        ("user.blocked", "Somebody has blocked somebody"),
        ("user.unblocked", "Somebody has taken a block back"),
        ("presence.changed", "Somebody has come or gone"),
        ("message.updated", "A message was edited"),
        ("message.deleted", "A message was deleted"),
        (
            "conversation.updated",
            "A group has another name, picture, owner or moderator",
        ),
        ("conversation.deleted", "A group was ended for all"),
        ("conversation.member_added", "People were put into a group"),
        (
            "conversation.member_removed",
            "Somebody is no longer in a group",
        ),
        ("request.accepted", "A direct conversation was agreed to"),
        ("request.declined", "A direct conversation was refused"),
        (
            "conversation.cleared",
            "Somebody has deleted a direct conversation for themselves",
        ),
        (
            "system.broadcast",
            "An administrator tells people something; one event for some of them at a time",
        ),
        (
            "notification.changed",
            "Somebody has marked notifications of theirs as read or unread, or has deleted one",
        ),
    ];

    /// The routing key.
    #[must_use]
    pub fn routing_key(&self) -> &'static str {
        match self {
            DomainEvent::MessageStored(_) => "message.created",
            DomainEvent::ConversationRead(_) => "conversation.read",
            DomainEvent::GroupInviteCreated(_) => "group_invite.created",
            DomainEvent::UserUpdated(_) => "user.updated",
            DomainEvent::UserSuspended(_) => "user.suspended",
            DomainEvent::UserReinstated(_) => "user.reinstated",
            DomainEvent::UserDeleted(_) => "user.deleted",
            DomainEvent::UserBlocked(_) => "user.blocked",
            DomainEvent::UserUnblocked(_) => "user.unblocked",
            DomainEvent::PresenceChanged(_) => "presence.changed",
            DomainEvent::MessageUpdated(_) => "message.updated",
            DomainEvent::MessageDeleted(_) => "message.deleted",
            DomainEvent::ConversationUpdated(_) => "conversation.updated",
            DomainEvent::ConversationDeleted(_) => "conversation.deleted",
            DomainEvent::MemberAdded(_) => "conversation.member_added",
            DomainEvent::MemberRemoved(_) => "conversation.member_removed",
            DomainEvent::RequestAccepted(_) => "request.accepted",
            DomainEvent::RequestDeclined(_) => "request.declined",
            DomainEvent::ConversationCleared(_) => "conversation.cleared",
            DomainEvent::SystemBroadcast(_) => "system.broadcast",
            DomainEvent::NotificationsChanged(_) => "notification.changed",
        }
    }
}

/// `message.created`
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct MessageStored {
    /// The message.
    pub message: Message,
    /// Direct or group.
    pub conversation_type: ConversationType,
    /// A group's name.
    pub conversation_name: Option<String>,
    /// Who should learn of it: the members without the sender and those who muted the conversation. Whom it mentions in a
    /// group should learn of it all the same: `message.mentions`.
    pub recipients: Vec<UserId>,
    /// Whether the recipient has yet to agree to the direct conversation.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub request: bool,
}

/// `group_invite.created`
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct GroupInviteCreated {
    /// The group.
    pub conversation_id: ConversationId,
    /// Its name.
    pub name: String,
    /// Who put them into it.
    pub invited_by: UserId,
    /// Who was put into it.
    pub recipients: Vec<UserId>,
    /// The number of this change among the group's; 0 if it is new.
    #[serde(default)]
    pub change: u64,
    /// When.
    pub at: Timestamp,
}

/// `user.suspended`
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserSuspended {
    /// Who.
    pub user_id: UserId,
    /// When it ends by itself.
    pub until: Option<Timestamp>,
    /// When it was decided.
    pub at: Timestamp,
}

/// `user.reinstated`, `user.deleted`
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UserChanged {
    /// Who.
    pub user_id: UserId,
    /// When.
    pub at: Timestamp,
}

/// `user.blocked`, `user.unblocked`
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BlockChanged {
    /// Who does not want to hear from the other.
    pub user_id: UserId,
    /// Of whom.
    pub blocked_id: UserId,
    /// When: of two events about the same people the later time counts, whichever comes first.
    pub at: Timestamp,
}
