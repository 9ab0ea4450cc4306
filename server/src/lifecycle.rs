//! The life of a server: open, serve, stop.

use std::{sync::Arc, time::Duration};

use todo_sdk::Client;
use todo_web::{Backends, PageService, Settings, TraceHooks};
use tokio::{
    sync::{Mutex, watch},
    time::{Instant, MissedTickBehavior, timeout_at},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tonic::service::Routes;
use tonic_health::{ServingStatus, server::HealthReporter};

use crate::{
    admin::{Admin, Ready},
    auth::session::RemoteAuth,
    clock::Clock,
    config::Config,
    error::{Chain, Error, Result},
    identity::Authenticator,
    in_process::InProcess,
    logging,
    metrics::Metrics,
    middleware::Front,
    network::{Dispatch, GrpcWeb, Listeners, Network, tls::Tls},
    remote::Remote,
    roles::{Ground, Role},
    store::db::Db,
    supervisor, traces, upkeep,
};

/// What closing the database may take of the time for stopping: a commit that is on its way, and word of it.
const CLOSING: Duration = Duration::from_secs(1);
/// How often health is found out.
const HEALTH_INTERVAL: Duration = Duration::from_secs(1);
/// After this time the database does not answer.
const HEALTH_LIMIT: Duration = Duration::from_secs(3);

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
/// [`Error::Startup`] if the database cannot be opened.
pub async fn run(config: Config, listeners: Listeners, shutdown: CancellationToken) -> Result<()> {
    run_with_clock(config, listeners, shutdown, Clock::system()).await
}

/// Like [`run`], with the time from a clock of the caller's own.
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
    let (sockets, admin) = listeners.into_sockets();
    let background = TaskTracker::new();
    let (metrics, (ready, is_ready), (opened, db)) =
        (Metrics::default(), watch::channel(Ready::Starting), watch::channel(None));
    background.spawn(logging::tell_left_out(shutdown.clone()));
    let admin_stop = CancellationToken::new();
    let _admin_stops = admin_stop.clone().drop_guard();
    if let Some(socket) = admin {
        let admin = Admin { metrics: metrics.clone(), ready: is_ready, db };
        background.spawn(admin.serve(socket, admin_stop.clone()));
    }
    let remote = Remote::connect(&config)?;
    let tls = config.tls.clone().map(Tls::read).transpose()?.map(Arc::new);
    let mut ground = if config.roles.iter().any(|role| role.needs_database()) {
        let remote_auth = remote.auth.as_ref().map(RemoteAuth::new);
        let (location, sizes) = (config.location(), config.sizes());
        Some(Ground::open(&location, sizes, &config.auth, remote_auth, clock.clone(), &metrics).await?)
    } else {
        None
    };
    opened.send_replace(ground.as_ref().map(|ground| ground.db.clone()));
    // Ends connections and streams, once health has said why.
    let stop = CancellationToken::new();

    let mut routes = Routes::builder();
    if let Some(ground) = &ground {
        ground.mount(&config.roles, &config.auth, &stop, &metrics, &mut routes);
    }
    let (health, health_service) = tonic_health::server::health_reporter();
    routes.add_service(health_service);
    mount_reflection(&config.roles, &mut routes)?;

    let authenticator = ground.as_ref().map_or(Authenticator::Nobody, Ground::authenticator);
    let calls = Front::new(routes.routes(), authenticator, stop.clone(), metrics.calls.clone());
    let has_pages = config.roles.contains(&Role::Main);
    let pages = has_pages.then(|| pages(&config, remote, &calls, &clock, &stop, &metrics));
    let web = GrpcWeb::new(calls.clone(), &config.cors_origins);
    let network = Arc::new(Network::new(
        Dispatch::new(calls, web, pages, config.auth.trusted_proxies.clone().into()),
        config.network,
        config.auth.trusted_proxies.clone(),
        tls.clone(),
        clock.clone(),
        stop.clone(),
        metrics.connections.clone(),
    ));
    let health = Health { reporter: health, roles: config.roles.clone(), ready, turn: Arc::default() };
    health.set(Ready::Yes).await;
    // Other servers are told of the last change, too.
    let last_change = CancellationToken::new();
    let _exchange_stops = last_change.clone().drop_guard();
    if let Some(exchange) = ground.as_mut().and_then(|ground| ground.exchange(last_change.clone())) {
        background.spawn(exchange);
    }
    if let Some(Ground { db, feed, .. }) = &ground {
        background.spawn(health.clone().watch(db.clone(), shutdown.clone()));
        if config.roles.contains(&Role::Todo) {
            background.spawn(upkeep::run_hourly(db.clone(), feed.clone(), clock, shutdown.clone()));
        }
    }
    #[cfg(unix)]
    background.spawn(read_anew_on_hangup(tls, shutdown.clone()));
    for socket in sockets {
        network.listen(socket);
    }
    for address in addresses {
        tracing::info!(%address, version = env!("CARGO_PKG_VERSION"), "listening");
    }

    background.spawn(supervisor::keep_alive(stop.clone()));
    supervisor::ready();

    shutdown.cancelled().await;
    supervisor::stopping();
    tracing::info!("stopping");
    health.set(Ready::Stopping).await;
    tokio::time::sleep(config.network.lame_duck).await;
    let deadline = Instant::now() + config.network.drain;
    stop.cancel();
    let cut_off = network.drain(config.network.drain.saturating_sub(CLOSING)).await;
    if cut_off > 0 {
        tracing::warn!(cut_off, "not everybody let go in time");
    }
    last_change.cancel();
    opened.send_replace(None);
    admin_stop.cancel();
    background.close();
    let closed = timeout_at(deadline, async {
        background.wait().await;
        if let Some(ground) = &ground {
            ground.close().await;
        }
    });
    if closed.await.is_err() {
        // What was acknowledged is on disk already.
        tracing::warn!("the database did not close in time");
    }
    tracing::info!("stopped");
    Ok(())
}

/// The pages, which call the roles that are played here in process.
fn pages(
    config: &Config,
    remote: Remote,
    calls: &Front,
    clock: &Clock,
    stop: &CancellationToken,
    metrics: &Metrics,
) -> PageService {
    let here = Client::from_service(InProcess::new(calls.clone()));
    let backends = Backends {
        auth: remote.auth.unwrap_or_else(|| here.clone()),
        todo: remote.todo.unwrap_or_else(|| here.clone()),
    };
    let tracing = TraceHooks { set_parent: traces::adopt, traceparent: traces::traceparent_text };
    let settings = Settings { insecure_http: config.insecure_http, tracing };
    let clock = clock.clone();
    let clock = todo_model::clock::Clock::from_fn(move || clock.now().to_jiff());
    todo_web::service(backends, settings, clock, stop.clone(), metrics.pages.clone())
}

/// Reads the certificate files anew whenever the process gets the signal SIGHUP.
#[cfg(unix)]
async fn read_anew_on_hangup(tls: Option<Arc<Tls>>, stop: CancellationToken) {
    use tokio::signal::unix::{SignalKind, signal};
    let mut hangups = match signal(SignalKind::hangup()) {
        Ok(hangups) => hangups,
        Err(error) => return tracing::warn!(%error, "SIGHUP cannot be heard"),
    };
    while stop.run_until_cancelled(hangups.recv()).await.is_some() {
        supervisor::reloading();
        match tls.as_ref().map(|tls| tls.read_anew()) {
            Some(Ok(())) => tracing::info!("new connections see the certificate as it is in the files now"),
            Some(Err(error)) => {
                tracing::error!(error = %Chain(&error), "the certificate of before stays in use");
            }
            None => tracing::info!("SIGHUP: there is nothing to read anew"),
        }
        supervisor::ready();
    }
}

fn mount_reflection(roles: &[Role], routes: &mut tonic::service::RoutesBuilder) -> Result<()> {
    let builder = || {
        let mut builder = tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(todo_proto::FILE_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
            .with_service_name("grpc.health.v1.Health");
        for name in roles.iter().filter_map(|role| role.service_name()) {
            builder = builder.with_service_name(name);
        }
        builder
    };
    // Tools speak one or the other.
    routes.add_service(
        builder()
            .with_service_name("grpc.reflection.v1.ServerReflection")
            .build_v1()
            .map_err(Error::internal)?,
    );
    routes.add_service(
        builder()
            .with_service_name("grpc.reflection.v1alpha.ServerReflection")
            .build_v1alpha()
            .map_err(Error::internal)?,
    );
    Ok(())
}

/// Says whether the server serves: in the gRPC health check and to operators.
#[derive(Clone)]
struct Health {
    reporter: HealthReporter,
    roles: Vec<Role>,
    ready: watch::Sender<Ready>,
    /// Held by whoever says something.
    turn: Arc<Mutex<()>>,
}

impl Health {
    /// Sets the health of every service, and that of the server as a whole, whose name is empty. Once it stops, it stops.
    async fn set(&self, ready: Ready) {
        let _turn = self.turn.lock().await;
        if *self.ready.borrow() == Ready::Stopping {
            return;
        }
        let status = if ready == Ready::Yes { ServingStatus::Serving } else { ServingStatus::NotServing };
        self.ready.send_replace(ready);
        self.reporter.set_service_status("", status).await;
        for name in self.roles.iter().filter_map(|role| role.service_name()) {
            self.reporter.set_service_status(name, status).await;
        }
    }

    /// Says that the server does not serve while its database does not answer.
    async fn watch(self, db: Db, stop: CancellationToken) {
        let mut ticks = tokio::time::interval(HEALTH_INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut was_good = true;
        while stop.run_until_cancelled(ticks.tick()).await.is_some() {
            let check = async { tokio::time::timeout(HEALTH_LIMIT, db.check()).await };
            let Some(answer) = stop.run_until_cancelled(check).await else { return };
            let is_good = matches!(answer, Ok(Ok(())));
            if is_good == was_good {
                continue;
            }
            was_good = is_good;
            if is_good {
                tracing::info!("the database answers again");
            } else {
                let error = answer.ok().and_then(Result::err);
                let error = error.as_ref().map(|error| Chain(error).to_string());
                tracing::error!(error, "the database does not answer");
            }
            self.set(if is_good { Ready::Yes } else { Ready::NoDatabase }).await;
        }
    }
}
