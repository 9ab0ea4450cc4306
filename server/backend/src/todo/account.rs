//! What the auth service asks of the todo service when it creates or changes an account, within the same transaction.

use jiff::tz::TimeZone;
use uuid::Uuid;

use super::due;
use crate::{
    error::Result,
    ids::{AccountId, TodoId},
    store::{conn::Conn, projects, todos},
    time::Time,
};

/// Todos that are read at once when their order is computed anew.
const BATCH: i64 = 500;

/// Creates what every account has: its Inbox.
pub(crate) async fn create(conn: &mut Conn<'_>, owner: AccountId, now: Time) -> Result<()> {
    projects::create_inbox(conn, owner, now).await
}

/// Computes anew when the todos that are due by a wall clock come in the order of all.
pub(crate) async fn change_zone(conn: &mut Conn<'_>, owner: AccountId, zone: &TimeZone) -> Result<()> {
    let mut last = TodoId::from_uuid(Uuid::nil());
    loop {
        let batch = todos::due_by_wall_clock(conn, owner, last, BATCH).await?;
        let Some((id, _)) = batch.last() else { return Ok(()) };
        last = *id;
        for (id, text) in batch {
            let due = due::from_stored(&text)?;
            todos::set_due_sort(conn, owner, id, due::due_sort(&due, zone)).await?;
        }
    }
}
