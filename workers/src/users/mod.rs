//! The users pool: profiles and search.
//!
//! - [`me`]: the caller's own profile.
//! - [`search`]: people by the beginning of their name.
//! - [`directory`]: people by id, for this pool and others.

pub mod directory;
pub mod me;
#[cfg(test)]
pub(crate) mod scratch;
pub mod search;

use sqlx::PgPool;
use warren_topology::{
    actions::{UsersAction, users},
    envelope::Command,
};

use crate::core::{
    Effects, Fault, Request, answer,
    desk::{Desk, unknown},
    handler::Outcome,
};

/// Handles the actions of the users pool.
pub struct UsersDesk {
    postgres: PgPool,
}

impl UsersDesk {
    /// Reads from this database.
    #[must_use]
    pub fn new(postgres: PgPool) -> Self {
        Self { postgres }
    }
}

impl Desk for UsersDesk {
    async fn handle(
        &self,
        command: &Command<'_>,
        _effects: &mut Effects,
    ) -> Result<Outcome, Fault> {
        let caller = Request::of(command).user()?;
        let Some(action) = UsersAction::parse(&command.action) else {
            return Err(unknown(&command.action));
        };
        let postgres = &self.postgres;
        match action {
            UsersAction::Me => {
                answer::<users::Me>(command, async |_| me::handle(postgres, caller).await).await
            }
            UsersAction::Search => {
                answer::<users::Search>(command, async |payload| {
                    search::handle(postgres, payload).await
                })
                .await
            }
        }
    }
}
