//! What an action causes besides its reply: events for people, for edges, and for other services.

use std::sync::Arc;

use serde_json::value::{RawValue, to_raw_value};
use warren_topology::{
    actions::Namespace,
    envelope::Control,
    events::{DomainEvent, SocketEvent},
    ids::UserId,
};

/// An event for people, encoded once.
#[derive(Clone, Debug)]
pub struct PushOut {
    /// Whom it is for.
    pub to: Vec<UserId>,
    /// Where it is sent.
    pub namespace: Namespace,
    /// `["event",{…}]`
    pub event: Arc<RawValue>,
    /// The same event always has the same key; empty for what is worth nothing later.
    pub key: String,
    /// Only for devices that are subscribed to this topic.
    pub topic: Option<String>,
}

/// What one action causes, in order.
#[derive(Debug, Default)]
pub struct Effects {
    pub(crate) pushes: Vec<PushOut>,
    pub(crate) controls: Vec<Control>,
    pub(crate) events: Vec<DomainEvent>,
}

impl Effects {
    /// Pushes an event to those devices of people that are subscribed to a topic, now or never.
    pub fn signal<E: SocketEvent>(&mut self, to: Vec<UserId>, topic: &str, event: &E) {
        self.add(to, event, String::new(), Some(topic.to_owned()));
    }

    /// Pushes an event to people. `key` names this event among all: repeating the action must give the same.
    pub fn push<E: SocketEvent>(&mut self, to: Vec<UserId>, event: &E, key: impl Into<String>) {
        self.add(to, event, key.into(), None);
    }

    fn add<E: SocketEvent>(
        &mut self,
        to: Vec<UserId>,
        event: &E,
        key: String,
        topic: Option<String>,
    ) {
        match to_raw_value(&(E::NAME, event)) {
            Ok(event) => self.pushes.push(PushOut {
                to,
                namespace: E::NAMESPACE,
                event: event.into(),
                key,
                topic,
            }),
            Err(error) => {
                tracing::error!(event = E::NAME, %error, "an event has no JSON form and was not pushed")
            }
        }
    }

    /// Tells every edge.
    pub fn control(&mut self, control: Control) {
        self.controls.push(control);
    }

    /// Keeps what every edge must know and drops the rest, for an action that was refused.
    pub fn only_controls(&mut self) {
        self.pushes.clear();
        self.events.clear();
    }

    /// Tells whoever listens on `warren.events`.
    pub fn event(&mut self, event: DomainEvent) {
        self.events.push(event);
    }
}
