//! This worker's own queue: routes from the edges, and, for pools that share work out, their members.

use std::time::Duration;

use lapin::Connection;
use tokio::{sync::mpsc, time::interval};
use tokio_util::sync::CancellationToken;
use tracing::warn;
use warren_runtime::health::Component;
use warren_topology::{
    broker::{
        BrokerConfig, BrokerError, Consume, PublishError, Subscription, Supervisor,
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

/// Listens until `shutdown`. What comes from the `members` exchange goes to `members`, for pools that have them.
pub async fn listen(
    config: &BrokerConfig,
    component: &Component,
    post: &Post,
    members: Option<mpsc::Sender<Vec<u8>>>,
    shutdown: &CancellationToken,
) {
    let mut supervisor = Supervisor::new(config, "routes", component);
    while let Some(connection) = supervisor.next(shutdown).await {
        let ended = session(&connection, component, post, members.as_ref(), shutdown).await;
        supervisor.ended(connection, ended, shutdown).await;
    }
}

async fn session(
    connection: &Connection,
    component: &Component,
    post: &Post,
    members: Option<&mpsc::Sender<Vec<u8>>>,
    shutdown: &CancellationToken,
) -> Result<(), BrokerError> {
    let names = post.names();
    let channel = connection
        .create_channel()
        .await
        .map_err(BrokerError::doing("opening a channel"))?;
    let node = NodeId::fresh("worker");
    let mut bindings = vec![(names.routes(), String::new())];
    if members.is_some() {
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
    if post.ask_for_routes(None).await.is_err() {
        return Ok(());
    }
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
                if take_routes(names, post, &delivery.data).await.is_err() {
                    return Ok(());
                }
            } else if let Some(members) = members {
                // Losing one of several heartbeats changes nothing.
                let _full = members.try_send(delivery.data);
            }
        }
        subscription.ack_through(last).await?;
    }
}

async fn take_routes(names: &Names, post: &Post, data: &[u8]) -> Result<(), PublishError> {
    match serde_json::from_slice::<Batch<RouteUpdate>>(data) {
        Ok(batch) => {
            for update in &batch.items {
                post.routes(update).await?;
            }
        }
        Err(error) => {
            warn!(exchange = names.routes(), %error, "a route update cannot be read and is ignored")
        }
    }
    Ok(())
}
