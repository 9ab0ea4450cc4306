//! The real program: what it prints when it cannot start, what it logs, and how signals end it.

use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    net::{TcpListener, TcpStream},
    path::Path,
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use futures_util::StreamExt as _;
use todo_proto::auth::v1::{LoginRequest, RegisterRequest, auth_service_client::AuthServiceClient};
use todo_server::{Config, Listeners};
use tokio_util::sync::CancellationToken;
use tonic::transport::Channel;
use tonic_health::pb::{HealthCheckRequest, health_client::HealthClient};

use crate::{certificates::Authority, postgres, process::ServerProcess};

/// How long a server that cannot start may take to say so.
const START_LIMIT: Duration = Duration::from_secs(2);

fn command(flags: &[&str], environment: &[(&str, &str)]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_todo-server"));
    command.env_clear().envs(environment.iter().copied()).args(flags).stdin(Stdio::null());
    command
}

/// Runs a server that cannot start, and returns its exit code and what it said.
async fn refused(flags: &[&str], environment: &[(&str, &str)]) -> (Option<i32>, String) {
    let mut command = tokio::process::Command::from(command(flags, environment));
    let run = command.kill_on_drop(true).output();
    let output = tokio::time::timeout(START_LIMIT, run).await.expect("a refusal in time").unwrap();
    assert!(output.stdout.is_empty());
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

/// Checks that a server refuses to start, with the error, its cause and a hint.
async fn assert_refused(flags: &[&str], expected: &[&str]) {
    let (code, text) = refused(flags, &[]).await;
    assert_eq!(code, Some(1), "{text}");
    assert!(text.starts_with("Error: ") && text.contains("\nHint: "), "{text}");
    for expected in expected {
        assert!(text.contains(expected), "{expected:?} is missing: {text}");
    }
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[tokio::test]
async fn a_second_server_on_the_same_file_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("todo.db");
    let _first = ServerProcess::start(&["--database", text(&file)]);
    assert_refused(&["--database", text(&file), "--listen", "127.0.0.1:0"], &[text(&file), "in use"]).await;
}

#[tokio::test]
async fn a_port_in_use_is_reported() {
    let directory = tempfile::tempdir().unwrap();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    assert_refused(&["--data-dir", text(directory.path()), "--listen", &address], &[&address, "Caused by: "])
        .await;
    assert!(!directory.path().join("todo.db").exists(), "nothing was begun");
}

#[tokio::test]
async fn a_damaged_file_is_refused_and_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("todo.db");
    let content = "This is no database. ".repeat(1_000);
    fs::write(&file, &content).unwrap();
    assert_refused(
        &["--data-dir", text(directory.path()), "--listen", "127.0.0.1:0"],
        &[text(&file), "Caused by: "],
    )
    .await;
    assert_eq!(fs::read_to_string(&file).unwrap(), content);
}

#[tokio::test]
async fn a_directory_that_cannot_be_created_is_reported() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("a file");
    fs::write(&file, "").unwrap();
    let below = file.join("below");
    assert_refused(&["--data-dir", text(&below), "--listen", "127.0.0.1:0"], &[text(&below), "Caused by: "])
        .await;
}

#[tokio::test]
async fn an_unreachable_database_is_reported_without_its_password() {
    for url in ["postgres://todo:hunter2@127.0.0.1:1/todo", "postgres://todo:hunter2@/to do?x=%"] {
        let (code, text) = refused(&["--listen", "127.0.0.1:0"], &[("TODO_SERVER_DATABASE", url)]).await;
        assert_eq!(code, Some(1), "{text}");
        assert!(text.contains("Hint: ") && !text.contains("hunter2"), "{text}");
    }
    let (code, text) = refused(&["postgres://todo:hunter2@127.0.0.1:1/todo"], &[]).await;
    assert_eq!(code, Some(2), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
}

#[tokio::test]
async fn a_missing_database_and_a_wrong_password_are_reported() {
    let Some(cluster) = postgres::Cluster::start() else { return };
    let url = cluster.database();
    let missing = url.replace("/test_0?", "/not_there?");
    let listen = ["--listen", "127.0.0.1:0", "--database"];
    assert_refused(&[&listen[..], &[&missing]].concat(), &["--database", "not_there"]).await;
    cluster.require_password("hunter2");
    let wrong = url.replace("todo@", "todo:wrong@");
    assert_refused(&[&listen[..], &[&wrong]].concat(), &["--database", "password authentication failed"])
        .await;
    assert_refused(&[&listen[..], &["postgres://todo@/x?port=none"]].concat(), &["--database"]).await;
    let right = url.replace("todo@", "todo:hunter2@");
    let server = ServerProcess::start(&["--database", &right]);
    let channel = Channel::from_shared(server.url()).unwrap().connect().await.unwrap();
    HealthClient::new(channel).check(HealthCheckRequest::default()).await.unwrap();
}

#[tokio::test]
async fn unknown_settings_are_reported_by_name() {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(b"lisen = '127.0.0.1:0'\n").unwrap();
    assert_refused(&["--config", text(file.path())], &["lisen", text(file.path())]).await;
    let (code, text) = refused(&[], &[("TODO_SERVER_LISEN", "127.0.0.1:0")]).await;
    assert_eq!((code, text.contains("TODO_SERVER_LISEN")), (Some(1), true), "{text}");
    let (code, text) = refused(&["--lisen", "127.0.0.1:0"], &[]).await;
    assert_eq!((code, text.contains("--lisen")), (Some(2), true), "{text}");
}

#[tokio::test]
async fn unusable_certificates_are_reported_by_flag() {
    let authority = Authority::new();
    let (one, other) = (authority.sign("one"), authority.sign("other"));
    let (ca, certificate, key) = (authority.file(), &one.certificate, &one.key);
    let directory = tempfile::tempdir().unwrap();
    let damaged = directory.path().join("damaged.pem");
    fs::write(&damaged, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n").unwrap();
    let missing = directory.path().join("missing.pem");
    for (flags, expected) in [
        (vec![("--tls-cert", certificate), ("--tls-key", &other.key)], ["--tls-key", "Caused by: "]),
        (vec![("--tls-cert", certificate), ("--tls-key", certificate)], ["--tls-key", text(certificate)]),
        (vec![("--tls-cert", key), ("--tls-key", key)], ["--tls-cert", text(key)]),
        (vec![("--tls-cert", &damaged), ("--tls-key", key)], ["--tls-cert", "Caused by: "]),
        (vec![("--tls-cert", &missing), ("--tls-key", key)], ["--tls-cert", text(&missing)]),
        (vec![("--tls-cert", certificate)], ["--tls-key", "Give both"]),
        (vec![("--tls-client-ca", &ca)], ["--tls-cert", "--tls-client-ca"]),
        (
            vec![("--tls-cert", certificate), ("--tls-key", key), ("--tls-client-ca", &damaged)],
            ["--tls-client-ca", "Caused by: "],
        ),
        (vec![("--role", &"main".into()), ("--backend-cert", certificate)], ["--backend-key", "Give both"]),
    ] {
        let data = text(directory.path());
        let mut arguments = vec!["--data-dir", data, "--listen", "127.0.0.1:0"];
        arguments.extend(flags.iter().flat_map(|(flag, value)| [*flag, text(value)]));
        assert_refused(&arguments, &expected).await;
    }
}

#[test]
fn help_documents_every_setting() {
    let output = command(&["--help"], &[]).output().unwrap();
    assert!(output.status.success());
    insta::assert_snapshot!(String::from_utf8(output.stdout).unwrap());
}

#[test]
fn a_signal_stops_the_server_gracefully() {
    for signal in ["TERM", "INT"] {
        let directory = tempfile::tempdir().unwrap();
        let flags = ["--data-dir", text(directory.path()), "--listen", "127.0.0.1:0"];
        let mut server = command(&flags, &[]).stderr(Stdio::piped()).spawn().unwrap();
        let mut log = BufReader::new(server.stderr.take().unwrap()).lines().map(Result::unwrap);
        let listening = log.find(|line| line.contains(r#""message":"listening""#)).unwrap();
        assert!(listening.contains(r#""address":"127.0.0.1:"#), "{listening}");

        let started = Instant::now();
        let id = server.id().to_string();
        // The shell's own: a small system has no program of this name.
        let kill = ["-c", "kill -s \"$0\" \"$1\"", signal, &id];
        assert!(Command::new("sh").args(kill).status().unwrap().success());
        assert!(log.any(|line| line.contains(r#""message":"stopped""#)));
        assert!(server.wait().unwrap().success());
        assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    }
}

#[tokio::test]
async fn no_secret_is_logged() {
    let server = ServerProcess::start(&["--log-level", "trace"]);
    let channel = Channel::from_shared(server.url()).unwrap().connect().await.unwrap();
    let mut client = AuthServiceClient::new(channel);
    let (username, password) = (String::from("ann"), String::from("hunter2-hunter2"));
    let register =
        RegisterRequest { username, password, time_zone: String::new(), request_id: String::new() };
    client.register(register.clone()).await.unwrap();
    let RegisterRequest { username, password, .. } = register;
    let wrong = LoginRequest {
        username: username.clone(),
        password: "wrong-wrong".into(),
        client: String::new(),
        ..LoginRequest::default()
    };
    client.login(wrong).await.unwrap_err();
    let login = client
        .login(LoginRequest { username, password, client: String::new(), ..LoginRequest::default() })
        .await
        .unwrap();
    let token = login.into_inner().token;
    let mut request = tonic::Request::new(todo_proto::auth::v1::GetAccountRequest {});
    request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    client.get_account(request).await.unwrap();
    let log = server.log();
    assert!(
        log.contains("/todo.auth.v1.AuthService/Login") && log.contains(r#""code":"Unauthenticated""#),
        "{log}"
    );
    for secret in ["hunter2", "wrong-wrong", &token, "argon2id"] {
        assert!(!log.contains(secret), "{secret} is in the log:\n{log}");
    }
    for line in log.lines() {
        assert!(serde_json::from_str::<serde_json::Value>(line).is_ok(), "no JSON: {line}");
    }
}

#[tokio::test]
async fn a_database_without_fsync_is_warned_about() {
    // The cluster of the tests runs without fsync.
    let Some(url) = postgres::database() else { return };
    let server = ServerProcess::start(&["--database", &url]);
    // A response shows that the database is open.
    let channel = Channel::from_shared(server.url()).unwrap().connect().await.unwrap();
    HealthClient::new(channel).check(HealthCheckRequest::default()).await.unwrap();
    let log = server.log();
    assert!(log.contains("fsync=off"), "{log}");
    assert!(!log.contains(&url), "{log}");
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_server_recovers_from_running_out_of_file_descriptors() {
    let directory = tempfile::tempdir().unwrap();
    let run = format!(
        "ulimit -n 60; exec '{}' --data-dir '{}' --listen 127.0.0.1:0 --max-connections-per-source 1000",
        env!("CARGO_BIN_EXE_todo-server"),
        text(directory.path()),
    );
    let mut server = Command::new("sh").args(["-c", &run]).stderr(Stdio::piped()).spawn().unwrap();
    let mut log = BufReader::new(server.stderr.take().unwrap()).lines().map(Result::unwrap);
    let listening = log.find(|line| line.contains(r#""message":"listening""#)).unwrap();
    let listening: serde_json::Value = serde_json::from_str(&listening).unwrap();
    let address = listening["address"].as_str().unwrap().to_owned();

    let crowd = (0..100).map(|_| TcpStream::connect(&address).unwrap()).collect::<Vec<_>>();
    assert!(log.any(|line| line.contains("no connection can be accepted at the moment")));
    let before = processor_ticks(server.id());
    // Not waiting for anything: the processor time of half a second is what is measured.
    tokio::time::sleep(Duration::from_millis(500)).await;
    // A loop without a pause takes a whole core: 50 ticks.
    assert!(processor_ticks(server.id()) - before < 25, "it busy-waits");

    drop(crowd);
    let channel = Channel::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap();
    HealthClient::new(channel).check(HealthCheckRequest::default()).await.unwrap();
    server.kill().unwrap();
    server.wait().unwrap();
}

/// Processor time that a process has used, in hundredths of a second.
#[cfg(target_os = "linux")]
fn processor_ticks(id: u32) -> u64 {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).unwrap();
    let fields = stat.rsplit(") ").next().unwrap().split(' ').collect::<Vec<_>>();
    // utime and stime, the 14th and 15th of proc(5).
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn memory_stays_small_after_many_logins() {
    let server =
        ServerProcess::start(&["--failed-login-burst", "100", "--failed-login-burst-of-name", "100"]);
    let channel = Channel::from_shared(server.url()).unwrap().connect().await.unwrap();
    let mut client = AuthServiceClient::new(channel);
    let (username, password) = (String::from("ann"), String::from("correct horse"));
    let register =
        RegisterRequest { username, password, time_zone: String::new(), request_id: String::new() };
    HealthClient::new(Channel::from_shared(server.url()).unwrap().connect_lazy())
        .check(HealthCheckRequest::default())
        .await
        .unwrap();
    let idle = private_megabytes(server.id());
    assert!(idle <= 15, "idle: {idle} MB");

    client.register(register.clone()).await.unwrap();
    let RegisterRequest { username, password, .. } = register;
    let login = LoginRequest { username, password, client: String::new(), ..LoginRequest::default() };
    let logins = (0..500).map(|_| {
        let (mut client, login) = (client.clone(), login.clone());
        async move { client.login(login).await.map(drop) }
    });
    let logins = futures_util::stream::iter(logins).buffer_unordered(32).collect::<Vec<_>>().await;
    assert!(logins.iter().all(Result::is_ok));
    let used = private_megabytes(server.id());
    assert!(used <= 105, "after 500 logins: {used} MB");
}

/// Memory of a process itself. What is mapped from its file depends on the build, not on what it does: 26 MB of a
/// development build.
#[cfg(target_os = "linux")]
fn private_megabytes(id: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
    line.split_whitespace().next().unwrap().parse::<u64>().unwrap() / 1_024
}

#[tokio::test]
async fn the_main_role_needs_the_urls_of_the_backends() {
    for (flags, setting) in [
        (&["--role", "main"][..], "--auth-url"),
        (&["--role", "main", "--auth-url", "http://127.0.0.1:1"], "--todo-url"),
        // Plain HTTP beyond this machine.
        (&["--role", "main", "--auth-url", "http://192.0.2.1:1"], "--auth-url"),
        (&["--role", "main", "--auth-url", "nonsense"], "--auth-url"),
    ] {
        let arguments = ["todo-server", "--listen", "127.0.0.1:0"].iter().chain(flags);
        let config = Config::parse(arguments, []).unwrap();
        let listeners = Listeners::bind(&config).unwrap();
        let error = todo_server::run(config, listeners, CancellationToken::new()).await.unwrap_err();
        assert!(error.to_string().contains(setting) && error.hint().is_some(), "{flags:?}: {error}");
    }
}
