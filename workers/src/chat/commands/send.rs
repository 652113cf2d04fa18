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

    fn files(payload: &payload::chat::SendMessage) -> Vec<FileId> {
        payload.files().collect()
    }

    fn writes(payload: &payload::chat::SendMessage, command: &str) -> Option<String> {
        Some(dedup_key(payload.client_id.as_ref(), command))
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
