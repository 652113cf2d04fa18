//! Payloads of the users pool.

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

use super::{MAX_LIMIT, Payload, Timestamp, auth::Role, check_limit, check_text};
use crate::{failure::Violations, ids::UserId};

/// The most people in one look-up.
pub const MAX_BATCH: usize = 100;
/// The longest text about oneself, in characters.
pub const MAX_BIO_CHARS: usize = 500;

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
    /// What they say about themselves.
    #[serde(default)]
    pub bio: Option<String>,
}

/// A user's page, as others see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Profile {
    /// Who.
    #[serde(flatten)]
    pub public: PublicUser,
    /// What they say about themselves.
    pub bio: Option<String>,
    /// Whether the caller has blocked them.
    pub blocked: bool,
}

/// A user.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UserRef {
    /// Who.
    pub user_id: UserId,
}

impl Payload for UserRef {
    fn check(&self, violations: &mut Violations) {
        if self.user_id.0 < 1 {
            violations.add("userId", "must be a positive integer");
        }
    }
}

/// Changes of a profile. What is absent stays; at least one must be there.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(extend("examples" = [{ "userId": 7, "displayName": "Ada Lovelace", "bio": "Likes engines." }]))]
pub struct UpdateUser {
    /// Whose.
    pub user_id: UserId,
    /// 3 to 32 letters, digits, dots, dashes and underscores; unique without case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = r"^[A-Za-z0-9._-]{3,32}$"))]
    pub username: Option<String>,
    /// What others see; 1 to 64 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    pub display_name: Option<String>,
    /// Where the picture is, an http or https address of at most 2,048 characters; `null` for none.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(length(max = 2048), regex(pattern = r"^https?://[^/]"))]
    pub avatar_url: Option<Option<String>>,
    /// At most 500 characters; `null` for nothing.
    #[serde(
        default,
        deserialize_with = "present",
        skip_serializing_if = "Option::is_none"
    )]
    #[schemars(length(max = 500))]
    pub bio: Option<Option<String>>,
}

/// Tells a field that is `null` from one that is absent.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::<String>::deserialize(deserializer).map(Some)
}

impl Payload for UpdateUser {
    fn check(&self, violations: &mut Violations) {
        let nothing = self.username.is_none()
            && self.display_name.is_none()
            && self.avatar_url.is_none()
            && self.bio.is_none();
        if nothing {
            violations.add(
                "",
                "must name something to change: username, displayName, avatarUrl or bio",
            );
        }
        if let Some(username) = &self.username {
            check_username(username, violations);
        }
        if let Some(name) = &self.display_name {
            check_text("displayName", name.trim(), 1..=64, violations);
            if name.contains(char::is_control) {
                violations.add("displayName", "must not hold control characters");
            }
        }
        if let Some(Some(url)) = &self.avatar_url {
            check_avatar(url, violations);
        }
        if let Some(Some(bio)) = &self.bio {
            check_text("bio", bio.trim(), 0..=MAX_BIO_CHARS, violations);
            if bio.contains(|c: char| c.is_control() && c != '\n') {
                violations.add("bio", "must not hold control characters");
            }
        }
    }
}

fn check_avatar(url: &str, violations: &mut Violations) {
    let host = url
        .strip_prefix("https://")
        .or_else(|| url.strip_prefix("http://"));
    let plausible = host.is_some_and(|host| !host.is_empty() && !host.starts_with('/'));
    if !plausible
        || url.chars().count() > 2_048
        || url.contains(|c: char| c.is_whitespace() || c.is_control())
    {
        violations.add(
            "avatarUrl",
            "must be an http or https address of at most 2048 characters",
        );
    }
}

pub(super) fn check_username(username: &str, violations: &mut Violations) {
    let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    if !(3..=32).contains(&username.len()) || !username.chars().all(allowed) {
        violations.add(
            "username",
            "must have 3 to 32 letters, digits, dots, dashes or underscores",
        );
    }
}

/// Several people.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct UserBatch {
    /// Who, at most 100.
    #[schemars(length(min = 1, max = MAX_BATCH))]
    pub user_ids: Vec<UserId>,
}

impl Payload for UserBatch {
    fn check(&self, violations: &mut Violations) {
        check_people(&self.user_ids, violations);
    }
}

fn check_people(ids: &[UserId], violations: &mut Violations) {
    if ids.is_empty() || ids.len() > MAX_BATCH {
        violations.add("userIds", format!("must name 1 to {MAX_BATCH} people"));
    }
    if ids.iter().any(|id| id.0 < 1) {
        violations.add("userIds", "must be positive integers");
    }
}

/// The people who were found.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Users {
    /// In the order in which they were asked for; who does not exist is missing.
    pub items: Vec<PublicUser>,
}

/// Whether an account may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AccountStatus {
    /// It may.
    Active,
    /// An operator has closed it for now.
    Suspended,
    /// It is gone.
    Deleted,
}

impl AccountStatus {
    /// The status as it is stored.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Suspended => "suspended",
            Self::Deleted => "deleted",
        }
    }
}

/// Which accounts to list, for administrators and moderators; by id.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ListUsers {
    /// The beginning of a username, display name or (for administrators) e-mail address, without case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 254))]
    pub q: Option<String>,
    /// Only these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<AccountStatus>,
    /// Only who holds this role.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<Role>,
    /// Entries per page, 1 to 100; 50 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = MAX_LIMIT))]
    pub limit: Option<u32>,
    /// `nextCursor` of the page before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

impl Payload for ListUsers {
    fn check(&self, violations: &mut Violations) {
        if let Some(q) = &self.q {
            check_text("q", q.trim(), 1..=254, violations);
            if q.contains('\0') {
                violations.add("q", "must not hold a zero character");
            }
        }
        check_limit(self.limit, violations);
    }
}

/// An account, as administrators see it. For moderators the e-mail address is empty.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct AccountView {
    /// What its owner sees.
    #[serde(flatten)]
    pub me: Me,
    /// Whether it may be used.
    pub status: AccountStatus,
    /// Why it is suspended.
    pub suspended_reason: Option<String>,
    /// When the suspension ends by itself.
    pub suspended_until: Option<Timestamp>,
}

/// Somebody whom the caller has blocked.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Blocked {
    /// Who.
    pub user: PublicUser,
    /// Since when.
    pub blocked_at: Timestamp,
}

/// Whether somebody is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Presence {
    /// Who.
    pub user_id: UserId,
    /// Whether a device of theirs is connected.
    pub online: bool,
    /// Since when they are online, or when they were last seen; `null` if that is not known.
    pub since: Option<Timestamp>,
}

/// Whether people are there.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Presences {
    /// In the order in which they were asked for.
    pub items: Vec<Presence>,
}

/// A search for people.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Search {
    /// The beginning of a username or display name, without case; 1 to 64 characters.
    #[schemars(length(min = 1, max = 64))]
    pub q: String,
    /// Entries per page, 1 to 100; 50 if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = MAX_LIMIT))]
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
