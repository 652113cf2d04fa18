use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::check_content;
use crate::{
    failure::Violations,
    ids::{ConversationId, MessageId},
    payload::Payload,
};

/// A message's new text.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct EditMessage {
    /// Which message.
    pub message_id: MessageId,
    /// Where it is; may be absent, since the message's id tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<ConversationId>,
    /// Up to 8,000 characters; may be empty only if the message has attachments.
    pub content: String,
}

impl Payload for EditMessage {
    fn check(&self, violations: &mut Violations) {
        check_content(&self.content, violations);
    }
}

/// A message.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MessageRef {
    /// Which message.
    pub message_id: MessageId,
    /// Where it is; may be absent, since the message's id tells.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<ConversationId>,
}

impl Payload for MessageRef {}
