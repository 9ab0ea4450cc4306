//! A transport over several replicas of a server: all addresses behind all names that were given.
//!
//! | when | what |
//! |---|---|
//! | a call | goes to the replica with the fewest calls in flight, in turn where several have as few |
//! | a replica cannot be reached, breaks off or says UNAVAILABLE | is ejected, and probed now and then until it serves again |
//! | all replicas are ejected | all are probed at once, and the first that serves is used; if none does, one is called all the same, so that the caller learns why |
//! | there is only one | it is never ejected |
//! | names | are resolved at the first call, then now and then, and when a replica is ejected |
//!
//! | file | what |
//! |---|---|
//! | `load_balancer.rs` | which replica a call goes to |
//! | `load_balancer/replica.rs` | one replica: its calls in flight, its health, its probes |
//! | `load_balancer/resolver.rs` | which replicas the names mean |

mod replica;
mod resolver;

use std::{
    error::Error as StdError,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    task,
};

use futures_util::future::{self, BoxFuture};
use http::{Request, Response};
use tokio::time::Instant;
use tonic::body::Body;
use tower::Service;

pub(crate) use replica::Redundancy;
pub(crate) use resolver::{Target, Unresolved};

use replica::Replica;
use resolver::Resolver;

type BoxError = Box<dyn StdError + Send + Sync>;

/// The transport. Clones share everything.
#[derive(Clone)]
pub(crate) struct LoadBalancer(Arc<Shared>);

struct Shared {
    resolver: Arc<Resolver>,
    round_robin: AtomicUsize,
    /// Held while all replicas are probed: when none served, the last time.
    none_healthy_at: tokio::sync::Mutex<Option<Instant>>,
}

impl LoadBalancer {
    pub(crate) fn new(targets: Vec<Target>) -> Self {
        Self(Arc::new(Shared {
            resolver: Arc::new(Resolver::new(targets)),
            // Many programs that start together do not all begin with the same replica.
            round_robin: AtomicUsize::new(rand::random_range(0..1_024)),
            none_healthy_at: tokio::sync::Mutex::new(None),
        }))
    }

    /// Returns when one replica is connected, or else why none can be.
    pub(crate) async fn connect(&self) -> Result<(), BoxError> {
        let mut replicas = self.0.resolver.replicas().await?;
        let first = self.0.round_robin.fetch_add(1, Relaxed) % replicas.len();
        replicas.rotate_left(first);
        let mut last = None;
        for replica in replicas {
            match replica.connect().await {
                Ok(()) => return Ok(()),
                Err(error) => {
                    self.0.report_failure(&replica);
                    last = Some(error.into());
                }
            }
        }
        last.map_or(Ok(()), Err)
    }
}

impl Service<Request<Body>> for LoadBalancer {
    type Response = Response<Body>;
    type Error = BoxError;
    type Future = BoxFuture<'static, Result<Response<Body>, BoxError>>;

    fn poll_ready(&mut self, _: &mut task::Context<'_>) -> task::Poll<Result<(), BoxError>> {
        task::Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let shared = Arc::clone(&self.0);
        Box::pin(async move {
            let replicas = shared.resolver.replicas().await?;
            if all_ejected(&replicas) {
                shared.find_healthy(&replicas).await;
            }
            let replica = pick(&replicas, shared.round_robin.fetch_add(1, Relaxed));
            let was_ejected = replica.is_ejected();
            let answer = replica.call(request).await;
            match &answer {
                // One that was ejected meanwhile still answers what it was asked before: that does not bring it back.
                Ok(response) if !is_unavailable(response) => {
                    if was_ejected {
                        replica.readmit();
                    }
                }
                Ok(_) | Err(_) => shared.report_failure(&replica),
            }
            Ok(answer?)
        })
    }
}

/// The replica for the next call: of those that are not ejected, or of all if there is none.
fn pick(replicas: &[Arc<Replica>], turn: usize) -> Arc<Replica> {
    let all_ejected = all_ejected(replicas);
    let in_turn = (0..replicas.len()).map(|step| &replicas[(turn + step) % replicas.len()]);
    let picked = in_turn
        .filter(|replica| all_ejected || !replica.is_ejected())
        .min_by_key(|replica| replica.calls_in_flight());
    // `Resolver::replicas` returns at least one.
    Arc::clone(picked.unwrap_or(&replicas[0]))
}

fn all_ejected(replicas: &[Arc<Replica>]) -> bool {
    replicas.iter().all(|replica| replica.is_ejected())
}

/// Whether the whole answer is that the server cannot answer.
fn is_unavailable<B>(response: &Response<B>) -> bool {
    response.headers().get("grpc-status").is_some_and(|status| status == "14")
}

impl Shared {
    /// Returns when one of these replicas serves, of which all are ejected, or when none does.
    async fn find_healthy(&self, replicas: &[Arc<Replica>]) {
        let asked = Instant::now();
        let mut none_healthy_at = self.none_healthy_at.lock().await;
        // Somebody else may have found out meanwhile.
        if !all_ejected(replicas) || none_healthy_at.is_some_and(|at| at >= asked) {
            return;
        }
        let probes = replicas.iter().map(|replica| Box::pin(replica.probe()));
        if future::select_ok(probes).await.is_err() {
            *none_healthy_at = Some(Instant::now());
        }
    }

    /// Ejects a replica that did not answer a call, until it serves again. It may be somewhere else now.
    fn report_failure(&self, replica: &Arc<Replica>) {
        // A single one is never ejected: there is no other to call.
        if replica.is_single() || replica.eject() {
            self.resolver.resolve_in_background();
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        collections::HashSet,
        net::{SocketAddr, TcpListener},
    };

    use tonic::{
        service::Routes,
        transport::{Endpoint, Server},
    };
    use tower::ServiceExt as _;

    use super::*;
    use crate::testing::wait_until;

    fn replica(ejected: bool) -> Arc<Replica> {
        let endpoint = Endpoint::from_static("http://127.0.0.1:1");
        let address = ([127, 0, 0, 1], 1).into();
        let replica = Arc::new(Replica::new(0, address, Redundancy::Replicated, endpoint));
        replica.set_ejected(ejected);
        replica
    }

    fn target(host: &str, port: u16) -> Target {
        let endpoint = |address, _| Ok(Endpoint::from_shared(format!("http://{address}"))?);
        Target { host: host.to_owned(), port, endpoint: Box::new(endpoint) }
    }

    /// Serves no method at this address until the test ends.
    fn serve(listener: TcpListener) {
        listener.set_nonblocking(true).unwrap();
        let listener = tokio::net::TcpListener::from_std(listener).unwrap();
        let incoming = tonic::transport::server::TcpIncoming::from(listener);
        tokio::spawn(Server::builder().add_routes(Routes::default()).serve_with_incoming(incoming));
    }

    async fn call(balancer: &LoadBalancer) -> Result<(), BoxError> {
        let request = Request::post("/nothing.v1.Service/Call").body(Body::empty()).unwrap();
        balancer.clone().oneshot(request).await.map(drop)
    }

    /// An address that nobody listens on.
    fn unused_address() -> SocketAddr {
        TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
    }

    #[tokio::test]
    async fn the_replica_with_the_fewest_calls_is_picked_and_equals_take_turns() {
        let replicas = [replica(false), replica(false), replica(false), replica(true)];
        let _in_flight = [0, 0, 1, 2].map(|index: usize| replicas[index].begin_call());
        let picked = |turn| {
            let picked = pick(&replicas, turn);
            replicas.iter().position(|replica| Arc::ptr_eq(replica, &picked)).unwrap()
        };
        assert_eq!([0, 1, 2, 3].map(picked), [1, 1, 2, 1]);
        for replica in &replicas {
            replica.set_ejected(true);
        }
        assert_eq!(picked(0), 3, "where all are ejected, one is called all the same");
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
        let balancer = LoadBalancer::new(vec![target("localhost", port)]);
        balancer.connect().await.unwrap();
        for _ in 0..8 {
            call(&balancer).await.unwrap();
        }
        let replicas = balancer.0.resolver.known();
        assert!(replicas.iter().all(|replica| !replica.is_ejected()), "every one has answered");
    }

    #[tokio::test]
    async fn an_unreachable_replica_is_ejected_until_it_is_back() {
        let (listener, gone) = (TcpListener::bind("127.0.0.1:0").unwrap(), unused_address());
        let port = listener.local_addr().unwrap().port();
        serve(listener);
        let balancer = LoadBalancer::new(vec![target("127.0.0.1", gone.port()), target("127.0.0.1", port)]);
        // At most one call finds out.
        let mut failed = 0;
        for _ in 0..8 {
            failed += usize::from(call(&balancer).await.is_err());
        }
        assert!(failed <= 1, "{failed}");
        assert!(balancer.0.resolver.known().iter().any(|replica| replica.is_ejected()));

        serve(TcpListener::bind(gone).unwrap());
        wait_until(|| !balancer.0.resolver.known().iter().any(|replica| replica.is_ejected())).await;
    }

    #[tokio::test]
    async fn when_all_are_ejected_the_first_that_serves_again_is_found_at_once() {
        let (listener, gone) = (TcpListener::bind("127.0.0.1:0").unwrap(), unused_address());
        let back = listener.local_addr().unwrap();
        let balancer =
            LoadBalancer::new(vec![target("127.0.0.1", gone.port()), target("127.0.0.1", back.port())]);
        let replicas = balancer.0.resolver.replicas().await.unwrap();
        // Without probes in the background, which would find it in the end.
        for replica in &replicas {
            replica.set_ejected(true);
        }
        serve(listener);
        for _ in 0..4 {
            call(&balancer).await.unwrap();
        }
        assert!(!all_ejected(&replicas));
    }

    #[tokio::test]
    async fn when_no_replica_serves_the_error_says_why() {
        let targets = [unused_address(), unused_address()].map(|address| target("127.0.0.1", address.port()));
        let balancer = LoadBalancer::new(targets.into());
        for _ in 0..4 {
            let error = call(&balancer).await.unwrap_err();
            assert!(error.is::<tonic::transport::Error>(), "{error:?}");
        }
    }

    #[tokio::test]
    async fn the_answer_to_an_earlier_call_does_not_readmit_an_ejected_replica() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let balancer = LoadBalancer::new(vec![target("127.0.0.1", port)]);
        let replica = balancer.0.resolver.replicas().await.unwrap().remove(0);
        assert!(replica.is_single());
        let earlier = tokio::spawn({
            let balancer = balancer.clone();
            async move { call(&balancer).await }
        });
        wait_until(|| replica.calls_in_flight() > 0).await;
        replica.set_ejected(true);
        serve(listener);
        earlier.await.unwrap().unwrap();
        assert!(replica.is_ejected());
    }

    #[tokio::test]
    async fn an_unknown_name_is_reported_as_unresolved() {
        let balancer = LoadBalancer::new(vec![target("does-not-exist.invalid", 1)]);
        let error = call(&balancer).await.unwrap_err();
        assert!(error.is::<Unresolved>(), "{error:?}");
        assert!(balancer.connect().await.is_err());
    }
}
