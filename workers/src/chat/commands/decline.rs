//! `conversation:decline`

use warren_topology::{
    actions::chat::Decline,
    failure::{ErrorCode, Failure},
    payload::{
        self,
        chat::{Conversation as View, RequestState},
    },
};

use super::{group::own_view, request};
use crate::{
    chat::{
        change::What,
        store::MemberDoc,
        turn::{Ordered, Turn},
    },
    core::Answer,
};

impl Ordered for Decline {
    const CHANGES: bool = true;
    const SHOWS_MEMBERS: bool = true;

    fn apply(
        turn: &mut Turn<'_>,
        _payload: &payload::chat::ConversationRef,
    ) -> Result<Answer<View>, Failure> {
        let change = match turn.changed.take() {
            Some(change) => change,
            None => {
                let own = request::asked(turn)?.ok_or_else(|| {
                    let text = "This conversation has been accepted. Delete it or block the other.";
                    Failure::new(ErrorCode::Conflict, text)
                })?;
                if own.request() == RequestState::Declined {
                    return Ok(own_view(turn)?.into());
                }
                turn.change(What {
                    members: vec![MemberDoc {
                        request: Some(RequestState::Declined),
                        hidden: true,
                        ..own
                    }],
                    ..What::default()
                })?
            }
        };
        request::tell(turn, &change, false);
        Ok(own_view(turn)?.into())
    }
}
