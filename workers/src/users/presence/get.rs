//! `presence:get`: whether people are there, as it was told last.

use std::collections::HashMap;

use sqlx::{PgPool, Row};
use warren_topology::{
    ids::UserId,
    payload::{
        Timestamp,
        users::{Presence, Presences, UserBatch},
    },
};

use crate::{
    chat::contacts::Contacts,
    core::{Answer, Fault},
};

/// Of people between whom and the caller there is no block.
const QUERY: &str = "
    SELECT user_id, online, since FROM presence WHERE user_id = ANY($1)
      AND NOT EXISTS (SELECT FROM blocks WHERE blocks.user_id = presence.user_id AND blocked_id = $2)
      AND NOT EXISTS (SELECT FROM blocks WHERE blocks.user_id = $2 AND blocked_id = presence.user_id)";

/// Handles the action. Of people who do not exist, with whom the caller shares no conversation, or between whom and the
/// caller there is a block, nothing is told.
///
/// # Errors
/// When PostgreSQL or MongoDB fails.
pub async fn handle(
    postgres: &PgPool,
    contacts: &Contacts,
    caller: UserId,
    payload: UserBatch,
) -> Result<Answer<Presences>, Fault> {
    let mut visible = contacts.among(caller, &payload.user_ids).await?;
    visible.insert(caller);
    let asked = payload.user_ids.iter().filter(|id| visible.contains(id));
    let ids: Vec<i64> = asked.map(|id| id.0).collect();
    let rows = sqlx::query(QUERY)
        .bind(ids)
        .bind(caller.0)
        .fetch_all(postgres)
        .await?;
    let mut known = HashMap::new();
    for row in &rows {
        let (id, since): (i64, _) = (row.try_get("user_id")?, row.try_get("since")?);
        let online: bool = row.try_get("online")?;
        known.insert(UserId(id), (online, Timestamp(since)));
    }
    let items = payload.user_ids.iter().map(|id| {
        let (online, since) = known
            .get(id)
            .map_or((false, None), |(online, since)| (*online, Some(*since)));
        Presence {
            user_id: *id,
            online,
            since,
        }
    });
    Ok(Presences {
        items: items.collect(),
    }
    .into())
}
