//! `notification:unread`

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
    let unread = store.unread_again(user, &payload.notification_id).await?;
    let unread = unread.ok_or_else(|| Failure::not_found("notification"))?;
    changed(request, user, Some(&unread.id), effects);
    Ok(unread.view().into())
}
