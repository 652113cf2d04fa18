//! `notification:read`

use warren_topology::{
    events::{NotificationCount, NotificationRead},
    failure::Failure,
    ids::UserId,
    payload::notify::{Notification, NotificationRef},
};

use super::{store::Store, unread_count};
use crate::core::{Answer, Effects, Fault, Request};

pub(super) async fn handle(
    store: &Store,
    request: &Request<'_>,
    user: UserId,
    payload: NotificationRef,
    effects: &mut Effects,
) -> Result<Answer<Notification>, Fault> {
    let read = store.read(user, &payload.notification_id).await?;
    let read = read.ok_or_else(|| Failure::not_found("notification"))?;
    let count = unread_count::handle(store, user).await?.data;
    let event = NotificationRead {
        notification_id: Some(read.id.clone()),
    };
    effects.push(vec![user], &event, format!("{}:read", request.id));
    effects.push(
        vec![user],
        &NotificationCount(count),
        format!("{}:count", request.id),
    );
    Ok(read.view().into())
}
