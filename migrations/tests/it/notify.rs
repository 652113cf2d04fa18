use std::time::Duration;

use futures_util::TryStreamExt;
use mongodb::{
    Database,
    bson::{DateTime, Document, doc},
};
use warren_migrations::{
    MongoMigrator, migrate_notify,
    mongo::{NOTIFY, notify::RETENTION},
};

use crate::scratch;

async fn plan(database: &Database, command: Document) -> String {
    let plan = database
        .run_command(doc! { "explain": command, "verbosity": "queryPlanner" })
        .await
        .unwrap();
    plan.get_document("queryPlanner")
        .unwrap()
        .get_document("winningPlan")
        .unwrap()
        .to_string()
}

#[tokio::test]
async fn unread_notifications_are_counted_in_an_index() {
    scratch::mongo(async |url, database| {
        migrate_notify(url).await.unwrap();
        let query = doc! { "userId": 1_i64, "isRead": false };
        let plan = plan(database, doc! { "count": "notifications", "query": query }).await;
        assert!(
            plan.contains(r#""indexName": "unread""#) && !plan.contains("FETCH"),
            "{plan}"
        );
    })
    .await;
}

#[tokio::test]
async fn pages_come_from_an_index_in_their_order() {
    scratch::mongo(async |url, database| {
        migrate_notify(url).await.unwrap();
        let find = doc! {
            "find": "notifications", "filter": { "userId": 1_i64 }, "sort": { "updatedAt": -1, "_id": -1 }, "limit": 50,
        };
        let plan = plan(database, find).await;
        assert!(plan.contains(r#""indexName": "newest""#) && !plan.contains("SORT"), "{plan}");
    })
    .await;
}

#[tokio::test]
async fn who_is_shown_a_message_is_found_in_an_index() {
    scratch::mongo(async |url, database| {
        migrate_notify(url).await.unwrap();
        let query = doc! { "conversationId": "d1-2", "shownSeq": 3_i64 };
        let plan = plan(database, doc! { "count": "notifications", "query": query }).await;
        assert!(plan.contains(r#""indexName": "conversation""#), "{plan}");
    })
    .await;
}

#[tokio::test]
async fn what_was_stored_before_knows_which_message_it_shows_and_can_be_taken_back() {
    scratch::mongo(async |url, database| {
        let migrator = MongoMigrator::connect(NOTIFY, url).await.unwrap();
        migrator.up().await.unwrap();
        migrator.down(1).await.unwrap();
        let rows = database.collection::<Document>("notifications");
        let row = |id: &str, kind: &str, conversation: &str| {
            doc! {
                "_id": id, "userId": 1_i64, "type": kind, "title": "Ann", "content": "hello",
                "conversationId": conversation, "senderId": 2_i64, "firstSeq": 1_i64, "lastSeq": 3_i64, "count": 3,
                "isRead": false, "createdAt": DateTime::now(), "updatedAt": DateTime::now(),
            }
        };
        let before = [row("m", "message", "d1-2"), row("g", "group_invite", "g1")];
        rows.insert_many(before).await.unwrap();
        migrator.up().await.unwrap();
        let row = async |id: &str| rows.find_one(doc! { "_id": id }).await.unwrap().unwrap();
        let message = row("m").await;
        assert_eq!(message.get_i64("shownSeq").unwrap(), 3);
        assert_eq!(message.get_i64("shownChange").unwrap(), 0);
        assert_eq!(row("g").await.get_i64("change").unwrap(), 0);
        migrator.down(1).await.unwrap();
        migrator.down(1).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn notifications_expire() {
    scratch::mongo(async |url, database| {
        migrate_notify(url).await.unwrap();
        let indexes = database
            .collection::<Document>("notifications")
            .list_indexes()
            .await
            .unwrap();
        let indexes: Vec<_> = indexes.try_collect().await.unwrap();
        let ages: Vec<Duration> = indexes
            .into_iter()
            .filter_map(|index| index.options.and_then(|options| options.expire_after))
            .collect();
        assert_eq!(ages, [RETENTION]);
    })
    .await;
}

#[tokio::test]
async fn documents_of_another_shape_are_refused() {
    scratch::mongo(async |url, database| {
        migrate_notify(url).await.unwrap();
        let notification = doc! {
            "_id": "n1", "userId": 1_i64, "type": "message", "title": "Ann", "content": "hello",
            "conversationId": "d1-2", "senderId": 2_i64, "firstSeq": 1_i64, "lastSeq": 3_i64, "count": 3,
            "isRead": false, "createdAt": DateTime::now(), "updatedAt": DateTime::now(),
        };
        let notifications = database.collection("notifications");
        for field in notification.keys() {
            let mut wrong = notification.clone();
            wrong.insert(field, 1.5);
            notifications.insert_one(wrong).await.unwrap_err();
        }
        notifications.insert_one(&notification).await.unwrap();
        let mut system = notification;
        system.extend(doc! {
            "_id": "n2", "type": "system", "conversationId": null, "senderId": null, "firstSeq": null, "lastSeq": null,
        });
        notifications.insert_one(system).await.unwrap();
    })
    .await;
}
