//! How many connections there may be at once.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::auth::source::Source;

/// Counts the connections, all of them and those of each source.
pub(crate) struct Crowd {
    places: Arc<Semaphore>,
    per_source: usize,
    sources: Arc<Mutex<HashMap<Source, usize>>>,
}

/// A connection's place among the others, given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Place {
    source: Option<Source>,
    sources: Arc<Mutex<HashMap<Source, usize>>>,
    _permit: OwnedSemaphorePermit,
}

/// Why there is no place for a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Full {
    /// There are too many connections.
    Everywhere,
    /// There are too many of this source.
    FromThere,
}

impl Crowd {
    pub(crate) fn new(places: usize, per_source: usize) -> Self {
        let places = Arc::new(Semaphore::new(places.min(Semaphore::MAX_PERMITS)));
        Self { places, per_source, sources: Arc::default() }
    }

    /// Takes a place for a connection. `None` is a source that only the limit of all connections holds for.
    pub(crate) fn enter(&self, source: Option<Source>) -> Result<Place, Full> {
        let permit = Arc::clone(&self.places).try_acquire_owned().map_err(|_| Full::Everywhere)?;
        if let Some(source) = source {
            let mut sources = lock(&self.sources);
            let count = sources.entry(source).or_default();
            if *count >= self.per_source {
                return Err(Full::FromThere);
            }
            *count += 1;
        }
        Ok(Place { source, sources: Arc::clone(&self.sources), _permit: permit })
    }
}

impl Drop for Place {
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

fn lock(sources: &Mutex<HashMap<Source, usize>>) -> MutexGuard<'_, HashMap<Source, usize>> {
    // The counts are whole whenever nobody holds the lock, so a panic elsewhere has broken nothing.
    sources.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    fn source(text: &str) -> Source {
        Source::from(text.parse::<IpAddr>().unwrap())
    }

    #[test]
    fn a_source_has_its_limit_and_leaves_the_rest_to_others() {
        let crowd = Crowd::new(10, 2);
        let _first = crowd.enter(Some(source("192.0.2.1"))).unwrap();
        let second = crowd.enter(Some(source("192.0.2.1"))).unwrap();
        assert_eq!(crowd.enter(Some(source("192.0.2.1"))).err(), Some(Full::FromThere));
        let _other = crowd.enter(Some(source("192.0.2.2"))).unwrap();
        drop(second);
        assert!(crowd.enter(Some(source("192.0.2.1"))).is_ok());
    }

    #[test]
    fn all_connections_have_a_limit() {
        let crowd = Crowd::new(2, 2);
        let _first = crowd.enter(Some(source("192.0.2.1"))).unwrap();
        let second = crowd.enter(None).unwrap();
        assert_eq!(crowd.enter(Some(source("192.0.2.2"))).err(), Some(Full::Everywhere));
        drop(second);
        assert!(crowd.enter(Some(source("192.0.2.2"))).is_ok());
    }

    #[test]
    fn nothing_is_remembered_of_who_has_gone() {
        let crowd = Crowd::new(10, 2);
        drop(crowd.enter(Some(source("192.0.2.1"))));
        assert!(lock(&crowd.sources).is_empty());
        assert_eq!(crowd.places.available_permits(), 10);
    }
}
