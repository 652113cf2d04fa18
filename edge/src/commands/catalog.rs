use std::{collections::HashMap, time::Duration};

use warren_runtime::metrics::{Histogram, IntCounter};
use warren_topology::{
    actions::{Action, Admitted, FieldKind, Namespace, Pool, table},
    broker::Lane,
    ids::Partition,
    names::{EPHEMERAL_KEY, EPHEMERAL_TTL_MS, Names, QUERY_KEY, partition_key},
};

use crate::metrics;

/// A row of the table with what is derived from it once.
pub(crate) struct Entry {
    pub(crate) action: &'static Action,
    /// The payload's scalar fields.
    pub(crate) kinds: HashMap<String, FieldKind>,
    /// Where its commands go, unless that depends on the payload.
    lane: Option<Lane>,
    /// For how long its commands are worth handling, if for less than their callers wait.
    pub(crate) worth: Option<Duration>,
    pub(crate) succeeded: IntCounter,
    pub(crate) seconds: Histogram,
}

/// All actions.
pub(crate) struct Catalog {
    entries: Vec<Entry>,
    by_event: [HashMap<&'static str, usize>; Namespace::ALL.len()],
    greetings: [Vec<(usize, &'static str)>; Namespace::ALL.len()],
    partitions: Vec<Lane>,
}

impl Catalog {
    /// Derives everything from the table.
    pub(crate) fn new(names: &Names, partitions: u16) -> Self {
        let exchange = names.commands();
        let entries: Vec<Entry> = table()
            .iter()
            .map(|action| Entry::new(action, &exchange))
            .collect();
        let mut by_event: [HashMap<_, _>; Namespace::ALL.len()] = Default::default();
        let mut greetings: [Vec<_>; Namespace::ALL.len()] = Default::default();
        for (index, entry) in entries.iter().enumerate() {
            let Some(namespace) = entry.action.socket else {
                continue;
            };
            by_event[namespace as usize].insert(entry.action.name, index);
            if let Some(event) = entry.action.greeting {
                greetings[namespace as usize].push((index, event));
            }
        }
        let lane = |partition| {
            Lane::durable(exchange.as_str(), partition_key(Partition(partition))).mandatory()
        };
        Self {
            entries,
            by_event,
            greetings,
            partitions: (0..partitions.max(1)).map(lane).collect(),
        }
    }

    pub(crate) fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// The action behind a socket event.
    pub(crate) fn event(&self, namespace: Namespace, name: &str) -> Option<&Entry> {
        self.by_event[namespace as usize]
            .get(name)
            .map(|index| &self.entries[*index])
    }

    /// The actions whose answers a socket is sent when it enters a namespace, with the event.
    pub(crate) fn greetings(
        &self,
        namespace: Namespace,
    ) -> impl Iterator<Item = (&Entry, &'static str)> {
        self.greetings[namespace as usize]
            .iter()
            .map(|(index, event)| (&self.entries[*index], *event))
    }

    /// How many partitions the chat pool has.
    pub(crate) fn partitions(&self) -> u16 {
        self.partitions.len() as u16
    }

    /// Where an admitted command goes.
    pub(crate) fn lane(&self, entry: &Entry, admitted: &Admitted) -> Option<Lane> {
        match admitted.partition {
            Some(partition) => self.partitions.get(usize::from(partition.0)).cloned(),
            None => entry.lane.clone(),
        }
    }
}

impl Entry {
    fn new(action: &'static Action, exchange: &str) -> Self {
        let key = action.routing_key.unwrap_or(action.pool.as_str());
        let lane = match (action.pool, key) {
            // Reads are worth nothing after their caller's deadline.
            (Pool::Chat, QUERY_KEY) => Some(Lane::transient(exchange, key).mandatory().expiring()),
            // Nobody misses a signal that is dropped.
            (Pool::Chat, EPHEMERAL_KEY) => Some(Lane::transient(exchange, key).expiring()),
            (Pool::Chat, _) => None,
            _ => Some(Lane::durable(exchange, key).mandatory()),
        };
        Self {
            action,
            kinds: action.field_kinds().into_iter().collect(),
            lane,
            worth: (key == EPHEMERAL_KEY).then(|| Duration::from_millis(EPHEMERAL_TTL_MS)),
            succeeded: metrics::COMMANDS.with_label_values(&[action.name, "OK"]),
            seconds: metrics::REPLY_SECONDS.with_label_values(&[action.name]),
        }
    }
}
