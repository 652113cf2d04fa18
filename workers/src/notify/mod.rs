//! The notify pool: notifications, from domain events.
//!
//! - [`events`], consumes domain events in batches.
//! - [`blocks`], who is not to be notified of whom.
//! - [`store`], notifications in MongoDB, written in bulk.
//! - one file per handler of a client action.

pub mod blocks;
pub mod events;
mod list;
pub mod metrics;
mod read;
mod read_all;
pub mod store;
mod unread_count;

use warren_topology::{
    actions::{NotifyAction, notify},
    envelope::Command,
};

use self::store::Store;
use crate::core::{
    Effects, Fault, Request, answer,
    desk::{Desk, unknown},
    handler::Outcome,
};

/// Answers what clients ask about notifications.
pub struct NotifyDesk {
    /// MongoDB.
    pub store: Store,
}

impl Desk for NotifyDesk {
    async fn handle(&self, command: &Command<'_>, effects: &mut Effects) -> Result<Outcome, Fault> {
        let request = Request::of(command);
        let Some(action) = NotifyAction::parse(&command.action) else {
            return Err(unknown(&command.action));
        };
        let (store, user) = (&self.store, request.user()?);
        match action {
            NotifyAction::List => {
                answer::<notify::List>(command, async |p| list::handle(store, user, p).await).await
            }
            NotifyAction::UnreadCount => {
                answer::<notify::UnreadCount>(command, async |_| {
                    unread_count::handle(store, user).await
                })
                .await
            }
            NotifyAction::Read => {
                answer::<notify::Read>(command, async |p| {
                    read::handle(store, &request, user, p, effects).await
                })
                .await
            }
            NotifyAction::ReadAll => {
                answer::<notify::ReadAll>(command, async |_| {
                    read_all::handle(store, &request, user, effects).await
                })
                .await
            }
        }
    }
}
