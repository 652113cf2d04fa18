//! `message:send`

use mongodb::bson::DateTime;
use warren_topology::{
    actions::chat::SendMessage,
    failure::Failure,
    ids::{FileId, MessageId, Seq},
    payload::{
        self,
        chat::{FileView, Message, MessageType},
    },
};

use super::{history, request};
use crate::{
    chat::{
        store::{MessageDoc, dedup_key},
        turn::{Ordered, Turn},
    },
    core::Answer,
};

impl Ordered for SendMessage {
    const CHANGES: bool = true;

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
                let files = turn.uploaded(&payload.attachments)?;
                if let Some(answered) = &payload.reply_to {
                    answerable(turn, answered)?;
                }
                request::write(turn)?;
                let message = new_message(turn, payload, files);
                turn.write(message)?
            }
        };
        // Whoever writes agrees to talk.
        if let Some(change) = turn.changed.take() {
            request::tell(turn, &change, true);
        }
        Ok(history::tell(turn, &message)?.into())
    }

    fn text(payload: &payload::chat::SendMessage) -> Option<&str> {
        Some(&payload.content)
    }

    fn message(payload: &payload::chat::SendMessage) -> Option<&MessageId> {
        payload.reply_to.as_ref()
    }

    fn files(payload: &payload::chat::SendMessage) -> Vec<FileId> {
        payload.files().collect()
    }

    fn writes(payload: &payload::chat::SendMessage, command: &str) -> Option<String> {
        Some(dedup_key(payload.client_id.as_ref(), command))
    }
}

/// Makes sure that a message is there for the caller to answer. One that was deleted meanwhile may be: the answer stands.
fn answerable(turn: &Turn<'_>, id: &MessageId) -> Result<(), Failure> {
    match turn.visible_message(id) {
        Ok(message) if message.kind == MessageType::User => Ok(()),
        Ok(_) => Err(Failure::invalid("replyTo", "must be a message of a person")),
        Err(_) => Err(Failure::invalid(
            "replyTo",
            "must be a message of this conversation that you can see",
        )),
    }
}

fn new_message(
    turn: &Turn<'_>,
    payload: &payload::chat::SendMessage,
    files: Vec<FileView>,
) -> MessageDoc {
    let (mentions, mentions_all) = turn.mentions(&payload.content);
    MessageDoc {
        id: MessageId::new(turn.id, Seq::default()),
        c: turn.id.clone(),
        s: 0,
        kind: MessageType::User,
        sender_id: turn.user,
        content: payload.content.clone(),
        attachments: payload.attachments.clone(),
        files,
        mentions,
        mentions_all,
        reply_to: payload.reply_to.clone(),
        client_id: dedup_key(payload.client_id.as_ref(), turn.request.id),
        own_client_id: payload.client_id.is_some(),
        command: turn.request.id.to_owned(),
        created_at: DateTime::now(),
        edited_at: None,
        deleted_at: None,
        deleted_by: None,
        change: None,
        system: None,
    }
}
