//! What the auth service asks of the todo service about an account: its settings, and its first project.

use crate::{
    error::{Error, Result},
    ids::AccountId,
    store::{
        conn::Conn,
        projects::{self, Project},
        todo_accounts::{self, TodoAccount},
        todos,
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

/// Deletes what the account has here. All of it would go with the account's row, too, but project by project.
pub(crate) async fn delete(conn: &mut Conn<'_>, owner: AccountId) -> Result<()> {
    todo_accounts::lock(conn, owner).await?;
    todos::delete_all(conn, owner).await
}

/// Returns the account's IANA time zone.
pub(crate) async fn time_zone(conn: &mut Conn<'_>, owner: AccountId) -> Result<String> {
    // Deleted while its call was on the way.
    Ok(todo_accounts::find(conn, owner).await?.ok_or(Error::NotFound)?.time_zone)
}

/// Sets the account's time zone. No todo changes: lists read the zone when they put due times in order.
pub(crate) async fn set_time_zone(conn: &mut Conn<'_>, owner: AccountId, time_zone: &str) -> Result<()> {
    todo_accounts::set_time_zone(conn, owner, time_zone).await
}
