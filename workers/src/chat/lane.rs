//! Consumes this worker's share of the partitions. A lane takes what is there on all its partitions as one batch, has it
//! applied and stored, publishes the results, then acknowledges. A worker runs a few lanes, so that one batch can be
//! stored while the next is applied.

use std::{
    collections::{BTreeMap, BTreeSet, btree_map::Entry},
    future::poll_fn,
    task::{Context, Poll},
};

use lapin::{Connection, message::Delivery};
use serde_json::value::RawValue;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tracing::{debug, info};
use warren_runtime::health::Component;
use warren_topology::{
    broker::{
        BrokerConfig, BrokerError, Consume, MAX_BATCH_BYTES, Parking, Subscription, Supervisor,
    },
    envelope::Batch,
    ids::Partition,
    names::partition_key,
};

use super::{
    batch::{Abandoned, Job, Poisoned, Processor},
    blocks::BlockChange,
};
use crate::core::Post;

/// The most that is stored at once: commands, and people named in them.
const MAX_WEIGHT: usize = 2_000;

/// What is consumed, by partition.
type Partitions = BTreeMap<Partition, Subscription>;
/// What was taken, by partition, in order.
type Taken = Vec<(Partition, Delivery)>;

/// One lane of a worker.
pub struct LaneTask {
    /// The broker.
    pub config: BrokerConfig,
    /// Which lane, of how many.
    pub lane: (u16, u16),
    /// The worker's partitions.
    pub mine: watch::Receiver<BTreeSet<Partition>>,
    /// Applies and stores.
    pub processor: Processor,
    /// Publishes the results.
    pub post: Post,
    /// Whether the lane consumes.
    pub component: Component,
    /// The most broker messages in one batch.
    pub max_batch: usize,
}

impl LaneTask {
    /// Consumes until `shutdown`, then finishes what it has.
    pub async fn run(mut self, shutdown: CancellationToken) {
        let (config, component) = (self.config.clone(), self.component.clone());
        let mut supervisor = Supervisor::new(&config, "partitions", &component);
        while let Some(connection) = supervisor.next(&shutdown).await {
            // Whatever was in memory may have been changed by others since the last connection.
            self.processor.cache.clear();
            let ended = self.session(&connection, &shutdown).await;
            supervisor.ended(connection, ended, &shutdown).await;
        }
    }

    async fn session(
        &mut self,
        connection: &Connection,
        shutdown: &CancellationToken,
    ) -> Result<(), BrokerError> {
        let mut partitions = Partitions::new();
        self.mine.mark_changed();
        let mut turn = 0;
        loop {
            tokio::select! {
                biased;
                () = shutdown.cancelled() => break,
                changed = self.mine.changed() => match changed {
                    Ok(()) => self.take_share(connection, &mut partitions).await?,
                    Err(_) => break,
                },
                taken = poll_fn(|context| poll_taken(&mut partitions, self.max_batch, &mut turn, context)) => {
                    match self.batch(&partitions, taken?).await {
                        Ok(()) => {}
                        Err(_) if shutdown.is_cancelled() => break,
                        // What was taken comes again on a new connection.
                        Err(Abandoned(error)) => return Err(error.into()),
                    }
                }
            }
        }
        for (_, subscription) in partitions {
            subscription.close().await;
        }
        Ok(())
    }

    /// Consumes the partitions that are this lane's now, and gives up those that no longer are. No batch is in the works.
    async fn take_share(
        &mut self,
        connection: &Connection,
        partitions: &mut Partitions,
    ) -> Result<(), BrokerError> {
        let (lane, lanes) = self.lane;
        let share: BTreeSet<Partition> = self
            .mine
            .borrow_and_update()
            .iter()
            .filter(|partition| partition.0 % lanes == lane)
            .copied()
            .collect();
        let lost: Vec<Partition> = partitions
            .keys()
            .filter(|partition| !share.contains(partition))
            .copied()
            .collect();
        for partition in lost {
            if let Some(subscription) = partitions.remove(&partition) {
                subscription.close().await;
            }
            self.processor
                .cache
                .remove_partition(partition, self.config.partitions);
            info!(partition = partition.0, "gave a partition up");
        }
        for partition in share {
            let Entry::Vacant(free) = partitions.entry(partition) else {
                continue;
            };
            let queue = self.post.names().partition_queue(partition);
            let consume = Consume {
                queue: &queue,
                label: "chat",
                prefetch: self.config.prefetch,
            };
            free.insert(Subscription::open(connection, consume).await?);
            debug!(partition = partition.0, "consumes a partition");
        }
        self.component.up();
        Ok(())
    }

    /// Processes what was taken, publishes what it results in, and acknowledges it.
    async fn batch(&mut self, partitions: &Partitions, taken: Taken) -> Result<(), Abandoned> {
        let keys: Vec<String> = taken
            .iter()
            .map(|(partition, _)| partition_key(*partition))
            .collect();
        let mut jobs = Vec::new();
        let (mut malformed, mut blocks) = (Vec::new(), Vec::new());
        for ((_, delivery), key) in taken.iter().zip(&keys) {
            match serde_json::from_slice::<Batch<&RawValue>>(&delivery.data) {
                Ok(batch) => {
                    for raw in batch.items {
                        if let Some(change) = BlockChange::read(raw) {
                            blocks.push(change);
                            continue;
                        }
                        match Job::read(batch.from.clone(), key, raw, delivery.redelivered) {
                            Ok(job) => jobs.push(job),
                            Err(detail) => malformed.push((key, raw.get().to_owned(), detail)),
                        }
                    }
                }
                Err(error) => {
                    let item = String::from_utf8_lossy(&delivery.data).into_owned();
                    malformed.push((key, item, error.to_string()));
                }
            }
        }
        for (key, item, detail) in malformed {
            self.park(Parking {
                exchange: None,
                key,
                reason: "malformed",
                detail,
                item: &item,
            })
            .await?;
        }
        // What is decided counts for everything that has not been written yet.
        self.processor.take_blocks(&blocks).await?;
        for jobs in slices(&jobs) {
            let (letters, poisoned) = self.processor.process(jobs).await?;
            for Poisoned {
                job,
                reason,
                detail,
            } in poisoned
            {
                let Job { key, raw, .. } = jobs[job];
                self.park(Parking {
                    exchange: None,
                    key,
                    reason,
                    detail,
                    item: raw.get(),
                })
                .await?;
            }
            self.post.send(letters).await.map_err(Abandoned)?;
        }
        let mut last = BTreeMap::new();
        for (partition, delivery) in &taken {
            last.insert(*partition, delivery.delivery_tag);
        }
        for (partition, tag) in last {
            if let Some(subscription) = partitions.get(&partition) {
                // A channel that is gone shows on the next take; its commands come again and change nothing.
                let _gone = subscription.ack_through(tag).await;
            }
        }
        Ok(())
    }

    async fn park(&self, parking: Parking<'_>) -> Result<(), Abandoned> {
        parking
            .park(self.post.names(), self.post.publisher())
            .await
            .map_err(Abandoned)
    }
}

/// Cuts a batch where storing at once would be too much: by commands, and by the people whom they name.
fn slices<'a, 'b>(mut jobs: &'a [Job<'b>]) -> impl Iterator<Item = &'a [Job<'b>]> {
    std::iter::from_fn(move || {
        let mut weight = 0;
        let end = jobs.iter().position(|job| {
            weight += job.weight();
            weight > MAX_WEIGHT
        });
        let (slice, rest) = jobs.split_at(end.unwrap_or(jobs.len()).max(1).min(jobs.len()));
        jobs = rest;
        (!slice.is_empty()).then_some(slice)
    })
}

/// Takes what is there, from each partition in turn so that a busy one does not starve the others.
fn poll_taken(
    partitions: &mut Partitions,
    max: usize,
    turn: &mut usize,
    context: &mut Context<'_>,
) -> Poll<Result<Taken, BrokerError>> {
    let mut taken = Taken::new();
    let mut bytes = 0;
    let count = partitions.len();
    *turn = turn.wrapping_add(1);
    for at in 0..count {
        let Some((partition, subscription)) = partitions.iter_mut().nth((at + *turn) % count)
        else {
            continue;
        };
        while taken.len() < max && bytes < MAX_BATCH_BYTES {
            match subscription.poll_delivery(context) {
                Poll::Ready(Ok(delivery)) => {
                    bytes += delivery.data.len();
                    taken.push((*partition, delivery));
                }
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => break,
            }
        }
    }
    if taken.is_empty() {
        Poll::Pending
    } else {
        Poll::Ready(Ok(taken))
    }
}
