//! The embedded file: many processes at once, maintenance, and what is said about a file that cannot be used.

use std::fs;
use std::process::Stdio;

use crate::sandbox::Sandbox;

#[test]
fn eight_processes_create_the_file_at_once() {
    for _ in 0..4 {
        let sandbox = Sandbox::new();
        let start = |number: usize| {
            sandbox
                .command(&["add", &format!("from process {number}")])
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        };
        let processes: Vec<_> = (0..8).map(start).collect();
        for process in processes {
            let output = process.wait_with_output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
        let list = sandbox.json(&["list", "--sort", "number"]);
        let numbers: Vec<u64> =
            list["todos"].as_array().unwrap().iter().map(|todo| todo["number"].as_u64().unwrap()).collect();
        assert_eq!(numbers, [1, 2, 3, 4, 5, 6, 7, 8]);
    }
}

#[test]
fn processes_read_and_write_at_once() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["add", "first"]);
    let start = |arguments: &[&str]| {
        sandbox
            .command(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    };
    let processes: Vec<_> = (0..16)
        .map(|number| if number % 2 == 0 { start(&["list"]) } else { start(&["add", "more"]) })
        .collect();
    for process in processes {
        let output = process.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    assert_eq!(sandbox.json(&["list"])["todos"].as_array().unwrap().len(), 9);
}

#[test]
fn maintenance_runs_once_a_day() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["add", "x"]);
    let stamp = sandbox.data().join("upkeep");
    let written = || fs::metadata(&stamp).unwrap().modified().unwrap();
    let first = written();
    sandbox.ok(&["list"]);
    assert_eq!(written(), first);
    let long_ago = first - std::time::Duration::from_hours(48);
    fs::File::options().write(true).open(&stamp).unwrap().set_modified(long_ago).unwrap();
    sandbox.ok(&["list"]);
    assert!(written() >= first);
}

#[test]
fn an_unusable_data_directory_is_reported() {
    let sandbox = Sandbox::new();
    fs::create_dir_all(sandbox.data().parent().unwrap()).unwrap();
    fs::write(sandbox.data(), "a file where the directory should be").unwrap();
    let output = sandbox.run(&["add", "x"]);
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains(&sandbox.data().display().to_string()), "{told}");
    assert_eq!(fs::read_to_string(sandbox.data()).unwrap(), "a file where the directory should be");
}

#[test]
fn a_damaged_database_is_reported_and_not_written_to() {
    let sandbox = Sandbox::new();
    sandbox.ok(&["add", "x"]);
    let file = fs::read_dir(sandbox.data())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .find(|path| path.extension().is_some_and(|extension| extension == "db"))
        .unwrap();
    for leftover in ["db-wal", "db-shm"] {
        fs::remove_file(file.with_extension(leftover)).unwrap_or_default();
    }
    fs::write(&file, "this is no database, and it is long enough to be read as one: ".repeat(100)).unwrap();
    let before = fs::read(&file).unwrap();
    let output = sandbox.run(&["list"]);
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains(&file.display().to_string()), "{told}");
    assert_eq!(fs::read(&file).unwrap(), before);
}
