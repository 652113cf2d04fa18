//! `auth:refresh`: renews a session; the refresh token is replaced.

use time::OffsetDateTime;
use warren_topology::{
    failure::{ErrorCode, Failure},
    payload::auth::{Refresh, SignedIn},
};

use super::{
    AuthDesk,
    sessions::{self, Renewal},
    tokens::RefreshToken,
};
use crate::{
    core::{Answer, Effects, Fault},
    users::directory::{Status, find_account},
};

/// Handles the action. When it ends the session, `effects` tells the edges, and the caller is refused.
///
/// # Errors
/// `AUTH_INVALID` when the token does not renew a session.
pub async fn handle(
    auth: &AuthDesk,
    payload: Refresh,
    effects: &mut Effects,
    now: OffsetDateTime,
) -> Result<Answer<SignedIn>, Fault> {
    let token = payload
        .refresh_token
        .as_deref()
        .and_then(RefreshToken::parse)
        .ok_or_else(ended)?;
    let (user, session) = match sessions::renew(&auth.postgres, &token, &auth.lifetimes, now)
        .await?
    {
        Renewal::Renewed(user, session) => (user, session),
        Renewal::Refused => return Err(ended()),
        Renewal::Ended(session) => {
            tracing::info!(user = %session.user, session = %session.session, reason = session.reason, "a session has ended");
            effects.control(session.control());
            return Err(ended());
        }
    };
    let account = find_account(&auth.postgres, user).await?;
    if let Some(account) = account.filter(|account| account.status == Status::Active) {
        return auth.signed_in(account.me, &session, now);
    }
    let mut connection = auth.postgres.acquire().await?;
    let revoked = sessions::revoke(&mut connection, session.id, "suspended", now).await?;
    revoked
        .into_iter()
        .for_each(|session| effects.control(session.control()));
    Err(ended())
}

fn ended() -> Fault {
    Failure::new(
        ErrorCode::AuthInvalid,
        "The session has ended. Sign in again.",
    )
    .into()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use warren_topology::envelope::Control;

    use super::*;
    use crate::{
        auth::testing::{Got, PASSWORD, TestAuth, code, renewed, token, with_auth},
        users::scratch::set_status,
    };

    /// The caller is refused, and this is what the edges are told about the session.
    fn refused(got: &Got<SignedIn>) -> Vec<&str> {
        assert_eq!(code(&got.0), Some(ErrorCode::AuthInvalid));
        let mut reasons = Vec::new();
        for control in &got.1 {
            match control {
                Control::SessionRevoked { reason, .. } => reasons.push(reason.as_str()),
                other => panic!("{other:?}"),
            }
        }
        reasons
    }

    async fn tokens(auth: &TestAuth) -> i64 {
        sqlx::query_scalar("SELECT count(*) FROM refresh_tokens")
            .fetch_one(&auth.postgres)
            .await
            .unwrap()
    }

    #[tokio::test]
    async fn each_token_gives_the_next_one_of_the_same_session() {
        with_auth(async |mut auth| {
            let first = auth.account("ann").await;
            auth.pass(60);
            let (answer, _) = auth.refresh(&token(&first)).await;
            let answer = answer.unwrap();
            assert_eq!(answer.data.user, first.data.user);
            assert_ne!(answer.data.access_token, first.data.access_token);
            assert_ne!(token(&answer), token(&first));
            auth.pass(60);
            let third = renewed(&auth.refresh(&token(&answer)).await);
            assert_ne!(third, token(&answer));
            let sessions: i64 = sqlx::query_scalar("SELECT count(*) FROM sessions")
                .fetch_one(&auth.postgres)
                .await
                .unwrap();
            assert_eq!(sessions, 1);
        })
        .await;
    }

    #[tokio::test]
    async fn within_the_grace_a_used_token_gives_the_same_successor() {
        with_auth(async |mut auth| {
            let first = token(&auth.account("ann").await);
            let second = renewed(&auth.refresh(&first).await);
            auth.pass(5);
            assert_eq!(renewed(&auth.refresh(&first).await), second);
            let third = renewed(&auth.refresh(&second).await);
            auth.pass(4);
            assert_eq!(
                renewed(&auth.refresh(&first).await),
                second,
                "also when the successor has been used"
            );
            assert_eq!(renewed(&auth.refresh(&second).await), third);
        })
        .await;
    }

    #[tokio::test]
    async fn two_at_once_get_the_same_successor() {
        with_auth(async |auth| {
            let first = token(&auth.account("ann").await);
            let all = futures_util::future::join_all((0..6).map(|_| auth.refresh(&first))).await;
            let successors: Vec<String> = all.iter().map(renewed).collect();
            assert!(
                successors
                    .iter()
                    .all(|successor| *successor == successors[0])
            );
            assert_eq!(tokens(&auth).await, 2);
        })
        .await;
    }

    #[tokio::test]
    async fn reuse_after_the_grace_ends_the_session_and_no_other() {
        with_auth(async |mut auth| {
            let signed_in = auth.account("ann").await;
            let other = token(&auth.login("ann", PASSWORD).await.unwrap());
            let first = token(&signed_in);
            let second = renewed(&auth.refresh(&first).await);
            auth.pass(11);
            let got = auth.refresh(&first).await;
            assert_eq!(refused(&got), ["reuse"]);
            let Control::SessionRevoked { user, session, .. } = &got.1[0] else {
                panic!("{:?}", got.1)
            };
            assert_eq!(*user, signed_in.data.user.public.user_id);
            let known: uuid::Uuid =
                sqlx::query_scalar("SELECT session_id FROM sessions WHERE revoked_at IS NOT NULL")
                    .fetch_one(&auth.postgres)
                    .await
                    .unwrap();
            assert_eq!(*session, known.to_string());

            assert_eq!(
                refused(&auth.refresh(&second).await),
                ["reuse"],
                "the edges are told again"
            );
            auth.pass(900);
            assert!(
                refused(&auth.refresh(&second).await).is_empty(),
                "no access token is left"
            );
            renewed(&auth.refresh(&other).await);
        })
        .await;
    }

    #[tokio::test]
    async fn of_a_thief_and_the_owner_at_once_neither_goes_on_after_reuse() {
        with_auth(async |mut auth| {
            let first = token(&auth.account("ann").await);
            let second = renewed(&auth.refresh(&first).await);
            auth.pass(11);
            let (thief, owner) = tokio::join!(auth.refresh(&first), auth.refresh(&second));
            assert_eq!(refused(&thief), ["reuse"]);
            // Whoever came first: the owner's next token, if it was given, is worth nothing.
            let next = owner.0.as_ref().map_or(second, token);
            assert_eq!(refused(&auth.refresh(&next).await), ["reuse"]);
        })
        .await;
    }

    #[tokio::test]
    async fn an_expired_or_unknown_token_is_refused() {
        with_auth(async |mut auth| {
            let first = token(&auth.account("ann").await);
            assert!(refused(&auth.refresh("nonsense").await).is_empty());
            assert!(refused(&auth.refresh(&RefreshToken::fresh().to_text()).await).is_empty());
            auth.pass(2_592_000);
            assert!(refused(&auth.refresh(&first).await).is_empty());
            let mut effects = Effects::default();
            let missing = handle(&auth.desk, Refresh::default(), &mut effects, auth.now).await;
            assert_eq!(
                missing.unwrap_err().into_failure().code,
                ErrorCode::AuthInvalid
            );
        })
        .await;
    }

    #[tokio::test]
    async fn a_session_in_use_does_not_expire_and_its_old_tokens_go() {
        with_auth(async |mut auth| {
            let mut current = token(&auth.account("ann").await);
            for _ in 0..4 {
                auth.pass(2_000_000);
                current = renewed(&auth.refresh(&current).await);
            }
            assert_eq!(tokens(&auth).await, 2);
        })
        .await;
    }

    #[tokio::test]
    async fn sessions_out_of_use_go_at_the_next_sign_in() {
        with_auth(async |mut auth| {
            auth.account("ann").await;
            auth.pass(2_592_001);
            auth.login("ann", PASSWORD).await.unwrap();
            assert_eq!(tokens(&auth).await, 1);
        })
        .await;
    }

    #[tokio::test]
    async fn a_suspended_account_loses_its_session() {
        with_auth(async |auth| {
            let signed_in = auth.account("ann").await;
            set_status(
                &auth.postgres,
                signed_in.data.user.public.user_id,
                "suspended",
            )
            .await;
            assert_eq!(
                refused(&auth.refresh(&token(&signed_in)).await),
                ["suspended"]
            );
        })
        .await;
    }

    #[tokio::test]
    async fn new_roles_are_in_the_next_access_token() {
        with_auth(async |auth| {
            let signed_in = auth.account("ann").await;
            let grant = "INSERT INTO user_roles (user_id, role_id) SELECT $1, role_id FROM roles WHERE name = 'admin'";
            sqlx::query(grant).bind(signed_in.data.user.public.user_id.0).execute(&auth.postgres).await.unwrap();
            let (answer, _) = auth.refresh(&token(&signed_in)).await;
            assert_eq!(answer.unwrap().data.user.roles, ["admin", "user"]);
        })
        .await;
    }
}
