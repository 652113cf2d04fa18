//! `auth:login`: signs in with an e-mail address or a username.

use sqlx::{PgConnection, PgPool, Row};
use time::{OffsetDateTime, format_description::well_known::Rfc3339};
use warren_topology::{
    failure::{ErrorCode, Failure},
    ids::UserId,
    payload::auth::{Login, SignedIn},
};

use super::{AuthDesk, lockout::Identifier, sessions};
use crate::{
    core::{Answer, Fault, Request},
    users::directory::{Status, find_account},
};

/// What every wrong sign-in is told, whatever was wrong.
const WRONG: &str = "The name or the password is wrong.";

/// Handles the action.
///
/// # Errors
/// `AUTH_INVALID` for a wrong name or password; `RATE_LIMITED` after too many of them; `FORBIDDEN` for a suspended account,
/// once the password is right.
pub async fn handle(
    auth: &AuthDesk,
    request: Request<'_>,
    payload: Login,
    now: OffsetDateTime,
) -> Result<Answer<SignedIn>, Fault> {
    let name = payload.email.trim();
    let identifier = Identifier::of(name);
    // The count is read with the turn at hand, so many guesses at once cannot all be ahead of it.
    let slot = auth.passwords.slot().await?;
    let failures = auth.lockout.check(&auth.postgres, identifier, now).await?;
    let known = find(&auth.postgres, name).await?;
    let hash = known.as_ref().map(|known| known.password_hash.clone());
    let is_right = slot.verify(payload.password, hash).await?;
    let Some(known) = known.filter(|_| is_right) else {
        auth.lockout.count(&auth.postgres, identifier, now).await?;
        return Err(wrong());
    };
    if failures > 0 {
        auth.lockout.clear(&auth.postgres, identifier).await?;
    }

    let mut transaction = auth.postgres.begin().await?;
    // Held until the session is there: whoever changes the password, suspends or deletes waits for that and ends it, or
    // was first.
    let locked = lock(&mut transaction, known.user).await?;
    if locked.is_none_or(|hash| hash != known.password_hash) {
        return Err(wrong());
    }
    let account = find_account(&mut *transaction, known.user)
        .await?
        .ok_or_else(wrong)?;
    match account.status {
        Status::Active => {}
        Status::Suspended => return Err(suspended(&mut transaction, known.user).await),
        Status::Deleted => return Err(wrong()),
    }
    let session =
        sessions::begin(&mut transaction, known.user, &request, &auth.lifetimes, now).await?;
    transaction.commit().await?;
    auth.signed_in(account.me, &session, now)
}

fn wrong() -> Fault {
    Failure::new(ErrorCode::AuthInvalid, WRONG).into()
}

/// The password's hash as it is now, which nobody changes until the end of the transaction.
async fn lock(connection: &mut PgConnection, user: UserId) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar("SELECT password_hash FROM users WHERE user_id = $1 FOR SHARE")
        .bind(user.0)
        .fetch_optional(connection)
        .await
}

/// What the owner of a suspended account is told.
async fn suspended(connection: &mut PgConnection, user: UserId) -> Fault {
    let query = "SELECT suspended_reason, suspended_until FROM users WHERE user_id = $1";
    let found = sqlx::query_as(query)
        .bind(user.0)
        .fetch_one(connection)
        .await;
    let (reason, until): (Option<String>, Option<OffsetDateTime>) = match found {
        Ok(found) => found,
        Err(error) => return error.into(),
    };
    let mut message = "This account is suspended".to_owned();
    if let Some(until) = until.and_then(|until| until.truncate_to_second().format(&Rfc3339).ok()) {
        message = format!("{message} until {until}");
    }
    if let Some(reason) = reason {
        message = format!("{message}: {reason}");
    }
    Failure::forbidden(message).into()
}

struct Known {
    user: UserId,
    password_hash: String,
}

/// The account of an e-mail address or a username. They cannot be mistaken: only addresses have an `@`.
async fn find(postgres: &PgPool, name: &str) -> Result<Option<Known>, sqlx::Error> {
    let query = match name {
        // PostgreSQL takes no zero character, so nobody has such a name.
        _ if name.contains('\0') => return Ok(None),
        _ if name.contains('@') => {
            "SELECT user_id, password_hash FROM users WHERE lower(email) = lower($1) AND status <> 'deleted'"
        }
        _ => {
            r#"SELECT user_id, password_hash FROM users
               WHERE lower(username) COLLATE "C" = lower($1) AND status <> 'deleted'"#
        }
    };
    let row = sqlx::query(query)
        .bind(name)
        .fetch_optional(postgres)
        .await?;
    row.map(|row| {
        Ok(Known {
            user: UserId(row.try_get("user_id")?),
            password_hash: row.try_get("password_hash")?,
        })
    })
    .transpose()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::{
        auth::testing::{PASSWORD, code, with_auth},
        users::scratch::set_status,
    };

    #[tokio::test]
    async fn takes_either_name_without_case() {
        with_auth(async |auth| {
            auth.account("Ann").await;
            for name in ["ann", "ANN", "ann@example.org", " Ann@Example.Org "] {
                let user = auth.login(name, PASSWORD).await.unwrap().data.user;
                assert_eq!(user.public.username, "Ann");
            }
        })
        .await;
    }

    #[tokio::test]
    async fn every_wrong_sign_in_is_told_the_same() {
        with_auth(async |auth| {
            auth.account("ann").await;
            let gone = auth.account("gone").await.data.user.public.user_id;
            set_status(&auth.postgres, gone, "deleted").await;
            let suspended = auth.account("closed").await.data.user.public.user_id;
            set_status(&auth.postgres, suspended, "suspended").await;
            for (name, password) in [
                ("ann", "wrong password"),
                ("ann@example.org", "wrong password"),
                ("nobody", PASSWORD),
                ("nobody@example.org", PASSWORD),
                ("gone", PASSWORD),
                ("closed", "wrong password"),
                ("a\0nn", PASSWORD),
                ("ann", &"x".repeat(1_000)),
            ] {
                let failure = auth.login(name, password).await.unwrap_err();
                assert_eq!(
                    failure,
                    Failure::new(ErrorCode::AuthInvalid, WRONG),
                    "{name}"
                );
            }
        })
        .await;
    }

    #[tokio::test]
    async fn a_suspended_account_is_told_so_once_the_password_is_right() {
        with_auth(async |auth| {
            let ann = auth.account("ann").await.data.user.public.user_id;
            set_status(&auth.postgres, ann, "suspended").await;
            assert_eq!(
                code(&auth.login("ann", PASSWORD).await),
                Some(ErrorCode::Forbidden)
            );
        })
        .await;
    }

    #[tokio::test]
    async fn too_many_wrong_passwords_lock_the_account_for_a_time() {
        with_auth(async |mut auth| {
            auth.account("ann").await;
            auth.account("bob").await;
            for name in ["ann", "ANN", "ann"] {
                assert_eq!(
                    code(&auth.login(name, "wrong").await),
                    Some(ErrorCode::AuthInvalid)
                );
            }
            // Also with the right password, or guessing would go on.
            assert_eq!(
                code(&auth.login("ann", PASSWORD).await),
                Some(ErrorCode::RateLimited)
            );
            assert_eq!(code(&auth.login("bob", PASSWORD).await), None);
            auth.pass(899);
            assert_eq!(
                code(&auth.login("ann", PASSWORD).await),
                Some(ErrorCode::RateLimited)
            );
            auth.pass(1);
            assert_eq!(code(&auth.login("ann", PASSWORD).await), None);
        })
        .await;
    }

    #[tokio::test]
    async fn an_unknown_name_is_locked_like_a_known_one() {
        with_auth(async |auth| {
            for expected in [ErrorCode::AuthInvalid; 3]
                .into_iter()
                .chain([ErrorCode::RateLimited])
            {
                assert_eq!(code(&auth.login("nobody", "wrong").await), Some(expected));
            }
        })
        .await;
    }

    #[tokio::test]
    async fn a_right_password_forgets_the_wrong_ones() {
        with_auth(async |auth| {
            auth.account("ann").await;
            for _ in 0..3 {
                auth.login("ann", "wrong").await.unwrap_err();
                auth.login("ann", "wrong").await.unwrap_err();
                auth.login("ann", PASSWORD).await.unwrap();
            }
        })
        .await;
    }

    #[tokio::test]
    async fn what_was_counted_is_forgotten_after_its_time() {
        with_auth(async |mut auth| {
            auth.login("one", "wrong").await.unwrap_err();
            auth.pass(900);
            auth.login("two", "wrong").await.unwrap_err();
            let count = sqlx::query_scalar("SELECT count(*) FROM sign_in_failures");
            let count: i64 = count.fetch_one(&auth.postgres).await.unwrap();
            assert_eq!(count, 1);
        })
        .await;
    }

    #[tokio::test]
    async fn each_sign_in_is_a_session_with_its_origin() {
        with_auth(async |auth| {
            auth.account("ann").await;
            auth.login("ann", PASSWORD).await.unwrap();
            let query = sqlx::query_as("SELECT host(address::inet), user_agent FROM sessions");
            let sessions: Vec<(String, String)> = query.fetch_all(&auth.postgres).await.unwrap();
            assert_eq!(
                sessions,
                vec![("192.0.2.1".to_owned(), "test".to_owned()); 2]
            );
        })
        .await;
    }

    #[tokio::test]
    async fn an_outage_is_answered_soon_and_forgotten_when_it_ends() {
        with_auth(async |auth| {
            auth.account("ann").await;
            let options = auth.postgres.connect_options();
            let nobody = (*options).clone().port(1);
            let pool = sqlx::postgres::PgPoolOptions::new()
                .acquire_timeout(std::time::Duration::from_secs(2));
            let away = crate::auth::testing::TestAuth {
                desk: AuthDesk::with(
                    &crate::auth::testing::config(),
                    &auth.keys,
                    pool.connect_lazy_with(nobody),
                    auth.desk.outbox.clone(),
                ),
                ..auth
            };
            assert_eq!(
                code(&away.login("ann", PASSWORD).await),
                Some(ErrorCode::Unavailable)
            );
            away.desk.postgres.set_connect_options((*options).clone());
            assert_eq!(code(&away.login("ann", PASSWORD).await), None);
        })
        .await;
    }
}
