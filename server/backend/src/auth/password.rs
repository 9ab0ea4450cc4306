//! Passwords: which ones are allowed, and their Argon2id hashes.
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

use argon2::{
    ARGON2ID_IDENT, Algorithm, Argon2, Block, Params, PasswordHash, Version,
    password_hash::phc::{Output, ParamsString, Salt},
};
use rand::Rng as _;
use subtle::ConstantTimeEq as _;
use todo_model::text;
use tokio::sync::Semaphore;

use crate::{
    error::{Error, Result},
    metrics::{AuthMetrics, InFlight},
    validation::in_field,
};

/// Bytes of a hash.
const OUTPUT: usize = 32;
/// Bytes of a salt, as RFC 9106 recommends.
const SALT: usize = 16;

/// Passwords that attackers try first, in lower case, sorted, none of which is too short.
const COMMON: &str = include_str!("common_passwords.txt");

/// What one hash costs, to us and to whoever steals the database. The defaults are the second choice of OWASP's
/// Password Storage Cheat Sheet for Argon2id; less is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HashCost {
    /// Memory in KiB, at least [`HashCost::MIN_MEMORY_KIB`].
    pub memory_kib: u32,
    /// Passes over that memory, at least [`HashCost::MIN_ITERATIONS`].
    pub iterations: u32,
}

impl HashCost {
    /// 19 MiB.
    pub const MIN_MEMORY_KIB: u32 = 19_456;
    /// Two passes.
    pub const MIN_ITERATIONS: u32 = 2;

    /// Whether a hash of this cost is to be replaced by one of the `other`.
    fn is_below(self, other: Self) -> bool {
        self.memory_kib < other.memory_kib || self.iterations < other.iterations
    }
}

impl Default for HashCost {
    fn default() -> Self {
        Self { memory_kib: Self::MIN_MEMORY_KIB, iterations: Self::MIN_ITERATIONS }
    }
}

/// Refuses a new password that is too short, too long or too common. `field` is its path in the request.
pub(crate) fn check_new(field: &str, password: &str) -> Result<()> {
    in_field(field, text::password_length(password))?;
    if is_common(password) {
        return Err(Error::invalid(field, "Is one of the most common passwords. Choose another."));
    }
    Ok(())
}

fn is_common(password: &str) -> bool {
    COMMON.lines().any(|common| common.eq_ignore_ascii_case(password))
}

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
    /// never right, and finding that out takes as long.
    pub(crate) async fn verify(&self, password: String, stored: Option<String>) -> Result<PasswordCheck> {
        let cost = self.0.cost;
        self.compute(move |memory| {
            let hash_of = match stored {
                Some(stored) => StoredHash::parse(&stored)?,
                None => StoredHash::dummy(cost)?,
            };
            let right = hash_of.matches(&password, memory)?;
            let upgrade = right && hash_of.cost().is_below(cost);
            Ok(PasswordCheck { right, upgrade: upgrade.then(|| hash(cost, &password, memory)).transpose()? })
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
            inner.memory().push(memory);
            inner.metrics.hashes.observe(started.elapsed().as_secs_f64());
            result
        };
        let span = tracing::Span::current();
        tokio::task::spawn_blocking(move || span.in_scope(work)).await.map_err(Error::internal)?
    }
}

impl Inner {
    fn memory(&self) -> std::sync::MutexGuard<'_, Vec<Vec<Block>>> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A hash as the database holds it, taken apart.
struct StoredHash {
    algorithm: Algorithm,
    version: Version,
    params: Params,
    salt: Vec<u8>,
    output: Vec<u8>,
}

impl StoredHash {
    fn parse(stored: &str) -> Result<Self> {
        // The text itself stays out of the error, and so out of the log.
        let damaged = || Error::internal("a stored password hash cannot be read");
        let hash = PasswordHash::new(stored).map_err(|_| damaged())?;
        let version =
            hash.version.map_or(Ok(Version::default()), Version::try_from).map_err(|_| damaged())?;
        Ok(Self {
            algorithm: Algorithm::new(hash.algorithm.as_str()).map_err(|_| damaged())?,
            version,
            params: Params::try_from(&hash).map_err(|_| damaged())?,
            salt: hash.salt.ok_or_else(damaged)?.to_vec(),
            output: hash.hash.ok_or_else(damaged)?.as_bytes().to_vec(),
        })
    }

    /// A hash that costs as much as any. It is 32 random bytes, so that no password is known to have it.
    fn dummy(cost: HashCost) -> Result<Self> {
        let (mut salt, mut output) = (vec![0; SALT], vec![0; OUTPUT]);
        rand::rng().fill_bytes(&mut salt);
        rand::rng().fill_bytes(&mut output);
        Ok(Self {
            algorithm: Algorithm::Argon2id,
            version: Version::V0x13,
            params: params(cost)?,
            salt,
            output,
        })
    }

    fn cost(&self) -> HashCost {
        HashCost { memory_kib: self.params.m_cost(), iterations: self.params.t_cost() }
    }

    fn matches(&self, password: &str, memory: &mut Vec<Block>) -> Result<bool> {
        let mut output = vec![0; self.output.len()];
        let argon2 = Argon2::new(self.algorithm, self.version, self.params.clone());
        fill(&argon2, password, &self.salt, &mut output, memory)?;
        Ok(output.ct_eq(&self.output).into())
    }
}

fn hash(cost: HashCost, password: &str, memory: &mut Vec<Block>) -> Result<String> {
    let params = params(cost)?;
    let mut salt = [0; SALT];
    rand::rng().fill_bytes(&mut salt);
    let mut output = [0; OUTPUT];
    let phc = ParamsString::try_from(&params).map_err(Error::internal)?;
    fill(&Argon2::new(Algorithm::Argon2id, Version::V0x13, params), password, &salt, &mut output, memory)?;
    let hash = PasswordHash {
        algorithm: ARGON2ID_IDENT,
        version: Some(Version::V0x13.into()),
        params: phc,
        salt: Some(Salt::new(&salt).map_err(Error::internal)?),
        hash: Some(Output::new(&output).map_err(Error::internal)?),
    };
    Ok(hash.to_string())
}

fn params(cost: HashCost) -> Result<Params> {
    Params::new(cost.memory_kib, cost.iterations, 1, Some(OUTPUT)).map_err(Error::internal)
}

fn fill(
    argon2: &Argon2<'_>,
    password: &str,
    salt: &[u8],
    output: &mut [u8],
    memory: &mut Vec<Block>,
) -> Result<()> {
    let blocks = argon2.params().block_count();
    if memory.len() < blocks {
        memory.resize(blocks, Block::new());
    }
    argon2
        .hash_password_into_with_memory(password.as_bytes(), salt, output, &mut memory[..blocks])
        .map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use futures_util::{FutureExt as _, future::join_all};

    use super::*;

    fn passwords() -> Passwords {
        Passwords::new(HashCost::default(), 16, AuthMetrics::default())
    }

    #[test]
    fn new_passwords_have_8_to_1024_bytes() {
        assert!(check_new("password", "7 bytes").is_err());
        assert!(check_new("password", "äöüß").is_ok(), "8 bytes, byte for byte");
        assert!(check_new("password", &"long".repeat(256)).is_ok());
        let error = check_new("new_password", &"x".repeat(1_025)).unwrap_err();
        assert_eq!(error.to_string(), "new_password: Must have at most 1,024 bytes.");
    }

    #[test]
    fn common_passwords_are_refused_in_any_case() {
        for common in ["password", "Password1", "12345678", "QWERTYUIOP", "iloveyou"] {
            let error = check_new("password", common).unwrap_err();
            assert!(error.to_string().contains("common"), "{common}: {error}");
        }
        assert!(check_new("password", "password password").is_ok());
    }

    #[test]
    fn the_list_of_common_passwords_is_sorted_and_holds_allowed_lengths_only() {
        let lines = COMMON.lines().collect::<Vec<_>>();
        assert!(lines.len() >= 400, "{}", lines.len());
        assert!(lines.is_sorted_by(|a, b| a < b));
        for line in lines {
            assert!(text::password_length(line).is_ok() && line.to_ascii_lowercase() == line, "{line}");
        }
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
            assert_eq!(verdict, PasswordCheck { right, upgrade: None }, "{password}");
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
        assert_eq!(verdict, PasswordCheck { right: true, upgrade: None });
    }

    #[tokio::test]
    async fn a_missing_account_accepts_no_password_and_costs_the_same() {
        let cost = HashCost { memory_kib: 20_000, iterations: 3 };
        let passwords = Passwords::new(cost, 1, AuthMetrics::default());
        let verdict = passwords.verify("correct horse".into(), None).await.unwrap();
        assert_eq!(verdict, PasswordCheck { right: false, upgrade: None });
        let used = passwords.0.memory().iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(used, [20_000], "it was computed");
        assert_eq!(StoredHash::dummy(cost).unwrap().cost(), cost);
    }

    #[tokio::test]
    async fn a_weaker_hash_is_upgraded_by_the_right_password_only() {
        let weaker = passwords().hash("correct horse".into()).await.unwrap();
        let cost = HashCost { iterations: 3, ..HashCost::default() };
        let passwords = Passwords::new(cost, 1, AuthMetrics::default());
        let verdict = passwords.verify("wrong horse".into(), Some(weaker.clone())).await.unwrap();
        assert_eq!(verdict, PasswordCheck { right: false, upgrade: None });
        let upgrade = passwords.verify("correct horse".into(), Some(weaker)).await.unwrap().upgrade.unwrap();
        assert!(upgrade.starts_with("$argon2id$v=19$m=19456,t=3,p=1$"), "{upgrade}");
        let verdict = passwords.verify("correct horse".into(), Some(upgrade)).await.unwrap();
        assert_eq!(verdict, PasswordCheck { right: true, upgrade: None });
    }

    #[tokio::test]
    async fn a_damaged_hash_is_an_internal_error_and_not_shown() {
        let error = passwords().verify("correct horse".into(), Some("$argon2id$nonsense".into())).await;
        let error = error.unwrap_err();
        assert!(matches!(error, Error::Internal(_)));
        assert!(!format!("{error:?}").contains("nonsense"));
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
