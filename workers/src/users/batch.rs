//! `user:batch`: several people by their ids.

use std::collections::HashMap;

use sqlx::PgPool;
use warren_topology::{
    ids::UserId,
    payload::users::{PublicUser, UserBatch, Users},
};

use super::directory::find_many;
use crate::core::{Answer, Fault};

/// Handles the action.
///
/// # Errors
/// When PostgreSQL fails.
pub async fn handle(postgres: &PgPool, payload: UserBatch) -> Result<Answer<Users>, Fault> {
    let found = find_many(postgres, &payload.user_ids).await?;
    let mut found: HashMap<UserId, PublicUser> =
        found.into_iter().map(|user| (user.user_id, user)).collect();
    let items = payload
        .user_ids
        .iter()
        .filter_map(|id| found.remove(id))
        .collect();
    Ok(Users { items }.into())
}
