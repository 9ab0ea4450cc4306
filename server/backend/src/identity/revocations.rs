//! Revocations: what makes a cached answer about a token stale before its time.
//!
//! Revocations are counted. A cached answer remembers the count from before the database was asked; each revocation
//! stores its own number for its account, after it was committed. An answer is stale if a later number is stored there:
//! the database may have been asked too early. So there is no moment at which a revoked token can slip back in, however
//! calls and revocations interleave, and nothing has to be searched for or locked.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::watch;

use crate::{
    cluster::{Notification, Notifier},
    ids::AccountId,
};

/// Accounts share slots. One that shares a slot with a revocation costs one more lookup.
const SLOTS: usize = 4_096;

/// The number of revocations at some moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct RevocationEpoch(u64);

/// Counts revocations and notifies subscribers.
pub(crate) struct Revocations {
    count: AtomicU64,
    latest: Box<[AtomicU64]>,
    wake: watch::Sender<()>,
    notifier: Notifier,
}

impl RevocationEpoch {
    /// For an identity that no revocation concerns.
    pub(crate) const NEVER: Self = Self(u64::MAX);
}

impl Revocations {
    /// Revocations that this notifier sends to other servers.
    pub(crate) fn new(notifier: Notifier) -> Self {
        Self {
            count: AtomicU64::new(0),
            latest: (0..SLOTS).map(|_| AtomicU64::new(0)).collect(),
            wake: watch::Sender::new(()),
            notifier,
        }
    }

    /// Returns the number of revocations so far. To be taken before the database is asked.
    pub(crate) fn now(&self) -> RevocationEpoch {
        RevocationEpoch(self.count.load(Ordering::SeqCst))
    }

    /// Invalidates all cached answers about the account's tokens. To be called after the commit and before the
    /// answer to whoever asked for it.
    pub(crate) fn revoke(&self, account: AccountId) {
        self.revoke_locally(account);
        self.notifier.notify(Notification::Revoked(account));
    }

    /// Like [`Revocations::revoke`], for what another server has committed.
    pub(crate) fn revoke_locally(&self, account: AccountId) {
        let number = self.count.fetch_add(1, Ordering::SeqCst) + 1;
        self.slot(account).fetch_max(number, Ordering::SeqCst);
        self.wake.send_replace(());
    }

    /// Makes everything known about every token worthless: who knows what other servers have committed.
    #[cfg(feature = "postgres")]
    pub(crate) fn revoke_all_locally(&self) {
        let number = self.count.fetch_add(1, Ordering::SeqCst) + 1;
        for slot in &self.latest {
            slot.fetch_max(number, Ordering::SeqCst);
        }
        self.wake.send_replace(());
    }

    /// Whether something about the account was revoked since this epoch.
    pub(crate) fn affects(&self, account: AccountId, since: RevocationEpoch) -> bool {
        self.slot(account).load(Ordering::SeqCst) > since.0
    }

    /// Returns what changes with every revocation.
    pub(crate) fn subscribe(&self) -> watch::Receiver<()> {
        self.wake.subscribe()
    }

    fn slot(&self, account: AccountId) -> &AtomicU64 {
        // The end of a version 7 UUID is random.
        let [.., high, low] = *account.as_uuid().as_bytes();
        &self.latest[usize::from(u16::from_be_bytes([high, low])) % SLOTS]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(last_byte: u128) -> AccountId {
        AccountId::from_uuid(uuid::Uuid::from_u128(last_byte))
    }

    #[test]
    fn an_answer_from_before_the_revocation_is_stale() {
        let revocations = Revocations::new(Notifier::default());
        let before = revocations.now();
        assert!(!revocations.affects(account(1), before));
        revocations.revoke(account(1));
        let after = revocations.now();
        assert!(revocations.affects(account(1), before), "however late its answer comes");
        assert!(!revocations.affects(account(1), after));
        revocations.revoke(account(1));
        assert!(revocations.affects(account(1), after));
    }

    #[test]
    fn other_accounts_and_the_local_account_are_not_affected() {
        let revocations = Revocations::new(Notifier::default());
        let before = revocations.now();
        revocations.revoke(account(1));
        assert!(revocations.affects(account(1), before) && !revocations.affects(account(2), before));
        assert!(!revocations.affects(account(1), RevocationEpoch::NEVER));
    }

    #[cfg(feature = "postgres")]
    #[test]
    fn all_accounts_can_be_revoked_at_once() {
        let revocations = Revocations::new(Notifier::default());
        let before = revocations.now();
        revocations.revoke_all_locally();
        assert!(revocations.affects(account(1), before));
        assert!(!revocations.affects(account(1), revocations.now()));
        assert!(!revocations.affects(account(1), RevocationEpoch::NEVER));
    }

    #[tokio::test]
    async fn subscribers_are_woken() {
        let revocations = Revocations::new(Notifier::default());
        let mut woken = revocations.subscribe();
        revocations.revoke(account(1));
        woken.changed().await.unwrap();
    }
}
