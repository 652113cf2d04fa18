//! The reads of the chat pool, one file each. Any chat worker may answer them.

mod get;
mod list;
mod members;
mod messages;
mod open;
mod sync;

use std::collections::BTreeSet;

use futures_util::{TryStreamExt, future::try_join_all};
use mongodb::bson::{DateTime, Document, doc};
use warren_topology::{
    actions::{ChatQuery, query},
    envelope::Command,
    failure::Failure,
    ids::{ConversationId, UserId},
    payload::chat::Conversation,
};

use super::{
    batch::Directory,
    store::{ConversationDoc, MemberDoc, Store},
    turn::People,
    view::{self, SHOWN_MEMBERS},
};
use crate::core::{
    Effects, Fault, Request, answer,
    desk::{Desk, unknown},
    handler::Outcome,
};

/// Answers reads.
pub struct QueryDesk {
    /// MongoDB.
    pub store: Store,
    /// Who people are.
    pub directory: Directory,
}

impl Desk for QueryDesk {
    async fn handle(
        &self,
        command: &Command<'_>,
        _effects: &mut Effects,
    ) -> Result<Outcome, Fault> {
        let user = Request::of(command).user()?;
        let Some(action) = ChatQuery::parse(&command.action) else {
            return Err(unknown(&command.action));
        };
        match action {
            ChatQuery::ListConversations => {
                answer::<query::ListConversations>(command, async |p| {
                    list::handle(self, user, p).await
                })
                .await
            }
            ChatQuery::GetConversation => {
                answer::<query::GetConversation>(command, async |p| {
                    get::handle(self, user, p).await
                })
                .await
            }
            ChatQuery::ListMembers => {
                answer::<query::ListMembers>(command, async |p| {
                    members::handle(self, user, p).await
                })
                .await
            }
            ChatQuery::ListMessages => {
                answer::<query::ListMessages>(command, async |p| {
                    messages::handle(self, user, p).await
                })
                .await
            }
            ChatQuery::Join => {
                answer::<query::Join>(command, async |p| open::join(self, user, p).await).await
            }
            // The edge has done it already.
            ChatQuery::Leave => answer::<query::Leave>(command, async |p| Ok(p.into())).await,
            ChatQuery::Sync => {
                answer::<query::Sync>(command, async |p| sync::handle(self, user, p).await).await
            }
        }
    }
}

impl QueryDesk {
    /// A user's own row in a conversation.
    async fn own(&self, user: UserId, id: &ConversationId) -> Result<MemberDoc, Fault> {
        let own = self
            .store
            .members
            .find_one(doc! { "_id": MemberDoc::key(id, user), "leftAt": null })
            .await?;
        own.ok_or_else(|| Failure::not_found("conversation").into())
    }

    /// A user's own rows, of all conversations or those shown.
    async fn own_rows(&self, user: UserId, filter: Document) -> Result<Vec<MemberDoc>, Fault> {
        let mut own = doc! { "userId": user.0, "leftAt": null };
        own.extend(filter);
        Ok(self.store.members.find(own).await?.try_collect().await?)
    }

    /// Conversations as their member sees them, with the first of their members.
    async fn views(
        &self,
        docs: &[ConversationDoc],
        own: &[MemberDoc],
        all_members: bool,
    ) -> Result<Vec<Conversation>, Fault> {
        let (small, large): (Vec<_>, Vec<_>) = docs
            .iter()
            .partition(|doc| all_members || doc.member_count as usize <= SHOWN_MEMBERS);
        let ids: Vec<&ConversationId> = small.iter().map(|doc| &doc.id).collect();
        let mut members = self.store.members_of(&ids).await?;
        let first = large.iter().map(|doc| async move {
            // The order of the index: it gives the first few of many without reading all.
            let sort = doc! { "conversationId": 1, "joinedAt": 1 };
            let filter = doc! { "conversationId": doc.id.as_str(), "leftAt": null };
            let found = self
                .store
                .members
                .find(filter)
                .sort(sort)
                .limit(SHOWN_MEMBERS as i64)
                .await?;
            Ok::<_, mongodb::error::Error>((
                doc.id.clone(),
                found.try_collect::<Vec<MemberDoc>>().await?,
            ))
        });
        members.extend(try_join_all(first).await?);
        let people = self
            .people(members.values().flatten().map(|member| member.user_id))
            .await?;
        let shown = docs.iter().filter_map(|doc| {
            let own = own.iter().find(|member| member.conversation_id == doc.id)?;
            let members = members.get(&doc.id).map_or(&[][..], Vec::as_slice);
            Some(view::with_own(doc, own, members, &people))
        });
        Ok(shown.collect())
    }

    /// People by id, as far as they exist.
    async fn people(&self, ids: impl Iterator<Item = UserId>) -> Result<People, Fault> {
        let ids: BTreeSet<UserId> = ids.collect();
        let people = (self.directory)(ids.into_iter().collect()).await?;
        Ok(people
            .into_iter()
            .map(|user| (user.user_id, user))
            .collect())
    }

    /// Conversations of these ids by activity, the newest first, from a place in that order.
    async fn by_activity(
        &self,
        ids: Vec<&str>,
        from: Option<&Cursor>,
        limit: u32,
    ) -> Result<Vec<ConversationDoc>, Fault> {
        let mut filter = doc! { "_id": { "$in": ids } };
        if let Some(Cursor { at, id }) = from {
            filter.insert(
                "$or",
                [
                    doc! { "lastActivityAt": { "$lt": at } },
                    doc! { "lastActivityAt": at, "_id": { "$lt": id.as_str() } },
                ],
            );
        }
        let sort = doc! { "lastActivityAt": -1, "_id": -1 };
        Ok(self
            .store
            .conversations
            .find(filter)
            .sort(sort)
            .limit(i64::from(limit))
            .await?
            .try_collect()
            .await?)
    }
}

/// A place in the order of activity.
struct Cursor {
    at: DateTime,
    id: ConversationId,
}

impl Cursor {
    fn parse(text: Option<&str>) -> Result<Option<Self>, Failure> {
        let Some(text) = text else { return Ok(None) };
        let read = || {
            let (millis, id) = text.split_once('_')?;
            Some(Self {
                at: DateTime::from_millis(millis.parse().ok()?),
                id: id.parse().ok()?,
            })
        };
        read()
            .map(Some)
            .ok_or_else(|| Failure::invalid("cursor", "must be the nextCursor of a page"))
    }

    /// The place after a conversation.
    fn after(last: &ConversationDoc) -> String {
        format!("{}_{}", last.last_activity_at.timestamp_millis(), last.id)
    }
}
