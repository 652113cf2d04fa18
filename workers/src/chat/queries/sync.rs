//! `conversation:sync`

use std::{cmp::Reverse, collections::HashMap};

use futures_util::future::try_join_all;
use warren_topology::{
    failure::Failure,
    ids::{ConversationId, Seq, UserId},
    payload::chat::{Conversation, Held, Message, Sync, Synced, SyncedConversation},
};

use super::QueryDesk;
use crate::{
    chat::store::{ConversationDoc, MemberDoc, MessageDoc},
    core::{Answer, Fault},
};

/// The most conversations in one answer, and how many are compared at a time.
const PAGE: usize = 50;
/// How many conversations' messages are read at a time.
const AT_ONCE: usize = 10;
/// The most messages per conversation, when none is asked for.
const MESSAGES: u32 = 100;
/// An answer of this size takes no further conversation.
const ENOUGH_BYTES: usize = 256 << 10;
/// What a message takes besides its text, about.
const MESSAGE_BYTES: usize = 400;

/// Answers page by page in the order of ids, which never changes: whatever happens between two pages is either on a later
/// one or arrives as an event.
pub(super) async fn handle(
    desk: &QueryDesk,
    user: UserId,
    payload: Sync,
) -> Result<Answer<Synced>, Fault> {
    let after = payload
        .cursor
        .as_deref()
        .map(|cursor| {
            let id = cursor.parse::<ConversationId>();
            id.map_err(|_| Failure::invalid("cursor", "must be the nextCursor of a page"))
        })
        .transpose()?;
    let limit = payload.limit.unwrap_or(MESSAGES);
    let held: HashMap<&ConversationId, &Held> = payload
        .conversations
        .iter()
        .map(|held| (&held.0.id, &held.0))
        .collect();
    let own = desk.together.rows.one(user).await?;
    let mut own = own.unwrap_or_default();
    own.sort_unstable_by(|one, other| one.conversation_id.cmp(&other.conversation_id));
    let gone = if after.is_none() {
        let is_member = |id: &ConversationId| {
            own.binary_search_by(|member| member.conversation_id.cmp(id))
                .is_ok()
        };
        let ids = payload.conversations.iter().map(|held| &held.0.id);
        ids.filter(|id| !is_member(id)).cloned().collect()
    } else {
        Vec::new()
    };
    let begin = after.map_or(0, |after| {
        own.partition_point(|member| member.conversation_id <= after)
    });

    let mut conversations = Vec::new();
    let mut bytes = 0;
    let mut next = begin;
    let is_full = |count: usize, bytes: usize| count >= PAGE || bytes >= ENOUGH_BYTES;
    while next < own.len() && !is_full(conversations.len(), bytes) {
        let compared = &own[next..own.len().min(next + PAGE)];
        let differing = differing(desk, compared, &held).await?;
        next += compared.len();
        'groups: for group in differing.chunks(AT_ONCE) {
            let views = desk.views(group, compared, false).await?;
            let synced = views.into_iter().filter_map(|view| {
                let held = held.get(&view.id).copied();
                let own = compared.iter().find(|own| own.conversation_id == view.id)?;
                Some(synced(desk, own, view, held, limit))
            });
            for synced in try_join_all(synced).await? {
                let id = &synced.conversation.id;
                if is_full(conversations.len(), bytes) {
                    // What found no place comes with the next page.
                    next = own.partition_point(|member| member.conversation_id < *id);
                    break 'groups;
                }
                bytes += size(&synced.messages) + size(&synced.changed);
                conversations.push(synced);
            }
        }
    }
    let next_cursor = own[..next]
        .last()
        .filter(|_| next < own.len())
        .map(|last| last.conversation_id.to_string());
    // Within a page the newest come first, as in lists.
    conversations.sort_by_key(|synced| Reverse(synced.conversation.last_activity_at));
    Ok(Synced {
        conversations,
        gone,
        next_cursor,
    }
    .into())
}

/// Those of the caller's conversations that are other than what the caller holds, by id.
async fn differing(
    desk: &QueryDesk,
    own: &[MemberDoc],
    held: &HashMap<&ConversationId, &Held>,
) -> Result<Vec<ConversationDoc>, Fault> {
    let ids = own.iter().map(|member| member.conversation_id.clone());
    let found = desk.together.conversations.get(ids.collect()).await?;
    let mut docs: Vec<ConversationDoc> = found.into_values().collect();
    docs.sort_unstable_by(|one, other| one.id.cmp(&other.id));
    let members: HashMap<&ConversationId, &MemberDoc> = own
        .iter()
        .map(|member| (&member.conversation_id, member))
        .collect();
    docs.retain(|doc| {
        members
            .get(&doc.id)
            .is_some_and(|own| differs(doc, own, held.get(&doc.id).copied()))
    });
    Ok(docs)
}

async fn synced(
    desk: &QueryDesk,
    own: &MemberDoc,
    conversation: Conversation,
    held: Option<&Held>,
    limit: u32,
) -> Result<SyncedConversation, Fault> {
    let id = &conversation.id;
    let cleared = Seq(own.cleared().unsigned_abs());
    let held = held.filter(|held| {
        let missed = conversation.last_seq.0.checked_sub(held.seq.0);
        missed.is_some_and(|missed| missed <= u64::from(limit))
            && held.change <= conversation.last_change
            && held.seq >= cleared
    });
    let changed = async {
        match held.filter(|held| held.change < conversation.last_change) {
            // One more than may be told tells whether there are too many.
            Some(held) => {
                desk.store
                    .changed(id, held.change, held.seq, limit + 1)
                    .await
            }
            None => Ok(Vec::new()),
        }
    };
    let missed = async {
        match held {
            Some(held) => {
                let place = (id.clone(), held.seq, limit);
                let missed = desk.together.missed.one(place).await?;
                Ok(missed.unwrap_or_default())
            }
            None => desk.store.page(id, None, None, limit).await,
        }
    };
    let (mut messages, changed) = tokio::try_join!(missed, changed)?;
    let reset = held.is_none() || changed.len() > limit as usize;
    if reset && held.is_some() {
        messages = desk.store.page(id, None, None, limit).await?;
    }
    messages.retain(|message| message.s > own.cleared());
    let changed = if reset { Vec::new() } else { changed };
    Ok(SyncedConversation {
        messages: messages.iter().map(MessageDoc::view).collect(),
        changed: changed.iter().map(MessageDoc::view).collect(),
        reset,
        conversation,
    })
}

fn size(messages: &[Message]) -> usize {
    let texts = messages.iter().map(|message| {
        let attachments: usize = message.attachments.iter().map(String::len).sum();
        message.content.len() + attachments
    });
    texts.sum::<usize>() + messages.len() * MESSAGE_BYTES
}

/// Whether a conversation is other than what the caller holds.
fn differs(doc: &ConversationDoc, own: &MemberDoc, held: Option<&Held>) -> bool {
    held.is_none_or(|held| {
        held.seq.0 != doc.last_seq.unsigned_abs()
            || held.change != doc.change_for(own).unsigned_abs()
            || held
                .read
                .is_some_and(|read| read.0 != own.last_read_seq.unsigned_abs())
    })
}
