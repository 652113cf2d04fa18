use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::OwnState;
use crate::{
    failure::Violations,
    ids::ConversationId,
    payload::{Payload, Timestamp},
};

/// The caller's own settings of a conversation. What is absent stays.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("examples" = [{ "conversationId": "d7-12", "muted": true, "mutedUntil": "2027-01-31T09:30:00.000Z" }]))]
pub struct UpdateSettings {
    /// Which conversation.
    pub conversation_id: ConversationId,
    /// No notifications.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub muted: Option<bool>,
    /// Until when; for good if absent. Only together with `muted: true`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub muted_until: Option<Timestamp>,
    /// Kept on top.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pinned: Option<bool>,
    /// Archived: not listed, until somebody writes; if it is muted, until the caller does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hidden: Option<bool>,
}

impl Payload for UpdateSettings {
    fn check(&self, violations: &mut Violations) {
        if self.muted.is_none() && self.pinned.is_none() && self.hidden.is_none() {
            violations.add("muted", "or pinned or hidden must be given");
        }
        if self.muted_until.is_some() && self.muted != Some(true) {
            violations.add("mutedUntil", "goes with muted: true");
        }
    }
}

/// The caller's own settings of a conversation, as they are now.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConversationSettings {
    /// Which conversation.
    pub conversation_id: ConversationId,
    /// The number of the last change that concerns the caller.
    pub change: u64,
    /// The settings.
    pub me: OwnState,
}
