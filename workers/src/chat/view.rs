//! Conversations as one of their members sees them.

use warren_topology::{
    failure::Failure,
    ids::{Seq, UserId},
    payload::chat::{Conversation, Member, OwnState},
};

use super::{
    store::{ConversationDoc, MemberDoc, MessageDoc, timestamp},
    turn::People,
};

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
        created_by: doc.created_by,
        created_at: timestamp(doc.created_at),
        last_seq: seq(doc.last_seq),
        last_change: doc.last_change.unsigned_abs(),
        last_activity_at: timestamp(doc.last_activity_at),
        last_message: doc.last_message.as_ref().map(MessageDoc::view),
        member_count: doc.member_count.unsigned_abs(),
        members: members.iter().map(|member| one(member, people)).collect(),
        me: OwnState {
            role: own.role,
            last_read_seq: seq(own.last_read_seq),
            unread: (doc.last_seq - own.last_read_seq).max(0).unsigned_abs(),
            muted: own.muted,
            pinned: own.pinned,
            hidden: own.hidden,
        },
    }
}

fn one(member: &MemberDoc, people: &People) -> Member {
    let known = people.get(&member.user_id);
    Member {
        user_id: member.user_id,
        role: member.role,
        // An account that is gone has no name; clients show it as deleted.
        username: known.map(|user| user.username.clone()).unwrap_or_default(),
        display_name: known
            .map(|user| user.display_name.clone())
            .unwrap_or_default(),
        avatar_url: known.and_then(|user| user.avatar_url.clone()),
        last_read_seq: seq(member.last_read_seq),
        last_delivered_seq: seq(member.last_delivered_seq),
    }
}

fn seq(stored: i64) -> Seq {
    Seq(stored.unsigned_abs())
}
