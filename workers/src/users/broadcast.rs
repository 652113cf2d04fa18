//! `notification:broadcast`: an administrator tells people something.
//!
//! It is ordered here, where it is known who there is, and handed over to the notify pool by the [`Announcer`], bit by bit.

mod announcer;

pub use announcer::Announcer;

use sqlx::{PgPool, Row, postgres::PgRow};
use warren_topology::{
    failure::{ErrorCode, Failure},
    ids::UserId,
    payload::{
        Timestamp,
        notify::{Broadcast, SendBroadcast},
    },
};

use super::UsersDesk;
use crate::core::{Answer, Fault, Request};

/// Handles `notification:broadcast`. The same one again changes nothing and tells how far it has come.
///
/// # Errors
/// `NOT_FOUND` when somebody who is named does not exist.
pub async fn handle(
    desk: &UsersDesk,
    request: Request<'_>,
    payload: SendBroadcast,
) -> Result<Answer<Broadcast>, Fault> {
    let user = request.user()?;
    let client_id = payload.client_id.as_ref();
    let client_id = client_id.map_or(request.id, |id| id.as_str()).to_owned();
    if let Some(known) = find(&desk.postgres, user, &client_id).await? {
        return Ok(known.into());
    }
    exist(&desk.postgres, &payload.user_ids).await?;
    let ids: Vec<i64> = payload.user_ids.iter().map(|id| id.0).collect();
    let query =
        "INSERT INTO broadcasts (user_id, client_id, title, content, user_ids, roles, last_user_id)
                 SELECT $1, $2, $3, $4, $5, $6, max(user_id) FROM users
                 ON CONFLICT DO NOTHING";
    sqlx::query(query)
        .bind(user.0)
        .bind(&client_id)
        .bind(payload.title.trim())
        .bind(payload.content.trim())
        .bind(ids)
        .bind(&payload.roles)
        .execute(&desk.postgres)
        .await?;
    desk.broadcasts.notify_one();
    let ordered = find(&desk.postgres, user, &client_id).await?;
    ordered
        .map(Answer::from)
        .ok_or_else(|| Fault::Broken("a broadcast that was stored is not there".to_owned()))
}

async fn find(
    postgres: &PgPool,
    user: UserId,
    client_id: &str,
) -> Result<Option<Broadcast>, sqlx::Error> {
    let query = "SELECT broadcast_id, title, content, created_at, sent, done_at IS NOT NULL AS done
                 FROM broadcasts WHERE user_id = $1 AND client_id = $2";
    let found = sqlx::query(query).bind(user.0).bind(client_id);
    let found = found.fetch_optional(postgres).await?;
    found.as_ref().map(view).transpose()
}

fn view(row: &PgRow) -> Result<Broadcast, sqlx::Error> {
    Ok(Broadcast {
        id: row.try_get::<i64, _>("broadcast_id")?.to_string(),
        title: row.try_get("title")?,
        content: row.try_get("content")?,
        created_at: Timestamp(row.try_get("created_at")?),
        sent: row.try_get::<i64, _>("sent")?.unsigned_abs(),
        done: row.try_get("done")?,
    })
}

/// Makes sure that all of these people exist.
async fn exist(postgres: &PgPool, ids: &[UserId]) -> Result<(), Fault> {
    let known = super::directory::find_many(postgres, ids).await?;
    let is_missing = |id: &&UserId| known.iter().all(|user| user.user_id != **id);
    match ids.iter().find(is_missing) {
        Some(id) => {
            let message = format!("There is no user {id}.");
            Err(Failure::new(ErrorCode::NotFound, message).into())
        }
        None => Ok(()),
    }
}
