use lapin::{
    Channel, ExchangeKind,
    options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions},
    types::{AMQPValue, FieldTable},
};

use super::{BrokerConfig, BrokerError};
use crate::{
    actions::Pool,
    events::DomainEvent,
    ids::{NodeId, Partition},
    names::{EPHEMERAL_KEY, EPHEMERAL_TTL_MS, Names, QUERY_KEY, partition_key},
};

/// The most batches of domain events that wait for a pool; the oldest are parked beyond it.
const MAX_EVENT_BATCHES: i64 = 100_000;
/// The most batches of signals that wait; the oldest, which are worth least, go beyond it.
const MAX_SIGNAL_BATCHES: i64 = 1_000;
/// The most parked broker messages; the oldest go beyond it.
const MAX_DEAD: i64 = 100_000;
/// How often parked broker messages may be looked at: without end, for all that RabbitMQ before 4 has no word for it.
const MAX_LOOKS: i64 = i32::MAX as i64;
/// The most broker messages that wait for one edge or worker; beyond it the oldest go, and the node notices the gap.
const MAX_NODE_LENGTH: i64 = 50_000;
/// The most bytes that wait for one edge or worker.
const MAX_NODE_BYTES: i64 = 256 << 20;

struct Args(FieldTable);

impl Args {
    fn new() -> Self {
        Self(FieldTable::default())
    }

    fn text(mut self, key: &str, value: &str) -> Self {
        self.0
            .insert(key.into(), AMQPValue::LongString(value.into()));
        self
    }

    fn number(mut self, key: &str, value: i64) -> Self {
        self.0.insert(key.into(), AMQPValue::LongLongInt(value));
        self
    }

    fn flag(mut self, key: &str) -> Self {
        self.0.insert(key.into(), AMQPValue::Boolean(true));
        self
    }
}

/// Declares every durable exchange and queue and binds them. Repeating it changes nothing.
///
/// # Errors
/// [`BrokerError`] naming the exchange or queue, and from the broker the argument that differs from what exists.
pub async fn declare(channel: &Channel, config: &BrokerConfig) -> Result<(), BrokerError> {
    let names = Names::new(&config.prefix);
    for (name, kind) in [
        (names.commands(), ExchangeKind::Direct),
        (names.edge(), ExchangeKind::Direct),
        (names.edges(), ExchangeKind::Fanout),
        (names.routes(), ExchangeKind::Fanout),
        (names.members(), ExchangeKind::Fanout),
        (names.events(), ExchangeKind::Topic),
        (names.dead(), ExchangeKind::Topic),
    ] {
        let options = ExchangeDeclareOptions {
            durable: true,
            ..Default::default()
        };
        channel
            .exchange_declare(name.as_str().into(), kind, options, FieldTable::default())
            .await
            .map_err(BrokerError::doing(format!("declaring exchange {name}")))?;
    }

    let dead = Args::new()
        .text("x-queue-type", "quorum")
        .text("x-overflow", "drop-head")
        .number("x-max-length", MAX_DEAD)
        // Looking at a letter counts as a delivery, and RabbitMQ 4 drops after 20 unless told otherwise.
        .number("x-delivery-limit", MAX_LOOKS);
    queue(channel, &names.dead(), dead).await?;
    bind(channel, &names.dead(), &names.dead(), "#").await?;

    for pool in [Pool::Auth, Pool::Users, Pool::Notify] {
        let name = names.pool_queue(pool);
        queue(channel, &name, commands(config, &names, &name)).await?;
        bind(channel, &name, &names.commands(), pool.as_str()).await?;
    }
    for partition in (0..config.partitions).map(Partition) {
        let name = names.partition_queue(partition);
        let args = commands(config, &names, &name).flag("x-single-active-consumer");
        queue(channel, &name, args).await?;
        bind(channel, &name, &names.commands(), &partition_key(partition)).await?;
    }
    // Reads are worth nothing after their caller's deadline: they expire, and nobody parks them.
    let query = Args::new()
        .text("x-overflow", "reject-publish")
        .number("x-max-length", i64::from(config.max_queue_length));
    queue(channel, &names.query_queue(), query).await?;
    bind(channel, &names.query_queue(), &names.commands(), QUERY_KEY).await?;

    // Of signals the newest count. One worker at a time, so that they keep their order and are told only so often.
    let signals = Args::new()
        .text("x-overflow", "drop-head")
        .flag("x-single-active-consumer")
        .number("x-message-ttl", EPHEMERAL_TTL_MS as i64)
        .number("x-max-length", MAX_SIGNAL_BATCHES);
    let name = names.ephemeral_queue();
    queue(channel, &name, signals).await?;
    bind(channel, &name, &names.commands(), EPHEMERAL_KEY).await?;

    let name = names.chat_events_queue();
    queue(channel, &name, events(config, &names, &name)).await?;
    bind(channel, &name, &names.events(), "user.deleted").await?;
    let name = names.search_events_queue();
    queue(channel, &name, events(config, &names, &name)).await?;
    for key in ["message.created", "message.updated", "message.deleted"] {
        bind(channel, &name, &names.events(), key).await?;
    }
    let name = names.notify_events_queue();
    queue(channel, &name, events(config, &names, &name)).await?;
    // Of what happens to accounts it needs to know who is to be left alone, and who is gone.
    let wanted = |key: &str| match key {
        "user.blocked" | "user.unblocked" | "user.deleted" => true,
        _ => !key.starts_with("user.") && !key.starts_with("presence."),
    };
    let keys = DomainEvent::KEYS.map(|(key, _)| key);
    for key in keys.into_iter().filter(|key| wanted(key)) {
        bind(channel, &name, &names.events(), key).await?;
    }
    Ok(())
}

/// Durable commands: replicated, bounded, refusing when full, parked when they cannot be handled.
fn commands(config: &BrokerConfig, names: &Names, name: &str) -> Args {
    Args::new()
        .text("x-queue-type", "quorum")
        .text("x-overflow", "reject-publish")
        .number("x-max-length", i64::from(config.max_queue_length))
        .number("x-max-length-bytes", config.max_queue_bytes as i64)
        .number("x-delivery-limit", i64::from(config.delivery_limit))
        .text("x-dead-letter-exchange", &names.dead())
        .text("x-dead-letter-routing-key", name)
}

/// Domain events for a pool. One worker at a time, the others stand by: what is counted per person must be counted in order.
fn events(config: &BrokerConfig, names: &Names, name: &str) -> Args {
    Args::new()
        .text("x-queue-type", "quorum")
        .text("x-overflow", "drop-head")
        .flag("x-single-active-consumer")
        .number("x-max-length", MAX_EVENT_BATCHES)
        .number("x-max-length-bytes", config.max_queue_bytes as i64)
        .number("x-delivery-limit", i64::from(config.delivery_limit))
        .text("x-dead-letter-exchange", &names.dead())
        .text("x-dead-letter-routing-key", name)
}

async fn queue(channel: &Channel, name: &str, args: Args) -> Result<(), BrokerError> {
    let options = QueueDeclareOptions {
        durable: true,
        ..Default::default()
    };
    channel
        .queue_declare(name.into(), options, args.0)
        .await
        .map(drop)
        .map_err(BrokerError::doing(format!("declaring queue {name}")))
}

async fn bind(
    channel: &Channel,
    queue: &str,
    exchange: &str,
    key: &str,
) -> Result<(), BrokerError> {
    channel
        .queue_bind(
            queue.into(),
            exchange.into(),
            key.into(),
            QueueBindOptions::default(),
            FieldTable::default(),
        )
        .await
        .map_err(BrokerError::doing(format!(
            "binding queue {queue} to {exchange} with {key}"
        )))
}

/// Declares the exclusive queue of one node (an edge or a worker) and binds it: to each `(exchange, routing key)`.
/// Returns the queue's name. The queue goes with the connection.
///
/// # Errors
/// [`BrokerError`] naming the queue.
pub async fn declare_node_queue(
    channel: &Channel,
    names: &Names,
    node: &NodeId,
    bindings: &[(String, String)],
) -> Result<String, BrokerError> {
    let name = names.node_queue(node);
    let options = QueueDeclareOptions {
        exclusive: true,
        ..Default::default()
    };
    let args = Args::new()
        .text("x-overflow", "drop-head")
        .number("x-max-length", MAX_NODE_LENGTH)
        .number("x-max-length-bytes", MAX_NODE_BYTES);
    channel
        .queue_declare(name.as_str().into(), options, args.0)
        .await
        .map_err(BrokerError::doing(format!("declaring queue {name}")))?;
    for (exchange, key) in bindings {
        bind(channel, &name, exchange, key).await?;
    }
    Ok(name)
}
