//! `auth:password`: changes the password; all other sessions end.

use sqlx::PgConnection;
use time::OffsetDateTime;
use uuid::Uuid;
use warren_topology::{
    envelope::Caller,
    failure::{ErrorCode, Failure},
    ids::UserId,
    payload::auth::ChangePassword,
};

use super::{AuthDesk, confirm, sessions};
use crate::core::{Answer, Effects, Fault, Request};

/// Handles the action. A command that comes again finds the password changed by itself, and tells the edges again.
///
/// # Errors
/// As [`confirm::password`]; `CONFLICT` when the account was changed meanwhile.
pub async fn handle(
    auth: &AuthDesk,
    request: Request<'_>,
    caller: &Caller,
    payload: ChangePassword,
    effects: &mut Effects,
    now: OffsetDateTime,
) -> Result<Answer<()>, Fault> {
    let change = if is_done(auth, request.id, caller.user).await? {
        None
    } else {
        Some(Change::of(auth, caller.user, payload, now).await?)
    };
    let mut transaction = auth.postgres.begin().await?;
    if let Some(change) = change {
        change
            .store(&mut transaction, request, caller.user, now)
            .await?;
    }
    let own = Uuid::parse_str(&caller.session).ok();
    let ended = sessions::revoke_all(
        &mut transaction,
        caller.user,
        own,
        "password",
        &auth.lifetimes,
        now,
    )
    .await?;
    transaction.commit().await?;
    for ended in ended {
        effects.control(ended.control());
    }
    Ok(Answer::from(()))
}

async fn is_done(auth: &AuthDesk, command: &str, user: UserId) -> Result<bool, sqlx::Error> {
    let query = "SELECT EXISTS (SELECT FROM users WHERE user_id = $1 AND password_changed_by = $2)";
    sqlx::query_scalar(query)
        .bind(user.0)
        .bind(command)
        .fetch_one(&auth.postgres)
        .await
}

/// The hashes of the password that was right and of the one that takes its place.
struct Change {
    old: String,
    new: String,
}

impl Change {
    async fn of(
        auth: &AuthDesk,
        user: UserId,
        payload: ChangePassword,
        now: OffsetDateTime,
    ) -> Result<Self, Fault> {
        let old = confirm::password(auth, user, payload.current_password, now).await?;
        let slot = auth.passwords.slot().await?;
        let new = slot.hash(payload.new_password).await?;
        Ok(Self { old, new })
    }

    async fn store(
        self,
        connection: &mut PgConnection,
        request: Request<'_>,
        user: UserId,
        now: OffsetDateTime,
    ) -> Result<(), Fault> {
        let query = "UPDATE users SET password_hash = $3, password_changed_by = $4, updated_at = $5
                     WHERE user_id = $1 AND password_hash = $2";
        let changed = sqlx::query(query)
            .bind(user.0)
            .bind(self.old)
            .bind(self.new)
            .bind(request.id)
            .bind(now)
            .execute(connection)
            .await?;
        if changed.rows_affected() == 0 {
            let message = "The account was changed meanwhile. Try again.";
            return Err(Failure::new(ErrorCode::Conflict, message).into());
        }
        tracing::info!(%user, trace = request.trace.trace_id(), "a password was changed");
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::auth::testing::{PASSWORD, TestAuth, code, renewed, token, with_auth};

    const NEW: &str = "quite another one";

    /// Ann on two devices: whom an edge says the first is, and the refresh tokens of both.
    async fn two_devices(auth: &TestAuth) -> (Caller, String, String) {
        let one = auth.account("ann").await;
        let other = auth.login("ann", PASSWORD).await.unwrap();
        let known = crate::auth::tokens::RefreshToken::parse(&token(&one)).unwrap();
        let session = sessions::find(&auth.postgres, &known).await.unwrap();
        let caller = Caller {
            user: one.data.user.public.user_id,
            session: session.unwrap().to_string(),
            roles: Vec::new(),
        };
        (caller, token(&one), token(&other))
    }

    #[tokio::test]
    async fn a_command_that_comes_again_changes_nothing_and_tells_the_edges_again() {
        with_auth(async |auth| {
            let (caller, own, other) = two_devices(&auth).await;
            for _delivery in 0..2 {
                let (result, told) = auth
                    .change_password("command", &caller, (PASSWORD, NEW))
                    .await;
                result.unwrap();
                assert_eq!(told.len(), 1, "{told:?}");
            }
            let (again, told) = auth
                .change_password("another", &caller, (PASSWORD, NEW))
                .await;
            assert_eq!(code(&again), Some(ErrorCode::Forbidden));
            assert_eq!(told, []);
            renewed(&auth.refresh(&own).await);
            let (refused, _) = auth.refresh(&other).await;
            assert_eq!(code(&refused), Some(ErrorCode::AuthInvalid));
            auth.login("ann", NEW).await.unwrap();
        })
        .await;
    }

    #[tokio::test]
    async fn of_two_changes_at_once_one_counts() {
        with_auth(async |auth| {
            let (caller, _, _) = two_devices(&auth).await;
            let change = async |new: &str| {
                let result = auth.change_password(new, &caller, (PASSWORD, new)).await.0;
                code(&result)
            };
            let both = tokio::join!(change("the first one"), change("the second one"));
            let won = match both {
                (None, Some(ErrorCode::Conflict | ErrorCode::Forbidden)) => "the first one",
                (Some(ErrorCode::Conflict | ErrorCode::Forbidden), None) => "the second one",
                other => panic!("{other:?}"),
            };
            auth.login("ann", won).await.unwrap();
        })
        .await;
    }
}
