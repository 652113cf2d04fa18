//! Asks somebody who is signed in for their password once more, before something that a stolen session must not do.

use time::OffsetDateTime;
use warren_topology::{failure::Failure, ids::UserId};

use super::{AuthDesk, lockout::Identifier};
use crate::core::Fault;

/// The hash of the password, which is right. Changes that rely on it must make sure that it is still the same.
///
/// # Errors
/// `FORBIDDEN` when the password is wrong, `RATE_LIMITED` after too many of them. It is not `AUTH_INVALID`: the session is
/// good, and clients would renew it and try again.
pub async fn password(
    auth: &AuthDesk,
    user: UserId,
    password: String,
    now: OffsetDateTime,
) -> Result<String, Fault> {
    let identifier = Identifier::account(user);
    let slot = auth.passwords.slot().await?;
    let failures = auth.lockout.check(&auth.postgres, identifier, now).await?;
    let query = "SELECT password_hash FROM users WHERE user_id = $1 AND status <> 'deleted'";
    let hash: Option<String> = sqlx::query_scalar(query)
        .bind(user.0)
        .fetch_optional(&auth.postgres)
        .await?;
    let is_right = slot.verify(password, hash.clone()).await?;
    match hash.filter(|_| is_right) {
        Some(hash) => {
            if failures > 0 {
                auth.lockout.clear(&auth.postgres, identifier).await?;
            }
            Ok(hash)
        }
        None => {
            auth.lockout.count(&auth.postgres, identifier, now).await?;
            Err(Failure::forbidden("The password is wrong.").into())
        }
    }
}
