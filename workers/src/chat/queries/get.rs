//! `conversation:get`

use warren_topology::{
    failure::Failure,
    ids::UserId,
    payload::chat::{Conversation, ConversationRef},
};

use super::QueryDesk;
use crate::core::{Answer, Fault};

pub(super) async fn handle(
    desk: &QueryDesk,
    user: UserId,
    payload: ConversationRef,
) -> Result<Answer<Conversation>, Fault> {
    let id = &payload.conversation_id;
    let own = desk.own(user, id).await?;
    let docs = desk.store.conversations(&[id]).await?;
    let view = desk
        .views(&docs, std::slice::from_ref(&own), true)
        .await?
        .pop();
    Ok(view
        .ok_or_else(|| Failure::not_found("conversation"))?
        .into())
}
