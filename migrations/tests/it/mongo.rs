use mongodb::{
    Database,
    bson::{DateTime, Document, doc},
};
use warren_migrations::{
    MongoError, MongoMigrator, migrate_chat, migrate_mongo,
    mongo::{self, CHAT, NOTIFY},
    status::State,
};

use crate::scratch;

async fn collections(database: &Database) -> Vec<String> {
    let mut names = database.list_collection_names().await.unwrap();
    names.sort();
    names
}

#[tokio::test]
async fn goes_up_down_and_up_again() {
    scratch::mongo(async |url, database| {
        let migrator = MongoMigrator::connect(CHAT, url).await.unwrap();
        let pending = migrator.status().await.unwrap();
        assert!(!pending.is_empty() && pending.iter().all(|entry| entry.state == State::Pending));
        assert!(
            collections(database).await.is_empty(),
            "status changes nothing"
        );

        migrator.up().await.unwrap();
        migrator.up().await.unwrap();
        let up = collections(database).await;
        assert_eq!(
            up,
            [
                "blocks",
                "changes",
                "conversations",
                "files",
                "members",
                "messages",
                "migrations",
                "search",
                "search_progress"
            ]
        );
        let entries = migrator.status().await.unwrap();
        assert!(
            entries
                .iter()
                .all(|entry| matches!(entry.state, State::Applied(_))),
            "{entries:?}"
        );

        migrator.down(1).await.unwrap();
        let files = database.collection::<Document>("files");
        let named = async || files.list_index_names().await.unwrap();
        assert!(!named().await.contains(&"once".to_owned()));
        migrator.up().await.unwrap();
        assert!(named().await.contains(&"once".to_owned()));
        migrator.down(2).await.unwrap();
        let without_last: Vec<_> = up.iter().filter(|name| *name != "files").collect();
        assert_eq!(
            collections(database).await.iter().collect::<Vec<_>>(),
            without_last
        );
        assert_eq!(
            migrator.status().await.unwrap().last().unwrap().state,
            State::Pending
        );

        migrator.down(100).await.unwrap();
        assert_eq!(collections(database).await, ["migrations"]);
        migrator.up().await.unwrap();
        assert_eq!(collections(database).await, up);
    })
    .await;
}

#[tokio::test]
async fn two_runs_at_once_do_not_clash() {
    scratch::mongo(async |url, _| {
        let (one, other, third) =
            tokio::join!(migrate_chat(url), migrate_chat(url), migrate_chat(url));
        one.unwrap();
        other.unwrap();
        third.unwrap();
    })
    .await;
}

#[tokio::test]
async fn both_sets_fit_into_one_database() {
    scratch::mongo(async |url, database| {
        migrate_mongo(url, url).await.unwrap();
        let all = [
            "blockedPeople",
            "blocks",
            "changes",
            "conversations",
            "files",
            "members",
            "messages",
            "migrations",
            "notifications",
            "search",
            "search_progress",
        ];
        assert_eq!(collections(database).await, all);
        MongoMigrator::connect(NOTIFY, url)
            .await
            .unwrap()
            .down(2)
            .await
            .unwrap();
        assert_eq!(collections(database).await, all[1..]);
    })
    .await;
}

#[tokio::test]
async fn a_run_that_broke_off_is_continued() {
    scratch::mongo(async |url, database| {
        // As if it had died after making the collection and before recording it, with the lock in its hands.
        database.create_collection("conversations").await.unwrap();
        let records = database.collection::<Document>(mongo::RECORDS);
        let dead = doc! { "_id": "lock", "owner": "dead", "until": DateTime::from_millis(1_000) };
        records.insert_one(dead).await.unwrap();
        migrate_chat(url).await.unwrap();
        let refused = database
            .collection::<Document>("conversations")
            .insert_one(doc! { "_id": "x" })
            .await;
        assert!(refused.is_err(), "the validator is there");
        assert_eq!(
            records
                .count_documents(doc! { "_id": "lock" })
                .await
                .unwrap(),
            0,
            "the lock is released"
        );
    })
    .await;
}

#[tokio::test]
async fn a_migration_of_a_newer_version_is_shown_and_stops_changes() {
    scratch::mongo(async |url, database| {
        let migrator = MongoMigrator::connect(CHAT, url).await.unwrap();
        migrator.up().await.unwrap();
        let newer = doc! {
            "_id": "chat.9999", "section": "chat", "version": 9_999_i64, "name": "newer", "appliedAt": DateTime::now(),
        };
        database.collection::<Document>(mongo::RECORDS).insert_one(newer).await.unwrap();
        assert_eq!(migrator.status().await.unwrap().last().unwrap().state, State::Unknown);
        for result in [migrator.up().await, migrator.down(1).await] {
            assert!(matches!(result, Err(MongoError::Newer { version: 9_999, .. })), "{result:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_url_without_a_database_is_refused() {
    let result = MongoMigrator::connect(CHAT, "mongodb://127.0.0.1:1/?replicaSet=rs0").await;
    assert!(
        matches!(result, Err(MongoError::DatabaseName { section: "chat" })),
        "{result:?}"
    );
}
