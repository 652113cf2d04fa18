//! Payloads of the notify pool.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Payload, Timestamp, check_limit, check_text};
use crate::{
    failure::Violations,
    ids::{ConversationId, Seq, UserId},
};

/// What a notification is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum NotificationType {
    /// New messages in a conversation: one unread notification per conversation, however many there are.
    Message,
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
    /// The beginning of the newest message, or the text.
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
