//! `conversation:add-member`

use mongodb::bson::DateTime;
use warren_topology::{
    actions::chat::AddMembers,
    events::{ConversationInvited, DomainEvent, GroupInviteCreated, MemberAdded},
    failure::{ErrorCode, Failure},
    ids::UserId,
    payload::{
        self,
        chat::{Conversation as View, MemberRole, SystemEvent, SystemEventKind},
    },
};

use super::{
    group::{everybody, key, moderated_group, own_view, shared},
    history,
};
use crate::{
    chat::{
        change::{ChangeDoc, Shared, What},
        store::{MemberDoc, timestamp},
        turn::{Ordered, Turn},
        view,
    },
    core::Answer,
};

impl Ordered for AddMembers {
    const CHANGES: bool = true;
    const SHOWS_MEMBERS: bool = true;

    fn apply(
        turn: &mut Turn<'_>,
        payload: &payload::chat::AddMembers,
    ) -> Result<Answer<View>, Failure> {
        let change = match turn.changed.take() {
            Some(change) => change,
            None => {
                let newcomers = newcomers(turn, &payload.users())?;
                if newcomers.is_empty() {
                    return Ok(own_view(turn)?.into());
                }
                let what = added(turn, &newcomers)?;
                turn.change(what)?
            }
        };
        announce(turn, &change)?;
        history::record(turn, &change)?;
        Ok(own_view(turn)?.into())
    }

    fn writes(_payload: &payload::chat::AddMembers, command: &str) -> Option<String> {
        Some(command.to_owned())
    }

    fn people(payload: &payload::chat::AddMembers) -> Vec<UserId> {
        payload.users()
    }
}

/// Those who are to be added and are not members yet, if all of them exist and there is room.
fn newcomers(turn: &mut Turn<'_>, users: &[UserId]) -> Result<Vec<UserId>, Failure> {
    let (people, limit) = (turn.people, turn.rules.max_group_members as usize);
    let (group, _) = moderated_group(turn)?;
    // Whoever cannot be looked up now may exist: nothing is done, and the client may ask again.
    let people = people.as_ref().map_err(|_| Failure::unavailable())?;
    if let Some(id) = users.iter().find(|id| !people.contains_key(id)) {
        return Err(Failure::new(
            ErrorCode::NotFound,
            format!("There is no user {id}."),
        ));
    }
    let new = users.iter().filter(|user| group.member(**user).is_none());
    let new: Vec<UserId> = new.copied().collect();
    let count = group.members.len();
    turn.may_gather(&new)?;
    if !new.is_empty() && count + new.len() > limit {
        let message = format!("a group has at most {limit} members");
        return Err(Failure::invalid("userIds", message));
    }
    Ok(new)
}

fn added(turn: &mut Turn<'_>, newcomers: &[UserId]) -> Result<What, Failure> {
    let user = turn.user;
    let (group, _) = moderated_group(turn)?;
    let (now, last) = (DateTime::now(), group.doc.last_seq);
    let member =
        |user: &UserId| MemberDoc::new(&group.doc.id, *user, MemberRole::Member, now, last);
    Ok(What {
        members: newcomers.iter().map(member).collect(),
        shared: Some(Shared {
            member_count: (group.members.len() + newcomers.len()) as i32,
            ..shared(group)
        }),
        system: Some(SystemEvent::new(
            SystemEventKind::MembersAdded,
            user,
            newcomers.to_vec(),
        )),
        ..What::default()
    })
}

/// Tells those who were members before, and the new ones, whose view of the group is the same but for who they are.
fn announce(turn: &mut Turn<'_>, change: &ChangeDoc) -> Result<(), Failure> {
    let people = turn.known_people();
    let new: Vec<UserId> = change.what.members.iter().map(|m| m.user_id).collect();
    let (present, others): (Vec<UserId>, Vec<UserId>) = everybody(turn)
        .into_iter()
        .partition(|user| new.contains(user));
    let conversation = turn.conversation();
    let conversation = conversation.ok_or_else(|| Failure::not_found("conversation"))?;
    let event = MemberAdded {
        conversation_id: turn.id.clone(),
        actor_id: change.actor,
        user_ids: new.clone(),
        members: change
            .what
            .members
            .iter()
            .map(|member| view::member(member, turn.user, people))
            .collect(),
        member_count: change
            .what
            .shared
            .as_ref()
            .map_or(0, |shared| shared.member_count.unsigned_abs()),
        change: change.number(),
    };
    let invited = present
        .first()
        .map(|first| view::brief(conversation, *first, people))
        .transpose()?;
    let name = conversation.doc.name.clone().unwrap_or_default();
    turn.effects.push(others, &event, key(change, "added"));
    if let Some(conversation) = invited {
        let event = ConversationInvited {
            conversation_id: turn.id.clone(),
            invited_by: change.actor,
            conversation,
        };
        turn.effects.push(present, &event, key(change, "invited"));
    }
    turn.effects.event(DomainEvent::MemberAdded(event));
    turn.effects
        .event(DomainEvent::GroupInviteCreated(GroupInviteCreated {
            conversation_id: turn.id.clone(),
            name,
            invited_by: change.actor,
            recipients: new,
            change: change.number(),
            at: timestamp(change.at),
        }));
    Ok(())
}
