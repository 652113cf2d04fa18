//! `user:list`: all accounts by id, for administrators, and without their addresses for moderators.

use sqlx::{AssertSqlSafe, PgPool, Row, postgres::PgRow};
use warren_topology::{
    actions::ROLE_ADMIN,
    envelope::Caller,
    failure::Failure,
    payload::{
        DEFAULT_LIMIT, Page, Timestamp,
        users::{AccountStatus, AccountView, ListUsers},
    },
};

use super::{
    directory::{ACCOUNT, Status, account},
    search::beginning_with,
};
use crate::core::{Answer, Fault};

/// Handles the action.
///
/// # Errors
/// `INVALID_INPUT` for a cursor that is none.
pub async fn handle(
    postgres: &PgPool,
    caller: &Caller,
    payload: ListUsers,
) -> Result<Answer<Page<AccountView>>, Fault> {
    let after: i64 = match payload.cursor.as_deref() {
        Some(text) => text
            .parse()
            .map_err(|_| Failure::invalid("cursor", "must be the nextCursor of a page"))?,
        None => 0,
    };
    let is_admin = caller.roles.iter().any(|role| role == ROLE_ADMIN);
    let limit = payload.limit.unwrap_or(DEFAULT_LIMIT) as usize;
    // The status as it counts, so it is asked of the columns and not of the table.
    let query = format!(
        "SELECT * FROM (SELECT {ACCOUNT}, suspended_reason, suspended_until FROM users WHERE user_id > $1
             AND ($2::text IS NULL OR lower(username) LIKE lower($2) OR lower(display_name) LIKE lower($2)
                                   OR ($6 AND lower(email) LIKE lower($2)))) AS accounts
         WHERE ($3::text IS NULL OR status = $3) AND ($4::text IS NULL OR $4 = ANY(roles))
         ORDER BY user_id LIMIT $5"
    );
    let mut rows = sqlx::query(AssertSqlSafe(query))
        .bind(after)
        .bind(payload.q.as_deref().map(|q| beginning_with(q.trim())))
        .bind(payload.status.map(AccountStatus::as_str))
        .bind(payload.role.map(|role| role.as_str()))
        .bind(limit as i64 + 1)
        .bind(is_admin)
        .fetch_all(postgres)
        .await?;
    let is_more = rows.len() > limit;
    rows.truncate(limit);
    let mut items: Vec<AccountView> = rows.iter().map(view).collect::<Result<_, _>>()?;
    if !is_admin {
        items
            .iter_mut()
            .for_each(|account| account.me.email.clear());
    }
    let next_cursor = items
        .last()
        .filter(|_| is_more)
        .map(|last| last.me.public.user_id.to_string());
    Ok(Page { items, next_cursor }.into())
}

fn view(row: &PgRow) -> Result<AccountView, sqlx::Error> {
    let account = account(row)?;
    let status = match account.status {
        Status::Active => AccountStatus::Active,
        Status::Suspended => AccountStatus::Suspended,
        Status::Deleted => AccountStatus::Deleted,
    };
    let is_suspended = status == AccountStatus::Suspended;
    let reason: Option<String> = row.try_get("suspended_reason")?;
    let until: Option<_> = row.try_get("suspended_until")?;
    Ok(AccountView {
        me: account.me,
        status,
        suspended_reason: reason.filter(|_| is_suspended),
        suspended_until: until.filter(|_| is_suspended).map(Timestamp),
    })
}
