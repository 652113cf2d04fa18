//! How things travel between processes: every broker message is a [`Batch`] of items in JSON.
//!
//! Payloads, replies and events inside are raw JSON, written once by whoever makes them and passed on as they are.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use warren_runtime::trace::TraceParent;

use crate::{
    actions::Namespace,
    failure::Failure,
    ids::{NodeId, UserId},
};

/// One broker message: items from one node, numbered per destination, so that whoever receives them notices a gap and
/// drops a repetition.
#[derive(Debug, Serialize, Deserialize)]
pub struct Batch<T> {
    /// The sender. On a command: the edge that the replies go to.
    pub from: NodeId,
    /// Counts this sender's batches to this routing key from 1.
    pub n: u64,
    /// What it carries, in order.
    pub items: Vec<T>,
}

/// Who sent a command.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Caller {
    /// The user.
    pub user: UserId,
    /// The session (device) they signed in with.
    pub session: String,
    /// The roles they hold.
    pub roles: Vec<String>,
}

/// Where a command came from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// The client's address, behind trusted proxies the forwarded one.
    pub address: String,
    /// The client's User-Agent, shortened.
    pub user_agent: String,
}

/// A client action on its way to a pool.
#[derive(Debug, Serialize, Deserialize)]
pub struct Command<'a> {
    /// Unique in time and space; the reply carries it.
    #[serde(borrow)]
    pub id: Cow<'a, str>,
    /// The action's name.
    #[serde(borrow)]
    pub action: Cow<'a, str>,
    /// Who sends it, if signed in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caller: Option<Caller>,
    /// Where from, for actions that ask for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// The trace of the client's action.
    pub trace: TraceParent,
    /// When the edge accepted it, milliseconds since the Unix epoch.
    pub accepted: i64,
    /// When the client stops waiting, milliseconds since the Unix epoch.
    pub deadline: i64,
    /// The payload.
    #[serde(borrow)]
    pub payload: &'a RawValue,
}

/// What goes to an edge.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum EdgeItem<'a> {
    /// The answer to a command.
    #[serde(borrow)]
    Reply(Reply<'a>),
    /// An event for people whose sockets the edge holds.
    #[serde(borrow)]
    Push(Push<'a>),
}

/// The answer to a command.
#[derive(Debug, Serialize, Deserialize)]
pub struct Reply<'a> {
    /// The command's id.
    #[serde(borrow)]
    pub id: Cow<'a, str>,
    /// An HTTP status that differs from the table's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// What the client gets.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub data: Option<&'a RawValue>,
    /// Why it was refused.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<Failure>,
    /// Set-Cookie values, for REST.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cookies: Vec<String>,
}

/// An event for people.
#[derive(Debug, Serialize, Deserialize)]
pub struct Push<'a> {
    /// The namespace.
    pub ns: Namespace,
    /// Whom it is for, of those the edge holds.
    pub to: Vec<UserId>,
    /// Whom of them: only sockets that are subscribed to this topic ([`crate::actions::Subscribing`]); all if absent.
    #[serde(borrow, default, skip_serializing_if = "Option::is_none")]
    pub topic: Option<Cow<'a, str>>,
    /// `["event",{…}]`, as the client receives it.
    #[serde(borrow)]
    pub event: &'a RawValue,
    /// What the event is: the same event always has the same key, and an edge delivers it once. It may come again from a
    /// worker that took over, or from the one before it, which was only slow. Empty for what is worth nothing a moment
    /// later: it is not remembered, and never sent again.
    #[serde(borrow)]
    pub key: Cow<'a, str>,
    /// The trace of the action that caused it.
    pub trace: TraceParent,
    /// When the edge accepted that action, milliseconds since the Unix epoch.
    pub accepted: i64,
}

/// Control for every edge, on the exchange `edges`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Control {
    /// A session has ended: its sockets close and its access tokens are refused.
    SessionRevoked {
        /// Whose.
        user: UserId,
        /// Which.
        session: String,
        /// Why, for the client: `logout`, `reuse`, `password`, `suspended`, `deleted`.
        reason: String,
    },
    /// Somebody's roles have changed: these hold now, on open sockets and for tokens that were issued before.
    RolesChanged {
        /// Whose.
        user: UserId,
        /// All that they hold now.
        roles: Vec<String>,
        /// When, milliseconds since the Unix epoch: of two changes the later one counts.
        at: i64,
    },
    /// A worker lacks the routes of one edge, or of all.
    RoutesWanted {
        /// The edge that should announce them.
        edge: Option<NodeId>,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edge_items_keep_their_raw_json() {
        let event = r#"["message:created",{"content":"a\"b"}]"#;
        let text = format!(
            r#"{{"from":"w","n":3,"items":[{{"push":{{"ns":"chat","to":[1,2],"event":{event},"key":"k","trace":"{}","accepted":5}}}}]}}"#,
            TraceParent::new()
        );
        let batch: Batch<EdgeItem<'_>> = serde_json::from_str(&text).expect("well formed");
        let [EdgeItem::Push(push)] = batch.items.as_slice() else {
            panic!("a push");
        };
        assert_eq!(push.event.get(), event);
        assert_eq!(serde_json::to_string(&batch).expect("serialises"), text);
    }
}
