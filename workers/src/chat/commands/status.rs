//! `message:delivered`, `message:read`

use warren_topology::{
    actions::chat::{MessageDelivered, MessageRead},
    failure::Failure,
    ids::Seq,
    payload::chat::{DeliveryState, MessageRef, MessageStatus, ReadState},
};

use super::mark_read;
use crate::{
    chat::turn::{Ordered, Turn},
    core::Answer,
};

impl Ordered for MessageDelivered {
    fn apply(turn: &mut Turn<'_>, payload: &MessageRef) -> Result<Answer<DeliveryState>, Failure> {
        let seq = existing(turn, payload)?;
        let (user, redelivered) = (turn.user, turn.redelivered);
        let member = turn.own_conversation()?.member_mut(user);
        let member = member.ok_or_else(|| Failure::not_found("conversation"))?;
        let before = Seq(member.last_delivered_seq.unsigned_abs());
        let delivered = before.max(seq);
        member.last_delivered_seq = delivered.0 as i64;
        if delivered > before || redelivered {
            turn.watermark();
            turn.status(MessageStatus::Delivered, delivered);
        }
        Ok(DeliveryState {
            conversation_id: turn.id.clone(),
            last_delivered_seq: delivered,
        }
        .into())
    }
}

impl Ordered for MessageRead {
    fn apply(turn: &mut Turn<'_>, payload: &MessageRef) -> Result<Answer<ReadState>, Failure> {
        let seq = existing(turn, payload)?;
        let answer = mark_read::read(turn, Some(seq))?;
        if answer.data.last_read_seq == seq {
            turn.status(MessageStatus::Read, seq);
        }
        Ok(answer)
    }
}

/// The place of a message that exists, in a conversation of the caller's.
fn existing(turn: &mut Turn<'_>, payload: &MessageRef) -> Result<Seq, Failure> {
    let (last, seq) = (
        turn.own_conversation()?.last_seq(),
        payload.message_id.seq(),
    );
    if seq == Seq::default() || seq > last {
        return Err(Failure::not_found("message"));
    }
    Ok(seq)
}
