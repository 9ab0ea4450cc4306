//! Exit codes, and what is said about failures.

use std::fs;
use std::net::TcpListener;
use std::process::Stdio;

use crate::sandbox::{Sandbox, assert_transcript};

#[test]
fn an_unreachable_server_is_reported() {
    let mut sandbox = Sandbox::new();
    // A port that was free a moment ago.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let url = format!("http://127.0.0.1:{port}");
    sandbox.replace(format!("127.0.0.1:{port}"), "[host]");
    fs::create_dir_all(sandbox.config().parent().unwrap().join("tokens")).unwrap();
    sandbox.set("TODO_SERVER", &url);
    // A well-formed token that no server knows.
    sandbox.set("TODO_TOKEN", "tdos_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf2I9IVe");
    assert_transcript!(
        sandbox,
        "
        todo list
        todo add x
        todo status
        "
    );
}

#[test]
fn a_server_that_does_not_speak_grpc_is_unreachable() {
    let mut sandbox = Sandbox::new();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        use std::io::Write as _;
        while let Ok((mut stream, _)) = listener.accept() {
            stream.write_all(b"220 mail.example.com ESMTP\r\n").unwrap_or_default();
        }
    });
    sandbox.set("TODO_SERVER", format!("http://127.0.0.1:{port}"));
    sandbox.set("TODO_TOKEN", "tdos_003aUlTJC7tjlCTQj2uNU3MFagCXG9LRKRcwGkBIDlf2I9IVe");
    let output = sandbox.run(&["list"]);
    assert_eq!(output.status.code(), Some(6), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn invalid_addresses_and_configurations_are_reported() {
    let sandbox = Sandbox::new();
    assert_transcript!(
        sandbox,
        "
        todo --server nonsense list
        todo --server ftp://example.com list
        todo --server https://ada:secret@example.com list
        todo --server http://example.com/path list
        todo --profile nowhere list
        "
    );
    fs::create_dir_all(sandbox.config().parent().unwrap()).unwrap();
    for (name, text) in [
        ("an unknown key", "servr = \"https://example.com\"\n"),
        ("no TOML", "what is this\n"),
        ("a default that is not there", "default_profile = \"work\"\n"),
        ("a bad address", "[profiles.work]\nserver = \"nonsense\"\n"),
    ] {
        fs::write(sandbox.config(), text).unwrap();
        let name = format!("configuration_with_{}", name.replace(' ', "_"));
        assert_transcript!(sandbox, name.as_str(), "todo list");
    }
    // The embedded todos are reachable with a broken configuration.
    sandbox.ok(&["list", "--server", "embedded"]);
}

#[test]
fn usage_errors_are_reported_and_exit_with_2() {
    assert_transcript!(
        Sandbox::new(),
        "
        todo nonsense
        todo done
        todo add x --color sometimes
        todo list --nonsense
        todo undo --force 1234 5678
        "
    );
}

#[cfg(unix)]
#[test]
fn an_interrupt_exits_with_130() {
    use std::io::{BufRead as _, BufReader};

    let sandbox = Sandbox::new();
    let mut watch = sandbox.command(&["watch"]).stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(watch.stderr.take().unwrap()).read_line(&mut line).unwrap();
    interrupt(&watch);
    assert_eq!(watch.wait().unwrap().code(), Some(130));
}

#[cfg(target_os = "linux")]
#[test]
fn an_interrupt_ends_reading_standard_input() {
    let sandbox = Sandbox::new();
    let mut done = sandbox
        .command(&["done", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // Kept open: end of file would end the command.
    let stdin = done.stdin.take();
    // The mask of caught signals, of which SIGINT is the second.
    let status = format!("/proc/{}/status", done.id());
    let catches = || {
        let status = fs::read_to_string(&status).unwrap();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigCgt:")).unwrap().trim();
        u64::from_str_radix(mask, 16).unwrap() & 0b10 != 0
    };
    while !catches() {
        std::thread::yield_now();
    }
    interrupt(&done);
    assert_eq!(done.wait().unwrap().code(), Some(130));
    drop(stdin);
}

#[cfg(unix)]
fn interrupt(process: &std::process::Child) {
    let pid = process.id().to_string();
    // The builtin of the shell: small systems have no `kill` program.
    let kill = ["-c", "kill -s INT \"$0\"", &pid];
    assert!(std::process::Command::new("sh").args(kill).status().unwrap().success());
}
