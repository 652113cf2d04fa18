//! The notify pool: notifications, from domain events.
//!
//! - [`events`], consumes domain events in batches; [`meaning`], what a batch means; `told`, what people hear of it.
//! - [`blocks`], who is not to be notified of whom; [`changes`], messages that are no longer as they were written.
//! - [`store`], notifications in MongoDB, written in bulk; [`retention`], for how long.
//! - one file per handler of a client action. What a handler has changed comes back as a domain event, so that all is told
//!   by the one worker that writes, in order.

pub mod blocks;
pub mod changes;
mod delete;
pub mod events;
mod get;
mod list;
pub mod meaning;
pub mod metrics;
mod read;
mod read_all;
pub mod retention;
pub mod store;
mod told;
mod unread;
mod unread_count;

use warren_topology::{
    actions::{NotifyAction, notify},
    envelope::Command,
    events::{DomainEvent, NotificationsChanged},
    ids::UserId,
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
            NotifyAction::Unread => {
                answer::<notify::Unread>(command, async |p| {
                    unread::handle(store, &request, user, p, effects).await
                })
                .await
            }
            NotifyAction::Delete => {
                answer::<notify::Delete>(command, async |p| {
                    delete::handle(store, &request, user, p, effects).await
                })
                .await
            }
            NotifyAction::Get => {
                answer::<notify::Get>(command, async |p| get::handle(store, user, p).await).await
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

/// Has a user's devices told what they have done to a notification, or to all.
fn changed(request: &Request<'_>, user: UserId, id: Option<&str>, effects: &mut Effects) {
    effects.event(DomainEvent::NotificationsChanged(NotificationsChanged {
        user_id: user,
        notification_id: id.map(str::to_owned),
        command: request.id.to_owned(),
    }));
}
