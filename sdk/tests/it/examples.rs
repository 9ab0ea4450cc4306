//! The programs in `examples/`, run as their readers would run them: with a stored login, and with the environment.

use std::{path::PathBuf, process::Stdio};

use todo_sdk::{
    Client, TodoFilter, Token,
    credentials::{Config, Profile, TokenStore},
};
use tokio::{
    io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader},
    process::Command,
};

use crate::support::{Server, password};

/// The example in an environment that is empty but for a home directory.
fn example(name: &str, home: &std::path::Path) -> Command {
    let mut path: PathBuf = std::env::current_exe().unwrap();
    path.pop();
    path.pop();
    let program = path.join("examples").join(name);
    assert!(program.exists(), "{} is missing: cargo build --examples", program.display());
    let mut command = Command::new(program);
    command.env_clear().env("HOME", home).kill_on_drop(true);
    command
}

async fn login(server: &Server) -> (Client, Token) {
    let ada = server.person("ada").await;
    let token = ada.login("ada", &password(), "an example").await.unwrap().token;
    (ada, token)
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn the_quickstart_uses_the_stored_login() {
    let server = Server::start();
    let (_, token) = login(&server).await;
    let home = tempfile::tempdir().unwrap();
    let output = example("quickstart", home.path()).output().await.unwrap();
    assert!(!output.status.success());
    let shown = String::from_utf8(output.stderr).unwrap();
    assert!(shown.contains("UNAUTHENTICATED") && shown.contains("todo login"), "{shown}");

    let mut config = Config::load_from(home.path().join(".config/todo/config.toml")).unwrap();
    let profile = Profile::new(&server.url()).unwrap().username("ada").token_store(TokenStore::File);
    config.credentials().store(&profile, &token).unwrap();
    config.set_profile("main", profile);
    config.default_profile = Some("main".to_owned());
    config.save().unwrap();
    let output = example("quickstart", home.path()).output().await.unwrap();
    assert!(output.status.success(), "{output:?}");
    let shown = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<_> = shown.lines().collect();
    assert_eq!(
        lines,
        [
            "Hello ada.",
            "Created #1 Buy milk",
            "  #1 Buy milk",
            "Completed #1",
            "Took that back: #1 is needs-action",
            "Moved #1 to the trash",
        ]
    );
}

/// What the import says to these lines, and whether it succeeds.
async fn import(server: &Server, token: &Token, lines: &str) -> (bool, String) {
    let home = tempfile::tempdir().unwrap();
    let mut import = example("bulk_import", home.path())
        .envs([("TODO_SERVER", server.url().as_str()), ("TODO_TOKEN", token.expose())])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    import.stdin.take().unwrap().write_all(lines.as_bytes()).await.unwrap();
    let output = import.wait_with_output().await.unwrap();
    (output.status.success(), String::from_utf8(output.stdout).unwrap())
}

#[tokio::test]
async fn the_import_creates_all_lines_or_none() {
    let server = Server::start();
    let (ada, token) = login(&server).await;
    let titles = async || {
        let todos = ada.list_todos(TodoFilter::default()).try_collect().await.unwrap();
        todos.into_iter().map(|todo| todo.title).collect::<Vec<_>>()
    };
    let wanted: Vec<_> = (0..1_100).map(|number| format!("Todo {number}")).collect();
    let lines = wanted.join("\n\n");
    let too_long = "x".repeat(501);
    let (success, _) = import(&server, &token, &format!("{lines}\n{too_long}\n")).await;
    assert!(!success);
    assert!(titles().await.is_empty(), "the first thousand are taken back");

    assert_eq!(import(&server, &token, &lines).await, (true, "1100 created.\n".to_owned()));
    assert_eq!(titles().await, wanted);
}

#[tokio::test]
async fn the_watch_prints_changes() {
    let server = Server::start();
    let (ada, token) = login(&server).await;
    ada.create_todo("Buy milk").await.unwrap();
    let home = tempfile::tempdir().unwrap();
    let token_file = home.path().join("token");
    std::fs::write(&token_file, format!("{}\n", token.expose())).unwrap();
    let mut watch = example("watch", home.path())
        .env("TODO_SERVER", server.url())
        .env("TODO_TOKEN_FILE", token_file)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(watch.stdout.take().unwrap()).lines();
    let mut next = async || lines.next_line().await.unwrap().unwrap();
    assert_eq!(next().await, "[ ] #1 Buy milk");
    assert_eq!(next().await, "That is all there is. Waiting for news.");
    let bread = ada.create_todo("Buy bread").await.unwrap().value;
    assert_eq!(next().await, "[ ] #2 Buy bread");
    ada.complete_todos([bread.id]).await.unwrap();
    assert_eq!(next().await, "[x] #2 Buy bread");
    ada.delete_todos([bread.id]).await.unwrap();
    assert_eq!(next().await, "- #2");
}
