use mongodb::{
    Collection, Database,
    bson::{DateTime, Document, doc},
    error::{ErrorKind, Result, WriteFailure},
    results::InsertOneResult,
};
use warren_migrations::migrate_chat;

use crate::scratch;

fn message(seq: i64, client_id: &str) -> Document {
    doc! {
        "_id": format!("d1-2.{seq:010}"), "c": "d1-2", "s": seq, "type": "user", "senderId": 1_i64, "content": "hello",
        "attachments": ["https://example.org/a"], "clientId": client_id, "ownClientId": true,
        "createdAt": DateTime::now(),
    }
}

fn conversation() -> Document {
    doc! {
        "_id": "d1-2", "type": "direct", "name": null, "createdBy": 1_i64, "createdAt": DateTime::now(),
        "memberCount": 2, "lastSeq": 0_i64, "lastChange": 0_i64, "lastActivityAt": DateTime::now(),
        "lastMessage": null, "creation": "command",
    }
}

fn member() -> Document {
    doc! {
        "_id": "d1-2:1", "conversationId": "d1-2", "userId": 1_i64, "role": "member", "joinedAt": DateTime::now(),
        "joinedSeq": 0_i64, "lastReadSeq": 0_i64, "lastDeliveredSeq": 0_i64, "muted": false, "pinned": false,
        "hidden": false,
    }
}

fn change() -> Document {
    doc! {
        "_id": "d1-2.0000000001", "c": "d1-2", "n": 1_i64, "command": "command", "actor": 1_i64,
        "at": DateTime::now(), "sharedChange": 1_i64, "what": {},
    }
}

fn code(result: &Result<InsertOneResult>) -> Option<i32> {
    match result {
        Err(error) => match &*error.kind {
            ErrorKind::Write(WriteFailure::WriteError(error)) => Some(error.code),
            _ => panic!("{error}"),
        },
        Ok(_) => None,
    }
}

const INVALID: Option<i32> = Some(121);
const DUPLICATE: Option<i32> = Some(11_000);

/// The collection takes the document, but with no field taken away or turned into something else.
async fn takes_only(database: &Database, collection: &str, document: Document) {
    let collection: Collection<Document> = database.collection(collection);
    for field in document.keys().filter(|field| *field != "_id") {
        let mut without = document.clone();
        without.remove(field);
        assert_eq!(
            code(&collection.insert_one(without).await),
            INVALID,
            "without {field}"
        );
        let mut other = document.clone();
        other.insert(field, 1.5);
        assert_eq!(
            code(&collection.insert_one(other).await),
            INVALID,
            "{field} of another type"
        );
    }
    assert_eq!(code(&collection.insert_one(document).await), None);
}

#[tokio::test]
async fn documents_of_another_shape_are_refused() {
    scratch::mongo(async |url, database| {
        migrate_chat(url).await.unwrap();
        takes_only(database, "conversations", conversation()).await;
        takes_only(database, "members", member()).await;
        takes_only(database, "messages", message(1, "a")).await;
        takes_only(database, "changes", change()).await;
    })
    .await;
}

#[tokio::test]
async fn a_message_may_carry_an_edit_a_deletion_and_their_number() {
    scratch::mongo(async |url, database| {
        migrate_chat(url).await.unwrap();
        let messages = database.collection("messages");
        let mut edited = message(1, "a");
        edited.extend(
            doc! { "editedAt": DateTime::now(), "deletedAt": DateTime::now(), "change": 1_i64 },
        );
        messages.insert_one(edited).await.unwrap();
        let mut wrong = message(2, "b");
        wrong.insert("change", "1");
        assert_eq!(code(&messages.insert_one(wrong).await), INVALID);
    })
    .await;
}

#[tokio::test]
async fn a_message_sent_twice_is_stored_once() {
    scratch::mongo(async |url, database| {
        migrate_chat(url).await.unwrap();
        let messages = database.collection("messages");
        messages.insert_one(message(1, "a")).await.unwrap();
        assert_eq!(code(&messages.insert_one(message(2, "a")).await), DUPLICATE);
        assert_eq!(code(&messages.insert_one(message(1, "b")).await), DUPLICATE);
        messages.insert_one(message(2, "b")).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_change_has_a_number_of_its_own_and_is_made_once() {
    scratch::mongo(async |url, database| {
        migrate_chat(url).await.unwrap();
        let changes = database.collection("changes");
        changes.insert_one(change()).await.unwrap();
        let mut other = change();
        other.insert("command", "other");
        assert_eq!(
            code(&changes.insert_one(other.clone()).await),
            DUPLICATE,
            "the number is taken"
        );
        other.insert("_id", "d1-2.0000000002");
        changes.insert_one(other.clone()).await.unwrap();
        other.insert("_id", "d1-2.0000000003");
        assert_eq!(
            code(&changes.insert_one(other).await),
            DUPLICATE,
            "the command has been carried out"
        );
    })
    .await;
}

async fn plan(database: &Database, collection: &str, filter: Document, sort: Document) -> String {
    let find = doc! { "find": collection, "filter": filter, "sort": sort };
    let plan = database
        .run_command(doc! { "explain": find, "verbosity": "queryPlanner" })
        .await
        .unwrap();
    plan.get_document("queryPlanner")
        .unwrap()
        .get_document("winningPlan")
        .unwrap()
        .to_string()
}

#[tokio::test]
async fn the_queries_of_the_chat_pool_use_the_indexes() {
    scratch::mongo(async |url, database| {
        migrate_chat(url).await.unwrap();
        let mine = plan(
            database,
            "members",
            doc! { "userId": 1_i64, "hidden": false },
            doc! {},
        )
        .await;
        assert!(mine.contains(r#""indexName": "user""#), "{mine}");
        let members = plan(
            database,
            "members",
            doc! { "conversationId": "d1-2" },
            doc! { "joinedAt": 1 },
        )
        .await;
        assert!(
            members.contains(r#""indexName": "conversation""#) && !members.contains("SORT"),
            "{members}"
        );
        let page = doc! { "_id": { "$gt": "d1-2.0000000001", "$lt": "d1-2.0000000009" } };
        let page = plan(database, "messages", page, doc! { "_id": -1 }).await;
        assert!(
            page.contains(r#""indexName": "_id_""#) && !page.contains("SORT"),
            "{page}"
        );
        let changed = doc! { "c": "d1-2", "change": { "$gt": 3_i64 } };
        let changed = plan(database, "messages", changed, doc! { "change": 1 }).await;
        assert!(
            changed.contains(r#""indexName": "changes""#) && !changed.contains("SORT"),
            "{changed}"
        );
    })
    .await;
}
