//! `notification:get`

use warren_topology::{
    failure::Failure,
    ids::UserId,
    payload::notify::{Notification, NotificationRef},
};

use super::store::Store;
use crate::core::{Answer, Fault};

pub(super) async fn handle(
    store: &Store,
    user: UserId,
    payload: NotificationRef,
) -> Result<Answer<Notification>, Fault> {
    let found = store.get(user, &payload.notification_id).await?;
    let found = found.ok_or_else(|| Failure::not_found("notification"))?;
    Ok(found.view().into())
}
