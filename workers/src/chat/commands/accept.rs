//! `conversation:accept`

use warren_topology::{
    actions::chat::Accept,
    failure::Failure,
    payload::{self, chat::Conversation as View},
};

use super::{
    group::{not_over, own_view},
    request,
};
use crate::{
    chat::turn::{Ordered, Turn},
    core::Answer,
};

impl Ordered for Accept {
    const CHANGES: bool = true;
    const SHOWS_MEMBERS: bool = true;

    fn apply(
        turn: &mut Turn<'_>,
        _payload: &payload::chat::ConversationRef,
    ) -> Result<Answer<View>, Failure> {
        let change = match turn.changed.take() {
            Some(change) => change,
            None => match request::asked(turn)? {
                Some(own) => {
                    not_over(turn.own_conversation()?)?;
                    turn.change(request::accepted(own))?
                }
                None => return Ok(own_view(turn)?.into()),
            },
        };
        request::tell(turn, &change, false);
        Ok(own_view(turn)?.into())
    }
}
