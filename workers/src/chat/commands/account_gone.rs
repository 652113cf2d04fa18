//! `internal:account-gone`: what the end of an account means for a conversation. No client can send it: edges know only the
//! actions of the table. It comes from [`crate::chat::farewell`], in order with the conversation's other commands.
//!
//! The person leaves a group as they would by themselves. A direct conversation is over: the other keeps the history, and
//! nothing can be written any more. Messages stay where they are.

use mongodb::bson::DateTime;
use warren_topology::{
    actions::Contract,
    events::{ConversationUpdated, DomainEvent},
    failure::Failure,
    payload::{
        self,
        chat::{ConversationDone, ConversationType},
    },
};

use super::{
    group::{done, everybody, key, shared},
    leave,
};
use crate::{
    chat::{
        change::{ChangeDoc, Shared, What},
        store::{MemberDoc, timestamp},
        turn::{Ordered, Turn},
    },
    core::Answer,
};

/// The command; its caller is whose account is gone.
pub struct AccountGone;

impl Contract for AccountGone {
    type Payload = payload::chat::ConversationRef;
    type Reply = ConversationDone;
    const NAME: &'static str = "internal:account-gone";
}

impl Ordered for AccountGone {
    const CHANGES: bool = true;

    fn apply(
        turn: &mut Turn<'_>,
        _payload: &payload::chat::ConversationRef,
    ) -> Result<Answer<ConversationDone>, Failure> {
        let kind = turn.conversation().map(|held| held.doc.kind);
        if kind == Some(ConversationType::Group) {
            return leave::leave(turn);
        }
        let change = match turn.changed.take() {
            Some(change) => change,
            None => {
                let what = over(turn)?;
                turn.change(what)?
            }
        };
        leave::announce(turn, &change);
        tell_end(turn, &change);
        Ok(done(&change).into())
    }

    fn writes(_payload: &payload::chat::ConversationRef, command: &str) -> Option<String> {
        Some(command.to_owned())
    }
}

/// A direct conversation without one of the two.
fn over(turn: &mut Turn<'_>) -> Result<What, Failure> {
    let user = turn.user;
    let conversation = turn.own_conversation()?;
    let own = conversation.member(user).cloned();
    let own = own.ok_or_else(|| Failure::not_found("conversation"))?;
    let now = DateTime::now();
    Ok(What {
        members: vec![MemberDoc {
            left_at: Some(now),
            ..own
        }],
        shared: Some(Shared {
            member_count: conversation.doc.member_count - 1,
            ended_at: conversation.doc.ended_at.or(Some(now)),
            ..shared(conversation)
        }),
        ..What::default()
    })
}

/// Tells the other that nothing more can be written.
fn tell_end(turn: &mut Turn<'_>, change: &ChangeDoc) {
    let ended_at = change.what.shared.as_ref().and_then(|s| s.ended_at);
    let event = ConversationUpdated {
        conversation_id: turn.id.clone(),
        change: Some(change.number()),
        actor_id: change.actor,
        name: None,
        avatar_url: None,
        ended_at: ended_at.map(timestamp),
        roles: Vec::new(),
        me: None,
    };
    turn.effects
        .push(everybody(turn), &event, key(change, "ended"));
    turn.effects.event(DomainEvent::ConversationUpdated(event));
}
