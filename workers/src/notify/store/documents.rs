use mongodb::bson::DateTime;
use serde::{Deserialize, Serialize};
use warren_topology::{
    ids::{ConversationId, Seq, UserId},
    payload::{
        Timestamp,
        notify::{Notification, NotificationType},
    },
};

/// A notification as it is stored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct NotificationDoc {
    /// Its id, derived from what it is about: the same thing never notifies twice.
    #[serde(rename = "_id")]
    pub id: String,
    /// Whose.
    pub user_id: UserId,
    /// What it is about.
    #[serde(rename = "type")]
    pub kind: NotificationType,
    /// A short line.
    pub title: String,
    /// The beginning of the message shown, or the text.
    pub content: String,
    /// Where it leads.
    pub conversation_id: Option<ConversationId>,
    /// Whose message it was.
    pub sender_id: Option<UserId>,
    /// The first unread message it covers; 0 if none.
    pub first_seq: i64,
    /// The last message it covers; 0 if none.
    pub last_seq: i64,
    /// How far the user has read the conversation.
    pub read_seq: i64,
    /// Messages up to here are not to be notified of any more: the user is no longer in the group, or has deleted the
    /// conversation or its notification.
    #[serde(default)]
    pub gone_seq: i64,
    /// The message shown; 0 if none.
    #[serde(default)]
    pub shown_seq: i64,
    /// The number of the edit or deletion as which the message is shown; 0 if it is as it was written.
    #[serde(default)]
    pub shown_change: i64,
    /// The number of the conversation's change that this is about, of what is no message.
    #[serde(default)]
    pub change: i64,
    /// How many messages it covers; 0 while there is nothing to show.
    pub count: i64,
    /// Whether it has been read.
    pub is_read: bool,
    /// When it was last read.
    pub read_at: Option<DateTime>,
    /// When the first of it came.
    pub created_at: DateTime,
    /// When the last of it came.
    pub updated_at: DateTime,
    /// When what the user sees of it last changed.
    #[serde(default)]
    pub changed_at: Option<DateTime>,
    /// Counts these changes.
    #[serde(default)]
    pub version: i64,
    /// The command that deleted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deleted_by: Option<String>,
}

impl NotificationDoc {
    /// The notification as clients see it.
    #[must_use]
    pub fn view(&self) -> Notification {
        let seq = |stored: i64| (stored > 0).then(|| Seq(stored.unsigned_abs()));
        let time = |at: DateTime| Timestamp::from_millis(at.timestamp_millis());
        Notification {
            id: self.id.clone(),
            kind: self.kind,
            title: self.title.clone(),
            content: self.content.clone(),
            conversation_id: self.conversation_id.clone(),
            sender_id: self.sender_id,
            first_seq: seq(self.first_seq),
            last_seq: seq(self.last_seq),
            count: self.count.unsigned_abs(),
            is_read: self.is_read,
            created_at: time(self.created_at),
            updated_at: time(self.updated_at),
        }
    }
}
