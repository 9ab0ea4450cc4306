//! Which replicas the names of the targets mean, as far as name servers tell.

use std::{
    collections::HashSet,
    error::Error as StdError,
    fmt, io,
    net::SocketAddr,
    sync::{
        Arc, PoisonError, RwLock,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::time::Instant;
use tonic::transport::Endpoint;

use super::replica::{Redundancy, Replica};

/// How long what a name means is believed.
const RESOLVE_INTERVAL: Duration = Duration::from_secs(30);

type BoxError = Box<dyn StdError + Send + Sync>;

/// A name, and how to connect to an address behind it.
pub(crate) struct Target {
    /// A name or an address.
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) endpoint: Box<dyn Fn(SocketAddr, Redundancy) -> Result<Endpoint, BoxError> + Send + Sync>,
}

/// Why no replica is known.
#[derive(Debug)]
pub(crate) struct Unresolved {
    host: String,
    source: Option<io::Error>,
}

impl fmt::Display for Unresolved {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "no address of {} could be found", self.host)
    }
}

impl StdError for Unresolved {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}

/// The replicas behind all targets.
pub(super) struct Resolver {
    targets: Vec<Target>,
    replicas: RwLock<Vec<Arc<Replica>>>,
    /// Held while names are resolved: when they were the last time.
    resolved_at: tokio::sync::Mutex<Option<Instant>>,
    /// Whether names are being resolved in the background.
    resolving: AtomicBool,
}

impl Resolver {
    pub(super) fn new(targets: Vec<Target>) -> Self {
        Self {
            targets,
            replicas: RwLock::default(),
            resolved_at: tokio::sync::Mutex::new(None),
            resolving: AtomicBool::new(false),
        }
    }

    /// All replicas that are known, of which there is at least one.
    pub(super) async fn replicas(self: &Arc<Self>) -> Result<Vec<Arc<Replica>>, BoxError> {
        let known = self.known();
        if known.is_empty() {
            let mut resolved_at = self.resolved_at.lock().await;
            // Somebody else may have been first.
            if self.known().is_empty() {
                self.resolve().await?;
                *resolved_at = Some(Instant::now());
            }
            return Ok(self.known());
        }
        let is_old = |at: &Option<Instant>| at.is_none_or(|at| at.elapsed() > RESOLVE_INTERVAL);
        if self.resolved_at.try_lock().is_ok_and(|at| is_old(&at)) {
            self.resolve_in_background();
        }
        Ok(known)
    }

    pub(super) fn known(&self) -> Vec<Arc<Replica>> {
        self.replicas.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn resolve_in_background(self: &Arc<Self>) {
        if self.resolving.swap(true, Relaxed) {
            return;
        }
        let resolver = Arc::clone(self);
        tokio::spawn(async move {
            let mut resolved_at = resolver.resolved_at.lock().await;
            if let Err(error) = resolver.resolve().await {
                tracing::debug!(error, "a name could not be looked up again");
            }
            *resolved_at = Some(Instant::now());
            resolver.resolving.store(false, Relaxed);
        });
    }

    /// Looks the names up and takes over what they mean now. What cannot be looked up stays as it was.
    async fn resolve(&self) -> Result<(), BoxError> {
        let (mut found, unresolved) = self.look_up().await;
        if found.is_empty() {
            return Err(unresolved.map_or_else(|| "there is no server to call".into(), Into::into));
        }
        let redundancy = if found.len() == 1 { Redundancy::Single } else { Redundancy::Replicated };
        let mut replicas = self.known();
        replicas.retain(|old| old.redundancy == redundancy && found.remove(&(old.target, old.address)));
        for (target, address) in found {
            let endpoint = (self.targets[target].endpoint)(address, redundancy)?;
            replicas.push(Arc::new(Replica::new(target, address, redundancy, endpoint)));
        }
        // In an order of their own, not in that of a hash.
        replicas.sort_by_key(|replica| (replica.target, replica.address));
        *self.replicas.write().unwrap_or_else(PoisonError::into_inner) = replicas;
        Ok(())
    }

    /// The addresses of all targets, each with its target's index, and the last target that has none of its own.
    async fn look_up(&self) -> (HashSet<(usize, SocketAddr)>, Option<Unresolved>) {
        let mut found = HashSet::new();
        let mut unresolved = None;
        for (index, target) in self.targets.iter().enumerate() {
            let source = match tokio::net::lookup_host((target.host.as_str(), target.port)).await {
                Ok(addresses) => {
                    let before = found.len();
                    found.extend(addresses.map(|address| (index, address)));
                    if found.len() > before {
                        continue;
                    }
                    None
                }
                Err(error) => Some(error),
            };
            let kept = self.known();
            found.extend(kept.iter().filter(|old| old.target == index).map(|old| (index, old.address)));
            unresolved = Some(Unresolved { host: target.host.clone(), source });
        }
        (found, unresolved)
    }
}
