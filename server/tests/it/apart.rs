//! Several servers on one PostgreSQL database, which notify each other, and roles on separate servers.

use std::{
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use todo_sdk::{Client, Event, RetryPolicy, Token};
use tokio::{
    net::{UnixListener, UnixStream},
    sync::watch,
};
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

use crate::{
    postgres::{self, Cluster},
    process::ServerProcess,
    support::{Engine, PASSWORD, Server},
    wait::{Lag, PATIENCE, until},
};

/// A client of this server without retries.
fn client(server: &Server) -> Client {
    let url = format!("http://{}", server.address);
    Client::builder().endpoint(url).retry(RetryPolicy::none()).connect_lazy().unwrap()
}

async fn person(server: &Server, username: &str) -> Token {
    let client = client(server);
    client.register(username, &PASSWORD.into(), None).await.unwrap();
    client.login(username, &PASSWORD.into(), "tests").await.unwrap().token
}

/// Locks a table against changes for this time, which has begun on return.
async fn hold(database: &str, table: &'static str, time: Duration) -> std::thread::JoinHandle<String> {
    let (seconds, url) = (time.as_secs(), database.to_owned());
    let holding = std::thread::spawn(move || {
        let hold = format!("BEGIN; LOCK TABLE {table} IN EXCLUSIVE MODE; SELECT pg_sleep({seconds}); COMMIT");
        postgres::query(&url, &hold)
    });
    let locks = format!(
        "SELECT count(*) FROM pg_locks WHERE mode = 'ExclusiveLock' AND granted AND relation = '{table}'::regclass"
    );
    until("the table is held", async || postgres::query(database, &locks).trim() == "1").await;
    holding
}

/// A proxy between a server and its database that can stop forwarding on the connections that are open.
struct Silencer {
    directory: tempfile::TempDir,
    silent: Arc<watch::Sender<u32>>,
}

impl Silencer {
    /// Before the database of this URL. Returns the URL that goes through it, too.
    fn before(url: &str) -> (Self, String) {
        let (start, real) = url.split_once("?host=").unwrap();
        let socket = Path::new(real).join(".s.PGSQL.5432");
        let directory = tempfile::tempdir_in("/tmp").unwrap();
        let url = format!("{start}?host={}", directory.path().display());
        let listener = UnixListener::bind(directory.path().join(".s.PGSQL.5432")).unwrap();
        let silent = Arc::new(watch::Sender::new(0));
        let sender = Arc::clone(&silent);
        tokio::spawn(async move {
            while let Ok((mut near, _)) = listener.accept().await {
                let (socket, mut silenced) = (socket.clone(), sender.subscribe());
                silenced.borrow_and_update();
                tokio::spawn(async move {
                    let mut far = UnixStream::connect(socket).await.unwrap();
                    tokio::select! {
                        _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                        // Nothing more is forwarded, and the connection stays open.
                        _ = silenced.changed() => std::future::pending().await,
                    }
                });
            }
        });
        (Self { directory, silent }, url)
    }

    /// Silences the connections that are open now.
    fn silence(&self) {
        assert!(self.directory.path().exists());
        self.silent.send_modify(|times| *times += 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn silent_database_connections_are_replaced() {
    let Some(database) = postgres::database() else { return };
    let (silencer, url) = Silencer::before(&database);
    let server = Engine::at(url).start(&["--database-connections", "4"]).await;
    let token = person(&server, "ann").await;
    let todos = client(&server).with_token(token).with_timeout(Duration::from_secs(1));
    todos.create_todo("Buy milk").await.unwrap();
    let (stop, good, bad) = (AtomicBool::new(false), AtomicU32::new(0), AtomicU32::new(0));
    let busy = join_all((0..8).map(|_| async {
        while !stop.load(Ordering::Relaxed) {
            let count = if todos.create_todo("Buy eggs").await.is_ok() { &good } else { &bad };
            count.fetch_add(1, Ordering::Relaxed);
        }
    }));
    let silencing = async {
        until("all connections are in use", async || good.load(Ordering::Relaxed) >= 8).await;
        silencer.silence();
        until("a call is not answered", async || bad.load(Ordering::Relaxed) > 0).await;
        stop.store(true, Ordering::Relaxed);
    };
    tokio::join!(busy, silencing);
    until("calls succeed over new connections", async || todos.create_todo("Buy bread").await.is_ok()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_on_one_server_wakes_the_watchers_of_another() {
    let Some(engine) = Engine::postgres() else { return };
    let (one, other) = (engine.start(&[]).await, engine.start(&[]).await);
    let token = person(&one, "ann").await;
    let mut events = client(&other).with_token(token.clone()).watch_changes();
    while !matches!(events.next().await.unwrap().unwrap(), Event::Synced) {}

    // A watcher that is not woken looks every 5 seconds, and each change here waits for the one before.
    let started = Instant::now();
    let writer = client(&one).with_token(token);
    for n in 0..20 {
        if n == 10 {
            // The other servers lose their LISTEN connections, and open new ones.
            postgres::query(
                &engine.database,
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE 'LISTEN%'",
            );
        }
        let title = format!("todo {n}");
        writer.create_todo(title.as_str()).await.unwrap();
        loop {
            match events.next().await.unwrap().unwrap() {
                Event::Todo { todo, .. } if todo.title == title => break,
                _ => {}
            }
        }
    }
    assert!(started.elapsed() < PATIENCE, "20 changes took {:?}", started.elapsed());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_revoked_on_one_server_is_refused_by_another() {
    // With a clock that stands still, the cached answer about a token does not expire.
    let Some(engine) = Engine::postgres().map(|engine| engine.stopped_at(1_784_149_200)) else { return };
    let (one, other) = (engine.start(&[]).await, engine.start(&[]).await);
    let token = person(&one, "ann").await;
    let there = client(&other).with_token(token.clone());
    there.account().await.unwrap();
    client(&one).with_token(token).logout().await.unwrap();
    until("the token is refused", async || {
        there.account().await.is_err_and(|error| error.is_unauthenticated())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_revoked_during_a_shutdown_is_refused_by_another_server() {
    // With a clock that stands still, the cached answer about a token does not expire.
    let Some(engine) = Engine::postgres().map(|engine| engine.stopped_at(1_784_149_200)) else { return };
    let (one, other) = (engine.start(&[]).await, engine.start(&[]).await);
    let token = person(&one, "ann").await;
    let there = client(&other).with_token(token.clone());
    there.account().await.unwrap();
    let holding = hold(&engine.database, "sessions", Duration::from_secs(2)).await;
    let leaving = client(&one).with_token(token);
    let logging_out = tokio::spawn(async move { leaving.logout().await });
    let waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'sessions'::regclass";
    until("the logout waits", async || postgres::query(&engine.database, waiting).trim() == "1").await;
    one.stop().await;
    logging_out.await.unwrap().unwrap();
    holding.join().unwrap();
    until("the token is refused", async || {
        there.account().await.is_err_and(|error| error.is_unauthenticated())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn separate_roles_work_together() {
    let Some(engine) = Engine::postgres() else { return };
    let auth = engine.start(&["--role", "auth"]).await;
    let auth_url = format!("http://{}", auth.address);
    let todo = engine.start(&["--role", "todo", "--auth-url", &auth_url]).await;
    let token = person(&auth, "ann").await;
    let todos = client(&todo).with_token(token.clone());
    todos.create_todo("Buy milk").await.unwrap();
    let error = client(&todo).create_todo("Buy milk").await.unwrap_err();
    assert!(error.is_unauthenticated(), "{error:?}");

    // While auth is down, calls are unavailable: neither accepted nor unauthenticated.
    let address = auth.address.to_string();
    auth.stop().await;
    todos.create_todo("Buy eggs").await.unwrap();
    todo.clock.advance(Duration::from_secs(5));
    let error = todos.create_todo("Buy bread").await.unwrap_err();
    assert!(error.is_unavailable(), "{error:?}");

    let auth = engine.try_start(&["--role", "auth", "--listen", &address]).await.unwrap();
    until("auth is found again", async || todos.create_todo("Buy bread").await.is_ok()).await;

    client(&auth).with_token(token).logout().await.unwrap();
    until("the token is refused", async || {
        todos.create_todo("Buy jam").await.is_err_and(|error| error.is_unauthenticated())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn concurrent_calls_with_one_token_validate_it_once() {
    let Some(url) = postgres::database() else { return };
    let auth = ServerProcess::start(&["--database", &url, "--role", "auth", "--log-level", "debug"]);
    let (auth_url, engine) = (auth.url(), Engine::at(url).stopped_at(1_784_149_200));
    let todo = engine.start(&["--role", "todo", "--auth-url", &auth_url]).await;
    let login = Client::connect(auth_url).await.unwrap();
    login.register("ann", &PASSWORD.into(), None).await.unwrap();
    let token = login.login("ann", &PASSWORD.into(), "tests").await.unwrap().token;
    let todos = client(&todo).with_token(token);
    let calls = join_all((0..200).map(|_| todos.list_projects().try_collect())).await;
    assert!(calls.iter().all(Result::is_ok));
    let log = auth.log();
    let answered = log.lines().filter(|line| line.contains("ValidateToken") && line.contains("answered"));
    assert_eq!(answered.count(), 1, "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_without_a_free_database_connection_are_refused_in_time() {
    let Some(engine) = Engine::postgres() else { return };
    // One of the two connections listens to other servers, which leaves one for all calls.
    let server = engine.start(&["--database-connections", "2"]).await;
    let token = person(&server, "ann").await;
    let todos = client(&server).with_token(token);
    todos.create_todo("Buy milk").await.unwrap();
    // The first call waits for the lock, and holds the connection meanwhile.
    let holding = hold(&engine.database, "todos", Duration::from_secs(6)).await;
    let (lag, started) = (Lag::start(), Instant::now());
    let calls = (0..20).map(|_| async { (todos.create_todo("Buy eggs").await, started.elapsed()) });
    let calls = join_all(calls).await.into_iter();
    let (refused, mut times): (Vec<_>, Vec<_>) =
        calls.filter_map(|(result, took)| Some((result.err()?, took))).unzip();
    times.sort();
    // The last one is the call that held the connection, if that was refused, too.
    let [.., longest, _] = times[..] else { panic!("{refused:?}") };
    lag.assert_within(Duration::from_secs(3), longest, "a refusal");
    for error in refused {
        assert!(error.is_unavailable() || error.is_resource_exhausted(), "{error:?}");
    }
    // A busy server is healthy: load balancers keep it.
    let mut health = HealthClient::new(server.channel.clone());
    until("the table is free again", async || {
        let answer = health.check(HealthCheckRequest::default()).await.unwrap();
        assert_eq!(answer.get_ref().status(), ServingStatus::Serving);
        holding.is_finished()
    })
    .await;
    holding.join().unwrap();
    until("calls succeed again", async || todos.create_todo("Buy bread").await.is_ok()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_role_without_the_url_it_needs_is_refused() {
    let engine = Engine::sqlite();
    let error = engine.refusal(&["--role", "todo"]).await;
    assert!(error.to_string().contains("--auth-url"), "{error}");
    let error = engine.refusal(&["--role", "todo", "--auth-url", "nonsense"]).await;
    assert!(error.to_string().contains("--auth-url"), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_read_only_database_is_refused_at_startup_and_unavailable_later() {
    let Some(mut cluster) = Cluster::start() else { return };
    let engine = Engine::at(cluster.database());
    let server = engine.start(&[]).await;
    let token = person(&server, "ann").await;
    let todos = client(&server).with_token(token);
    todos.create_todo("Buy milk").await.unwrap();

    // A former primary comes back as a standby.
    cluster.stop();
    cluster.become_standby();
    cluster.resume();
    until("the server notices", async || {
        todos.create_todo("Buy eggs").await.is_err_and(|error| error.is_unavailable())
    })
    .await;
    let error = engine.refusal(&[]).await;
    assert!(error.to_string().contains("only be read"), "{error}");
    assert!(error.hint().unwrap().contains("--database"), "{error}");

    cluster.promote();
    until("the server notices", async || todos.create_todo("Buy eggs").await.is_ok()).await;
}
