//! The connections that are open, and which one makes room for a new one when there are too many.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use todo_backend::rpc;
use todo_model::caller::ClientIp;
use tokio_util::sync::CancellationToken;

/// How long a request may keep the connection of somebody who never logged in. No call takes longer; what stays open is one
/// of the few streams that need no login.
const ANONYMOUS_STREAM: Duration = Duration::from_secs(15);

/// Knows all connections. Cheap to clone.
#[derive(Clone)]
pub(super) struct ConnectionTable(Arc<Shared>);

struct Shared {
    max: usize,
    max_per_source: usize,
    opened: Instant,
    /// How long a connection has to send the end of an answer.
    send_timeout: Duration,
    open: Mutex<Open>,
}

/// Consistent whenever its lock is free.
#[derive(Default)]
struct Open {
    count: usize,
    sources: HashMap<ClientIp, Vec<Arc<Tracked>>>,
}

/// A connection that is open, until this is dropped.
pub(super) struct OpenConnection {
    table: ConnectionTable,
    tracked: Arc<Tracked>,
}

/// What is known about a connection.
pub(super) struct Tracked {
    /// `None`: of a trusted proxy, which is limited by the total only, and stays.
    source: Option<ClientIp>,
    pub(super) rpc: Arc<rpc::Connection>,
    requests: AtomicUsize,
    /// When the last request began or ended, in microseconds since the table was made.
    last_use: AtomicU64,
    table_made: Instant,
    /// Cancelled when the connection has to make room.
    pub(super) replaced: CancellationToken,
}

/// A request under way, until this is dropped.
pub(super) struct OpenRequest(Arc<Tracked>);

/// Why a connection is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LimitReached {
    /// There are too many connections, and all of them are in use.
    Total,
    /// There are too many of this source, and all of them are in use.
    PerSource,
}

impl ConnectionTable {
    pub(super) fn new(max: usize, max_per_source: usize, send_timeout: Duration) -> Self {
        let open = Mutex::default();
        Self(Arc::new(Shared { max, max_per_source, opened: Instant::now(), send_timeout, open }))
    }

    /// Takes in a connection. `None` is a source that is limited only by the total. Where there are too many, the longest
    /// idle one of this source, or else of the source that has most, is asked to end; returns whether one was.
    pub(super) fn open(&self, source: Option<ClientIp>) -> Result<(OpenConnection, bool), LimitReached> {
        let mut open = self.lock();
        let now = self.now();
        let of_source = source.and_then(|source| open.sources.get(&source)).map_or(0, Vec::len);
        let mut replaced = false;
        if let Some(source) = source
            && of_source >= self.0.max_per_source
        {
            replaced = open.replace(source, now);
            if !replaced {
                return Err(LimitReached::PerSource);
            }
        } else if open.count >= self.0.max {
            replaced = open.replace_any(now);
            if !replaced {
                return Err(LimitReached::Total);
            }
        }
        let tracked = Arc::new(Tracked {
            source,
            rpc: Arc::new(rpc::Connection::new(self.0.send_timeout)),
            requests: AtomicUsize::new(0),
            last_use: AtomicU64::new(now),
            table_made: self.0.opened,
            replaced: CancellationToken::new(),
        });
        open.count += 1;
        if let Some(source) = source {
            open.sources.entry(source).or_default().push(Arc::clone(&tracked));
        }
        Ok((OpenConnection { table: self.clone(), tracked }, replaced))
    }

    fn now(&self) -> u64 {
        micros_since(self.0.opened)
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.0.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Open {
    /// Asks an idle connection to end: of the source that has most of those that have any.
    fn replace_any(&mut self, now: u64) -> bool {
        let mut sources = self.sources.iter().map(|(source, open)| (open.len(), *source)).collect::<Vec<_>>();
        sources.sort_unstable_by_key(|(count, _)| std::cmp::Reverse(*count));
        sources.into_iter().any(|(_, source)| self.replace(source, now))
    }

    fn replace(&mut self, source: ClientIp, now: u64) -> bool {
        let Some(connections) = self.sources.get(&source) else { return false };
        let idle = connections.iter().enumerate().filter_map(|(index, tracked)| {
            tracked.rank(now).map(|rank| (rank, tracked.last_use.load(Ordering::Relaxed), index))
        });
        let Some((_, _, index)) = idle.min() else { return false };
        connections[index].replaced.cancel();
        self.remove(source, index);
        true
    }

    fn remove(&mut self, source: ClientIp, index: usize) {
        let Some(connections) = self.sources.get_mut(&source) else { return };
        connections.swap_remove(index);
        self.count -= 1;
        if connections.is_empty() {
            self.sources.remove(&source);
        }
    }
}

impl Tracked {
    /// Begins a request.
    pub(super) fn begin(self: &Arc<Self>) -> OpenRequest {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.touch();
        OpenRequest(Arc::clone(self))
    }

    /// In which order connections make room. `None`: not at all.
    fn rank(&self, now: u64) -> Option<u8> {
        let is_idle = self.requests.load(Ordering::Relaxed) == 0;
        match (is_idle, self.rpc.has_logged_in()) {
            (true, false) => Some(0),
            (false, false) => {
                let unused = Duration::from_micros(now.saturating_sub(self.last_use.load(Ordering::Relaxed)));
                (unused > ANONYMOUS_STREAM).then_some(1)
            }
            (true, true) => Some(2),
            (false, true) => None,
        }
    }

    fn touch(&self) {
        self.last_use.store(micros_since(self.table_made), Ordering::Relaxed);
    }
}

impl Drop for OpenRequest {
    fn drop(&mut self) {
        self.0.touch();
        self.0.requests.fetch_sub(1, Ordering::Relaxed);
    }
}

impl OpenConnection {
    pub(super) fn tracked(&self) -> &Arc<Tracked> {
        &self.tracked
    }
}

impl Drop for OpenConnection {
    fn drop(&mut self) {
        let mut open = self.table.lock();
        let Some(source) = self.tracked.source else {
            open.count -= 1;
            return;
        };
        let of_source = open.sources.get(&source);
        let index = of_source
            .and_then(|connections| connections.iter().position(|other| Arc::ptr_eq(other, &self.tracked)));
        // One that was replaced does not count any more.
        if let Some(index) = index {
            open.remove(source, index);
        }
    }
}

fn micros_since(start: Instant) -> u64 {
    u64::try_from(start.elapsed().as_micros()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::net::IpAddr;

    use super::*;

    fn source(text: &str) -> ClientIp {
        ClientIp::from(text.parse::<IpAddr>().unwrap())
    }

    fn table(max: usize, max_per_source: usize) -> ConnectionTable {
        ConnectionTable::new(max, max_per_source, Duration::from_secs(30))
    }

    fn open(table: &ConnectionTable, from: &str) -> OpenConnection {
        let (connection, replaced) = table.open(Some(source(from))).unwrap();
        assert!(!replaced);
        connection
    }

    fn is_replaced(connection: &OpenConnection) -> bool {
        connection.tracked().replaced.is_cancelled()
    }

    #[test]
    fn the_longest_idle_connection_of_a_source_makes_room_for_its_next() {
        let table = table(10, 2);
        let (first, second) = (open(&table, "192.0.2.1"), open(&table, "192.0.2.1"));
        drop(first.tracked().begin());
        let (third, replaced) = table.open(Some(source("192.0.2.1"))).unwrap();
        assert!(replaced && is_replaced(&second) && !is_replaced(&first));
        drop(second);
        let _requests = (first.tracked().begin(), third.tracked().begin());
        assert_eq!(table.open(Some(source("192.0.2.1"))).err(), Some(LimitReached::PerSource));
        drop(open(&table, "192.0.2.2"));
        assert_eq!(table.lock().count, 2);
    }

    #[test]
    fn the_source_that_has_most_makes_room_for_others() {
        let table = table(3, 3);
        let one = open(&table, "192.0.2.1");
        let many = (open(&table, "192.0.2.2"), open(&table, "192.0.2.2"));
        let (_newcomer, replaced) = table.open(Some(source("192.0.2.3"))).unwrap();
        assert!(replaced && is_replaced(&many.0) && !is_replaced(&one));
        assert_eq!(table.lock().count, 3);
    }

    #[test]
    fn connections_in_use_and_those_of_proxies_stay() {
        let table = table(2, 2);
        let _proxy = table.open(None).unwrap();
        let used = open(&table, "192.0.2.1");
        let request = used.tracked().begin();
        assert_eq!(table.open(Some(source("192.0.2.2"))).err(), Some(LimitReached::Total));
        drop(request);
        assert!(table.open(Some(source("192.0.2.2"))).is_ok());
        assert!(is_replaced(&used));
    }

    #[test]
    fn closed_connections_are_forgotten() {
        let table = table(10, 2);
        drop((open(&table, "192.0.2.1"), table.open(None).ok()));
        let open = table.lock();
        assert!(open.sources.is_empty() && open.count == 0);
    }
}
