//! `message:list`

use warren_topology::{
    ids::{Seq, UserId},
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
    let own = desk.own(user, id).await?;
    let limit = payload.limit.unwrap_or(DEFAULT_LIMIT);
    let cleared = Seq(own.cleared().unsigned_abs());
    let after = payload.after.map(|after| after.max(cleared));
    // One more than asked for tells whether there is another page.
    let mut found = desk
        .store
        .page(id, after, payload.before, limit + 1)
        .await?;
    // What they have deleted is not theirs, and comes before all that is.
    found.retain(|message| message.s > own.cleared());
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
