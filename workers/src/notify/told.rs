//! What people are told of their notifications. It is read after all that it is about is stored, and told by the one
//! worker that writes, in the order in which it reads: what a device was told last is what is stored.

use std::collections::{BTreeMap, BTreeSet};

use mongodb::{bson::DateTime, error::Error};
use warren_runtime::trace::TraceParent;
use warren_topology::{
    events::{
        NotificationCount, NotificationCreated, NotificationDeleted, NotificationRead,
        NotificationUpdated,
    },
    ids::UserId,
    payload::{notify::UnreadCount, unix_millis},
};

use super::{
    meaning::Meaning,
    store::{NotificationDoc, Store, card_key, message_key},
};
use crate::core::{Effects, Letter};

/// Reads what a batch, stored at `now`, has come to and says what people are to be told.
pub(super) async fn letter(
    store: &Store,
    meaning: &Meaning,
    now: DateTime,
) -> Result<Letter, Error> {
    let ids: Vec<String> = ids(meaning).into_iter().collect();
    let mut stored: BTreeMap<String, NotificationDoc> = BTreeMap::new();
    for doc in store.find(&ids).await? {
        stored.insert(doc.id.clone(), doc);
    }
    let mut amended = BTreeSet::new();
    if !meaning.changes.is_empty() {
        for doc in store.amended(meaning).await? {
            amended.insert(doc.id.clone());
            stored.insert(doc.id.clone(), doc);
        }
    }
    let mut effects = Effects::default();
    let mut concerned = BTreeSet::new();
    for (user, command) in &meaning.all_read {
        concerned.insert(*user);
        let all = NotificationRead {
            notification_id: None,
        };
        let key = format!("all:{user}:{command}");
        effects.push(vec![*user], &all, key.clone());
        // What has come since is not read.
        for doc in store.still_unread(*user).await? {
            let key = format!("{}:{}:{key}", doc.id, doc.version);
            effects.push(vec![*user], &NotificationUpdated(doc.view()), key);
        }
    }
    for doc in stored.into_values() {
        let seen = Seen {
            is_touched: meaning.touched.contains(&doc.id),
            is_amended: amended.contains(&doc.id),
            again: meaning.redelivered,
        };
        if seen.tell(&doc, now, &mut effects) {
            concerned.insert(doc.user_id);
        }
    }
    if !concerned.is_empty() {
        let concerned: Vec<UserId> = concerned.into_iter().collect();
        for (user, count) in store.unread(&concerned).await? {
            let key = format!("count:{user}:{}", now.timestamp_millis());
            effects.push(vec![user], &NotificationCount(UnreadCount { count }), key);
        }
    }
    Ok(Letter {
        reply: None,
        effects,
        trace: TraceParent::new(),
        accepted: unix_millis(),
    })
}

/// The notifications that a batch may have changed, but for those whose message was edited or deleted.
fn ids(meaning: &Meaning) -> BTreeSet<String> {
    let mut ids = meaning.touched.clone();
    for ((user, conversation), news) in &meaning.news {
        ids.insert(message_key(*user, conversation));
        if news.read_told {
            ids.insert(card_key(*user, conversation));
        }
    }
    let cards = meaning.cards.keys();
    ids.extend(cards.map(|(user, conversation)| card_key(*user, conversation)));
    ids.extend(meaning.broadcasts.iter().map(|doc| doc.id.clone()));
    ids
}

/// Why a notification is looked at.
struct Seen {
    /// Its user has changed it by hand.
    is_touched: bool,
    /// It shows a message that was edited or deleted.
    is_amended: bool,
    /// The batch may have been stored before, by a worker that died then.
    again: bool,
}

impl Seen {
    /// Tells what has become of a notification, if anything its user sees has changed. The version is part of the key, so
    /// what is told twice arrives once.
    fn tell(&self, doc: &NotificationDoc, now: DateTime, effects: &mut Effects) -> bool {
        let is_new = doc.changed_at == Some(now) || self.again && doc.version > 0;
        if !(is_new || self.is_touched) {
            return false;
        }
        let (to, key) = (vec![doc.user_id], format!("{}:{}", doc.id, doc.version));
        let id = doc.id.clone();
        if doc.count == 0 {
            effects.push(
                to,
                &NotificationDeleted {
                    notification_id: id,
                },
                key,
            );
            return true;
        }
        let has_other_content = doc.updated_at == now || self.is_amended || self.again;
        if has_other_content || !doc.is_read {
            let begins = doc.created_at == doc.updated_at && doc.changed_at == Some(doc.created_at);
            if begins {
                effects.push(to.clone(), &NotificationCreated(doc.view()), key.clone());
            } else {
                effects.push(to.clone(), &NotificationUpdated(doc.view()), key.clone());
            }
        }
        let was_read_now = doc.read_at == Some(now) || self.is_touched || self.again;
        if doc.is_read && was_read_now {
            let event = NotificationRead {
                notification_id: Some(id),
            };
            effects.push(to, &event, format!("{key}:read"));
        }
        true
    }
}
