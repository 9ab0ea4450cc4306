//! A transport over several replicas of a server: all addresses behind all names that were given.
//!
//! | when | what |
//! |---|---|
//! | a call | goes to the replica with the fewest calls on their way, in turn where several have as few |
//! | a replica cannot be reached, breaks off or says UNAVAILABLE | is left, and asked now and then whether it serves again |
//! | no replica is left | all are asked at once, and the first that serves is used; if none does, one is called all the same, so that the caller learns why |
//! | there is only one | it is called, come what may |
//! | names | are looked up at the first call, then now and then, and when a replica is lost |

use std::{
    collections::HashSet,
    error::Error as StdError,
    fmt, io,
    net::SocketAddr,
    sync::{
        Arc, PoisonError, RwLock, Weak,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    task,
    time::Duration,
};

use futures_util::future::{self, BoxFuture};
use http::{Request, Response};
use tokio::time::{Instant, sleep, timeout};
use tonic::{
    Code,
    body::Body,
    transport::{Channel, Endpoint},
};
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};
use tower::{Service, ServiceExt as _};

use crate::lanes::Lanes;

/// How often a replica that was lost is asked whether it is back: at first, and at most.
const PROBES: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(2));
/// How long a replica may take to say that it is back.
const PROBE_LIMIT: Duration = Duration::from_secs(1);
/// How long what a name means is believed.
const LOOK_UP_INTERVAL: Duration = Duration::from_secs(30);

type BoxError = Box<dyn StdError + Send + Sync>;

/// A name, and how to connect to an address behind it.
pub(crate) struct Site {
    /// A name or an address.
    pub(crate) host: String,
    pub(crate) port: u16,
    pub(crate) endpoint: Box<dyn Fn(SocketAddr, Company) -> Result<Endpoint, BoxError> + Send + Sync>,
}

/// Whether there are others to turn to, and so whether waiting for a replica makes sense.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Company {
    Alone,
    Others,
}

/// The transport. Clones share everything.
#[derive(Clone)]
pub(crate) struct Balanced(Arc<Shared>);

struct Shared {
    sites: Vec<Site>,
    replicas: RwLock<Vec<Arc<Replica>>>,
    /// Held while names are looked up: when they were the last time.
    looked_up: tokio::sync::Mutex<Option<Instant>>,
    /// Whether names are being looked up on the side.
    looking: AtomicBool,
    turn: AtomicUsize,
    /// Held while all replicas are asked whether they serve: when none did, the last time.
    forsaken: tokio::sync::Mutex<Option<Instant>>,
}

/// One server, at one address.
struct Replica {
    /// Which of the sites it belongs to.
    site: usize,
    address: SocketAddr,
    company: Company,
    lanes: Lanes,
    calls: AtomicUsize,
    /// Set while it is not to be called.
    lost: AtomicBool,
}

/// What a replica is that was asked whether it is back.
#[derive(Debug)]
struct StillLost;

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

impl Balanced {
    pub(crate) fn new(sites: Vec<Site>) -> Self {
        Self(Arc::new(Shared {
            sites,
            replicas: RwLock::default(),
            looked_up: tokio::sync::Mutex::new(None),
            looking: AtomicBool::new(false),
            // Many programs that start together do not all begin with the same replica.
            turn: AtomicUsize::new(rand::random_range(0..1_024)),
            forsaken: tokio::sync::Mutex::new(None),
        }))
    }

    /// Returns when one replica is connected, or else why none can be.
    pub(crate) async fn connect(&self) -> Result<(), BoxError> {
        let mut replicas = self.0.replicas().await?;
        let first = self.0.turn.fetch_add(1, Relaxed) % replicas.len();
        replicas.rotate_left(first);
        let mut last = None;
        for replica in replicas {
            match replica.lanes.connect().await {
                Ok(()) => {
                    replica.lost.store(false, Relaxed);
                    return Ok(());
                }
                Err(error) => {
                    self.0.lose(&replica);
                    last = Some(error.into());
                }
            }
        }
        last.map_or(Ok(()), Err)
    }
}

impl Service<Request<Body>> for Balanced {
    type Response = Response<Body>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Response<Body>, BoxError>>;

    fn poll_ready(&mut self, _: &mut task::Context<'_>) -> task::Poll<Result<(), BoxError>> {
        task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let shared = Arc::clone(&self.0);
        Box::pin(async move {
            let replicas = shared.replicas().await?;
            if all_lost(&replicas) {
                shared.find_one_that_serves(&replicas).await;
            }
            let replica = choose(&replicas, shared.turn.fetch_add(1, Relaxed));
            let was_lost = replica.lost.load(Relaxed);
            let _call = Call::begin(&replica);
            let answer = replica.lanes.clone().oneshot(request).await;
            match &answer {
                // One that is about to stop still answers what it was asked before: that does not bring it back.
                Ok(response) if !says_unavailable(response) => {
                    replica.lost.fetch_and(!was_lost, Relaxed);
                }
                Ok(_) | Err(_) => shared.lose(&replica),
            }
            Ok(answer?)
        })
    }
}

/// The replica for the next call: of those that are not lost, or of all if there is none.
fn choose(replicas: &[Arc<Replica>], turn: usize) -> Arc<Replica> {
    let all_lost = all_lost(replicas);
    let order = (0..replicas.len()).map(|step| &replicas[(turn + step) % replicas.len()]);
    let chosen = order
        .filter(|replica| all_lost || !replica.lost.load(Relaxed))
        .min_by_key(|replica| replica.calls.load(Relaxed));
    // `Shared::replicas` returns at least one.
    Arc::clone(chosen.unwrap_or(&replicas[0]))
}

fn all_lost(replicas: &[Arc<Replica>]) -> bool {
    replicas.iter().all(|replica| replica.lost.load(Relaxed))
}

/// Whether the whole answer is that the server cannot answer.
fn says_unavailable<B>(response: &Response<B>) -> bool {
    response.headers().get("grpc-status").is_some_and(|status| status == "14")
}

impl Shared {
    /// All replicas that are known, of which there is at least one.
    async fn replicas(self: &Arc<Self>) -> Result<Vec<Arc<Replica>>, BoxError> {
        let known = self.known();
        if known.is_empty() {
            let mut looked_up = self.looked_up.lock().await;
            // Somebody else may have been first.
            if self.known().is_empty() {
                self.look_up().await?;
                *looked_up = Some(Instant::now());
            }
            return Ok(self.known());
        }
        let is_old = |at: &Option<Instant>| at.is_none_or(|at| at.elapsed() > LOOK_UP_INTERVAL);
        if self.looked_up.try_lock().is_ok_and(|at| is_old(&at)) {
            self.look_up_on_the_side();
        }
        Ok(known)
    }

    fn known(&self) -> Vec<Arc<Replica>> {
        self.replicas.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Looks the names up and takes over what they mean now. What cannot be looked up stays as it was.
    async fn look_up(&self) -> Result<(), BoxError> {
        let mut found = HashSet::new();
        let mut unresolved = None;
        for (index, site) in self.sites.iter().enumerate() {
            let source = match tokio::net::lookup_host((site.host.as_str(), site.port)).await {
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
            found.extend(kept.iter().filter(|old| old.site == index).map(|old| (index, old.address)));
            unresolved = Some(Unresolved { host: site.host.clone(), source });
        }
        if found.is_empty() {
            return Err(unresolved.map_or_else(|| "there is no server to call".into(), Into::into));
        }
        let company = if found.len() == 1 { Company::Alone } else { Company::Others };
        let mut replicas = self.known();
        replicas.retain(|old| old.company == company && found.remove(&(old.site, old.address)));
        for (site, address) in found {
            let lanes = Lanes::lazy((self.sites[site].endpoint)(address, company)?);
            let (calls, lost) = (AtomicUsize::new(0), AtomicBool::new(false));
            replicas.push(Arc::new(Replica { site, address, company, lanes, calls, lost }));
        }
        // In an order of their own, not in that of a hash.
        replicas.sort_by_key(|replica| (replica.site, replica.address));
        *self.replicas.write().unwrap_or_else(PoisonError::into_inner) = replicas;
        Ok(())
    }

    fn look_up_on_the_side(self: &Arc<Self>) {
        if self.looking.swap(true, Relaxed) {
            return;
        }
        let shared = Arc::clone(self);
        tokio::spawn(async move {
            let mut looked_up = shared.looked_up.lock().await;
            if let Err(error) = shared.look_up().await {
                tracing::debug!(error, "a name could not be looked up again");
            }
            *looked_up = Some(Instant::now());
            shared.looking.store(false, Relaxed);
        });
    }

    /// Returns when one of these replicas serves, of which all are lost, or when none does.
    async fn find_one_that_serves(&self, replicas: &[Arc<Replica>]) {
        let asked = Instant::now();
        let mut forsaken = self.forsaken.lock().await;
        // Somebody else may have found out meanwhile.
        if !all_lost(replicas) || forsaken.is_some_and(|at| at >= asked) {
            return;
        }
        let attempts = replicas.iter().map(|replica| Box::pin(replica.come_back()));
        if future::select_ok(attempts).await.is_err() {
            *forsaken = Some(Instant::now());
        }
    }

    /// Leaves a replica that cannot be called, until it can be connected to again.
    fn lose(self: &Arc<Self>, replica: &Arc<Replica>) {
        if replica.company == Company::Alone {
            // There is nobody else to call. It may be somewhere else now.
            return self.look_up_on_the_side();
        }
        if replica.lost.swap(true, Relaxed) {
            return;
        }
        tracing::debug!(address = %replica.address, "a server is left");
        self.look_up_on_the_side();
        tokio::spawn(probe(Arc::downgrade(replica)));
    }
}

/// Tries to connect until the replica serves, or nobody knows it any more, or it has answered a call.
async fn probe(replica: Weak<Replica>) {
    let (mut pause, longest) = PROBES;
    loop {
        sleep(pause.mul_f64(rand::random_range(0.5..1.0))).await;
        pause = (pause * 2).min(longest);
        let Some(replica) = replica.upgrade() else { return };
        if !replica.lost.load(Relaxed) {
            return;
        }
        if replica.come_back().await.is_ok() {
            return;
        }
    }
}

/// Asks a server whether it serves.
async fn serves(channel: Channel) -> bool {
    match HealthClient::new(channel).check(HealthCheckRequest::default()).await {
        Ok(answer) => answer.get_ref().status() == ServingStatus::Serving,
        // Whoever does not know the question is there to answer others.
        Err(status) => status.code() == Code::Unimplemented,
    }
}

impl Replica {
    /// Asks whether it serves over a new connection, by which it is called from then on.
    async fn come_back(&self) -> Result<(), StillLost> {
        // A process that hangs can be connected to, and one that is about to stop wants no calls.
        if !timeout(PROBE_LIMIT, self.lanes.connect_if(serves)).await.unwrap_or(false) {
            return Err(StillLost);
        }
        tracing::debug!(address = %self.address, "a server is back");
        self.lost.store(false, Relaxed);
        Ok(())
    }
}

/// A call on its way.
struct Call<'r>(&'r Replica);

impl<'r> Call<'r> {
    fn begin(replica: &'r Replica) -> Self {
        replica.calls.fetch_add(1, Relaxed);
        Self(replica)
    }
}

impl Drop for Call<'_> {
    fn drop(&mut self) {
        self.0.calls.fetch_sub(1, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpListener};

    use tonic::{service::Routes, transport::Server};

    use super::*;

    fn replica(calls: usize, lost: bool) -> Arc<Replica> {
        Arc::new(Replica {
            site: 0,
            address: (Ipv4Addr::LOCALHOST, 1).into(),
            company: Company::Others,
            lanes: Lanes::lazy(Endpoint::from_static("http://127.0.0.1:1")),
            calls: AtomicUsize::new(calls),
            lost: AtomicBool::new(lost),
        })
    }

    fn site(host: &str, port: u16) -> Site {
        let endpoint = |address, _| Ok(Endpoint::from_shared(format!("http://{address}"))?);
        Site { host: host.to_owned(), port, endpoint: Box::new(endpoint) }
    }

    /// Serves no method at this address until the test ends.
    fn serve(listener: TcpListener) {
        listener.set_nonblocking(true).unwrap();
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        let incoming = tonic::transport::server::TcpIncoming::from(listener);
        tokio::spawn(Server::builder().add_routes(Routes::default()).serve_with_incoming(incoming));
    }

    async fn call(balanced: &Balanced) -> Result<(), BoxError> {
        let request = Request::post("/nothing.v1.Service/Call").body(Body::empty()).unwrap();
        balanced.clone().oneshot(request).await.map(drop)
    }

    /// An address that nobody listens on.
    fn nobody() -> SocketAddr {
        TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
    }

    #[tokio::test]
    async fn the_least_busy_goes_first_and_equals_take_turns() {
        let replicas = [replica(2, false), replica(1, false), replica(1, false), replica(0, true)];
        let chosen = |turn| {
            let chosen = choose(&replicas, turn);
            replicas.iter().position(|replica| Arc::ptr_eq(replica, &chosen)).unwrap()
        };
        assert_eq!([0, 1, 2, 3].map(chosen), [1, 1, 2, 1]);
        for replica in &replicas {
            replica.lost.store(true, Relaxed);
        }
        assert_eq!(chosen(0), 3, "where all are lost, one is asked all the same");
    }

    #[tokio::test]
    async fn all_addresses_behind_a_name_are_used() {
        let addresses = tokio::net::lookup_host("localhost:0").await.unwrap().collect::<HashSet<_>>();
        let mut port = 0;
        for address in addresses {
            let listener = TcpListener::bind((address.ip(), port)).unwrap();
            port = listener.local_addr().unwrap().port();
            serve(listener);
        }
        let balanced = Balanced::new(vec![site("localhost", port)]);
        balanced.connect().await.unwrap();
        for _ in 0..8 {
            call(&balanced).await.unwrap();
        }
        let replicas = balanced.0.known();
        assert!(replicas.iter().all(|replica| !replica.lost.load(Relaxed)), "every one has answered");
    }

    #[tokio::test]
    async fn a_replica_that_is_not_there_is_left_until_it_is_back() {
        let (listener, gone) = (TcpListener::bind("127.0.0.1:0").unwrap(), nobody());
        let port = listener.local_addr().unwrap().port();
        serve(listener);
        let balanced = Balanced::new(vec![site("127.0.0.1", gone.port()), site("127.0.0.1", port)]);
        // At most one call finds out.
        let mut failed = 0;
        for _ in 0..8 {
            failed += usize::from(call(&balanced).await.is_err());
        }
        assert!(failed <= 1, "{failed}");
        assert!(balanced.0.known().iter().any(|replica| replica.lost.load(Relaxed)));

        serve(TcpListener::bind(gone).unwrap());
        while balanced.0.known().iter().any(|replica| replica.lost.load(Relaxed)) {
            sleep(Duration::from_millis(10)).await;
        }
    }

    #[tokio::test]
    async fn where_all_are_lost_the_first_that_is_back_is_found_at_once() {
        let (listener, gone) = (TcpListener::bind("127.0.0.1:0").unwrap(), nobody());
        let back = listener.local_addr().unwrap();
        let balanced = Balanced::new(vec![site("127.0.0.1", gone.port()), site("127.0.0.1", back.port())]);
        let replicas = balanced.0.replicas().await.unwrap();
        // Without probes, which would find it in the end.
        for replica in &replicas {
            replica.lost.store(true, Relaxed);
        }
        serve(listener);
        for _ in 0..4 {
            call(&balanced).await.unwrap();
        }
        assert!(!all_lost(&replicas));
    }

    #[tokio::test]
    async fn where_nobody_serves_the_caller_learns_why() {
        let balanced =
            Balanced::new([nobody(), nobody()].map(|address| site("127.0.0.1", address.port())).into());
        for _ in 0..4 {
            let error = call(&balanced).await.unwrap_err();
            assert!(error.is::<tonic::transport::Error>(), "{error:?}");
        }
    }

    #[tokio::test]
    async fn an_old_answer_does_not_bring_a_replica_back() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let balanced = Balanced::new(vec![site("127.0.0.1", listener.local_addr().unwrap().port())]);
        let replica = balanced.0.replicas().await.unwrap().remove(0);
        assert_eq!(replica.company, Company::Alone);
        let asked = tokio::spawn({
            let balanced = balanced.clone();
            async move { call(&balanced).await }
        });
        while replica.calls.load(Relaxed) == 0 {
            sleep(Duration::from_millis(1)).await;
        }
        replica.lost.store(true, Relaxed);
        serve(listener);
        asked.await.unwrap().unwrap();
        assert!(replica.lost.load(Relaxed));
    }

    #[tokio::test]
    async fn a_name_that_means_nothing_is_no_connection() {
        let balanced = Balanced::new(vec![site("does-not-exist.invalid", 1)]);
        let error = call(&balanced).await.unwrap_err();
        assert!(error.is::<Unresolved>(), "{error:?}");
        assert!(balanced.connect().await.is_err());
    }
}
