//! `notification:list`

use mongodb::bson::DateTime;
use warren_topology::{
    failure::Failure,
    ids::UserId,
    payload::{
        DEFAULT_LIMIT, Page,
        notify::{ListNotifications, Notification},
    },
};

use super::store::{NotificationDoc, Store, Wanted};
use crate::core::{Answer, Fault};

pub(super) async fn handle(
    store: &Store,
    user: UserId,
    payload: ListNotifications,
) -> Result<Answer<Page<Notification>>, Fault> {
    let limit = payload.limit.unwrap_or(DEFAULT_LIMIT);
    let after = payload.cursor.as_deref().map(place).transpose()?;
    let wanted = Wanted {
        unread_only: payload.unread_only,
        kind: payload.kind,
        after,
    };
    // One more than asked for tells whether there is another page.
    let mut found = store.page(user, wanted, i64::from(limit) + 1).await?;
    let has_more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let last = found.last().filter(|_| has_more);
    let next_cursor = last.map(|doc| format!("{}_{}", doc.updated_at.timestamp_millis(), doc.id));
    Ok(Page {
        items: found.iter().map(NotificationDoc::view).collect(),
        next_cursor,
    }
    .into())
}

fn place(cursor: &str) -> Result<(DateTime, String), Failure> {
    let invalid = || Failure::invalid("cursor", "must be the nextCursor of a page");
    let (millis, id) = cursor.split_once('_').ok_or_else(invalid)?;
    let millis = millis.parse().map_err(|_| invalid())?;
    Ok((DateTime::from_millis(millis), id.to_owned()))
}
