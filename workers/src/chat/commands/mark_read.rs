//! `conversation:mark-read`

use warren_topology::{
    actions::chat::MarkRead,
    events::{ConversationRead, DomainEvent},
    failure::Failure,
    ids::Seq,
    payload::{self, chat::ReadState},
};

use crate::{
    chat::turn::{Ordered, Turn},
    core::Answer,
};

impl Ordered for MarkRead {
    fn apply(
        turn: &mut Turn<'_>,
        payload: &payload::chat::MarkRead,
    ) -> Result<Answer<ReadState>, Failure> {
        read(turn, payload.seq)
    }
}

/// Moves how far the caller has read, never back; to the end if no place is given.
pub(super) fn read(turn: &mut Turn<'_>, seq: Option<Seq>) -> Result<Answer<ReadState>, Failure> {
    let (user, redelivered) = (turn.user, turn.redelivered);
    let conversation = turn.own_conversation()?;
    let last = conversation.last_seq();
    let watchers = conversation.watchers(user);
    let Some(member) = conversation.member_mut(user) else {
        return Err(Failure::not_found("conversation"));
    };
    let wanted = seq.unwrap_or(last).min(last);
    let before = Seq(member.last_read_seq.unsigned_abs());
    let read = before.max(wanted);
    member.last_read_seq = read.0 as i64;
    member.last_delivered_seq = member.last_delivered_seq.max(member.last_read_seq);
    let known = read.0.max(member.cleared().unsigned_abs());
    let event = ConversationRead {
        conversation_id: turn.id.clone(),
        user_id: user,
        last_read_seq: read,
    };
    if read > before || redelivered {
        turn.watermark();
        turn.effects
            .push(watchers, &event, format!("read:{}:{user}:{read}", turn.id));
    }
    // Who looks at a conversation of which they know everything has seen what they were notified of besides its messages.
    if read > before || redelivered || read == last {
        turn.effects.event(DomainEvent::ConversationRead(event));
    }
    let unread = last.0.saturating_sub(known);
    Ok(ReadState {
        conversation_id: turn.id.clone(),
        last_read_seq: read,
        unread,
    }
    .into())
}
