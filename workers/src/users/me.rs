//! `user:me`: the caller's own profile.

use sqlx::PgPool;
use warren_topology::{
    failure::{ErrorCode, Failure},
    ids::UserId,
    payload::users::Me,
};

use super::directory::{Status, find_account};
use crate::core::{Answer, Fault};

/// Handles the action.
///
/// # Errors
/// `AUTH_INVALID` when the account is gone since the caller signed in.
pub async fn handle(postgres: &PgPool, caller: UserId) -> Result<Answer<Me>, Fault> {
    match find_account(postgres, caller).await? {
        Some(account) if account.status != Status::Deleted => Ok(account.me.into()),
        _ => Err(Failure::new(ErrorCode::AuthInvalid, "This account no longer exists.").into()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::users::scratch::{self, add_user, set_status};

    #[tokio::test]
    async fn shows_the_address_and_roles_to_their_owner() {
        scratch::postgres(async |postgres| {
            let ann = add_user(&postgres, "ann", "Ann").await;
            let me = handle(&postgres, ann).await.unwrap().data;
            assert_eq!(me.public.user_id, ann);
            assert_eq!(me.email, "ann@example.org");
            assert_eq!(me.roles, ["user"]);
        })
        .await;
    }

    #[tokio::test]
    async fn an_account_that_is_gone_is_signed_out() {
        scratch::postgres(async |postgres| {
            let ann = add_user(&postgres, "ann", "Ann").await;
            set_status(&postgres, ann, "deleted").await;
            for id in [ann, UserId(999)] {
                let failure = handle(&postgres, id).await.unwrap_err().into_failure();
                assert_eq!(failure.code, ErrorCode::AuthInvalid);
            }
        })
        .await;
    }
}
