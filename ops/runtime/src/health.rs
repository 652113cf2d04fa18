//! Which parts of this process work: the source of `/health/ready`.

use std::collections::BTreeMap;

use serde::Serialize;
use tokio::sync::watch;

/// The health of a process; clones share it.
///
/// The process is ready when every [`Component`] is up and it is not draining. That it is alive needs
/// no record: it answers.
#[derive(Debug, Clone)]
pub struct Health {
    state: watch::Sender<State>,
}

#[derive(Debug, Default)]
struct State {
    components: BTreeMap<String, Status>,
    draining: bool,
}

impl State {
    fn is_ready(&self) -> bool {
        !self.draining && self.components.values().all(|status| *status == Status::Up)
    }
}

/// Whether one component works.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "status", rename_all = "lowercase")]
pub enum Status {
    /// It works.
    Up,
    /// It does not.
    Down {
        /// Why, for the operator.
        #[serde(skip_serializing_if = "String::is_empty")]
        reason: String,
    },
}

/// The process as a whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Overall {
    /// Every component is up.
    Up,
    /// A component is down.
    Down,
    /// The process is ending and takes no new work.
    Draining,
}

/// A snapshot; as JSON `{"status": "up|down|draining", "components": {name: {"status", "reason"?}}}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Whether the process takes work: [`Report::status`] is [`Overall::Up`].
    #[serde(skip)]
    pub ready: bool,
    /// The process as a whole.
    pub status: Overall,
    /// Each component by name.
    pub components: BTreeMap<String, Status>,
}

impl Report {
    /// The same without the reasons, for answers that leave the operator's network.
    #[must_use]
    pub fn without_reasons(mut self) -> Self {
        for status in self.components.values_mut() {
            if let Status::Down { reason } = status {
                reason.clear();
            }
        }
        self
    }
}

impl Health {
    /// The health of a process without components: ready.
    #[must_use]
    pub fn new() -> Self {
        Self {
            state: watch::Sender::default(),
        }
    }

    /// Adds a component, down ("starting") until it reports; the same name again is the same component.
    /// Add all of them before serving, so that the process does not look ready too early.
    #[must_use]
    pub fn component(&self, name: &str) -> Component {
        self.state.send_if_modified(|state| {
            let known = state.components.contains_key(name);
            if !known {
                let reason = "starting".to_owned();
                state
                    .components
                    .insert(name.to_owned(), Status::Down { reason });
            }
            !known
        });
        Component {
            name: name.to_owned(),
            health: self.clone(),
        }
    }

    /// Makes the process not ready from now on: load balancers send nothing new while it finishes.
    pub fn drain(&self) {
        self.state.send_modify(|state| state.draining = true);
    }

    /// How things stand now.
    #[must_use]
    pub fn report(&self) -> Report {
        let state = self.state.borrow();
        let ready = state.is_ready();
        let status = match (state.draining, ready) {
            (true, _) => Overall::Draining,
            (false, true) => Overall::Up,
            (false, false) => Overall::Down,
        };
        Report {
            ready,
            status,
            components: state.components.clone(),
        }
    }

    /// Waits until the process is ready; forever when it drains.
    pub async fn until_ready(&self) {
        // The only error is that the sender is gone, and self holds it.
        let _ = self.state.subscribe().wait_for(State::is_ready).await;
    }
}

impl Default for Health {
    fn default() -> Self {
        Self::new()
    }
}

/// One part that can fail by itself, for example the connection to the broker. Clones are the same part;
/// dropping it changes nothing.
#[derive(Debug, Clone)]
pub struct Component {
    name: String,
    health: Health,
}

impl Component {
    /// It works.
    pub fn up(&self) {
        if self.set(Status::Up) {
            tracing::info!(component = self.name, "component is up");
        }
    }

    /// It does not work; the reason is for the operator and must hold no secrets.
    pub fn down(&self, reason: impl Into<String>) {
        let reason = reason.into();
        if self.set(Status::Down {
            reason: reason.clone(),
        }) {
            tracing::warn!(component = self.name, reason, "component is down");
        }
    }

    /// Returns whether it went from up to down or back.
    fn set(&self, status: Status) -> bool {
        let mut turned = false;
        self.health.state.send_if_modified(|state| {
            let before = state.components.insert(self.name.clone(), status.clone());
            turned = (before == Some(Status::Up)) != (status == Status::Up);
            before.as_ref() != Some(&status)
        });
        turned
    }
}
