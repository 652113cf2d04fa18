//! Who is connected where, and subscribed to what, as the edges announce it (design.md, section 4).

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
    /// What its sockets are subscribed to, by user: a few topics each.
    topics: HashMap<UserId, Vec<String>>,
}

impl Edge {
    fn was_heard(&self, silent: Duration, now: Instant) -> bool {
        self.seen
            .is_some_and(|seen| now.duration_since(seen) <= silent)
    }
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
        self.subscribe(update);
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

    fn subscribe(&mut self, update: &RouteUpdate) {
        let Some(edge) = self.edges.get_mut(&update.edge) else {
            return;
        };
        if update.snapshot {
            edge.topics = HashMap::new();
        }
        for (user, topics) in &update.topics {
            if topics.is_empty() {
                edge.topics.remove(user);
            } else {
                edge.topics.insert(*user, topics.clone());
            }
        }
    }

    fn remove(&mut self, id: &NodeId, people: &[UserId]) {
        let Some(edge) = self.edges.get_mut(id) else {
            return;
        };
        for user in people {
            edge.topics.remove(user);
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
        let gone: Vec<NodeId> = self
            .edges
            .iter()
            .filter(|(_, edge)| !edge.was_heard(limit, now))
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
        let heard = |edge: &&Edge| edge.was_heard(silent, now);
        let mut edges = self.edges.values().filter(heard).peekable();
        edges.peek()?;
        Some(edges.flat_map(|edge| edge.users.iter().copied()).collect())
    }

    /// Whether any socket of a user is subscribed to a topic, as far as the edges that were heard within `silent` say.
    #[must_use]
    pub fn is_subscribed(&self, user: UserId, topic: &str, silent: Duration, now: Instant) -> bool {
        let holds = |edge: &Edge| {
            let topics = edge.topics.get(&user);
            topics.is_some_and(|topics| topics.iter().any(|known| known == topic))
                && edge.was_heard(silent, now)
        };
        let edges = self.edges_of(user).iter();
        edges.filter_map(|id| self.edges.get(id)).any(holds)
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
            topics: Vec::new(),
        }
    }

    /// What one user is subscribed to now.
    fn topics(of: i64, topics: &[&str]) -> Vec<(UserId, Vec<String>)> {
        let topics = topics.iter().map(|topic| (*topic).to_owned());
        vec![(UserId(of), topics.collect())]
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
    fn a_subscription_lasts_until_it_its_user_or_its_edge_goes() {
        let (mut table, now) = (RouteTable::default(), Instant::now());
        let silent = Duration::from_secs(5);
        let has = |table: &RouteTable, topic, after| {
            let now = now + Duration::from_secs(after);
            table.is_subscribed(UserId(1), topic, silent, now)
        };
        let subscribed = RouteUpdate {
            topics: topics(1, &["a", "b"]),
            ..snapshot(1, &[1, 2])
        };
        let other_edge = RouteUpdate {
            edge: edge("f"),
            topics: topics(1, &["b"]),
            ..snapshot(1, &[1])
        };
        table.apply(&subscribed, now);
        table.apply(&other_edge, now + Duration::from_secs(3));
        assert!(has(&table, "a", 0) && has(&table, "b", 0) && !has(&table, "c", 0));
        assert!(!table.is_subscribed(UserId(2), "a", silent, now));
        assert!(!has(&table, "a", 6) && has(&table, "b", 6), "e is silent");
        assert!(!has(&table, "b", 9), "both are");

        let less = RouteUpdate {
            topics: topics(1, &["b"]),
            ..update(2, &[], &[])
        };
        table.apply(&less, now);
        assert!(!has(&table, "a", 0) && has(&table, "b", 0));
        table.apply(&update(3, &[], &[1]), now);
        assert!(has(&table, "b", 4), "on the other edge");
        let none = RouteUpdate {
            edge: edge("f"),
            topics: topics(1, &[]),
            ..update(2, &[], &[])
        };
        table.apply(&none, now);
        assert!(!has(&table, "b", 0));
        table.apply(&update(4, &[1], &[]), now);
        assert!(!has(&table, "b", 0), "who comes back subscribes again");
    }

    #[test]
    fn a_snapshot_says_all_that_people_are_subscribed_to() {
        let (mut table, now) = (RouteTable::default(), Instant::now());
        let silent = Duration::from_secs(5);
        let first = RouteUpdate {
            topics: topics(1, &["a"]),
            ..snapshot(1, &[1, 2])
        };
        let second = RouteUpdate {
            topics: topics(2, &["a"]),
            ..snapshot(3, &[1, 2])
        };
        table.apply(&first, now);
        table.apply(&second, now);
        assert!(!table.is_subscribed(UserId(1), "a", silent, now));
        assert!(table.is_subscribed(UserId(2), "a", silent, now));
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
