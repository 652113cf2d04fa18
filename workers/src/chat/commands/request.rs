//! Requests: whoever is asked for a direct conversation agrees to it or not.

use warren_topology::{
    events::{ConversationRead, DomainEvent, RequestAccepted, RequestDeclined},
    failure::Failure,
    ids::{Seq, UserId},
    payload::chat::{ConversationType, MessageStatus, RequestState},
};

use super::group::{everybody, key, not_over};
use crate::chat::{
    change::{ChangeDoc, What},
    store::MemberDoc,
    turn::Turn,
};

/// How many messages may be written to somebody who has not agreed yet.
const UNASKED: i64 = 3;

/// Makes sure that the caller may write. Writing agrees to a conversation that the other has begun: that change is then
/// the turn's.
///
/// # Errors
/// `FORBIDDEN` when the other has refused, or has been written to enough.
pub(super) fn write(turn: &mut Turn<'_>) -> Result<(), Failure> {
    let user = turn.user;
    let conversation = turn.own_conversation()?;
    not_over(conversation)?;
    let has_accepted = |member: &MemberDoc| member.request() == RequestState::Accepted;
    let is_settled = conversation.members.iter().all(has_accepted);
    if conversation.doc.kind == ConversationType::Group || is_settled {
        return Ok(());
    }
    let (last_seq, members) = (conversation.doc.last_seq, &conversation.members);
    for other in members.iter().filter(|member| member.user_id != user) {
        match other.request() {
            RequestState::Accepted => {}
            RequestState::Pending if last_seq - other.joined_seq < UNASKED => {}
            RequestState::Pending => {
                return Err(Failure::forbidden(format!(
                    "At most {UNASKED} messages may be written until the other accepts the conversation."
                )));
            }
            RequestState::Declined => return Err(declined()),
        }
    }
    let own = conversation.member(user).cloned();
    if let Some(own) = own.filter(|own| !has_accepted(own)) {
        turn.changed = Some(turn.change(accepted(own))?);
    }
    Ok(())
}

/// Makes sure that nobody else has refused to hear from the caller.
///
/// # Errors
/// `FORBIDDEN` when the other has declined the conversation.
pub(super) fn not_declined(turn: &mut Turn<'_>) -> Result<(), Failure> {
    let user = turn.user;
    let members = &turn.own_conversation()?.members;
    let mut others = members.iter().filter(|member| member.user_id != user);
    match others.any(|other| other.request() == RequestState::Declined) {
        true => Err(declined()),
        false => Ok(()),
    }
}

fn declined() -> Failure {
    Failure::forbidden("The other has declined this conversation; only they can take it up again.")
}

/// What it means that a member agrees.
pub(super) fn accepted(own: MemberDoc) -> What {
    What {
        members: vec![MemberDoc {
            request: Some(RequestState::Accepted),
            hidden: false,
            ..own
        }],
        ..What::default()
    }
}

/// Tells both what one of them has said, by writing or in so many words.
pub(super) fn tell(turn: &mut Turn<'_>, change: &ChangeDoc, by_writing: bool) {
    let to = everybody(turn);
    for member in &change.what.members {
        if member.request() == RequestState::Declined {
            let event = RequestDeclined {
                conversation_id: turn.id.clone(),
                declined_by: member.user_id,
                change: change.number(),
            };
            turn.effects
                .push(to.clone(), &event, key(change, "declined"));
            turn.effects.event(DomainEvent::RequestDeclined(event));
        } else {
            let event = RequestAccepted {
                conversation_id: turn.id.clone(),
                accepted_by: member.user_id,
                change: change.number(),
                recipients: Vec::new(),
            };
            turn.effects
                .push(to.clone(), &event, key(change, "accepted"));
            let recipients = match by_writing {
                true => Vec::new(),
                false => waiting(turn, member),
            };
            turn.effects
                .event(DomainEvent::RequestAccepted(RequestAccepted {
                    recipients,
                    ..event
                }));
            // How far they have read was for nobody to know until now.
            let read = ConversationRead {
                conversation_id: turn.id.clone(),
                user_id: member.user_id,
                last_read_seq: Seq(member.last_read_seq.unsigned_abs()),
            };
            if !by_writing && member.last_read_seq > 0 {
                turn.effects.push(to.clone(), &read, key(change, "read"));
            }
            if !by_writing && member.last_delivered_seq > member.last_read_seq {
                let delivered = Seq(member.last_delivered_seq.unsigned_abs());
                turn.status(MessageStatus::Delivered, delivered);
            }
        }
    }
}

/// Who has asked with words and wants to hear that the other agrees.
fn waiting(turn: &Turn<'_>, accepted: &MemberDoc) -> Vec<UserId> {
    let conversation = turn.conversation();
    let asked = conversation.filter(|held| held.doc.last_seq > accepted.joined_seq);
    asked
        .map(|held| held.recipients(accepted.user_id))
        .unwrap_or_default()
}

/// The caller's row in a direct conversation, if it is up to them to answer; nothing if both have agreed.
///
/// # Errors
/// `NOT_FOUND` when it is not for the caller to know of, `FORBIDDEN` in groups and for who has asked.
pub(super) fn asked(turn: &mut Turn<'_>) -> Result<Option<MemberDoc>, Failure> {
    let user = turn.user;
    let conversation = turn.own_conversation()?;
    if conversation.doc.kind == ConversationType::Group {
        return Err(Failure::forbidden(
            "A group is not accepted or declined; it can be left.",
        ));
    }
    let is_open = |member: &&MemberDoc| member.request() != RequestState::Accepted;
    match conversation.members.iter().find(is_open) {
        Some(member) if member.user_id == user => Ok(Some(member.clone())),
        Some(_) => Err(Failure::forbidden(
            "It is for the other to accept or decline this conversation.",
        )),
        None => Ok(None),
    }
}
