//! `typing`

use std::{
    collections::{BTreeSet, HashMap, HashSet},
    time::Instant,
};

use futures_util::TryStreamExt;
use mongodb::{bson::doc, error::Error};
use serde::Deserialize;
use warren_topology::{
    events::UserTyping,
    failure::Failure,
    ids::{ConversationId, UserId},
    payload::chat::{ConversationRef, RequestState, Typing},
};

use super::throttle::Throttle;
use crate::{
    chat::{blocks::Blocks, store::Store},
    core::{Answer, Effects, Fault},
};

/// How many conversations' members are read at a time.
const AT_ONCE: usize = 50;

/// Who is to learn of what is signalled in conversations.
pub(super) struct Audiences {
    members: HashMap<ConversationId, Vec<Member>>,
    /// Conversations in which nobody learns anything.
    silent: HashSet<ConversationId>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Member {
    conversation_id: ConversationId,
    user_id: UserId,
    #[serde(default)]
    request: Option<RequestState>,
}

impl Audiences {
    /// Reads the members of conversations as they are now.
    pub(super) async fn load(
        store: &Store,
        blocks: &Blocks,
        conversations: &BTreeSet<ConversationId>,
    ) -> Result<Self, Error> {
        let ids: Vec<&ConversationId> = conversations.iter().collect();
        let mut members: HashMap<ConversationId, Vec<Member>> = HashMap::new();
        for ids in ids.chunks(AT_ONCE) {
            for id in ids {
                members.insert((*id).clone(), Vec::new());
            }
            let ids: Vec<&str> = ids.iter().map(|id| id.as_str()).collect();
            let found = store.members.clone_with_type::<Member>();
            let mut found = found
                .find(doc! { "conversationId": { "$in": ids }, "leftAt": null })
                .projection(doc! { "conversationId": 1, "userId": 1, "request": 1 })
                .await?;
            while let Some(member) = found.try_next().await? {
                if let Some(known) = members.get_mut(&member.conversation_id) {
                    known.push(member);
                }
            }
        }
        let mut silent = blocks.blocked(&ids).await?;
        // Who has not agreed to talk does not show that they are there, nor see it of the other.
        let is_open = |member: &Member| {
            member.request.unwrap_or(RequestState::Accepted) != RequestState::Accepted
        };
        silent.extend(
            members
                .iter()
                .filter(|(_, members)| members.iter().any(is_open))
                .map(|(id, _)| id.clone()),
        );
        Ok(Self { members, silent })
    }
}

/// Tells the other members who show the conversation.
///
/// # Errors
/// `NOT_FOUND` when it is not for the caller to know of.
pub(super) fn tell(
    audiences: &Audiences,
    throttle: &mut Throttle,
    user: UserId,
    typing: Typing,
    now: Instant,
    effects: &mut Effects,
) -> Result<Answer<ConversationRef>, Fault> {
    let id = typing.conversation_id.clone();
    // What has been told often enough needs no audience.
    if throttle.allows(user, &typing, now)
        && let Some(members) = audiences.members.get(&id)
    {
        if !members.iter().any(|member| member.user_id == user) {
            return Err(Failure::not_found("conversation").into());
        }
        throttle.note(user, &typing, now);
        if !audiences.silent.contains(&id) {
            let others = members.iter().filter(|member| member.user_id != user);
            let event = UserTyping {
                conversation_id: id.clone(),
                user_id: user,
                is_typing: typing.is_typing,
            };
            let others = others.map(|member| member.user_id).collect();
            effects.signal(others, id.as_str(), &event);
        }
    }
    Ok(ConversationRef {
        conversation_id: id,
    }
    .into())
}
