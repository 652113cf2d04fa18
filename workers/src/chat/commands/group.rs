//! What commands on groups have in common.

use warren_topology::{
    failure::Failure,
    ids::UserId,
    payload::chat::{Conversation as View, ConversationDone, ConversationType, MemberRole},
};

use crate::chat::{
    change::{ChangeDoc, Shared},
    conversation::Conversation,
    store::MemberDoc,
    turn::Turn,
    view,
};

/// The group, of which the caller is a member, and what they may do in it.
///
/// # Errors
/// `NOT_FOUND` when it is not for the caller to know of, `FORBIDDEN` when it is a direct conversation.
pub(super) fn own_group<'t>(
    turn: &'t mut Turn<'_>,
) -> Result<(&'t Conversation, &'t MemberDoc), Failure> {
    let user = turn.user;
    let conversation: &Conversation = turn.own_conversation()?;
    if conversation.doc.kind != ConversationType::Group {
        return Err(Failure::forbidden("This is possible in groups only."));
    }
    let own = conversation.member(user);
    let own = own.ok_or_else(|| Failure::not_found("conversation"))?;
    Ok((conversation, own))
}

/// The same, when the caller is the owner or a moderator.
///
/// # Errors
/// As [`own_group`]; `FORBIDDEN` when the caller is neither.
pub(super) fn moderated_group<'t>(
    turn: &'t mut Turn<'_>,
) -> Result<(&'t Conversation, &'t MemberDoc), Failure> {
    let (group, own) = own_group(turn)?;
    if own.role == MemberRole::Member {
        return Err(Failure::forbidden(
            "Only the group's owner and moderators may do this.",
        ));
    }
    Ok((group, own))
}

/// The same, when the caller is the owner.
///
/// # Errors
/// As [`own_group`]; `FORBIDDEN` when somebody else is.
pub(super) fn owned_group<'t>(
    turn: &'t mut Turn<'_>,
) -> Result<(&'t Conversation, &'t MemberDoc), Failure> {
    let (group, own) = own_group(turn)?;
    if own.role != MemberRole::Owner {
        return Err(Failure::forbidden("Only the group's owner may do this."));
    }
    Ok((group, own))
}

/// A member by user.
///
/// # Errors
/// `NOT_FOUND` when they are none.
pub(super) fn member(group: &Conversation, user: UserId) -> Result<&MemberDoc, Failure> {
    group
        .member(user)
        .ok_or_else(|| Failure::not_found("member"))
}

/// What everybody sees of a conversation now.
pub(super) fn shared(conversation: &Conversation) -> Shared {
    Shared {
        name: conversation.doc.name.clone(),
        avatar_url: conversation.doc.avatar_url.clone(),
        member_count: conversation.doc.member_count,
        ended_at: conversation.doc.ended_at,
    }
}

/// Makes sure that something can still be written.
///
/// # Errors
/// `FORBIDDEN` when the account of the other is gone.
pub(super) fn not_over(conversation: &Conversation) -> Result<(), Failure> {
    if conversation.doc.ended_at.is_some() {
        return Err(Failure::forbidden(
            "The account of the other has been deleted, so nothing can be written here any more.",
        ));
    }
    Ok(())
}

/// Whoever is a member now.
pub(super) fn everybody(turn: &Turn<'_>) -> Vec<UserId> {
    turn.conversation()
        .map(Conversation::users)
        .unwrap_or_default()
}

/// The conversation as the caller sees it.
///
/// # Errors
/// `NOT_FOUND` when the caller is no longer a member.
pub(super) fn own_view(turn: &mut Turn<'_>) -> Result<View, Failure> {
    let (user, people) = (turn.user, turn.known_people());
    view::brief(turn.own_conversation()?, user, people)
}

/// The key of what is told of a change: the same whenever it is told again.
pub(super) fn key(change: &ChangeDoc, what: &str) -> String {
    format!("{what}:{}:{}", change.c, change.n)
}

/// The answer to what takes a conversation away from the caller, or somebody from it.
pub(super) fn done(change: &ChangeDoc) -> ConversationDone {
    ConversationDone {
        conversation_id: change.c.clone(),
        change: change.number(),
    }
}
