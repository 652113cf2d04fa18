//! `message:send`

use mongodb::bson::DateTime;
use warren_topology::{
    actions::chat::SendMessage,
    events::{DomainEvent, MessageCreated, MessageStored},
    failure::Failure,
    ids::{MessageId, Seq},
    payload::{
        self,
        chat::{Message, MessageType},
    },
};

use crate::{
    chat::{
        store::{MessageDoc, dedup_key},
        turn::{Ordered, Turn},
    },
    core::Answer,
};

impl Ordered for SendMessage {
    fn apply(
        turn: &mut Turn<'_>,
        payload: &payload::chat::SendMessage,
    ) -> Result<Answer<Message>, Failure> {
        turn.own_conversation()?;
        let message = match turn.stored.take() {
            // The client asks again: it gets the message it wrote, and everybody else has it or will.
            Some(stored) if stored.command != turn.request.id => return Ok(stored.view().into()),
            // This very command was stored, but whoever stored it may not have lived to tell: the same results again.
            Some(stored) => {
                turn.write_again(&stored)?;
                stored
            }
            None => {
                let message = new_message(turn, payload);
                turn.write(message)?
            }
        };
        let view = message.view();
        let conversation = turn.own_conversation()?;
        let (everybody, recipients) = (
            conversation.users(),
            conversation.recipients(message.sender_id),
        );
        let (kind, name) = (conversation.doc.kind, conversation.doc.name.clone());
        turn.effects.push(
            everybody,
            &MessageCreated(view.clone()),
            message.id.as_str(),
        );
        turn.effects
            .event(DomainEvent::MessageStored(MessageStored {
                message: view.clone(),
                conversation_type: kind,
                conversation_name: name,
                recipients,
            }));
        Ok(view.into())
    }

    fn writes(payload: &payload::chat::SendMessage, command: &str) -> Option<String> {
        Some(dedup_key(payload.client_id.as_ref(), command))
    }
}

fn new_message(turn: &Turn<'_>, payload: &payload::chat::SendMessage) -> MessageDoc {
    MessageDoc {
        id: MessageId::new(turn.id, Seq::default()),
        c: turn.id.clone(),
        s: 0,
        kind: MessageType::User,
        sender_id: turn.user,
        content: payload.content.clone(),
        attachments: payload.attachments.clone(),
        client_id: dedup_key(payload.client_id.as_ref(), turn.request.id),
        own_client_id: payload.client_id.is_some(),
        command: turn.request.id.to_owned(),
        created_at: DateTime::now(),
        edited_at: None,
        deleted_at: None,
    }
}
