//! What a database needs now and then: the trash forgets, and so does the history.

use std::time::Duration;

use todo_model::clock::Clock;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    auth::EraseAccount,
    error::Result,
    ids::AccountId,
    store::{
        accounts,
        conn::{Conn, Write},
        db::Db,
        location::Retention,
        operations, todo_accounts, tombstones,
        usage::{self, Usage},
    },
    time::Time,
    todo::{ChangeFeed, EraseValues},
};

/// How long a watcher may be away and still learn what was purged meanwhile.
const TOMBSTONE_LIFETIME: Duration = Duration::from_hours(180 * 24);
/// How often a server looks.
const INTERVAL: Duration = Duration::from_hours(1);
/// Accounts looked at in one go.
const BATCH: i64 = 100;
/// Rows that one transaction takes: nobody waits long for it.
const PORTION: i64 = 500;

/// Does the maintenance now and then every hour, until it is cancelled.
pub(crate) async fn run_hourly(db: Db, feed: ChangeFeed, clock: Clock, cancel: CancellationToken) {
    let mut hours = tokio::time::interval(INTERVAL);
    hours.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while cancel.run_until_cancelled(hours.tick()).await.is_some() {
        if let Err(error) = run(&db, &feed, Time::now(&clock)).await {
            // Nothing is lost by waiting for the next hour.
            tracing::warn!(error = %crate::error::Chain(&error), "maintenance failed");
        }
    }
}

/// Does the maintenance once. What fails for one account is logged, and the others go on.
pub(crate) async fn run(db: &Db, feed: &ChangeFeed, now: Time) -> Result<()> {
    for task in
        [Task::Purge, Task::EraseValues, Task::EraseAccounts, Task::ForgetTombstones, Task::ForgetOperations]
    {
        let mut after = AccountId::from_uuid(Uuid::nil());
        loop {
            let before = task.before(now, db.retention());
            let owners = task.accounts(&mut db.reader().await?.conn(), before, after).await?;
            let Some(last) = owners.last() else { break };
            after = *last;
            for owner in owners {
                run_for_account(db, feed, task, owner, now).await;
            }
        }
    }
    Ok(())
}

async fn run_for_account(db: &Db, feed: &ChangeFeed, task: Task, owner: AccountId, now: Time) {
    loop {
        match db.write(Portion { task, owner, now, before: task.before(now, db.retention()) }).await {
            Ok(true) if task == Task::Purge => feed.wake(owner),
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => {
                let error = crate::error::Chain(&error);
                tracing::warn!(%error, account = %owner, ?task, "maintenance of an account failed");
                return;
            }
        }
    }
}

/// What maintenance does for an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Task {
    /// Purges what was in the trash for long enough.
    Purge,
    /// Erases the values of what was purged on request, if that was interrupted.
    EraseValues,
    /// Deletes the rows of deleted accounts, likewise.
    EraseAccounts,
    /// Takes old purges out of the change feed.
    ForgetTombstones,
    /// Deletes old operations.
    ForgetOperations,
}

impl Task {
    /// From before when something is old.
    fn before(self, now: Time, retention: Retention) -> Time {
        now.before(match self {
            Self::Purge => retention.trash,
            Self::EraseValues | Self::EraseAccounts => Duration::ZERO,
            Self::ForgetTombstones => TOMBSTONE_LIFETIME,
            Self::ForgetOperations => retention.history,
        })
    }

    /// Accounts behind this one for which there is something to do, in the order of their ids.
    async fn accounts(self, conn: &mut Conn<'_>, before: Time, after: AccountId) -> Result<Vec<AccountId>> {
        match self {
            Self::Purge => tombstones::accounts_with_expired_trash(conn, before, after, BATCH).await,
            Self::EraseValues => tombstones::accounts_to_erase(conn, after, BATCH).await,
            Self::EraseAccounts => accounts::being_deleted(conn, after, BATCH).await,
            Self::ForgetTombstones => tombstones::accounts_with_old(conn, before, after, BATCH).await,
            Self::ForgetOperations => operations::accounts_with_old(conn, before, after, BATCH).await,
        }
    }
}

/// A part of a task for one account. Answers whether there may be more to do.
struct Portion {
    task: Task,
    owner: AccountId,
    now: Time,
    /// From before when something is old.
    before: Time,
}

impl Write for Portion {
    type Output = bool;

    fn account(&self) -> Option<AccountId> {
        Some(self.owner)
    }

    async fn apply(&self, conn: &mut Conn<'_>) -> Result<bool> {
        let Self { task, owner, now, before } = *self;
        match task {
            Task::Purge => purge(conn, owner, before, now).await,
            Task::EraseValues => EraseValues { owner }.apply(conn).await,
            Task::EraseAccounts => EraseAccount { owner }.apply(conn).await,
            Task::ForgetTombstones => forget_tombstones(conn, owner, before).await,
            Task::ForgetOperations => {
                let Some(mut account) = todo_accounts::lock(conn, owner).await? else { return Ok(false) };
                let bytes = operations::forget_old(conn, owner, before, PORTION).await?;
                account.subtract(Usage { todos: 0, bytes });
                todo_accounts::update_all(conn, &[&account]).await?;
                Ok(bytes > 0)
            }
        }
    }
}

async fn purge(conn: &mut Conn<'_>, owner: AccountId, before: Time, now: Time) -> Result<bool> {
    let Some(mut account) = todo_accounts::lock(conn, owner).await? else { return Ok(false) };
    let todos = tombstones::expired_todos(conn, owner, before, PORTION).await?;
    let projects = match &todos[..] {
        [] => tombstones::expired_projects(conn, owner, before, PORTION).await?,
        _ => Vec::new(),
    };
    if todos.is_empty() && projects.is_empty() {
        return Ok(false);
    }
    account.revision += 1;
    account.subtract(usage::of_todos(conn, owner, &todos).await?);
    tombstones::bury_todos(conn, owner, &todos, account.revision, now).await?;
    for project in projects {
        tombstones::bury_project(conn, owner, project, account.revision, now).await?;
    }
    todo_accounts::update_all(conn, &[&account]).await?;
    Ok(true)
}

async fn forget_tombstones(conn: &mut Conn<'_>, owner: AccountId, before: Time) -> Result<bool> {
    let Some(mut account) = todo_accounts::lock(conn, owner).await? else { return Ok(false) };
    let Some(forgotten) = tombstones::forget_old(conn, owner, before, PORTION).await? else {
        return Ok(false);
    };
    account.horizon = account.horizon.max(forgotten.revision);
    account.forgotten_number = account.forgotten_number.max(forgotten.number);
    todo_accounts::update_all(conn, &[&account]).await?;
    Ok(true)
}
