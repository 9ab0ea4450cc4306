//! Accounts, sessions and todos on a real server, with the token in a file.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;

use crate::sandbox::{Sandbox, assert_transcript};
use crate::server::Server;

const PASSWORD: &str = "correct horse battery";

/// A sandbox whose transcripts have `[host]` for the server's host and port.
fn sandbox(server: &Server) -> Sandbox {
    let mut sandbox = Sandbox::new();
    let url = server.url();
    let host = url.split_once("://").unwrap().1;
    sandbox.replace(host, "[host]");
    // As the name of a file has it.
    sandbox.replace(format!("http_3a_2f_2f{}", host.replace(':', "_3a")), "[server]");
    sandbox
}

/// A sandbox that is logged in as `ada`.
fn logged_in(server: &Server) -> Sandbox {
    server.register("ada", PASSWORD);
    let sandbox = sandbox(server);
    login(&sandbox, server, "ada");
    sandbox
}

fn login(sandbox: &Sandbox, server: &Server, username: &str) {
    let arguments =
        ["login", username, "--server", &server.url(), "--password-stdin", "--token-store", "file"];
    let output = sandbox.run_with(&arguments, PASSWORD);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A script with the server's address in place of `SERVER`.
fn script(server: &Server, text: &str) -> String {
    text.replace("SERVER", &server.url())
}

/// The only file with a token.
fn token_file(sandbox: &Sandbox) -> std::path::PathBuf {
    let directory = sandbox.config().parent().unwrap().join("tokens");
    let files = fs::read_dir(directory).unwrap().map(|file| file.unwrap().path());
    let mut files: Vec<_> = files.filter(|file| file.extension().unwrap() == "token").collect();
    assert_eq!(files.len(), 1, "{files:?}");
    files.remove(0)
}

#[test]
fn an_account_is_registered_used_and_logged_out() {
    let server = Server::start();
    let sandbox = sandbox(&server);
    let transcript = sandbox.transcript(&script(
        &server,
        r"
        todo add a todo on this machine
        todo register ada --server SERVER --password-stdin --token-store file << correct horse battery\n
        todo status
        todo add Buy milk --due today
        todo list
        todo done 1
        todo undo
        todo sessions list
        todo project add Home
        todo status --json
        todo logout
        todo logout
        todo list
        todo list --server SERVER
        todo login ada --server SERVER --password-stdin << correct horse battery\n
        todo list
        ",
    ));
    crate::sandbox::filters().bind(|| insta::assert_snapshot!(transcript));
}

#[test]
fn the_token_file_is_private_and_removed_at_logout() {
    let server = Server::start();
    let sandbox = logged_in(&server);
    let file = token_file(&sandbox);
    let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&file), 0o600);
    assert_eq!(mode(file.parent().unwrap()), 0o700);
    assert!(fs::read_to_string(&file).unwrap().starts_with("tdos_"));
    assert!(!fs::read_to_string(sandbox.config()).unwrap().contains("tdos_"));
    sandbox.ok(&["logout"]);
    assert!(!file.exists());
    assert_eq!(server.sessions("ada", PASSWORD), 0);
}

#[test]
fn logging_in_again_ends_the_old_session() {
    let server = Server::start();
    let sandbox = logged_in(&server);
    login(&sandbox, &server, "ada");
    login(&sandbox, &server, "ADA");
    token_file(&sandbox);
    assert_eq!(server.sessions("ada", PASSWORD), 1);
}

#[test]
fn invalid_logins_and_registrations_are_refused() {
    let server = Server::start();
    server.register("ada", PASSWORD);
    let sandbox = sandbox(&server);
    let transcript = sandbox.transcript(&script(
        &server,
        r"
        todo login ada --server SERVER --password-stdin --token-store file << wrong horse battery\n
        todo login nobody --server SERVER --password-stdin --token-store file << wrong horse battery\n
        todo register ada --server SERVER --password-stdin --token-store file << another horse battery\n
        todo register 'not a name' --server SERVER --password-stdin --token-store file << another horse battery\n
        todo register bob --server SERVER --password-stdin --token-store file << short\n
        todo register bob --server SERVER --password-stdin --token-store file << password123\n
        todo register bob --server SERVER --token-store file
        todo login --server SERVER --token-store file
        todo login ada --server SERVER --token-store file
        todo login ada --server SERVER --password-stdin --token-store file << two\nlines\n
        todo login ada --server nonsense --password-stdin --token-store file << x
        todo login ada --server http://192.0.2.1 --password-stdin --token-store file << x
        todo --server SERVER list
        todo --profile nowhere list
        ",
    ));
    crate::sandbox::filters().bind(|| insta::assert_snapshot!(transcript));
    assert!(!sandbox.config().exists());
    assert_eq!(server.sessions("ada", PASSWORD), 0);
}

#[test]
fn login_takes_an_address_in_place_of_the_username() {
    let server = Server::start();
    server.register("ada", PASSWORD);
    let sandbox = sandbox(&server);
    let output =
        sandbox.run_with(&["login", &server.url(), "--password-stdin", "--token-store", "file"], PASSWORD);
    // The username is not known, and there is no terminal to ask on.
    assert_eq!(output.status.code(), Some(2), "{}", String::from_utf8_lossy(&output.stderr));
    login(&sandbox, &server, "ada");
    sandbox.ok(&["logout"]);
    // The username is remembered from the login before.
    let output = sandbox.run_with(&["login", &server.url(), "--password-stdin"], PASSWORD);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn a_revoked_token_is_reported() {
    let server = Server::start();
    let here = logged_in(&server);
    let there = sandbox(&server);
    login(&there, &server, "ada");
    let sessions = here.json(&["sessions", "list"]);
    let sessions = sessions["sessions"].as_array().unwrap();
    assert_eq!(sessions.len(), 2);
    let find = |current: bool| {
        sessions.iter().find(|session| session["current"] == current).unwrap()["id"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let output = here.run(&["sessions", "revoke", &find(true)]);
    assert_eq!(output.status.code(), Some(2));
    here.ok(&["sessions", "revoke", &find(false)[..30]]);
    assert_transcript!(
        there,
        "
        todo list
        todo status
        todo logout
        todo status
        "
    );
    assert_transcript!(
        here,
        "revoking_unknown_sessions_is_refused",
        "
        todo sessions revoke ffff
        todo sessions revoke f
        todo sessions list -q
    "
    );
}

#[test]
fn session_names_are_escaped() {
    let server = Server::start();
    let sandbox = logged_in(&server);
    server.login_as("ada", PASSWORD, "laptop \u{202e}eno siht\u{2069}");
    let list = sandbox.ok(&["sessions", "list"]);
    assert!(list.contains(r"laptop \u{202e}eno siht\u{2069}"), "{list}");
}

#[test]
fn a_new_password_ends_the_other_sessions() {
    let server = Server::start();
    let here = logged_in(&server);
    let there = sandbox(&server);
    login(&there, &server, "ada");
    let change = |input: &str| here.seen(&here.run_with(&["password", "--password-stdin"], input));
    let mut seen = change("wrong horse battery\nstaple correct battery\n");
    seen.push_str(&change(&format!("{PASSWORD}\nshort\n")));
    seen.push_str(&change(&format!("{PASSWORD}\n")));
    seen.push_str(&change(&format!("{PASSWORD}\nstaple correct battery\n")));
    crate::sandbox::filters().bind(|| insta::assert_snapshot!(seen));
    assert_eq!(there.run(&["list"]).status.code(), Some(4));
    here.ok(&["list"]);
}

#[test]
fn each_profile_uses_its_own_account() {
    let server = Server::start();
    server.register("ada", PASSWORD);
    server.register("bob", PASSWORD);
    let mut sandbox = sandbox(&server);
    login(&sandbox, &server, "ada");
    sandbox.ok(&["add", "from ada"]);
    let url = server.url();
    let arguments =
        ["login", "bob", "--server", &url, "--profile", "work", "--password-stdin", "--token-store", "file"];
    assert!(sandbox.run_with(&arguments, PASSWORD).status.success());
    sandbox.ok(&["add", "from bob"]);
    let host = url.split_once("://").unwrap().1;
    let titles = |sandbox: &Sandbox, arguments: &[&str]| {
        let list = sandbox.json(arguments);
        let todos = list["todos"].as_array().unwrap().iter();
        todos.map(|todo| todo["title"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(titles(&sandbox, &["list"]), ["from bob"]);
    assert_eq!(titles(&sandbox, &["list", "--profile", host]), ["from ada"]);
    assert_eq!(titles(&sandbox, &["list", "--profile", "work"]), ["from bob"]);
    assert_eq!(titles(&sandbox, &["list", "--server", "embedded"]), Vec::<String>::new());
    sandbox.set("TODO_PROFILE", host);
    assert_eq!(titles(&sandbox, &["list"]), ["from ada"]);
    // Logging out ends the session of that account only.
    sandbox.ok(&["logout"]);
    sandbox.unset("TODO_PROFILE");
    assert_eq!(titles(&sandbox, &["list"]), ["from bob"]);
    assert_eq!((server.sessions("ada", PASSWORD), server.sessions("bob", PASSWORD)), (0, 1));
}

#[test]
fn tokens_are_read_from_the_environment() {
    let server = Server::start();
    let login = logged_in(&server);
    let token = fs::read_to_string(token_file(&login)).unwrap();
    let mut script = sandbox(&server);
    script.set("TODO_TOKEN", &token);
    assert_eq!(script.run(&["list"]).status.code(), Some(2));
    script.set("TODO_SERVER", server.url());
    script.ok(&["add", "from a script"]);
    let status = script.json(&["status"]);
    assert_eq!(status["token"], "the environment: TODO_TOKEN");
    assert_eq!(status["username"], "ada");
    assert_eq!(script.run(&["logout"]).status.code(), Some(2));

    script.unset("TODO_TOKEN");
    fs::write(script.home().join("token"), format!("{token}\n")).unwrap();
    script.set("TODO_TOKEN_FILE", script.home().join("token").display().to_string());
    assert_eq!(script.json(&["list"])["todos"][0]["title"], "from a script");

    let nearly = token.replace("tdos_", "tdos-");
    script.set("TODO_TOKEN", &nearly);
    let output = script.run(&["list"]);
    assert_eq!(output.status.code(), Some(4));
    assert!(!String::from_utf8_lossy(&output.stderr).contains(&nearly[5..]), "a secret in an error");
    script.unset("TODO_TOKEN");
    script.set("TODO_TOKEN_FILE", "/does/not/exist");
    assert_eq!(script.run(&["list"]).status.code(), Some(1));
    // Tokens from the environment are not stored.
    assert!(!script.config().exists());
}

#[test]
fn watch_prints_changes_of_other_clients() {
    use std::io::{BufRead as _, BufReader};
    use std::process::Stdio;

    let server = Server::start();
    let here = logged_in(&server);
    here.ok(&["add", "there before"]);
    let mut watch =
        here.command(&["watch", "--json"]).stdout(Stdio::piped()).stdin(Stdio::null()).spawn().unwrap();
    let lines = BufReader::new(watch.stdout.take().unwrap()).lines();
    let mut events = lines.map(|line| serde_json::from_str::<serde_json::Value>(&line.unwrap()).unwrap());
    let mut next = || {
        let event = events.next().unwrap();
        let title = event["todo"]["title"].as_str().or(event["project"]["name"].as_str()).unwrap_or("");
        format!("{} {title}", event["event"].as_str().unwrap()).trim().to_owned()
    };
    let before: Vec<String> = std::iter::from_fn(|| Some(next()).filter(|event| event != "synced")).collect();
    assert_eq!(before, ["present Inbox", "present there before"]);
    let there = sandbox(&server);
    login(&there, &server, "ada");
    there.ok(&["add", "new"]);
    assert_eq!(next(), "added new");
    there.ok(&["done", "2"]);
    assert_eq!(next(), "completed new");
    there.ok(&["undo"]);
    assert_eq!(next(), "reopened new");
    there.ok(&["edit", "2", "--title", "newer"]);
    assert_eq!(next(), "changed newer");
    there.ok(&["rm", "2"]);
    assert_eq!(next(), "deleted newer");
    there.ok(&["restore", "2"]);
    assert_eq!(next(), "restored newer");
    there.ok(&["project", "add", "Home"]);
    assert_eq!(next(), "added Home");
    watch.kill().unwrap();
    watch.wait().unwrap();
}

#[test]
fn the_ca_file_is_remembered_with_the_login() {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str, text: String| {
        let path = directory.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let signed = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let certificate = file("server.pem", signed.cert.pem());
    let key = file("server.key", signed.signing_key.serialize_pem());
    let server = Server::start_with("https", &["--tls-cert", &certificate, "--tls-key", &key]);
    let sandbox = sandbox(&server);
    let url = server.url();
    let mut register = vec!["register", "ada", "--server", &url, "--password-stdin", "--token-store", "file"];
    let output = sandbox.run_with(&register, PASSWORD);
    assert_eq!(output.status.code(), Some(6), "{}", sandbox.seen(&output));
    assert!(sandbox.seen(&output).contains("certificate"), "{}", sandbox.seen(&output));
    register.extend(["--ca-file", &certificate]);
    let output = sandbox.run_with(&register, PASSWORD);
    assert!(output.status.success(), "{}", sandbox.seen(&output));
    sandbox.ok(&["add", "Buy milk"]);
    // Logging in again without naming it keeps it, and the token.
    login_again(&sandbox);
    assert!(sandbox.ok(&["list"]).contains("Buy milk"));

    fs::remove_file(&certificate).unwrap();
    let output = sandbox.run(&["list"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(sandbox.seen(&output).contains("server.pem"), "{}", sandbox.seen(&output));
}

#[test]
fn insecure_http_is_remembered_with_the_login() {
    let server = Server::start();
    server.register("ada", PASSWORD);
    let sandbox = sandbox(&server);
    // An address of this machine that is not known to be loopback.
    let url = server.url().replace("127.0.0.1", "0.0.0.0");
    let mut login = vec!["login", "ada", "--server", &url, "--password-stdin", "--token-store", "file"];
    let output = sandbox.run_with(&login, PASSWORD);
    assert_eq!(output.status.code(), Some(2), "{}", sandbox.seen(&output));
    assert!(sandbox.seen(&output).contains("--insecure-http"), "{}", sandbox.seen(&output));
    login.push("--insecure-http");
    assert!(sandbox.run_with(&login, PASSWORD).status.success());
    sandbox.ok(&["add", "Buy milk"]);
    login_again(&sandbox);
    sandbox.ok(&["list"]);
}

/// Logs in to the server of the default login.
fn login_again(sandbox: &Sandbox) {
    let output = sandbox.run_with(&["login", "--password-stdin"], PASSWORD);
    assert!(output.status.success(), "{}", sandbox.seen(&output));
}
