use std::collections::{HashMap, HashSet};

use futures_util::{StreamExt, stream::SelectAll};
use lapin::{
    Channel, Connection, Consumer,
    options::{
        BasicConsumeOptions, BasicPublishOptions, ExchangeDeleteOptions, QueueBindOptions,
        QueueDeclareOptions, QueueDeleteOptions,
    },
    types::FieldTable,
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use warren_edge::settings::{DEFAULTS, Settings};
use warren_runtime::{config, trace::TraceParent};
use warren_topology::{
    actions::Pool,
    broker::{BrokerConfig, connect, declare},
    envelope::{Batch, Control},
    ids::{NodeId, Partition},
    names::Names,
    payload::unix_millis,
    routes::RouteUpdate,
};

use super::within;

/// A command as a worker gets it.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Command {
    pub(crate) id: String,
    pub(crate) action: String,
    pub(crate) caller: Option<Value>,
    pub(crate) origin: Option<Value>,
    pub(crate) trace: String,
    pub(crate) payload: Value,
    /// The edge that waits for the reply.
    #[serde(skip)]
    pub(crate) from: String,
}

/// The test as all the workers.
pub(crate) struct Workers {
    pub(crate) url: String,
    pub(crate) prefix: String,
    names: Names,
    connection: Connection,
    channel: Channel,
    commands: Option<SelectAll<Consumer>>,
    read: std::collections::VecDeque<Command>,
    /// The ids of commands taken: one whose confirm was lost comes again, and is not handled twice.
    taken: HashSet<String>,
    routes: Consumer,
    announced: std::collections::VecDeque<RouteUpdate>,
    /// The name of this worker, and per destination the number of its last batch.
    name: NodeId,
    numbers: HashMap<String, u64>,
}

const PARTITIONS: u16 = 2;

impl Workers {
    /// Declares the topology under a prefix of its own, and listens to announcements of routes.
    pub(crate) async fn start(max_queue_length: Option<u32>) -> Self {
        let url = std::env::var("WARREN_TEST_RABBITMQ_URL")
            .expect("WARREN_TEST_RABBITMQ_URL names a RabbitMQ to test with");
        let prefix = format!("t-{:016x}", rand::random::<u64>());
        let environment = [
            ("BROKER__URL", url.as_str()),
            ("AUTH__JWKS_FILE", "-"),
            ("BROKER__PREFIX", &prefix),
        ]
        .map(|(key, value)| (format!("WARREN__{key}"), value.to_owned()));
        let settings: Settings = config::load_from(DEFAULTS, None, environment).unwrap();
        let length = max_queue_length.unwrap_or(settings.broker.max_queue_length);
        let broker = BrokerConfig {
            partitions: PARTITIONS,
            max_queue_length: length,
            ..settings.broker
        };
        let connection = connect(&broker, "test").await.unwrap();
        let channel = connection.create_channel().await.unwrap();
        declare(&channel, &broker).await.unwrap();

        let names = Names::new(&prefix);
        let queue = format!("{prefix}.test.routes");
        let exclusive = QueueDeclareOptions {
            exclusive: true,
            ..Default::default()
        };
        channel
            .queue_declare(queue.as_str().into(), exclusive, FieldTable::default())
            .await
            .unwrap();
        bind(&channel, &queue, &names.routes()).await;
        let routes = consume(&channel, &queue).await;
        let (commands, read, announced) = Default::default();
        let name = NodeId::fresh("worker");
        let numbers = HashMap::new();
        Self {
            url,
            prefix,
            names,
            connection,
            channel,
            commands,
            read,
            routes,
            announced,
            name,
            numbers,
            taken: HashSet::new(),
        }
    }

    fn queues(&self) -> Vec<String> {
        let pools = [Pool::Auth, Pool::Users, Pool::Notify].map(|pool| self.names.pool_queue(pool));
        let partitions =
            (0..PARTITIONS).map(|partition| self.names.partition_queue(Partition(partition)));
        pools
            .into_iter()
            .chain(partitions)
            .chain([self.names.query_queue(), self.names.ephemeral_queue()])
            .collect()
    }

    /// The next command, in whichever queue.
    pub(crate) async fn command(&mut self) -> Command {
        if self.commands.is_none() {
            let mut consumers = SelectAll::new();
            for queue in self.queues() {
                consumers.push(consume(&self.channel, &queue).await);
            }
            self.commands = Some(consumers);
        }
        loop {
            if let Some(command) = self.read.pop_front() {
                if self.taken.insert(command.id.clone()) {
                    return command;
                }
                continue;
            }
            let consumers = self.commands.as_mut().unwrap();
            let delivery = within("a command", consumers.next())
                .await
                .unwrap()
                .unwrap();
            let batch: Batch<Command> = serde_json::from_slice(&delivery.data).unwrap();
            let from = batch.from.to_string();
            self.read
                .extend(batch.items.into_iter().map(|command| Command {
                    from: from.clone(),
                    ..command
                }));
        }
    }

    /// The next announcement of routes.
    pub(crate) async fn announcement(&mut self) -> RouteUpdate {
        while self.announced.is_empty() {
            let delivery = within("an announcement", self.routes.next())
                .await
                .unwrap()
                .unwrap();
            let batch: Batch<RouteUpdate> = serde_json::from_slice(&delivery.data).unwrap();
            self.announced.extend(batch.items);
        }
        self.announced.pop_front().unwrap()
    }

    /// Answers a command with data.
    pub(crate) async fn reply(&mut self, command: &Command, data: impl Into<Value>) {
        self.item(
            &command.from,
            json!({ "reply": { "id": command.id, "data": data.into() } }),
        )
        .await;
    }

    /// Answers a command in any way: `extra` has the members of the reply besides its id.
    pub(crate) async fn reply_with(&mut self, command: &Command, mut extra: Value) {
        extra["id"] = command.id.clone().into();
        self.item(&command.from, json!({ "reply": extra })).await;
    }

    /// Pushes an event to people on an edge.
    pub(crate) async fn push(&mut self, edge: &NodeId, to: &[i64], key: &str) {
        let item = Self::push_item("chat", to, &json!(["message:created", { "id": key }]), key);
        self.item(&edge.to_string(), item).await;
    }

    pub(crate) fn push_item(namespace: &str, to: &[i64], event: &Value, key: &str) -> Value {
        json!({ "push": {
            "ns": namespace, "to": to, "event": event, "key": key,
            "trace": TraceParent::new().to_string(), "accepted": unix_millis()
        } })
    }

    /// Sends one item to an edge, under the next number.
    pub(crate) async fn item(&mut self, edge: &str, item: Value) {
        let n = self.numbers.entry(edge.to_owned()).or_default();
        *n += 1;
        let (n, name) = (*n, self.name.clone());
        self.batch(edge, &name, n, vec![item]).await;
    }

    /// Sends a batch as it is.
    pub(crate) async fn batch(&self, edge: &str, from: &NodeId, n: u64, items: Vec<Value>) {
        self.publish(
            &self.names.edge(),
            edge,
            &Batch {
                from: from.clone(),
                n,
                items,
            },
        )
        .await;
    }

    /// Forgets a number, as if a batch to the edge had been lost.
    pub(crate) fn lose(&mut self, edge: &NodeId) {
        *self.numbers.entry(edge.to_string()).or_default() += 1;
    }

    /// Sends control to every edge.
    pub(crate) async fn control(&mut self, control: Control) {
        let n = self.numbers.entry("control".into()).or_default();
        *n += 1;
        let batch = Batch {
            from: self.name.clone(),
            n: *n,
            items: vec![control],
        };
        self.publish(&self.names.edges(), "", &batch).await;
    }

    async fn publish<T: Serialize>(&self, exchange: &str, key: &str, batch: &Batch<T>) {
        let body = serde_json::to_vec(batch).unwrap();
        let options = BasicPublishOptions::default();
        let published = self.channel.basic_publish(
            exchange.into(),
            key.into(),
            options,
            &body,
            Default::default(),
        );
        published.await.unwrap();
    }

    /// Takes everything away that was declared.
    pub(crate) async fn end(self) {
        let names = &self.names;
        let more = [
            names.dead(),
            names.notify_events_queue(),
            names.chat_events_queue(),
        ];
        for queue in self.queues().into_iter().chain(more) {
            self.channel
                .queue_delete(queue.as_str().into(), QueueDeleteOptions::default())
                .await
                .unwrap();
        }
        for exchange in [
            names.commands(),
            names.edge(),
            names.edges(),
            names.routes(),
            names.members(),
            names.events(),
            names.dead(),
        ] {
            let options = ExchangeDeleteOptions::default();
            self.channel
                .exchange_delete(exchange.as_str().into(), options)
                .await
                .unwrap();
        }
        self.connection.close(200, "bye".into()).await.unwrap();
    }
}

async fn bind(channel: &Channel, queue: &str, exchange: &str) {
    let options = QueueBindOptions::default();
    channel
        .queue_bind(
            queue.into(),
            exchange.into(),
            "".into(),
            options,
            FieldTable::default(),
        )
        .await
        .unwrap();
}

async fn consume(channel: &Channel, queue: &str) -> Consumer {
    let options = BasicConsumeOptions {
        no_ack: true,
        ..Default::default()
    };
    channel
        .basic_consume(queue.into(), "".into(), options, FieldTable::default())
        .await
        .unwrap()
}
