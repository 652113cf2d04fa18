use std::sync::Arc;

use lapin::Connection;
use tokio_util::sync::CancellationToken;
use tracing::info;
use warren_runtime::health::Component;
use warren_topology::{
    broker::{BrokerConfig, BrokerError, Consume, Subscription, Supervisor, declare_node_queue},
    ids::NodeId,
    names::Names,
};

use super::{inbox::Inbox, losses::Losses};
use crate::{commands::pending::Pending, incarnation::Incarnation, routes::Announcer};

/// The most broker messages handled between two acknowledgements.
const MAX_BATCH: usize = 256;

/// Consumes the edge's own queue on a connection of its own.
pub(crate) struct Consumer {
    pub(crate) broker: BrokerConfig,
    pub(crate) prefetch: u16,
    pub(crate) component: Component,
    pub(crate) incarnation: Incarnation,
    pub(crate) losses: Arc<Losses>,
    pub(crate) pending: Arc<Pending>,
    pub(crate) routes: Announcer,
    pub(crate) inbox: Inbox,
}

impl Consumer {
    /// Runs until `stop`.
    pub(crate) async fn run(self, stop: CancellationToken) {
        let Self {
            broker,
            prefetch,
            component,
            incarnation,
            losses,
            pending,
            routes,
            mut inbox,
        } = self;
        let names = Names::new(&broker.prefix);
        let mut supervisor = Supervisor::new(&broker, "deliveries", &component);
        while let Some(connection) = supervisor.next(&stop).await {
            let node = NodeId::fresh("edge");
            let ended = match subscribe(&connection, &names, &node, prefetch).await {
                Ok(mut subscription) => {
                    inbox.begin();
                    incarnation.begin(node.clone());
                    routes.begin(node.clone());
                    component.up();
                    info!(%node, "pushes and replies arrive");
                    let ended = consume(&mut subscription, &mut inbox, &node, &stop).await;
                    if ended.is_err() {
                        incarnation.end();
                        // What was in the queue is gone with the connection: replies, whose outcomes are unknown now, and
                        // pushes.
                        pending.fail_all();
                        losses.note("incarnation");
                    }
                    ended
                }
                Err(error) => Err(error),
            };
            supervisor.ended(connection, ended, &stop).await;
        }
    }
}

async fn subscribe(
    connection: &Connection,
    names: &Names,
    node: &NodeId,
    prefetch: u16,
) -> Result<Subscription, BrokerError> {
    let channel = connection
        .create_channel()
        .await
        .map_err(BrokerError::doing("opening the delivery channel"))?;
    let bindings = [
        (names.edge(), node.to_string()),
        (names.edges(), String::new()),
    ];
    let queue = declare_node_queue(&channel, names, node, &bindings).await?;
    Subscription::on(
        channel,
        Consume {
            queue: &queue,
            label: "edge",
            prefetch,
        },
    )
    .await
}

async fn consume(
    subscription: &mut Subscription,
    inbox: &mut Inbox,
    node: &NodeId,
    stop: &CancellationToken,
) -> Result<(), BrokerError> {
    loop {
        let Some(batch) = stop
            .run_until_cancelled(subscription.next_batch(MAX_BATCH))
            .await
        else {
            return Ok(());
        };
        let batch = batch?;
        inbox.take(node, &batch);
        if let Some(last) = batch.last() {
            subscription.ack_through(last.delivery_tag).await?;
        }
    }
}
