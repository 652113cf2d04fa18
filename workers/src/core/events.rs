//! Domain events as a pool takes them from its queue.

use lapin::message::Delivery;
use serde_json::value::RawValue;
use warren_topology::{
    broker::{Parking, PublishError},
    envelope::Batch,
    events::DomainEvent,
};

use super::Post;

/// The events of deliveries. What is none is parked with its reason and holds up nothing.
///
/// # Errors
/// When the broker does not take what is to be parked.
pub async fn read(
    post: &Post,
    queue: &str,
    deliveries: &[Delivery],
) -> Result<Vec<DomainEvent>, PublishError> {
    let mut events = Vec::new();
    for delivery in deliveries {
        let items = match serde_json::from_slice::<Batch<&RawValue>>(&delivery.data) {
            Ok(batch) => batch.items,
            Err(error) => {
                let item = String::from_utf8_lossy(&delivery.data);
                park(post, queue, &item, &error).await?;
                continue;
            }
        };
        for item in items {
            match serde_json::from_str(item.get()) {
                Ok(event) => events.push(event),
                Err(error) => park(post, queue, item.get(), &error).await?,
            }
        }
    }
    Ok(events)
}

async fn park(
    post: &Post,
    queue: &str,
    item: &str,
    error: &serde_json::Error,
) -> Result<(), PublishError> {
    // The default exchange leads to the queue of that name.
    let parking = Parking {
        exchange: Some(""),
        key: queue,
        reason: "malformed",
        detail: error.to_string(),
        item,
    };
    parking.park(post.names(), post.publisher()).await
}
