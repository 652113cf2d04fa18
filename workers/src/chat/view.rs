//! Conversations as one of their members sees them.

use warren_topology::{
    failure::Failure,
    ids::{Seq, UserId},
    payload::chat::{Conversation, Member, OwnState, RequestState},
};

use super::{
    conversation::Conversation as Held,
    store::{ConversationDoc, MemberDoc, MessageDoc, timestamp},
    turn::People,
};

/// How many members a conversation shows where not all are asked for.
pub const SHOWN_MEMBERS: usize = 10;

/// A conversation as `user` sees it, with the first of its members.
///
/// # Errors
/// `NOT_FOUND` when the user is no member.
pub fn brief(of: &Held, user: UserId, people: &People) -> Result<Conversation, Failure> {
    let own = of.member(user);
    let own = own.ok_or_else(|| Failure::not_found("conversation"))?;
    let first = &of.members[..of.members.len().min(SHOWN_MEMBERS)];
    Ok(with_own(&of.doc, own, first, people))
}

/// A conversation as `user` sees it, with the given of its members.
///
/// # Errors
/// `NOT_FOUND` when the user is not among the members.
pub fn conversation(
    doc: &ConversationDoc,
    members: &[MemberDoc],
    user: UserId,
    people: &People,
) -> Result<Conversation, Failure> {
    let own = members.iter().find(|member| member.user_id == user);
    let own = own.ok_or_else(|| Failure::not_found("conversation"))?;
    Ok(with_own(doc, own, members, people))
}

/// A conversation with the caller's own row and some of its members.
#[must_use]
pub fn with_own(
    doc: &ConversationDoc,
    own: &MemberDoc,
    members: &[MemberDoc],
    people: &People,
) -> Conversation {
    Conversation {
        id: doc.id.clone(),
        kind: doc.kind,
        name: doc.name.clone(),
        avatar_url: doc.avatar_url.clone(),
        created_by: doc.created_by,
        created_at: timestamp(doc.created_at),
        last_seq: seq(doc.last_seq),
        last_change: doc.change_for(own).unsigned_abs(),
        last_activity_at: timestamp(doc.last_activity_at),
        last_message: doc
            .last_message
            .as_ref()
            .filter(|message| message.s > own.cleared())
            .map(MessageDoc::view),
        ended_at: doc.ended_at.map(timestamp),
        member_count: doc.member_count.unsigned_abs(),
        members: members
            .iter()
            .map(|member| self::member(member, own.user_id, people))
            .collect(),
        me: own_state(doc, own),
    }
}

/// A member's own state.
#[must_use]
pub fn own_state(doc: &ConversationDoc, own: &MemberDoc) -> OwnState {
    let known = own.last_read_seq.max(own.cleared());
    OwnState {
        role: own.role,
        last_read_seq: seq(own.last_read_seq),
        unread: (doc.last_seq - known).max(0).unsigned_abs(),
        muted: own.is_muted(),
        muted_until: own.muted_until.filter(|_| own.is_muted()).map(timestamp),
        pinned: own.pinned,
        hidden: own.hidden,
        request: own.request(),
    }
}

/// A member as `viewer` sees them. How far somebody has read who has not agreed to talk is for nobody else to know.
#[must_use]
pub fn member(member: &MemberDoc, viewer: UserId, people: &People) -> Member {
    let known = people.get(&member.user_id);
    let is_shown = member.user_id == viewer || member.request() == RequestState::Accepted;
    let mark = |stored| {
        if is_shown {
            seq(stored)
        } else {
            Seq::default()
        }
    };
    Member {
        user_id: member.user_id,
        role: member.role,
        // An account that is gone has no name; clients show it as deleted.
        username: known.map(|user| user.username.clone()).unwrap_or_default(),
        display_name: known
            .map(|user| user.display_name.clone())
            .unwrap_or_default(),
        avatar_url: known.and_then(|user| user.avatar_url.clone()),
        last_read_seq: mark(member.last_read_seq),
        last_delivered_seq: mark(member.last_delivered_seq),
        request: member.request(),
    }
}

fn seq(stored: i64) -> Seq {
    Seq(stored.unsigned_abs())
}
