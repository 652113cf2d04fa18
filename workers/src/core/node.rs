//! This worker's own queue: routes from the edges, and, for pools that share work out, their members.

use std::{sync::Arc, time::Duration};

use lapin::Connection;
use tokio::{
    sync::{Notify, mpsc},
    time::interval,
};
use tokio_util::sync::CancellationToken;
use tracing::warn;
use warren_runtime::health::Component;
use warren_topology::{
    broker::{
        BrokerConfig, BrokerError, Consume, PublishError, Subscription, Supervisor, declare,
        declare_node_queue,
    },
    envelope::Batch,
    ids::NodeId,
    names::Names,
    routes::RouteUpdate,
};

use super::Post;

const PREFETCH: u16 = 1_000;
const TIDY_EVERY: Duration = Duration::from_secs(2);

/// What a pool wants to hear besides the routes.
#[derive(Clone, Debug, Default)]
pub struct Listeners {
    /// What comes from the `members` exchange.
    pub members: Option<mpsc::Sender<Vec<u8>>>,
    /// Rung when an edge is new here.
    pub arrivals: Option<Arc<Notify>>,
    /// Whether it asks who is subscribed to what; else that is not kept.
    pub topics: bool,
}

/// Listens until `shutdown`.
pub async fn listen(
    config: &BrokerConfig,
    component: &Component,
    post: &Post,
    listeners: Listeners,
    shutdown: &CancellationToken,
) {
    let mut supervisor = Supervisor::new(config, "routes", component);
    while let Some(connection) = supervisor.next(shutdown).await {
        let ended = session(config, &connection, component, post, &listeners, shutdown).await;
        supervisor.ended(connection, ended, shutdown).await;
    }
}

async fn session(
    config: &BrokerConfig,
    connection: &Connection,
    component: &Component,
    post: &Post,
    listeners: &Listeners,
    shutdown: &CancellationToken,
) -> Result<(), BrokerError> {
    let names = post.names();
    let channel = connection
        .create_channel()
        .await
        .map_err(BrokerError::doing("opening a channel"))?;
    // A broker that comes back may have lost everything.
    declare(&channel, config).await?;
    let node = NodeId::fresh("worker");
    let mut bindings = vec![(names.routes(), String::new())];
    if listeners.members.is_some() {
        bindings.push((names.members(), String::new()));
    }
    let queue = declare_node_queue(&channel, names, &node, &bindings).await?;
    let consume = Consume {
        queue: &queue,
        label: "routes",
        prefetch: PREFETCH,
    };
    let mut subscription = Subscription::on(channel, consume).await?;
    // Whatever was announced before this queue was bound is not known here.
    post.ask_for_routes(None).await?;
    component.up();
    let mut tidy = interval(TIDY_EVERY);
    loop {
        let deliveries = tokio::select! {
            deliveries = subscription.next_batch(usize::from(PREFETCH)) => deliveries?,
            _ = tidy.tick() => {
                post.tidy();
                continue;
            }
            () = shutdown.cancelled() => return Ok(()),
        };
        let mut last = 0;
        for delivery in deliveries {
            last = delivery.delivery_tag;
            if delivery.exchange.as_str() == names.routes() {
                take_routes(names, post, listeners, &delivery.data).await?;
            } else if let Some(members) = &listeners.members {
                // Losing one of several heartbeats changes nothing.
                let _full = members.try_send(delivery.data);
            }
        }
        subscription.ack_through(last).await?;
    }
}

async fn take_routes(
    names: &Names,
    post: &Post,
    listeners: &Listeners,
    data: &[u8],
) -> Result<(), PublishError> {
    match serde_json::from_slice::<Batch<RouteUpdate>>(data) {
        Ok(batch) => {
            for mut update in batch.items {
                if !listeners.topics {
                    update.topics.clear();
                }
                let is_new = post.routes(&update).await?;
                if let Some(arrivals) = listeners.arrivals.as_ref().filter(|_| is_new) {
                    arrivals.notify_one();
                }
            }
        }
        Err(error) => {
            warn!(exchange = names.routes(), %error, "a route update cannot be read and is ignored")
        }
    }
    Ok(())
}
