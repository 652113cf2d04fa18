//! `user:update`: changes a profile.

use sqlx::PgConnection;
use warren_topology::{
    actions::ROLE_ADMIN,
    envelope::Caller,
    events::{DomainEvent, UserUpdated},
    failure::{ErrorCode, Failure, Violation},
    payload::users::{Profile, UpdateUser},
};

use super::{UsersDesk, get, names};
use crate::core::{Answer, Effects, Fault, Request, outbox::Item};

/// What is absent stays; the flags say whether a `null` is meant.
const QUERY: &str = "
    UPDATE users SET username = COALESCE($2, username), display_name = COALESCE($3, display_name),
        avatar_url = CASE WHEN $4 THEN $5 ELSE avatar_url END, bio = CASE WHEN $6 THEN $7 ELSE bio END,
        updated_at = now()
    WHERE user_id = $1 AND status <> 'deleted'";

/// Handles the action.
///
/// # Errors
/// `FORBIDDEN` for somebody else's profile, unless the caller is an administrator; `NOT_FOUND` when there is nobody of
/// this id; `CONFLICT` when the username is taken.
pub async fn handle(
    desk: &UsersDesk,
    request: Request<'_>,
    caller: &Caller,
    payload: UpdateUser,
    effects: &mut Effects,
) -> Result<Answer<Profile>, Fault> {
    let user = payload.user_id;
    if user != caller.user && !caller.roles.iter().any(|role| role == ROLE_ADMIN) {
        return Err(Failure::forbidden("This is somebody else's profile.").into());
    }
    let mut transaction = desk.postgres.begin().await?;
    store(&mut transaction, &payload).await?;
    let profile = get::find(&mut *transaction, caller.user, user).await?;
    let event = UserUpdated {
        user: profile.public.clone(),
        bio: profile.bio.clone(),
    };
    let item = Item::event(DomainEvent::UserUpdated(event.clone()));
    desk.outbox
        .put(&mut transaction, request.trace, item)
        .await?;
    transaction.commit().await?;
    desk.outbox.wake();
    effects.push(
        desk.audience(user).await,
        &event,
        format!("updated:{}", request.id),
    );
    Ok(profile.into())
}

async fn store(connection: &mut PgConnection, payload: &UpdateUser) -> Result<(), Fault> {
    if let Some(username) = &payload.username
        && names::is_reserved(&mut *connection, username).await?
    {
        return Err(taken());
    }
    let display_name = payload.display_name.as_deref().map(str::trim);
    let bio = payload.bio.as_ref().and_then(Option::as_deref);
    let bio = bio.map(str::trim).filter(|bio| !bio.is_empty());
    let stored = sqlx::query(QUERY)
        .bind(payload.user_id.0)
        .bind(payload.username.as_deref())
        .bind(display_name)
        .bind(payload.avatar_url.is_some())
        .bind(payload.avatar_url.clone().flatten())
        .bind(payload.bio.is_some())
        .bind(bio)
        .execute(connection)
        .await;
    match stored {
        Ok(stored) if stored.rows_affected() == 0 => Err(Failure::not_found("user").into()),
        Ok(_) => Ok(()),
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => Err(taken()),
        Err(error) => Err(error.into()),
    }
}

fn taken() -> Fault {
    let error = Violation {
        field: "username".into(),
        message: "is taken".into(),
    };
    Failure {
        errors: vec![error],
        ..Failure::new(ErrorCode::Conflict, "This username is taken.")
    }
    .into()
}
