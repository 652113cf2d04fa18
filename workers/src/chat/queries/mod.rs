//! The reads of the chat pool, one file each. Any chat worker may answer them.

mod files;
mod get;
mod list;
mod members;
mod messages;
mod open;
mod search;
mod sync;

use std::{
    collections::{BTreeSet, HashMap},
    hash::Hash,
};

use futures_util::TryStreamExt;
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
    search::index::Index,
    store::{ConversationDoc, MemberDoc, MessageDoc, Place, Store},
    turn::People,
    view::{self, SHOWN_MEMBERS},
};
use crate::core::{
    Effects, Fault, Gather, Request, answer,
    desk::{Desk, unknown},
    handler::Outcome,
};

/// Answers reads.
pub struct QueryDesk {
    store: Store,
    index: Index,
    directory: Directory,
    together: Together,
}

/// What thousands ask at once when they come back.
struct Together {
    /// A user's own rows.
    rows: Gather<UserId, Vec<MemberDoc>>,
    /// Conversations.
    conversations: Gather<ConversationId, ConversationDoc>,
    /// All members of a conversation.
    members: Gather<ConversationId, Vec<MemberDoc>>,
    /// The first members of a large one.
    first_members: Gather<ConversationId, Vec<MemberDoc>>,
    /// The messages after a place.
    missed: Gather<Place, Vec<MessageDoc>>,
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
            ChatQuery::SearchMessages => {
                answer::<query::SearchMessages>(command, async |p| {
                    search::handle(self, user, p).await
                })
                .await
            }
            ChatQuery::Join => {
                answer::<query::Join>(command, async |p| open::join(self, user, p).await).await
            }
            // The edge has done it already.
            ChatQuery::Leave => answer::<query::Leave>(command, async |p| Ok(p.into())).await,
            ChatQuery::CreateFile => {
                answer::<query::CreateFile>(command, async |p| files::create(self, user, p).await)
                    .await
            }
            ChatQuery::CompleteFile => {
                answer::<query::CompleteFile>(command, async |p| {
                    files::complete(self, user, p).await
                })
                .await
            }
            ChatQuery::GetFile => {
                answer::<query::GetFile>(command, async |p| files::get(self, user, p).await).await
            }
            ChatQuery::Sync => {
                answer::<query::Sync>(command, async |p| sync::handle(self, user, p).await).await
            }
        }
    }
}

impl Together {
    fn new(store: &Store) -> Self {
        fn gather<K, V, F>(store: &Store, load: fn(Store, Vec<K>) -> F) -> Gather<K, V>
        where
            K: Clone + Ord + Hash + Send + Sync + 'static,
            V: Clone + Send + 'static,
            F: Future<Output = Result<HashMap<K, V>, mongodb::error::Error>> + Send + 'static,
        {
            let store = store.clone();
            Gather::new(move |keys| load(store.clone(), keys))
        }
        Self {
            rows: gather(
                store,
                |store, users| async move { store.rows_of(&users).await },
            ),
            conversations: gather(store, |store, ids: Vec<ConversationId>| async move {
                let found = store.conversations(&ids.iter().collect::<Vec<_>>()).await?;
                Ok(found.into_iter().map(|doc| (doc.id.clone(), doc)).collect())
            }),
            members: gather(store, |store, ids: Vec<ConversationId>| async move {
                store.members_of(&ids.iter().collect::<Vec<_>>()).await
            }),
            first_members: gather(store, |store, ids| async move {
                store.first_members_of(&ids, SHOWN_MEMBERS).await
            }),
            missed: gather(
                store,
                |store, places| async move { store.missed(places).await },
            ),
        }
    }
}

impl QueryDesk {
    /// Reads from MongoDB, and asks the directory who people are.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    #[must_use]
    pub fn new(store: Store, directory: Directory) -> Self {
        Self {
            together: Together::new(&store),
            index: Index::new(&store),
            store,
            directory,
        }
    }

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
        let ids = |docs: &[&ConversationDoc]| docs.iter().map(|doc| doc.id.clone()).collect();
        let (mut members, first) = tokio::try_join!(
            self.together.members.get(ids(&small)),
            self.together.first_members.get(ids(&large)),
        )?;
        members.extend(first);
        let people = self
            .people(members.values().flatten().map(|member| member.user_id))
            .await?;
        let own: HashMap<&ConversationId, &MemberDoc> = own
            .iter()
            .map(|member| (&member.conversation_id, member))
            .collect();
        let shown = docs.iter().filter_map(|doc| {
            let own = own.get(&doc.id)?;
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
