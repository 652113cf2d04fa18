//! `user:search`: people by the beginning of their username or display name, without case. E-mail addresses are neither
//! searched nor shown. Who is suspended or gone does not appear, nor who has blocked the caller.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use sqlx::{PgPool, Row};
use warren_topology::{
    failure::Failure,
    ids::UserId,
    payload::{
        DEFAULT_LIMIT, Page,
        users::{PublicUser, Search},
    },
};

use super::directory::public_user;
use crate::core::{Answer, Fault};

/// In the order of `users_username_key`, which finds the place of a cursor too.
const QUERY: &str = r#"
    SELECT user_id, username, display_name, avatar_url, created_at, lower(username) AS place
    FROM users
    WHERE (status = 'active' OR status = 'suspended' AND suspended_until <= now())
      AND NOT EXISTS (SELECT FROM blocks WHERE blocks.user_id = users.user_id AND blocked_id = $5)
      AND (lower(username) LIKE lower($1) OR lower(display_name) LIKE lower($1))
      AND (lower(username) COLLATE "C", user_id) > ($2, $3)
    ORDER BY lower(username) COLLATE "C", user_id
    LIMIT $4"#;

/// Handles the action.
///
/// # Errors
/// `INVALID_INPUT` for a cursor that is none.
pub async fn handle(
    postgres: &PgPool,
    caller: UserId,
    search: Search,
) -> Result<Answer<Page<PublicUser>>, Fault> {
    let prefix = search.q.trim();
    if prefix.contains('\0') {
        return Err(Failure::invalid("q", "must not hold a zero character").into());
    }
    let after = match &search.cursor {
        Some(text) => Place::parse(text)
            .ok_or_else(|| Failure::invalid("cursor", "must be the nextCursor of a page"))?,
        None => Place::default(),
    };
    let limit = search.limit.unwrap_or(DEFAULT_LIMIT) as usize;
    let rows = sqlx::query(QUERY)
        .bind(beginning_with(prefix))
        .bind(after.username)
        .bind(after.user_id)
        .bind(limit as i64 + 1)
        .bind(caller.0)
        // Planned for these values: a plan for any values could not use the indexes for LIKE.
        .persistent(false)
        .fetch_all(postgres)
        .await?;
    let items = rows
        .iter()
        .take(limit)
        .map(public_user)
        .collect::<Result<Vec<_>, _>>()?;
    let next_cursor = match rows.get(limit.wrapping_sub(1)) {
        Some(last) if rows.len() > limit => {
            let place = Place {
                username: last.try_get("place")?,
                user_id: last.try_get("user_id")?,
            };
            Some(place.to_text())
        }
        _ => None,
    };
    Ok(Page { items, next_cursor }.into())
}

/// A LIKE pattern for texts that begin so (PostgreSQL, section 9.7.1).
pub(super) fn beginning_with(prefix: &str) -> String {
    let mut pattern = String::with_capacity(prefix.len() + 1);
    for c in prefix.chars() {
        if matches!(c, '\\' | '%' | '_') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

/// A place in the order of results; the default is before the first.
#[derive(Debug, Default, PartialEq, Eq)]
struct Place {
    /// In lower case.
    username: String,
    user_id: i64,
}

impl Place {
    /// Opaque to clients.
    fn to_text(&self) -> String {
        BASE64_URL_SAFE_NO_PAD.encode(format!("{}:{}", self.user_id, self.username))
    }

    fn parse(text: &str) -> Option<Self> {
        let text = String::from_utf8(BASE64_URL_SAFE_NO_PAD.decode(text).ok()?).ok()?;
        let (user_id, username) = text.split_once(':')?;
        let user_id = user_id.parse().ok()?;
        (!username.contains('\0')).then(|| Self {
            username: username.to_owned(),
            user_id,
        })
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use warren_topology::failure::ErrorCode;

    use super::*;
    use crate::users::scratch::{self, add_user, set_status};

    /// Somebody whom nobody has blocked.
    const NOBODY: UserId = UserId(0);

    fn search(q: &str) -> Search {
        Search {
            q: q.into(),
            limit: None,
            cursor: None,
        }
    }

    async fn usernames(postgres: &PgPool, q: &str) -> Vec<String> {
        let page = handle(postgres, NOBODY, search(q)).await.unwrap().data;
        page.items.into_iter().map(|user| user.username).collect()
    }

    #[test]
    fn wildcards_stand_for_themselves() {
        assert_eq!(beginning_with(r"a_%\b"), r"a\_\%\\b%");
    }

    #[test]
    fn a_place_survives_its_text_and_nothing_else_is_one() {
        let place = Place {
            username: "ann.b-c_d".into(),
            user_id: 42,
        };
        assert_eq!(Place::parse(&place.to_text()), Some(place));
        for text in ["", "!", "bm9wZQ", "eDp5", "MTphAGI"] {
            assert_eq!(Place::parse(text), None, "{text}");
        }
    }

    #[tokio::test]
    async fn finds_the_beginning_of_either_name_without_case() {
        scratch::postgres(async |postgres| {
            add_user(&postgres, "Anna", "Miller").await;
            add_user(&postgres, "bob", "ANdré Ångström").await;
            add_user(&postgres, "hannah", "Hannah").await;
            assert_eq!(usernames(&postgres, "an").await, ["Anna", "bob"]);
            assert_eq!(usernames(&postgres, " aNdRÉ å ").await, ["bob"]);
            assert_eq!(usernames(&postgres, "mill").await, ["Anna"]);
            assert!(usernames(&postgres, "ller").await.is_empty());
        })
        .await;
    }

    #[tokio::test]
    async fn wildcards_find_only_themselves() {
        scratch::postgres(async |postgres| {
            add_user(&postgres, "a_b", "100% A").await;
            add_user(&postgres, "axb", r"C:\dir").await;
            assert_eq!(usernames(&postgres, "a_").await, ["a_b"]);
            assert_eq!(usernames(&postgres, "%").await, Vec::<String>::new());
            assert_eq!(usernames(&postgres, "100%").await, ["a_b"]);
            assert_eq!(usernames(&postgres, r"c:\d").await, ["axb"]);
        })
        .await;
    }

    #[tokio::test]
    async fn addresses_and_closed_accounts_are_not_found() {
        scratch::postgres(async |postgres| {
            add_user(&postgres, "ann", "Ann").await;
            let closed = add_user(&postgres, "anton", "Anton").await;
            set_status(&postgres, closed, "suspended").await;
            assert_eq!(usernames(&postgres, "an").await, ["ann"]);
            assert!(usernames(&postgres, "ann@example").await.is_empty());
            let page = handle(&postgres, NOBODY, search("ann")).await.unwrap().data;
            assert!(
                !serde_json::to_string(&page)
                    .unwrap()
                    .contains("example.org")
            );
        })
        .await;
    }

    #[tokio::test]
    async fn pages_stay_in_order_while_people_come_and_go() {
        scratch::postgres(async |postgres| {
            for name in ["u3", "U1", "u5", "u2", "u4"] {
                add_user(&postgres, name, "x").await;
            }
            let mut page = Search {
                limit: Some(2),
                ..search("u")
            };
            let mut found = Vec::new();
            loop {
                let Page { items, next_cursor } =
                    handle(&postgres, NOBODY, page.clone()).await.unwrap().data;
                assert!(items.len() <= 2);
                found.extend(items.into_iter().map(|user| user.username));
                page.cursor = next_cursor;
                if page.cursor.is_none() {
                    break;
                }
                // Before the place reached, so it belongs to no later page.
                add_user(&postgres, &format!("u0{}", found.len()), "x").await;
            }
            assert_eq!(found, ["U1", "u2", "u3", "u4", "u5"]);
        })
        .await;
    }

    #[tokio::test]
    async fn what_is_no_cursor_is_refused() {
        scratch::postgres(async |postgres| {
            let wrong = Search {
                cursor: Some("nonsense".into()),
                ..search("a")
            };
            let failure = handle(&postgres, NOBODY, wrong)
                .await
                .unwrap_err()
                .into_failure();
            assert_eq!(
                (failure.code, failure.errors[0].field.as_str()),
                (ErrorCode::InvalidInput, "cursor")
            );
        })
        .await;
    }

    #[tokio::test]
    async fn both_names_are_found_through_indexes() {
        scratch::postgres(async |postgres| {
            let fill = "INSERT INTO users (username, email, display_name, password_hash)
                        SELECT md5(i::text), i || '@example.org', md5((i + 1000000)::text), '' FROM generate_series(1, 20000) i";
            sqlx::query(fill).execute(&postgres).await.unwrap();
            sqlx::query("ANALYZE users").execute(&postgres).await.unwrap();
            let explain = format!("EXPLAIN {QUERY}").replace("$1", "'abc%'").replace("$2", "''").replace("$3", "0").replace("$4", "51").replace("$5", "0");
            let plan: Vec<String> =
                sqlx::query_scalar(sqlx::AssertSqlSafe(explain)).fetch_all(&postgres).await.unwrap();
            let plan = plan.join("\n");
            for index in ["users_username_key", "users_display_name_prefix"] {
                assert!(plan.contains(index), "{plan}");
            }
        })
        .await;
    }
}
