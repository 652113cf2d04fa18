//! `auth:logout`: ends the session of the refresh token, of the access token, or of both. It always succeeds: whoever has
//! no session is signed out already.

use time::OffsetDateTime;
use uuid::Uuid;
use warren_topology::payload::auth::Refresh;

use super::{AuthDesk, cookies, sessions, tokens::RefreshToken};
use crate::core::{Answer, Effects, Fault, Request};

/// Handles the action.
///
/// # Errors
/// When PostgreSQL fails.
pub async fn handle(
    auth: &AuthDesk,
    request: Request<'_>,
    payload: Refresh,
    effects: &mut Effects,
    now: OffsetDateTime,
) -> Result<Answer<()>, Fault> {
    let by_refresh = match payload
        .refresh_token
        .as_deref()
        .and_then(RefreshToken::parse)
    {
        Some(token) => sessions::find(&auth.postgres, &token).await?,
        None => None,
    };
    let by_access = request
        .caller
        .and_then(|caller| Uuid::parse_str(&caller.session).ok());
    for id in [by_refresh, by_access.filter(|id| by_refresh != Some(*id))]
        .into_iter()
        .flatten()
    {
        let mut connection = auth.postgres.acquire().await?;
        if let Some(ended) = sessions::revoke(&mut connection, id, "logout", now).await? {
            effects.control(ended.control());
        }
    }
    Ok(Answer::from(()).with_cookies(cookies::clear(auth.cookie_secure)))
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test fails by panicking")]
mod tests {
    use warren_topology::{
        envelope::{Caller, Control},
        failure::ErrorCode,
        payload::auth::SignedIn,
    };

    use super::*;
    use crate::auth::testing::{Got, PASSWORD, TestAuth, code, renewed, token, with_auth};

    /// The sessions that the edges are told of; the caller is signed out in any case.
    fn ended(got: &Got<()>) -> Vec<(&str, &str)> {
        let cookies = &got.0.as_ref().expect("always succeeds").cookies;
        assert!(cookies.len() == 2 && cookies.iter().all(|cookie| cookie.contains("Max-Age=0")));
        let mut sessions = Vec::new();
        for control in &got.1 {
            match control {
                Control::SessionRevoked {
                    session, reason, ..
                } => sessions.push((session.as_str(), reason.as_str())),
                other => panic!("{other:?}"),
            }
        }
        sessions
    }

    /// Who the access token of an answer says they are, as an edge tells the pool.
    async fn caller(auth: &TestAuth, answer: &Answer<SignedIn>) -> Caller {
        let token = RefreshToken::parse(&token(answer)).expect("a token");
        let session = sessions::find(&auth.postgres, &token)
            .await
            .expect("PostgreSQL answers")
            .expect("a session");
        Caller {
            user: answer.data.user.public.user_id,
            session: session.to_string(),
            roles: Vec::new(),
        }
    }

    #[tokio::test]
    async fn ends_the_session_of_the_refresh_token() {
        with_auth(async |auth| {
            let signed_in = auth.account("ann").await;
            let session = caller(&auth, &signed_in).await.session;
            assert_eq!(
                ended(&auth.logout(Some(&token(&signed_in)), None).await),
                [(session.as_str(), "logout")]
            );
            assert_eq!(
                code(&auth.refresh(&token(&signed_in)).await.0),
                Some(ErrorCode::AuthInvalid)
            );
        })
        .await;
    }

    #[tokio::test]
    async fn ends_the_session_of_the_access_token() {
        with_auth(async |auth| {
            let signed_in = auth.account("ann").await;
            let caller = caller(&auth, &signed_in).await;
            assert_eq!(
                ended(&auth.logout(None, Some(&caller)).await),
                [(caller.session.as_str(), "logout")]
            );
            assert_eq!(
                code(&auth.refresh(&token(&signed_in)).await.0),
                Some(ErrorCode::AuthInvalid)
            );
        })
        .await;
    }

    #[tokio::test]
    async fn a_used_token_ends_its_session_too() {
        with_auth(async |auth| {
            let first = token(&auth.account("ann").await);
            let second = renewed(&auth.refresh(&first).await);
            assert_eq!(ended(&auth.logout(Some(&first), None).await).len(), 1);
            assert_eq!(
                code(&auth.refresh(&second).await.0),
                Some(ErrorCode::AuthInvalid)
            );
        })
        .await;
    }

    #[tokio::test]
    async fn both_proofs_of_one_session_end_it_once_and_of_two_both() {
        with_auth(async |auth| {
            let one = auth.account("ann").await;
            let other = auth.login("ann", PASSWORD).await.expect("signed in");
            let (mine, others) = (caller(&auth, &one).await, caller(&auth, &other).await);
            assert_eq!(
                ended(&auth.logout(Some(&token(&one)), Some(&mine)).await).len(),
                1
            );
            assert_eq!(
                ended(&auth.logout(Some(&token(&one)), Some(&others)).await).len(),
                2
            );
            assert_eq!(
                code(&auth.refresh(&token(&other)).await.0),
                Some(ErrorCode::AuthInvalid)
            );
        })
        .await;
    }

    #[tokio::test]
    async fn without_a_session_it_succeeds_as_well() {
        with_auth(async |auth| {
            let signed_in = auth.account("ann").await;
            let stranger = Caller {
                user: signed_in.data.user.public.user_id,
                session: "x".into(),
                roles: Vec::new(),
            };
            for (token, caller) in [
                (None, None),
                (Some("nonsense"), None),
                (None, Some(&stranger)),
            ] {
                assert!(ended(&auth.logout(token, caller).await).is_empty());
            }
            let token = token(&signed_in);
            assert_eq!(
                ended(&auth.logout(Some(&token), None).await),
                ended(&auth.logout(Some(&token), None).await)
            );
        })
        .await;
    }

    #[tokio::test]
    async fn other_sessions_go_on() {
        with_auth(async |auth| {
            let one = token(&auth.account("ann").await);
            let other = token(&auth.login("ann", PASSWORD).await.expect("signed in"));
            auth.logout(Some(&one), None)
                .await
                .0
                .expect("always succeeds");
            renewed(&auth.refresh(&other).await);
        })
        .await;
    }
}
