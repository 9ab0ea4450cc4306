//! The life of a server: open, serve, stop.

use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, MissedTickBehavior, timeout_at};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tonic::service::Routes;
use tonic_health::{ServingStatus, server::HealthReporter};

use crate::{
    clock::Clock,
    config::Config,
    error::{Chain, Error, Result},
    main_service::{Backend, Backends, Main, MainService},
    middleware::Front,
    network::{Listeners, Network},
    roles::{Ground, Role},
    store::db::Db,
    upkeep,
};

/// What closing the database may take of the time for stopping: a commit that is on its way.
const CLOSING: Duration = Duration::from_secs(1);
/// How often health is found out.
const HEALTH_INTERVAL: Duration = Duration::from_secs(5);

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
    let ground = Ground::open(&config.location(), config.sizes(), &config.auth, clock.clone()).await?;
    let addresses = listeners.addresses()?;
    let background = TaskTracker::new();
    // Ends connections and streams, once health has said why.
    let stop = CancellationToken::new();

    let mut routes = Routes::builder();
    ground.mount(&config.roles, &config.auth, &stop, &mut routes);
    let (health, health_service) = tonic_health::server::health_reporter();
    routes.add_service(health_service);
    mount_reflection(&config.roles, &mut routes)?;

    let calls = Front::new(routes.routes(), ground.authenticator(), stop.clone());
    let pages = pages(&config, &calls, &clock, &stop)?;
    let network = Arc::new(Network::new(
        calls,
        pages,
        config.network,
        config.auth.trusted_proxies.clone(),
        clock.clone(),
        stop.clone(),
    ));
    set_health(&health, &config.roles, ServingStatus::Serving).await;
    background.spawn(watch_health(health.clone(), config.roles.clone(), ground.db.clone(), shutdown.clone()));
    if config.roles.contains(&Role::Todo) {
        background.spawn(upkeep::run_hourly(ground.db.clone(), ground.feed.clone(), clock, shutdown.clone()));
    }
    for socket in listeners.into_sockets() {
        network.listen(socket);
    }
    for address in addresses {
        tracing::info!(%address, version = env!("CARGO_PKG_VERSION"), "listening");
    }

    shutdown.cancelled().await;
    let deadline = Instant::now() + config.network.drain;
    tracing::info!("stopping");
    set_health(&health, &config.roles, ServingStatus::NotServing).await;
    stop.cancel();
    let cut_off = network.drain(config.network.drain.saturating_sub(CLOSING)).await;
    if cut_off > 0 {
        tracing::warn!(cut_off, "not everybody let go in time");
    }
    background.close();
    let closed = timeout_at(deadline, async {
        background.wait().await;
        ground.close().await;
    });
    if closed.await.is_err() {
        // What was acknowledged is on disk already.
        tracing::warn!("the database did not close in time");
    }
    tracing::info!("stopped");
    Ok(())
}

/// The pages, if this server shows them.
fn pages(
    config: &Config,
    calls: &Front,
    clock: &Clock,
    stop: &CancellationToken,
) -> Result<Option<MainService>> {
    if !config.roles.contains(&Role::Main) {
        return Ok(None);
    }
    let backend = |role: Role, setting: &str, url: Option<&String>| match url {
        _ if config.roles.contains(&role) => Ok(Backend::Joined(calls.clone())),
        Some(url) => connect(setting, url, config.pages.insecure_http).map(Backend::Remote),
        None => Err(Error::startup(
            format!("The role main has no way to {setting}."),
            format!(
                "Give the address of the server that plays that role with --{setting}, or play it here, too."
            ),
        )),
    };
    let backends = Backends {
        auth: backend(Role::Auth, "auth-url", config.pages.auth_url.as_ref())?,
        todo: backend(Role::Todo, "todo-url", config.pages.todo_url.as_ref())?,
    };
    if config.pages.insecure_http {
        tracing::warn!("--insecure-http: whoever is on the network can read passwords and todos");
    }
    Ok(Some(MainService::new(Main {
        backends,
        clock: clock.clone(),
        trusted_proxies: config.auth.trusted_proxies.clone(),
        insecure_http: config.pages.insecure_http,
        stop: stop.clone(),
    })))
}

/// A client of another server. It connects when it is first needed: servers start in any order.
fn connect(setting: &str, url: &str, insecure_http: bool) -> Result<todo_sdk::Client> {
    let builder = todo_sdk::Client::builder().endpoint(url).insecure_http(insecure_http);
    builder.user_agent(concat!("todo-server/", env!("CARGO_PKG_VERSION"))).connect_lazy().map_err(|error| {
        let hint = format!(
            "Check --{setting}: it is the address of another todo-server, such as https://todo.example.com."
        );
        Error::startup_because(format!("The address of --{setting} cannot be used."), error, hint)
    })
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

/// Sets the health of every service, and that of the server as a whole, whose name is empty.
async fn set_health(health: &HealthReporter, roles: &[Role], status: ServingStatus) {
    health.set_service_status("", status).await;
    for name in roles.iter().filter_map(|role| role.service_name()) {
        health.set_service_status(name, status).await;
    }
}

/// Says that the server does not serve while its database does not answer.
async fn watch_health(health: HealthReporter, roles: Vec<Role>, db: Db, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(HEALTH_INTERVAL);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut was_good = true;
    while stop.run_until_cancelled(ticks.tick()).await.is_some() {
        let check = async { tokio::time::timeout(HEALTH_INTERVAL, db.check()).await };
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
        let status = if is_good { ServingStatus::Serving } else { ServingStatus::NotServing };
        if !stop.is_cancelled() {
            set_health(&health, &roles, status).await;
        }
    }
}
