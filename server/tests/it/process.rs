//! The real `todo-server` as a process of its own, which can be killed at any moment.
//!
//! Its data is on the disk that the build is on: `/tmp` may be in memory, and then "on disk" would mean nothing.
#![allow(dead_code, reason = "compiled into several programs, each of which uses a part")]

use std::{
    env,
    fs::{self, File},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use tempfile::TempDir;

use super::wait::until_blocking;

/// A `todo-server` with a data directory of its own, on a port of its own that it keeps over restarts.
///
/// Dropping it kills the server and removes the directory.
pub(crate) struct ServerProcess {
    address: SocketAddr,
    arguments: Vec<String>,
    /// What a shell does before it becomes the server.
    before: Option<String>,
    directory: TempDir,
    child: Option<Child>,
}

impl ServerProcess {
    /// Starts a server on SQLite, or with other `--database` arguments, and waits until it listens.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let mut server = Self::launched(arguments);
        server.wait_until_listening();
        server
    }

    /// Starts a server behind commands of a shell, such as `umask 000` or `ulimit -f 4096`, and waits until it listens.
    pub(crate) fn start_after(before: &str, arguments: &[&str]) -> Self {
        let mut server = Self::new(arguments);
        server.before = Some(before.to_owned());
        server.launch();
        server.wait_until_listening();
        server
    }

    /// Starts a server and does not wait for it.
    pub(crate) fn launched(arguments: &[&str]) -> Self {
        let mut server = Self::new(arguments);
        server.launch();
        server
    }

    fn new(arguments: &[&str]) -> Self {
        Self {
            address: free_address(),
            arguments: arguments.iter().map(ToString::to_string).collect(),
            before: None,
            directory: tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap(),
            child: None,
        }
    }

    /// `http://127.0.0.1:PORT`.
    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Where it keeps its data, unless it was told of another database.
    pub(crate) fn data_directory(&self) -> PathBuf {
        self.directory.path().join("data")
    }

    /// Process id, while it runs.
    pub(crate) fn id(&self) -> u32 {
        self.child.as_ref().unwrap().id()
    }

    /// Ends it as `kill -9` does. It must have been running until now.
    pub(crate) fn kill(&mut self) {
        let mut child = self.child.take().unwrap();
        if let Some(status) = child.try_wait().unwrap() {
            panic!("todo-server ended by itself, {status}:\n{}", self.log());
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }

    /// Sends it this signal, by its name without `SIG`.
    pub(crate) fn signal(&self, name: &str) {
        // The shell's own: a small system has no program of this name.
        let kill = ["-c", "kill -s \"$0\" \"$1\"", name, &self.id().to_string()];
        assert!(Command::new("sh").args(kill).status().unwrap().success());
    }

    /// Asks it to stop and waits until it has, which must go well.
    pub(crate) fn terminate(&mut self) {
        self.signal("TERM");
        let status = self.child.take().unwrap().wait().unwrap();
        assert!(status.success(), "{status}:\n{}", self.log());
    }

    /// Waits until it has ended by itself, and returns its exit code.
    pub(crate) fn wait_for_end(&mut self) -> Option<i32> {
        let mut child = self.child.take().unwrap();
        let mut status = None;
        let file = self.log_file();
        until_blocking(
            || format!("todo-server does not end:\n{}", fs::read_to_string(&file).unwrap_or_default()),
            || {
                status = child.try_wait().unwrap();
                status.is_some()
            },
        );
        status.and_then(|status| status.code())
    }

    /// Starts it again with no limits, on what it left behind.
    pub(crate) fn restart_unlimited(&mut self) {
        self.before = None;
        self.launch();
        self.wait_until_listening();
    }

    /// Starts it again on what it left behind, and does not wait for it.
    pub(crate) fn launch(&mut self) {
        assert!(self.child.is_none(), "todo-server is running already");
        let log = File::options().create(true).append(true).open(self.log_file()).unwrap();
        let mut command = match &self.before {
            Some(before) => behind(before),
            None => program(),
        };
        let child = command
            .env_clear()
            .arg("--listen")
            .arg(self.address.to_string())
            .arg("--data-dir")
            .arg(self.data_directory())
            .args(&self.arguments)
            .stdin(Stdio::null())
            .stdout(log.try_clone().unwrap())
            .stderr(log)
            .spawn()
            .unwrap();
        self.child = Some(child);
    }

    /// Waits until it accepts connections.
    pub(crate) fn wait_until_listening(&mut self) {
        let (address, file) = (self.address, self.log_file());
        let log = || fs::read_to_string(&file).unwrap_or_default();
        let child = self.child.as_mut().unwrap();
        until_blocking(
            || format!("todo-server does not listen:\n{}", log()),
            || {
                let ended = child.try_wait().unwrap();
                assert!(ended.is_none(), "todo-server did not start:\n{}", log());
                TcpStream::connect(address).is_ok()
            },
        );
    }

    /// What it has written so far, over all restarts.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    fn log_file(&self) -> PathBuf {
        self.directory.path().join("log")
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            drop(child.kill());
            drop(child.wait());
        }
    }
}

/// The argument by which a test program of another package runs as the server, whose path only this package knows.
pub(crate) const SERVE: &str = "serve";

/// The server's own program, or the running one as a server.
fn program() -> Command {
    if let Some(program) = option_env!("CARGO_BIN_EXE_todo-server") {
        return Command::new(program);
    }
    let mut program = Command::new(env::current_exe().unwrap());
    program.arg(SERVE);
    program
}

/// The same, once a shell has done something.
fn behind(before: &str) -> Command {
    let program = program();
    let mut shell = Command::new("sh");
    shell
        .args(["-c", &format!("{before} && exec \"$0\" \"$@\"")])
        .arg(program.get_program())
        .args(program.get_args());
    shell
}

/// An address on this machine that was free a moment ago.
pub(crate) fn free_address() -> SocketAddr {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr()).unwrap()
}
