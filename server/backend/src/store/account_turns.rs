//! One change of an account at a time, within this process.
//!
//! Changes of one account lock its row, so that they run one after the other anyway. Those that wait for it inside the
//! database would each hold a connection meanwhile, until none is left for anybody else; and a process that hangs would
//! leave all of them in the queue for the lock. Here they wait without one.

use std::{
    collections::HashMap,
    sync::{Arc, PoisonError, Weak},
};

use tokio::sync::{Mutex, OwnedMutexGuard};

use crate::ids::AccountId;

/// How many accounts are remembered before those are forgotten that nobody waits for.
const REMEMBERED: usize = 1_024;

/// Whose turn it is, for each account. Cheap to clone.
#[derive(Clone, Debug, Default)]
pub(super) struct AccountTurns(Arc<std::sync::Mutex<HashMap<AccountId, Weak<Mutex<()>>>>>);

impl AccountTurns {
    /// Waits until no other change of the account is running. The next one runs when the guard is dropped; first come,
    /// first served.
    pub(super) async fn wait(&self, account: AccountId) -> OwnedMutexGuard<()> {
        self.of(account).lock_owned().await
    }

    fn of(&self, account: AccountId) -> Arc<Mutex<()>> {
        let mut turns = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turn) = turns.get(&account).and_then(Weak::upgrade) {
            return turn;
        }
        if turns.len() >= REMEMBERED {
            turns.retain(|_, turn| turn.strong_count() > 0);
        }
        let turn = Arc::default();
        turns.insert(account, Arc::downgrade(&turn));
        turn
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;
    use crate::time::Time;

    #[tokio::test]
    async fn only_changes_of_one_account_wait_for_each_other() {
        let turns = AccountTurns::default();
        let id = || AccountId::generate(Time::from_micros(0));
        let (ann, bob) = (id(), id());
        let first = turns.wait(ann).await;
        assert!(turns.wait(ann).now_or_never().is_none());
        assert!(turns.wait(bob).now_or_never().is_some());
        drop(first);
        assert!(turns.wait(ann).now_or_never().is_some());
    }

    #[tokio::test]
    async fn accounts_without_changes_are_forgotten() {
        let turns = AccountTurns::default();
        let kept = turns.wait(AccountId::generate(Time::from_micros(0))).await;
        for _ in 0..3 * REMEMBERED {
            drop(turns.wait(AccountId::generate(Time::from_micros(0))).await);
        }
        assert!(turns.0.lock().unwrap().len() <= REMEMBERED);
        drop(kept);
    }
}
