//! The updates that take news in, whatever the row is like by then: they may come in any order and more than once.
//! MongoDB evaluates them on the row, so that nothing need be read before.

use mongodb::bson::{Bson, DateTime, Document, doc, serialize_to_bson};
use warren_topology::{
    ids::{ConversationId, UserId},
    payload::notify::NotificationType,
};

use super::{card_key, message_key};
use crate::notify::meaning::{Card, News, Settled, Shown};

/// A field of the row, or a value if it has none.
fn or(field: &str, value: impl Into<Bson>) -> Document {
    doc! { "$ifNull": [format!("${field}"), value.into()] }
}

fn kind(kind: NotificationType) -> Bson {
    // A unit variant is a string in BSON.
    serialize_to_bson(&kind).unwrap_or(Bson::Null)
}

fn sender(sender: Option<UserId>) -> Bson {
    sender.map_or(Bson::Null, |sender| Bson::Int64(sender.0))
}

/// The stage that notes that what the user sees has changed, if it has.
fn note(changed: impl Into<Bson>, now: DateTime) -> Document {
    let changed = changed.into();
    doc! { "$set": {
        "version": { "$add": [or("version", 0_i64), { "$cond": [changed.clone(), 1_i64, 0_i64] }] },
        "changedAt": { "$cond": [changed, now, or("changedAt", Bson::Null)] },
    } }
}

/// What messages, and reading them, mean for one member's notification of a conversation.
pub(super) fn news(
    user: UserId,
    conversation: &ConversationId,
    news: &News,
    now: DateTime,
) -> Document {
    let mut stages = vec![
        doc! { "$set": {
            "was": or("isRead", true),
            "had": or("count", 0_i64),
            "goneSeq": { "$max": [or("goneSeq", 0_i64), news.gone.unwrap_or_default()] },
        } },
        doc! { "$set": { "known": { "$max": [or("lastSeq", 0_i64), "$goneSeq"] } } },
    ];
    let is_new = match news.newest {
        Some(_) => {
            stages.push(doc! { "$set": {
                "fresh": { "$filter": { "input": &news.seqs, "as": "seq", "cond": { "$gt": ["$$seq", "$known"] } } },
            } });
            doc! { "$gt": [{ "$size": "$fresh" }, 0] }.into()
        }
        None => Bson::Boolean(false),
    };
    stages.push(doc! { "$set": fields(user, conversation, news, &is_new, now) });
    stages.extend(news.settled.map(settle));
    // What is gone is kept as a row that remembers how far, and shows nothing.
    stages.push(doc! { "$set": { "isGone": { "$and": [
        { "$gt": ["$count", 0_i64] },
        { "$lte": ["$lastSeq", "$goneSeq"] },
    ] } } });
    stages.push(doc! { "$set": {
        "isRead": { "$lte": ["$lastSeq", { "$max": ["$readSeq", "$goneSeq"] }] },
        "count": { "$cond": ["$isGone", 0_i64, "$count"] },
        "title": { "$cond": ["$isGone", "", "$title"] },
        "content": { "$cond": ["$isGone", "", "$content"] },
        "shownSeq": { "$cond": ["$isGone", 0_i64, "$shownSeq"] },
    } });
    stages.push(doc! { "$set": {
        "readAt": { "$cond": [{ "$and": ["$isRead", { "$not": "$was" }] }, now, or("readAt", Bson::Null)] },
    } });
    let changed =
        doc! { "$or": [is_new, { "$ne": ["$was", "$isRead"] }, { "$ne": ["$had", "$count"] }] };
    stages.push(note(changed, now));
    stages.push(doc! { "$unset": ["fresh", "was", "had", "known", "isGone"] });
    doc! {
        "q": { "_id": message_key(user, conversation) },
        "u": stages,
        // Who only wrote has nothing to be notified of; who read, or is gone, may have been faster than the message's event.
        "upsert": news.newest.is_some() || news.read_told || news.gone.is_some(),
    }
}

fn fields(
    user: UserId,
    conversation: &ConversationId,
    news: &News,
    is_new: &Bson,
    now: DateTime,
) -> Document {
    let last = news.seqs.iter().copied().max().unwrap_or_default();
    let if_new = |then: Bson, otherwise: Bson| doc! { "$cond": [is_new.clone(), then, otherwise] };
    let begins = doc! { "$and": [is_new.clone(), "$was"] };
    let if_begins =
        |then: Bson, otherwise: Bson| doc! { "$cond": [begins.clone(), then, otherwise] };
    let fresh = || match news.newest {
        Some(_) => doc! { "$toLong": { "$size": "$fresh" } }.into(),
        None => Bson::Int64(0),
    };
    let first = match news.newest {
        Some(_) => doc! { "$min": "$fresh" }.into(),
        None => Bson::Int64(0),
    };
    let mut set = doc! {
        "userId": user.0,
        "conversationId": conversation.as_str(),
        "firstSeq": if_begins(first, or("firstSeq", 0_i64).into()),
        "count": if_begins(fresh(), doc! { "$add": [or("count", 0_i64), fresh()] }.into()),
        "createdAt": if_begins(now.into(), or("createdAt", now).into()),
        "updatedAt": if_new(now.into(), or("updatedAt", now).into()),
        "lastSeq": { "$max": [or("lastSeq", 0_i64), last] },
        "readSeq": { "$max": [or("readSeq", 0_i64), news.read] },
    };
    set.extend(shown(news, is_new));
    set
}

/// What is shown: the newest message, or the newest that mentions the user until it is read.
fn shown(news: &News, is_new: &Bson) -> Document {
    let sticks = doc! { "$and": [{ "$not": "$was" }, { "$eq": ["$type", kind(NotificationType::Mention)] }] };
    let choose = |field: &str, default: Bson, of: fn(&Shown) -> Bson| {
        let kept: Bson = or(field, default).into();
        let newest = match &news.newest {
            Some(newest) => {
                let takes = doc! { "$and": [is_new.clone(), { "$not": sticks.clone() }] };
                doc! { "$cond": [takes, of(newest), kept] }.into()
            }
            None => kept,
        };
        match &news.mention {
            Some(mention) => {
                let is_new = doc! { "$gt": [mention.seq, "$known"] };
                doc! { "$cond": [is_new, of(mention), newest] }.into()
            }
            None => newest,
        }
    };
    let literal = |text: &str| -> Bson { doc! { "$literal": text }.into() };
    let default = kind(NotificationType::Message);
    doc! {
        "type": choose("type", default, |shown| kind(shown.kind)),
        "title": choose("title", literal(""), |shown| doc! { "$literal": &shown.title }.into()),
        "content": choose("content", literal(""), |shown| doc! { "$literal": &shown.content }.into()),
        "senderId": choose("senderId", Bson::Null, |shown| sender(Some(shown.sender))),
        "shownSeq": choose("shownSeq", Bson::Int64(0), |shown| shown.seq.into()),
        "shownChange": choose("shownChange", Bson::Int64(0), |shown| shown.change.into()),
    }
}

/// A request that is answered has been read; one that is declined is gone.
fn settle(settled: Settled) -> Document {
    let is_request = doc! { "$eq": ["$type", kind(NotificationType::Request)] };
    let to_the_end = |field: &str| {
        let end = doc! { "$max": [format!("${field}"), "$lastSeq"] };
        doc! { "$set": { field: { "$cond": [is_request.clone(), end, format!("${field}")] } } }
    };
    match settled {
        Settled::Accepted => to_the_end("readSeq"),
        Settled::Declined => to_the_end("goneSeq"),
    }
}

/// What a change of a conversation means for one member, unless they know of a later one.
pub(super) fn card(
    user: UserId,
    conversation: &ConversationId,
    card: &Card,
    now: DateTime,
) -> Document {
    let applies = doc! { "$gt": [card.change, or("change", -1_i64)] };
    let if_applies = |then: Bson, otherwise: Bson| doc! { "$cond": ["$applies", then, otherwise] };
    let show = card.show.as_ref();
    let default = show.map_or(NotificationType::GroupInvite, |show| show.kind);
    let title = doc! { "$literal": show.map_or("", |show| &show.title) };
    let by = sender(show.map(|show| show.sender));
    let count = i64::from(show.is_some());
    let stages = vec![
        doc! { "$set": { "applies": applies, "had": or("count", 0_i64) } },
        doc! { "$set": {
            "userId": user.0,
            "conversationId": conversation.as_str(),
            "type": if_applies(kind(default), or("type", kind(default)).into()),
            "title": if_applies(title.clone().into(), or("title", title).into()),
            "content": "",
            "senderId": if_applies(by.clone(), or("senderId", by).into()),
            "firstSeq": 0_i64,
            "lastSeq": 0_i64,
            "readSeq": 0_i64,
            "count": if_applies(count.into(), or("count", 0_i64).into()),
            "isRead": if_applies(show.is_none().into(), or("isRead", true).into()),
            "readAt": or("readAt", Bson::Null),
            "createdAt": if_applies(now.into(), or("createdAt", now).into()),
            "updatedAt": if_applies(now.into(), or("updatedAt", now).into()),
            "change": { "$max": [or("change", 0_i64), card.change] },
        } },
        note(
            doc! { "$and": ["$applies", { "$or": [{ "$gt": ["$had", 0_i64] }, { "$gt": ["$count", 0_i64] }] }] },
            now,
        ),
        doc! { "$unset": ["applies", "had"] },
    ];
    doc! { "q": { "_id": card_key(user, conversation) }, "u": stages, "upsert": true }
}

/// Who has read a conversation has seen that they were added to it, or that the other has agreed.
pub(super) fn card_read(user: UserId, conversation: &ConversationId, now: DateTime) -> Document {
    doc! {
        "q": { "_id": card_key(user, conversation), "isRead": false },
        "u": [{ "$set": { "isRead": true, "readAt": now } }, note(true, now)],
    }
}

/// An edit or deletion of a message, for all whom it is shown to.
pub(super) fn amended(
    conversation: &ConversationId,
    seq: i64,
    change: i64,
    content: &str,
    now: DateTime,
) -> Document {
    doc! {
        "q": {
            "conversationId": conversation.as_str(),
            "shownSeq": seq,
            "shownChange": { "$lt": change },
        },
        "u": [
            { "$set": { "content": { "$literal": content }, "shownChange": change } },
            note(true, now),
        ],
        "multi": true,
    }
}

/// Reading a notification by hand.
pub(super) fn read(now: DateTime) -> Vec<Document> {
    let changed = doc! { "$not": "$isRead" };
    vec![
        note(changed.clone(), now),
        doc! { "$set": {
            "isRead": true,
            "readAt": { "$cond": [changed, now, "$readAt"] },
            "readSeq": { "$max": ["$readSeq", "$lastSeq"] },
        } },
    ]
}

/// Marking a notification as unread by hand: what it covers counts as unread until the user reads further.
pub(super) fn unread(now: DateTime) -> Vec<Document> {
    let is_of_messages = doc! { "$and": ["$isRead", { "$gt": ["$lastSeq", 0_i64] }] };
    let before = doc! { "$max": [0_i64, { "$subtract": ["$firstSeq", 1_i64] }] };
    vec![
        note("$isRead", now),
        doc! { "$set": {
            "readSeq": { "$cond": [is_of_messages, before, "$readSeq"] },
            "isRead": false,
        } },
    ]
}

/// Deleting a notification by hand. The row stays, empty, so that what it was about does not notify again.
pub(super) fn deleted(command: &str, now: DateTime) -> Vec<Document> {
    vec![
        note(true, now),
        doc! { "$set": {
            "count": 0_i64,
            "isRead": true,
            "title": "",
            "content": "",
            "shownSeq": 0_i64,
            "goneSeq": { "$max": [or("goneSeq", 0_i64), "$lastSeq"] },
            "deletedBy": { "$literal": command },
        } },
    ]
}
