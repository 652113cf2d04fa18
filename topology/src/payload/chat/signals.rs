use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{ids::ConversationId, payload::Payload};

/// Whether the caller is typing.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Typing {
    /// Where.
    pub conversation_id: ConversationId,
    /// True while they are, every 3 s; false as soon as they are not.
    pub is_typing: bool,
}

impl Payload for Typing {}
