//! `notification:unread-count`

use warren_topology::{ids::UserId, payload::notify::UnreadCount};

use super::store::Store;
use crate::core::{Answer, Fault};

pub(super) async fn handle(store: &Store, user: UserId) -> Result<Answer<UnreadCount>, Fault> {
    let count = store.unread_of(user).await?;
    Ok(UnreadCount { count }.into())
}
