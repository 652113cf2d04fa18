//! Changes to what exists: edits, deletions, members, names. Each takes its conversation's next number.
//!
//! A change is stored first, under its conversation and number, and then carried out on the documents it concerns. So
//! two workers that believe to own a conversation cannot both give the same number, and what a worker that died has not
//! carried out is carried out by the next that loads the conversation. Every document remembers the number of its last
//! change: an older one that comes late changes nothing.

use mongodb::bson::{Bson, DateTime, Document, doc, serialize_to_bson};
use serde::{Deserialize, Serialize};
use warren_topology::{
    ids::{ConversationId, MessageId, Seq, UserId},
    payload::chat::SystemEvent,
};

use super::store::{ConversationDoc, MemberDoc, MessageDoc};

/// A change as it is stored: what it concerns, as that is afterwards.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ChangeDoc {
    /// Conversation and number, in the form of a message's id. It is the fence against a worker that no longer owns the
    /// conversation.
    #[serde(rename = "_id")]
    pub id: MessageId,
    /// The conversation.
    pub c: ConversationId,
    /// The number, from 1.
    pub n: i64,
    /// The command that made it. (c, command) is unique.
    pub command: String,
    /// Who sent that.
    pub actor: UserId,
    /// When.
    pub at: DateTime,
    /// The last change that concerns everybody: this one, or the one before a private one.
    pub shared_change: i64,
    /// What it changes.
    pub what: What,
}

/// What a change changes.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct What {
    /// A message, as it is afterwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<MessageDoc>,
    /// Members, as they are afterwards.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub members: Vec<MemberDoc>,
    /// What everybody sees of the conversation, as it is afterwards.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shared: Option<Shared>,
    /// What the history tells of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub system: Option<SystemEvent>,
    /// Whether it concerns nobody but its members.
    #[serde(default)]
    pub private: bool,
}

/// What everybody sees of a conversation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Shared {
    /// A group's name.
    pub name: Option<String>,
    /// Where a group's picture is.
    pub avatar_url: Option<String>,
    /// How many members it has.
    pub member_count: i32,
    /// When it was ended for all.
    pub ended_at: Option<DateTime>,
}

impl ChangeDoc {
    /// The next change of a conversation.
    #[must_use]
    pub fn next(of: &ConversationDoc, command: &str, actor: UserId, mut what: What) -> Self {
        let n = of.last_change + 1;
        if let Some(message) = &mut what.message {
            message.change = Some(n);
        }
        for member in &mut what.members {
            member.change = Some(n);
        }
        Self {
            id: MessageId::new(&of.id, Seq(n.unsigned_abs())),
            c: of.id.clone(),
            n,
            command: command.to_owned(),
            actor,
            at: DateTime::now(),
            shared_change: if what.private { of.shared() } else { n },
            what,
        }
    }

    /// The number as clients see it.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.n.unsigned_abs()
    }

    /// Whether the conversation ends with it.
    #[must_use]
    pub fn ends(&self) -> bool {
        let shared = self.what.shared.as_ref();
        shared.is_some_and(|shared| shared.ended_at.is_some())
    }

    /// Updates of `messages`.
    #[must_use]
    pub fn message_updates(&self) -> Vec<Document> {
        let update = |message: &MessageDoc| {
            doc! {
                "q": { "_id": message.id.as_str(), "change": self.not_done() },
                "u": { "$set": without_nulls(doc! {
                    "content": &message.content,
                    "attachments": &message.attachments,
                    "files": serialize_to_bson(&message.files).unwrap_or(Bson::Null),
                    "mentions": message.mentions.iter().map(|user| user.0).collect::<Vec<_>>(),
                    "mentionsAll": message.mentions_all,
                    "editedAt": message.edited_at,
                    "deletedAt": message.deleted_at,
                    "deletedBy": message.deleted_by.map(|user| user.0),
                    "change": self.n,
                }) },
            }
        };
        self.what.message.iter().map(update).collect()
    }

    /// Updates of `members`. A row that is missing is made; one with a later change stays, by way of the duplicate key.
    #[must_use]
    pub fn member_updates(&self) -> Vec<Document> {
        let update = |member: &MemberDoc| {
            let mut update = doc! {
                "$set": without_nulls(doc! {
                    "role": role(member),
                    "deleted": member.deleted.unwrap_or_default(),
                    "joinedAt": member.joined_at,
                    "joinedSeq": member.joined_seq,
                    "muted": member.muted,
                    "mutedUntil": member.muted_until,
                    "pinned": member.pinned,
                    "hidden": member.hidden,
                    "request": request(member),
                    "clearedSeq": member.cleared_seq,
                    "leftAt": member.left_at,
                    "change": self.n,
                }),
                "$max": {
                    "lastReadSeq": member.last_read_seq,
                    "lastDeliveredSeq": member.last_delivered_seq,
                },
                "$setOnInsert": {
                    "conversationId": member.conversation_id.as_str(),
                    "userId": member.user_id.0,
                },
            };
            let absent = [
                ("leftAt", member.left_at.is_none()),
                ("mutedUntil", member.muted_until.is_none()),
            ];
            let absent = absent.into_iter().filter(|(_, is_absent)| *is_absent);
            let unset: Document = absent
                .map(|(field, _)| (field.to_owned(), Bson::from("")))
                .collect();
            if !unset.is_empty() {
                update.insert("$unset", unset);
            }
            doc! {
                "q": { "_id": &member.id, "change": self.not_done() },
                "u": update,
                "upsert": true,
            }
        };
        self.what.members.iter().map(update).collect()
    }

    /// Updates of `changes`: what is deleted is nowhere.
    #[must_use]
    pub fn change_updates(&self) -> Vec<Document> {
        let deleted = self.what.message.iter().filter(|m| m.deleted_at.is_some());
        let update = |message: &MessageDoc| {
            doc! {
                "q": { "c": self.c.as_str(), "what.message._id": message.id.as_str(), "n": { "$lt": self.n } },
                "u": { "$set": { "what.message.content": "", "what.message.attachments": [], "what.message.files": [], "what.message.mentions": [] } },
                "multi": true,
            }
        };
        deleted.map(update).collect()
    }

    /// Updates of `files`: what goes with a message that is deleted, or with a conversation that ends.
    #[must_use]
    pub fn file_updates(&self) -> Vec<Document> {
        let deleted = self.what.message.iter().filter(|m| m.deleted_at.is_some());
        let gone = deleted.map(|message| doc! { "message": message.id.as_str() });
        let ended = self.ends().then(|| doc! { "c": self.c.as_str() });
        let remove = |of| doc! { "q": of, "u": { "$set": { "removeAt": self.at } }, "multi": true };
        gone.chain(ended).map(remove).collect()
    }

    /// Updates of `conversations`: the last message, if it is the one changed, and the number.
    #[must_use]
    pub fn conversation_updates(&self) -> Vec<Document> {
        let mut updates = Vec::new();
        if let Some(message) = &self.what.message
            && let Ok(document) = serialize_to_bson(message)
        {
            updates.push(doc! {
                "q": {
                    "_id": self.c.as_str(),
                    "lastMessage._id": message.id.as_str(),
                    "lastMessage.change": self.not_done(),
                },
                "u": { "$set": { "lastMessage": document } },
            });
        }
        let mut set = doc! { "lastChange": self.n, "sharedChange": self.shared_change };
        if let Some(shared) = &self.what.shared {
            set.extend(doc! {
                "name": &shared.name,
                "avatarUrl": &shared.avatar_url,
                "memberCount": shared.member_count,
                "endedAt": shared.ended_at,
            });
        }
        updates.push(doc! {
            "q": { "_id": self.c.as_str(), "lastChange": { "$lt": self.n } },
            "u": { "$set": set },
        });
        updates
    }

    /// Matches what has not had this change or a later one.
    fn not_done(&self) -> Document {
        doc! { "$not": { "$gte": self.n } }
    }
}

fn without_nulls(document: Document) -> Document {
    document
        .into_iter()
        .filter(|(_, value)| *value != Bson::Null)
        .collect()
}

fn request(member: &MemberDoc) -> Bson {
    let state = member.request.map(|state| serialize_to_bson(&state));
    state.and_then(Result::ok).unwrap_or(Bson::Null)
}

fn role(member: &MemberDoc) -> Bson {
    // A unit variant is a string in BSON.
    serialize_to_bson(&member.role).unwrap_or(Bson::Null)
}
