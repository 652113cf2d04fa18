//! `conversation:delete`

use mongodb::bson::DateTime;
use warren_topology::{
    actions::chat::DeleteConversation,
    events::{ConversationCleared, ConversationDeleted, DomainEvent},
    failure::Failure,
    ids::{Seq, UserId},
    payload::{
        self,
        chat::{ConversationDone, ConversationType},
    },
};

use super::group::{done, key, owned_group, shared};
use crate::{
    chat::{
        change::{ChangeDoc, Shared, What},
        conversation::Conversation,
        store::MemberDoc,
        turn::{Ordered, Turn},
    },
    core::Answer,
};

impl Ordered for DeleteConversation {
    const CHANGES: bool = true;

    fn apply(
        turn: &mut Turn<'_>,
        _payload: &payload::chat::ConversationRef,
    ) -> Result<Answer<ConversationDone>, Failure> {
        let change = match turn.changed.take() {
            Some(change) => change,
            None => {
                let kind = turn.own_conversation()?.doc.kind;
                let what = match kind {
                    ConversationType::Group => ended(owned_group(turn)?.0),
                    ConversationType::Direct => match own_member(turn)? {
                        (last_seq, own) if own.hidden && own.cleared_seq == Some(last_seq) => {
                            return Ok(ConversationDone {
                                conversation_id: turn.id.clone(),
                                change: own.change.unwrap_or_default().unsigned_abs(),
                            }
                            .into());
                        }
                        (last_seq, own) => cleared(own, last_seq),
                    },
                };
                turn.change(what)?
            }
        };
        announce(turn, &change);
        Ok(done(&change).into())
    }
}

/// A group that is nobody's any longer.
pub(super) fn ended(group: &Conversation) -> What {
    let now = DateTime::now();
    let gone = |member: &MemberDoc| MemberDoc {
        left_at: Some(now),
        ..member.clone()
    };
    What {
        members: group.members.iter().map(gone).collect(),
        shared: Some(Shared {
            member_count: 0,
            ended_at: Some(now),
            ..shared(group)
        }),
        ..What::default()
    }
}

/// The last place, and the caller's own row.
fn own_member(turn: &mut Turn<'_>) -> Result<(i64, MemberDoc), Failure> {
    let user = turn.user;
    let conversation = turn.own_conversation()?;
    let own = conversation.member(user).cloned();
    let own = own.ok_or_else(|| Failure::not_found("conversation"))?;
    Ok((conversation.doc.last_seq, own))
}

/// A direct conversation that begins anew for its member when somebody writes; for the other it is as it was.
fn cleared(own: MemberDoc, last_seq: i64) -> What {
    What {
        members: vec![MemberDoc {
            hidden: true,
            deleted: Some(true),
            pinned: false,
            cleared_seq: Some(last_seq),
            ..own
        }],
        private: true,
        ..What::default()
    }
}

/// Tells those whose conversation it no longer is.
pub(super) fn announce(turn: &mut Turn<'_>, change: &ChangeDoc) {
    let event = ConversationDeleted {
        conversation_id: turn.id.clone(),
        actor_id: change.actor,
        change: change.number(),
        recipients: Vec::new(),
    };
    let to: Vec<UserId> = change.what.members.iter().map(|m| m.user_id).collect();
    turn.effects.push(to.clone(), &event, key(change, "gone"));
    if !change.what.private {
        turn.effects
            .event(DomainEvent::ConversationDeleted(ConversationDeleted {
                recipients: to,
                ..event
            }));
        return;
    }
    for member in &change.what.members {
        turn.effects
            .event(DomainEvent::ConversationCleared(ConversationCleared {
                conversation_id: turn.id.clone(),
                user_id: member.user_id,
                seq: Seq(member.cleared().unsigned_abs()),
                change: change.number(),
            }));
    }
}
