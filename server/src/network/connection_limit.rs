//! How many connections there may be at once.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use todo_model::caller::ClientIp;

/// Counts the connections, all of them and those of each source.
pub(crate) struct ConnectionLimit {
    permits: Arc<Semaphore>,
    per_source: usize,
    sources: Arc<Mutex<HashMap<ClientIp, usize>>>,
}

/// Permission for one connection, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Permit {
    source: Option<ClientIp>,
    sources: Arc<Mutex<HashMap<ClientIp, usize>>>,
    _held: OwnedSemaphorePermit,
}

/// Why a connection is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LimitReached {
    /// There are too many connections.
    Total,
    /// There are too many of this source.
    PerSource,
}

impl ConnectionLimit {
    pub(crate) fn new(permits: usize, per_source: usize) -> Self {
        let permits = Arc::new(Semaphore::new(permits.min(Semaphore::MAX_PERMITS)));
        Self { permits, per_source, sources: Arc::default() }
    }

    /// Takes a permit for a connection. `None` is a source that is limited only by the total.
    pub(crate) fn acquire(&self, source: Option<ClientIp>) -> Result<Permit, LimitReached> {
        let permit = Arc::clone(&self.permits).try_acquire_owned().map_err(|_| LimitReached::Total)?;
        if let Some(source) = source {
            let mut sources = lock(&self.sources);
            let count = sources.entry(source).or_default();
            if *count >= self.per_source {
                return Err(LimitReached::PerSource);
            }
            *count += 1;
        }
        Ok(Permit { source, sources: Arc::clone(&self.sources), _held: permit })
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let Some(source) = self.source else { return };
        let mut sources = lock(&self.sources);
        if let Some(count) = sources.get_mut(&source) {
            *count -= 1;
            if *count == 0 {
                sources.remove(&source);
            }
        }
    }
}

fn lock(sources: &Mutex<HashMap<ClientIp, usize>>) -> MutexGuard<'_, HashMap<ClientIp, usize>> {
    // The counts are consistent whenever the lock is free, so a poisoned lock is safe to use.
    sources.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    fn source(text: &str) -> ClientIp {
        ClientIp::from(text.parse::<IpAddr>().unwrap())
    }

    #[test]
    fn each_source_has_a_limit_of_its_own() {
        let crowd = ConnectionLimit::new(10, 2);
        let _first = crowd.acquire(Some(source("192.0.2.1"))).unwrap();
        let second = crowd.acquire(Some(source("192.0.2.1"))).unwrap();
        assert_eq!(crowd.acquire(Some(source("192.0.2.1"))).err(), Some(LimitReached::PerSource));
        let _other = crowd.acquire(Some(source("192.0.2.2"))).unwrap();
        drop(second);
        assert!(crowd.acquire(Some(source("192.0.2.1"))).is_ok());
    }

    #[test]
    fn all_connections_have_a_limit() {
        let crowd = ConnectionLimit::new(2, 2);
        let _first = crowd.acquire(Some(source("192.0.2.1"))).unwrap();
        let second = crowd.acquire(None).unwrap();
        assert_eq!(crowd.acquire(Some(source("192.0.2.2"))).err(), Some(LimitReached::Total));
        drop(second);
        assert!(crowd.acquire(Some(source("192.0.2.2"))).is_ok());
    }

    #[test]
    fn closed_connections_are_forgotten() {
        let crowd = ConnectionLimit::new(10, 2);
        drop(crowd.acquire(Some(source("192.0.2.1"))));
        assert!(lock(&crowd.sources).is_empty());
        assert_eq!(crowd.permits.available_permits(), 10);
    }
}
