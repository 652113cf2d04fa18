//! PostgreSQL databases that last for one test, with all migrations. `WARREN_TEST_POSTGRES_URL` is a superuser's URL.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

use std::{
    panic::{AssertUnwindSafe, resume_unwind},
    time::Duration,
};

use futures_util::FutureExt;
use sqlx::{AssertSqlSafe, Connection, PgConnection, PgPool, postgres::PgPoolOptions};
use uuid::Uuid;
use warren_migrations::migrate_postgres;
use warren_topology::ids::UserId;

/// Runs a test with a database of its own.
pub(crate) async fn postgres(test: impl AsyncFnOnce(PgPool)) {
    let variable = "WARREN_TEST_POSTGRES_URL";
    let server =
        std::env::var(variable).unwrap_or_else(|_| panic!("set {variable}, or run ops/test"));
    let name = format!("warren_test_{}", Uuid::new_v4().simple());
    let mut admin = PgConnection::connect(&server)
        .await
        .expect("PostgreSQL answers");
    sqlx::query(AssertSqlSafe(format!("CREATE DATABASE {name}")))
        .execute(&mut admin)
        .await
        .unwrap();
    let (base, _) = server.rsplit_once('/').expect("a URL with a database");
    let url = format!("{base}/{name}");
    let outcome = AssertUnwindSafe(async {
        migrate_postgres(&url).await.unwrap();
        let options = PgPoolOptions::new()
            .max_connections(8)
            .acquire_timeout(Duration::from_secs(10));
        test(options.connect(&url).await.unwrap()).await;
    })
    .catch_unwind()
    .await;
    sqlx::query(AssertSqlSafe(format!("DROP DATABASE {name} WITH (FORCE)")))
        .execute(&mut admin)
        .await
        .unwrap();
    outcome.unwrap_or_else(|panic| resume_unwind(panic));
}

/// An active account with the address `<username>@example.org` and the role `user`.
pub(crate) async fn add_user(postgres: &PgPool, username: &str, display_name: &str) -> UserId {
    let query = "WITH added AS (
                     INSERT INTO users (username, email, display_name, password_hash)
                     VALUES ($1, $1 || '@example.org', $2, '') RETURNING user_id
                 ), granted AS (
                     INSERT INTO user_roles (user_id, role_id)
                     SELECT user_id, role_id FROM added, roles WHERE name = 'user'
                 )
                 SELECT user_id FROM added";
    UserId(
        sqlx::query_scalar(query)
            .bind(username)
            .bind(display_name)
            .fetch_one(postgres)
            .await
            .unwrap(),
    )
}

/// Gives an account another status.
pub(crate) async fn set_status(postgres: &PgPool, user: UserId, status: &str) {
    let query = "UPDATE users SET status = $2, suspended_reason = CASE WHEN $2 = 'suspended' THEN 'test' END
                 WHERE user_id = $1";
    sqlx::query(query)
        .bind(user.0)
        .bind(status)
        .execute(postgres)
        .await
        .unwrap();
}
