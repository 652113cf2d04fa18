//! `conversation:list`

use mongodb::bson::doc;
use warren_topology::{
    ids::UserId,
    payload::{DEFAULT_LIMIT, Page, Paging, chat::Conversation},
};

use super::{Cursor, QueryDesk};
use crate::core::{Answer, Fault};

pub(super) async fn handle(
    desk: &QueryDesk,
    user: UserId,
    payload: Paging,
) -> Result<Answer<Page<Conversation>>, Fault> {
    let limit = payload.limit.unwrap_or(DEFAULT_LIMIT);
    let from = Cursor::parse(payload.cursor.as_deref())?;
    let own = desk.own_rows(user, doc! { "hidden": false }).await?;
    let ids = own
        .iter()
        .map(|member| member.conversation_id.as_str())
        .collect();
    let mut docs = desk.by_activity(ids, from.as_ref(), limit + 1).await?;
    let has_more = docs.len() > limit as usize;
    docs.truncate(limit as usize);
    let items = desk.views(&docs, &own, false).await?;
    Ok(Page {
        items,
        next_cursor: docs.last().filter(|_| has_more).map(Cursor::after),
    }
    .into())
}
