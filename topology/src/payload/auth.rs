//! Payloads of the auth pool.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Payload, Timestamp, check_text,
    users::{Me, check_username},
};
use crate::{
    actions::{ROLE_ADMIN, ROLE_MODERATOR, ROLE_USER},
    failure::Violations,
    ids::UserId,
};

/// The longest password in bytes: bcrypt reads no more than 72, so more is refused rather than ignored.
pub const MAX_PASSWORD_BYTES: usize = 71;

/// A new account.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Register {
    /// 3 to 32 letters, digits, dots, dashes and underscores; unique without case.
    #[schemars(regex(pattern = r"^[A-Za-z0-9._-]{3,32}$"))]
    pub username: String,
    /// Unique without case; never shown to others.
    #[schemars(length(min = 3, max = 254), extend("format" = "email"))]
    pub email: String,
    /// 8 characters to 71 bytes.
    #[schemars(length(min = 8, max = 71))]
    pub password: String,
    /// What others see; the username if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 64))]
    pub display_name: Option<String>,
}

impl Payload for Register {
    fn check(&self, violations: &mut Violations) {
        check_username(&self.username, violations);
        check_email(&self.email, violations);
        check_password("password", &self.password, violations);
        if let Some(name) = &self.display_name {
            check_text("displayName", name.trim(), 1..=64, violations);
        }
    }
}

fn check_email(email: &str, violations: &mut Violations) {
    let plausible = email.len() <= 254
        && !email.contains(char::is_whitespace)
        && email.split_once('@').is_some_and(|(local, domain)| {
            !local.is_empty()
                && !domain.contains('@')
                && domain.split('.').all(|label| !label.is_empty())
        });
    if !plausible {
        violations.add(
            "email",
            "must be an e-mail address such as name@example.org",
        );
    }
}

fn check_password(field: &str, password: &str, violations: &mut Violations) {
    if password.chars().count() < 8 {
        violations.add(field, "must have at least 8 characters");
    } else if password.contains('\0') {
        violations.add(field, "must not hold a zero character");
    } else if password.len() > MAX_PASSWORD_BYTES {
        violations.add(
            field,
            format!("must have at most {MAX_PASSWORD_BYTES} bytes"),
        );
    }
}

/// A sign-in.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Login {
    /// The e-mail address or the username.
    #[schemars(length(min = 1, max = 254))]
    pub email: String,
    /// The password.
    #[schemars(length(min = 1, max = 1024))]
    pub password: String,
}

impl Payload for Login {
    fn check(&self, violations: &mut Violations) {
        check_text("email", &self.email, 1..=254, violations);
        check_text("password", &self.password, 1..=1024, violations);
    }
}

/// The proof of a session, from the cookie `refreshToken` or the body.
#[derive(Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Refresh {
    /// Taken from the cookie `refreshToken` when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 256))]
    pub refresh_token: Option<String>,
}

impl Payload for Refresh {
    fn check(&self, violations: &mut Violations) {
        if let Some(token) = &self.refresh_token {
            check_text("refreshToken", token, 1..=256, violations);
        }
    }
}

/// A session that has just begun or been renewed. The cookies `accessToken` and `refreshToken` come with it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SignedIn {
    /// Who signed in.
    pub user: Me,
    /// A JWT for the Authorization header and the socket's `auth.token`.
    pub access_token: String,
    /// When the access token ends.
    pub expires_at: Timestamp,
}

/// A new access token for a connection, of the session it belongs to.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Renew {
    /// The `accessToken` that a refresh gave.
    pub token: String,
}

impl Payload for Renew {}

/// A connection that goes on.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Renewed {
    /// When it ends unless it is renewed again.
    pub expires_at: Timestamp,
}

/// A device on which the caller is signed in.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct DeviceSession {
    /// The session's id, for ending it.
    pub id: String,
    /// What the device said it was when it signed in; empty if nothing.
    pub user_agent: String,
    /// The address from which it signed in.
    pub address: String,
    /// When it signed in.
    pub created_at: Timestamp,
    /// When it last renewed its session.
    pub last_used_at: Timestamp,
    /// Whether it is the device that asks.
    pub current: bool,
}

/// One of the caller's sessions.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SessionRef {
    /// An `id` of `GET /auth/sessions`.
    #[schemars(extend("format" = "uuid"))]
    pub session_id: String,
}

impl Payload for SessionRef {
    fn check(&self, violations: &mut Violations) {
        if uuid::Uuid::parse_str(&self.session_id).is_err() {
            violations.add("sessionId", "must be the id of a session");
        }
    }
}

/// Another password.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChangePassword {
    /// The password until now.
    #[schemars(length(min = 1, max = 1024))]
    pub current_password: String,
    /// 8 characters to 71 bytes.
    #[schemars(length(min = 8, max = 71))]
    pub new_password: String,
}

impl Payload for ChangePassword {
    fn check(&self, violations: &mut Violations) {
        check_text(
            "currentPassword",
            &self.current_password,
            1..=1024,
            violations,
        );
        check_password("newPassword", &self.new_password, violations);
        if self.new_password == self.current_password {
            violations.add("newPassword", "must differ from the current one");
        }
    }
}

/// What somebody may do besides chatting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Role {
    /// Looks after accounts and roles.
    Admin,
    /// Looks after what people write.
    Moderator,
    /// What every account has.
    User,
}

impl Role {
    /// The role as access tokens name it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Admin => ROLE_ADMIN,
            Role::Moderator => ROLE_MODERATOR,
            Role::User => ROLE_USER,
        }
    }
}

/// Somebody's role.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct RoleRef {
    /// Whose.
    pub user_id: UserId,
    /// Which.
    pub role: Role,
}

impl Payload for RoleRef {
    fn check(&self, violations: &mut Violations) {
        if self.role == Role::User {
            violations.add(
                "role",
                "must be admin or moderator: every account has the role user",
            );
        }
    }
}

/// The roles somebody holds.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Roles {
    /// Who.
    pub user_id: UserId,
    /// All of them.
    pub roles: Vec<String>,
}

/// A suspension.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Suspend {
    /// Whose account.
    pub user_id: UserId,
    /// Why, for the person who is suspended; 1 to 500 characters.
    #[schemars(length(min = 1, max = 500))]
    pub reason: String,
    /// When it ends by itself; never if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

impl Payload for Suspend {
    fn check(&self, violations: &mut Violations) {
        check_text("reason", self.reason.trim(), 1..=500, violations);
        if self.reason.contains('\0') {
            violations.add("reason", "must not hold a zero character");
        }
        if self.until.is_some_and(|until| until <= Timestamp::now()) {
            violations.add("until", "must be in the future");
        }
    }
}

/// The end of an account.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct DeleteAccount {
    /// Whose.
    pub user_id: UserId,
    /// The caller's password, when it is their own account.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 1024))]
    pub password: Option<String>,
}

impl Payload for DeleteAccount {
    fn check(&self, violations: &mut Violations) {
        if let Some(password) = &self.password {
            check_text("password", password, 1..=1024, violations);
        }
    }
}
