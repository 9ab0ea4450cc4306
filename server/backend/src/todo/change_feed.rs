//! Wakes the watchers of an account when something of it was committed.
//!
//! This process wakes them at once, and other servers when they are notified. Who else writes to the database, or whose
//! notification was lost, is noticed by polling: one statement reads the revisions of all accounts that are watched. A
//! wake-up carries nothing but the hint to look at the rows, so one that is lost or doubled never costs a change.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::watch,
    time::{MissedTickBehavior, interval},
};
use tokio_util::sync::CancellationToken;

use crate::{
    cluster::{Notification, Notifier},
    error::Result,
    ids::AccountId,
    metrics::WatchMetrics,
    store::{db::Db, todo_accounts},
};

/// How often the revisions are read, where servers notify each other.
const POLL_INTERVAL: Duration = Duration::from_secs(5);
/// Accounts whose revisions are read in one go.
const BATCH: usize = 500;

/// Wakes the watchers of an account, here and on other servers. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct ChangeFeed {
    watched: Arc<Mutex<Watched>>,
    poll_interval: Duration,
    notifier: Notifier,
    metrics: WatchMetrics,
}

/// What is watched.
#[derive(Debug, Default)]
struct Watched {
    accounts: HashMap<AccountId, WatchedAccount>,
    /// Whether a task polls. It ends when nothing is watched.
    is_polled: bool,
}

#[derive(Debug)]
struct WatchedAccount {
    wake: watch::Sender<()>,
    /// As the last poll found it.
    revision: Option<i64>,
}

impl Default for ChangeFeed {
    fn default() -> Self {
        Self::new(Notifier::default(), WatchMetrics::default())
    }
}

impl ChangeFeed {
    /// A feed that notifies other servers by this notifier.
    pub(crate) fn new(notifier: Notifier, metrics: WatchMetrics) -> Self {
        Self { watched: Arc::default(), poll_interval: POLL_INTERVAL, notifier, metrics }
    }

    /// The same, with another time between two polls.
    pub(crate) fn with_poll_interval(self, poll_interval: Duration) -> Self {
        Self { poll_interval, ..self }
    }

    /// Tells the account's watchers that something has been committed.
    pub(crate) fn wake(&self, account: AccountId) {
        self.wake_locally(account);
        self.notifier.notify(Notification::Changed(account));
    }

    /// Tells the account's watchers in this process that something has been committed somewhere.
    pub(crate) fn wake_locally(&self, account: AccountId) {
        if let Some(account) = self.watched().accounts.get(&account) {
            account.wake.send_replace(());
        }
    }

    /// Has every watcher in this process look at the rows.
    #[cfg(feature = "postgres")]
    pub(crate) fn wake_all_locally(&self) {
        for account in self.watched().accounts.values() {
            account.wake.send_replace(());
        }
    }

    /// Returns what changes when something of the account may have been committed from now on, until it is cancelled.
    pub(super) fn subscribe(
        &self,
        db: &Db,
        account: AccountId,
        cancel: &CancellationToken,
    ) -> watch::Receiver<()> {
        let mut watched = self.watched();
        if !watched.is_polled {
            watched.is_polled = true;
            tokio::spawn(self.clone().poll(db.clone(), cancel.clone()));
        }
        let new = || WatchedAccount { wake: watch::Sender::new(()), revision: None };
        watched.accounts.entry(account).or_insert_with(new).wake.subscribe()
    }

    pub(super) fn metrics(&self) -> WatchMetrics {
        self.metrics.clone()
    }

    /// Wakes the watchers of accounts whose revision has moved, as long as there are any.
    async fn poll(self, db: Db, cancel: CancellationToken) {
        let mut ticks = interval(self.poll_interval);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        while cancel.run_until_cancelled(ticks.tick()).await.is_some() {
            let accounts = self.retain_watched();
            if accounts.is_empty() {
                return;
            }
            for accounts in accounts.chunks(BATCH) {
                match revisions(&db, accounts).await {
                    Ok(revisions) => self.wake_moved(&revisions),
                    // The next poll asks again.
                    Err(error) => {
                        tracing::debug!(error = %crate::error::Chain(&error), "revisions cannot be read");
                    }
                }
            }
        }
    }

    /// Forgets the accounts that nobody watches any more and returns the others. If there are none, polling has ended.
    fn retain_watched(&self) -> Vec<AccountId> {
        let mut watched = self.watched();
        watched.accounts.retain(|_, account| account.wake.receiver_count() > 0);
        watched.is_polled = !watched.accounts.is_empty();
        watched.accounts.keys().copied().collect()
    }

    fn wake_moved(&self, revisions: &[(AccountId, i64)]) {
        let mut watched = self.watched();
        for (account, revision) in revisions {
            if let Some(account) = watched.accounts.get_mut(account)
                // The first time, too: nobody knows what happened since the watcher looked.
                && account.revision.replace(*revision) != Some(*revision)
            {
                account.wake.send_replace(());
            }
        }
    }

    /// Whether a task polls.
    #[cfg(test)]
    pub(super) fn is_polled(&self) -> bool {
        self.watched().is_polled
    }

    fn watched(&self) -> MutexGuard<'_, Watched> {
        self.watched.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn revisions(db: &Db, accounts: &[AccountId]) -> Result<Vec<(AccountId, i64)>> {
    todo_accounts::revisions(&mut db.reader().await?.conn(), accounts).await
}
