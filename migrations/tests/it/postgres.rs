use sqlx::{Connection, PgConnection};
use warren_migrations::{PostgresMigrator, migrate_postgres, status::State};

use crate::scratch;

async fn tables(url: &str) -> Vec<String> {
    let mut connection = PgConnection::connect(url).await.unwrap();
    let query = "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' ORDER BY 1";
    sqlx::query_scalar(query)
        .fetch_all(&mut connection)
        .await
        .unwrap()
}

#[tokio::test]
async fn goes_up_down_and_up_again() {
    scratch::postgres(async |url| {
        let mut migrator = PostgresMigrator::connect(url).await.unwrap();
        let pending = migrator.status().await.unwrap();
        assert!(!pending.is_empty() && pending.iter().all(|entry| entry.state == State::Pending));
        assert!(tables(url).await.is_empty(), "status changes nothing");

        migrator.up().await.unwrap();
        migrator.up().await.unwrap();
        let up = tables(url).await;
        let expected = [
            "_sqlx_migrations",
            "blocks",
            "broadcasts",
            "outbox",
            "presence",
            "refresh_tokens",
            "reserved_usernames",
            "roles",
            "sessions",
            "sign_in_failures",
            "user_roles",
            "users",
        ];
        assert_eq!(up, expected);
        let entries = migrator.status().await.unwrap();
        assert!(
            entries
                .iter()
                .all(|entry| matches!(entry.state, State::Applied(_))),
            "{entries:?}"
        );

        migrator.down(1).await.unwrap();
        let entries = migrator.status().await.unwrap();
        assert_eq!(entries.last().unwrap().state, State::Pending);
        assert!(matches!(entries[0].state, State::Applied(_)));

        migrator.down(100).await.unwrap();
        assert_eq!(tables(url).await, ["_sqlx_migrations"]);
        migrator.down(1).await.unwrap();
        migrator.up().await.unwrap();
        assert_eq!(tables(url).await, up);
    })
    .await;
}

#[tokio::test]
async fn two_runs_at_once_do_not_clash() {
    scratch::postgres(async |url| {
        let (one, other) = tokio::join!(migrate_postgres(url), migrate_postgres(url));
        one.unwrap();
        other.unwrap();
    })
    .await;
}

#[tokio::test]
async fn the_roles_are_there() {
    scratch::postgres(async |url| {
        migrate_postgres(url).await.unwrap();
        let mut connection = PgConnection::connect(url).await.unwrap();
        let query = sqlx::query_scalar("SELECT name FROM roles ORDER BY name");
        let roles: Vec<String> = query.fetch_all(&mut connection).await.unwrap();
        assert_eq!(roles, ["admin", "moderator", "user"]);
    })
    .await;
}

#[tokio::test]
async fn a_migration_of_a_newer_version_is_shown_and_stops_changes() {
    scratch::postgres(async |url| {
        let mut migrator = PostgresMigrator::connect(url).await.unwrap();
        migrator.up().await.unwrap();
        let mut connection = PgConnection::connect(url).await.unwrap();
        let newer =
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
                     VALUES (9999, 'newer', true, '', 0)";
        sqlx::query(newer).execute(&mut connection).await.unwrap();
        assert_eq!(
            migrator.status().await.unwrap().last().unwrap().state,
            State::Unknown
        );
        migrator.down(1).await.unwrap_err();
        PostgresMigrator::connect(url)
            .await
            .unwrap()
            .up()
            .await
            .unwrap_err();
    })
    .await;
}

#[tokio::test]
async fn an_edited_migration_is_shown_and_stops_changes() {
    scratch::postgres(async |url| {
        let mut migrator = PostgresMigrator::connect(url).await.unwrap();
        migrator.up().await.unwrap();
        let mut connection = PgConnection::connect(url).await.unwrap();
        let edit = "UPDATE _sqlx_migrations SET checksum = '' WHERE version = 1";
        sqlx::query(edit).execute(&mut connection).await.unwrap();
        assert_eq!(migrator.status().await.unwrap()[0].state, State::Changed);
        migrator.up().await.unwrap_err();
    })
    .await;
}
