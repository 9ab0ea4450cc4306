//! Rows of `todo_accounts`: what the todo service knows of each account. Every change of an account's todos locks its row
//! first, so whatever it reads behind that holds still until the end of its transaction.

use sqlx::AssertSqlSafe;

use crate::{
    error::Result,
    ids::AccountId,
    store::{
        conn::{Conn, bind_each, on_engine, placeholders},
        usage::Usage,
    },
};

/// The row of one account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TodoAccount {
    pub(crate) account_id: AccountId,
    /// Revision of the newest change.
    pub(crate) revision: i64,
    /// Revision up to which the feed has forgotten purges.
    pub(crate) horizon: i64,
    /// Number of the next todo.
    pub(crate) next_number: i64,
    /// An IANA name.
    pub(crate) time_zone: String,
    /// What its todos and operations take.
    pub(crate) used_todos: i64,
    pub(crate) used_bytes: i64,
    /// Todos with numbers up to this one may have been purged, and nothing knows of them any more.
    pub(crate) forgotten_number: i64,
}

crate::rows::row!(TodoAccount {
    account_id,
    revision,
    horizon,
    next_number,
    time_zone,
    used_todos,
    used_bytes,
    forgotten_number
});

impl TodoAccount {
    /// Counts rows that are added, or no longer there.
    pub(crate) fn add(&mut self, usage: Usage) {
        self.used_todos += usage.todos;
        self.used_bytes += usage.bytes;
    }

    pub(crate) fn subtract(&mut self, usage: Usage) {
        self.used_todos -= usage.todos;
        self.used_bytes -= usage.bytes;
    }
}

macro_rules! columns {
    () => {
        "account_id, revision, horizon, next_number, time_zone, used_todos, used_bytes, forgotten_number"
    };
}

const FIND: &str = concat!("SELECT ", columns!(), " FROM todo_accounts WHERE account_id = $1");

/// Inserts the row of a new account.
pub(crate) async fn insert(conn: &mut Conn<'_>, account: &TodoAccount) -> Result<()> {
    const SQL: &str =
        concat!("INSERT INTO todo_accounts (", columns!(), ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8)");
    on_engine!(conn, c => sqlx::query(SQL)
        .bind(account.account_id)
        .bind(account.revision)
        .bind(account.horizon)
        .bind(account.next_number)
        .bind(&account.time_zone)
        .bind(account.used_todos)
        .bind(account.used_bytes)
        .bind(account.forgotten_number)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// Returns the row of an account.
pub(crate) async fn find(conn: &mut Conn<'_>, owner: AccountId) -> Result<Option<TodoAccount>> {
    Ok(on_engine!(conn, c => sqlx::query_as(FIND).bind(owner).fetch_optional(c).await)?)
}

/// Returns the revisions of accounts. Those that are missing do not exist.
pub(crate) async fn revisions(conn: &mut Conn<'_>, owners: &[AccountId]) -> Result<Vec<(AccountId, i64)>> {
    let sql = format!(
        "SELECT account_id, revision FROM todo_accounts WHERE account_id IN ({})",
        placeholders(1, owners.len())
    );
    Ok(on_engine!(conn, c => bind_each!(sqlx::query_as(AssertSqlSafe(sql)), owners).fetch_all(c).await)?)
}

/// Returns the row of an account and locks it until the end of the transaction.
pub(crate) async fn lock(conn: &mut Conn<'_>, owner: AccountId) -> Result<Option<TodoAccount>> {
    let sql = format!("{FIND}{}", conn.for_update());
    Ok(on_engine!(conn, c => sqlx::query_as(AssertSqlSafe(sql)).bind(owner).fetch_optional(c).await)?)
}

/// Returns the rows of accounts and locks them until the end of the transaction. Those that are missing do not exist.
pub(crate) async fn lock_all(conn: &mut Conn<'_>, owners: &[AccountId]) -> Result<Vec<TodoAccount>> {
    if let [owner] = owners {
        return Ok(lock(conn, *owner).await?.into_iter().collect());
    }
    // In one order, so that no two transactions wait for each other.
    let sql = format!(
        "SELECT {} FROM todo_accounts WHERE account_id IN ({}) ORDER BY account_id{}",
        columns!(),
        placeholders(1, owners.len()),
        conn.for_update()
    );
    Ok(on_engine!(conn, c => bind_each!(sqlx::query_as(AssertSqlSafe(sql)), owners).fetch_all(c).await)?)
}

/// Writes back what changes do to rows, one statement for all.
pub(crate) async fn update_all(conn: &mut Conn<'_>, accounts: &[&TodoAccount]) -> Result<()> {
    if accounts.is_empty() {
        return Ok(());
    }
    let sql = format!(
        "WITH changed (account_id, revision, horizon, next_number, used_todos, used_bytes, forgotten_number) \
         AS (VALUES {}) UPDATE todo_accounts SET revision = changed.revision, horizon = changed.horizon, \
         next_number = changed.next_number, used_todos = changed.used_todos, used_bytes = changed.used_bytes, \
         forgotten_number = changed.forgotten_number \
         FROM changed WHERE todo_accounts.account_id = changed.account_id",
        conn.placeholder_rows(1, accounts.len(), 7)
    );
    on_engine!(conn, c => {
        let mut query = sqlx::query(AssertSqlSafe(sql));
        for account in accounts {
            query = query
                .bind(account.account_id)
                .bind(account.revision)
                .bind(account.horizon)
                .bind(account.next_number)
                .bind(account.used_todos)
                .bind(account.used_bytes)
                .bind(account.forgotten_number);
        }
        query.execute(c).await.map(drop)
    })?;
    Ok(())
}

/// Deletes the row of an account.
pub(crate) async fn delete(conn: &mut Conn<'_>, owner: AccountId) -> Result<()> {
    const SQL: &str = "DELETE FROM todo_accounts WHERE account_id = $1";
    on_engine!(conn, c => sqlx::query(SQL).bind(owner).execute(c).await.map(drop))?;
    Ok(())
}

/// Sets the account's time zone.
pub(crate) async fn set_time_zone(conn: &mut Conn<'_>, owner: AccountId, time_zone: &str) -> Result<()> {
    const SQL: &str = "UPDATE todo_accounts SET time_zone = $2 WHERE account_id = $1";
    on_engine!(conn, c => sqlx::query(SQL).bind(owner).bind(time_zone).execute(c).await.map(drop))?;
    Ok(())
}
