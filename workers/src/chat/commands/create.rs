//! `conversation:create`

use warren_topology::{
    actions::chat::CreateConversation,
    events::{ConversationCreated, DomainEvent, GroupInviteCreated},
    failure::{ErrorCode, Failure},
    ids::UserId,
    payload::{
        self,
        chat::{Conversation as View, ConversationType},
    },
};

use crate::{
    chat::{
        conversation::Conversation,
        store::timestamp,
        turn::{Ordered, People, Turn},
        view,
    },
    core::Answer,
};

impl Ordered for CreateConversation {
    fn apply(
        turn: &mut Turn<'_>,
        payload: &payload::chat::CreateConversation,
    ) -> Result<Answer<View>, Failure> {
        // Whoever cannot be looked up now may exist: nothing is done, and the client may ask again.
        let people = turn.people.as_ref().map_err(|_| Failure::unavailable())?;
        if turn.conversation().is_none() {
            let conversation = create(turn, payload, people)?;
            turn.create(conversation);
        }
        let own_command = turn.request.id;
        let conversation = turn.own_conversation()?.clone();
        let view = view::conversation(&conversation.doc, &conversation.members, turn.user, people)?;
        if conversation.doc.creation != own_command {
            return Ok(Answer::from(view).with_status(200));
        }
        announce(turn, &conversation, &view, people)?;
        Ok(view.into())
    }

    fn people(payload: &payload::chat::CreateConversation) -> Vec<UserId> {
        payload.participant_ids.clone()
    }
}

fn create(
    turn: &Turn<'_>,
    payload: &payload::chat::CreateConversation,
    people: &People,
) -> Result<Conversation, Failure> {
    let missing = payload
        .participant_ids
        .iter()
        .find(|id| !people.contains_key(id));
    if let Some(id) = missing {
        return Err(Failure::new(
            ErrorCode::NotFound,
            format!("There is no user {id}."),
        ));
    }
    if payload.kind == ConversationType::Group {
        turn.may_gather(&payload.participant_ids)?;
    }
    let name = payload.name.as_deref().map(|name| name.trim().to_owned());
    let others = &payload.participant_ids;
    let conversation = Conversation::create(
        turn.id.clone(),
        payload.kind,
        name,
        turn.user,
        others,
        turn.request.id,
    );
    if conversation.members.len() > turn.rules.max_group_members as usize {
        let message = format!(
            "a group has at most {} members",
            turn.rules.max_group_members
        );
        return Err(Failure::invalid("participantIds", message));
    }
    if conversation.members.len() < 2 {
        return Err(Failure::invalid(
            "participantIds",
            "must name somebody besides yourself",
        ));
    }
    Ok(conversation)
}

/// Tells the members: the creator, and everybody else, whose view of it is the same but for who they are.
fn announce(
    turn: &mut Turn<'_>,
    conversation: &Conversation,
    own: &View,
    people: &People,
) -> Result<(), Failure> {
    let creator = turn.user;
    let others: Vec<UserId> = conversation
        .users()
        .into_iter()
        .filter(|user| *user != creator)
        .collect();
    let event = |conversation: View| ConversationCreated {
        conversation_id: conversation.id.clone(),
        conversation,
    };
    let key = format!("created:{}", conversation.doc.id);
    turn.effects
        .push(vec![creator], &event(own.clone()), key.clone());
    if let Some(other) = others.first() {
        let view = view::conversation(&conversation.doc, &conversation.members, *other, people)?;
        turn.effects
            .push(others.clone(), &event(view), format!("{key}:others"));
    }
    if conversation.doc.kind == ConversationType::Group {
        turn.effects
            .event(DomainEvent::GroupInviteCreated(GroupInviteCreated {
                conversation_id: conversation.doc.id.clone(),
                name: conversation.doc.name.clone().unwrap_or_default(),
                invited_by: creator,
                recipients: others,
                change: 0,
                at: timestamp(conversation.doc.created_at),
            }));
    }
    Ok(())
}
