use std::collections::HashSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{MAX_PARTICIPANTS, MemberRole, check_name, is_web_address};
use crate::{
    failure::Violations,
    ids::{ConversationId, UserId},
    payload::{Payload, check_limit},
};

/// A group's new name or picture. What is absent stays.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("examples" = [{ "conversationId": "g0198c5a27d1e7c319f5e3c8f5d3b2a10", "name": "Release crew" }]))]
pub struct UpdateConversation {
    /// Which group.
    pub conversation_id: ConversationId,
    /// 1 to 100 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where the picture is, an absolute http or https URL; empty to take it away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar_url: Option<String>,
}

impl Payload for UpdateConversation {
    fn check(&self, violations: &mut Violations) {
        if self.name.is_none() && self.avatar_url.is_none() {
            violations.add("name", "or avatarUrl must be given");
        }
        if let Some(name) = &self.name {
            check_name(name, violations);
        }
        if let Some(url) = &self.avatar_url
            && !url.is_empty()
            && !is_web_address(url)
        {
            violations.add(
                "avatarUrl",
                "must be an http or https URL of at most 2048 bytes, or empty",
            );
        }
    }
}

/// People to put into a group.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("examples" = [{ "conversationId": "g0198c5a27d1e7c319f5e3c8f5d3b2a10", "userIds": [12, 15] }]))]
pub struct AddMembers {
    /// Which group.
    pub conversation_id: ConversationId,
    /// Who.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub user_ids: Vec<UserId>,
    /// Who, if it is one person.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_id: Option<UserId>,
}

impl AddMembers {
    /// Everybody named, each once.
    #[must_use]
    pub fn users(&self) -> Vec<UserId> {
        let mut seen = HashSet::with_capacity(self.user_ids.len() + 1);
        let named = self.user_ids.iter().chain(&self.user_id);
        named.copied().filter(|user| seen.insert(*user)).collect()
    }
}

impl Payload for AddMembers {
    fn check(&self, violations: &mut Violations) {
        if self.user_ids.is_empty() && self.user_id.is_none() {
            violations.add("userIds", "must name at least one person");
        }
        if self.user_ids.len() > MAX_PARTICIPANTS {
            violations.add(
                "userIds",
                format!("must name at most {MAX_PARTICIPANTS} people"),
            );
        }
        if self.user_ids.iter().chain(&self.user_id).any(|id| id.0 < 1) {
            violations.add("userIds", "must hold positive integers");
        }
    }
}

/// A member of a group.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct MemberRef {
    /// Which group.
    pub conversation_id: ConversationId,
    /// Who.
    pub user_id: UserId,
}

impl Payload for MemberRef {}

/// What a member may do from now on.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChangeRole {
    /// Which group.
    pub conversation_id: ConversationId,
    /// Who.
    pub user_id: UserId,
    /// `owner` hands the group over; the owner until then becomes a moderator.
    pub role: MemberRole,
}

impl Payload for ChangeRole {}

/// A page of a conversation's members.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListMembers {
    /// Which conversation.
    pub conversation_id: ConversationId,
    /// Members per page, 1 to 100; 50 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// `nextCursor` of the page before; absent for the first page.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

impl Payload for ListMembers {
    fn check(&self, violations: &mut Violations) {
        check_limit(self.limit, violations);
    }
}

/// The conversation is no longer the caller's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct ConversationDone {
    /// Which conversation.
    pub conversation_id: ConversationId,
    /// The number of this change among the conversation's.
    pub change: u64,
}
