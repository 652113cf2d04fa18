//! Which workers the chat pool has, and which partitions are whose.
//!
//! Every worker tells the others that it lives; each computes the same assignment from what it hears. While views differ
//! two workers may consume a partition: the queue's single active consumer lets only one of them work.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};
use tokio::{
    sync::{mpsc, watch},
    time::interval,
};
use tokio_util::sync::CancellationToken;
use tracing::info;
use warren_topology::{
    broker::Lane,
    envelope::Batch,
    ids::{NodeId, Partition},
};
use xxhash_rust::xxh3::xxh3_64;

use super::metrics;
use crate::{core::Post, settings::ChatConfig};

/// A sign of life.
#[derive(Debug, Serialize, Deserialize)]
struct Beat {
    worker: NodeId,
    leaving: bool,
}

/// The partitions of `own` among `workers`: each goes to the worker it hashes highest with that has room for another, so
/// that all have the same number, give or take one, and few move when a worker comes or goes.
#[must_use]
pub fn assign(own: &NodeId, workers: &BTreeSet<NodeId>, partitions: u16) -> BTreeSet<Partition> {
    let share = usize::from(partitions).div_ceil(workers.len().max(1));
    let mut load: BTreeMap<&NodeId, usize> = workers.iter().map(|worker| (worker, 0)).collect();
    let mut mine = BTreeSet::new();
    for partition in (0..partitions).map(Partition) {
        let weight = |worker: &NodeId| xxh3_64(format!("{worker}/{}", partition.0).as_bytes());
        let winner = load
            .iter_mut()
            .filter(|(_, count)| **count < share)
            .max_by_key(|(worker, _)| weight(worker));
        if let Some((worker, count)) = winner {
            *count += 1;
            if *worker == own {
                mine.insert(partition);
            }
        }
    }
    mine
}

/// Tells the others that `own` lives, and keeps `mine` at what the assignment gives it, until `shutdown`; then tells them
/// that it leaves.
pub async fn run(
    own: NodeId,
    config: &ChatConfig,
    partitions: u16,
    post: &Post,
    mut beats: mpsc::Receiver<Vec<u8>>,
    mine: watch::Sender<BTreeSet<Partition>>,
    shutdown: &CancellationToken,
) {
    let limit = Duration::from_millis(config.member_timeout_ms);
    let mut seen: HashMap<NodeId, Instant> = HashMap::new();
    let mut ticks = interval(Duration::from_millis(config.heartbeat_ms));
    loop {
        tokio::select! {
            Some(data) = beats.recv() => {
                for beat in read(&data) {
                    if beat.leaving {
                        seen.remove(&beat.worker);
                    } else {
                        seen.insert(beat.worker, Instant::now());
                    }
                }
            }
            _ = ticks.tick() => tell(post, &own, false).await,
            () = shutdown.cancelled() => break,
        }
        seen.retain(|_, at| at.elapsed() < limit);
        let mut workers: BTreeSet<NodeId> = seen.keys().cloned().collect();
        workers.insert(own.clone());
        let now = assign(&own, &workers, partitions);
        mine.send_if_modified(|before| {
            let changed = *before != now;
            if changed {
                info!(
                    workers = workers.len(),
                    partitions = now.len(),
                    "this worker's share of the partitions changes"
                );
                metrics::PARTITIONS.set(now.len() as i64);
                *before = now;
            }
            changed
        });
    }
    tell(post, &own, true).await;
}

fn read(data: &[u8]) -> Vec<Beat> {
    serde_json::from_slice::<Batch<Beat>>(data)
        .map(|batch| batch.items)
        .unwrap_or_default()
}

async fn tell(post: &Post, own: &NodeId, leaving: bool) {
    let Ok(beat) = serde_json::to_vec(&Beat {
        worker: own.clone(),
        leaving,
    }) else {
        return;
    };
    let lane = Lane::transient(post.names().members(), "");
    // A sign of life that is late is worth nothing: it is not waited for longer than until the next.
    let deadline = Instant::now() + Duration::from_secs(1);
    let publish = post.publisher().submit(lane, beat, 1, Some(deadline));
    let _late = tokio::time::timeout(Duration::from_secs(1), publish).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workers(names: &[&str]) -> BTreeSet<NodeId> {
        names.iter().map(|name| NodeId((*name).into())).collect()
    }

    fn assignment(names: &[&str]) -> BTreeMap<Partition, NodeId> {
        let all = workers(names);
        let owned = |own: &NodeId| {
            assign(own, &all, 16)
                .into_iter()
                .map(|p| (p, own.clone()))
                .collect::<Vec<_>>()
        };
        let rows: Vec<_> = all.iter().flat_map(owned).collect();
        assert_eq!(rows.len(), 16, "every partition has one owner");
        rows.into_iter().collect()
    }

    #[test]
    fn every_partition_has_one_owner_and_all_have_the_same_share() {
        for names in [
            &["a"][..],
            &["a", "b"],
            &["a", "b", "c"],
            &["a", "b", "c", "d", "e"],
        ] {
            let assignment = assignment(names);
            let share = 16_usize.div_ceil(names.len());
            for worker in workers(names) {
                assert!(
                    assignment
                        .values()
                        .filter(|owner| **owner == worker)
                        .count()
                        <= share
                );
            }
        }
    }

    #[test]
    fn few_partitions_move_when_a_worker_comes() {
        let (before, after) = (assignment(&["a", "b"]), assignment(&["a", "b", "c"]));
        let moved = before
            .iter()
            .filter(|(partition, owner)| after[partition] != **owner)
            .count();
        assert!(moved <= 9, "{moved} of 16 moved");
    }
}
