//! Payloads of the notify pool.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Payload, Timestamp,
    chat::{is_forbidden, is_visible},
    check_limit, check_text,
};
use crate::{
    actions::{ROLE_ADMIN, ROLE_MODERATOR, ROLE_USER},
    failure::Violations,
    ids::{ClientId, ConversationId, Seq, UserId},
};

/// The most people whom one broadcast names.
const MAX_NAMED: usize = 1_000;

/// What a notification is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NotificationType {
    /// New messages in a conversation: one unread notification per conversation, however many there are.
    Message,
    /// The same, and among them is one that mentions the user: it shows the last that does.
    Mention,
    /// Somebody asks for a direct conversation: it shows what they have written. Or somebody whom the user has asked agrees
    /// without writing.
    Request,
    /// The user was added to a group.
    GroupInvite,
    /// A word from the operators.
    System,
}

/// A notification.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Notification {
    /// Its id.
    pub id: String,
    /// What it is about.
    #[serde(rename = "type")]
    pub kind: NotificationType,
    /// A short line.
    pub title: String,
    /// The beginning of the newest message as it is now, or the text; empty if that message was deleted or has only
    /// attachments.
    pub content: String,
    /// Where it leads.
    pub conversation_id: Option<ConversationId>,
    /// Whose message it was.
    pub sender_id: Option<UserId>,
    /// The first unread message it covers.
    pub first_seq: Option<Seq>,
    /// The last message it covers.
    pub last_seq: Option<Seq>,
    /// How many messages it covers.
    pub count: u64,
    /// Whether it has been read.
    pub is_read: bool,
    /// When the first of it came.
    pub created_at: Timestamp,
    /// When the last of it came.
    pub updated_at: Timestamp,
}

/// A page of notifications, newest first.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListNotifications {
    /// Entries per page, 1 to 100; 50 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// `nextCursor` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// Leave out what has been read.
    #[serde(default)]
    pub unread_only: bool,
    /// Only those of this type.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<NotificationType>,
}

impl Payload for ListNotifications {
    fn check(&self, violations: &mut Violations) {
        check_limit(self.limit, violations);
    }
}

/// A reference to a notification.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NotificationRef {
    /// Which one.
    pub notification_id: String,
}

impl Payload for NotificationRef {
    fn check(&self, violations: &mut Violations) {
        check_text("notificationId", &self.notification_id, 1..=128, violations);
    }
}

/// How many notifications are unread.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct UnreadCount {
    /// The number.
    pub count: u64,
}

/// A word from the operators, for all people who have an account now or for some of them.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SendBroadcast {
    /// A short line, 1 to 100 characters.
    pub title: String,
    /// The text, 1 to 2,000 characters.
    pub content: String,
    /// Only for these people, at most 1,000, and for those who hold one of `roles`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub user_ids: Vec<UserId>,
    /// Only for those who hold one of these roles, and for `userIds`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// Makes repeating this broadcast safe: the same administrator's same one is sent once, and answered with how far it
    /// has come.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_id: Option<ClientId>,
}

impl Payload for SendBroadcast {
    fn check(&self, violations: &mut Violations) {
        for (field, text, most) in [
            ("title", &self.title, 100),
            ("content", &self.content, 2_000),
        ] {
            if !is_visible(text) || text.contains(is_forbidden) {
                violations.add(field, "must be visible text, without control characters");
            } else {
                check_text(field, text.trim(), 1..=most, violations);
            }
        }
        if self.user_ids.len() > MAX_NAMED {
            violations.add("userIds", format!("must name at most {MAX_NAMED} people"));
        }
        for (index, role) in self.roles.iter().enumerate() {
            if ![ROLE_ADMIN, ROLE_MODERATOR, ROLE_USER].contains(&role.as_str()) {
                violations.add(
                    format!("roles[{index}]"),
                    "must be admin, moderator or user",
                );
            }
        }
    }
}

/// A broadcast, and how far it has come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Broadcast {
    /// Its id.
    pub id: String,
    /// The short line.
    pub title: String,
    /// The text.
    pub content: String,
    /// When it was ordered.
    pub created_at: Timestamp,
    /// How many people it has been handed over for.
    pub sent: u64,
    /// Whether these are all.
    pub done: bool,
}
