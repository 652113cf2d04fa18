//! `auth:register`: creates an account and signs in.

use sqlx::{PgConnection, PgPool};
use time::OffsetDateTime;
use warren_topology::{
    actions::ROLE_USER,
    failure::{ErrorCode, Failure, Violation, Violations},
    ids::UserId,
    payload::auth::{Register, SignedIn},
};

use super::{AuthDesk, sessions};
use crate::{
    core::{Answer, Fault, Request},
    users::{directory::find_account, names},
};

/// Handles the action.
///
/// # Errors
/// `CONFLICT` naming each field that is taken.
pub async fn handle(
    auth: &AuthDesk,
    request: Request<'_>,
    payload: Register,
    now: OffsetDateTime,
) -> Result<Answer<SignedIn>, Fault> {
    let display_name = payload
        .display_name
        .as_deref()
        .unwrap_or(&payload.username)
        .trim();
    check_characters(&payload.email, display_name)?;
    if let Some(user) = sessions::begun_by(&auth.postgres, request.id).await? {
        return again(auth, &request, user, now).await;
    }
    // Before the work on the password; the unique indexes decide all the same.
    check_free(&auth.postgres, &payload).await?;
    let hash = auth
        .passwords
        .slot()
        .await?
        .hash(payload.password.clone())
        .await?;

    let mut transaction = auth.postgres.begin().await?;
    let user = match insert(&mut transaction, &payload, display_name, &hash).await {
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => {
            transaction.rollback().await?;
            check_free(&auth.postgres, &payload).await?;
            return Err(Failure::new(
                ErrorCode::Conflict,
                "This account was being created already. Try again.",
            )
            .into());
        }
        inserted => inserted?,
    };
    // An account of this name may have been deleted between the check and the insertion.
    if names::is_reserved(&mut *transaction, &payload.username).await? {
        return Err(taken(true, false));
    }
    let session = sessions::begin(&mut transaction, user, &request, &auth.lifetimes, now).await?;
    let account = find_account(&mut *transaction, user).await?;
    let account = account
        .ok_or_else(|| Fault::Broken(format!("user {user} is not there after its insertion")))?;
    transaction.commit().await?;
    tracing::info!(%user, trace = request.trace.trace_id(), "an account was created");
    auth.signed_in(account.me, &session, now)
}

/// The same answer to a command that comes again, from a worker that did not live to tell.
async fn again(
    auth: &AuthDesk,
    request: &Request<'_>,
    user: UserId,
    now: OffsetDateTime,
) -> Result<Answer<SignedIn>, Fault> {
    let mut transaction = auth.postgres.begin().await?;
    let session = sessions::begin(&mut transaction, user, request, &auth.lifetimes, now).await?;
    let account = find_account(&mut *transaction, user).await?;
    let account = account
        .ok_or_else(|| Failure::new(ErrorCode::Conflict, "This account has been deleted."))?;
    transaction.commit().await?;
    auth.signed_in(account.me, &session, now)
}

/// Refuses control characters: they are no part of a name, and PostgreSQL takes no zero character.
fn check_characters(email: &str, display_name: &str) -> Result<(), Failure> {
    let mut violations = Violations::default();
    for (field, text) in [("email", email), ("displayName", display_name)] {
        if text.contains(char::is_control) {
            violations.add(field, "must not hold control characters");
        }
    }
    if violations.is_empty() {
        Ok(())
    } else {
        Err(violations.into())
    }
}

/// Whether neither username nor address is taken.
async fn check_free(postgres: &PgPool, payload: &Register) -> Result<(), Fault> {
    let query = r#"SELECT EXISTS (SELECT FROM users WHERE lower(username) COLLATE "C" = lower($1)),
                          EXISTS (SELECT FROM users WHERE lower(email) = lower($2))"#;
    let query = sqlx::query_as(query)
        .bind(&payload.username)
        .bind(&payload.email);
    let (username, email): (bool, bool) = query.fetch_one(postgres).await?;
    let username = username || names::is_reserved(postgres, &payload.username).await?;
    if username || email {
        Err(taken(username, email))
    } else {
        Ok(())
    }
}

/// Names each of the two that is taken.
fn taken(username: bool, email: bool) -> Fault {
    let fields = [("username", username), ("email", email)];
    let errors: Vec<Violation> = fields
        .into_iter()
        .filter(|(_, taken)| *taken)
        .map(|(field, _)| Violation {
            field: field.into(),
            message: "is taken".into(),
        })
        .collect();
    let message = match (username, email) {
        (true, true) => "This username and this e-mail address are taken.",
        (true, false) => "This username is taken.",
        _ => "This e-mail address is taken.",
    };
    Failure {
        errors,
        ..Failure::new(ErrorCode::Conflict, message)
    }
    .into()
}

async fn insert(
    connection: &mut PgConnection,
    payload: &Register,
    display_name: &str,
    hash: &str,
) -> Result<UserId, sqlx::Error> {
    let query =
        "INSERT INTO users (username, email, display_name, password_hash) VALUES ($1, $2, $3, $4)
                 RETURNING user_id";
    let user: i64 = sqlx::query_scalar(query)
        .bind(&payload.username)
        .bind(&payload.email)
        .bind(display_name)
        .bind(hash)
        .fetch_one(&mut *connection)
        .await?;
    let query =
        "INSERT INTO user_roles (user_id, role_id) SELECT $1, role_id FROM roles WHERE name = $2";
    sqlx::query(query)
        .bind(user)
        .bind(ROLE_USER)
        .execute(connection)
        .await?;
    Ok(UserId(user))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::auth::testing::{PASSWORD, code, registration, renewed, token, with_auth};

    fn fields(failure: &Failure) -> Vec<&str> {
        failure
            .errors
            .iter()
            .map(|violation| violation.field.as_str())
            .collect()
    }

    #[tokio::test]
    async fn makes_an_account_that_can_sign_in() {
        with_auth(async |auth| {
            let mut payload = registration("Ann", "Ann@example.org");
            payload.display_name = Some(" Ann Miller ".into());
            let user = auth.register(payload).await.unwrap().data.user;
            assert_eq!(
                (
                    user.public.username.as_str(),
                    user.public.display_name.as_str()
                ),
                ("Ann", "Ann Miller")
            );
            assert_eq!(
                (user.email.as_str(), user.roles.as_slice()),
                ("Ann@example.org", &["user".to_owned()][..])
            );
            assert_eq!(auth.login("ann", PASSWORD).await.unwrap().data.user, user);
        })
        .await;
    }

    #[tokio::test]
    async fn the_username_is_shown_for_want_of_another_name() {
        with_auth(async |auth| {
            assert_eq!(
                auth.account("ann").await.data.user.public.display_name,
                "ann"
            );
        })
        .await;
    }

    #[tokio::test]
    async fn a_command_that_comes_again_is_answered_again() {
        with_auth(async |auth| {
            let payload = registration("ann", "ann@example.org");
            let first = auth.register_by("c", payload.clone()).await.unwrap();
            let again = auth.register_by("c", payload.clone()).await.unwrap();
            assert_eq!(
                again.data.user.public.user_id,
                first.data.user.public.user_id
            );
            let sessions: i64 = sqlx::query_scalar("SELECT count(*) FROM sessions")
                .fetch_one(&auth.postgres)
                .await
                .unwrap();
            assert_eq!(sessions, 1);
            // Whichever of the two answers arrived, it is good.
            for answer in [&first, &again] {
                renewed(&auth.refresh(&token(answer)).await);
            }
            let other = auth.register_by("d", payload).await;
            assert_eq!(code(&other), Some(ErrorCode::Conflict));

            let first = auth.login_by("l", "ann", PASSWORD).await.unwrap();
            let again = auth.login_by("l", "ann", PASSWORD).await.unwrap();
            for answer in [&first, &again] {
                renewed(&auth.refresh(&token(answer)).await);
            }
            let sessions: i64 = sqlx::query_scalar("SELECT count(*) FROM sessions")
                .fetch_one(&auth.postgres)
                .await
                .unwrap();
            assert_eq!(sessions, 2);
        })
        .await;
    }

    #[tokio::test]
    async fn what_is_taken_without_case_is_named() {
        with_auth(async |auth| {
            auth.account("Ann").await;
            for (username, email, taken) in [
                ("aNN", "other@example.org", &["username"][..]),
                ("other", "ANN@EXAMPLE.ORG", &["email"]),
                ("ann", "ann@example.org", &["username", "email"]),
            ] {
                let failure = auth
                    .register(registration(username, email))
                    .await
                    .unwrap_err();
                assert_eq!(failure.code, ErrorCode::Conflict);
                assert_eq!(fields(&failure), taken);
            }
        })
        .await;
    }

    #[tokio::test]
    async fn of_two_at_once_one_gets_the_name() {
        with_auth(async |auth| {
            let one = auth.register(registration("ann", "one@example.org"));
            let other = auth.register(registration("ANN", "other@example.org"));
            let results = tokio::join!(one, other);
            let mut codes = [code(&results.0), code(&results.1)];
            codes.sort_by_key(Option::is_some);
            assert_eq!(codes, [None, Some(ErrorCode::Conflict)]);
        })
        .await;
    }

    #[tokio::test]
    async fn control_characters_are_refused() {
        with_auth(async |auth| {
            let mut payload = registration("ann", "a\0nn@example.org");
            payload.display_name = Some("A\u{7}nn".into());
            let failure = auth.register(payload).await.unwrap_err();
            assert_eq!(
                (failure.code, fields(&failure)),
                (ErrorCode::InvalidInput, vec!["email", "displayName"])
            );
        })
        .await;
    }

    #[tokio::test]
    async fn passwords_and_tokens_are_not_stored() {
        with_auth(async |auth| {
            let answer = auth.account("ann").await;
            let rows = "SELECT row_to_json(t)::text FROM (SELECT * FROM users, sessions, refresh_tokens) t";
            let rows: Vec<String> = sqlx::query_scalar(rows).fetch_all(&auth.postgres).await.unwrap();
            assert_eq!(rows.len(), 1);
            assert!(!rows[0].contains(PASSWORD));
            assert!(!rows[0].contains(&crate::auth::testing::token(&answer)));
            assert!(rows[0].contains("$2b$04$"), "{}", rows[0]);
        })
        .await;
    }
}
