//! `conversation:join`: the answer decides whether the socket is subscribed to the conversation's signals.

use warren_topology::{ids::UserId, payload::chat::ConversationRef};

use super::QueryDesk;
use crate::core::{Answer, Fault};

pub(super) async fn join(
    desk: &QueryDesk,
    user: UserId,
    payload: ConversationRef,
) -> Result<Answer<ConversationRef>, Fault> {
    desk.own(user, &payload.conversation_id).await?;
    Ok(payload.into())
}
