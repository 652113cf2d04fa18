//! Reads the truth back over REST once the load is over: the history of every conversation, and what everybody is told
//! to be unread.

use std::collections::HashMap;

use futures_util::{StreamExt as _, TryStreamExt as _, stream};

use super::plan::Plan;
use super::record::fingerprint;
use crate::client::people::Person;
use crate::client::shape::Message;
use crate::error::BenchError;
use crate::options::Bench;

/// A stored message.
#[derive(Clone, Debug)]
pub(crate) struct Stored {
    /// Its id.
    pub(crate) id: String,
    /// Its place.
    pub(crate) seq: u64,
    /// `user` or `system`.
    pub(crate) kind: String,
    /// Who wrote it.
    pub(crate) sender: Option<u64>,
    /// The text: the sender's key.
    pub(crate) content: String,
    /// The sender's key, where the reader is told.
    pub(crate) client_id: Option<String>,
}

impl Stored {
    /// As devices remember it.
    pub(crate) fn fingerprint(&self) -> u64 {
        fingerprint(self.sender, &self.content)
    }
}

impl From<Message> for Stored {
    fn from(message: Message) -> Self {
        Self {
            id: message.id,
            seq: message.seq,
            kind: message.kind,
            sender: message.sender_id,
            content: message.content,
            client_id: message.client_id,
        }
    }
}

/// What one person is told about one conversation.
#[derive(Clone, Debug)]
pub(crate) struct ReadState {
    /// Index of the person.
    pub(crate) person: usize,
    /// Index of the conversation.
    pub(crate) room: usize,
    /// `lastSeq` of the conversation.
    pub(crate) last_seq: u64,
    /// `me.lastReadSeq`
    pub(crate) last_read_seq: u64,
    /// `me.unread`
    pub(crate) unread: u64,
    /// `lastSeq` of the unread message notification, 0 without one.
    pub(crate) notified_to: u64,
    /// Unread message notifications of this conversation; the contract promises one at most.
    pub(crate) notifications: usize,
}

/// The history of every conversation, in the order of the plan.
pub(crate) async fn histories(bench: &Bench, plan: &Plan) -> Result<Vec<Vec<Stored>>, BenchError> {
    stream::iter(&plan.rooms)
        .map(|room| async {
            let reader = &plan.people[room.members[0]];
            let token = token(bench, reader).await?;
            let messages = bench
                .api
                .history(reader.index, &token, &room.id)
                .await
                .map_err(|error| {
                    BenchError::Setup(format!(
                        "reading the history of {} at the end: {error}",
                        room.id
                    ))
                })?;
            Ok(messages.into_iter().map(Stored::from).collect())
        })
        .buffered(8)
        .try_collect()
        .await
}

/// What everybody is told about every conversation of theirs.
pub(crate) async fn read_states(bench: &Bench, plan: &Plan) -> Result<Vec<ReadState>, BenchError> {
    let states: Vec<Vec<ReadState>> = stream::iter(&plan.people)
        .map(|person| of_person(bench, plan, person))
        .buffered(8)
        .try_collect()
        .await?;
    Ok(states.concat())
}

async fn of_person(
    bench: &Bench,
    plan: &Plan,
    person: &Person,
) -> Result<Vec<ReadState>, BenchError> {
    let failed = |error| BenchError::Setup(format!("reading unread states at the end: {error}"));
    let token = token(bench, person).await?;
    let notifications = bench
        .api
        .unread_notifications(person.index, &token)
        .await
        .map_err(failed)?;
    let mut by_room: HashMap<&str, (u64, usize)> = HashMap::new();
    for notification in notifications
        .iter()
        .filter(|notification| notification.kind == "message")
    {
        if let Some(room) = &notification.conversation_id {
            let entry = by_room.entry(room).or_default();
            *entry = (entry.0.max(notification.last_seq.unwrap_or(0)), entry.1 + 1);
        }
    }
    let mut states = Vec::new();
    for room in plan.rooms_of(person.index) {
        let id = &plan.rooms[room].id;
        let conversation = bench
            .api
            .conversation(person.index, &token, id)
            .await
            .map_err(failed)?;
        let (notified_to, notifications) = by_room.get(id.as_str()).copied().unwrap_or_default();
        states.push(ReadState {
            person: person.index,
            room,
            last_seq: conversation.last_seq,
            last_read_seq: conversation.me.as_ref().map_or(0, |me| me.last_read_seq),
            unread: conversation.me.as_ref().map_or(0, |me| me.unread),
            notified_to,
            notifications,
        });
    }
    Ok(states)
}

async fn token(bench: &Bench, person: &Person) -> Result<String, BenchError> {
    person
        .fresh_token(&bench.api, person.index, false)
        .await
        .map_err(|error| BenchError::Setup(format!("signing in again at the end: {error}")))
}
