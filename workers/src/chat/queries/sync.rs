//! `conversation:sync`

use std::collections::HashMap;

use futures_util::future::try_join_all;
use mongodb::bson::doc;
use warren_topology::{
    ids::{ConversationId, Seq, UserId},
    payload::chat::{Held, Sync, Synced, SyncedConversation},
};

use super::{Cursor, QueryDesk};
use crate::{
    chat::store::{ConversationDoc, MemberDoc, MessageDoc},
    core::{Answer, Fault},
};

/// The most conversations in one answer.
const PAGE: u32 = 50;
/// The most messages per conversation, when none is asked for.
const MESSAGES: u32 = 100;

pub(super) async fn handle(
    desk: &QueryDesk,
    user: UserId,
    payload: Sync,
) -> Result<Answer<Synced>, Fault> {
    let from = Cursor::parse(payload.cursor.as_deref())?;
    let limit = payload.limit.unwrap_or(MESSAGES);
    let held: HashMap<&ConversationId, &Held> = payload
        .conversations
        .iter()
        .map(|held| (&held.id, held))
        .collect();
    let own = desk.own_rows(user, doc! {}).await?;
    let members: HashMap<&ConversationId, &MemberDoc> = own
        .iter()
        .map(|member| (&member.conversation_id, member))
        .collect();
    let first_page = from.is_none();

    let mut differing = Vec::new();
    let mut from = from;
    // Pages of conversations are read until one answer is full of those that differ.
    let next_cursor = loop {
        let ids = members.keys().map(|id| id.as_str()).collect();
        let docs = desk.by_activity(ids, from.as_ref(), PAGE).await?;
        let next = Cursor::after(&docs, PAGE);
        let wanted = |doc: &ConversationDoc| {
            members
                .get(&doc.id)
                .is_some_and(|own| differs(doc, own, held.get(&doc.id).copied()))
        };
        differing.extend(docs.into_iter().filter(wanted));
        match next {
            Some(next) if differing.len() < PAGE as usize => from = Cursor::parse(Some(&next))?,
            next => break next,
        }
    };
    let views = desk.views(&differing, &own, true).await?;
    let conversations = try_join_all(views.into_iter().map(|conversation| async {
        let held = held.get(&conversation.id).copied();
        let after = held.map(|held| held.seq).filter(|seq| {
            let missed = conversation.last_seq.0.checked_sub(seq.0);
            missed.is_some_and(|missed| missed <= u64::from(limit))
        });
        // What was changed among the messages already held is not told one by one: they are to be read anew.
        let changed = held.is_some_and(|held| held.change != conversation.last_change);
        let after: Option<Seq> = after.filter(|_| !changed);
        let messages = desk
            .store
            .page(&conversation.id, after, None, limit)
            .await?;
        let messages = messages.iter().map(MessageDoc::view).collect();
        Ok::<_, Fault>(SyncedConversation {
            conversation,
            messages,
            reset: after.is_none(),
        })
    }))
    .await?;
    let gone = if first_page {
        payload
            .conversations
            .iter()
            .map(|held| &held.id)
            .filter(|id| !members.contains_key(id))
            .cloned()
            .collect()
    } else {
        Vec::new()
    };
    Ok(Synced {
        conversations,
        gone,
        next_cursor,
    }
    .into())
}

/// Whether a conversation is other than what the caller holds.
fn differs(doc: &ConversationDoc, own: &MemberDoc, held: Option<&Held>) -> bool {
    held.is_none_or(|held| {
        held.seq.0 != doc.last_seq.unsigned_abs()
            || held.change != doc.last_change.unsigned_abs()
            || held
                .read
                .is_some_and(|read| read.0 != own.last_read_seq.unsigned_abs())
    })
}
