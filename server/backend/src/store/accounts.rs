//! Rows of `accounts`.

use uuid::Uuid;

use crate::{
    error::Result,
    ids::AccountId,
    store::conn::{Conn, on_engine},
    time::Time,
};

/// An account. It has no `Debug`, because the password's hash is nothing for a log.
#[derive(Clone)]
pub(crate) struct Account {
    pub(crate) id: AccountId,
    /// As typed at registration.
    pub(crate) username: String,
    /// The username in lower case, by which accounts are told apart.
    pub(crate) username_key: String,
    /// A PHC string. Without it nobody can log in.
    pub(crate) password_hash: Option<String>,
    /// The client's id of the registration, so that a repeat of it is recognized.
    pub(crate) register_request_id: Option<Uuid>,
    /// Set: nobody can log in, and no token is good.
    pub(crate) disable_time: Option<Time>,
    pub(crate) create_time: Time,
}

crate::rows::row!(Account {
    id,
    username,
    username_key,
    password_hash,
    register_request_id,
    disable_time,
    create_time
});

macro_rules! columns {
    () => {
        "id, username, username_key, password_hash, register_request_id, disable_time, create_time"
    };
}

/// Returns an account.
pub(crate) async fn find(conn: &mut Conn<'_>, id: AccountId) -> Result<Option<Account>> {
    const SQL: &str = concat!("SELECT ", columns!(), " FROM accounts WHERE id = $1 AND delete_time IS NULL");
    Ok(on_engine!(conn, c => sqlx::query_as(SQL).bind(id).fetch_optional(c).await)?)
}

/// Whether there is such an account.
pub(crate) async fn exists(conn: &mut Conn<'_>, id: AccountId) -> Result<bool> {
    const SQL: &str = "SELECT id FROM accounts WHERE id = $1 AND delete_time IS NULL";
    let found: Option<AccountId> =
        on_engine!(conn, c => sqlx::query_scalar(SQL).bind(id).fetch_optional(c).await)?;
    Ok(found.is_some())
}

/// Returns the account of a name in lower case.
pub(crate) async fn find_by_name(conn: &mut Conn<'_>, username_key: &str) -> Result<Option<Account>> {
    const SQL: &str = concat!("SELECT ", columns!(), " FROM accounts WHERE username_key = $1");
    Ok(on_engine!(conn, c => sqlx::query_as(SQL).bind(username_key).fetch_optional(c).await)?)
}

/// Inserts an account and returns whether its name was free.
pub(crate) async fn insert(conn: &mut Conn<'_>, account: &Account) -> Result<bool> {
    const SQL: &str = concat!(
        "INSERT INTO accounts (",
        columns!(),
        ") VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (username_key) DO NOTHING"
    );
    let inserted = on_engine!(conn, c => sqlx::query(SQL)
        .bind(account.id)
        .bind(&account.username)
        .bind(&account.username_key)
        .bind(&account.password_hash)
        .bind(account.register_request_id)
        .bind(account.disable_time)
        .bind(account.create_time)
        .execute(c)
        .await
        .map(|result| result.rows_affected()))?;
    Ok(inserted == 1)
}

/// Locks the account until the end of the transaction and returns whether this is still the hash of its password
/// and the account is not disabled.
pub(crate) async fn still_has_password(
    conn: &mut Conn<'_>,
    owner: AccountId,
    password_hash: &str,
) -> Result<bool> {
    const SQL: &str = "SELECT id FROM accounts WHERE id = $1 AND password_hash = $2 AND disable_time IS NULL";
    let sql = format!("{SQL}{}", conn.for_update());
    let found: Option<AccountId> = on_engine!(conn, c => sqlx::query_scalar(sqlx::AssertSqlSafe(sql))
        .bind(owner)
        .bind(password_hash)
        .fetch_optional(c)
        .await)?;
    Ok(found.is_some())
}

/// Replaces the hash of the account's password.
pub(crate) async fn set_password_hash(
    conn: &mut Conn<'_>,
    owner: AccountId,
    password_hash: &str,
) -> Result<()> {
    const SQL: &str = "UPDATE accounts SET password_hash = $2 WHERE id = $1";
    on_engine!(conn, c => sqlx::query(SQL).bind(owner).bind(password_hash).execute(c).await.map(drop))?;
    Ok(())
}

/// Makes an account that is to be deleted unknown to everybody: nothing of it can be asked for or changed, and its name is
/// free again.
pub(crate) async fn begin_deletion(conn: &mut Conn<'_>, owner: AccountId, now: Time) -> Result<()> {
    // A name that nobody can register.
    const HIDE: &str = "UPDATE accounts SET username = $2, username_key = $2, password_hash = NULL, \
         register_request_id = NULL, disable_time = $3, delete_time = $3 WHERE id = $1";
    const TABLES: [&str; 3] = [
        "DELETE FROM sessions WHERE account_id = $1",
        "DELETE FROM access_tokens WHERE account_id = $1",
        "DELETE FROM devices WHERE account_id = $1",
    ];
    let name = format!("deleted {owner}");
    on_engine!(&mut *conn, c => sqlx::query(HIDE).bind(owner).bind(name).bind(now).execute(c).await.map(drop))?;
    for sql in TABLES {
        on_engine!(&mut *conn, c => sqlx::query(sql).bind(owner).execute(c).await.map(drop))?;
    }
    Ok(())
}

/// Whether the account is being deleted.
pub(crate) async fn is_being_deleted(conn: &mut Conn<'_>, id: AccountId) -> Result<bool> {
    const SQL: &str = "SELECT id FROM accounts WHERE id = $1 AND delete_time IS NOT NULL";
    let found: Option<AccountId> =
        on_engine!(conn, c => sqlx::query_scalar(SQL).bind(id).fetch_optional(c).await)?;
    Ok(found.is_some())
}

/// Returns accounts behind the given one that are being deleted.
pub(crate) async fn being_deleted(
    conn: &mut Conn<'_>,
    after: AccountId,
    limit: i64,
) -> Result<Vec<AccountId>> {
    const SQL: &str =
        "SELECT id FROM accounts WHERE id > $1 AND delete_time IS NOT NULL ORDER BY id LIMIT $2";
    Ok(on_engine!(conn, c => sqlx::query_scalar(SQL).bind(after).bind(limit).fetch_all(c).await)?)
}

/// Deletes the row of an account that has no others any more.
pub(crate) async fn delete(conn: &mut Conn<'_>, owner: AccountId) -> Result<()> {
    const SQL: &str = "DELETE FROM accounts WHERE id = $1";
    on_engine!(conn, c => sqlx::query(SQL).bind(owner).execute(c).await.map(drop))?;
    Ok(())
}
