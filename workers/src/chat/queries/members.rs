//! `conversation:members`

use futures_util::TryStreamExt;
use mongodb::bson::{DateTime, Document, doc};
use warren_topology::{
    failure::Failure,
    ids::UserId,
    payload::{
        DEFAULT_LIMIT, Page,
        chat::{ListMembers, Member},
    },
};

use super::QueryDesk;
use crate::{
    chat::{store::MemberDoc, view},
    core::{Answer, Fault},
};

pub(super) async fn handle(
    desk: &QueryDesk,
    user: UserId,
    payload: ListMembers,
) -> Result<Answer<Page<Member>>, Fault> {
    let id = &payload.conversation_id;
    desk.own(user, id).await?;
    let limit = payload.limit.unwrap_or(DEFAULT_LIMIT);
    let mut filter = doc! { "conversationId": id.as_str(), "leftAt": null };
    if let Some(cursor) = &payload.cursor {
        filter.extend(after(cursor)?);
    }
    // One more than asked for tells whether there is another page.
    let mut found: Vec<MemberDoc> = desk
        .store
        .members
        .find(filter)
        .sort(doc! { "joinedAt": 1, "userId": 1 })
        .limit(i64::from(limit) + 1)
        .await?
        .try_collect()
        .await?;
    let has_more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let people = desk
        .people(found.iter().map(|member| member.user_id))
        .await?;
    let last = found.last().filter(|_| has_more);
    Ok(Page {
        next_cursor: last
            .map(|last| format!("{}_{}", last.joined_at.timestamp_millis(), last.user_id)),
        items: found
            .iter()
            .map(|member| view::member(member, user, &people))
            .collect(),
    }
    .into())
}

/// Those after a place in the order in which members joined.
fn after(cursor: &str) -> Result<Document, Failure> {
    let read = || {
        let (millis, user) = cursor.split_once('_')?;
        let at = DateTime::from_millis(millis.parse().ok()?);
        Some((at, user.parse::<i64>().ok()?))
    };
    let (at, user) =
        read().ok_or_else(|| Failure::invalid("cursor", "must be the nextCursor of a page"))?;
    Ok(doc! { "$or": [
        { "joinedAt": { "$gt": at } },
        { "joinedAt": at, "userId": { "$gt": user } },
    ] })
}
