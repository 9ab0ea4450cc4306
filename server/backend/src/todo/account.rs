//! What the auth service asks of the todo service about an account: its settings, and its first project.

use crate::{
    error::{Error, Result},
    ids::AccountId,
    store::{
        conn::Conn,
        owned,
        projects::{self, Project},
        todo_accounts::{self, TodoAccount},
    },
    time::Time,
};

/// Creates what every account has: its settings and its Inbox.
pub(crate) async fn create(conn: &mut Conn<'_>, owner: AccountId, time_zone: &str, now: Time) -> Result<()> {
    let account = TodoAccount {
        account_id: owner,
        revision: 1,
        horizon: 0,
        next_number: 1,
        time_zone: time_zone.to_owned(),
        used_todos: 0,
        used_bytes: 0,
        forgotten_number: 0,
    };
    todo_accounts::insert(conn, &account).await?;
    let inbox = Project {
        id: projects::inbox_of(owner),
        name: "Inbox".into(),
        inbox: true,
        revision: account.revision,
        create_time: now,
        update_time: now,
        delete_time: None,
    };
    projects::insert(conn, owner, &inbox).await
}

/// Ends the account here: whatever changes it finds it gone from then on. Its rows are left to [`erase_portion`].
pub(crate) async fn end(conn: &mut Conn<'_>, owner: AccountId) -> Result<()> {
    todo_accounts::lock(conn, owner).await?;
    todo_accounts::delete(conn, owner).await
}

/// Deletes a portion of the rows of an account that was ended. Answers whether there may be more.
pub(crate) async fn erase_portion(conn: &mut Conn<'_>, owner: AccountId) -> Result<bool> {
    for table in owned::TABLES {
        if owned::delete_some(conn, owner, table, PORTION).await? > 0 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Rows that one transaction deletes: nobody waits long for it.
const PORTION: i64 = 500;

/// Returns the account's IANA time zone.
pub(crate) async fn time_zone(conn: &mut Conn<'_>, owner: AccountId) -> Result<String> {
    // Deleted while its call was on the way.
    Ok(todo_accounts::find(conn, owner).await?.ok_or(Error::NotFound)?.time_zone)
}

/// Sets the account's time zone. No todo changes: lists read the zone when they put due times in order.
pub(crate) async fn set_time_zone(conn: &mut Conn<'_>, owner: AccountId, time_zone: &str) -> Result<()> {
    todo_accounts::set_time_zone(conn, owner, time_zone).await
}
