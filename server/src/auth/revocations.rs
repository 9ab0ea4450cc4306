//! Revocations: what makes an answer about a token worthless before its time.
//!
//! They are counted. An answer remembers the count as it was before the database was asked; each revocation notes
//! its own number for the account, after it was committed. An answer is worthless if a later number stands there:
//! the database may have been asked too early. So there is no moment at which a token that was revoked can slip back
//! in, however calls and revocations interleave, and nothing has to be searched for or locked.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::watch;

use crate::{
    identity::Identity,
    ids::AccountId,
    replicas::{Herald, Notice},
};

/// Accounts share places. Who shares one with a revocation asks the database once more, that is all.
const PLACES: usize = 4_096;

/// The number of revocations at some moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct AsOf(u64);

/// Counts revocations and tells about them.
pub(crate) struct Revocations {
    count: AtomicU64,
    latest: Box<[AtomicU64]>,
    wake: watch::Sender<()>,
    herald: Herald,
}

impl AsOf {
    /// For an identity that no revocation concerns.
    pub(crate) const NEVER: Self = Self(u64::MAX);
}

impl Revocations {
    /// Revocations of which other servers are told by this herald.
    pub(crate) fn new(herald: Herald) -> Self {
        Self {
            count: AtomicU64::new(0),
            latest: (0..PLACES).map(|_| AtomicU64::new(0)).collect(),
            wake: watch::Sender::new(()),
            herald,
        }
    }

    /// Returns the number of revocations so far. To be taken before the database is asked.
    pub(crate) fn now(&self) -> AsOf {
        AsOf(self.count.load(Ordering::SeqCst))
    }

    /// Makes everything known about the account's tokens worthless. To be called after the commit and before the
    /// answer to whoever asked for it.
    pub(crate) fn revoke(&self, account: AccountId) {
        self.revoke_here(account);
        self.herald.tell(Notice::Revoked(account));
    }

    /// Like [`Revocations::revoke`], for what another server has committed.
    pub(crate) fn revoke_here(&self, account: AccountId) {
        let number = self.count.fetch_add(1, Ordering::SeqCst) + 1;
        self.place(account).fetch_max(number, Ordering::SeqCst);
        self.wake.send_replace(());
    }

    /// Makes everything known about every token worthless: who knows what other servers have committed.
    pub(crate) fn revoke_all_here(&self) {
        let number = self.count.fetch_add(1, Ordering::SeqCst) + 1;
        for place in &self.latest {
            place.fetch_max(number, Ordering::SeqCst);
        }
        self.wake.send_replace(());
    }

    /// Whether something about the identity's account was revoked since the database was asked about it.
    pub(crate) fn concern(&self, identity: &Identity) -> bool {
        self.place(identity.account_id).load(Ordering::SeqCst) > identity.as_of.0
    }

    /// Returns what changes with every revocation.
    pub(crate) fn subscribe(&self) -> watch::Receiver<()> {
        self.wake.subscribe()
    }

    fn place(&self, account: AccountId) -> &AtomicU64 {
        // The end of a version 7 UUID is random.
        let [.., high, low] = *account.as_uuid().as_bytes();
        &self.latest[usize::from(u16::from_be_bytes([high, low])) % PLACES]
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Time;

    #[test]
    fn an_answer_is_worthless_if_it_was_asked_for_before_the_revocation() {
        let revocations = Revocations::new(Herald::default());
        let account = AccountId::generate(Time::from_micros(1));
        let asked_before = Identity::for_test(account, revocations.now());
        assert!(!revocations.concern(&asked_before));
        revocations.revoke(account);
        let asked_after = Identity::for_test(account, revocations.now());
        assert!(revocations.concern(&asked_before), "however late its answer comes");
        assert!(!revocations.concern(&asked_after));
        revocations.revoke(account);
        assert!(revocations.concern(&asked_after));
    }

    #[test]
    fn other_accounts_are_not_concerned_and_the_local_one_never() {
        let revocations = Revocations::new(Herald::default());
        let at = |last_byte| AccountId::from_uuid(uuid::Uuid::from_u128(last_byte));
        let (ann, bob) =
            (Identity::for_test(at(1), revocations.now()), Identity::for_test(at(2), revocations.now()));
        revocations.revoke(at(1));
        assert!(revocations.concern(&ann) && !revocations.concern(&bob));
        assert!(!revocations.concern(&Identity::local(at(1))));
    }

    #[test]
    fn all_can_be_revoked_at_once() {
        let revocations = Revocations::new(Herald::default());
        let account = AccountId::generate(Time::from_micros(1));
        let asked_before = Identity::for_test(account, revocations.now());
        revocations.revoke_all_here();
        assert!(revocations.concern(&asked_before));
        assert!(!revocations.concern(&Identity::for_test(account, revocations.now())));
        assert!(!revocations.concern(&Identity::local(account)));
    }

    #[tokio::test]
    async fn whoever_watches_is_woken() {
        let revocations = Revocations::new(Herald::default());
        let mut woken = revocations.subscribe();
        revocations.revoke(AccountId::generate(Time::from_micros(1)));
        woken.changed().await.unwrap();
    }
}
