//! The users pool: profiles and search.
//!
//! - [`me`], [`get`], [`batch`], [`list`]: people by id, and all of them.
//! - [`search`]: people by the beginning of their name.
//! - [`update`]: changes a profile.
//! - [`block`], [`blocks`]: who does not want to hear from whom.
//! - [`broadcast`]: what administrators tell everybody.
//! - [`presence`]: who is there.
//! - [`directory`]: people by id, for this pool and others. [`names`]: usernames that nobody may take.

pub mod batch;
pub mod block;
pub mod blocks;
pub mod broadcast;
pub mod directory;
pub mod get;
pub mod list;
pub mod me;
pub mod names;
pub mod presence;
#[cfg(test)]
pub(crate) mod scratch;
pub mod search;
pub mod update;

use std::{collections::HashSet, sync::Arc};

use sqlx::PgPool;
use tokio::sync::Notify;
use warren_topology::{
    actions::{UsersAction, users},
    envelope::Command,
    ids::UserId,
};

use crate::{
    chat::contacts::Contacts,
    core::{
        Effects, Fault, Outbox, Request, answer,
        desk::{Desk, unknown},
        handler::Outcome,
    },
};

/// Handles the actions of the users pool.
pub struct UsersDesk {
    postgres: PgPool,
    outbox: Outbox,
    contacts: Contacts,
    broadcasts: Arc<Notify>,
}

impl UsersDesk {
    /// Reads from and writes to this database, and tells `broadcasts` of new ones.
    #[must_use]
    pub fn new(
        postgres: PgPool,
        outbox: Outbox,
        contacts: Contacts,
        broadcasts: Arc<Notify>,
    ) -> Self {
        Self {
            postgres,
            outbox,
            contacts,
            broadcasts,
        }
    }

    /// Whom a change of somebody's profile is told: their own devices, and those who share a conversation with them.
    async fn audience(&self, user: UserId) -> Vec<UserId> {
        let mut audience = match self.contacts.companions(user).await {
            Ok(companions) => companions,
            Err(error) => {
                // They see it when they look the next time.
                tracing::warn!(%error, "nobody else is told of a changed profile");
                HashSet::new()
            }
        };
        audience.insert(user);
        audience.into_iter().collect()
    }
}

impl Desk for UsersDesk {
    async fn handle(&self, command: &Command<'_>, effects: &mut Effects) -> Result<Outcome, Fault> {
        let request = Request::of(command);
        let caller = request.caller()?;
        let Some(action) = UsersAction::parse(&command.action) else {
            return Err(unknown(&command.action));
        };
        let (postgres, outbox, user) = (&self.postgres, &self.outbox, caller.user);
        match action {
            UsersAction::Me => {
                answer::<users::Me>(command, async |_| me::handle(postgres, user).await).await
            }
            UsersAction::Search => {
                answer::<users::Search>(command, async |payload| {
                    search::handle(postgres, user, payload).await
                })
                .await
            }
            UsersAction::Get => {
                answer::<users::Get>(command, async |payload| {
                    get::handle(postgres, user, payload).await
                })
                .await
            }
            UsersAction::Update => {
                answer::<users::Update>(command, async |payload| {
                    update::handle(self, request, caller, payload, effects).await
                })
                .await
            }
            UsersAction::Batch => {
                answer::<users::Batch>(command, async |payload| {
                    batch::handle(postgres, payload).await
                })
                .await
            }
            UsersAction::List => {
                answer::<users::List>(command, async |payload| {
                    list::handle(postgres, caller, payload).await
                })
                .await
            }
            UsersAction::Block => {
                answer::<users::Block>(command, async |payload| {
                    block::handle(postgres, outbox, request, payload, effects).await
                })
                .await
            }
            UsersAction::Unblock => {
                answer::<users::Unblock>(command, async |payload| {
                    block::unblock(postgres, outbox, request, payload, effects).await
                })
                .await
            }
            UsersAction::Presence => {
                answer::<users::Presence>(command, async |payload| {
                    presence::get::handle(postgres, &self.contacts, user, payload).await
                })
                .await
            }
            UsersAction::Broadcast => {
                answer::<users::Broadcast>(command, async |payload| {
                    broadcast::handle(self, request, payload).await
                })
                .await
            }
            UsersAction::Blocks => {
                answer::<users::Blocks>(command, async |payload| {
                    blocks::handle(postgres, user, payload).await
                })
                .await
            }
        }
    }
}
