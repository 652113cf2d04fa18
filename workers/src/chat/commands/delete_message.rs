//! `message:delete`

use mongodb::bson::DateTime;
use warren_topology::{
    actions::chat::DeleteMessage,
    events::{DomainEvent, MessageDeleted},
    failure::Failure,
    ids::MessageId,
    payload::{
        self,
        chat::{ConversationType, MemberRole, Message, MessageType},
    },
};

use super::group::{everybody, key};
use crate::{
    chat::{
        change::What,
        store::{MessageDoc, timestamp},
        turn::{Ordered, Turn},
    },
    core::Answer,
};

impl Ordered for DeleteMessage {
    const CHANGES: bool = true;

    fn apply(
        turn: &mut Turn<'_>,
        payload: &payload::chat::MessageRef,
    ) -> Result<Answer<Message>, Failure> {
        let change = match turn.changed.take() {
            Some(change) => change,
            None => {
                let message = deletable(turn, &payload.message_id)?;
                if message.deleted_at.is_some() {
                    return Ok(message.view().into());
                }
                turn.change(What {
                    message: Some(tombstone(turn, message)),
                    ..What::default()
                })?
            }
        };
        let message = change.what.message.as_ref().ok_or_else(Failure::internal)?;
        let view = message.view();
        let event = MessageDeleted {
            message_id: view.id.clone(),
            conversation_id: view.conversation_id.clone(),
            seq: view.seq,
            deleted_by: change.actor,
            deleted_at: timestamp(message.deleted_at.unwrap_or(change.at)),
            change: change.number(),
        };
        turn.effects
            .push(everybody(turn), &event, key(&change, "deleted"));
        turn.effects.event(DomainEvent::MessageDeleted(event));
        Ok(view.into())
    }

    fn message(payload: &payload::chat::MessageRef) -> Option<&MessageId> {
        Some(&payload.message_id)
    }
}

/// A message that the caller may delete, or that is deleted.
fn deletable(turn: &mut Turn<'_>, id: &MessageId) -> Result<MessageDoc, Failure> {
    let user = turn.user;
    let conversation = turn.own_conversation()?;
    let role = conversation.member(user).map(|own| own.role);
    let moderates = conversation.doc.kind == ConversationType::Group
        && matches!(role, Some(MemberRole::Owner | MemberRole::Moderator));
    let message = turn.visible_message(id)?;
    if message.kind == MessageType::System {
        return Err(Failure::forbidden(
            "What the system has written stays in the history.",
        ));
    }
    if message.sender_id != user && !moderates {
        return Err(Failure::forbidden(
            "Only who wrote a message, or who moderates the group, may delete it.",
        ));
    }
    Ok(message.clone())
}

fn tombstone(turn: &Turn<'_>, message: MessageDoc) -> MessageDoc {
    MessageDoc {
        content: String::new(),
        attachments: Vec::new(),
        files: Vec::new(),
        mentions: Vec::new(),
        mentions_all: false,
        deleted_at: Some(DateTime::now()),
        deleted_by: Some(turn.user),
        ..message
    }
}
