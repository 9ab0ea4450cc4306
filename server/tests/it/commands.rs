//! What an operator does with a database: backups, checks, migrations, and the way from SQLite to PostgreSQL.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
    time::Instant,
};

use todo_sdk::{Client, Event, NewTodo, TodoFilter, Trash};

use crate::{postgres, process::ServerProcess, programs::ROOT, support::PASSWORD, wait::PATIENCE};

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_todo-server"));
    command.env_clear().args(arguments).stdin(Stdio::null());
    command
}

pub(crate) fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr)
}

/// Runs a command that succeeds, and returns what it said.
pub(crate) fn done(arguments: &[&str]) -> String {
    let output = command(arguments).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));
    String::from_utf8(output.stdout).unwrap()
}

/// Runs a command that fails with each of these words, within the time that anything may take to be refused.
pub(crate) fn refused(arguments: &[&str], expected: &[&str]) {
    let output = command(arguments).output().unwrap();
    let said = said(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    for expected in expected {
        assert!(said.contains(expected), "{expected:?} is missing: {said}");
    }
}

/// An account on a server, with a token.
pub(crate) async fn person(server: &ServerProcess) -> Client {
    let client = Client::connect(server.url()).await.unwrap();
    client.register("ann", &PASSWORD.into(), None).await.unwrap();
    let token = client.login("ann", &PASSWORD.into(), "tests").await.unwrap().token;
    client.with_token(token)
}

async fn titles(client: &Client) -> Vec<String> {
    let todos = client.list_todos(TodoFilter::default()).try_collect().await.unwrap();
    todos.into_iter().map(|todo| todo.title).collect()
}

/// A directory, and the path of a database file in it that is not created yet.
pub(crate) fn place() -> (tempfile::TempDir, PathBuf) {
    let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let file = directory.path().join("todo.db");
    (directory, file)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_backup_under_load_holds_every_change_acknowledged_before() {
    let (directory, file) = place();
    let database = ["--database", text(&file)];
    let server = ServerProcess::start(&database);
    let ann = person(&server).await;
    for n in 0..50 {
        ann.create_todo(format!("before {n}").as_str()).await.unwrap();
    }
    let resume_token = caught_up(&ann).await;
    let writer = ann.clone();
    let writing = tokio::spawn(async move {
        for n in 0.. {
            writer.create_todo(format!("during {n}").as_str()).await.unwrap();
        }
    });
    let backup = directory.path().join("backup.db");
    let (flags, target) = (database, text(&backup).to_owned());
    let flags = flags.map(str::to_owned);
    let said =
        tokio::task::spawn_blocking(move || done(&[&flags[0], &flags[1], "backup", &target])).await.unwrap();
    assert!(said.contains("verified"), "{said}");
    writing.abort();
    assert_eq!(fs::metadata(&backup).unwrap().permissions().mode() & 0o777, 0o600);
    refused(&["backup", text(&backup), database[0], database[1]], &["exists already", "--force"]);
    done(&["backup", "--force", text(&backup), database[0], database[1]]);
    assert!(!directory.path().join("backup.db.partial").exists());

    refused(&["restore", "--force", text(&backup), database[0], database[1]], &["in use"]);
    drop(server);
    refused(&["restore", text(&backup), database[0], database[1]], &["exists already", "--force"]);
    let said = done(&["restore", "--force", text(&backup), database[0], database[1]]);
    let kept = directory.path().join("todo.db.before-restore");
    assert!(said.contains(text(&kept)) && kept.exists(), "{said}");
    done(&["check", database[0], database[1]]);
    done(&["check", "--database", text(&kept)]);

    // The same account, the same token.
    let server = ServerProcess::start(&database);
    let again = Client::connect(server.url()).await.unwrap();
    let token = again.login("ann", &PASSWORD.into(), "tests").await.unwrap().token;
    let ann = again.with_token(token);
    let titles = titles(&ann).await;
    assert!((0..50).all(|n| titles.contains(&format!("before {n}"))), "{titles:?}");
    // Its revisions may stand for other changes now, so a watch starts over.
    let event = ann.watch_changes_from(resume_token).next().await.unwrap().unwrap();
    assert!(matches!(event, Event::Restarted), "{event:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_restore_keeps_the_old_database_and_reads_the_write_ahead_log() {
    let (directory, file) = place();
    let database = ["--database", text(&file)];
    let mut server = ServerProcess::start(&database);
    let ann = person(&server).await;
    ann.create_todo("In the backup").await.unwrap();
    let backup = directory.path().join("backup.db");
    done(&["backup", text(&backup), database[0], database[1]]);
    ann.create_todo("After the backup").await.unwrap();
    refused(&["backup", "--force", text(&file), database[0], database[1]], &["in use", "name of its own"]);
    ann.create_todo("Last").await.unwrap();
    // What was acknowledged last is in the log only.
    server.kill();
    assert!(fs::metadata(directory.path().join("todo.db-wal")).unwrap().len() > 0);
    let raw = directory.path().join("raw.db");
    for suffix in ["", "-wal"] {
        fs::copy(format!("{}{suffix}", file.display()), format!("{}{suffix}", raw.display())).unwrap();
    }

    done(&["restore", "--force", text(&backup), database[0], database[1]]);
    let kept = directory.path().join("todo.db.before-restore");
    let number_of_todos = async |file: &Path| -> i64 {
        use sqlx::Connection as _;
        let url = format!("sqlite://{}", file.display());
        let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
        let count =
            sqlx::query_scalar("SELECT count(*) FROM todos").fetch_one(&mut connection).await.unwrap();
        connection.close().await.unwrap();
        count
    };
    assert_eq!(number_of_todos(&file).await, 1);
    for (source, todos) in [(&kept, 3), (&backup, 1), (&raw, 3)] {
        done(&["restore", "--force", text(source), database[0], database[1]]);
        assert_eq!(number_of_todos(&file).await, todos, "{}", source.display());
    }
    // Each restore has kept the database that it replaced.
    for (suffix, todos) in [("", 3), ("-2", 1), ("-3", 3), ("-4", 1)] {
        let kept = directory.path().join(format!("todo.db.before-restore{suffix}"));
        assert_eq!(number_of_todos(&kept).await, todos, "{}", kept.display());
    }
    done(&["check", database[0], database[1]]);
}

#[test]
fn a_restored_file_belongs_to_the_owner_of_its_directory() {
    use std::os::unix::fs::{MetadataExt as _, chown};
    if ROOT.find().is_none() {
        return;
    }
    let (directory, file) = place();
    let backup = directory.path().join("backup.db");
    done(&["migrate", "--database", text(&file)]);
    done(&["backup", text(&backup), "--database", text(&file)]);
    let data = directory.path().join("data");
    fs::create_dir(&data).unwrap();
    chown(&data, Some(65_534), Some(65_534)).unwrap();
    done(&["restore", text(&backup), "--data-dir", text(&data)]);
    for entry in fs::read_dir(&data).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().uid(), 65_534, "{}", entry.path().display());
    }
}

#[test]
fn restoring_an_unusable_backup_changes_nothing() {
    let (directory, file) = place();
    let database = ["--database", text(&file)];
    done(&["migrate", database[0], database[1]]);
    let before = fs::read(&file).unwrap();
    let other = directory.path().join("other");
    refused(&["restore", "--force", text(&other), database[0], database[1]], &["other", "cannot be opened"]);
    fs::write(&other, "no database ".repeat(1_000)).unwrap();
    refused(&["restore", "--force", text(&other), database[0], database[1]], &["other", "cannot be used"]);
    fs::write(&other, &before[..before.len() / 2]).unwrap();
    refused(&["restore", "--force", text(&other), database[0], database[1]], &["other", "cannot be used"]);
    assert_eq!(fs::read(&file).unwrap(), before);

    let missing = directory.path().join("missing.db");
    let new = directory.path().join("new");
    refused(&["backup", text(&new), "--database", text(&missing)], &["missing.db", "cannot be opened"]);
    assert!(!missing.exists(), "looking makes nothing");
    let Some(url) = postgres::database() else { return };
    refused(&["backup", "file", "--database", &url], &["pg_dump"]);
    refused(&["restore", "file", "--database", &url], &["pg_restore"]);
}

/// Changes a database behind the back of the server.
pub(crate) async fn tamper(file: &Path, statement: &'static str) {
    use sqlx::{Connection as _, Executor as _};
    let mut connection =
        sqlx::SqliteConnection::connect(&format!("sqlite://{}", file.display())).await.unwrap();
    connection.execute("PRAGMA foreign_keys = OFF").await.unwrap();
    connection.execute(statement).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn an_unknown_schema_is_refused_and_left_alone() {
    let mut databases = Vec::new();
    let (_directory, file) = place();
    databases.push(text(&file).to_owned());
    databases.extend(postgres::database());
    for database in databases {
        let flags = ["--database", &database, "--listen", "127.0.0.1:0"];
        let said = done(&["migrate", flags[0], flags[1]]);
        assert!(said.contains("from version 0 to version 1"), "{said}");
        assert!(done(&["migrate", flags[0], flags[1]]).contains("up to date"));
        let is_sqlite = !database.starts_with("postgres");
        let change = async |statement: &'static str| {
            if is_sqlite {
                tamper(&file, statement).await;
            } else {
                postgres::query(&database, statement);
            }
        };
        change("UPDATE _sqlx_migrations SET version = 9999 WHERE version = 1").await;
        refused(&flags, &["newer version of Todo", "Nothing was changed"]);
        refused(&["check", flags[0], flags[1]], &["9999", "newer"]);
        change("UPDATE _sqlx_migrations SET version = 1 WHERE version = 9999").await;
        change(if is_sqlite {
            "UPDATE _sqlx_migrations SET checksum = x'00' WHERE version = 1"
        } else {
            r"UPDATE _sqlx_migrations SET checksum = '\x00' WHERE version = 1"
        })
        .await;
        refused(&flags, &["Nothing was changed"]);
        refused(&["check", flags[0], flags[1]], &["edited"]);
    }
}

/// Where a watch is that has seen everything.
async fn caught_up(client: &Client) -> todo_sdk::ResumeToken {
    let mut watch = client.watch_changes();
    while watch.next().await.unwrap().unwrap() != Event::Synced {}
    watch.resume_token().unwrap().clone()
}

/// An SQLite database with something of everything, a client's token for it, and where a watch of it stopped.
struct Original {
    _directory: tempfile::TempDir,
    file: PathBuf,
    token: todo_sdk::Token,
    resume_token: todo_sdk::ResumeToken,
    titles: Vec<String>,
}

async fn original(todos: usize) -> Original {
    let (directory, file) = place();
    let mut server = ServerProcess::start(&["--database", text(&file)]);
    let client = Client::connect(server.url()).await.unwrap();
    for name in ["bob", "ann"] {
        client.register(name, &PASSWORD.into(), None).await.unwrap();
    }
    let token = client.login("ann", &PASSWORD.into(), "tests").await.unwrap().token;
    let ann = client.with_token(token.clone());
    ann.create_project("Home").await.unwrap();
    let add = |n: usize| {
        let ann = ann.clone();
        async move { ann.create_todo(NewTodo::new(format!("todo {n}")).tag("a").tag("b")).await.unwrap() }
    };
    let created = futures_util::future::join_all((0..todos).map(add)).await;
    let ids = created.iter().map(|todo| todo.value.id).collect::<Vec<_>>();
    ann.complete_todos(ids[..5].iter().copied()).await.unwrap();
    ann.delete_todos(ids[5..9].iter().copied()).await.unwrap();
    let resume_token = caught_up(&ann).await;
    let mut titles = titles(&ann).await;
    titles.sort();
    server.terminate();
    Original { _directory: directory, file, token, resume_token, titles }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_equals_its_original() {
    let Some(url) = postgres::database() else { return };
    let original = original(1_500).await;
    let from = format!("sqlite://{}", original.file.display());
    let copy = ["copy", "--from", &from, "--to", &url];
    let said = done(&copy);
    assert!(said.contains("compared each"), "{said}");
    done(&["check", "--database", &url]);
    // A second copy into the same database is refused.
    refused(&copy, &["not empty", "Nothing was changed"]);

    let server = ServerProcess::start(&["--database", &url]);
    let ann = Client::connect(server.url()).await.unwrap().with_token(original.token);
    let mut there = titles(&ann).await;
    there.sort();
    assert_eq!(there, original.titles);
    let trash = ann.list_todos(TodoFilter::default().trash(Trash::Only)).try_collect().await.unwrap();
    assert_eq!(trash.len(), 4);
    // Changes from before the copy can be undone, and numbers continue. It is another history: a watch starts over.
    ann.undo_last().await.unwrap();
    let mut watch = ann.watch_changes_from(original.resume_token);
    let event = tokio::time::timeout(PATIENCE, watch.next()).await.unwrap().unwrap().unwrap();
    assert!(matches!(event, Event::Restarted), "{event:?}");
    let next = ann.create_todo("One more").await.unwrap().into_inner();
    assert_eq!(next.number, 1_501);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_killed_copy_can_be_continued_and_is_not_served_until_complete() {
    let Some(url) = postgres::database() else { return };
    let original = original(3_000).await;
    let copy = ["copy", "--from", text(&original.file), "--to", &url];
    let mut kills = 0;
    // Killed at so many rows or later, depending on the speed of the machine.
    for rows in [1, 600, 1_200, 1_800, 2_400] {
        let mut child = command(&copy).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let started = Instant::now();
        while child.try_wait().unwrap().is_none() && started.elapsed() < PATIENCE {
            let there =
                postgres::try_query(&url, "SELECT count(*) FROM todos").and_then(|n| n.trim().parse().ok());
            if there.is_some_and(|there: i64| there >= rows) {
                break;
            }
        }
        child.kill().unwrap();
        kills += usize::from(!child.wait().unwrap().success());
        if postgres::query(&url, "SELECT count(*) FROM unfinished_copy").trim() == "1" {
            refused(&["--database", &url, "--listen", "127.0.0.1:0"], &["was not finished", "copy"]);
        }
    }
    assert!(kills > 0);
    if postgres::query(&url, "SELECT count(*) FROM unfinished_copy").trim() == "1" {
        // A row that was changed in between is detected.
        let (first, of_first) =
            ("SELECT title FROM todos LIMIT 1", "WHERE id = (SELECT id FROM todos LIMIT 1)");
        let title = postgres::query(&url, first);
        postgres::query(&url, &format!("UPDATE todos SET title = 'tampered' {of_first}"));
        refused(&copy, &["differs in todos"]);
        let mend = format!("UPDATE todos SET title = '{}' WHERE title = 'tampered'", title.trim());
        postgres::query(&url, &mend);
        done(&copy);
    }
    done(&["check", "--database", &url]);
    let count = postgres::query(&url, "SELECT count(*) FROM todos");
    assert_eq!(count.trim(), "3000");
    drop(ServerProcess::start(&["--database", &url]));
}

#[test]
fn a_copy_needs_both_ends() {
    let (_directory, file) = place();
    refused(&["copy", "--from", text(&file), "--to", "postgres://127.0.0.1:1/todo"], &["--from"]);
    done(&["migrate", "--database", text(&file)]);
    refused(&["copy", "--from", text(&file), "--to", "somewhere"], &["--to"]);
    refused(&["copy", "--from", text(&file), "--to", "postgres://127.0.0.1:1/todo"], &["cannot be opened"]);
}
