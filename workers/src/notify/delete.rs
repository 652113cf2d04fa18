//! `notification:delete`

use warren_topology::{failure::Failure, ids::UserId, payload::notify::NotificationRef};

use super::{changed, store::Store};
use crate::core::{Answer, Effects, Fault, Request};

pub(super) async fn handle(
    store: &Store,
    request: &Request<'_>,
    user: UserId,
    payload: NotificationRef,
    effects: &mut Effects,
) -> Result<Answer<NotificationRef>, Fault> {
    let deleted = store
        .delete(user, &payload.notification_id, request.id)
        .await?;
    let deleted = deleted.ok_or_else(|| Failure::not_found("notification"))?;
    changed(request, user, Some(&deleted.id), effects);
    Ok(payload.into())
}
