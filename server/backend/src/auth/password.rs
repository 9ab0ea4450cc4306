//! Where the hashes of passwords are computed.
//!
//! A hash takes about 15 ms of one core and 19 MiB of memory, on purpose. So hashes are computed on the blocking
//! pool, at most one per core but one, with memory that is kept and used again: the allocator would hold on to a
//! fresh block per thread instead. A bounded number of callers waits; callers beyond that are told to retry
//! later. A login to an account that does not exist computes as much as any other.

use std::{
    num::NonZeroUsize,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use argon2::Block;
use tokio::sync::Semaphore;

use super::password_hash::{HashCost, StoredHash, UnusableHash, hash};
use crate::{
    error::{Error, Result},
    metrics::{AuthMetrics, InFlight},
};

/// Computes and checks hashes. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Passwords(Arc<Inner>);

struct Inner {
    cost: HashCost,
    /// One permit per hash that is being computed.
    workers: Arc<Semaphore>,
    /// One permit per hash that is being computed or waited for.
    queue: Arc<Semaphore>,
    /// Unused working memory, at most one block per worker.
    memory: Mutex<Vec<Vec<Block>>>,
    metrics: AuthMetrics,
}

/// What came of checking a password.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct PasswordCheck {
    /// Whether it is the right one.
    pub(crate) right: bool,
    /// If it is, and the stored hash is weaker than hashes are made now: a new one, to be stored instead.
    pub(crate) upgrade: Option<String>,
    /// Why the stored hash was not computed, and so no password is right.
    pub(crate) unusable: Option<UnusableHash>,
}

impl Passwords {
    /// Hashes at this cost; `queue` callers may wait for their turn.
    pub(crate) fn new(cost: HashCost, queue: usize, metrics: AuthMetrics) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, NonZeroUsize::get);
        // One core stays free for everybody who is logged in already.
        let workers = (cores - 1).max(1);
        Self(Arc::new(Inner {
            cost,
            workers: Arc::new(Semaphore::new(workers)),
            queue: Arc::new(Semaphore::new(workers.saturating_add(queue).min(Semaphore::MAX_PERMITS))),
            memory: Mutex::new(Vec::new()),
            metrics,
        }))
    }

    /// Returns the hash of a new password, a PHC string with a salt of its own.
    pub(crate) async fn hash(&self, password: String) -> Result<String> {
        let cost = self.0.cost;
        self.compute(move |memory| hash(cost, &password, memory)).await
    }

    /// Checks a password against a stored hash. `None` is an account that does not exist or has no password: it is
    /// never right, and finding that out takes as long. So is one whose hash cannot be used.
    pub(crate) async fn verify(&self, password: String, stored: Option<String>) -> Result<PasswordCheck> {
        let cost = self.0.cost;
        let (stored, unusable) = match stored.as_deref().map(StoredHash::parse).transpose() {
            Ok(stored) => (stored, None),
            Err(reason) => (None, Some(reason)),
        };
        let hash_of = stored.map_or_else(|| StoredHash::dummy(cost), Ok)?;
        self.compute(move |memory| {
            let right = hash_of.matches(&password, memory)?;
            let upgrade = right && hash_of.is_weaker_than(cost);
            let upgrade = upgrade.then(|| hash(cost, &password, memory)).transpose()?;
            Ok(PasswordCheck { right, upgrade, unusable })
        })
        .await
    }

    async fn compute<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Vec<Block>) -> Result<T> + Send + 'static,
    ) -> Result<T> {
        let Ok(place) = Arc::clone(&self.0.queue).try_acquire_owned() else {
            return Err(Error::exhausted("Too many logins at once.", Some(Duration::from_secs(1))));
        };
        let hashing = InFlight::begin(&self.0.metrics.hashing);
        let worker = Arc::clone(&self.0.workers).acquire_owned().await.map_err(Error::internal)?;
        let inner = Arc::clone(&self.0);
        let work = move || {
            // The caller may be gone; the permits count the hashes that are being computed.
            let _permits = (place, worker, hashing);
            let started = Instant::now();
            let free = inner.memory().pop();
            let mut memory = free.unwrap_or_default();
            let result = work(&mut memory);
            inner.keep(memory);
            inner.metrics.hashes.observe(started.elapsed().as_secs_f64());
            result
        };
        let span = tracing::Span::current();
        tokio::task::spawn_blocking(move || span.in_scope(work)).await.map_err(Error::internal)?
    }
}

impl Inner {
    /// Keeps working memory for the next hash. What a costlier hash has taken beyond that is given back.
    fn keep(&self, mut memory: Vec<Block>) {
        memory.truncate(usize::try_from(self.cost.memory_kib).unwrap_or(usize::MAX));
        memory.shrink_to_fit();
        self.memory().push(memory);
    }

    fn memory(&self) -> std::sync::MutexGuard<'_, Vec<Vec<Block>>> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, Version};
    use futures_util::{FutureExt as _, future::join_all};

    use super::*;

    fn passwords() -> Passwords {
        Passwords::new(HashCost::default(), 16, AuthMetrics::default())
    }

    #[tokio::test]
    async fn only_the_right_password_is_accepted() {
        let passwords = passwords();
        let stored = passwords.hash("correct horse".into()).await.unwrap();
        assert!(stored.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{stored}");
        for (password, right) in
            [("correct horse", true), ("Correct horse", false), ("correct horse ", false)]
        {
            let verdict = passwords.verify(password.into(), Some(stored.clone())).await.unwrap();
            assert_eq!(verdict, PasswordCheck { right, upgrade: None, unusable: None }, "{password}");
        }
    }

    #[tokio::test]
    async fn two_hashes_of_one_password_differ() {
        let passwords = passwords();
        let one = passwords.hash("correct horse".into()).await.unwrap();
        assert_ne!(one, passwords.hash("correct horse".into()).await.unwrap());
    }

    #[tokio::test]
    async fn hashes_of_other_programs_are_read() {
        // From the argon2 command line tool of the reference implementation, as in the test vectors of many libraries.
        let stored = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc";
        let verdict = passwords().verify("password".into(), Some(stored.into())).await.unwrap();
        assert_eq!(verdict, PasswordCheck { right: true, upgrade: None, unusable: None });
    }

    #[tokio::test]
    async fn a_missing_account_accepts_no_password_and_costs_the_same() {
        let cost = HashCost { memory_kib: 20_000, iterations: 3 };
        let passwords = Passwords::new(cost, 1, AuthMetrics::default());
        let verdict = passwords.verify("correct horse".into(), None).await.unwrap();
        assert_eq!(verdict, PasswordCheck { right: false, upgrade: None, unusable: None });
        let used = passwords.0.memory().iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(used, [20_000], "it was computed");
        assert!(!StoredHash::dummy(cost).unwrap().is_weaker_than(cost));
    }

    #[tokio::test]
    async fn a_weaker_hash_is_upgraded_by_the_right_password_only() {
        let weaker = passwords().hash("correct horse".into()).await.unwrap();
        let cost = HashCost { iterations: 3, ..HashCost::default() };
        let passwords = Passwords::new(cost, 1, AuthMetrics::default());
        let verdict = passwords.verify("wrong horse".into(), Some(weaker.clone())).await.unwrap();
        assert_eq!(verdict, PasswordCheck { right: false, upgrade: None, unusable: None });
        let upgrade = passwords.verify("correct horse".into(), Some(weaker)).await.unwrap().upgrade.unwrap();
        assert!(upgrade.starts_with("$argon2id$v=19$m=19456,t=3,p=1$"), "{upgrade}");
        let verdict = passwords.verify("correct horse".into(), Some(upgrade)).await.unwrap();
        assert_eq!(verdict, PasswordCheck { right: true, upgrade: None, unusable: None });
    }

    #[tokio::test]
    async fn hashes_of_argon2i_and_argon2d_are_upgraded() {
        let password = "correct horse";
        for algorithm in [Algorithm::Argon2i, Algorithm::Argon2d] {
            let argon2 = Argon2::new(algorithm, Version::V0x13, Params::new(19_456, 2, 1, None).unwrap());
            let stored = argon2.hash_password(password.as_bytes()).unwrap().to_string();
            let passwords = passwords();
            let wrong = passwords.verify("wrong horse".into(), Some(stored.clone())).await.unwrap();
            assert_eq!(wrong, PasswordCheck { right: false, upgrade: None, unusable: None });
            let upgrade = passwords.verify(password.into(), Some(stored)).await.unwrap().upgrade.unwrap();
            assert!(upgrade.starts_with("$argon2id$"), "{upgrade}");
            assert!(passwords.verify(password.into(), Some(upgrade)).await.unwrap().right);
        }
    }

    #[tokio::test]
    async fn a_hash_that_cannot_be_used_is_a_wrong_password_and_costs_as_much() {
        for (stored, reason) in [
            ("$argon2id$nonsense", UnusableHash::Damaged),
            (
                "$argon2id$v=19$m=4194304,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc",
                UnusableHash::TooCostly,
            ),
        ] {
            let passwords = passwords();
            let verdict = passwords.verify("password".into(), Some(stored.into())).await.unwrap();
            assert_eq!(verdict, PasswordCheck { right: false, upgrade: None, unusable: Some(reason) });
            assert_eq!(passwords.0.memory().iter().map(Vec::len).collect::<Vec<_>>(), [19_456]);
        }
    }

    #[tokio::test]
    async fn the_memory_of_a_costlier_hash_is_given_back() {
        let costly =
            Passwords::new(HashCost { memory_kib: 65_536, iterations: 2 }, 1, AuthMetrics::default());
        let stored = costly.hash("correct horse".into()).await.unwrap();
        let passwords = passwords();
        assert!(passwords.verify("correct horse".into(), Some(stored)).await.unwrap().right);
        assert_eq!(passwords.0.memory().iter().map(Vec::capacity).collect::<Vec<_>>(), [19_456]);
    }

    #[tokio::test]
    async fn hashing_memory_is_reused() {
        let passwords = passwords();
        let workers = passwords.0.workers.available_permits();
        let hashes = (0..8).map(|number| passwords.hash(format!("password {number}")));
        join_all(hashes).await.into_iter().collect::<Result<Vec<_>>>().unwrap();
        let memory = passwords.0.memory();
        assert!(memory.len() <= workers, "{} buffers for {workers} workers", memory.len());
        assert!(memory.iter().all(|blocks| blocks.len() == 19_456));
    }

    #[tokio::test]
    async fn a_full_queue_asks_to_retry_later() {
        let passwords = Passwords::new(HashCost::default(), 2, AuthMetrics::default());
        let workers = u32::try_from(passwords.0.workers.available_permits()).unwrap();
        let busy = Arc::clone(&passwords.0.workers).acquire_many_owned(workers).await.unwrap();
        // The busy workers have left their queue; these take all places of workers and queue.
        let mut waiting = (0..workers + 2)
            .map(|_| Box::pin(passwords.verify("correct horse".into(), None)))
            .collect::<Vec<_>>();
        assert!(waiting.iter_mut().all(|waiting| waiting.now_or_never().is_none()));
        let error = passwords.verify("correct horse".into(), None).await.unwrap_err();
        assert!(matches!(error, Error::ResourceExhausted { retry_after: Some(_), .. }), "{error:?}");
        drop(busy);
        assert!(join_all(waiting).await.iter().all(Result::is_ok));
        assert!(passwords.verify("correct horse".into(), None).await.is_ok(), "there is room again");
    }
}
