//! Telling people of what is in the history.

use mongodb::bson::DateTime;
use warren_topology::{
    events::{DomainEvent, MessageCreated, MessageStored},
    failure::Failure,
    ids::{MessageId, Seq, UserId},
    payload::chat::{ConversationType, Message, MessageType, RequestState, SystemEvent},
};

use crate::chat::{
    change::ChangeDoc,
    store::{MemberDoc, MessageDoc},
    turn::Turn,
};

/// Tells all members, and other services, of a message; the message as they see it.
pub(super) fn tell(turn: &mut Turn<'_>, message: &MessageDoc) -> Result<Message, Failure> {
    let view = message.view();
    let conversation = turn.conversation();
    let conversation = conversation.ok_or_else(|| Failure::not_found("conversation"))?;
    let recipients = match message.kind {
        MessageType::User => conversation.recipients(message.sender_id),
        // What happens to a group is in its history and no reason to call people.
        MessageType::System => Vec::new(),
    };
    let has_yet_to_agree = |member: &MemberDoc| {
        member.user_id != message.sender_id && member.request() == RequestState::Pending
    };
    let request = conversation.doc.kind == ConversationType::Direct
        && conversation.members.iter().any(has_yet_to_agree);
    let everybody = conversation.users();
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
            request,
        }));
    Ok(view)
}

/// Writes what a change of the group means into its history, once, and tells the members.
pub(super) fn record(turn: &mut Turn<'_>, change: &ChangeDoc) -> Result<(), Failure> {
    let Some(system) = &change.what.system else {
        return Ok(());
    };
    let message = match turn.stored.take() {
        Some(stored) => {
            turn.write_again(&stored)?;
            stored
        }
        None => {
            let message = system_message(turn, change.actor, system);
            turn.write(message)?
        }
    };
    tell(turn, &message).map(drop)
}

fn system_message(turn: &Turn<'_>, actor: UserId, system: &SystemEvent) -> MessageDoc {
    MessageDoc {
        id: MessageId::new(turn.id, Seq::default()),
        c: turn.id.clone(),
        s: 0,
        kind: MessageType::System,
        sender_id: actor,
        content: String::new(),
        attachments: Vec::new(),
        files: Vec::new(),
        mentions: Vec::new(),
        mentions_all: false,
        reply_to: None,
        client_id: turn.request.id.to_owned(),
        own_client_id: false,
        command: turn.request.id.to_owned(),
        created_at: DateTime::now(),
        edited_at: None,
        deleted_at: None,
        deleted_by: None,
        change: None,
        system: Some(system.clone()),
    }
}
