//! `notification:read-all`

use warren_topology::{
    events::{NotificationCount, NotificationRead},
    ids::UserId,
    payload::notify::UnreadCount,
};

use super::{store::Store, unread_count};
use crate::core::{Answer, Effects, Fault, Request};

pub(super) async fn handle(
    store: &Store,
    request: &Request<'_>,
    user: UserId,
    effects: &mut Effects,
) -> Result<Answer<UnreadCount>, Fault> {
    store.read_all(user).await?;
    let count = unread_count::handle(store, user).await?.data;
    let event = NotificationRead {
        notification_id: None,
    };
    effects.push(vec![user], &event, format!("{}:read", request.id));
    effects.push(
        vec![user],
        &NotificationCount(count.clone()),
        format!("{}:count", request.id),
    );
    Ok(count.into())
}
