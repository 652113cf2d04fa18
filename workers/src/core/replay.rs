//! What was pushed in the last seconds, and to which edges, so that a person whose route arrives late gets what was
//! published meanwhile, once.

use std::{
    collections::{HashMap, VecDeque},
    sync::Arc,
};

use warren_runtime::trace::TraceParent;
use warren_topology::ids::{NodeId, UserId};

use super::effects::PushOut;

/// One push and where it went.
#[derive(Debug)]
pub struct Record {
    /// When, in milliseconds since the Unix epoch.
    pub at: i64,
    /// What.
    pub push: PushOut,
    /// The people on each edge it was published to.
    pub sent: Vec<(NodeId, Vec<UserId>)>,
    /// The trace of the action that caused it.
    pub trace: TraceParent,
    /// When the edge accepted that action.
    pub accepted: i64,
}

impl Record {
    fn reached(&self, user: UserId, edge: &NodeId) -> bool {
        self.sent
            .iter()
            .any(|(sent, users)| sent == edge && users.contains(&user))
    }
}

/// The pushes of the last seconds, by recipient.
#[derive(Debug, Default)]
pub struct Recent {
    by_user: HashMap<UserId, VecDeque<Arc<Record>>>,
    all: VecDeque<Arc<Record>>,
}

impl Recent {
    /// Remembers a push and forgets those from before `horizon` (milliseconds since the Unix epoch).
    pub fn remember(&mut self, record: Record, horizon: i64) {
        let record = Arc::new(record);
        for user in &record.push.to {
            self.by_user
                .entry(*user)
                .or_default()
                .push_back(Arc::clone(&record));
        }
        self.all.push_back(record);
        self.forget(horizon);
    }

    /// Forgets what is from before `horizon`.
    pub fn forget(&mut self, horizon: i64) {
        while self.all.front().is_some_and(|record| record.at < horizon) {
            let Some(old) = self.all.pop_front() else {
                break;
            };
            for user in &old.push.to {
                if let Some(records) = self.by_user.get_mut(user) {
                    records.pop_front();
                    if records.is_empty() {
                        self.by_user.remove(user);
                    }
                }
            }
        }
    }

    /// What was pushed to `user` at or after `since` and not to `edge`, in order.
    pub fn missed(
        &self,
        user: UserId,
        edge: &NodeId,
        since: i64,
    ) -> impl Iterator<Item = &Arc<Record>> {
        let records = self.by_user.get(&user).into_iter().flatten();
        let edge = edge.clone();
        records.filter(move |record| record.at >= since && !record.reached(user, &edge))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::value::RawValue;
    use warren_topology::actions::Namespace;

    use super::*;

    fn record(at: i64, to: &[i64], sent: &[(&str, i64)]) -> Record {
        Record {
            at,
            push: PushOut {
                to: to.iter().map(|id| UserId(*id)).collect(),
                namespace: Namespace::Chat,
                event: RawValue::from_string("[]".into()).expect("JSON").into(),
                key: at.to_string(),
                topic: None,
            },
            sent: sent
                .iter()
                .map(|(edge, user)| (NodeId((*edge).into()), vec![UserId(*user)]))
                .collect(),
            trace: TraceParent::new(),
            accepted: at,
        }
    }

    #[test]
    fn only_what_did_not_reach_the_edge_is_replayed() {
        let mut recent = Recent::default();
        recent.remember(record(10, &[1, 2], &[("a", 1), ("b", 2)]), 0);
        recent.remember(record(20, &[1, 2], &[("b", 2)]), 0);
        recent.remember(record(30, &[2], &[]), 0);
        let missed = |user: i64, edge: &str, since| {
            recent
                .missed(UserId(user), &NodeId(edge.into()), since)
                .map(|record| record.at)
                .collect::<Vec<_>>()
        };
        assert_eq!(missed(1, "a", 0), [20]);
        assert_eq!(missed(2, "a", 0), [10, 20, 30]);
        assert_eq!(missed(2, "b", 0), [30]);
        assert_eq!(missed(1, "c", 15), [20]);
    }

    #[test]
    fn the_old_is_forgotten() {
        let mut recent = Recent::default();
        for at in 0..100 {
            recent.remember(record(at, &[1, 2], &[]), at - 10);
        }
        assert_eq!(recent.all.len(), 11);
        assert_eq!(recent.by_user[&UserId(1)].len(), 11);
        recent.forget(1_000);
        assert!(recent.by_user.is_empty());
    }
}
