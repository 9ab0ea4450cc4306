//! How much of the server's memory requests and answers may take: of all callers together, of one account, and of one source
//! where nobody is logged in.
//!
//! A call reserves the bytes of its request once it has said how many they are, and those of the largest answer that its
//! method gives before it runs. What cannot be reserved at once is waited for, and refused when that takes too long. The
//! request's bytes are free again when the call is answered, and the answer's when the network has taken them.

use std::{
    collections::{HashMap, hash_map::RandomState},
    hash::BuildHasher as _,
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::Duration,
};

use prometheus_client::metrics::counter::Counter;
use todo_model::caller::ClientIp;
use tokio::sync::Semaphore;

use crate::{
    error::{Error, Result},
    ids::AccountId,
    metrics::Metrics,
};

const MIB: u32 = 1024 * 1024;

/// How long a call waits for room before it is refused. A little less than a call may take at all, so that it is told why.
const MAX_WAIT: Duration = Duration::from_secs(9);
/// After how long somebody who was refused may try again.
const RETRY_AFTER: Duration = Duration::from_secs(1);
/// Payers are looked up in one of so many maps, so that calls do not wait for each other's lookups.
const SHARDS: usize = 16;

/// Bytes and calls, at most.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Bytes of requests of callers who are logged in.
    pub(crate) requests: u32,
    /// Those of one account.
    pub(crate) requests_of_account: u32,
    /// Bytes of requests of everybody else.
    pub(crate) anonymous_requests: u32,
    /// Those of one source.
    pub(crate) requests_of_source: u32,
    /// Bytes of answers that are not sent yet.
    pub(crate) answers: u32,
    /// Those of one account, or of one source that is not logged in.
    pub(crate) answers_of_payer: u32,
    /// Calls and streams of one account, those that wait included.
    pub(crate) calls_of_account: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            requests: 64 * MIB,
            requests_of_account: 16 * MIB,
            anonymous_requests: 8 * MIB,
            requests_of_source: MIB,
            answers: 128 * MIB,
            answers_of_payer: 16 * MIB,
            calls_of_account: 4_096,
        }
    }
}

/// What bytes are reserved for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Purpose {
    Request,
    Answer,
}

/// The memory that all calls share. Cheap to clone.
#[derive(Clone)]
pub struct Budget(Arc<Shared>);

struct Shared {
    limits: Limits,
    requests: Semaphore,
    anonymous_requests: Semaphore,
    answers: Semaphore,
    payers: [Mutex<HashMap<PayerKey, Weak<Payer>>>; SHARDS],
    hasher: RandomState,
    refused: Counter,
}

/// Whose share bytes are counted to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum PayerKey {
    Account(AccountId),
    Source(ClientIp),
}

/// An account or a source that has something under way, and its share.
pub(crate) struct Payer {
    key: PayerKey,
    budget: Budget,
    requests: Semaphore,
    answers: Semaphore,
    calls: Semaphore,
}

/// Bytes that are reserved until this is dropped.
pub(crate) struct Reservation {
    budget: Budget,
    payer: Option<Arc<Payer>>,
    purpose: Purpose,
    bytes: u32,
}

/// One of the calls that an account may have under way, until this is dropped.
pub(crate) struct CallPermit(Arc<Payer>);

impl Default for Budget {
    fn default() -> Self {
        Self::new(Limits::default(), Counter::default())
    }
}

impl Budget {
    pub(crate) fn new(limits: Limits, refused: Counter) -> Self {
        let semaphore = |bytes: u32| Semaphore::new(usize::try_from(bytes).unwrap_or(usize::MAX));
        Self(Arc::new(Shared {
            limits,
            requests: semaphore(limits.requests),
            anonymous_requests: semaphore(limits.anonymous_requests),
            answers: semaphore(limits.answers),
            payers: std::array::from_fn(|_| Mutex::default()),
            hasher: RandomState::new(),
            refused,
        }))
    }

    /// Returns the budget of a server with these metrics.
    #[must_use]
    pub fn with_metrics(metrics: &Metrics) -> Self {
        Self::new(Limits::default(), metrics.calls.over_budget.clone())
    }

    /// Returns the share of this account or source.
    pub(crate) fn payer(&self, key: PayerKey) -> Arc<Payer> {
        let mut payers = self.payers(key);
        if let Some(payer) = payers.get(&key).and_then(Weak::upgrade) {
            return payer;
        }
        let limits = &self.0.limits;
        let requests = match key {
            PayerKey::Account(_) => limits.requests_of_account,
            PayerKey::Source(_) => limits.requests_of_source,
        };
        let semaphore = |bytes: u32| Semaphore::new(usize::try_from(bytes).unwrap_or(usize::MAX));
        let payer = Arc::new(Payer {
            key,
            budget: self.clone(),
            requests: semaphore(requests),
            answers: semaphore(limits.answers_of_payer),
            calls: Semaphore::new(limits.calls_of_account),
        });
        payers.insert(key, Arc::downgrade(&payer));
        payer
    }

    /// Reserves bytes of the shares of the payer, if one is known, and of all. Waits for them, payer first: who waits for its
    /// own share keeps nobody else waiting.
    ///
    /// # Errors
    /// RESOURCE_EXHAUSTED, if that takes too long.
    pub(crate) async fn reserve(
        &self,
        payer: Option<&Arc<Payer>>,
        purpose: Purpose,
        bytes: usize,
    ) -> Result<Reservation> {
        let bytes = self.at_most(purpose, payer, bytes);
        if let Some(reservation) = self.try_reserve(payer, purpose, bytes) {
            return Ok(reservation);
        }
        let waited = tokio::time::timeout(MAX_WAIT, self.wait(payer, purpose, bytes)).await;
        waited.unwrap_or_else(|_| {
            self.0.refused.inc();
            let text = match purpose {
                Purpose::Request => "Requests with too many bytes are under way.",
                Purpose::Answer => "Answers with too many bytes are waiting to be read.",
            };
            Err(Error::exhausted(text, Some(RETRY_AFTER)))
        })
    }

    fn try_reserve(&self, payer: Option<&Arc<Payer>>, purpose: Purpose, bytes: u32) -> Option<Reservation> {
        let own = payer.map(|payer| payer.share(purpose).try_acquire_many(bytes)).transpose().ok()?;
        let shared = self.share(purpose, payer).try_acquire_many(bytes).ok()?;
        shared.forget();
        if let Some(own) = own {
            own.forget();
        }
        Some(Reservation { budget: self.clone(), payer: payer.cloned(), purpose, bytes })
    }

    async fn wait(&self, payer: Option<&Arc<Payer>>, purpose: Purpose, bytes: u32) -> Result<Reservation> {
        let own = match payer {
            Some(payer) => Some(payer.share(purpose).acquire_many(bytes).await.map_err(Error::internal)?),
            None => None,
        };
        let shared = self.share(purpose, payer).acquire_many(bytes).await.map_err(Error::internal)?;
        shared.forget();
        if let Some(own) = own {
            own.forget();
        }
        Ok(Reservation { budget: self.clone(), payer: payer.cloned(), purpose, bytes })
    }

    fn share(&self, purpose: Purpose, payer: Option<&Arc<Payer>>) -> &Semaphore {
        match purpose {
            Purpose::Answer => &self.0.answers,
            Purpose::Request if payer.is_some_and(|payer| payer.is_account()) => &self.0.requests,
            Purpose::Request => &self.0.anonymous_requests,
        }
    }

    /// What can be reserved at all: more would be waited for in vain.
    fn at_most(&self, purpose: Purpose, payer: Option<&Arc<Payer>>, bytes: usize) -> u32 {
        let limits = &self.0.limits;
        let most = match (purpose, payer.map(|payer| payer.key)) {
            (Purpose::Request, Some(PayerKey::Account(_))) => limits.requests_of_account,
            (Purpose::Request, Some(PayerKey::Source(_))) => limits.requests_of_source,
            (Purpose::Request, None) => limits.anonymous_requests,
            (Purpose::Answer, _) => limits.answers_of_payer,
        };
        u32::try_from(bytes).unwrap_or(u32::MAX).min(most)
    }

    fn payers(&self, key: PayerKey) -> MutexGuard<'_, HashMap<PayerKey, Weak<Payer>>> {
        #[expect(clippy::cast_possible_truncation, reason = "any bits will do")]
        let shard = self.0.hasher.hash_one(key) as usize % SHARDS;
        // Whole whenever the lock is free.
        self.0.payers[shard].lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Payer {
    /// Begins a call of an account.
    ///
    /// # Errors
    /// RESOURCE_EXHAUSTED at once, if too many are under way: they wait for each other already.
    pub(crate) fn begin_call(self: &Arc<Self>) -> Result<CallPermit> {
        let Ok(permit) = self.calls.try_acquire() else {
            self.budget.0.refused.inc();
            return Err(Error::exhausted("Too many calls of your account are under way.", Some(RETRY_AFTER)));
        };
        permit.forget();
        Ok(CallPermit(Arc::clone(self)))
    }

    /// Reserves bytes of answers; see [`Budget::reserve`].
    pub(crate) async fn reserve_answer(self: &Arc<Self>, bytes: usize) -> Result<Reservation> {
        self.budget.reserve(Some(self), Purpose::Answer, bytes).await
    }

    fn is_account(&self) -> bool {
        matches!(self.key, PayerKey::Account(_))
    }

    fn share(&self, purpose: Purpose) -> &Semaphore {
        match purpose {
            Purpose::Request => &self.requests,
            Purpose::Answer => &self.answers,
        }
    }
}

impl Drop for Payer {
    fn drop(&mut self) {
        let mut payers = self.budget.payers(self.key);
        // Somebody may have needed a new one meanwhile.
        if payers.get(&self.key).is_some_and(|payer| payer.strong_count() == 0) {
            payers.remove(&self.key);
        }
    }
}

impl Drop for CallPermit {
    fn drop(&mut self) {
        self.0.calls.add_permits(1);
    }
}

impl Reservation {
    /// Makes it as large as what is there. What is more than was reserved is counted if there is room.
    pub(crate) fn resize(&mut self, bytes: usize) {
        let bytes = self.budget.at_most(self.purpose, self.payer.as_ref(), bytes);
        if bytes <= self.bytes {
            self.give_back(self.bytes - bytes);
            self.bytes = bytes;
        } else if let Some(mut more) =
            self.budget.try_reserve(self.payer.as_ref(), self.purpose, bytes - self.bytes)
        {
            self.bytes += std::mem::take(&mut more.bytes);
        }
    }

    fn give_back(&self, bytes: u32) {
        let count = usize::try_from(bytes).unwrap_or_default();
        if count == 0 {
            return;
        }
        self.budget.share(self.purpose, self.payer.as_ref()).add_permits(count);
        if let Some(payer) = &self.payer {
            payer.share(self.purpose).add_permits(count);
        }
    }
}

impl Drop for Reservation {
    fn drop(&mut self) {
        self.give_back(self.bytes);
    }
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;
    use crate::time::Time;

    const LIMITS: Limits = Limits {
        requests: 100,
        requests_of_account: 60,
        anonymous_requests: 40,
        requests_of_source: 30,
        answers: 100,
        answers_of_payer: 60,
        calls_of_account: 2,
    };

    fn budget() -> Budget {
        Budget::new(LIMITS, Counter::default())
    }

    fn account(budget: &Budget) -> Arc<Payer> {
        budget.payer(PayerKey::Account(AccountId::generate(Time::from_micros(1))))
    }

    fn source(budget: &Budget, last: u8) -> Arc<Payer> {
        budget.payer(PayerKey::Source(ClientIp::from(IpAddr::from([192, 0, 2, last]))))
    }

    #[tokio::test(start_paused = true)]
    async fn nobody_gets_more_than_a_share() {
        let budget = budget();
        let (ann, bob) = (account(&budget), account(&budget));
        let _held = budget.reserve(Some(&ann), Purpose::Request, 50).await.unwrap();
        let refused = budget.reserve(Some(&ann), Purpose::Request, 20).await.err().unwrap();
        assert!(matches!(refused, Error::ResourceExhausted { retry_after: Some(_), .. }), "{refused:?}");
        let others = budget.reserve(Some(&bob), Purpose::Request, 50).await.unwrap();
        assert!(budget.reserve(Some(&bob), Purpose::Request, 5).await.is_err(), "all is taken");
        drop(others);
        assert!(budget.reserve(Some(&bob), Purpose::Request, 5).await.is_ok());
        assert_eq!(budget.0.refused.get(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn callers_without_a_login_have_a_budget_of_their_own() {
        let budget = budget();
        let _one = budget.reserve(Some(&source(&budget, 1)), Purpose::Request, 30).await.unwrap();
        assert!(budget.reserve(Some(&source(&budget, 2)), Purpose::Request, 30).await.is_err());
        assert!(budget.reserve(None, Purpose::Request, 10).await.is_ok());
        let ann = account(&budget);
        assert!(budget.reserve(Some(&ann), Purpose::Request, 60).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn room_is_waited_for() {
        let budget = budget();
        let ann = account(&budget);
        let held = budget.reserve(Some(&ann), Purpose::Answer, 60).await.unwrap();
        let waiting = budget.reserve(Some(&ann), Purpose::Answer, 10);
        let freeing = async {
            tokio::time::sleep(MAX_WAIT / 2).await;
            drop(held);
        };
        let (waited, ()) = tokio::join!(waiting, freeing);
        assert_eq!(waited.unwrap().bytes, 10);
    }

    #[tokio::test(start_paused = true)]
    async fn a_reservation_is_resized_to_what_is_there() {
        let budget = budget();
        let ann = account(&budget);
        let mut held = budget.reserve(Some(&ann), Purpose::Answer, 60).await.unwrap();
        held.resize(10);
        let mut rest = budget.reserve(Some(&ann), Purpose::Answer, 40).await.unwrap();
        rest.resize(50);
        assert!(budget.reserve(Some(&ann), Purpose::Answer, 1).await.is_err());
        drop((held, rest));
        assert_eq!(budget.0.answers.available_permits(), 100);
        assert_eq!(ann.answers.available_permits(), 60);
    }

    #[test]
    fn an_account_has_so_many_calls_under_way() {
        let budget = budget();
        let ann = account(&budget);
        let _one = ann.begin_call().unwrap();
        let two = ann.begin_call().unwrap();
        assert!(matches!(ann.begin_call().err(), Some(Error::ResourceExhausted { .. })));
        assert!(account(&budget).begin_call().is_ok());
        drop(two);
        assert!(ann.begin_call().is_ok());
    }

    #[test]
    fn who_has_nothing_under_way_is_forgotten() {
        let budget = budget();
        let payer = source(&budget, 1);
        assert!(Arc::ptr_eq(&payer, &source(&budget, 1)));
        drop(payer);
        assert!(budget.0.payers.iter().all(|payers| payers.lock().unwrap().is_empty()));
    }
}
