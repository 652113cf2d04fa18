//! Payloads of the auth pool.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Payload, Timestamp, check_text, users::Me};
use crate::failure::Violations;

/// The longest password in bytes: bcrypt reads no more than 72, so more is refused rather than ignored.
pub const MAX_PASSWORD_BYTES: usize = 71;

/// A new account.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Register {
    /// 3 to 32 letters, digits, dots, dashes and underscores; unique without case.
    pub username: String,
    /// Unique without case; never shown to others.
    pub email: String,
    /// 8 characters to 71 bytes.
    pub password: String,
    /// What others see; the username if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
}

impl Payload for Register {
    fn check(&self, violations: &mut Violations) {
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        if !(3..=32).contains(&self.username.len()) || !self.username.chars().all(allowed) {
            violations.add(
                "username",
                "must have 3 to 32 letters, digits, dots, dashes or underscores",
            );
        }
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
    pub email: String,
    /// The password.
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
