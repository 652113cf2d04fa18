use std::{
    future::poll_fn,
    task::{Context, Poll, ready},
};

use futures_util::{FutureExt, StreamExt};
use lapin::{
    Channel, Connection, Consumer,
    message::Delivery,
    options::{BasicAckOptions, BasicConsumeOptions, BasicQosOptions},
    types::FieldTable,
};
use prometheus::IntCounter;

use super::{BrokerError, metrics};

/// So many bytes are enough for one batch.
pub const MAX_BATCH_BYTES: usize = 8 << 20;

/// How to consume a queue.
#[derive(Clone, Debug)]
pub struct Consume<'a> {
    /// The queue.
    pub queue: &'a str,
    /// What it is called in metrics: bounded, no ids.
    pub label: &'a str,
    /// How many unacknowledged broker messages may be held.
    pub prefetch: u16,
}

/// A consumer on a channel of its own.
///
/// To give up a queue without disturbing its order, finish what was taken, then drop the subscription: the channel
/// closes, and the broker returns everything else to the head of the queue. A cancel would let the next consumer
/// overtake what is still unacknowledged here.
pub struct Subscription {
    channel: Channel,
    consumer: Consumer,
    queue: String,
    deliveries: IntCounter,
    redeliveries: IntCounter,
}

impl Subscription {
    /// Opens a channel and consumes.
    ///
    /// # Errors
    /// [`BrokerError`] naming the queue.
    pub async fn open(connection: &Connection, consume: Consume<'_>) -> Result<Self, BrokerError> {
        let doing = || BrokerError::doing(format!("consuming queue {}", consume.queue));
        let channel = connection.create_channel().await.map_err(doing())?;
        Self::on(channel, consume).await
    }

    /// Consumes on a channel that is there already, such as the one that declared an exclusive queue.
    ///
    /// # Errors
    /// [`BrokerError`] naming the queue.
    pub async fn on(channel: Channel, consume: Consume<'_>) -> Result<Self, BrokerError> {
        let doing = || BrokerError::doing(format!("consuming queue {}", consume.queue));
        channel
            .basic_qos(consume.prefetch, BasicQosOptions::default())
            .await
            .map_err(doing())?;
        let consumer = channel
            .basic_consume(
                consume.queue.into(),
                "".into(),
                BasicConsumeOptions::default(),
                FieldTable::default(),
            )
            .await
            .map_err(doing())?;
        Ok(Self {
            channel,
            consumer,
            queue: consume.queue.to_owned(),
            deliveries: metrics::DELIVERIES.with_label_values(&[consume.label]),
            redeliveries: metrics::REDELIVERIES.with_label_values(&[consume.label]),
        })
    }

    /// Waits for a delivery, then takes all that are there, at most `max` and about 8 MiB. Cancel safe.
    ///
    /// # Errors
    /// [`BrokerError`] when the connection, the channel or the consumer has ended.
    pub async fn next_batch(&mut self, max: usize) -> Result<Vec<Delivery>, BrokerError> {
        let mut batch = vec![poll_fn(|context| self.poll_delivery(context)).await?];
        let mut bytes = batch[0].data.len();
        while batch.len() < max && bytes < MAX_BATCH_BYTES {
            let Some(next) = poll_fn(|context| self.poll_delivery(context)).now_or_never() else {
                break;
            };
            // What ends the consumer here ends it on the next call too; what was taken is still good.
            let Ok(delivery) = next else { break };
            bytes += delivery.data.len();
            batch.push(delivery);
        }
        Ok(batch)
    }

    /// Polls for the next delivery, for those who wait for several subscriptions at once.
    ///
    /// # Errors
    /// As [`Subscription::next_batch`].
    pub fn poll_delivery(
        &mut self,
        context: &mut Context<'_>,
    ) -> Poll<Result<Delivery, BrokerError>> {
        let next = ready!(self.consumer.poll_next_unpin(context));
        let delivery = self.check(next)?;
        self.deliveries.inc();
        self.redeliveries.inc_by(u64::from(delivery.redelivered));
        Poll::Ready(Ok(delivery))
    }

    fn check(&self, next: Option<Result<Delivery, lapin::Error>>) -> Result<Delivery, BrokerError> {
        match next {
            Some(Ok(delivery)) => Ok(delivery),
            Some(Err(error)) => Err(BrokerError::doing(format!(
                "consuming queue {}",
                self.queue
            ))(error)),
            None => Err(BrokerError::Cancelled(self.queue.clone())),
        }
    }

    /// Acknowledges everything delivered up to and with `tag`.
    ///
    /// # Errors
    /// [`BrokerError`] when the channel has ended; everything unacknowledged will be delivered again.
    pub async fn ack_through(&self, tag: u64) -> Result<(), BrokerError> {
        self.channel
            .basic_ack(tag, BasicAckOptions { multiple: true })
            .await
            .map_err(BrokerError::doing(format!(
                "acknowledging on queue {}",
                self.queue
            )))
    }

    /// The channel, for acknowledging single deliveries elsewhere.
    #[must_use]
    pub fn channel(&self) -> &Channel {
        &self.channel
    }

    /// Whether what was taken can still be acknowledged.
    #[must_use]
    pub fn alive(&self) -> bool {
        self.channel.status().connected()
    }

    /// Closes the channel and waits until the broker has done so: what is unacknowledged is back in the queue then.
    pub async fn close(self) {
        let _gone = self.channel.close(200, "handed over".into()).await;
    }
}
