//! Help is reviewed like code: one snapshot holds the whole tree.

use std::fmt::Write as _;
use std::fs;

use crate::sandbox::{Sandbox, filters};

#[test]
fn every_command_has_help() {
    let sandbox = Sandbox::new();
    let mut tree = String::new();
    add_help(&sandbox, &[], &mut tree);
    filters().bind(|| insta::assert_snapshot!(tree));
    // Help creates no files.
    assert_eq!(fs::read_dir(sandbox.home()).unwrap().count(), 0);
}

/// Adds the help of this command and of all below it.
fn add_help(sandbox: &Sandbox, path: &[&str], tree: &mut String) {
    let arguments: Vec<&str> = path.iter().copied().chain(["--help"]).collect();
    let help = sandbox.ok(&arguments);
    let title: Vec<&str> = std::iter::once("todo").chain(path.iter().copied()).collect();
    writeln!(tree, "=== {} ===\n{help}", title.join(" ")).unwrap();
    let commands = help.split_once("Commands:\n").map_or("", |(_, rest)| rest);
    for line in commands.lines().take_while(|line| !line.is_empty()) {
        // Names are indented by two columns; continuation lines by more.
        let Some(name) = line.strip_prefix("  ").filter(|line| !line.starts_with(' ')) else { continue };
        let name = name.split_whitespace().next().unwrap();
        let below: Vec<&str> = path.iter().copied().chain([name]).collect();
        add_help(sandbox, &below, tree);
    }
}

#[test]
fn short_help_and_version_are_printed() {
    let sandbox = Sandbox::new();
    assert_eq!(sandbox.ok(&["--version"]), format!("todo {}\n", env!("CARGO_PKG_VERSION")));
    assert!(sandbox.ok(&["-h"]).contains("Usage: todo"));
}

#[test]
fn every_shell_has_completions() {
    let sandbox = Sandbox::new();
    for (shell, sign) in [
        ("bash", "_todo()"),
        ("zsh", "#compdef todo"),
        ("fish", "complete -c todo"),
        ("elvish", "edit:completion"),
        ("powershell", "Register-ArgumentCompleter"),
    ] {
        let script = sandbox.ok(&["completions", shell]);
        assert!(script.contains(sign), "{shell}");
        assert!(script.contains("reopen") && script.contains("token-store"), "{shell}");
    }
    assert_eq!(fs::read_dir(sandbox.home()).unwrap().count(), 0);
}

#[test]
fn manual_pages_are_printed_or_written_to_a_directory() {
    let sandbox = Sandbox::new();
    let page = sandbox.ok(&["man"]);
    assert!(page.contains(".TH todo 1"), "{page}");
    assert!(sandbox.ok(&["man", "project", "add"]).contains(r"todo\-project\-add"));
    assert_eq!(sandbox.run(&["man", "nonsense"]).status.code(), Some(2));
    assert_eq!(fs::read_dir(sandbox.home()).unwrap().count(), 0);

    sandbox.ok(&["man", "--out", "pages"]);
    let mut pages: Vec<String> = fs::read_dir(sandbox.home().join("pages"))
        .unwrap()
        .map(|page| page.unwrap().file_name().into_string().unwrap())
        .collect();
    pages.sort_unstable();
    assert!(
        pages.contains(&"todo.1".to_owned()) && pages.contains(&"todo-project-add.1".to_owned()),
        "{pages:?}"
    );
}

#[test]
fn help_reads_no_config_no_keyring_and_no_network() {
    let mut sandbox = Sandbox::new();
    // Each of these would make a command fail that reads it.
    fs::create_dir_all(sandbox.config().parent().unwrap()).unwrap();
    fs::write(sandbox.config(), "not toml at all").unwrap();
    sandbox.set("TODO_SERVER", "not a url");
    sandbox.set("TODO_TOKEN", "not a token");
    sandbox.set("DBUS_SESSION_BUS_ADDRESS", "unix:path=/does/not/exist");
    for arguments in [&["--help"][..], &["--version"], &["add", "--help"], &["completions", "bash"], &["man"]]
    {
        let output = sandbox.run(arguments);
        assert!(output.status.success() && output.stderr.is_empty(), "{arguments:?}");
    }
    assert_eq!(sandbox.run(&["list"]).status.code(), Some(4));
}
