use std::path::PathBuf;

use futures_util::TryStreamExt;
use lapin::options::{ExchangeDeleteOptions, QueueDeleteOptions};
use mongodb::{
    Client, Database,
    bson::{Document, doc},
};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use uuid::Uuid;
use warren_migrations::{migrate_mongo, migrate_postgres};
use warren_topology::{
    actions::Pool,
    broker::{BrokerConfig, connect, declare},
    ids::Partition,
    names::Names,
};

/// The servers, with what is one test's own on them.
pub(crate) struct Scratch {
    /// What the names of all exchanges and queues begin with.
    pub(crate) prefix: String,
    /// The broker's address.
    pub(crate) broker: String,
    pub(crate) postgres: String,
    pub(crate) chat: String,
    pub(crate) notify: String,
    /// Holds the keys.
    pub(crate) folder: PathBuf,
}

/// The address of a server of the tests.
pub(crate) fn server(variable: &str) -> String {
    std::env::var(variable)
        .unwrap_or_else(|_| panic!("set {variable}, or run ops/test, which starts the servers"))
}

/// Puts a database name in place of a URL's path.
fn with_path(url: &str, name: &str) -> String {
    let (rest, query) = url
        .split_once('?')
        .map_or((url, String::new()), |(rest, query)| {
            (rest, format!("?{query}"))
        });
    let host = rest.find("://").map_or(0, |scheme| scheme + 3);
    let host = rest[host..]
        .find('/')
        .map_or(rest, |slash| &rest[..host + slash]);
    format!("{host}/{name}{query}")
}

impl Scratch {
    /// Databases with all migrations, and keys.
    pub(crate) async fn make() -> Self {
        let name = format!("warren_test_{}", Uuid::new_v4().simple());
        let (postgres, mongo) = (
            server("WARREN_TEST_POSTGRES_URL"),
            server("WARREN_TEST_MONGO_URL"),
        );
        let scratch = Self {
            broker: server("WARREN_TEST_RABBITMQ_URL"),
            postgres: with_path(&postgres, &name),
            chat: with_path(&mongo, &format!("{name}_chat")),
            notify: with_path(&mongo, &format!("{name}_notify")),
            folder: std::env::temp_dir().join(&name),
            prefix: name,
        };
        scratch
            .admin(&format!("CREATE DATABASE {}", scratch.prefix))
            .await;
        let (postgres, mongo) = tokio::join!(
            migrate_postgres(&scratch.postgres),
            migrate_mongo(&scratch.chat, &scratch.notify)
        );
        postgres.unwrap();
        mongo.unwrap();
        warren_workers::auth::keys::generate(&scratch.folder).unwrap();
        scratch
    }

    /// Declares exchanges and queues.
    pub(crate) async fn declare(&self, config: &BrokerConfig) {
        let connection = connect(config, "test").await.unwrap();
        let channel = connection.create_channel().await.unwrap();
        declare(&channel, config).await.unwrap();
        connection.close(200, "bye".into()).await.unwrap();
    }

    /// Conversations and messages.
    pub(crate) async fn chat_database(&self) -> Database {
        Client::with_uri_str(&self.chat)
            .await
            .unwrap()
            .default_database()
            .unwrap()
    }

    /// Notifications.
    pub(crate) async fn notify_database(&self) -> Database {
        Client::with_uri_str(&self.notify)
            .await
            .unwrap()
            .default_database()
            .unwrap()
    }

    async fn admin(&self, statement: &str) {
        let mut connection = PgConnection::connect(&server("WARREN_TEST_POSTGRES_URL"))
            .await
            .unwrap();
        sqlx::query(AssertSqlSafe(statement.to_owned()))
            .execute(&mut connection)
            .await
            .unwrap();
    }

    /// Takes everything away again.
    pub(crate) async fn remove(&self, config: &BrokerConfig) {
        let statement = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.prefix);
        tokio::join!(
            self.admin(&statement),
            drop_database(&self.chat),
            drop_database(&self.notify),
            undeclare(config)
        );
        std::fs::remove_dir_all(&self.folder).unwrap();
    }
}

/// Everything in a collection, by id.
pub(crate) async fn documents(database: &Database, collection: &str) -> Vec<Document> {
    let collection = database.collection(collection);
    let found = collection.find(doc! {}).sort(doc! { "_id": 1 });
    found.await.unwrap().try_collect().await.unwrap()
}

async fn drop_database(url: &str) {
    Client::with_uri_str(url)
        .await
        .unwrap()
        .default_database()
        .unwrap()
        .drop()
        .await
        .unwrap();
}

async fn undeclare(config: &BrokerConfig) {
    let names = Names::new(&config.prefix);
    let pools = [Pool::Auth, Pool::Users, Pool::Notify].map(|pool| names.pool_queue(pool));
    let partitions =
        (0..config.partitions).map(|partition| names.partition_queue(Partition(partition)));
    let others = [
        names.query_queue(),
        names.ephemeral_queue(),
        names.notify_events_queue(),
        names.chat_events_queue(),
        names.dead(),
    ];
    let connection = connect(config, "test").await.unwrap();
    let channel = connection.create_channel().await.unwrap();
    for queue in pools.into_iter().chain(partitions).chain(others) {
        channel
            .queue_delete(queue.into(), QueueDeleteOptions::default())
            .await
            .unwrap();
    }
    let exchanges = [
        names.commands(),
        names.edge(),
        names.edges(),
        names.routes(),
        names.members(),
        names.events(),
        names.dead(),
    ];
    for exchange in exchanges {
        channel
            .exchange_delete(exchange.into(), ExchangeDeleteOptions::default())
            .await
            .unwrap();
    }
    connection.close(200, "bye".into()).await.unwrap();
}
