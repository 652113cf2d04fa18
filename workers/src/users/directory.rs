//! People as rows: by id for other pools, and as they see themselves.

use std::collections::HashMap;

use sqlx::{AssertSqlSafe, PgExecutor, PgPool, Row, postgres::PgRow};
use warren_topology::{
    ids::UserId,
    payload::{
        Timestamp,
        users::{Me, PublicUser},
    },
};

/// Whether an account may be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It may.
    Active,
    /// An operator has closed it for now.
    Suspended,
    /// It is gone; the row keeps its place.
    Deleted,
}

impl Status {
    /// The status of a row. What this version does not know is taken for closed.
    pub(crate) fn of(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(match row.try_get("status")? {
            "active" => Self::Active,
            "deleted" => Self::Deleted,
            _ => Self::Suspended,
        })
    }
}

/// An account as its owner sees it.
#[derive(Clone, Debug)]
pub struct Account {
    /// The profile.
    pub me: Me,
    /// Whether it may be used.
    pub status: Status,
}

/// The columns of an account. A suspension whose time is over is none.
pub(crate) const ACCOUNT: &str = "user_id, username, display_name, avatar_url, created_at, email, bio,
    CASE WHEN status = 'suspended' AND suspended_until <= now() THEN 'active' ELSE status END AS status,
    ARRAY(SELECT name FROM user_roles JOIN roles USING (role_id)
          WHERE user_roles.user_id = users.user_id ORDER BY name) AS roles";

/// The people of these ids who exist, in no particular order. Suspended people exist, deleted ones do not.
///
/// # Errors
/// When PostgreSQL fails.
pub async fn find_many(postgres: &PgPool, ids: &[UserId]) -> Result<Vec<PublicUser>, sqlx::Error> {
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let ids: Vec<i64> = ids.iter().map(|id| id.0).collect();
    let query = "SELECT user_id, username, display_name, avatar_url, created_at
                 FROM users WHERE user_id = ANY($1) AND status <> 'deleted'";
    let rows = sqlx::query(query).bind(ids).fetch_all(postgres).await?;
    rows.iter().map(public_user).collect()
}

/// The people of these usernames, which are in lower case, who exist, by these.
///
/// # Errors
/// When PostgreSQL fails.
pub async fn find_by_usernames(
    postgres: &PgPool,
    usernames: Vec<String>,
) -> Result<HashMap<String, UserId>, sqlx::Error> {
    let query = "SELECT lower(username), user_id FROM users
                 WHERE (lower(username) COLLATE \"C\") = ANY($1) AND status <> 'deleted'";
    let found: Vec<(String, i64)> = sqlx::query_as(query)
        .bind(usernames)
        .fetch_all(postgres)
        .await?;
    let found = found.into_iter();
    Ok(found.map(|(name, id)| (name, UserId(id))).collect())
}

/// The account of this id.
///
/// # Errors
/// When PostgreSQL fails.
pub async fn find_account(
    postgres: impl PgExecutor<'_>,
    id: UserId,
) -> Result<Option<Account>, sqlx::Error> {
    let query = format!("SELECT {ACCOUNT} FROM users WHERE user_id = $1");
    let Some(row) = sqlx::query(AssertSqlSafe(query))
        .bind(id.0)
        .fetch_optional(postgres)
        .await?
    else {
        return Ok(None);
    };
    account(&row).map(Some)
}

/// An account from a row with the columns [`ACCOUNT`].
pub(crate) fn account(row: &PgRow) -> Result<Account, sqlx::Error> {
    let me = Me {
        public: public_user(row)?,
        email: row.try_get("email")?,
        roles: row.try_get("roles")?,
        bio: row.try_get("bio")?,
    };
    Ok(Account {
        me,
        status: Status::of(row)?,
    })
}

/// What others see, from a row with the columns `user_id`, `username`, `display_name`, `avatar_url`, `created_at`.
pub(crate) fn public_user(row: &PgRow) -> Result<PublicUser, sqlx::Error> {
    Ok(PublicUser {
        user_id: UserId(row.try_get("user_id")?),
        username: row.try_get("username")?,
        display_name: row.try_get("display_name")?,
        avatar_url: row.try_get("avatar_url")?,
        created_at: Timestamp(row.try_get("created_at")?),
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::users::scratch::{self, add_user, set_status};

    #[tokio::test]
    async fn finds_who_exists() {
        scratch::postgres(async |postgres| {
            let ann = add_user(&postgres, "ann", "Ann").await;
            let bob = add_user(&postgres, "bob", "Bob").await;
            let gone = add_user(&postgres, "gone", "Gone").await;
            set_status(&postgres, gone, "deleted").await;
            set_status(&postgres, bob, "suspended").await;

            let mut found = find_many(&postgres, &[ann, bob, gone, UserId(999), ann])
                .await
                .unwrap();
            found.sort_by_key(|user| user.user_id);
            let names: Vec<_> = found
                .iter()
                .map(|user| user.display_name.as_str())
                .collect();
            assert_eq!(names, ["Ann", "Bob"]);
            assert_eq!(found[0].user_id, ann);
            assert!(find_many(&postgres, &[]).await.unwrap().is_empty());
        })
        .await;
    }

    #[tokio::test]
    async fn finds_by_username_whatever_its_case() {
        scratch::postgres(async |postgres| {
            let ann = add_user(&postgres, "Ann.Lee", "Ann").await;
            let gone = add_user(&postgres, "gone", "Gone").await;
            set_status(&postgres, gone, "deleted").await;
            let names = ["ann.lee", "gone", "nobody"].map(str::to_owned).to_vec();
            let found = find_by_usernames(&postgres, names).await.unwrap();
            assert_eq!(found, HashMap::from([("ann.lee".to_owned(), ann)]));
        })
        .await;
    }
}
