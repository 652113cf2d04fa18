//! `conversation:change-role`, and by the names of what it does `conversation:promote`, `conversation:demote` and
//! `conversation:transfer`

use warren_topology::{
    actions::chat::{ChangeRole, Demote, Promote, Transfer},
    failure::{ErrorCode, Failure},
    ids::UserId,
    payload::{
        self,
        chat::{Conversation as View, MemberRef, MemberRole, SystemEvent, SystemEventKind},
    },
};

use super::{
    group::{member, own_view, owned_group},
    history, leave,
};
use crate::{
    chat::{
        change::What,
        store::MemberDoc,
        turn::{Ordered, Turn},
    },
    core::Answer,
};

impl Ordered for ChangeRole {
    const CHANGES: bool = true;
    const SHOWS_MEMBERS: bool = true;

    fn apply(
        turn: &mut Turn<'_>,
        payload: &payload::chat::ChangeRole,
    ) -> Result<Answer<View>, Failure> {
        change_role(turn, payload.user_id, payload.role)
    }

    fn writes(_payload: &payload::chat::ChangeRole, command: &str) -> Option<String> {
        Some(command.to_owned())
    }
}

macro_rules! to_role {
    ($($action:ty => $role:expr;)+) => {
        $(impl Ordered for $action {
            const CHANGES: bool = true;
            const SHOWS_MEMBERS: bool = true;

            fn apply(turn: &mut Turn<'_>, payload: &MemberRef) -> Result<Answer<View>, Failure> {
                change_role(turn, payload.user_id, $role)
            }

            fn writes(_payload: &MemberRef, command: &str) -> Option<String> {
                Some(command.to_owned())
            }
        })+
    };
}

to_role! {
    Promote => MemberRole::Moderator;
    Demote => MemberRole::Member;
    Transfer => MemberRole::Owner;
}

fn change_role(
    turn: &mut Turn<'_>,
    user: UserId,
    role: MemberRole,
) -> Result<Answer<View>, Failure> {
    let change = match turn.changed.take() {
        Some(change) => change,
        None => match wanted(turn, user, role)? {
            Some(what) => turn.change(what)?,
            None => return Ok(own_view(turn)?.into()),
        },
    };
    leave::announce(turn, &change);
    history::record(turn, &change)?;
    Ok(own_view(turn)?.into())
}

/// The members as they are to be; nothing if they are so.
fn wanted(turn: &mut Turn<'_>, user: UserId, role: MemberRole) -> Result<Option<What>, Failure> {
    let (group, own) = owned_group(turn)?;
    let member = member(group, user)?;
    if member.role == role {
        return Ok(None);
    }
    if member.user_id == own.user_id {
        return Err(Failure::new(
            ErrorCode::Conflict,
            "A group has an owner at all times: hand it over to somebody else.",
        ));
    }
    let mut members = vec![MemberDoc {
        role,
        ..member.clone()
    }];
    if role == MemberRole::Owner {
        members.push(MemberDoc {
            role: MemberRole::Moderator,
            ..own.clone()
        });
    }
    let system = SystemEvent {
        role: Some(role),
        ..SystemEvent::new(SystemEventKind::RoleChanged, own.user_id, vec![user])
    };
    Ok(Some(What {
        members,
        system: Some(system),
        ..What::default()
    }))
}
