use deadpool_lapin::Pool as ConnectionPool;
use lapin::{
    BasicProperties, Channel,
    message::Delivery,
    options::{
        BasicAckOptions, BasicGetOptions, BasicPublishOptions, BasicRejectOptions,
        ConfirmSelectOptions,
    },
    types::{AMQPValue, FieldTable},
};
use serde::{Deserialize, Serialize};

use super::{BrokerConfig, BrokerError, Lane, PublishError, Publisher, metrics, pool};
use crate::{envelope::Batch, names::Names};

/// What is parked: one item that could not be processed, and why.
#[derive(Clone, Debug, Serialize)]
pub struct Parking<'a> {
    /// Where it is published again on replay: `None` for the exchange of commands, else an exchange by name.
    pub exchange: Option<&'a str>,
    /// With which routing key.
    pub key: &'a str,
    /// Why, from a small fixed set: `malformed`, `panicked`, `refused_by_database`.
    pub reason: &'static str,
    /// The detail for the operator.
    pub detail: String,
    /// The item in JSON.
    pub item: &'a str,
}

impl Parking<'_> {
    /// Parks it in `warren.dead` and waits until the broker has it.
    ///
    /// # Errors
    /// [`PublishError`]; the item must not be acknowledged then.
    pub async fn park(&self, names: &Names, publisher: &Publisher) -> Result<(), PublishError> {
        metrics::PARKED.with_label_values(&[self.reason]).inc();
        tracing::error!(
            key = self.key,
            reason = self.reason,
            detail = self.detail,
            "a command could not be processed and is parked: see warren-worker dead list"
        );
        let lane = Lane::durable(names.dead(), self.key).mandatory();
        let body = serde_json::to_vec(self).map_err(|_| PublishError::Unroutable)?;
        publisher.submit(lane, body, 1, None).await
    }
}

/// A parked broker message, as an operator sees it.
#[derive(Clone, Debug, Serialize)]
pub struct DeadLetter {
    /// Its place in the queue, from 1.
    pub position: usize,
    /// The exchange it is published to again: the default exchange for what the broker parked, else `commands`.
    #[serde(skip)]
    exchange: Option<String>,
    /// The routing key of the command, or the queue for what the broker parked itself.
    pub key: String,
    /// Why it was parked.
    pub reason: String,
    /// The detail.
    pub detail: String,
    /// What would be published again.
    pub body: String,
}

/// The operator's view of `warren.dead`.
pub struct DeadLetters {
    connections: ConnectionPool,
    names: Names,
}

/// What to do with one parked message.
enum Fate {
    Keep,
    Remove,
    Replay,
}

impl DeadLetters {
    /// Connects when first used.
    #[must_use]
    pub fn new(config: &BrokerConfig) -> Self {
        Self {
            connections: pool(config, "dead letters"),
            names: Names::new(&config.prefix),
        }
    }

    /// The parked messages, the first `max` of them.
    ///
    /// # Errors
    /// [`BrokerError`]
    pub async fn list(&self, max: usize) -> Result<Vec<DeadLetter>, BrokerError> {
        let mut letters = Vec::new();
        self.walk(|letter| {
            if letters.len() < max {
                letters.push(letter.clone());
            }
            Fate::Keep
        })
        .await?;
        Ok(letters)
    }

    /// Publishes parked messages again to where they came from: the one at `position`, or all. Returns how many.
    ///
    /// # Errors
    /// [`BrokerError`]; what was not published stays parked.
    pub async fn replay(&self, position: Option<usize>) -> Result<usize, BrokerError> {
        self.settle(position, || Fate::Replay).await
    }

    /// Removes parked messages for good: the one at `position`, or all. Returns how many.
    ///
    /// # Errors
    /// [`BrokerError`]
    pub async fn drop(&self, position: Option<usize>) -> Result<usize, BrokerError> {
        self.settle(position, || Fate::Remove).await
    }

    async fn settle(
        &self,
        position: Option<usize>,
        fate: impl Fn() -> Fate,
    ) -> Result<usize, BrokerError> {
        let mut settled = 0;
        self.walk(|letter| {
            if position.is_none_or(|position| position == letter.position) {
                settled += 1;
                fate()
            } else {
                Fate::Keep
            }
        })
        .await?;
        Ok(settled)
    }

    /// Takes every message out, decides, and puts the kept ones back. A quorum queue gives out what was put back in the
    /// order in which that was done, before all others: the order is kept only if all are taken out.
    async fn walk(&self, mut decide: impl FnMut(&DeadLetter) -> Fate) -> Result<(), BrokerError> {
        let connection = self.connections.get().await?;
        let channel = connection
            .create_channel()
            .await
            .map_err(BrokerError::doing("opening a channel"))?;
        channel
            .confirm_select(ConfirmSelectOptions::default())
            .await
            .map_err(BrokerError::doing("asking for confirms"))?;
        let mut kept = Vec::new();
        for position in 1.. {
            let got = channel
                .basic_get(
                    self.names.dead().as_str().into(),
                    BasicGetOptions::default(),
                )
                .await
                .map_err(BrokerError::doing("reading the dead letters"))?;
            let Some(got) = got else { break };
            let letter = describe(position, &got.delivery);
            match decide(&letter) {
                Fate::Keep => kept.push(got.delivery),
                Fate::Remove => acknowledge(&got.delivery).await?,
                Fate::Replay => {
                    self.republish(&channel, &letter, &got.delivery).await?;
                    acknowledge(&got.delivery).await?;
                }
            }
        }
        for delivery in &kept {
            delivery
                .reject(BasicRejectOptions { requeue: true })
                .await
                .map_err(BrokerError::doing("putting a dead letter back"))?;
        }
        // When this is answered, everything is where it belongs.
        channel
            .close(200, "done".into())
            .await
            .map_err(BrokerError::doing("closing the channel"))
    }

    async fn republish(
        &self,
        channel: &Channel,
        letter: &DeadLetter,
        delivery: &Delivery,
    ) -> Result<(), BrokerError> {
        let exchange = letter
            .exchange
            .clone()
            .unwrap_or_else(|| self.names.commands());
        let key = letter.key.clone();
        let properties: BasicProperties = delivery
            .properties
            .clone()
            .with_headers(FieldTable::default())
            .with_delivery_mode(2);
        let options = BasicPublishOptions {
            mandatory: true,
            ..Default::default()
        };
        let confirm = channel
            .basic_publish(
                exchange.into(),
                key.as_str().into(),
                options,
                letter.body.as_bytes(),
                properties,
            )
            .await
            .map_err(BrokerError::doing("publishing a dead letter again"))?
            .await
            .map_err(BrokerError::doing("publishing a dead letter again"))?;
        if confirm.is_ack() && confirm.take_message().is_none() {
            Ok(())
        } else {
            Err(BrokerError::Cancelled(key))
        }
    }
}

async fn acknowledge(delivery: &Delivery) -> Result<(), BrokerError> {
    delivery
        .ack(BasicAckOptions::default())
        .await
        .map(drop)
        .map_err(BrokerError::doing("acknowledging a dead letter"))
}

/// A [`Parking`] as it lies in the queue.
#[derive(Deserialize)]
struct Parked {
    exchange: Option<String>,
    key: String,
    reason: String,
    detail: String,
    item: String,
}

fn describe(position: usize, delivery: &Delivery) -> DeadLetter {
    let body = String::from_utf8_lossy(&delivery.data).into_owned();
    match serde_json::from_str::<Batch<Parked>>(&body) {
        Ok(parked) if !parked.items.is_empty() => {
            let join = |part: fn(&Parked) -> &str| {
                parked.items.iter().map(part).collect::<Vec<_>>().join("; ")
            };
            let items = parked
                .items
                .iter()
                .map(|p| p.item.as_str())
                .collect::<Vec<_>>()
                .join(",");
            DeadLetter {
                position,
                exchange: parked.items[0].exchange.clone(),
                key: parked.items[0].key.clone(),
                reason: join(|p| &p.reason),
                detail: join(|p| &p.detail),
                body: format!(r#"{{"from":"{}","n":0,"items":[{items}]}}"#, parked.from),
            }
        }
        _ => DeadLetter {
            position,
            exchange: Some(String::new()),
            key: delivery.routing_key.to_string(),
            reason: death_reason(delivery).unwrap_or_else(|| "unknown".into()),
            detail: "parked by the broker".into(),
            body,
        },
    }
}

/// Why the broker parked it: the newest entry of its `x-death` header.
fn death_reason(delivery: &Delivery) -> Option<String> {
    let headers = delivery.properties.headers().as_ref()?;
    let AMQPValue::FieldArray(deaths) = headers.inner().get("x-death")? else {
        return None;
    };
    let AMQPValue::FieldTable(newest) = deaths.as_slice().first()? else {
        return None;
    };
    match newest.inner().get("reason")? {
        AMQPValue::LongString(reason) => Some(reason.to_string()),
        _ => None,
    }
}
