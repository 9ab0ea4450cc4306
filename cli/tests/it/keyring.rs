//! Tokens in a real Secret Service: stored and found by another program, absent, locked, hung.
//!
//! Each test has a D-Bus session and a gnome-keyring-daemon of its own. Where they are not installed, the test
//! is left out, which is reported; with `CI=true` it fails.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use crate::programs::KEYRING;
use crate::sandbox::{Sandbox, TODO};
use crate::server::Server;

const PASSWORD: &str = "correct horse battery";

/// A sandbox whose commands run in a D-Bus session with a keyring.
struct Desktop {
    sandbox: Sandbox,
}

impl Desktop {
    /// `None` where the programs are missing.
    fn new() -> Option<Self> {
        KEYRING.find()?;
        let sandbox = Sandbox::new();
        fs::create_dir(sandbox.home().join("run")).unwrap();
        Some(Self { sandbox })
    }

    /// Runs a shell script with the keyring unlocked by `unlock`; the first one to unlock it sets its password.
    fn run(&self, unlock: &str, script: &str) -> Output {
        let directory = PathBuf::from(TODO).parent().unwrap().display().to_string();
        let setup = format!(
            r"
            printf %s {unlock} | gnome-keyring-daemon --unlock --components=secrets >daemon 2>daemon.log
            for attempt in $(seq 500); do
                dbus-send --session --print-reply=literal --dest=org.freedesktop.DBus / \
                    org.freedesktop.DBus.NameHasOwner string:org.freedesktop.secrets | grep -q true && break
                sleep 0.01
            done
            {script}
            "
        );
        Command::new("dbus-run-session")
            .args(["--", "sh", "-c", &setup])
            .env_clear()
            .envs(self.sandbox.environment())
            .env("XDG_RUNTIME_DIR", self.sandbox.home().join("run"))
            .env("PATH", format!("{directory}:{}", std::env::var("PATH").unwrap()))
            .current_dir(self.sandbox.home())
            .output()
            .unwrap()
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn the_token_is_stored_in_the_keyring_and_removed_at_logout() {
    let Some(desktop) = Desktop::new() else { return };
    let server = Server::start();
    let url = server.url();
    let script = format!(
        r"
        printf '{PASSWORD}' | todo register ada --server {url} --password-stdin || exit 1
        secret-tool lookup service todo:{url} username ada >token || exit 2
        todo add Buy milk || exit 3
        todo status || exit 4
        todo logout || exit 5
        secret-tool lookup service todo:{url} username ada && exit 6
        todo --server {url} list
        test $? = 4 || exit 7
        "
    );
    let output = desktop.run("secret", &script);
    let told = text(&output.stderr);
    assert!(output.status.success(), "{:?} {} {told}", output.status, text(&output.stdout));
    let seen = text(&output.stdout);
    assert!(seen.contains("Created #1 Buy milk") && seen.contains("the OS keyring"), "{seen}");
    let token = fs::read_to_string(desktop.sandbox.home().join("token")).unwrap();
    assert!(token.starts_with("tdos_"), "{token}");
    // The token is in the keyring only.
    let config = fs::read_to_string(desktop.sandbox.config()).unwrap();
    assert!(config.contains("token_store = \"keyring\"") && !config.contains("tdos_"), "{config}");
    assert!(!desktop.sandbox.config().parent().unwrap().join("tokens").exists());
    assert!(!seen.contains("tdos_") && !told.contains("tdos_"));
    // Logging out ended the session.
    assert_eq!(server.sessions("ada", PASSWORD), 0);
}

#[test]
fn a_missing_keyring_is_reported_and_leaves_nothing_behind() {
    // There is no D-Bus in the cleared environment, as on a server or in a container.
    let server = Server::start();
    server.register("ada", PASSWORD);
    let sandbox = Sandbox::new();
    let url = server.url();
    for command in ["login", "register"] {
        // The wrong password is not noticed: the keyring is probed before the server is asked.
        let arguments = [command, "ada", "--server", &url, "--password-stdin"];
        let output = sandbox.run_with(&arguments, "wrong horse battery");
        let told = text(&output.stderr);
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(told.contains("no keyring") && told.contains("--token-store file"), "{told}");
    }
    assert_eq!(fs::read_dir(sandbox.home()).unwrap().count(), 0);
    assert_eq!(server.sessions("ada", PASSWORD), 0);
}

#[test]
fn a_locked_keyring_is_reported_and_leaves_nothing_behind() {
    let Some(desktop) = Desktop::new() else { return };
    let server = Server::start();
    server.register("ada", PASSWORD);
    let url = server.url();
    let output = desktop.run("right", "printf x | secret-tool store --label=x name x");
    assert!(output.status.success(), "{}", text(&output.stderr));
    let login = format!("printf '{PASSWORD}' | todo login ada --server {url} --password-stdin");
    let output = desktop.run("wrong", &login);
    let told = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(told.contains("locked") && told.contains("--token-store file"), "{told}");
    assert!(!desktop.sandbox.config().exists());
    assert_eq!(server.sessions("ada", PASSWORD), 0);

    // The option that the hint names works, and is remembered.
    let output = desktop.run("wrong", &format!("{login} --token-store file && todo add x && {login}"));
    assert!(output.status.success(), "{}", text(&output.stderr));
}

#[test]
fn a_hung_keyring_times_out_and_leaves_nothing_behind() {
    let Some(desktop) = Desktop::new() else { return };
    let server = Server::start();
    server.register("ada", PASSWORD);
    let url = server.url();
    let script = format!(
        r"
        pid=$(dbus-send --session --print-reply=literal --dest=org.freedesktop.DBus / \
            org.freedesktop.DBus.GetConnectionUnixProcessID string:org.freedesktop.secrets | awk '{{print $NF}}')
        kill -STOP $pid || exit 9
        printf '{PASSWORD}' | todo login ada --server {url} --password-stdin
        code=$?
        kill -CONT $pid
        exit $code
        "
    );
    let start = Instant::now();
    let output = desktop.run("secret", &script);
    let told = text(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{told}");
    assert!(
        told.contains("did not answer within 3 seconds") && told.contains("--token-store file"),
        "{told}"
    );
    assert!(start.elapsed() < Duration::from_secs(20));
    assert!(!desktop.sandbox.config().exists());
    assert_eq!(server.sessions("ada", PASSWORD), 0);
}
