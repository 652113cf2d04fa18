//! Who is connected where, as the edges announce it (design.md, section 4).

use std::{
    collections::{HashMap, HashSet},
    time::{Duration, Instant},
};

use warren_topology::{
    ids::{NodeId, UserId},
    routes::RouteUpdate,
};

/// What one edge has told.
#[derive(Debug, Default)]
struct Edge {
    /// The number of the last update.
    n: u64,
    /// Whether nothing is missing since a snapshot.
    complete: bool,
    seen: Option<Instant>,
    users: HashSet<UserId>,
}

/// The table: user to edges. A user is usually on one or two.
#[derive(Debug, Default)]
pub struct RouteTable {
    edges: HashMap<NodeId, Edge>,
    users: HashMap<UserId, Vec<NodeId>>,
}

/// What an update changed.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Applied {
    /// Routes that were not known before, with the time since when (milliseconds since the Unix epoch).
    pub learned: Vec<(UserId, i64)>,
    /// Whether a snapshot of this edge must be asked for.
    pub wanted: bool,
    /// Whether nothing was known of this edge before.
    pub is_new: bool,
}

impl RouteTable {
    /// Takes an edge's update in.
    pub fn apply(&mut self, update: &RouteUpdate, now: Instant) -> Applied {
        if update.leaving {
            self.forget(&update.edge);
            return Applied::default();
        }
        let is_new = !self.edges.contains_key(&update.edge);
        let edge = self.edges.entry(update.edge.clone()).or_default();
        edge.seen = Some(now);
        let in_step = update.snapshot || (edge.complete && update.n == edge.n + 1);
        if !in_step && update.n <= edge.n {
            // A repetition: its content is known.
            return Applied::default();
        }
        // What an incomplete edge tells is true all the same; only what it told before may be missing.
        let wanted = !in_step;
        edge.n = update.n;
        edge.complete = in_step;
        if update.snapshot {
            let present: HashSet<UserId> = update.add.iter().map(|(user, _)| *user).collect();
            let gone: Vec<UserId> = edge.users.difference(&present).copied().collect();
            self.remove(&update.edge, &gone);
        }
        self.remove(&update.edge, &update.remove);
        let learned = self.add(&update.edge, &update.add);
        Applied {
            learned,
            wanted,
            is_new,
        }
    }

    fn add(&mut self, id: &NodeId, people: &[(UserId, i64)]) -> Vec<(UserId, i64)> {
        let Some(edge) = self.edges.get_mut(id) else {
            return Vec::new();
        };
        let fresh = people
            .iter()
            .filter(|(user, _)| edge.users.insert(*user))
            .copied();
        let learned: Vec<_> = fresh.collect();
        for (user, _) in &learned {
            self.users.entry(*user).or_default().push(id.clone());
        }
        learned
    }

    fn remove(&mut self, id: &NodeId, people: &[UserId]) {
        let Some(edge) = self.edges.get_mut(id) else {
            return;
        };
        for user in people {
            if edge.users.remove(user)
                && let Some(edges) = self.users.get_mut(user)
            {
                edges.retain(|edge| edge != id);
                if edges.is_empty() {
                    self.users.remove(user);
                }
            }
        }
    }

    fn forget(&mut self, id: &NodeId) {
        let people: Vec<UserId> = self
            .edges
            .get(id)
            .into_iter()
            .flat_map(|edge| edge.users.iter().copied())
            .collect();
        self.remove(id, &people);
        self.edges.remove(id);
    }

    /// Forgets edges that have been silent for longer than `limit`. Until then what is published to a silent edge waits in
    /// its queue, if it has one, so forgetting late loses nothing.
    pub fn forget_silent(&mut self, limit: Duration, now: Instant) -> Vec<NodeId> {
        let silent = |edge: &Edge| {
            edge.seen
                .is_none_or(|seen| now.duration_since(seen) > limit)
        };
        let gone: Vec<NodeId> = self
            .edges
            .iter()
            .filter(|(_, edge)| silent(edge))
            .map(|(id, _)| id.clone())
            .collect();
        for id in &gone {
            self.forget(id);
        }
        gone
    }

    /// The edges that hold sockets of a user.
    #[must_use]
    pub fn edges_of(&self, user: UserId) -> &[NodeId] {
        self.users.get(&user).map_or(&[], Vec::as_slice)
    }

    /// Everybody who is connected, as far as the edges that were heard within `silent` say. `None` when no edge was.
    #[must_use]
    pub fn connected(&self, silent: Duration, now: Instant) -> Option<HashSet<UserId>> {
        let heard = |edge: &&Edge| {
            edge.seen
                .is_some_and(|seen| now.duration_since(seen) <= silent)
        };
        let mut edges = self.edges.values().filter(heard).peekable();
        edges.peek()?;
        Some(edges.flat_map(|edge| edge.users.iter().copied()).collect())
    }

    /// How many edges are known.
    #[must_use]
    pub fn edges(&self) -> usize {
        self.edges.len()
    }

    /// How many routes are known.
    #[must_use]
    pub fn len(&self) -> usize {
        self.edges.values().map(|edge| edge.users.len()).sum()
    }

    /// Whether no route is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.users.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edge(name: &str) -> NodeId {
        NodeId(name.into())
    }

    fn update(n: u64, add: &[i64], remove: &[i64]) -> RouteUpdate {
        RouteUpdate {
            edge: edge("e"),
            n,
            snapshot: false,
            leaving: false,
            add: add.iter().map(|id| (UserId(*id), 1)).collect(),
            remove: remove.iter().map(|id| UserId(*id)).collect(),
        }
    }

    fn snapshot(n: u64, add: &[i64]) -> RouteUpdate {
        RouteUpdate {
            snapshot: true,
            ..update(n, add, &[])
        }
    }

    #[test]
    fn deltas_after_a_snapshot_are_taken_in_order() {
        let (mut table, now) = (RouteTable::default(), Instant::now());
        assert_eq!(table.apply(&snapshot(1, &[1, 2]), now).learned.len(), 2);
        let applied = table.apply(&update(2, &[3], &[1]), now);
        assert_eq!(
            applied,
            Applied {
                learned: vec![(UserId(3), 1)],
                wanted: false,
                is_new: false
            }
        );
        assert!(table.edges_of(UserId(1)).is_empty());
        assert_eq!(table.edges_of(UserId(3)), [edge("e")]);
    }

    #[test]
    fn a_gap_asks_for_a_snapshot_and_the_snapshot_mends_it() {
        let (mut table, now) = (RouteTable::default(), Instant::now());
        table.apply(&snapshot(1, &[1]), now);
        assert!(table.apply(&update(3, &[4], &[]), now).wanted);
        assert!(table.apply(&update(4, &[], &[]), now).wanted);
        let applied = table.apply(&snapshot(5, &[2, 4]), now);
        assert_eq!(
            applied,
            Applied {
                learned: vec![(UserId(2), 1)],
                wanted: false,
                is_new: false
            }
        );
        assert!(table.edges_of(UserId(1)).is_empty());
        assert!(!table.apply(&update(6, &[], &[]), now).wanted);
    }

    #[test]
    fn an_unknown_edge_asks_for_a_snapshot() {
        assert!(
            RouteTable::default()
                .apply(&update(7, &[], &[]), Instant::now())
                .wanted
        );
    }

    #[test]
    fn people_of_silent_edges_do_not_count_as_connected() {
        let (mut table, now) = (RouteTable::default(), Instant::now());
        let silent = Duration::from_secs(2);
        assert_eq!(table.connected(silent, now), None);
        table.apply(&snapshot(1, &[1, 2]), now);
        let other = RouteUpdate {
            edge: edge("f"),
            ..snapshot(1, &[2, 3])
        };
        table.apply(&other, now + Duration::from_secs(2));
        let connected = |after| {
            let connected = table.connected(silent, now + Duration::from_secs(after));
            connected.map(|users| {
                let mut users: Vec<i64> = users.into_iter().map(|user| user.0).collect();
                users.sort_unstable();
                users
            })
        };
        assert_eq!(connected(2), Some(vec![1, 2, 3]));
        assert_eq!(connected(3), Some(vec![2, 3]));
        assert_eq!(connected(5), None);
    }

    #[test]
    fn a_leaving_or_silent_edge_is_forgotten() {
        let (mut table, now) = (RouteTable::default(), Instant::now());
        table.apply(&snapshot(1, &[1]), now);
        assert!(table.forget_silent(Duration::from_secs(6), now).is_empty());
        assert_eq!(
            table.forget_silent(Duration::from_secs(6), now + Duration::from_secs(7)),
            [edge("e")]
        );
        assert!(table.is_empty());
        table.apply(&snapshot(1, &[1]), now);
        table.apply(
            &RouteUpdate {
                leaving: true,
                ..update(2, &[], &[])
            },
            now,
        );
        assert!(table.is_empty());
    }
}
