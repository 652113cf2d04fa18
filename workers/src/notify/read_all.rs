//! `notification:read-all`

use warren_topology::{ids::UserId, payload::notify::UnreadCount};

use super::{changed, store::Store, unread_count};
use crate::core::{Answer, Effects, Fault, Request};

pub(super) async fn handle(
    store: &Store,
    request: &Request<'_>,
    user: UserId,
    effects: &mut Effects,
) -> Result<Answer<UnreadCount>, Fault> {
    store.read_all(user).await?;
    changed(request, user, None, effects);
    unread_count::handle(store, user).await
}
