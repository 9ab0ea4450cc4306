//! What operators see: health, metrics, the log; and that the dashboard and the alerts are about what there is.

use std::{
    collections::BTreeSet,
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Command,
};

use todo_proto::todo::v1::{WatchChangesRequest, todo_service_client::TodoServiceClient};
use todo_sdk::{Client, TodoFilter};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tonic::transport::Channel;
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

use crate::{
    postgres::Cluster,
    process::{ServerProcess, free_address},
    programs::PROMTOOL,
    support::{Engine, PASSWORD, on_both_engines, with_token},
    wait::until,
};

/// Starts a server with an admin listener, and returns that one's address.
fn start(database: &str) -> (ServerProcess, SocketAddr) {
    let admin = free_address();
    let server = ServerProcess::start(&["--database", database, "--admin-listen", &admin.to_string()]);
    (server, admin)
}

/// The status and the body of a path on the admin listener.
async fn get(admin: SocketAddr, path: &str) -> (u16, String) {
    let mut stream = TcpStream::connect(admin).await.unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {admin}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned())
}

/// The value of a metric that counts, or the sum of all its label values that contain this text.
fn value(metrics: &str, name: &str, labels: &str) -> u64 {
    let of_name = |line: &&str| line.split(['{', ' ']).next() == Some(name) && line.contains(labels);
    let value = |line: &str| line.rsplit(' ').next().unwrap().parse::<u64>().unwrap();
    metrics.lines().filter(of_name).map(value).sum()
}

on_both_engines! {
    async fn metrics_count_calls_and_their_costs(engine: Engine) {
        let (server, admin) = start(&engine.database);
        let client = Client::connect(server.url()).await.unwrap();
        client.register("ann", &PASSWORD.into(), None).await.unwrap();
        let token = client.login("ann", &PASSWORD.into(), "tests").await.unwrap().token;
        let client = client.with_token(token);
        let mut watch = client.watch_changes();
        watch.next().await.unwrap().unwrap();
        for _ in 0..3 {
            client.create_todo("Buy milk").await.unwrap();
        }
        client.list_todos(TodoFilter::default()).try_collect().await.unwrap();
        client.get_project(todo_sdk::ProjectId::generate()).await.unwrap_err();

        let (status, metrics) = get(admin, "/metrics").await;
        assert_eq!(status, 200);
        let calls = |labels: &str| value(&metrics, "todo_calls_total", labels);
        assert_eq!(calls("CreateTodo\",code=\"OK\""), 3, "{metrics}");
        assert_eq!(calls("GetProject\",code=\"NOT_FOUND\""), 1);
        assert_eq!(value(&metrics, "todo_call_duration_seconds_count", "CreateTodo"), 3);
        assert_eq!(value(&metrics, "todo_calls_in_flight", ""), 0);
        assert_eq!(value(&metrics, "todo_watches", ""), 1);
        assert!(value(&metrics, "todo_watch_events_total", "") >= 1);
        assert_eq!(value(&metrics, "todo_password_hash_duration_seconds_count", ""), 2);
        assert!(value(&metrics, "todo_token_cache_hits_total", "") >= 4);
        assert!(value(&metrics, "todo_token_cache_misses_total", "") >= 1);
        assert!(value(&metrics, "todo_connections", "") >= 1);
        assert!(value(&metrics, "todo_database_connections", "") >= 1);
        let is_sqlite = !engine.database.starts_with("postgres");
        assert_eq!(value(&metrics, "todo_writer_batch_size_count", "") >= 3, is_sqlite);
        drop(watch);
        until("the watch is closed", async || {
            value(&get(admin, "/metrics").await.1, "todo_watches", "") == 0
        })
        .await;
    }
}

#[tokio::test]
async fn unknown_methods_share_one_label() {
    let engine = Engine::sqlite();
    let (server, admin) = start(&engine.database);
    let channel = Channel::from_shared(server.url()).unwrap().connect().await.unwrap();
    for n in 0..10 {
        let mut grpc = tonic::client::Grpc::new(channel.clone());
        grpc.ready().await.unwrap();
        let path = format!("/evil.v1.Service/Method{n}").parse().unwrap();
        let codec = tonic_prost::ProstCodec::<HealthCheckRequest, HealthCheckRequest>::default();
        let request = tonic::Request::new(HealthCheckRequest::default());
        grpc.unary(request, path, codec).await.unwrap_err();
    }
    let metrics = get(admin, "/metrics").await.1;
    assert!(!metrics.contains("evil"), "{metrics}");
    assert_eq!(value(&metrics, "todo_calls_total", "unknown"), 10);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn readiness_follows_the_database_and_the_shutdown() {
    let Some(mut cluster) = Cluster::start() else { return };
    let admin = free_address();
    let flags = ["--admin-listen", &admin.to_string(), "--lame-duck-seconds", "60"];
    let mut server = ServerProcess::start(&[&["--database", &cluster.database()], &flags[..]].concat());
    assert_eq!(get(admin, "/livez").await, (200, "live\n".to_owned()));
    until("it is ready", async || get(admin, "/readyz").await == (200, "ready\n".to_owned())).await;
    cluster.stop();
    until("it is not ready without the database", async || {
        get(admin, "/readyz").await == (503, "the database does not answer\n".to_owned())
    })
    .await;
    assert_eq!(get(admin, "/livez").await.0, 200);
    cluster.resume();
    until("it is ready again", async || get(admin, "/readyz").await.0 == 200).await;
    server.signal("TERM");
    until("it is stopping", async || get(admin, "/readyz").await == (503, "stopping\n".to_owned())).await;
    server.kill();
}

#[tokio::test]
async fn a_request_has_one_id_in_responses_and_in_the_log() {
    let server = ServerProcess::start(&["--log-level", "debug"]);
    let channel = Channel::from_shared(server.url()).unwrap().connect().await.unwrap();
    let mut request = tonic::Request::new(HealthCheckRequest::default());
    request.metadata_mut().insert("x-request-id", "of-a-proxy:1".parse().unwrap());
    let answer = HealthClient::new(channel.clone()).check(request).await.unwrap();
    assert_eq!(answer.metadata().get("x-request-id").unwrap(), "of-a-proxy:1");
    assert!(server.log().contains(r#""request_id":"of-a-proxy:1""#), "{}", server.log());
    let answer = HealthClient::new(channel).check(HealthCheckRequest::default()).await.unwrap();
    let id = answer.metadata().get("x-request-id").unwrap().to_str().unwrap();
    assert!(server.log().contains(id), "{id}: {}", server.log());

    // A page and the calls behind it.
    let mut stream = TcpStream::connect(server.address()).await.unwrap();
    let cookie = "__Host-todo=tdos_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf2I9IVe";
    let page = format!(
        "GET / HTTP/1.1\r\nHost: localhost\r\nCookie: {cookie}\r\nX-Request-Id: a-page\r\nConnection: close\r\n\r\n"
    );
    stream.write_all(page.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    assert!(answer.contains("x-request-id: a-page"), "{answer}");
    let log = server.log();
    let lines = log.lines().filter(|line| line.contains(r#""request_id":"a-page""#)).collect::<Vec<_>>();
    assert!(lines.iter().any(|line| line.contains("ValidateToken")), "{log}");
    assert!(lines.iter().any(|line| line.contains("shown")), "{log}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn log_lines_about_a_watch_have_its_request_id() {
    let Some(mut cluster) = Cluster::start() else { return };
    let server = ServerProcess::start(&["--database", &cluster.database()]);
    let client = Client::connect(server.url()).await.unwrap();
    client.register("ann", &PASSWORD.into(), None).await.unwrap();
    let token = client.login("ann", &PASSWORD.into(), "tests").await.unwrap().token;
    let mut request = with_token(token.expose(), WatchChangesRequest::default());
    request.metadata_mut().insert("x-request-id", "of-a-watch".parse().unwrap());
    let channel = Channel::from_shared(server.url()).unwrap().connect().await.unwrap();
    let mut events = TodoServiceClient::new(channel).watch_changes(request).await.unwrap().into_inner();
    events.message().await.unwrap().unwrap();
    cluster.stop();
    while let Ok(event) = events.message().await {
        assert!(event.is_some(), "it ends with the reason");
    }
    let log = server.log();
    let of_watch = |line: &&str| line.contains(r#""request_id":"of-a-watch""#) && line.contains("ERROR");
    assert!(log.lines().any(|line| of_watch(&line)), "{log}");
}

#[tokio::test]
async fn repeated_log_lines_are_limited() {
    let server = ServerProcess::start(&[]);
    let client = Client::connect(server.url()).await.unwrap();
    let calls = (0..3_000).map(|_| client.account());
    let refused = futures_util::future::join_all(calls).await;
    assert!(refused.iter().all(Result::is_err));
    let log = server.log();
    let lines = log.lines().filter(|line| line.contains("refused")).count();
    // The burst, and the rate for the time that it took.
    assert!((100..1_500).contains(&lines), "{lines}");
    until("the number of lines left out is logged", async || server.log().contains("lines were left out"))
        .await;
}

/// A file of the repository.
fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name)
}

/// The words in a text that are names of metrics, without what histograms and counters add.
fn metrics_in(text: &str) -> BTreeSet<String> {
    let is_name = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let words = text.split(|c| !is_name(c)).filter(|word| word.starts_with("todo_"));
    let base = |word: &str| {
        let word = ["_bucket", "_sum", "_count", "_total"]
            .iter()
            .find_map(|end| word.strip_suffix(end))
            .unwrap_or(word);
        word.to_owned()
    };
    words.map(base).collect()
}

#[tokio::test]
async fn documentation_dashboard_and_alerts_name_existing_metrics() {
    let engine = Engine::sqlite();
    let (server, admin) = start(&engine.database);
    // A metric with labels exists from its first use on: here, a call and a page.
    Client::connect(server.url()).await.unwrap().account().await.unwrap_err();
    get(server.address(), "/sign-in").await;
    let metrics = get(admin, "/metrics").await.1;
    let described = metrics.lines().filter_map(|line| line.strip_prefix("# TYPE ")?.split(' ').next());
    let there =
        described.map(|name| name.strip_suffix("_info").unwrap_or(name).to_owned()).collect::<BTreeSet<_>>();
    assert!(there.len() > 15, "{metrics}");
    let without_info = |names: BTreeSet<String>| {
        names
            .into_iter()
            .map(|name| name.strip_suffix("_info").unwrap_or(&name).to_owned())
            .collect::<BTreeSet<_>>()
    };
    let documented = without_info(metrics_in(&fs::read_to_string(file("docs/observability.md")).unwrap()));
    assert_eq!(documented, there);
    for name in ["deploy/grafana-dashboard.json", "deploy/alerts.yml"] {
        let text = fs::read_to_string(file(name)).unwrap();
        let used = without_info(metrics_in(&text));
        assert!(used.len() > 5);
        assert!(used.is_subset(&there), "{name}: {:?}", used.difference(&there).collect::<Vec<_>>());
    }
    let dashboard = fs::read_to_string(file("deploy/grafana-dashboard.json")).unwrap();
    serde_json::from_str::<serde_json::Value>(&dashboard).unwrap();

    let Some(promtool) = PROMTOOL.find() else { return };
    let rules =
        Command::new(&promtool).args(["check", "rules"]).arg(file("deploy/alerts.yml")).output().unwrap();
    assert!(rules.status.success(), "{}", String::from_utf8_lossy(&rules.stderr));
}
