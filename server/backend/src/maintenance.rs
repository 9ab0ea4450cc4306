//! What a database needs now and then: the trash forgets, and so does the history.

use std::time::Duration;

use todo_model::clock::Clock;
use tokio_util::sync::CancellationToken;

use crate::{
    error::{Error, Result},
    ids::AccountId,
    store::{
        changes::{self, ExpiredTrash},
        conn::{Conn, Write},
        db::Db,
        projects,
    },
    time::Time,
    todo::{ChangeFeed, TRASH_LIFETIME},
};

/// How long a watcher may be away and still learn what was purged meanwhile.
const TOMBSTONE_LIFETIME: Duration = Duration::from_hours(180 * 24);
/// How long a change can be taken back and seen in the activity log.
const OPERATION_LIFETIME: Duration = Duration::from_hours(90 * 24);
/// How often a server looks.
const INTERVAL: Duration = Duration::from_hours(1);
/// Projects looked at in one go.
const BATCH: i64 = 100;

/// Does the upkeep now and then every hour, until it is cancelled.
pub(crate) async fn run_hourly(db: Db, feed: ChangeFeed, clock: Clock, cancel: CancellationToken) {
    let mut hours = tokio::time::interval(INTERVAL);
    hours.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    while cancel.run_until_cancelled(hours.tick()).await.is_some() {
        if let Err(error) = run(&db, &feed, Time::now(&clock)).await {
            // Nothing is lost by waiting for the next hour.
            tracing::warn!(error = %crate::error::Chain(&error), "upkeep failed");
        }
    }
}

/// Does the upkeep once.
pub(crate) async fn run(db: &Db, feed: &ChangeFeed, now: Time) -> Result<()> {
    let deleted_before = now.before(TRASH_LIFETIME);
    loop {
        let expired =
            changes::projects_with_expired_trash(&mut db.reader().await?.conn(), deleted_before, BATCH)
                .await?;
        if expired.is_empty() {
            break;
        }
        for expired in expired {
            db.write(Purge { expired, deleted_before, now }).await?;
            feed.wake(expired.account_id);
        }
    }
    db.write(ForgetTombstones { before: now.before(TOMBSTONE_LIFETIME) }).await?;
    let before = now.before(OPERATION_LIFETIME);
    loop {
        let owners =
            changes::accounts_with_old_operations(&mut db.reader().await?.conn(), before, BATCH).await?;
        if owners.is_empty() {
            return Ok(());
        }
        for owner in owners {
            db.write(ForgetOperations { owner, before }).await?;
        }
    }
}

struct Purge {
    expired: ExpiredTrash,
    deleted_before: Time,
    now: Time,
}

impl Write for Purge {
    type Output = ();

    async fn apply(&self, conn: &mut Conn<'_>) -> Result<()> {
        let ExpiredTrash { account_id, project_id } = self.expired;
        let revision = projects::bump(conn, account_id, project_id).await?.ok_or(Error::NotFound)?;
        changes::purge(conn, self.expired, self.deleted_before, revision, self.now).await
    }
}

struct ForgetTombstones {
    before: Time,
}

impl Write for ForgetTombstones {
    type Output = ();

    async fn apply(&self, conn: &mut Conn<'_>) -> Result<()> {
        changes::forget_tombstones(conn, self.before).await
    }
}

struct ForgetOperations {
    owner: AccountId,
    before: Time,
}

impl Write for ForgetOperations {
    type Output = ();

    async fn apply(&self, conn: &mut Conn<'_>) -> Result<()> {
        changes::forget_operations(conn, self.owner, self.before).await
    }
}
