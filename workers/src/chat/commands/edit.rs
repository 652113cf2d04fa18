//! `message:edit`

use mongodb::bson::DateTime;
use warren_topology::{
    actions::chat::EditMessage,
    events::{DomainEvent, MessageUpdated},
    failure::{ErrorCode, Failure},
    ids::MessageId,
    payload::{
        self,
        chat::{Message, MessageType, is_visible},
    },
};

use super::{
    group::{everybody, key, not_over},
    request::not_declined,
};
use crate::{
    chat::{
        change::What,
        store::MessageDoc,
        turn::{Ordered, Turn},
    },
    core::Answer,
};

impl Ordered for EditMessage {
    const CHANGES: bool = true;

    fn apply(
        turn: &mut Turn<'_>,
        payload: &payload::chat::EditMessage,
    ) -> Result<Answer<Message>, Failure> {
        let change = match turn.changed.take() {
            Some(change) => change,
            None => {
                let message = own_message(turn, &payload.message_id)?;
                if message.content == payload.content {
                    return Ok(message.view().into());
                }
                let message = edited(turn, message, &payload.content)?;
                turn.change(What {
                    message: Some(message),
                    ..What::default()
                })?
            }
        };
        let message = change.what.message.as_ref().ok_or_else(Failure::internal)?;
        let event = MessageUpdated(message.view());
        turn.effects
            .push(everybody(turn), &event, key(&change, "edited"));
        turn.effects
            .event(DomainEvent::MessageUpdated(event.clone()));
        Ok(event.0.into())
    }

    fn text(payload: &payload::chat::EditMessage) -> Option<&str> {
        Some(&payload.content)
    }

    fn message(payload: &payload::chat::EditMessage) -> Option<&MessageId> {
        Some(&payload.message_id)
    }
}

/// A message of the caller's that may be edited.
fn own_message(turn: &mut Turn<'_>, id: &MessageId) -> Result<MessageDoc, Failure> {
    not_over(turn.own_conversation()?)?;
    not_declined(turn)?;
    let message = turn.visible_message(id)?;
    if message.kind == MessageType::System || message.sender_id != turn.user {
        return Err(Failure::forbidden("Only who wrote a message may edit it."));
    }
    if message.deleted_at.is_some() {
        return Err(Failure::new(
            ErrorCode::Conflict,
            "This message has been deleted.",
        ));
    }
    Ok(message.clone())
}

fn edited(turn: &Turn<'_>, message: MessageDoc, content: &str) -> Result<MessageDoc, Failure> {
    let (now, window) = (DateTime::now(), turn.rules.edit_window_ms);
    let age = now.timestamp_millis() - message.created_at.timestamp_millis();
    if window > 0 && age > window {
        return Err(Failure::forbidden(format!(
            "A message can be edited for {} after it was written. Delete it, or write another.",
            duration(window)
        )));
    }
    if !is_visible(content) && message.attachments.is_empty() {
        return Err(Failure::invalid(
            "content",
            "must not be empty; delete the message instead",
        ));
    }
    let (mentions, mentions_all) = turn.mentions(content);
    Ok(MessageDoc {
        content: content.to_owned(),
        mentions,
        mentions_all,
        edited_at: Some(now),
        ..message
    })
}

/// A duration for people.
fn duration(millis: i64) -> String {
    let (count, unit) = match millis / 1_000 {
        seconds if seconds >= 7_200 => (seconds / 3_600, "hours"),
        seconds if seconds >= 120 => (seconds / 60, "minutes"),
        seconds => (seconds.max(1), "seconds"),
    };
    format!("{count} {unit}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_are_told_in_the_largest_unit_that_fits() {
        let told = [1, 90_000, 900_000, 86_400_000].map(duration);
        assert_eq!(told, ["1 seconds", "90 seconds", "15 minutes", "24 hours"]);
    }
}
