//! Several replicas on one PostgreSQL database, as processes that come and go under load.

use std::{
    collections::HashMap,
    fmt::Write as _,
    fs,
    io::{self, Write as _},
    net::SocketAddr,
    path::Path,
    process::{Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use todo_sdk::{Client, Error, Event, RetryPolicy, TodoFilter, Token};
use tokio::{net::TcpStream, sync::Semaphore, task::JoinSet};

use crate::{
    http::Browser,
    postgres::{self, Cluster},
    process::{self, ServerProcess},
    programs::HAPROXY,
    support::PASSWORD,
    wait::{Lag, PATIENCE, until},
};

/// 200 calls a second, unless so many are on their way that the machine cannot keep up.
const PACE: Duration = Duration::from_millis(5);
const ON_THEIR_WAY: usize = 30;

/// Prints a figure, where the test harness cannot hide it.
fn say(figure: &str) {
    writeln!(io::stderr(), "{figure}").unwrap();
}

fn start(database: &str) -> ServerProcess {
    ServerProcess::start(&["--database", database])
}

/// A new account, and a client of these servers for it.
async fn person(servers: &[&ServerProcess]) -> Client {
    let client = Client::builder().endpoints(servers.iter().map(|server| server.url()));
    let client = client.connect().await.unwrap();
    client.register("ann", &PASSWORD.into(), None).await.unwrap();
    let token = client.login("ann", &PASSWORD.into(), "tests").await.unwrap().token;
    client.with_token(token)
}

/// The results of the calls of a [`Load`].
struct Outcome {
    /// Titles of the todos that were created.
    created: Vec<String>,
    failures: Vec<Error>,
    /// The longest call.
    longest: Duration,
    lag: Lag,
}

impl Outcome {
    /// No call took longer than 2 seconds and some of the usual ones.
    fn assert_quick(&self, event: &str, undisturbed: &Self) {
        let (longest, usual) = (self.longest, undisturbed.longest);
        say(&format!("a replica {event}: the longest call took {longest:?}; before, {usual:?}"));
        self.lag.assert_within(Duration::from_secs(2) + 10 * usual, longest, event);
    }
}

/// Calls at a steady pace until it is told to stop: every other one creates a todo, the others list.
struct Load {
    stop: Arc<AtomicBool>,
    answered: Arc<AtomicU32>,
    running: tokio::task::JoinHandle<Outcome>,
}

impl Load {
    fn start(client: &Client) -> Self {
        let (client, stop) = (client.clone(), Arc::new(AtomicBool::new(false)));
        let answered = Arc::new(AtomicU32::new(0));
        let (stopped, counter) = (Arc::clone(&stop), Arc::clone(&answered));
        let running = tokio::spawn(async move {
            let mut calls = JoinSet::new();
            let mut ticks = tokio::time::interval(PACE);
            let room = Arc::new(Semaphore::new(ON_THEIR_WAY));
            let (mut count, lag) = (0, Lag::start());
            while !stopped.load(Ordering::Relaxed) {
                ticks.tick().await;
                let place = Arc::clone(&room).acquire_owned().await.unwrap();
                count += 1;
                let (client, counter) = (client.clone(), Arc::clone(&counter));
                calls.spawn(async move {
                    let started = Instant::now();
                    let title = (count % 2 == 0).then(|| format!("todo {count}"));
                    let result = match &title {
                        Some(title) => client.create_todo(title.as_str()).await.map(drop),
                        None => {
                            client.list_todos(TodoFilter::default()).page_size(20).next_page().await.map(drop)
                        }
                    };
                    drop(place);
                    counter.fetch_add(1, Ordering::Relaxed);
                    (title, result, started.elapsed())
                });
            }
            let mut outcome =
                Outcome { created: Vec::new(), failures: Vec::new(), longest: Duration::ZERO, lag };
            while let Some(call) = calls.join_next().await {
                let (title, result, took) = call.unwrap();
                outcome.longest = outcome.longest.max(took);
                match result {
                    Ok(()) => outcome.created.extend(title),
                    Err(error) => outcome.failures.push(error),
                }
            }
            outcome
        });
        Self { stop, answered, running }
    }

    /// Waits until so many more calls have been answered.
    async fn until_answered(&self, calls: u32) {
        let enough = self.answered.load(Ordering::Relaxed) + calls;
        until("the calls are answered", async || self.answered.load(Ordering::Relaxed) >= enough).await;
    }

    async fn stop(self) -> Outcome {
        self.stop.store(true, Ordering::Relaxed);
        let outcome = self.running.await.unwrap();
        assert!(outcome.failures.is_empty(), "{:?}", &outcome.failures[..outcome.failures.len().min(3)]);
        assert!(!outcome.created.is_empty());
        outcome
    }
}

/// Reads a watch until it has sent all of these titles.
async fn watch_until_seen(client: Client, mut expected: tokio::sync::watch::Receiver<Option<Vec<String>>>) {
    let mut watch = client.watch_changes();
    let mut seen = HashMap::<String, u32>::new();
    loop {
        let missing = expected
            .borrow_and_update()
            .as_ref()
            .map(|titles| titles.iter().filter(|title| !seen.contains_key(*title)).count());
        if missing == Some(0) {
            return;
        }
        tokio::select! {
            event = watch.next() => match event.unwrap().unwrap() {
                Event::Todo { todo, .. } => *seen.entry(todo.title).or_default() += 1,
                Event::Restarted => panic!("the watch had to start over"),
                _ => {}
            },
            changed = expected.changed() => changed.unwrap(),
        }
    }
}

/// Every title once, as a server lists them.
async fn assert_listed_once(client: &Client, created: &[String]) {
    let listed = client.list_todos(TodoFilter::default()).try_collect().await.unwrap();
    let mut listed = listed.into_iter().map(|todo| todo.title).collect::<Vec<_>>();
    let mut created = created.to_vec();
    listed.sort();
    created.sort();
    assert_eq!(listed.len(), created.len());
    assert_eq!(listed, created, "nothing is lost, and nothing is there twice");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_call_fails_during_rolling_restarts() {
    let Some(database) = postgres::database() else { return };
    let mut servers = [start(&database), start(&database)];
    let client = person(&[&servers[0], &servers[1]]).await;
    let (all, expected) = tokio::sync::watch::channel(None);
    let watching = tokio::spawn(watch_until_seen(client.clone(), expected));
    let load = Load::start(&client);
    for n in 0..20 {
        let server = &mut servers[n % 2];
        server.terminate();
        server.launch();
        server.wait_until_listening();
        // As an operator's script would, the next one is restarted when this one serves.
        Client::connect(server.url()).await.unwrap();
        load.until_answered(40).await;
    }
    let outcome = load.stop().await;
    assert_listed_once(&client, &outcome.created).await;
    all.send(Some(outcome.created)).unwrap();
    tokio::time::timeout(PATIENCE, watching).await.expect("the watch has seen everything").unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_and_hung_replicas_are_ejected() {
    let Some(database) = postgres::database() else { return };
    let mut servers = [start(&database), start(&database)];
    let client = person(&[&servers[0], &servers[1]]).await;
    let load = Load::start(&client);
    load.until_answered(400).await;
    let undisturbed = load.stop().await;

    let load = Load::start(&client);
    load.until_answered(200).await;
    servers[0].kill();
    load.until_answered(400).await;
    load.stop().await.assert_quick("killed", &undisturbed);

    // It comes back and is used again: alone, when the other one hangs.
    servers[0].launch();
    servers[0].wait_until_listening();
    // On a machine that is busy with something else the other one may be taken for hung, too, again and again.
    let patient = client.with_timeout(PATIENCE).with_retry(RetryPolicy::default().attempts(1_000));
    let load = Load::start(&patient);
    load.until_answered(200).await;
    servers[1].signal("STOP");
    load.until_answered(800).await;
    let outcome = load.stop().await;
    servers[1].signal("CONT");
    outcome.assert_quick("hung", &undisturbed);
}

/// HAProxy with the documented configuration, in front of these servers. Ends when it is dropped.
struct Proxy {
    child: std::process::Child,
    address: SocketAddr,
    /// Where it serves its statistics.
    statistics: SocketAddr,
    _directory: tempfile::TempDir,
}

impl Proxy {
    /// `None` where there is none.
    async fn start(servers: &[ServerProcess; 2]) -> Option<Self> {
        let haproxy = HAPROXY.find()?;
        let (address, statistics) = (process::free_address(), process::free_address());
        let documented = Path::new(env!("CARGO_MANIFEST_DIR")).join("../deploy/haproxy.cfg");
        let mut config = fs::read_to_string(documented).unwrap();
        for (from, to) in [
            (
                "bind :443 ssl crt /etc/haproxy/todo.pem alpn h2,http/1.1".to_owned(),
                format!("bind {address}"),
            ),
            (" todo-1:7878".to_owned(), format!(" {}", servers[0].address())),
            (" todo-2:7878".to_owned(), format!(" {}", servers[1].address())),
        ] {
            assert_eq!(config.matches(&from).count(), 1, "{from}");
            config = config.replace(&from, &to);
        }
        write!(config, "\nfrontend statistics\n    bind {statistics}\n    stats enable\n    stats uri /\n")
            .unwrap();
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("haproxy.cfg");
        fs::write(&file, config).unwrap();
        let child =
            Command::new(haproxy).args(["-db", "-f"]).arg(&file).stdin(Stdio::null()).spawn().unwrap();
        let proxy = Self { child, address, statistics, _directory: directory };
        until("HAProxy listens", async || TcpStream::connect(address).await.is_ok()).await;
        proxy.until_all_up().await;
        Some(proxy)
    }

    /// Waits until it sends calls to both servers.
    async fn until_all_up(&self) {
        until("HAProxy finds both servers up", async || {
            let csv = Browser::new(self.statistics).get("/;csv").await.text;
            let servers = csv.lines().filter(|line| line.starts_with("replicas,todo-"));
            servers.filter(|line| line.split(',').nth(17) == Some("UP")).count() == 2
        })
        .await;
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        drop(self.child.kill());
        drop(self.child.wait());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn behind_haproxy_no_call_fails_during_restarts() {
    let Some(database) = postgres::database() else { return };
    let start = || ServerProcess::start(&["--database", &database, "--lame-duck-seconds", "2"]);
    let mut servers = [start(), start()];
    let Some(proxy) = Proxy::start(&servers).await else { return };
    let client = Client::builder().endpoint(format!("http://{}", proxy.address)).connect().await.unwrap();
    client.register("ann", &PASSWORD.into(), None).await.unwrap();
    let client = client.with_token(token_of(&client).await);
    let (all, expected) = tokio::sync::watch::channel(None);
    let watching = tokio::spawn(watch_until_seen(client.clone(), expected));
    // Without retries: the proxy alone keeps calls from servers that are down.
    let load = Load::start(&client.with_retry(RetryPolicy::none()));
    for n in 0..4 {
        let server = &mut servers[n % 2];
        server.terminate();
        server.launch();
        server.wait_until_listening();
        proxy.until_all_up().await;
    }
    let outcome = load.stop().await;
    assert_listed_once(&client, &outcome.created).await;
    all.send(Some(outcome.created)).unwrap();
    tokio::time::timeout(PATIENCE, watching).await.expect("the watch has seen everything").unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn five_servers_starting_at_once_migrate_once() {
    let Some(database) = postgres::database() else { return };
    let mut servers = (0..5).map(|_| ServerProcess::launched(&["--database", &database])).collect::<Vec<_>>();
    for server in &mut servers {
        server.wait_until_listening();
    }
    let ann = person(&servers.iter().collect::<Vec<_>>()).await;
    for server in &servers {
        let one = Client::builder().endpoint(server.url()).connect().await.unwrap();
        one.with_token(token_of(&ann).await).create_todo("Buy milk").await.unwrap();
    }
    let applied =
        postgres::query(&database, "SELECT count(*), count(DISTINCT version) FROM _sqlx_migrations");
    let (count, distinct) = applied.trim().split_once('|').unwrap();
    assert_eq!(count, distinct);
}

/// A token of the same account.
async fn token_of(client: &Client) -> Token {
    client.login("ann", &PASSWORD.into(), "tests").await.unwrap().token
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn calls_are_unavailable_while_the_database_is_down() {
    let Some(mut cluster) = Cluster::start() else { return };
    let server = start(&cluster.database());
    let client = person(&[&server]).await.with_retry(RetryPolicy::none());
    client.create_todo("Buy milk").await.unwrap();

    let lag = Lag::start();
    cluster.stop();
    let (gone, mut longest) = (Instant::now(), Duration::ZERO);
    while gone.elapsed() < Duration::from_secs(5) {
        let asked = Instant::now();
        let error = client.create_todo("Buy eggs").await.unwrap_err();
        assert!(error.is_unavailable() || error.is_resource_exhausted(), "{error:?}");
        longest = longest.max(asked.elapsed());
        // Not waiting for anything: refusals come fast, and five seconds are to pass.
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    cluster.resume();
    let back = Instant::now();
    until("it serves again", async || {
        let Err(error) = client.create_todo("Buy bread").await else { return true };
        assert!(error.is_unavailable(), "{error:?}");
        false
    })
    .await;
    let back = back.elapsed();
    say(&format!("refused after at most {longest:?}, served again after {back:?}"));
    lag.assert_within(Duration::from_secs(3), longest, "a refusal");
    lag.assert_within(Duration::from_secs(2), back, "coming back");
}
