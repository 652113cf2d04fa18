use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    ids::UserId,
    payload::{
        Timestamp,
        notify::{Notification, UnreadCount},
    },
};

/// `notification:created`
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct NotificationCreated(pub Notification);

/// `notification:updated`
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct NotificationUpdated(pub Notification);

/// `notification:read`
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NotificationRead {
    /// Which one; all if `null`.
    pub notification_id: Option<String>,
}

/// `notification:deleted`
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NotificationDeleted {
    /// Which one.
    pub notification_id: String,
}

/// `notification:count`
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct NotificationCount(pub UnreadCount);

/// `system.broadcast`
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SystemBroadcast {
    /// Which broadcast. It comes in many events, each for other people; after a fault some people are named again.
    pub broadcast_id: String,
    /// A short line.
    pub title: String,
    /// The text.
    pub content: String,
    /// Some of those who are told.
    pub recipients: Vec<UserId>,
    /// When it was ordered.
    pub at: Timestamp,
}

/// `notification.changed`
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct NotificationsChanged {
    /// Whose.
    pub user_id: UserId,
    /// Which one; `null` if all were marked as read.
    pub notification_id: Option<String>,
    /// The command that did it.
    pub command: String,
}
