//! `conversation:update`

use warren_topology::{
    actions::chat::UpdateConversation,
    events::{ConversationUpdated, DomainEvent},
    failure::Failure,
    payload::{
        self,
        chat::{Conversation as View, SystemEvent, SystemEventKind},
    },
};

use super::{
    group::{everybody, key, moderated_group, own_view, shared},
    history,
};
use crate::{
    chat::{
        change::{Shared, What},
        turn::{Ordered, Turn},
    },
    core::Answer,
};

impl Ordered for UpdateConversation {
    const CHANGES: bool = true;
    const SHOWS_MEMBERS: bool = true;

    fn apply(
        turn: &mut Turn<'_>,
        payload: &payload::chat::UpdateConversation,
    ) -> Result<Answer<View>, Failure> {
        let change = match turn.changed.take() {
            Some(change) => change,
            None => match wanted(turn, payload)? {
                Some(what) => turn.change(what)?,
                None => return Ok(own_view(turn)?.into()),
            },
        };
        if let Some(system) = &change.what.system {
            let event = ConversationUpdated {
                conversation_id: turn.id.clone(),
                change: Some(change.number()),
                actor_id: change.actor,
                name: system.name.clone(),
                avatar_url: system.avatar_url.clone(),
                ended_at: None,
                roles: Vec::new(),
                me: None,
            };
            turn.effects
                .push(everybody(turn), &event, key(&change, "updated"));
            turn.effects.event(DomainEvent::ConversationUpdated(event));
        }
        history::record(turn, &change)?;
        Ok(own_view(turn)?.into())
    }

    fn writes(_payload: &payload::chat::UpdateConversation, command: &str) -> Option<String> {
        Some(command.to_owned())
    }
}

/// What is to be other than it is; nothing if all is as wanted.
fn wanted(
    turn: &mut Turn<'_>,
    payload: &payload::chat::UpdateConversation,
) -> Result<Option<What>, Failure> {
    let user = turn.user;
    let (group, _) = moderated_group(turn)?;
    let now = shared(group);
    let name = payload.name.as_deref().map(|name| name.trim().to_owned());
    let name = name.filter(|name| now.name.as_ref() != Some(name));
    let avatar = payload.avatar_url.clone();
    let avatar = avatar.filter(|url| now.avatar_url.as_deref().unwrap_or_default() != url);
    if name.is_none() && avatar.is_none() {
        return Ok(None);
    }
    let avatar_url = match &avatar {
        Some(url) if url.is_empty() => None,
        Some(url) => Some(url.clone()),
        None => now.avatar_url.clone(),
    };
    let system = SystemEvent {
        name: name.clone(),
        avatar_url: avatar,
        ..SystemEvent::new(SystemEventKind::Updated, user, Vec::new())
    };
    Ok(Some(What {
        shared: Some(Shared {
            name: name.or(now.name.clone()),
            avatar_url,
            ..now
        }),
        system: Some(system),
        ..What::default()
    }))
}
