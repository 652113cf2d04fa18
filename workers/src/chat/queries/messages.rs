//! `message:list`

use warren_topology::{
    ids::UserId,
    payload::{
        DEFAULT_LIMIT, Page,
        chat::{ListMessages, Message},
    },
};

use super::QueryDesk;
use crate::{
    chat::store::MessageDoc,
    core::{Answer, Fault},
};

pub(super) async fn handle(
    desk: &QueryDesk,
    user: UserId,
    payload: ListMessages,
) -> Result<Answer<Page<Message>>, Fault> {
    let id = &payload.conversation_id;
    desk.own(user, id).await?;
    let limit = payload.limit.unwrap_or(DEFAULT_LIMIT);
    // One more than asked for tells whether there is another page.
    let mut found = desk
        .store
        .page(id, payload.after, payload.before, limit + 1)
        .await?;
    let more = found.len() > limit as usize;
    let next = if payload.after.is_some() {
        found.truncate(limit as usize);
        found.last()
    } else {
        found.drain(..found.len().saturating_sub(limit as usize));
        found.first()
    };
    let next_cursor = next.filter(|_| more).map(|message| message.s.to_string());
    Ok(Page {
        items: found.iter().map(MessageDoc::view).collect(),
        next_cursor,
    }
    .into())
}
