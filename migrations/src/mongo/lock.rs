//! One run at a time: a document that its owner renews while it works. A run that dies loses the lock by silence.

use std::{pin::pin, time::Duration};

use mongodb::{
    Collection, Database,
    bson::{DateTime, doc},
    error::{ErrorKind, WriteFailure},
};
use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep};
use uuid::Uuid;

use super::{MongoError, RECORDS};

const ID: &str = "lock";
/// For how many seconds the lock holds without being renewed, by the server's clock.
const LEASE_SECONDS: i64 = 30;
/// Time between renewals.
const RENEWAL: Duration = Duration::from_secs(5);
/// Time between attempts to get it.
const RETRY: Duration = Duration::from_millis(100);
/// How long to wait for it: longer than a dead owner's lease.
const PATIENCE: Duration = Duration::from_secs(60);
/// Server error code: duplicate key.
const DUPLICATE_KEY: i32 = 11_000;

#[derive(Debug, Serialize, Deserialize)]
struct Lock {
    #[serde(rename = "_id")]
    id: String,
    owner: String,
    until: DateTime,
}

/// Runs `work` while holding the lock of this database. If the lock is lost, the work is dropped where it stands.
pub(super) async fn with(
    database: &Database,
    work: impl Future<Output = Result<(), MongoError>>,
) -> Result<(), MongoError> {
    let locks = database.collection::<Lock>(RECORDS);
    let owner = Uuid::new_v4().to_string();
    acquire(&locks, &owner).await?;
    let result = {
        let (work, renewal) = (pin!(work), pin!(keep(&locks, &owner)));
        tokio::select! {
            result = work => result,
            error = renewal => Err(error),
        }
    };
    let released = locks.delete_one(doc! { "_id": ID, "owner": &owner }).await;
    result?;
    released?;
    Ok(())
}

async fn acquire(locks: &Collection<Lock>, owner: &str) -> Result<(), MongoError> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        // Made as run out: who holds the lock is decided by the update alone, with the server's clock.
        let free = Lock {
            id: ID.into(),
            owner: String::new(),
            until: DateTime::from_millis(0),
        };
        match locks.insert_one(free).await {
            Err(error) if !is_duplicate(&error) => return Err(error.into()),
            _ => {}
        }
        let run_out = doc! { "_id": ID, "$expr": { "$lt": ["$until", "$$NOW"] } };
        if locks.update_one(run_out, lease(owner)).await?.matched_count == 1 {
            return Ok(());
        }
        if Instant::now() >= deadline {
            let holder = locks.find_one(doc! { "_id": ID }).await?;
            return Err(MongoError::Locked {
                owner: holder.map(|lock| lock.owner).unwrap_or_default(),
            });
        }
        sleep(RETRY).await;
    }
}

/// Renews the lock until it is lost, and says how.
async fn keep(locks: &Collection<Lock>, owner: &str) -> MongoError {
    loop {
        sleep(RENEWAL).await;
        match locks
            .update_one(doc! { "_id": ID, "owner": owner }, lease(owner))
            .await
        {
            Ok(renewed) if renewed.matched_count == 1 => {}
            Ok(_) => return MongoError::LockLost,
            Err(error) => return error.into(),
        }
    }
}

/// Owned by `owner` from now on, by the server's clock.
fn lease(owner: &str) -> Vec<mongodb::bson::Document> {
    let until =
        doc! { "$dateAdd": { "startDate": "$$NOW", "unit": "second", "amount": LEASE_SECONDS } };
    vec![doc! { "$set": { "owner": owner, "until": until } }]
}

fn is_duplicate(error: &mongodb::error::Error) -> bool {
    matches!(&*error.kind, ErrorKind::Write(WriteFailure::WriteError(error)) if error.code == DUPLICATE_KEY)
}
