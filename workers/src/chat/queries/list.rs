//! `conversation:list`

use std::collections::HashMap;

use futures_util::TryStreamExt;
use mongodb::bson::{Document, doc};
use serde::Deserialize;
use warren_topology::{
    failure::Failure,
    ids::{ConversationId, UserId},
    payload::{
        DEFAULT_LIMIT, Page,
        chat::{Conversation, ConversationType, ListConversations},
    },
};

use super::{Cursor, QueryDesk};
use crate::{
    chat::store::{ConversationDoc, MemberDoc},
    core::{Answer, Fault},
};

/// What a filter looks at.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Looks {
    #[serde(rename = "_id")]
    id: ConversationId,
    name: Option<String>,
    last_seq: i64,
}

/// A place in the list: pinned conversations come before all others.
struct Place {
    is_pinned: bool,
    cursor: Cursor,
}

pub(super) async fn handle(
    desk: &QueryDesk,
    user: UserId,
    payload: ListConversations,
) -> Result<Answer<Page<Conversation>>, Fault> {
    let limit = payload.limit.unwrap_or(DEFAULT_LIMIT);
    let from = Place::parse(payload.cursor.as_deref())?;
    let own = desk.own_rows(user, rows(&payload)).await?;
    let own = chosen(desk, user, own, &payload).await?;
    // One more than asked for tells whether there is another page.
    let mut docs: Vec<ConversationDoc> = Vec::new();
    for is_pinned in [true, false] {
        let from = match &from {
            Some(place) if place.is_pinned == is_pinned => Some(&place.cursor),
            // All pinned ones are before this page.
            Some(place) if is_pinned && !place.is_pinned => continue,
            _ => None,
        };
        let rows = own.iter().filter(|member| member.pinned == is_pinned);
        let ids: Vec<&str> = rows.map(|member| member.conversation_id.as_str()).collect();
        let missing = limit + 1 - docs.len() as u32;
        if missing > 0 && !ids.is_empty() {
            docs.extend(desk.by_activity(ids, from, missing).await?);
        }
    }
    let has_more = docs.len() > limit as usize;
    docs.truncate(limit as usize);
    let last = docs.last().filter(|_| has_more);
    let next_cursor = last.map(|last| Place::after(last, &own));
    let items = desk.views(&docs, &own, false).await?;
    Ok(Page { items, next_cursor }.into())
}

/// Which of the caller's rows may be listed.
fn rows(payload: &ListConversations) -> Document {
    let mut filter = if payload.archived == Some(true) {
        doc! { "hidden": true, "deleted": { "$ne": true }, "request": { "$ne": "declined" } }
    } else {
        doc! { "hidden": false }
    };
    if let Some(requests) = payload.requests {
        let is_request = if requests { "$eq" } else { "$ne" };
        filter.insert("$and", [doc! { "request": { is_request: "pending" } }]);
    }
    filter
}

/// Those of the caller's rows whose conversations are as wanted.
async fn chosen(
    desk: &QueryDesk,
    user: UserId,
    mut own: Vec<MemberDoc>,
    payload: &ListConversations,
) -> Result<Vec<MemberDoc>, Fault> {
    if let Some(kind) = payload.kind {
        let is_direct = kind == ConversationType::Direct;
        own.retain(|member| member.conversation_id.pair().is_some() == is_direct);
    }
    if payload.unread.is_none() && payload.q.is_none() {
        return Ok(own);
    }
    let looks = looks(desk, &own).await?;
    let of = |member: &MemberDoc| looks.get(&member.conversation_id);
    if let Some(unread) = payload.unread {
        let is_unread = |member: &MemberDoc| {
            let known = member.last_read_seq.max(member.cleared());
            of(member).is_some_and(|looks| looks.last_seq > known)
        };
        own.retain(|member| is_unread(member) == unread);
    }
    if let Some(q) = payload.q.as_deref().map(|q| q.trim().to_lowercase()) {
        let other = |member: &MemberDoc| {
            let (low, high) = member.conversation_id.pair()?;
            Some(if low == user { high } else { low })
        };
        let people = desk.people(own.iter().filter_map(other)).await?;
        own.retain(
            |member| match other(member).map(|other| people.get(&other)) {
                Some(Some(other)) => begins(&other.username, &q) || begins(&other.display_name, &q),
                Some(None) => false,
                None => {
                    let name = of(member).and_then(|looks| looks.name.as_deref());
                    begins(name.unwrap_or_default(), &q)
                }
            },
        );
    }
    Ok(own)
}

async fn looks(
    desk: &QueryDesk,
    own: &[MemberDoc],
) -> Result<HashMap<ConversationId, Looks>, Fault> {
    let ids: Vec<&str> = own.iter().map(|m| m.conversation_id.as_str()).collect();
    let conversations = desk.store.conversations.clone_with_type::<Looks>();
    let found = conversations
        .find(doc! { "_id": { "$in": ids } })
        .projection(doc! { "name": 1, "lastSeq": 1 });
    let found: Vec<Looks> = found.await?.try_collect().await?;
    Ok(found
        .into_iter()
        .map(|looks| (looks.id.clone(), looks))
        .collect())
}

/// Whether a name, or a word of it, begins with what is looked for, which is in small letters.
fn begins(name: &str, q: &str) -> bool {
    let name = name.to_lowercase();
    let mut starts = name.char_indices().scan(' ', |before, (at, c)| {
        let is_start = !before.is_alphanumeric();
        *before = c;
        Some((at, is_start))
    });
    starts.any(|(at, is_start)| is_start && name[at..].starts_with(q))
}

impl Place {
    fn parse(text: Option<&str>) -> Result<Option<Self>, Failure> {
        let is_pinned = text.is_some_and(|text| text.starts_with('p'));
        let rest = text.map(|text| text.strip_prefix('p').unwrap_or(text));
        let cursor = Cursor::parse(rest)?;
        Ok(cursor.map(|cursor| Self { is_pinned, cursor }))
    }

    /// The place after a conversation.
    fn after(last: &ConversationDoc, own: &[MemberDoc]) -> String {
        let row = own.iter().find(|member| member.conversation_id == last.id);
        let pinned = if row.is_some_and(|row| row.pinned) {
            "p"
        } else {
            ""
        };
        format!("{pinned}{}", Cursor::after(last))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_found_by_the_beginning_of_its_words() {
        for q in ["käse", "freunde", "k", "und fr"] {
            assert!(begins("Käse- und Freunde", q), "{q}");
        }
        for q in ["äse", "reunde", "käsen"] {
            assert!(!begins("Käse- und Freunde", q), "{q}");
        }
    }
}
