//! A conversation in a worker's memory. The worker that owns the partition is the only writer, so what is here is true.

use std::{
    collections::{HashMap, VecDeque},
    hash::{DefaultHasher, Hash, Hasher},
};

use futures_util::future::try_join_all;
use mongodb::bson::{Document, doc};
use warren_topology::{
    ids::{ConversationId, MessageId, Seq, UserId},
    payload::chat::{ConversationType, MemberRole},
};

use super::store::{ConversationDoc, MemberDoc, MessageDoc, Store};

/// A conversation with its members.
#[derive(Clone, Debug)]
pub struct Conversation {
    /// The conversation, as it is stored or about to be.
    pub doc: ConversationDoc,
    /// The members in the order in which they joined.
    pub members: Vec<MemberDoc>,
    index: HashMap<UserId, usize>,
    /// Hashes of (sender, client id) of the newest messages: what a client repeats is usually among them, and is then
    /// looked up before it is given a place.
    recent: VecDeque<u64>,
}

/// How many of the newest messages are recognised without asking the store.
pub const RECENT: u32 = 64;

impl Conversation {
    /// A conversation and its members.
    #[must_use]
    pub fn new(doc: ConversationDoc, members: Vec<MemberDoc>) -> Self {
        let index = members
            .iter()
            .enumerate()
            .map(|(at, member)| (member.user_id, at))
            .collect();
        Self {
            doc,
            members,
            index,
            recent: VecDeque::new(),
        }
    }

    /// The member of this user.
    #[must_use]
    pub fn member(&self, user: UserId) -> Option<&MemberDoc> {
        self.index.get(&user).map(|at| &self.members[*at])
    }

    /// The member of this user, to change.
    pub fn member_mut(&mut self, user: UserId) -> Option<&mut MemberDoc> {
        self.index.get(&user).map(|at| &mut self.members[*at])
    }

    /// All members' users.
    #[must_use]
    pub fn users(&self) -> Vec<UserId> {
        self.members.iter().map(|member| member.user_id).collect()
    }

    /// Who should be notified of a message: everybody but the sender and those who muted the conversation.
    #[must_use]
    pub fn recipients(&self, sender: UserId) -> Vec<UserId> {
        let wants = |member: &&MemberDoc| member.user_id != sender && !member.muted;
        self.members
            .iter()
            .filter(wants)
            .map(|member| member.user_id)
            .collect()
    }

    /// The place of the last message.
    #[must_use]
    pub fn last_seq(&self) -> Seq {
        Seq(self.doc.last_seq.unsigned_abs())
    }

    /// Gives a message the next place and makes it the last.
    pub fn append(&mut self, mut message: MessageDoc) -> MessageDoc {
        let seq = self.last_seq().next();
        message.id = MessageId::new(&self.doc.id, seq);
        message.s = seq.0 as i64;
        self.note(&message);
        message
    }

    /// Whether a message of this sender and name is among the newest.
    #[must_use]
    pub fn remembers(&self, sender: UserId, name: &str) -> bool {
        self.recent.contains(&fingerprint(sender, name))
    }

    /// Makes a stored message the last, if it is newer than what is known.
    pub fn note(&mut self, message: &MessageDoc) {
        self.recent
            .push_back(fingerprint(message.sender_id, &message.client_id));
        if self.recent.len() > RECENT as usize {
            self.recent.pop_front();
        }
        if message.s >= self.doc.last_seq {
            self.doc.last_seq = message.s;
            self.doc.last_activity_at = message.created_at;
            self.doc.last_message = Some(message.clone());
        }
        // Who writes has read what came before.
        if let Some(member) = self.member_mut(message.sender_id) {
            member.last_read_seq = member.last_read_seq.max(message.s);
            member.last_delivered_seq = member.last_delivered_seq.max(message.s);
        }
    }

    /// What a new conversation looks like.
    #[must_use]
    pub fn create(
        id: ConversationId,
        kind: ConversationType,
        name: Option<String>,
        creator: UserId,
        others: &[UserId],
        creation: &str,
    ) -> Self {
        let now = mongodb::bson::DateTime::now();
        let mut users = vec![creator];
        for user in others {
            if !users.contains(user) {
                users.push(*user);
            }
        }
        let member = |user: &UserId| MemberDoc {
            id: MemberDoc::key(&id, *user),
            conversation_id: id.clone(),
            user_id: *user,
            role: if kind == ConversationType::Group && *user == creator {
                MemberRole::Owner
            } else {
                MemberRole::Member
            },
            joined_at: now,
            joined_seq: 0,
            last_read_seq: 0,
            last_delivered_seq: 0,
            muted: false,
            pinned: false,
            hidden: false,
        };
        let members: Vec<MemberDoc> = users.iter().map(member).collect();
        let doc = ConversationDoc {
            id,
            kind,
            name,
            created_by: creator,
            created_at: now,
            member_count: members.len() as i32,
            last_seq: 0,
            last_change: 0,
            last_activity_at: now,
            last_message: None,
            creation: creation.to_owned(),
        };
        Self::new(doc, members)
    }

    /// The update that stores what changes with every message.
    ///
    /// # Errors
    /// When the last message has no BSON form.
    pub fn activity_update(&self) -> Result<Document, mongodb::error::Error> {
        let last = self
            .doc
            .last_message
            .as_ref()
            .map(mongodb::bson::serialize_to_bson)
            .transpose()?;
        // A worker that no longer owns the conversation must not turn it back.
        Ok(doc! {
            "q": { "_id": self.doc.id.as_str(), "lastSeq": { "$lte": self.doc.last_seq } },
            "u": { "$set": {
                "lastSeq": self.doc.last_seq,
                "lastActivityAt": self.doc.last_activity_at,
                "lastMessage": last,
            } },
        })
    }

    /// The update that stores a member's watermarks.
    #[must_use]
    pub fn watermark_update(member: &MemberDoc) -> Document {
        doc! {
            "q": { "_id": &member.id },
            "u": { "$max": {
                "lastReadSeq": member.last_read_seq,
                "lastDeliveredSeq": member.last_delivered_seq,
            } },
        }
    }
}

fn fingerprint(sender: UserId, name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (sender, name).hash(&mut hasher);
    hasher.finish()
}

/// Loads conversations that exist. What is stored of their messages counts, whatever the conversation's own row says: a
/// worker may have died between the two.
///
/// # Errors
/// When MongoDB fails.
pub async fn load(
    store: &Store,
    ids: &[&ConversationId],
) -> Result<Vec<Conversation>, mongodb::error::Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let (docs, mut members) = tokio::try_join!(store.conversations(ids), store.members_of(ids))?;
    let newest = try_join_all(
        docs.iter()
            .map(|doc| store.page(&doc.id, None, None, RECENT)),
    )
    .await?;
    let build = |(doc, newest): (ConversationDoc, Vec<MessageDoc>)| {
        let members = members.remove(&doc.id).unwrap_or_default();
        let mut conversation = Conversation::new(doc, members);
        for message in &newest {
            conversation.note(message);
        }
        conversation
    };
    Ok(docs.into_iter().zip(newest).map(build).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_creator_is_a_member_once_and_owns_the_group() {
        let id = ConversationId::group(UserId(1), "k");
        let others = [UserId(2), UserId(1), UserId(2), UserId(3)];
        let group = Conversation::create(
            id,
            ConversationType::Group,
            Some("n".into()),
            UserId(1),
            &others,
            "c",
        );
        assert_eq!(group.users(), [UserId(1), UserId(2), UserId(3)]);
        assert_eq!(
            group.member(UserId(1)).map(|m| m.role),
            Some(MemberRole::Owner)
        );
        assert_eq!(group.recipients(UserId(2)), [UserId(1), UserId(3)]);
        assert_eq!(group.doc.member_count, 3);
    }
}
