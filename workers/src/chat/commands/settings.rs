//! `conversation:settings`

use mongodb::bson::DateTime;
use warren_topology::{
    actions::chat::UpdateSettings,
    events::ConversationUpdated,
    failure::Failure,
    payload::{self, Timestamp, chat::ConversationSettings},
};

use super::group::key;
use crate::{
    chat::{
        change::What,
        store::MemberDoc,
        turn::{Ordered, Turn},
        view,
    },
    core::Answer,
};

impl Ordered for UpdateSettings {
    const CHANGES: bool = true;

    fn apply(
        turn: &mut Turn<'_>,
        payload: &payload::chat::UpdateSettings,
    ) -> Result<Answer<ConversationSettings>, Failure> {
        let change = match turn.changed.take() {
            Some(change) => Some(change),
            None => match wanted(turn, payload)? {
                Some(own) => Some(turn.change(What {
                    members: vec![own],
                    private: true,
                    ..What::default()
                })?),
                None => None,
            },
        };
        let user = turn.user;
        let conversation = turn.own_conversation()?;
        let own = conversation.member(user);
        let own = own.ok_or_else(|| Failure::not_found("conversation"))?;
        let me = view::own_state(&conversation.doc, own);
        let number = conversation.doc.change_for(own).unsigned_abs();
        if let Some(change) = change {
            let event = ConversationUpdated {
                conversation_id: turn.id.clone(),
                change: Some(change.number()),
                actor_id: user,
                name: None,
                avatar_url: None,
                ended_at: None,
                roles: Vec::new(),
                me: Some(me.clone()),
            };
            turn.effects
                .push(vec![user], &event, key(&change, "settings"));
        }
        Ok(ConversationSettings {
            conversation_id: turn.id.clone(),
            change: number,
            me,
        }
        .into())
    }
}

/// The caller's row as it is to be; nothing if it is so.
fn wanted(
    turn: &mut Turn<'_>,
    payload: &payload::chat::UpdateSettings,
) -> Result<Option<MemberDoc>, Failure> {
    let user = turn.user;
    if payload
        .muted_until
        .is_some_and(|until| until <= Timestamp::now())
    {
        return Err(Failure::invalid("mutedUntil", "must be in the future"));
    }
    let now = turn.own_conversation()?.member(user).cloned();
    let now = now.ok_or_else(|| Failure::not_found("conversation"))?;
    let mut own = now.clone();
    if let Some(muted) = payload.muted {
        own.muted = muted;
        let until = payload.muted_until.map(|until| until.as_millis());
        own.muted_until = until.map(DateTime::from_millis);
    }
    if let Some(pinned) = payload.pinned {
        own.pinned = pinned;
    }
    // What was deleted stays so until it is listed again.
    if let Some(hidden) = payload.hidden
        && hidden != own.hidden
    {
        own.hidden = hidden;
        own.deleted = None;
    }
    Ok((own != now).then_some(own))
}
