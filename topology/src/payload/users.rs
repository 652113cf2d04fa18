//! Payloads of the users pool.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Payload, Timestamp, check_limit, check_text};
use crate::{failure::Violations, ids::UserId};

/// A user as others see them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct PublicUser {
    /// The user's id.
    pub user_id: UserId,
    /// Unique without case.
    pub username: String,
    /// What to show.
    pub display_name: String,
    /// Where the picture is.
    pub avatar_url: Option<String>,
    /// When the account was made.
    pub created_at: Timestamp,
}

/// A user as they see themselves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Me {
    /// What others see.
    #[serde(flatten)]
    pub public: PublicUser,
    /// The e-mail address.
    pub email: String,
    /// The roles held: `user`, `moderator`, `admin`.
    pub roles: Vec<String>,
}

/// A search for people.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Search {
    /// The beginning of a username or display name, without case; 1 to 64 characters.
    pub q: String,
    /// Entries per page, 1 to 100; 50 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limit: Option<u32>,
    /// `nextCursor` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

impl Payload for Search {
    fn check(&self, violations: &mut Violations) {
        check_text("q", self.q.trim(), 1..=64, violations);
        check_limit(self.limit, violations);
    }
}
