//! `user:get`: somebody's page.

use sqlx::{PgExecutor, PgPool, Row};
use warren_topology::{
    failure::Failure,
    ids::UserId,
    payload::users::{Profile, UserRef},
};

use super::directory::public_user;
use crate::core::{Answer, Fault};

/// Handles the action.
///
/// # Errors
/// `NOT_FOUND` when there is nobody of this id, or no longer.
pub async fn handle(
    postgres: &PgPool,
    caller: UserId,
    payload: UserRef,
) -> Result<Answer<Profile>, Fault> {
    Ok(find(postgres, caller, payload.user_id).await?.into())
}

/// Somebody's page as `caller` sees it.
///
/// # Errors
/// As [`handle`].
pub(super) async fn find(
    postgres: impl PgExecutor<'_>,
    caller: UserId,
    user: UserId,
) -> Result<Profile, Fault> {
    let query = "SELECT user_id, username, display_name, avatar_url, created_at, bio,
                        EXISTS (SELECT FROM blocks WHERE blocks.user_id = $2 AND blocked_id = $1) AS blocked
                 FROM users WHERE user_id = $1 AND status <> 'deleted'";
    let row = sqlx::query(query)
        .bind(user.0)
        .bind(caller.0)
        .fetch_optional(postgres)
        .await?
        .ok_or_else(|| Failure::not_found("user"))?;
    Ok(Profile {
        public: public_user(&row)?,
        bio: row.try_get("bio")?,
        blocked: row.try_get("blocked")?,
    })
}
