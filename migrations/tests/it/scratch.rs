//! Databases that last for one test.

use std::panic::{AssertUnwindSafe, resume_unwind};

use futures_util::FutureExt;
use mongodb::{Client, Database};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use uuid::Uuid;

fn server(variable: &str) -> String {
    std::env::var(variable)
        .unwrap_or_else(|_| panic!("set {variable}, or run ops/test, which starts the servers"))
}

fn name() -> String {
    format!("warren_test_{}", Uuid::new_v4().simple())
}

/// Puts a database name in place of a URL's path.
fn with_path(url: &str, name: &str) -> String {
    let (rest, query) = url
        .split_once('?')
        .map_or((url, None), |(rest, query)| (rest, Some(query)));
    let scheme = rest.find("://").expect("a URL") + 3;
    let host = rest[scheme..]
        .find('/')
        .map_or(rest, |slash| &rest[..scheme + slash]);
    format!(
        "{host}/{name}{}",
        query.map(|query| format!("?{query}")).unwrap_or_default()
    )
}

/// Runs a test with the URL of an empty PostgreSQL database.
pub(crate) async fn postgres(test: impl AsyncFnOnce(&str)) {
    let server = server("WARREN_TEST_POSTGRES_URL");
    let name = name();
    let mut admin = PgConnection::connect(&server)
        .await
        .expect("PostgreSQL answers");
    sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}")))
        .execute(&mut admin)
        .await
        .unwrap();
    let url = with_path(&server, &name);
    let outcome = AssertUnwindSafe(test(&url)).catch_unwind().await;
    sqlx::query(AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)")))
        .execute(&mut admin)
        .await
        .unwrap();
    outcome.unwrap_or_else(|panic| resume_unwind(panic));
}

/// Runs a test with an empty MongoDB database and its URL.
pub(crate) async fn mongo(test: impl AsyncFnOnce(&str, &Database)) {
    let url = with_path(&server("WARREN_TEST_MONGO_URL"), &name());
    let client = Client::with_uri_str(&url).await.expect("MongoDB answers");
    let database = client.default_database().expect("the URL names it");
    let outcome = AssertUnwindSafe(test(&url, &database)).catch_unwind().await;
    database.drop().await.unwrap();
    outcome.unwrap_or_else(|panic| resume_unwind(panic));
}
