//! The life of a server: open, serve, drain, stop.

use std::{sync::Arc, time::Duration};

use todo_backend::{
    AppState,
    app_state::DatabaseProbe,
    rpc::{Budget, RpcStack},
};
use todo_model::clock::Clock;
use todo_sdk::Client;
use todo_web::{Backends, PageService, Settings, TraceHooks};
use tokio::{
    net::TcpListener,
    sync::watch,
    time::{Instant, timeout_at},
};
use tokio_util::{
    sync::{CancellationToken, DropGuard},
    task::TaskTracker,
};
use tonic::service::Routes;

#[cfg(unix)]
use crate::network::certificate_reload::reload_on_sighup;
use crate::{
    config::{Config, Role},
    error::{Error, Result},
    health::Health,
    in_process::InProcess,
    network::{Dispatch, GrpcWeb, Listeners, Network, tls::Tls},
    observability::{
        admin::{Admin, Ready},
        logging,
        metrics::Metrics,
        traces::{self, RpcSpans},
    },
    reflection,
    remote_clients::RemoteClients,
    remote_token_verifier::RemoteTokenVerifier,
    systemd,
};

/// What closing the database may take of the time for stopping: a commit in flight, and its notification.
const CLOSING: Duration = Duration::from_secs(1);

/// Runs a server until `shutdown` is cancelled and it has stopped, which takes no longer than the configuration allows,
/// whatever its clients do.
///
/// Listening sockets are handed in, so that the caller knows the port before the first client does:
///
/// ```
/// # let runtime = tokio::runtime::Runtime::new()?;
/// # let directory = tempfile::tempdir()?;
/// # let directory = directory.path().to_str().ok_or("a strange directory")?;
/// # runtime.block_on(async {
/// use todo_server::{Config, Listeners, run};
/// use tokio_util::sync::CancellationToken;
///
/// let arguments = ["todo-server", "--data-dir", directory, "--listen", "127.0.0.1:0"];
/// let config = Config::parse(arguments, [])?;
/// let listeners = Listeners::bind(&config)?;
/// let endpoint = format!("http://{}", listeners.addresses()?[0]);
///
/// let shutdown = CancellationToken::new();
/// let server = tokio::spawn(run(config, listeners, shutdown.clone()));
/// todo_sdk::Client::connect(endpoint).await?.register("ann", &"correct horse".into(), None).await?;
///
/// shutdown.cancel();
/// server.await??;
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// # })?;
/// # Ok::<_, Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// `Error::Startup` if the database cannot be opened, or its file is moved, replaced or removed meanwhile.
pub async fn run(config: Config, listeners: Listeners, shutdown: CancellationToken) -> Result<()> {
    run_with_clock(config, listeners, shutdown, Clock::system()).await
}

/// Like [`run`], with the time from a clock of the caller's own.
///
/// # Errors
/// As [`run`].
pub async fn run_with_clock(
    config: Config,
    listeners: Listeners,
    shutdown: CancellationToken,
    clock: Clock,
) -> Result<()> {
    if config.insecure_http {
        tracing::warn!("--insecure-http: whoever is on the network can read passwords and todos");
    }
    let addresses = listeners.addresses()?;
    let (sockets, admin_socket) = listeners.into_sockets();
    let metrics = Metrics::default();
    let background = TaskTracker::new();
    background.spawn(logging::report_suppressed(shutdown.clone()));
    let admin = AdminListener::start(admin_socket, &metrics, &background);
    let remote = RemoteClients::connect(&config)?;
    let tls = config.tls.clone().map(Tls::read).transpose()?.map(Arc::new);
    let mut state = open_state(&config, &remote, &clock, &metrics).await?;
    admin.database.send_replace(state.as_ref().map(AppState::database));
    // Ends connections and streams, once health has said why.
    let stop = CancellationToken::new();
    let (reporter, health_service) = tonic_health::server::health_reporter();
    let mut routes = Routes::builder();
    routes.add_service(health_service);
    let budget = Budget::with_metrics(&metrics.backend);
    let calls = rpc_stack(&config, state.as_ref(), routes, budget.clone(), &stop, &metrics)?;
    let network = network(&config, remote, (calls, budget), tls.clone(), &clock, &stop, &metrics);
    let health = Health::new(reporter, config.roles.clone(), admin.ready.clone());
    health.set(Ready::Yes).await;
    // Other servers are notified of the last change, too.
    let last_change = CancellationToken::new();
    let _notified = last_change.clone().drop_guard();
    if let Some(state) = &mut state {
        spawn_state_tasks(&config, state, &health, &background, &shutdown, &last_change);
    }
    #[cfg(unix)]
    background.spawn(reload_on_sighup(tls, shutdown.clone()));
    for socket in sockets {
        network.listen(socket);
    }
    for address in addresses {
        tracing::info!(%address, version = env!("CARGO_PKG_VERSION"), "listening");
    }
    background.spawn(systemd::keep_alive(stop.clone()));
    systemd::ready();

    let lost = wait_for_the_end(state.as_ref(), &shutdown).await;
    systemd::stopping();
    tracing::info!("stopping");
    health.set(Ready::Stopping).await;
    tokio::time::sleep(config.network.lame_duck).await;
    let deadline = Instant::now() + config.network.drain;
    stop.cancel();
    drain(&network, config.network.drain).await;
    last_change.cancel();
    drop(admin);
    close(background, state, deadline).await;
    tracing::info!("stopped");
    lost.map_or(Ok(()), Err)
}

/// Waits until the server is to stop, and returns why if nobody asked for it.
async fn wait_for_the_end(state: Option<&AppState>, shutdown: &CancellationToken) -> Option<Error> {
    let lost = async {
        match state {
            Some(state) => state.database_lost().await,
            None => std::future::pending().await,
        }
    };
    let lost = shutdown.run_until_cancelled(lost).await;
    // For all that waits for it.
    shutdown.cancel();
    lost
}

/// What listens: calls, pages and gRPC-web on the same ports.
fn network(
    config: &Config,
    remote: RemoteClients,
    (calls, budget): (RpcStack<Routes>, Budget),
    tls: Option<Arc<Tls>>,
    clock: &Clock,
    stop: &CancellationToken,
    metrics: &Metrics,
) -> Arc<Network> {
    let has_pages = config.roles.contains(&Role::Main);
    let pages = has_pages.then(|| pages(config, remote, &calls, clock, stop, metrics));
    let web = GrpcWeb::new(calls.clone(), &config.cors_origins);
    Arc::new(Network::new(
        Dispatch::new(calls, web, pages, budget, config.trusted_proxies.clone()),
        config.network,
        config.trusted_proxies.clone(),
        tls,
        clock.clone(),
        stop.clone(),
        metrics.connections.clone(),
    ))
}

/// What runs beside the calls on an open database, until the server stops.
fn spawn_state_tasks(
    config: &Config,
    state: &mut AppState,
    health: &Health,
    background: &TaskTracker,
    shutdown: &CancellationToken,
    last_change: &CancellationToken,
) {
    if let Some(exchange) = state.exchange_notifications(last_change.clone()) {
        background.spawn(exchange);
    }
    background.spawn(health.clone().watch(state.database(), shutdown.clone()));
    if config.roles.contains(&Role::Todo) {
        background.spawn(state.maintain_hourly(shutdown.clone()));
    }
}

/// The listener for operators, from before the database is opened until it is closed.
struct AdminListener {
    ready: watch::Sender<Ready>,
    database: watch::Sender<Option<DatabaseProbe>>,
    _stop: DropGuard,
}

impl AdminListener {
    fn start(socket: Option<TcpListener>, metrics: &Metrics, background: &TaskTracker) -> Self {
        let (ready, is_ready) = watch::channel(Ready::Starting);
        let (database, opened) = watch::channel(None);
        let stop = CancellationToken::new();
        if let Some(socket) = socket {
            let admin = Admin { metrics: metrics.clone(), ready: is_ready, database: opened };
            background.spawn(admin.serve(socket, stop.clone()));
        }
        Self { ready, database, _stop: stop.drop_guard() }
    }
}

/// Opens the database, if a role needs one.
async fn open_state(
    config: &Config,
    remote: &RemoteClients,
    clock: &Clock,
    metrics: &Metrics,
) -> Result<Option<AppState>> {
    if !config.roles.iter().any(|role| role.needs_database()) {
        return Ok(None);
    }
    let remote_auth = remote.auth.as_ref().map(|client| Arc::new(RemoteTokenVerifier::new(client)) as _);
    let (location, settings) = (config.location(), config.store_settings());
    let (clock, metrics) = (clock.clone(), metrics.backend.clone());
    AppState::open(&location, settings, &config.auth, remote_auth, clock, metrics).await.map(Some)
}

/// The services of the roles played here, within the layers that every call passes.
fn rpc_stack(
    config: &Config,
    state: Option<&AppState>,
    mut routes: tonic::service::RoutesBuilder,
    budget: Budget,
    stop: &CancellationToken,
    metrics: &Metrics,
) -> Result<RpcStack<Routes>> {
    reflection::add(&config.roles, &mut routes)?;
    let Some(state) = state else {
        let routes = routes.routes().prepare();
        let stack = todo_backend::app_state::rpc_stack_without_database;
        return Ok(stack(routes, budget, stop.clone(), &metrics.backend, Arc::new(RpcSpans)));
    };
    for role in &config.roles {
        match role {
            Role::Auth => routes.add_service(state.auth_service(&config.auth)),
            Role::Todo => routes.add_service(state.todo_service(stop)),
            // Stands beside the methods, not among them.
            Role::Main => &mut routes,
        };
    }
    Ok(state.rpc_stack(routes.routes().prepare(), budget, stop.clone(), Arc::new(RpcSpans)))
}

/// The pages, which call the roles that are played here in process.
fn pages(
    config: &Config,
    remote: RemoteClients,
    calls: &RpcStack<Routes>,
    clock: &Clock,
    stop: &CancellationToken,
    metrics: &Metrics,
) -> PageService {
    let here = Client::from_service(InProcess::new(calls.clone()));
    let backends =
        Backends { auth: remote.auth.unwrap_or_else(|| here.clone()), todo: remote.todo.unwrap_or(here) };
    let tracing = TraceHooks { set_parent: traces::set_parent, traceparent: traces::traceparent };
    let settings = Settings { insecure_http: config.insecure_http, tracing };
    todo_web::service(backends, settings, clock.clone(), stop.clone(), metrics.web.clone())
}

/// Lets connections come to their end, and closes those that do not in time.
async fn drain(network: &Network, limit: Duration) {
    let cut_off = network.drain(limit.saturating_sub(CLOSING)).await;
    if cut_off > 0 {
        tracing::warn!(cut_off, "not everybody let go in time");
    }
}

/// Waits for the background tasks and closes the database.
async fn close(background: TaskTracker, state: Option<AppState>, deadline: Instant) {
    background.close();
    let closed = timeout_at(deadline, async {
        background.wait().await;
        if let Some(state) = &state {
            state.close().await;
        }
    });
    if closed.await.is_err() {
        // What was acknowledged is on disk already.
        tracing::warn!("the database did not close in time");
    }
}
