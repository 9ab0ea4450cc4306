//! At most one lookup of each token at a time: callers with the same token share it.
//!
//! `moka`'s `try_get_with` would share it too, but it also answers from its cache: a lookup that began before a
//! revocation must not be joined after it, and a cached answer is fresh by the clock that is handed in. A lookup here
//! lives for as long as somebody waits for it, so a caller that goes away never fails the others.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures_util::{
    FutureExt as _,
    future::{BoxFuture, Shared, WeakShared},
};

use super::{identity::Identity, revocations::RevocationEpoch, token::TokenHash};
use crate::error::Result;

type Lookup = BoxFuture<'static, Result<Identity>>;

/// The lookups in flight.
#[derive(Clone, Default)]
pub(super) struct SingleFlight(Arc<Mutex<HashMap<TokenHash, InFlight>>>);

struct InFlight {
    since: RevocationEpoch,
    lookup: WeakShared<Lookup>,
}

impl SingleFlight {
    /// Joins the lookup of the token that is in flight, or else starts `lookup`.
    ///
    /// A lookup from before the last revocation is not joined: its answer may not know of it.
    pub(super) fn join_or_start(
        &self,
        token: TokenHash,
        since: RevocationEpoch,
        lookup: impl Future<Output = Result<Identity>> + Send + 'static,
    ) -> Shared<Lookup> {
        let mut in_flight = self.in_flight();
        let joined = in_flight.get(&token).filter(|found| found.since == since);
        if let Some(joined) = joined.and_then(|found| found.lookup.upgrade()) {
            return joined;
        }
        let remove = RemoveOnDrop { flights: self.clone(), token, since };
        let lookup = async move {
            let _remove = remove;
            lookup.await
        };
        let lookup = lookup.boxed().shared();
        if let Some(lookup) = lookup.downgrade() {
            in_flight.insert(token, InFlight { since, lookup });
        }
        lookup
    }

    fn in_flight(&self) -> MutexGuard<'_, HashMap<TokenHash, InFlight>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Removes a lookup when it is answered, or when nobody waits for it any more.
struct RemoveOnDrop {
    flights: SingleFlight,
    token: TokenHash,
    since: RevocationEpoch,
}

impl Drop for RemoveOnDrop {
    fn drop(&mut self) {
        let mut in_flight = self.flights.in_flight();
        // A later lookup of the same token stays.
        if in_flight.get(&self.token).is_some_and(|found| found.since == self.since) {
            in_flight.remove(&self.token);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use tokio::sync::Notify;

    use super::*;
    use crate::{
        cluster::Notifier,
        identity::{PresentedToken, revocations::Revocations},
        ids::{AccountId, SessionId},
        time::Time,
    };

    const TOKEN: &[u8] = b"tdos_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf2I9IVe";

    /// Counts the lookups that are started, and holds their answers back.
    struct SlowVerifier {
        flights: SingleFlight,
        started: Arc<AtomicU32>,
        answer: Arc<Notify>,
    }

    impl SlowVerifier {
        fn new() -> Self {
            Self { flights: SingleFlight::default(), started: Arc::default(), answer: Arc::default() }
        }

        fn look_up(&self, since: RevocationEpoch) -> Shared<Lookup> {
            let hash = TokenHash::of_presented(TOKEN).unwrap();
            let (started, answer) = (Arc::clone(&self.started), Arc::clone(&self.answer));
            self.flights.join_or_start(hash, since, async move {
                started.fetch_add(1, Ordering::SeqCst);
                answer.notified().await;
                let (account, session) =
                    (AccountId::generate(Time::from_micros(1)), SessionId::generate(Time::from_micros(1)));
                Ok(Identity::of_session(account, session, "", PresentedToken::without_text(hash), since))
            })
        }
    }

    #[tokio::test]
    async fn concurrent_lookups_of_a_token_are_one() {
        let (slow, since) = (SlowVerifier::new(), Revocations::new(Notifier::default()).now());
        let waiting = futures_util::future::join_all((0..100).map(|_| slow.look_up(since)));
        let release = async {
            tokio::task::yield_now().await;
            slow.answer.notify_one();
        };
        let (answers, ()) = tokio::join!(waiting, release);
        let first = answers[0].as_ref().unwrap().account_id;
        assert!(answers.iter().all(|answer| answer.as_ref().unwrap().account_id == first));
        assert_eq!(slow.started.load(Ordering::SeqCst), 1);
        assert!(slow.flights.in_flight().is_empty(), "an answered lookup is removed");
        slow.answer.notify_one();
        slow.look_up(since).await.unwrap();
        assert_eq!(slow.started.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_lookup_from_before_a_revocation_is_not_joined() {
        let (slow, revocations) = (SlowVerifier::new(), Revocations::new(Notifier::default()));
        let before = slow.look_up(revocations.now());
        revocations.revoke(AccountId::generate(Time::from_micros(1)));
        let after = slow.look_up(revocations.now());
        let release = async {
            for _ in 0..2 {
                tokio::task::yield_now().await;
                slow.answer.notify_one();
            }
        };
        let (before, after, ()) = tokio::join!(before, after, release);
        assert!(before.is_ok() && after.is_ok());
        assert_eq!(slow.started.load(Ordering::SeqCst), 2);
        assert!(slow.flights.in_flight().is_empty());
    }

    #[tokio::test]
    async fn a_lookup_that_nobody_waits_for_is_removed() {
        let (slow, since) = (SlowVerifier::new(), Revocations::new(Notifier::default()).now());
        let mut lookup = slow.look_up(since);
        assert!(futures_util::poll!(&mut lookup).is_pending());
        drop(lookup);
        assert!(slow.flights.in_flight().is_empty());
    }
}
