//! A full disk: refused with the right code, nothing lost, and all well again once there is room.

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use tempfile::TempDir;
use todo_sdk::{Client, NewTodo, RetryPolicy, TodoFilter};

use crate::{process::ServerProcess, programs::MOUNT};

/// A small file system in memory, mounted on a directory of its own and unmounted when it is dropped.
struct SmallDisk(TempDir);

impl SmallDisk {
    /// `None` where this user may not mount.
    fn mount(mebibytes: usize) -> Option<Self> {
        let program = MOUNT.find()?;
        let directory = tempfile::tempdir().unwrap();
        let mut mount = Command::new(program);
        mount.args(["-t", "tmpfs", "-o", &format!("size={mebibytes}m"), "tmpfs"]).arg(directory.path());
        assert!(mount.status().unwrap().success());
        Some(Self(directory))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("--lazy").arg(self.path()).status());
    }
}

async fn titles(client: &Client) -> BTreeSet<String> {
    let todos = client.list_todos(TodoFilter::default()).try_collect().await.unwrap();
    todos.into_iter().map(|todo| todo.title).collect()
}

#[tokio::test]
async fn a_full_disk_refuses_changes_and_loses_none() {
    let Some(disk) = SmallDisk::mount(4) else { return };
    let reserve = disk.path().join("reserve");
    fs::write(&reserve, vec![0; 1024 * 1024]).unwrap();
    let database = disk.path().join("todo.db");
    let mut server = ServerProcess::start(&["--database", database.to_str().unwrap()]);
    let connect = || Client::builder().endpoint(server.url()).retry(RetryPolicy::none()).connect();
    let client = connect().await.unwrap();
    let password = "correct horse battery".into();
    client.register("ann", &password, None).await.unwrap();
    let client = client.with_token(client.login("ann", &password, "disk test").await.unwrap().token);

    let mut acknowledged = BTreeSet::new();
    let refusal = loop {
        let title = format!("Todo {}", acknowledged.len());
        let todo = NewTodo::new(title.as_str()).description("x".repeat(60 * 1024));
        match client.create_todo(todo).await {
            Ok(_) => acknowledged.insert(title),
            Err(error) => break error,
        };
        assert!(acknowledged.len() < 1_000, "the disk is never full");
    };
    assert!(refusal.is_resource_exhausted(), "{refusal}");
    assert_eq!(refusal.retry_after(), None, "waiting alone does not help");
    assert!(!acknowledged.is_empty());
    assert_eq!(titles(&client).await, acknowledged, "it still answers");

    server.kill();
    fs::remove_file(reserve).unwrap();
    server.launch();
    server.wait_until_listening();
    // The old connection is gone; the next one has to be found.
    let client = client.with_retry(RetryPolicy::default());
    assert_eq!(titles(&client).await, acknowledged, "and has lost nothing");
    client.create_todo("There is room again").await.unwrap();
}

#[tokio::test]
async fn a_server_recovers_by_itself_whenever_there_is_room_again() {
    for mebibytes in [16, 96] {
        let Some(disk) = SmallDisk::mount(mebibytes) else { return };
        let database = disk.path().join("todo.db");
        let server = ServerProcess::start(&["--database", database.to_str().unwrap()]);
        let client =
            Client::builder().endpoint(server.url()).retry(RetryPolicy::none()).connect().await.unwrap();
        let password = "correct horse battery".into();
        client.register("ann", &password, None).await.unwrap();
        let client = client.with_token(client.login("ann", &password, "disk test").await.unwrap().token);
        let size = |suffix: &str| {
            fs::metadata(format!("{}{suffix}", database.display())).map_or(0, |file| file.len() / 1024 / 1024)
        };

        let mut acknowledged = BTreeSet::new();
        let reserve = disk.path().join("reserve");
        for turn in 0..20 {
            // Somebody else takes most of what is left.
            let mut others = fs::File::create(&reserve).unwrap();
            let block = vec![0; 64 * 1024];
            while std::io::Write::write_all(&mut others, &block).is_ok() {}
            let taken = others.metadata().unwrap().len();
            if taken < 4 * 1024 * 1024 {
                // The server has most of it by now.
                assert!(turn > 2, "{taken} bytes in turn {turn}");
                break;
            }
            let kept = taken - 2 * 1024 * 1024;
            others.set_len(kept).unwrap();
            loop {
                let title = format!("Todo {}", acknowledged.len());
                let todo = NewTodo::new(title.as_str()).description("x".repeat(16 * 1024));
                match client.create_todo(todo).await {
                    Ok(_) => acknowledged.insert(title),
                    Err(error) => {
                        assert!(error.is_resource_exhausted(), "{error:?}");
                        break;
                    }
                };
            }
            // Room for a little more, and nobody starts anything again.
            others.set_len(kept - 1024 * 1024).unwrap();
            let title = format!("Todo {}", acknowledged.len());
            client.create_todo(title.as_str()).await.unwrap_or_else(|error| panic!("turn {turn}: {error:?}"));
            acknowledged.insert(title);
            drop(others);
            fs::remove_file(&reserve).unwrap();
        }
        fs::remove_file(&reserve).unwrap_or_default();
        let (log, whole) = (size("-wal"), size(""));
        assert!(
            log * 4 <= mebibytes as u64,
            "the log of {log} MiB was moved into the database of {whole} MiB"
        );
        assert_eq!(titles(&client).await, acknowledged);
    }
}
