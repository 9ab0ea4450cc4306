//! Backups of the todos on this machine.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::sandbox::Sandbox;

#[test]
fn a_backup_holds_everything_and_so_does_the_file_that_is_copied() {
    let sandbox = Sandbox::new();
    sandbox.run_with(&["add", "-", "-q"], &"milk\n".repeat(300));
    let file = sandbox.home().join("copy.db");
    let name = file.to_str().unwrap();
    assert_eq!(sandbox.json(&["backup", name])["file"], name);
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    // What is there is not written over.
    let output = sandbox.run(&["backup", name]);
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).contains("--force"));
    sandbox.ok(&["add", "bread"]);
    sandbox.ok(&["backup", "--force", name]);

    for copied in [file, sandbox.data().join("todo.db")] {
        let other = Sandbox::new();
        fs::create_dir_all(other.data()).unwrap();
        fs::copy(&copied, other.data().join("todo.db")).unwrap();
        assert_eq!(other.json(&["list"])["todos"].as_array().unwrap().len(), 301, "{copied:?}");
    }
}

#[test]
fn only_todos_on_this_machine_are_backed_up() {
    let sandbox = Sandbox::new();
    let output = sandbox.run(&["backup", "x.db", "--server", "http://127.0.0.1:1"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("todo-server backup"));
}

#[test]
fn the_log_of_changes_does_not_grow_for_ever() {
    let sandbox = Sandbox::new();
    for _ in 0..4 {
        sandbox.run_with(&["add", "-", "-q"], &"a todo with some words in it\n".repeat(2_000));
        let log = fs::metadata(sandbox.data().join("todo.db-wal")).map_or(0, |log| log.len());
        assert!(log < 4 * 1024 * 1024, "{log}");
    }
}
