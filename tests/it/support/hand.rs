use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use futures_util::FutureExt;
use lapin::{Connection, message::Delivery};
use mongodb::Client;
use serde_json::{Value, value::RawValue};
use sqlx::PgPool;
use tokio::sync::watch;
use tokio_util::{sync::CancellationToken, task::AbortOnDropHandle};
use warren_runtime::health::Health;
use warren_topology::{
    broker::{BrokerConfig, Consume, OnDisconnect, Publisher, Subscription, connect},
    envelope::Batch,
    ids::NodeId,
    names::partition_key,
};
use warren_workers::{
    chat::{
        batch::{Directory, Job, Processor, Usernames},
        blocks::Blocks,
        cache::Cache,
        store::Store,
    },
    core::{Letter, Post},
    users::directory::{find_by_usernames, find_many},
};

use super::{Tap, TestSystem, within};

/// A chat worker that the test drives step by step, so that it can stop between any two.
pub(crate) struct HandWorker {
    config: BrokerConfig,
    connection: Connection,
    processor: Processor,
    /// How often it has asked who is called how.
    lookups: Arc<AtomicUsize>,
    post: Post,
    _publishing: AbortOnDropHandle<()>,
}

/// Commands taken from a partition and not acknowledged.
pub(crate) struct Taken {
    subscription: Subscription,
    deliveries: Vec<Delivery>,
    key: String,
}

impl HandWorker {
    /// A worker with nothing in memory.
    pub(crate) async fn start(system: &TestSystem) -> Self {
        let settings = system.worker_settings();
        let config = settings.broker.clone();
        let health = Health::new();
        let (_node, node) = watch::channel(NodeId::fresh("hand"));
        let keep = OnDisconnect::Keep;
        let (publisher, task) =
            Publisher::new(&config, "hand", health.component("publish"), keep, node);
        let publishing = AbortOnDropHandle::new(tokio::spawn(task.run(CancellationToken::new())));
        let postgres = PgPool::connect(&system.scratch.postgres).await.unwrap();
        let accounts = postgres.clone();
        let directory: Directory = Arc::new(move |ids| {
            let postgres = postgres.clone();
            async move { find_many(&postgres, &ids).await }.boxed()
        });
        let lookups = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&lookups);
        let usernames: Usernames = Arc::new(move |names| {
            counted.fetch_add(1, Ordering::Relaxed);
            let postgres = accounts.clone();
            async move { find_by_usernames(&postgres, names).await }.boxed()
        });
        let store = Store::new(&Client::with_uri_str(&system.scratch.chat).await.unwrap());
        let processor = Processor {
            blocks: Blocks::new(&store),
            store,
            directory,
            usernames,
            cache: Cache::new(1_000),
            component: health.component("mongodb"),
            rules: settings.chat.rules(),
            shutdown: CancellationToken::new(),
        };
        let post = Post::new(system.names(), publisher, settings.worker.routes());
        let connection = connect(&config, "hand").await.unwrap();
        Self {
            config,
            connection,
            processor,
            lookups,
            post,
            _publishing: publishing,
        }
    }

    /// Learns who is connected where, on so many edges.
    pub(crate) async fn learn_routes(&self, system: &TestSystem, edges: usize) {
        let mut tap = Tap::on(system, &system.names().routes(), "").await;
        self.post.ask_for_routes(None).await.unwrap();
        let mut known = HashSet::new();
        while known.len() < edges {
            let update = tap.route().await;
            self.post.routes(&update).await.unwrap();
            if update.snapshot {
                known.insert(update.edge);
            }
        }
    }

    /// Takes the commands that wait for a conversation's worker: so many at least.
    pub(crate) async fn take(
        &self,
        system: &TestSystem,
        conversation: &str,
        commands: usize,
    ) -> Taken {
        let partition = system.partition(conversation);
        let queue = system.names().partition_queue(partition);
        let consume = Consume {
            queue: &queue,
            label: "test",
            prefetch: self.config.prefetch,
        };
        let mut subscription = Subscription::open(&self.connection, consume).await.unwrap();
        let mut deliveries = Vec::new();
        while deliveries.iter().map(count).sum::<usize>() < commands {
            deliveries.extend(
                within("commands", subscription.next_batch(100))
                    .await
                    .unwrap(),
            );
        }
        Taken {
            subscription,
            deliveries,
            key: partition_key(partition),
        }
    }

    /// Stores what was taken.
    pub(crate) async fn store(&mut self, taken: &Taken) -> Vec<Letter> {
        let batches: Vec<Batch<&RawValue>> = taken
            .deliveries
            .iter()
            .map(|delivery| serde_json::from_slice(&delivery.data).unwrap())
            .collect();
        let jobs = batches
            .iter()
            .zip(&taken.deliveries)
            .flat_map(|(batch, delivery)| {
                let (from, key, redelivered) = (&batch.from, &taken.key, delivery.redelivered);
                batch
                    .items
                    .iter()
                    .map(move |raw| Job::read(from.clone(), key, raw, redelivered).unwrap())
            });
        let jobs: Vec<Job<'_>> = jobs.collect();
        self.process(&jobs).await
    }

    /// Stores commands that come from nowhere.
    pub(crate) async fn store_commands(
        &mut self,
        commands: &[Box<RawValue>],
        redelivered: bool,
    ) -> Vec<Letter> {
        let edge = NodeId::fresh("nowhere");
        let read = |raw| Job::read(edge.clone(), "chat.0", raw, redelivered).unwrap();
        let jobs: Vec<Job<'_>> = commands.iter().map(|raw| read(raw)).collect();
        self.process(&jobs).await
    }

    async fn process(&mut self, jobs: &[Job<'_>]) -> Vec<Letter> {
        let (letters, poisoned) = within("a batch to be stored", self.processor.process(jobs))
            .await
            .unwrap();
        assert!(poisoned.is_empty(), "{poisoned:?}");
        letters
    }

    /// How often it has asked who is called how.
    pub(crate) fn lookups(&self) -> usize {
        self.lookups.load(Ordering::Relaxed)
    }

    /// Publishes what storing resulted in.
    pub(crate) async fn publish(&self, letters: Vec<Letter>) {
        within("publishing", self.post.send(letters)).await.unwrap();
    }
}

impl Taken {
    /// Dies: the commands go back to the queue, unacknowledged.
    pub(crate) async fn give_back(self) {
        self.subscription.close().await;
    }
}

fn count(delivery: &Delivery) -> usize {
    serde_json::from_slice::<Batch<Value>>(&delivery.data)
        .unwrap()
        .items
        .len()
}

/// What the caller of a command is answered.
pub(crate) fn answer(letter: &Letter) -> Value {
    let outcome = &letter.reply.as_ref().unwrap().outcome;
    let outcome = outcome
        .as_ref()
        .unwrap_or_else(|failure| panic!("{failure}"));
    serde_json::from_str(outcome.data.as_ref().unwrap().get()).unwrap()
}
