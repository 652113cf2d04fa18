//! `notification:read`

use warren_topology::{
    failure::Failure,
    ids::UserId,
    payload::notify::{Notification, NotificationRef},
};

use super::{changed, store::Store};
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
    changed(request, user, Some(&read.id), effects);
    Ok(read.view().into())
}
