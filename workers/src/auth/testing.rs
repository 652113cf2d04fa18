//! What tests of the handlers share: a pool of its own, and clients that speak to it without a broker.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

use std::path::PathBuf;

use sqlx::PgPool;
use time::{Duration, OffsetDateTime};
use uuid::Uuid;
use warren_runtime::trace::TraceParent;
use warren_topology::{
    envelope::{Caller, Control, Origin},
    failure::{ErrorCode, Failure},
    ids::NodeId,
    payload::auth::{ChangePassword, Login, Refresh, Register, SignedIn},
};

use super::{AuthDesk, change_password, keys::SigningKeys, login, logout, refresh, register};
use crate::{
    core::{Answer, Effects, Fault, Outbox, Request},
    settings::AuthConfig,
    users::scratch,
};

pub(crate) const PASSWORD: &str = "correct horse";

pub(crate) fn config() -> AuthConfig {
    AuthConfig {
        bcrypt_cost: 4,
        access_ttl_seconds: 900,
        refresh_ttl_seconds: 2_592_000,
        refresh_grace_seconds: 10,
        private_key_file: PathBuf::new(),
        jwks_file: PathBuf::new(),
        issuer: "warren".into(),
        audience: "warren-test".into(),
        cookie_secure: true,
        lockout_failures: 3,
        lockout_seconds: 900,
        key_check_seconds: 5,
    }
}

/// An auth pool with a database of its own, and a clock that stands until it is moved.
pub(crate) struct TestAuth {
    pub(crate) desk: AuthDesk,
    pub(crate) postgres: PgPool,
    pub(crate) keys: SigningKeys,
    pub(crate) now: OffsetDateTime,
}

/// Runs a test with a pool.
pub(crate) async fn with_auth(test: impl AsyncFnOnce(TestAuth)) {
    scratch::postgres(async |postgres| {
        let keys = SigningKeys::fresh().unwrap();
        let outbox = Outbox::new(&NodeId::fresh("test"));
        let desk = AuthDesk::with(&config(), &keys, postgres.clone(), outbox);
        test(TestAuth {
            desk,
            postgres,
            keys,
            now: OffsetDateTime::now_utc(),
        })
        .await;
    })
    .await;
}

/// The id of a command that was never there before.
fn fresh_command() -> String {
    Uuid::new_v4().to_string()
}

/// What a client gets: the answer or a refusal, and what the edges are told.
pub(crate) type Got<T> = (Result<Answer<T>, Failure>, Vec<Control>);

fn origin() -> Origin {
    Origin {
        address: "192.0.2.1".into(),
        user_agent: "test".into(),
    }
}

fn request<'a>(id: &'a str, origin: &'a Origin, caller: Option<&'a Caller>) -> Request<'a> {
    Request {
        id,
        caller,
        origin: Some(origin),
        trace: TraceParent::new(),
    }
}

pub(crate) fn registration(username: &str, email: &str) -> Register {
    Register {
        username: username.into(),
        email: email.into(),
        password: PASSWORD.into(),
        display_name: None,
    }
}

impl TestAuth {
    pub(crate) fn pass(&mut self, seconds: i64) {
        self.now += Duration::seconds(seconds);
    }

    pub(crate) async fn register(&self, payload: Register) -> Result<Answer<SignedIn>, Failure> {
        self.register_by(&fresh_command(), payload).await
    }

    /// Registers by a certain command.
    pub(crate) async fn register_by(
        &self,
        command: &str,
        payload: Register,
    ) -> Result<Answer<SignedIn>, Failure> {
        let origin = origin();
        register::handle(
            &self.desk,
            request(command, &origin, None),
            payload,
            self.now,
        )
        .await
        .map_err(Fault::into_failure)
    }

    /// An account `username` with the address `<username>@example.org`, signed in.
    pub(crate) async fn account(&self, username: &str) -> Answer<SignedIn> {
        self.register(registration(username, &format!("{username}@example.org")))
            .await
            .unwrap()
    }

    pub(crate) async fn login(
        &self,
        email: &str,
        password: &str,
    ) -> Result<Answer<SignedIn>, Failure> {
        self.login_by(&fresh_command(), email, password).await
    }

    /// Signs in by a certain command.
    pub(crate) async fn login_by(
        &self,
        command: &str,
        email: &str,
        password: &str,
    ) -> Result<Answer<SignedIn>, Failure> {
        let (origin, payload) = (
            origin(),
            Login {
                email: email.into(),
                password: password.into(),
            },
        );
        login::handle(
            &self.desk,
            request(command, &origin, None),
            payload,
            self.now,
        )
        .await
        .map_err(Fault::into_failure)
    }

    pub(crate) async fn refresh(&self, token: &str) -> Got<SignedIn> {
        let mut effects = Effects::default();
        let payload = Refresh {
            refresh_token: Some(token.into()),
        };
        let result = refresh::handle(&self.desk, payload, &mut effects, self.now).await;
        (result.map_err(Fault::into_failure), effects.controls)
    }

    /// Changes the password by a certain command.
    pub(crate) async fn change_password(
        &self,
        command: &str,
        caller: &Caller,
        (current, new): (&str, &str),
    ) -> Got<()> {
        let (origin, mut effects) = (origin(), Effects::default());
        let payload = ChangePassword {
            current_password: current.into(),
            new_password: new.into(),
        };
        let request = request(command, &origin, Some(caller));
        let result =
            change_password::handle(&self.desk, request, caller, payload, &mut effects, self.now)
                .await;
        (result.map_err(Fault::into_failure), effects.controls)
    }

    pub(crate) async fn logout(&self, token: Option<&str>, caller: Option<&Caller>) -> Got<()> {
        let (origin, mut effects) = (origin(), Effects::default());
        let payload = Refresh {
            refresh_token: token.map(str::to_owned),
        };
        let result = logout::handle(
            &self.desk,
            request("command", &origin, caller),
            payload,
            &mut effects,
            self.now,
        )
        .await;
        (result.map_err(Fault::into_failure), effects.controls)
    }
}

/// The value of a cookie of an answer.
pub(crate) fn cookie<T>(answer: &Answer<T>, name: &str) -> String {
    let value = |cookie: &String| {
        cookie
            .strip_prefix(name)?
            .strip_prefix('=')
            .map(str::to_owned)
    };
    let cookie = answer
        .cookies
        .iter()
        .find_map(value)
        .expect("the cookie is set");
    cookie.split(';').next().unwrap_or_default().to_owned()
}

/// The refresh token of an answer.
pub(crate) fn token(answer: &Answer<SignedIn>) -> String {
    cookie(answer, "refreshToken")
}

/// The token that a refresh gave.
pub(crate) fn renewed((result, controls): &Got<SignedIn>) -> String {
    assert_eq!(controls, &[]);
    token(result.as_ref().expect("the session is renewed"))
}

/// The refusal's code; the answer is dropped.
pub(crate) fn code<T>(result: &Result<Answer<T>, Failure>) -> Option<ErrorCode> {
    result.as_ref().err().map(|failure| failure.code)
}
