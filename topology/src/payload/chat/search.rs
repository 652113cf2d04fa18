use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::{
    failure::Violations,
    ids::{ConversationId, UserId},
    payload::{MAX_LIMIT, Payload, Timestamp, check_limit, check_text},
};

/// The longest text to look for, in characters.
const MAX_QUERY_CHARS: usize = 200;

/// A search in the messages of the caller's conversations. Found is what has a word that begins so, for each word of `q`;
/// without case and accents.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SearchMessages {
    /// What to look for, 1 to 200 characters; of several words each must be there.
    #[schemars(length(min = 1, max = MAX_QUERY_CHARS))]
    pub q: String,
    /// Only in this conversation.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub conversation_id: Option<ConversationId>,
    /// Only what this person wrote.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender_id: Option<UserId>,
    /// Only what was written then or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Timestamp>,
    /// Only what was written before that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Timestamp>,
    /// Messages per page, 1 to 100; 50 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = MAX_LIMIT))]
    pub limit: Option<u32>,
    /// `nextCursor` of the page before; absent for the first page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

impl Payload for SearchMessages {
    fn check(&self, violations: &mut Violations) {
        check_text("q", &self.q, 1..=MAX_QUERY_CHARS, violations);
        if !self.q.chars().any(char::is_alphanumeric) {
            violations.add("q", "must hold a letter or a digit");
        }
        check_limit(self.limit, violations);
    }
}
