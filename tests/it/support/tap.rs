use std::collections::VecDeque;

use futures_util::StreamExt;
use lapin::{
    Connection, Consumer,
    options::{BasicConsumeOptions, BasicPublishOptions, QueueBindOptions, QueueDeclareOptions},
    types::FieldTable,
};
use serde_json::{Value, value::RawValue};
use uuid::Uuid;
use warren_runtime::trace::TraceParent;
use warren_topology::{
    broker::connect,
    envelope::{Batch, Caller, Command},
    ids::{NodeId, UserId},
    payload::unix_millis,
    routes::RouteUpdate,
};

use super::{Person, TestSystem, within};

/// A queue of the test's own on an exchange: sees what travels there.
pub(crate) struct Tap {
    _connection: Connection,
    consumer: Consumer,
    items: VecDeque<Value>,
}

impl Tap {
    /// Listens to what is published to an exchange with a routing key.
    pub(crate) async fn on(system: &TestSystem, exchange: &str, key: &str) -> Self {
        let connection = connect(&system.broker_config(), "test").await.unwrap();
        let channel = connection.create_channel().await.unwrap();
        let queue = format!("{}.tap.{}", system.scratch.prefix, Uuid::new_v4().simple());
        let exclusive = QueueDeclareOptions {
            exclusive: true,
            ..Default::default()
        };
        channel
            .queue_declare(queue.as_str().into(), exclusive, FieldTable::default())
            .await
            .unwrap();
        let (bind, table) = (QueueBindOptions::default(), FieldTable::default());
        channel
            .queue_bind(
                queue.as_str().into(),
                exchange.into(),
                key.into(),
                bind,
                table,
            )
            .await
            .unwrap();
        let options = BasicConsumeOptions {
            no_ack: true,
            ..Default::default()
        };
        let consumer = channel.basic_consume(
            queue.as_str().into(),
            "".into(),
            options,
            FieldTable::default(),
        );
        Self {
            _connection: connection,
            consumer: consumer.await.unwrap(),
            items: VecDeque::new(),
        }
    }

    /// The next item of a batch.
    pub(crate) async fn next(&mut self) -> Value {
        while self.items.is_empty() {
            let delivery = within("a broker message", self.consumer.next())
                .await
                .unwrap()
                .unwrap();
            let batch: Batch<Value> = serde_json::from_slice(&delivery.data).unwrap();
            self.items.extend(batch.items);
        }
        self.items.pop_front().unwrap()
    }

    /// The next item that is as wanted.
    pub(crate) async fn next_where(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        loop {
            let item = self.next().await;
            if wanted(&item) {
                return item;
            }
        }
    }

    /// The next announcement of an edge, of a tap on the exchange of routes.
    pub(crate) async fn route(&mut self) -> RouteUpdate {
        serde_json::from_value(self.next().await).unwrap()
    }
}

/// A command as an edge would publish it.
pub(crate) fn command(caller: &Person, id: &str, action: &str, payload: &Value) -> Box<RawValue> {
    let payload = RawValue::from_string(payload.to_string()).unwrap();
    let command = Command {
        id: id.into(),
        action: action.into(),
        caller: Some(Caller {
            user: UserId(caller.id),
            session: "test".into(),
            roles: vec!["user".into()],
        }),
        origin: None,
        trace: TraceParent::new(),
        accepted: unix_millis(),
        deadline: unix_millis() + 60_000,
        payload: &payload,
    };
    RawValue::from_string(serde_json::to_string(&command).unwrap()).unwrap()
}

/// The body of a broker message with commands whose replies go to `from`.
pub(crate) fn batch(from: &NodeId, items: &[Box<RawValue>]) -> Vec<u8> {
    serde_json::to_vec(&Batch {
        from: from.clone(),
        n: 1,
        items: items.iter().collect(),
    })
    .unwrap()
}

/// Publishes a body as it is to the exchange of commands.
pub(crate) async fn publish(system: &TestSystem, key: &str, body: &[u8]) {
    publish_to(system, &system.names().commands(), key, body).await;
}

/// Publishes a body as it is to an exchange.
pub(crate) async fn publish_to(system: &TestSystem, exchange: &str, key: &str, body: &[u8]) {
    let connection = connect(&system.broker_config(), "test").await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    channel.confirm_select(Default::default()).await.unwrap();
    let options = BasicPublishOptions {
        mandatory: true,
        ..Default::default()
    };
    let confirm = channel
        .basic_publish(
            exchange.into(),
            key.into(),
            options,
            body,
            Default::default(),
        )
        .await
        .unwrap();
    let confirm = confirm.await.unwrap();
    assert!(
        confirm.is_ack() && confirm.take_message().is_none(),
        "no queue took it"
    );
    connection.close(200, "bye".into()).await.unwrap();
}
