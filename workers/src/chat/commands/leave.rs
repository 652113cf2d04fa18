//! `conversation:leave-group`

use mongodb::bson::DateTime;
use warren_topology::{
    actions::chat::LeaveGroup,
    events::{ConversationUpdated, DomainEvent, MemberRemoved, RoleChange},
    failure::Failure,
    ids::Seq,
    payload::{
        self,
        chat::{ConversationDone, MemberRole, SystemEvent, SystemEventKind},
    },
};

use super::{
    delete,
    group::{done, everybody, key, own_group, shared},
    history,
};
use crate::{
    chat::{
        change::{ChangeDoc, Shared, What},
        conversation::Conversation,
        store::MemberDoc,
        turn::{Ordered, Turn},
    },
    core::Answer,
};

impl Ordered for LeaveGroup {
    const CHANGES: bool = true;

    fn apply(
        turn: &mut Turn<'_>,
        _payload: &payload::chat::ConversationRef,
    ) -> Result<Answer<ConversationDone>, Failure> {
        leave(turn)
    }

    fn writes(_payload: &payload::chat::ConversationRef, command: &str) -> Option<String> {
        Some(command.to_owned())
    }
}

/// Takes the caller out of the group. The last one to leave ends it.
pub(super) fn leave(turn: &mut Turn<'_>) -> Result<Answer<ConversationDone>, Failure> {
    let change = match turn.changed.take() {
        Some(change) => change,
        None => {
            let what = left(turn)?;
            turn.change(what)?
        }
    };
    if change.ends() {
        delete::announce(turn, &change);
    } else {
        announce(turn, &change);
        history::record(turn, &change)?;
    }
    Ok(done(&change).into())
}

fn left(turn: &mut Turn<'_>) -> Result<What, Failure> {
    let (group, own) = own_group(turn)?;
    if group.members.len() == 1 {
        return Ok(delete::ended(group));
    }
    let successor = match own.role {
        MemberRole::Owner => successor(group, own),
        _ => None,
    };
    let leaver = MemberDoc {
        left_at: Some(DateTime::now()),
        ..own.clone()
    };
    let system = SystemEvent {
        new_owner_id: successor.map(|successor| successor.user_id),
        ..SystemEvent::new(SystemEventKind::MemberLeft, own.user_id, vec![own.user_id])
    };
    let successor = successor.map(|successor| MemberDoc {
        role: MemberRole::Owner,
        ..successor.clone()
    });
    Ok(What {
        members: [leaver].into_iter().chain(successor).collect(),
        shared: Some(Shared {
            member_count: group.doc.member_count - 1,
            ..shared(group)
        }),
        system: Some(system),
        ..What::default()
    })
}

/// Who owns a group after its owner: the longest-serving moderator, else member.
fn successor<'g>(group: &'g Conversation, owner: &MemberDoc) -> Option<&'g MemberDoc> {
    let others = group.members.iter().filter(|m| m.user_id != owner.user_id);
    others.min_by_key(|m| (m.role != MemberRole::Moderator, m.joined_at, m.user_id))
}

/// Tells whoever is still a member, and the one who no longer is.
pub(super) fn announce(turn: &mut Turn<'_>, change: &ChangeDoc) {
    let everybody = everybody(turn);
    let member_count = change
        .what
        .shared
        .as_ref()
        .map_or(0, |shared| shared.member_count.unsigned_abs());
    // What the history tells of it comes right after the last of what was theirs, and is there already when the command
    // comes again.
    let told = turn.stored.as_ref().map(|message| message.s - 1);
    let last_seq = told.or_else(|| turn.conversation().map(|group| group.doc.last_seq));
    let last_seq = last_seq.map(|seq| Seq(seq.unsigned_abs()));
    let (gone, staying): (Vec<_>, Vec<_>) = change
        .what
        .members
        .iter()
        .partition(|member| member.left_at.is_some());
    for member in gone {
        let event = MemberRemoved {
            conversation_id: turn.id.clone(),
            actor_id: change.actor,
            user_id: member.user_id,
            member_count,
            change: change.number(),
            last_seq: None,
        };
        let mut to = everybody.clone();
        if !to.contains(&member.user_id) {
            to.push(member.user_id);
        }
        turn.effects.push(to, &event, key(change, "removed"));
        turn.effects
            .event(DomainEvent::MemberRemoved(MemberRemoved {
                last_seq,
                ..event
            }));
    }
    if !staying.is_empty() {
        let role = |member: &&MemberDoc| RoleChange {
            user_id: member.user_id,
            role: member.role,
        };
        let event = ConversationUpdated {
            conversation_id: turn.id.clone(),
            change: Some(change.number()),
            actor_id: change.actor,
            name: None,
            avatar_url: None,
            ended_at: None,
            roles: staying.iter().map(role).collect(),
            me: None,
        };
        turn.effects.push(everybody, &event, key(change, "updated"));
        turn.effects.event(DomainEvent::ConversationUpdated(event));
    }
}
