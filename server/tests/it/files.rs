//! The files of a database on SQLite: one server for each, whatever they are called; nobody else may read them; and what happens
//! when they go away under a running server, or half of them is missing.

use std::{
    collections::BTreeSet,
    fs,
    os::unix::fs::{PermissionsExt as _, symlink},
    path::{Path, PathBuf},
};

use todo_sdk::{Client, NewTodo, RetryPolicy, TodoFilter};

use crate::{
    commands::{done, person, place, refused, text},
    process::ServerProcess,
    wait,
};

/// Adds a todo, and notes its title if that was acknowledged.
async fn add(client: &Client, acknowledged: &mut BTreeSet<String>) -> todo_sdk::Result<()> {
    let title = format!("Todo {}", acknowledged.len());
    client.create_todo(title.as_str()).await?;
    acknowledged.insert(title);
    Ok(())
}

async fn titles(client: &Client) -> BTreeSet<String> {
    let todos = client.list_todos(TodoFilter::default()).try_collect().await.unwrap();
    todos.into_iter().map(|todo| todo.title).collect()
}

fn beside(file: &Path, suffix: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// The permissions of a file.
fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

/// What a second server on this name of the file is told.
fn refused_second(file: &Path, expected: &[&str]) {
    refused(&["--database", text(file), "--listen", "127.0.0.1:0"], expected);
}

#[tokio::test]
async fn a_file_has_one_server_whatever_its_name() {
    let (directory, file) = place();
    let server = ServerProcess::start(&["--database", text(&file)]);
    let ann = person(&server).await;
    let base = directory.path();
    let (linked, through) = (base.join("linked.db"), base.join("here"));
    symlink("todo.db", &linked).unwrap();
    symlink(".", &through).unwrap();
    for name in [&linked, &through.join("todo.db"), &through.join("linked.db")] {
        refused_second(name, &["in use", text(&file)]);
    }
    let hard = base.join("hard.db");
    fs::hard_link(&file, &hard).unwrap();
    refused_second(&hard, &[text(&hard), "2 names", "hard links", "-samefile"]);
    // The one that runs goes on.
    ann.create_todo("Buy milk").await.unwrap();
    drop(server);
    refused_second(&file, &[text(&file), "2 names"]);
    fs::remove_file(&hard).unwrap();
    // By a link, and through a directory of another name.
    let server = ServerProcess::start(&["--database", text(&through.join("linked.db"))]);
    assert_eq!(titles(&ann_at(&server).await).await.len(), 1);
    assert!(!beside(&linked, ".lock").exists() && beside(&file, ".lock").exists());
}

/// The account of [`person`], logged in once more.
async fn ann_at(server: &ServerProcess) -> Client {
    let client = Client::connect(server.url()).await.unwrap();
    let token = client.login("ann", &crate::support::PASSWORD.into(), "tests").await.unwrap().token;
    client.with_token(token)
}

#[tokio::test]
async fn a_server_whose_file_goes_away_saves_it_and_ends() {
    for by_removal in [false, true] {
        let (directory, file) = place();
        let mut server = ServerProcess::start(&["--database", text(&file)]);
        let ann = person(&server).await.with_retry(RetryPolicy::none());
        let mut acknowledged = BTreeSet::new();
        for _ in 0..20 {
            add(&ann, &mut acknowledged).await.unwrap();
        }
        if by_removal {
            // Together with the log: what is left is what the server has open.
            fs::remove_file(&file).unwrap();
            fs::remove_file(beside(&file, "-wal")).unwrap();
        } else {
            fs::rename(&file, directory.path().join("elsewhere.db")).unwrap();
        }
        // It must not be told that this was done, and nobody may be told so afterwards.
        for _ in 0..3 {
            assert!(add(&ann, &mut acknowledged).await.unwrap_err().is_unavailable());
        }
        assert_eq!(server.wait_for_end(), Some(1), "{}", server.log());
        let copy = beside(&file, ".rescued");
        for expected in ["was moved, replaced or removed", text(&copy), "Hint: "] {
            assert!(server.log().contains(expected), "{expected}: {}", server.log());
        }
        assert_eq!(mode(&copy), 0o600);
        // An empty database would look as if all were lost.
        refused_second(&file, &["missing"]);
        fs::remove_file(beside(&file, "-wal")).unwrap_or_default();
        refused_second(&file, &["missing", text(&copy)]);
        fs::rename(&copy, &file).unwrap();
        done(&["check", "--database", text(&file)]);
        server.launch();
        server.wait_until_listening();
        let found = titles(&ann_at(&server).await).await;
        assert!(acknowledged.is_subset(&found), "{acknowledged:?} {found:?}");
    }
}

#[tokio::test]
async fn an_idle_server_notices_that_its_file_was_replaced() {
    let (directory, file) = place();
    let mut server = ServerProcess::start(&["--database", text(&file)]);
    let ann = person(&server).await;
    ann.create_todo("Buy milk").await.unwrap();
    let other = directory.path().join("other.db");
    done(&["migrate", "--database", text(&other)]);
    fs::rename(&other, &file).unwrap();
    assert_eq!(server.wait_for_end(), Some(1), "{}", server.log());
    done(&["check", "--database", text(&beside(&file, ".rescued"))]);
    // The other one is left as it is.
    assert!(done(&["check", "--database", text(&file)]).contains("sound"));
}

#[tokio::test]
async fn a_log_without_its_database_is_refused_and_kept() {
    let (directory, file) = place();
    let mut server = ServerProcess::start(&["--database", text(&file)]);
    let ann = person(&server).await;
    ann.create_todo(NewTodo::new("Buy milk").description("x".repeat(60_000))).await.unwrap();
    server.kill();
    let (log, away) = (beside(&file, "-wal"), directory.path().join("away.db"));
    let before = fs::read(&log).unwrap();
    fs::rename(&file, &away).unwrap();
    refused_second(&file, &["missing", text(&file), text(&log), "Hint: Put the database back"]);
    assert_eq!(fs::read(&log).unwrap(), before);
    assert!(!file.exists());
    fs::rename(&away, &file).unwrap();
    server.launch();
    server.wait_until_listening();
    assert_eq!(titles(&ann_at(&server).await).await.len(), 1);
}

#[tokio::test]
async fn the_logs_of_unclean_stops_are_kept_until_a_clean_one() {
    let mut server = ServerProcess::start(&[]);
    let ann = person(&server).await;
    let file = server.data_directory().join("todo.db");
    let copies = [beside(&file, "-wal.unclean"), beside(&file, "-wal.unclean-newest")];
    let mut logs = Vec::new();
    for turn in 0..3 {
        ann.create_todo(format!("Todo {turn}").as_str()).await.unwrap();
        server.kill();
        logs.push(fs::read(beside(&file, "-wal")).unwrap());
        server.launch();
        server.wait_until_listening();
    }
    // It listens before it opens its files.
    assert_eq!(titles(&ann).await.len(), 3);
    // Not printed: they are long.
    assert!(fs::read(&copies[0]).unwrap() == logs[0], "the first");
    assert!(fs::read(&copies[1]).unwrap() == logs[2], "and the newest");
    assert!(copies.iter().all(|copy| mode(copy) == 0o600));
    server.terminate();
    assert!(!copies.iter().any(|copy| copy.exists()));
    server.launch();
    server.wait_until_listening();
    assert_eq!(titles(&ann).await.len(), 3);
    assert!(!copies.iter().any(|copy| copy.exists()), "there was no log");
}

#[tokio::test]
async fn files_are_private_whatever_the_umask() {
    for umask in ["umask 000", "umask 022", "umask 077"] {
        let server = ServerProcess::start_after(umask, &[]);
        let ann = person(&server).await;
        ann.create_todo("Buy milk").await.unwrap();
        let data = server.data_directory();
        for name in ["todo.db", "todo.db-wal", "todo.db-shm", "todo.db.lock", "todo.db.setup-lock"] {
            assert_eq!(mode(&data.join(name)), 0o600, "{umask}: {name}");
        }
        assert_eq!(mode(&data) & 0o077, 0, "{umask}");
        let backup = data.join("backup.db");
        done(&["backup", text(&backup), "--data-dir", text(&data)]);
        assert_eq!(mode(&backup), 0o600);
    }
}

#[tokio::test]
async fn files_that_others_can_read_are_taken_from_them_and_a_directory_is_warned_about() {
    let mut server = ServerProcess::start(&[]);
    person(&server).await.create_todo("Buy milk").await.unwrap();
    let data = server.data_directory();
    assert!(!server.log().contains("chmod"), "{}", server.log());
    server.kill();
    let names = ["todo.db", "todo.db-wal", "todo.db-shm", "todo.db.lock", "todo.db.setup-lock"];
    for path in names.iter().map(|name| data.join(name)).filter(|path| path.exists()) {
        fs::set_permissions(path, fs::Permissions::from_mode(0o644)).unwrap();
    }
    fs::set_permissions(&data, fs::Permissions::from_mode(0o755)).unwrap();
    server.launch();
    server.wait_until_listening();
    // It listens before it opens the database.
    let is_private =
        || names.iter().map(|name| data.join(name)).all(|path| !path.exists() || mode(&path) == 0o600);
    wait::until("files are private", async || is_private()).await;
    wait::until("the directory is warned about", async || server.log().contains("chmod 700")).await;
    let log = server.log();
    assert!(log.contains("chmod 700") && log.contains(text(&data)) && log.contains("755"), "{log}");
}

#[tokio::test]
async fn a_limit_to_the_size_of_files_kills_nobody() {
    // In blocks of 512 bytes: 2 MiB, and no more memory for a core dump of whoever dies.
    let mut server = ServerProcess::start_after("ulimit -c 0 && ulimit -f 4096", &[]);
    let client = person(&server).await.with_retry(RetryPolicy::none());
    let (mut acknowledged, mut refused_in_a_row) = (BTreeSet::new(), 0);
    for attempt in 0.. {
        let title = format!("Todo {attempt}");
        match client.create_todo(NewTodo::new(title.as_str()).description("x".repeat(60_000))).await {
            // A part of the log could still be moved into the database.
            Ok(_) => {
                refused_in_a_row = 0;
                acknowledged.insert(title);
            }
            Err(error) => {
                assert!(error.is_resource_exhausted(), "{error:?}");
                refused_in_a_row += 1;
            }
        }
        if refused_in_a_row == 30 {
            break;
        }
        assert!(acknowledged.len() < 1_000, "there is no limit");
    }
    assert_eq!(titles(&client).await, acknowledged, "it still answers");
    let log = server.log();
    let lines = log.lines().filter(|line| line.contains("disk is full") || line.contains("\"failed\""));
    assert_eq!(lines.count(), 1, "one line for what has one cause: {log}");
    server.kill();
    server.restart_unlimited();
    let client = ann_at(&server).await;
    assert_eq!(titles(&client).await, acknowledged, "and has lost nothing");
    wait::until("there is room again", async || client.create_todo("There is room").await.is_ok()).await;
}
