//! The auth pool: accounts, sessions, tokens (design.md, section 8).
//!
//! - [`register`], [`login`], [`refresh`], [`logout`]: how sessions begin, go on and end.
//! - [`devices`], [`end_session`], [`change_password`], [`delete_account`]: what people do with their own account.
//! - [`roles`], [`suspend`]: what administrators do with accounts. [`confirm`]: asks for the password once more.
//! - [`sessions`]: a session is one device's family of refresh tokens; how they follow one another and end.
//! - [`reminder`]: tells edges again which sessions have ended and whose roles have changed.
//! - [`tokens`]: access tokens (JWT) and refresh tokens (opaque). [`keys`]: what signs the former.
//! - [`passwords`]: bcrypt. [`lockout`]: limits wrong passwords per account.
//! - [`cookies`]: the cookies that carry both tokens.
//!
//! What ends a session says so to every edge, also when the client is refused: see [`refresh`].

pub mod change_password;
pub mod confirm;
pub mod cookies;
pub mod delete_account;
pub mod devices;
pub mod end_session;
pub mod key_watch;
pub mod keys;
pub mod lockout;
pub mod login;
pub mod logout;
pub mod passwords;
pub mod refresh;
pub mod register;
pub mod reminder;
pub mod roles;
pub mod sessions;
pub mod suspend;
#[cfg(test)]
mod testing;
pub mod tokens;

use std::sync::Arc;

use sqlx::PgPool;
use time::OffsetDateTime;
use warren_topology::{
    actions::{AuthAction, auth},
    envelope::Command,
    payload::{Timestamp, auth::SignedIn, users::Me},
};

use self::{
    key_watch::KeyWatch,
    keys::SigningKeys,
    lockout::Lockout,
    passwords::Passwords,
    sessions::{Lifetimes, Session},
    tokens::AccessTokens,
};
use crate::{
    core::{
        Answer, Effects, Fault, Outbox, Request, answer,
        desk::{Desk, unknown},
        handler::Outcome,
    },
    process::StartError,
    settings::{AuthConfig, Settings},
};

/// Handles the actions of the auth pool.
pub struct AuthDesk {
    postgres: PgPool,
    outbox: Outbox,
    passwords: Passwords,
    lockout: Lockout,
    lifetimes: Lifetimes,
    tokens: Arc<AccessTokens>,
    /// Whether cookies are for HTTPS only.
    cookie_secure: bool,
}

impl AuthDesk {
    /// Reads the signing key.
    ///
    /// # Errors
    /// [`StartError`] when the key cannot be used.
    pub fn new(settings: &Settings, postgres: PgPool, outbox: Outbox) -> Result<Self, StartError> {
        let config = &settings.auth;
        let keys = keys::load(&config.private_key_file, &config.jwks_file)?;
        Ok(Self::with(config, &keys, postgres, outbox))
    }

    /// Has new keys used when the file of the signing key changes.
    #[must_use]
    pub fn key_watch(&self, config: &AuthConfig) -> KeyWatch {
        KeyWatch::new(config, Arc::clone(&self.tokens))
    }

    fn with(config: &AuthConfig, keys: &SigningKeys, postgres: PgPool, outbox: Outbox) -> Self {
        Self {
            postgres,
            outbox,
            passwords: Passwords::new(config.bcrypt_cost),
            lockout: Lockout::new(config),
            lifetimes: Lifetimes::new(config),
            tokens: Arc::new(AccessTokens::new(config, keys)),
            cookie_secure: config.cookie_secure,
        }
    }

    /// The answer that begins or renews a session: the tokens in the body and as cookies.
    fn signed_in(
        &self,
        user: Me,
        session: &Session,
        now: OffsetDateTime,
    ) -> Result<Answer<SignedIn>, Fault> {
        let access = self
            .tokens
            .issue(user.public.user_id, session.id, &user.roles, now)
            .map_err(|error| Fault::Broken(format!("an access token was not signed: {error}")))?;
        let cookies = cookies::set(
            &access,
            &session.token,
            &self.lifetimes,
            self.cookie_secure,
            now,
        );
        let signed_in = SignedIn {
            user,
            access_token: access.text,
            expires_at: Timestamp(access.expires_at),
        };
        Ok(Answer::from(signed_in).with_cookies(cookies))
    }
}

impl Desk for AuthDesk {
    async fn handle(&self, command: &Command<'_>, effects: &mut Effects) -> Result<Outcome, Fault> {
        let Some(action) = AuthAction::parse(&command.action) else {
            return Err(unknown(&command.action));
        };
        let (request, now) = (Request::of(command), OffsetDateTime::now_utc());
        match action {
            AuthAction::Register => {
                answer::<auth::Register>(command, async |payload| {
                    register::handle(self, request, payload, now).await
                })
                .await
            }
            AuthAction::Login => {
                answer::<auth::Login>(command, async |payload| {
                    login::handle(self, request, payload, now).await
                })
                .await
            }
            AuthAction::Refresh => {
                answer::<auth::Refresh>(command, async |payload| {
                    refresh::handle(self, payload, effects, now).await
                })
                .await
            }
            AuthAction::Logout => {
                answer::<auth::Logout>(command, async |payload| {
                    logout::handle(self, request, payload, effects, now).await
                })
                .await
            }
            AuthAction::Sessions => {
                answer::<auth::Sessions>(command, async |payload| {
                    devices::handle(self, request.caller()?, payload, now).await
                })
                .await
            }
            AuthAction::EndSession => {
                answer::<auth::EndSession>(command, async |payload| {
                    end_session::handle(self, request.caller()?, payload, effects, now).await
                })
                .await
            }
            AuthAction::ChangePassword => {
                answer::<auth::ChangePassword>(command, async |payload| {
                    let caller = request.caller()?;
                    change_password::handle(self, request, caller, payload, effects, now).await
                })
                .await
            }
            AuthAction::GrantRole => {
                answer::<auth::GrantRole>(command, async |payload| {
                    roles::handle(self, payload, roles::Change::Grant, effects).await
                })
                .await
            }
            AuthAction::WithdrawRole => {
                answer::<auth::WithdrawRole>(command, async |payload| {
                    roles::handle(self, payload, roles::Change::Withdraw, effects).await
                })
                .await
            }
            AuthAction::Suspend => {
                answer::<auth::Suspend>(command, async |payload| {
                    let caller = request.caller()?;
                    suspend::handle(self, request, caller, payload, effects, now).await
                })
                .await
            }
            AuthAction::LiftSuspension => {
                answer::<auth::LiftSuspension>(command, async |payload| {
                    let caller = request.caller()?;
                    suspend::lift(self, request, caller, payload, now).await
                })
                .await
            }
            AuthAction::DeleteAccount => {
                answer::<auth::DeleteAccount>(command, async |payload| {
                    let caller = request.caller()?;
                    delete_account::handle(self, request, caller, payload, effects, now).await
                })
                .await
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use jsonwebtoken::{Algorithm, DecodingKey, Validation};
    use serde_json::{Value, json, value::RawValue};
    use warren_runtime::trace::TraceParent;

    use super::*;
    use crate::auth::testing::{TestAuth, cookie, registration, token, with_auth};

    /// What an edge reads out of an access token, with the public key alone.
    fn claims(auth: &TestAuth, text: &str) -> Value {
        let header = jsonwebtoken::decode_header(text).unwrap();
        assert_eq!(header.kid, Some(auth.keys.kid()));
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.set_required_spec_claims(&["iss", "aud", "sub", "exp"]);
        validation.set_issuer(&["warren"]);
        validation.set_audience(&["warren-test"]);
        let key = DecodingKey::from_ed_components(&auth.keys.x()).unwrap();
        jsonwebtoken::decode(text, &key, &validation)
            .unwrap()
            .claims
    }

    #[tokio::test]
    async fn access_tokens_say_what_edges_require() {
        with_auth(async |auth| {
            let answer = auth.account("ann").await;
            let claims = claims(&auth, &answer.data.access_token);
            let sid: uuid::Uuid =
                sqlx::query_scalar("SELECT session_id FROM sessions").fetch_one(&auth.postgres).await.unwrap();
            let iat = auth.now.unix_timestamp();
            let expected = json!({
                "iss": "warren", "aud": "warren-test", "sub": answer.data.user.public.user_id.to_string(), "sid": sid,
                "roles": ["user"], "iat": iat, "exp": iat + 900,
            });
            assert_eq!(claims, expected);
            assert_eq!(answer.data.expires_at.as_millis(), (iat + 900) * 1_000);
        })
        .await;
    }

    #[tokio::test]
    async fn cookies_carry_the_same_tokens_as_long_as_they_live() {
        with_auth(async |auth| {
            let answer = auth.account("ann").await;
            assert_eq!(cookie(&answer, "accessToken"), answer.data.access_token);
            let (access, refresh) = (&answer.data.access_token, token(&answer));
            let expected = [
                format!("accessToken={access}; Path=/; Max-Age=900; HttpOnly; SameSite=Lax; Secure"),
                format!("refreshToken={refresh}; Path=/auth; Max-Age=2592000; HttpOnly; SameSite=Lax; Secure"),
            ];
            assert_eq!(answer.cookies, expected);
        })
        .await;
    }

    /// Sends a command as the core does.
    async fn send(auth: &TestAuth, action: &str, payload: Value) -> Result<Outcome, Fault> {
        let payload = RawValue::from_string(payload.to_string()).unwrap();
        let command = Command {
            id: "command".into(),
            action: action.into(),
            caller: None,
            origin: None,
            trace: TraceParent::new(),
            accepted: 0,
            deadline: 0,
            payload: &payload,
        };
        auth.desk.handle(&command, &mut Effects::default()).await
    }

    #[tokio::test]
    async fn every_action_of_the_pool_has_its_handler() {
        with_auth(async |auth| {
            let payload = serde_json::to_value(registration("ann", "ann@example.org")).unwrap();
            let outcome = send(&auth, "auth:register", payload).await.unwrap();
            assert_eq!(outcome.cookies.len(), 2);
            let login = json!({ "email": "ann", "password": crate::auth::testing::PASSWORD });
            let outcome = send(&auth, "auth:login", login).await.unwrap();
            let body: Value = serde_json::from_str(outcome.data.unwrap().get()).unwrap();
            assert_eq!(body["user"]["email"], "ann@example.org");
            assert!(body["accessToken"].is_string() && body["expiresAt"].is_string());
            let refresh = outcome.cookies[1]
                .split(['=', ';'])
                .nth(1)
                .unwrap()
                .to_owned();
            send(&auth, "auth:refresh", json!({ "refreshToken": refresh }))
                .await
                .unwrap();
            send(&auth, "auth:logout", json!({ "refreshToken": refresh }))
                .await
                .unwrap();
            send(&auth, "auth:refresh", json!({ "refreshToken": refresh }))
                .await
                .unwrap_err();
        })
        .await;
    }
}
