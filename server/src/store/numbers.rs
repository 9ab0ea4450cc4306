//! What the todo service needs of `accounts`: the counter of todo numbers, and the person's time zone.

use crate::{
    error::{Error, Result},
    ids::AccountId,
    store::db::{Conn, on_engine},
};

/// Numbers taken for one account.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct Taken {
    /// The number after the last one taken.
    pub(crate) next_number: i64,
    /// The account's IANA time zone.
    pub(crate) time_zone: String,
}

/// Takes as many numbers from the account's counter. They are never given out again.
pub(crate) async fn take(conn: &mut Conn<'_>, owner: AccountId, count: i64) -> Result<Taken> {
    const SQL: &str =
        "UPDATE accounts SET next_number = next_number + $2 WHERE id = $1 RETURNING next_number, time_zone";
    let taken: Option<Taken> =
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
pub(crate) async fn hold_time_zone(conn: &mut Conn<'_>, owner: AccountId) -> Result<Option<String>> {
    let sql = format!("SELECT time_zone FROM accounts WHERE id = $1{}", conn.for_share());
    let sql = sqlx::AssertSqlSafe(sql);
    Ok(on_engine!(conn, c => sqlx::query_scalar(sql).bind(owner).fetch_optional(c).await)?)
}
