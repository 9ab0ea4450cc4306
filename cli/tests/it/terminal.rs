//! On a terminal, a real pseudo-terminal: what fits, what is asked and not echoed, Ctrl-C.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use expectrl::process::unix::WaitStatus;
use expectrl::session::OsSession;
use expectrl::{Eof, Expect as _, Session};
use unicode_width::UnicodeWidthStr as _;

use crate::sandbox::{Sandbox, TODO, filters};
use crate::server::Server;

/// Starts a shell script on a terminal of so many columns; `todo` is in its path.
fn terminal(sandbox: &Sandbox, columns: u16, script: &str) -> OsSession {
    let mut command = Command::new("/bin/sh");
    let directory = Path::new(TODO).parent().unwrap().display();
    command
        .args(["-c", &format!("read start; stty echo cols {columns} rows 40\n{script}")])
        .env_clear()
        .envs(sandbox.environment())
        .env("PATH", format!("{directory}:/usr/local/bin:/usr/bin:/bin"))
        .env("TERM", "xterm-256color")
        .current_dir(sandbox.home());
    let mut session = Session::spawn(command).unwrap();
    session.set_expect_timeout(Some(Duration::from_secs(20)));
    // The terminal has been configured by now, so that the script may change its settings.
    session.send_line("").unwrap();
    session
}

/// All that the script shows until it ends.
fn shown(sandbox: &Sandbox, columns: u16, script: &str) -> String {
    rest(&mut terminal(sandbox, columns, script))
}

/// All that is shown from now on.
fn rest(session: &mut OsSession) -> String {
    let found = session.expect(Eof).unwrap();
    String::from_utf8_lossy(found.as_bytes()).replace('\r', "")
}

/// Without colours.
fn plain(text: &str) -> String {
    let mut plain = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\x1b[") {
        plain.push_str(before);
        rest = after.split_once('m').unwrap().1;
    }
    plain + rest
}

fn sandbox_with_todos() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox.ok(&["project", "add", "Groceries and more"]);
    sandbox.ok(&["add", "Pay rent", "--due", "2001-07-01", "--priority", "1", "--tag", "money,flat"]);
    sandbox.ok(&[
        "add",
        "買い物に行くついでに郵便局へ寄って切手を買う",
        "--due",
        "today",
        "--project",
        "groceries and more",
    ]);
    sandbox.ok(&[
        "add",
        "A title that is rather long, longer than any terminal of an ordinary width would like it",
    ]);
    sandbox.ok(&["add", "👩‍👩‍👧 picnic", "--due", "2099-12-24", "--priority", "3", "--tag", "family"]);
    sandbox
}

#[test]
fn the_todo_table_fits_the_terminal() {
    let sandbox = sandbox_with_todos();
    let mut tables = String::new();
    for columns in [40, 80, 120] {
        let table = plain(&shown(&sandbox, columns, "todo"));
        for line in table.lines() {
            assert!(line.width() <= usize::from(columns), "{columns}: {line:?} takes {}", line.width());
        }
        write!(tables, "--- {columns} columns\n{table}").unwrap();
    }
    filters().bind(|| insta::assert_snapshot!(tables));
}

#[test]
fn output_is_coloured_on_a_terminal() {
    let sandbox = sandbox_with_todos();
    let list = shown(
        &sandbox,
        80,
        "todo list --due overdue; todo show 1; NO_COLOR=1 todo list --due overdue; TERM=dumb todo list --due overdue",
    );
    filters().bind(|| insta::assert_snapshot!(list.replace('\x1b', "␛")));
}

#[test]
fn the_environment_switches_colours_off_on_a_terminal() {
    let sandbox = sandbox_with_todos();
    for (environment, colours) in [
        ("", true),
        ("CLICOLOR=1", true),
        ("CLICOLOR_FORCE=0", true),
        ("NO_COLOR=", true),
        ("NO_COLOR=1", false),
        ("CLICOLOR=0", false),
        ("TERM=dumb", false),
        ("CLICOLOR_FORCE=0 TERM=dumb", false),
        ("CLICOLOR_FORCE=1 TERM=dumb", true),
    ] {
        let list = shown(&sandbox, 80, &format!("{environment} todo list"));
        assert_eq!(list.contains("\x1b["), colours, "{environment}: {list:?}");
    }
}

#[test]
fn other_tables_fit_the_terminal() {
    let sandbox = sandbox_with_todos();
    for columns in [40, 80] {
        for line in plain(&shown(&sandbox, columns, "todo log 2>/dev/null; todo project list")).lines() {
            assert!(line.width() <= usize::from(columns), "{columns}: {line:?}");
        }
    }
}

#[test]
fn the_log_names_parents_and_tells_clients_of_one_name_apart() {
    let server = Server::start();
    let (one, other) = (Sandbox::new(), Sandbox::new());
    for (sandbox, verb) in [(&one, "register"), (&other, "login")] {
        let arguments = [verb, "ada", "--server", &server.url(), "--password-stdin", "--token-store", "file"];
        let output = sandbox.run_with(&arguments, "correct horse battery\n");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    one.ok(&["add", "Birthday party"]);
    one.ok(&["add", "Bake a cake"]);
    let log = plain(&shown(&one, 120, "todo log 2>/dev/null"));
    let client = log.lines().nth(1).unwrap().trim_end().rsplit("  ").next().unwrap().to_owned();
    assert!(!client.contains('('), "there is one of this name: {log}");
    other.ok(&["edit", "2", "--parent", "1"]);
    other.ok(&["undo"]);
    let log = plain(&shown(&one, 120, "todo log 2>/dev/null"));
    for expected in ["took back: updated #2 Bake a cake", "#2 parent: none → #1", "#2 parent: #1 → none"]
    {
        assert!(log.contains(expected), "{expected}: {log}");
    }
    let is_named = |line: &&str| line.contains(&format!("{client} ("));
    assert_eq!(log.lines().filter(is_named).count(), 4, "both sessions by their ids: {log}");
    let sessions =
        one.json(&["log"])["operations"].as_array().unwrap().iter().fold(Vec::new(), |mut all, one| {
            let session = one["session"].as_str().unwrap()[..8].to_owned();
            if !all.contains(&session) {
                all.push(session);
            }
            all
        });
    assert!(sessions.iter().all(|session| log.contains(&format!("({session}"))), "{sessions:?}: {log}");
}

#[test]
fn a_shortened_change_id_can_be_undone() {
    let sandbox = sandbox_with_todos();
    let table = plain(&shown(&sandbox, 100, "todo log"));
    let line = table.lines().find(|line| line.contains("Pay rent")).unwrap();
    let short = line.split_whitespace().next().unwrap();
    assert!(short.len() < 36, "{line}");
    assert!(sandbox.ok(&["undo", short]).contains("Pay rent"));
}

#[test]
fn the_trash_is_emptied_where_the_answer_is_yes() {
    let sandbox = sandbox_with_todos();
    sandbox.ok(&["rm", "1"]);
    for (answer, exit, left) in [("", 2, "1\n"), ("no", 2, "1\n"), ("Yes", 0, "")] {
        let mut session = terminal(&sandbox, 80, "todo trash empty; echo \"[exit $?]\"");
        session.expect("Delete #1 Pay rent for good? Nothing brings it back. [y/N] ").unwrap();
        session.send_line(answer).unwrap();
        let shown = plain(&rest(&mut session));
        assert!(shown.contains(&format!("[exit {exit}]")), "{answer}: {shown}");
        assert_eq!(sandbox.ok(&["trash", "list", "-q"]), left, "{answer}: {shown}");
    }
}

#[test]
fn ctrl_c_ends_a_watch_with_130() {
    let sandbox = sandbox_with_todos();
    let mut session = terminal(&sandbox, 80, "exec todo watch");
    session.expect("Ctrl-C ends it").unwrap();
    session.send("\x03").unwrap();
    rest(&mut session);
    assert_eq!(session.get_process().wait().unwrap(), WaitStatus::Exited(session.get_process().pid(), 130));
}

#[test]
fn passwords_are_not_echoed_and_the_echo_is_restored() {
    let server = Server::start();
    let sandbox = Sandbox::new();
    let script = format!(
        "todo register ada --server {} --token-store file; echo \"[exit $?]\"; stty -a; todo password; echo \"[exit $?]\"",
        server.url()
    );
    let mut session = terminal(&sandbox, 80, &script);
    session.expect("New password: ").unwrap();
    session.send_line("correct horse battery").unwrap();
    session.expect("The same again: ").unwrap();
    session.send_line("correct horse battery").unwrap();
    let found = session.expect("[exit 0]").unwrap();
    let mut seen = String::from_utf8_lossy(found.before()).into_owned();
    session.expect("Current password: ").unwrap();
    session.send_line("correct horse battery").unwrap();
    session.expect("New password: ").unwrap();
    session.send_line("staple correct battery").unwrap();
    session.expect("The same again: ").unwrap();
    session.send_line("staple correct bakery").unwrap();
    seen.push_str(&rest(&mut session));
    assert!(!seen.contains("correct horse") && !seen.contains("staple"), "{seen}");
    assert!(seen.contains("The two passwords differ"), "{seen}");
    assert!(seen.contains("[exit 2]"), "{seen}");
}

#[test]
fn ctrl_c_at_a_password_prompt_restores_the_echo() {
    let server = Server::start();
    let sandbox = Sandbox::new();
    // The shell gets the signal, too, and must survive it.
    let script = format!(
        "trap : INT; todo login ada --server {} --token-store file; echo \"[exit $?]\"; stty -a",
        server.url()
    );
    let mut session = terminal(&sandbox, 80, &script);
    session.expect("Password: ").unwrap();
    session.send("secr\x03").unwrap();
    let seen = rest(&mut session);
    assert!(seen.contains("[exit 130]"), "{seen}");
    let settings: Vec<&str> = seen.split_whitespace().collect();
    assert!(
        settings.contains(&"echo") && settings.contains(&"isig") && settings.contains(&"icanon"),
        "{seen}"
    );
    assert!(!seen.contains("secr"), "{seen}");
}

#[test]
fn a_password_is_not_echoed_after_the_program_was_stopped_and_continued() {
    let server = Server::start();
    server.register("ada", "correct horse battery");
    let sandbox = Sandbox::new();
    // A shell with job control, which switches the echo on as interactive shells do for their prompt.
    let script = format!(
        "set -m; todo login ada --server {} --token-store file; stty echo; echo '[stopped]'; read go; fg; echo \"[exit $?]\"",
        server.url()
    );
    let mut session = terminal(&sandbox, 80, &script);
    session.expect("Password: ").unwrap();
    session.send("correct\x1a").unwrap();
    session.expect("[stopped]").unwrap();
    session.send_line("").unwrap();
    // The prompt is repeated; the input before the stop is discarded.
    session.expect("Password: ").unwrap();
    session.send_line("correct horse battery").unwrap();
    let seen = rest(&mut session);
    assert!(seen.contains("[exit 0]"), "{seen}");
    assert!(!seen.contains("correct") && !seen.contains("battery"), "{seen}");
}

#[test]
fn an_interrupt_from_another_process_restores_the_echo() {
    let server = Server::start();
    let sandbox = Sandbox::new();
    let script = format!(
        "sh -c 'echo $$ >pid; exec todo login ada --server {} --token-store file'; echo \"[exit $?]\"; stty -a",
        server.url()
    );
    let mut session = terminal(&sandbox, 80, &script);
    session.expect("Password: ").unwrap();
    let pid = fs::read_to_string(sandbox.home().join("pid")).unwrap();
    // The builtin of the shell: small systems have no `kill` program.
    let kill = Command::new("/bin/sh").args(["-c", "kill -s INT \"$0\"", pid.trim()]).status().unwrap();
    assert!(kill.success());
    let seen = rest(&mut session);
    assert!(seen.contains("[exit 130]"), "{seen}");
    let settings: Vec<&str> = seen.split_whitespace().collect();
    assert!(settings.contains(&"echo") && settings.contains(&"icanon"), "{seen}");
}

#[test]
fn ctrl_c_ends_the_username_prompt() {
    let server = Server::start();
    let sandbox = Sandbox::new();
    let script = format!("exec todo login --server {} --token-store file", server.url());
    let mut session = terminal(&sandbox, 80, &script);
    session.expect("Username: ").unwrap();
    session.send("ad\x03").unwrap();
    rest(&mut session);
    let process = session.get_process();
    assert_eq!(process.wait().unwrap(), WaitStatus::Exited(process.pid(), 130));
}

#[test]
fn a_missing_username_is_prompted_for() {
    let server = Server::start();
    server.register("ada", "correct horse battery");
    let sandbox = Sandbox::new();
    let mut session = terminal(
        &sandbox,
        80,
        &format!("todo login --server {} --token-store file; todo status", server.url()),
    );
    session.expect("Username: ").unwrap();
    session.send_line("ADA").unwrap();
    session.expect("Password: ").unwrap();
    session.send_line("correct horse battery").unwrap();
    let seen = plain(&rest(&mut session));
    assert!(seen.contains("as ada") && seen.contains("State    ready"), "{seen}");
}
