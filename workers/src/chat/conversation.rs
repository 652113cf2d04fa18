//! A conversation in a worker's memory. The worker that owns the partition is the only writer, so what is here is true.

use std::{
    collections::{HashMap, VecDeque},
    hash::{DefaultHasher, Hash, Hasher},
};

use futures_util::future::try_join_all;
use mongodb::bson::{Document, doc};
use warren_topology::{
    ids::{ConversationId, MessageId, Seq, UserId},
    payload::chat::{ConversationType, MemberRole, MessageType, RequestState},
};

use super::{
    change::ChangeDoc,
    store::{ConversationDoc, MemberDoc, MessageDoc, Store},
};

/// A conversation with its members.
#[derive(Clone, Debug)]
pub struct Conversation {
    /// The conversation, as it is stored or about to be.
    pub doc: ConversationDoc,
    /// The members in the order in which they joined.
    pub members: Vec<MemberDoc>,
    index: HashMap<UserId, usize>,
    /// How many members have hidden it.
    hidden: usize,
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
        Self {
            index: index(&members),
            hidden: hidden(&members),
            doc,
            members,
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

    /// Who is told how far a member has read: everybody. Of somebody who has not agreed to talk nobody else learns it.
    #[must_use]
    pub fn watchers(&self, of: UserId) -> Vec<UserId> {
        match self.member(of).map(MemberDoc::request) {
            Some(RequestState::Accepted) => self.users(),
            Some(_) => vec![of],
            None => Vec::new(),
        }
    }

    /// Who should be notified of a message: everybody but the sender and those who muted the conversation.
    #[must_use]
    pub fn recipients(&self, sender: UserId) -> Vec<UserId> {
        let wants = |member: &&MemberDoc| member.user_id != sender && !member.is_muted();
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
        // Who writes has read what came before; who changes the group need not have.
        if let Some(member) = self.member_mut(message.sender_id)
            && (message.kind == MessageType::User || member.last_read_seq == message.s - 1)
        {
            member.last_read_seq = member.last_read_seq.max(message.s);
            member.last_delivered_seq = member.last_delivered_seq.max(message.s);
        }
    }

    /// Takes a change in.
    pub fn apply(&mut self, change: &ChangeDoc) {
        self.doc.last_change = change.n;
        self.doc.shared_change = Some(change.shared_change);
        if let Some(message) = &change.what.message
            && let Some(last) = &mut self.doc.last_message
            && last.id == message.id
        {
            *last = message.clone();
        }
        if let Some(shared) = &change.what.shared {
            self.doc.name.clone_from(&shared.name);
            self.doc.avatar_url.clone_from(&shared.avatar_url);
            self.doc.member_count = shared.member_count;
            self.doc.ended_at = shared.ended_at;
        }
        for member in &change.what.members {
            match self.index.get(&member.user_id) {
                Some(at) => self.members[*at] = member.clone(),
                None => self.members.push(member.clone()),
            }
        }
        if !change.what.members.is_empty() {
            self.members.retain(|member| member.left_at.is_none());
            self.index = index(&self.members);
            self.hidden = hidden(&self.members);
        }
    }

    /// Lists it again for those who had hidden it, when `writer` writes; who they are. Whoever has archived and muted it is
    /// not disturbed; whoever has deleted it would find it nowhere else.
    pub fn show(&mut self, writer: UserId) -> Vec<UserId> {
        if self.hidden == 0 {
            return Vec::new();
        }
        let shown = self.members.iter_mut().filter(|member| {
            let is_disturbed = !member.is_muted() || member.deleted == Some(true);
            member.hidden && (is_disturbed || member.user_id == writer)
        });
        let shown = shown
            .map(|member| {
                member.hidden = false;
                member.user_id
            })
            .collect();
        self.hidden = hidden(&self.members);
        shown
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
        let member = |user: &UserId| {
            let is_owner = kind == ConversationType::Group && *user == creator;
            let role = if is_owner {
                MemberRole::Owner
            } else {
                MemberRole::Member
            };
            let is_asked = kind == ConversationType::Direct && *user != creator;
            MemberDoc {
                request: is_asked.then_some(RequestState::Pending),
                ..MemberDoc::new(&id, *user, role, now, 0)
            }
        };
        let members: Vec<MemberDoc> = users.iter().map(member).collect();
        let doc = ConversationDoc {
            id,
            kind,
            name,
            avatar_url: None,
            created_by: creator,
            created_at: now,
            member_count: members.len() as i32,
            last_seq: 0,
            last_change: 0,
            shared_change: None,
            last_activity_at: now,
            last_message: None,
            creation: creation.to_owned(),
            ended_at: None,
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
        // A worker that no longer owns the conversation must not turn it back, nor what was edited in its last message.
        Ok(doc! {
            "q": { "_id": self.doc.id.as_str(), "lastSeq": { "$lt": self.doc.last_seq } },
            "u": { "$set": {
                "lastSeq": self.doc.last_seq,
                "lastActivityAt": self.doc.last_activity_at,
                "lastMessage": last,
            } },
        })
    }

    /// The update that lists the conversation for a member again.
    #[must_use]
    pub fn shown_update(conversation: &ConversationId, user: UserId) -> Document {
        doc! {
            "q": { "_id": MemberDoc::key(conversation, user) },
            "u": { "$set": { "hidden": false } },
        }
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

fn hidden(members: &[MemberDoc]) -> usize {
    members.iter().filter(|member| member.hidden).count()
}

fn index(members: &[MemberDoc]) -> HashMap<UserId, usize> {
    let place = |(at, member): (usize, &MemberDoc)| (member.user_id, at);
    members.iter().enumerate().map(place).collect()
}

fn fingerprint(sender: UserId, name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    (sender, name).hash(&mut hasher);
    hasher.finish()
}

/// Loads conversations that exist. What is stored of their messages and changes counts, whatever the conversation's own
/// row says: a worker may have died between the two.
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
    let (mut docs, mut members) =
        tokio::try_join!(store.conversations(ids), store.members_of(ids))?;
    let newest = async |docs: &[ConversationDoc]| {
        let pages = docs
            .iter()
            .map(|doc| store.page(&doc.id, None, None, RECENT));
        try_join_all(pages).await
    };
    let (mut newest_of, uncounted) =
        tokio::try_join!(newest(&docs), store.uncounted_changes(&docs))?;
    if !uncounted.is_empty() {
        store.carry_out(&uncounted).await?;
        (docs, members) = tokio::try_join!(store.conversations(ids), store.members_of(ids))?;
        newest_of = newest(&docs).await?;
    }
    let build = |(doc, newest): (ConversationDoc, Vec<MessageDoc>)| {
        let members = members.remove(&doc.id).unwrap_or_default();
        let mut conversation = Conversation::new(doc, members);
        for message in &newest {
            conversation.note(message);
        }
        conversation
    };
    Ok(docs.into_iter().zip(newest_of).map(build).collect())
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
