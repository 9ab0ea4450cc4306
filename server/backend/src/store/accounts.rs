//! Rows of `accounts`.

use uuid::Uuid;

use crate::{
    error::{Error, Result},
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
    /// An IANA name.
    pub(crate) time_zone: String,
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
    time_zone,
    register_request_id,
    disable_time,
    create_time
});

macro_rules! columns {
    () => {
        "id, username, username_key, password_hash, time_zone, register_request_id, disable_time, create_time"
    };
}

/// Returns an account.
pub(crate) async fn find(conn: &mut Conn<'_>, id: AccountId) -> Result<Option<Account>> {
    const SQL: &str = concat!("SELECT ", columns!(), " FROM accounts WHERE id = $1");
    Ok(on_engine!(conn, c => sqlx::query_as(SQL).bind(id).fetch_optional(c).await)?)
}

/// Whether there is such an account.
pub(crate) async fn exists(conn: &mut Conn<'_>, id: AccountId) -> Result<bool> {
    const SQL: &str = "SELECT id FROM accounts WHERE id = $1";
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
        ", next_number) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1) ON CONFLICT (username_key) DO NOTHING"
    );
    let inserted = on_engine!(conn, c => sqlx::query(SQL)
        .bind(account.id)
        .bind(&account.username)
        .bind(&account.username_key)
        .bind(&account.password_hash)
        .bind(&account.time_zone)
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

/// Sets the account's time zone. Locks the account until the end of the transaction.
pub(crate) async fn set_time_zone(conn: &mut Conn<'_>, owner: AccountId, time_zone: &str) -> Result<()> {
    const SQL: &str = "UPDATE accounts SET time_zone = $2 WHERE id = $1";
    on_engine!(conn, c => sqlx::query(SQL).bind(owner).bind(time_zone).execute(c).await.map(drop))?;
    Ok(())
}

/// Deletes the account with everything it owns: every other table refers to it, directly or not.
pub(crate) async fn delete(conn: &mut Conn<'_>, owner: AccountId) -> Result<()> {
    const SQL: &str = "DELETE FROM accounts WHERE id = $1";
    on_engine!(conn, c => sqlx::query(SQL).bind(owner).execute(c).await.map(drop))?;
    Ok(())
}

/// Numbers taken for one account.
#[derive(Clone, Debug)]
pub(crate) struct TakenNumbers {
    /// The number after the last one taken.
    pub(crate) next_number: i64,
    /// The account's IANA time zone.
    pub(crate) time_zone: String,
}

crate::rows::row!(TakenNumbers { next_number, time_zone });

/// Takes as many numbers from the account's counter. They are never given out again.
pub(crate) async fn take_numbers(conn: &mut Conn<'_>, owner: AccountId, count: i64) -> Result<TakenNumbers> {
    const SQL: &str =
        "UPDATE accounts SET next_number = next_number + $2 WHERE id = $1 RETURNING next_number, time_zone";
    let taken: Option<TakenNumbers> =
        on_engine!(conn, c => sqlx::query_as(SQL).bind(owner).bind(count).fetch_optional(c).await)?;
    // The account was deleted while its call was on the way.
    taken.ok_or(Error::NotFound)
}

/// Returns the account's IANA time zone.
pub(crate) async fn time_zone(conn: &mut Conn<'_>, owner: AccountId) -> Result<Option<String>> {
    const SQL: &str = "SELECT time_zone FROM accounts WHERE id = $1";
    Ok(on_engine!(conn, c => sqlx::query_scalar(SQL).bind(owner).fetch_optional(c).await)?)
}

/// Returns the account's IANA time zone, which stays the same until the end of the transaction: what is computed with it
/// is then computed anew by whoever changes it.
pub(crate) async fn lock_time_zone(conn: &mut Conn<'_>, owner: AccountId) -> Result<Option<String>> {
    let sql = format!("SELECT time_zone FROM accounts WHERE id = $1{}", conn.for_share());
    let sql = sqlx::AssertSqlSafe(sql);
    Ok(on_engine!(conn, c => sqlx::query_scalar(sql).bind(owner).fetch_optional(c).await)?)
}
