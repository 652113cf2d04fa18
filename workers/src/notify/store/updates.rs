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

/// What notes that what the user sees has changed, if it has.
fn noted(changed: impl Into<Bson>, now: DateTime) -> Document {
    let changed = changed.into();
    doc! {
        "version": { "$add": [or("version", 0_i64), { "$cond": [changed.clone(), 1_i64, 0_i64] }] },
        "changedAt": { "$cond": [changed, now, or("changedAt", Bson::Null)] },
    }
}

fn note(changed: impl Into<Bson>, now: DateTime) -> Document {
    doc! { "$set": noted(changed, now) }
}

/// What messages, and reading them, mean for one member's notification of a conversation.
pub(super) fn news(
    user: UserId,
    conversation: &ConversationId,
    news: &News,
    now: DateTime,
) -> Document {
    let ends = news.gone.is_some() || news.settled.is_some();
    if news.seqs.is_empty() && !news.read_told && !ends {
        return written(user, conversation, news.read, now);
    }
    let last = news.seqs.iter().copied().max().unwrap_or_default();
    let mut stages = Vec::new();
    if let Some(gone) = news.gone {
        stages.push(doc! { "$set": { "goneSeq": { "$max": [or("goneSeq", 0_i64), gone] } } });
    }
    stages.push(doc! { "$set": {
        "was": or("isRead", true),
        "had": or("count", 0_i64),
        // A field that is missing is no number, and not the greatest.
        "known": { "$max": [or("lastSeq", 0_i64), "$goneSeq"] },
    } });
    // What was told is over once it is read, be it by the same news.
    stages
        .push(doc! { "$set": { "over": { "$or": ["$was", { "$lte": ["$known", news.read] }] } } });
    let is_mention = doc! { "$eq": ["$type", kind(NotificationType::Mention)] };
    stages.push(doc! { "$set": {
        "fresh": { "$filter": { "input": &news.seqs, "as": "seq", "cond": { "$gt": ["$$seq", "$known"] } } },
        "isNew": { "$gt": [last, "$known"] },
        "begins": { "$and": ["$over", { "$gt": [last, "$known"] }] },
        "takes": { "$and": [
            { "$or": ["$over", { "$not": [is_mention] }] },
            { "$gt": [last, "$known"] },
        ] },
    } });
    stages.push(doc! { "$set": fields(user, conversation, news, last, now) });
    stages.extend(news.settled.map(settle));
    if ends {
        // What is gone is kept as a row that remembers how far, and shows nothing.
        let is_gone =
            doc! { "$and": [{ "$gt": ["$count", 0_i64] }, { "$lte": ["$lastSeq", "$goneSeq"] }] };
        stages.push(doc! { "$set": { "isGone": is_gone } });
        stages.push(doc! { "$set": {
            "count": { "$cond": ["$isGone", 0_i64, "$count"] },
            "title": { "$cond": ["$isGone", "", "$title"] },
            "content": { "$cond": ["$isGone", "", "$content"] },
            "shownSeq": { "$cond": ["$isGone", 0_i64, "$shownSeq"] },
        } });
    }
    stages.push(doc! { "$set": {
        "isRead": { "$lte": ["$lastSeq", { "$max": ["$readSeq", "$goneSeq"] }] },
    } });
    let changed =
        doc! { "$or": ["$isNew", { "$ne": ["$was", "$isRead"] }, { "$ne": ["$had", "$count"] }] };
    let mut end = noted(changed, now);
    let is_read_now = doc! { "$and": ["$isRead", { "$not": ["$was"] }] };
    end.insert(
        "readAt",
        doc! { "$cond": [is_read_now, now, or("readAt", Bson::Null)] },
    );
    stages.push(doc! { "$set": end });
    stages.push(doc! { "$unset": ["was", "had", "known", "over", "fresh", "isNew", "begins", "takes", "isGone"] });
    doc! {
        "q": { "_id": message_key(user, conversation) },
        "u": stages,
        // Who read, or is gone, may have been faster than the message's event.
        "upsert": !news.seqs.is_empty() || news.read_told || news.gone.is_some(),
    }
}

/// Who only wrote has read what came before, and has nothing to be notified of if there is no row. This comes with every
/// message, so it is short.
fn written(user: UserId, conversation: &ConversationId, read: i64, now: DateTime) -> Document {
    let is_read_now = doc! { "$and": [{ "$not": ["$isRead"] }, { "$lte": ["$lastSeq", read] }] };
    let mut set = noted(is_read_now.clone(), now);
    set.extend(doc! {
        "readSeq": read,
        "isRead": { "$or": ["$isRead", { "$lte": ["$lastSeq", read] }] },
        "readAt": { "$cond": [is_read_now, now, "$readAt"] },
    });
    doc! {
        "q": { "_id": message_key(user, conversation), "readSeq": { "$lt": read } },
        "u": [{ "$set": set }],
    }
}

fn fields(
    user: UserId,
    conversation: &ConversationId,
    news: &News,
    last: i64,
    now: DateTime,
) -> Document {
    let if_new = |then: Bson, otherwise: Bson| doc! { "$cond": ["$isNew", then, otherwise] };
    let if_begins = |then: Bson, otherwise: Bson| doc! { "$cond": ["$begins", then, otherwise] };
    let fresh = || doc! { "$toLong": { "$size": "$fresh" } };
    let mut set = doc! {
        "userId": user.0,
        "conversationId": conversation.as_str(),
        "firstSeq": if_begins(doc! { "$min": "$fresh" }.into(), or("firstSeq", 0_i64).into()),
        "count": if_begins(fresh().into(), doc! { "$add": ["$had", fresh()] }.into()),
        "createdAt": if_begins(now.into(), or("createdAt", now).into()),
        "updatedAt": if_new(now.into(), or("updatedAt", now).into()),
        "lastSeq": { "$max": [or("lastSeq", 0_i64), last] },
        "readSeq": { "$max": [or("readSeq", 0_i64), news.read] },
    };
    set.extend(shown(news));
    set
}

/// What is shown: the newest message, or the newest that mentions the user until it is read.
fn shown(news: &News) -> Document {
    let choose = |field: &str, default: Bson, of: fn(&Shown) -> Bson| {
        let kept: Bson = or(field, default).into();
        let newest = match &news.newest {
            Some(newest) => doc! { "$cond": ["$takes", of(newest), kept] }.into(),
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
        doc! { "$set": { field: { "$cond": [is_request.clone(), end, or(field, 0_i64)] } } }
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
