//! Shapes of the REST answers, as far as they are used. Times are left out: nothing here depends on the server's clock.

use serde::{Deserialize, Serialize};

/// Answer of register, login and refresh.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Session {
    /// Who signed in.
    pub(crate) user: Me,
    /// Bearer for REST and sockets.
    pub(crate) access_token: String,
}

/// The signed-in user.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Me {
    /// The user's id.
    pub(crate) user_id: u64,
}

/// A conversation.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Conversation {
    /// Its id.
    pub(crate) id: String,
    /// The newest message's seq, 0 for none.
    #[serde(default)]
    pub(crate) last_seq: u64,
    /// The newest change's number.
    #[serde(default)]
    pub(crate) last_change: u64,
    /// The caller's own state.
    #[serde(default)]
    pub(crate) me: Option<Membership>,
}

/// A member's own state in a conversation.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Membership {
    /// Everything up to here counts as read.
    #[serde(default)]
    pub(crate) last_read_seq: u64,
    /// Messages after it.
    #[serde(default)]
    pub(crate) unread: u64,
}

/// A message of a history page or a sync.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Message {
    /// `<conversationId>.<seq>`
    pub(crate) id: String,
    /// Its place in the conversation.
    pub(crate) seq: u64,
    /// `user` or `system`.
    #[serde(rename = "type", default)]
    pub(crate) kind: String,
    /// Who wrote it.
    #[serde(default)]
    pub(crate) sender_id: Option<u64>,
    /// The text.
    #[serde(default)]
    pub(crate) content: String,
    /// The sender's own key.
    #[serde(default)]
    pub(crate) client_id: Option<String>,
}

/// A notification.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Notification {
    /// `message`, `group_invite` or `system`.
    #[serde(rename = "type")]
    pub(crate) kind: String,
    /// The conversation of a message notification.
    #[serde(default)]
    pub(crate) conversation_id: Option<String>,
    /// The newest message it covers.
    #[serde(default)]
    pub(crate) last_seq: Option<u64>,
}

/// One page of a list.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Page<T> {
    /// The items.
    pub(crate) items: Vec<T>,
    /// Where the next page starts; none at the end.
    #[serde(default)]
    pub(crate) next_cursor: Option<String>,
}

/// What a client holds of one conversation (request of `conversation:sync`).
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Held {
    /// The conversation.
    pub(crate) id: String,
    /// Highest message seq held, 0 for none.
    pub(crate) seq: u64,
    /// Its `lastChange` as last seen.
    pub(crate) change: u64,
}

/// Request of `conversation:sync`.
#[derive(Debug, Serialize)]
pub(crate) struct SyncRequest<'a> {
    /// What the client holds.
    pub(crate) conversations: &'a [Held],
    /// Where the answer before this one ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) cursor: Option<&'a str>,
}

/// Answer of `conversation:sync`.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Synced {
    /// Every conversation that differs from what was sent.
    pub(crate) conversations: Vec<SyncedConversation>,
    /// More to come, if any.
    #[serde(default)]
    pub(crate) next_cursor: Option<String>,
}

/// What was missed of one conversation.
#[derive(Debug, Deserialize)]
pub(crate) struct SyncedConversation {
    /// Its present state.
    pub(crate) conversation: Conversation,
    /// The missed messages, ascending.
    #[serde(default)]
    pub(crate) messages: Vec<Message>,
    /// Drop what is held: `messages` is the newest page.
    #[serde(default)]
    pub(crate) reset: bool,
}

/// problem+json, as far as it is shown.
#[derive(Debug, Deserialize)]
pub(crate) struct Problem {
    /// The stable code.
    pub(crate) code: String,
    /// The explanation.
    #[serde(default)]
    pub(crate) detail: String,
}
