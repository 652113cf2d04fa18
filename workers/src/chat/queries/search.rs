//! `message:search`

use std::collections::HashMap;

use mongodb::bson::DateTime;
use warren_topology::{
    failure::{ErrorCode, Failure},
    ids::{ConversationId, UserId},
    payload::{
        DEFAULT_LIMIT, Page, Timestamp,
        chat::{Message, SearchMessages},
    },
};

use super::QueryDesk;
use crate::{
    chat::{
        search::{
            index::{Query, Spot},
            words::Wanted,
        },
        store::{MemberDoc, MessageDoc},
    },
    core::{Answer, Fault},
};

pub(super) async fn handle(
    desk: &QueryDesk,
    user: UserId,
    payload: SearchMessages,
) -> Result<Answer<Page<Message>>, Fault> {
    let wanted = Wanted::parse(&payload.q)
        .ok_or_else(|| Failure::invalid("q", "must hold a letter or a digit"))?;
    let after = payload.cursor.as_deref().map(parse).transpose()?;
    let rows = match &payload.conversation_id {
        Some(id) => vec![desk.own(user, id).await?],
        None => {
            let mut rows = desk.together.rows.get(vec![user]).await?;
            rows.remove(&user).unwrap_or_default()
        }
    };
    let query = Query {
        wanted,
        conversations: theirs(rows),
        by: payload.sender_id,
        from: payload.from.map(date),
        to: payload.to.map(date),
        after,
    };
    let limit = payload.limit.unwrap_or(DEFAULT_LIMIT) as usize;
    // One more than asked for tells whether there is another page.
    let mut found = desk.index.find(&query, limit + 1).await?.ok_or_else(late)?;
    let has_more = found.len() > limit;
    found.truncate(limit);
    let last = found.last().filter(|_| has_more);
    Ok(Page {
        next_cursor: last.map(|last| text(&Spot::of(last))),
        items: found.iter().map(MessageDoc::view).collect(),
    }
    .into())
}

/// The conversations of these rows, each with the place after which its history is its member's.
fn theirs(rows: Vec<MemberDoc>) -> HashMap<ConversationId, i64> {
    let theirs = rows.into_iter().map(|row| {
        let cleared = row.cleared();
        (row.conversation_id, cleared)
    });
    theirs.collect()
}

fn late() -> Failure {
    Failure::new(
        ErrorCode::Unavailable,
        "the search took too long: look for another word, or in one conversation",
    )
}

fn date(at: Timestamp) -> DateTime {
    DateTime::from_millis(at.as_millis())
}

/// A spot as clients hand it back.
fn text(spot: &Spot) -> String {
    format!("{}_{}_{}", spot.at.timestamp_millis(), spot.s, spot.c)
}

fn parse(text: &str) -> Result<Spot, Failure> {
    let read = || {
        let (millis, rest) = text.split_once('_')?;
        let (s, c) = rest.split_once('_')?;
        Some(Spot {
            at: DateTime::from_millis(millis.parse().ok()?),
            s: s.parse().ok()?,
            c: c.parse().ok()?,
        })
    };
    read().ok_or_else(|| Failure::invalid("cursor", "must be the nextCursor of a page"))
}
