//! `conversation:remove-member`

use mongodb::bson::DateTime;
use warren_topology::{
    actions::chat::RemoveMember,
    failure::Failure,
    ids::UserId,
    payload::{
        self,
        chat::{ConversationDone, MemberRole, SystemEvent, SystemEventKind},
    },
};

use super::{
    group::{done, member, moderated_group, shared},
    history, leave,
};
use crate::{
    chat::{
        change::{Shared, What},
        store::MemberDoc,
        turn::{Ordered, Turn},
    },
    core::Answer,
};

impl Ordered for RemoveMember {
    const CHANGES: bool = true;

    fn apply(
        turn: &mut Turn<'_>,
        payload: &payload::chat::MemberRef,
    ) -> Result<Answer<ConversationDone>, Failure> {
        if payload.user_id == turn.user {
            return leave::leave(turn);
        }
        let change = match turn.changed.take() {
            Some(change) => change,
            None => {
                let what = removed(turn, payload.user_id)?;
                turn.change(what)?
            }
        };
        leave::announce(turn, &change);
        history::record(turn, &change)?;
        Ok(done(&change).into())
    }

    fn writes(_payload: &payload::chat::MemberRef, command: &str) -> Option<String> {
        Some(command.to_owned())
    }
}

fn removed(turn: &mut Turn<'_>, user: UserId) -> Result<What, Failure> {
    let actor = turn.user;
    let (group, own) = moderated_group(turn)?;
    let member = member(group, user)?;
    match (own.role, member.role) {
        (_, MemberRole::Owner) => {
            return Err(Failure::forbidden(
                "Nobody removes the owner, who may leave or hand the group over.",
            ));
        }
        (MemberRole::Moderator, MemberRole::Moderator) => {
            return Err(Failure::forbidden("Only the owner removes moderators."));
        }
        _ => {}
    }
    Ok(What {
        members: vec![MemberDoc {
            left_at: Some(DateTime::now()),
            ..member.clone()
        }],
        shared: Some(Shared {
            member_count: group.doc.member_count - 1,
            ..shared(group)
        }),
        system: Some(SystemEvent::new(
            SystemEventKind::MemberRemoved,
            actor,
            vec![user],
        )),
        ..What::default()
    })
}
