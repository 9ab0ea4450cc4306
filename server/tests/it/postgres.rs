//! A private PostgreSQL for tests: nothing to configure, nothing shared, nothing left behind.
//!
//! [`database`] is what nearly every test wants: a new, empty database on a cluster that the first call in a
//! process starts and that dies with the process. A test that takes the database away from under a server uses
//! a [`Cluster`] of its own.
//!
//! The cluster listens on a Unix socket in its own directory only. It runs without fsync: what these tests ask
//! of it is right answers, not durability. Unit tests include this file through `#[path]`; declare the module
//! under `#[cfg(test)]` so that clippy knows it for test code.
#![allow(dead_code, reason = "compiled into several test programs, each of which uses a part")]

use std::{
    fs,
    io::Write as _,
    os::unix::fs::{MetadataExt as _, chown},
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{
        OnceLock,
        atomic::{AtomicU32, Ordering},
    },
};

use super::{programs::POSTGRESQL, wait::until_blocking};

/// `nobody` and its group: who runs PostgreSQL, which refuses root, when the tests are run by root.
const NOBODY: u32 = 65_534;

/// Runs the server and outlives the test process just long enough to clean up behind it: `read` returns when we
/// say so, and also when our end of the pipe is closed because this process has ended, however it ended.
/// The signals are repeated because the shell starts background jobs with SIGQUIT ignored, so that one which
/// arrives before PostgreSQL has set its handler is lost.
const GUARD: &str = r#"
trap '' HUP INT TERM
directory=$1
shift
"$@" </dev/null >>"$directory/log" 2>&1 &
read -r order
while kill -QUIT $! 2>/dev/null; do sleep 0.05; done
[ "$order" = stop ] || rm -rf "$directory"
"#;

/// Settings for speed instead of durability.
const FAST: &[&str] = &["fsync=off", "full_page_writes=off", "max_wal_size=64MB", "autovacuum=off"];

/// Creates an empty database and returns its URL.
///
/// Returns `None` where PostgreSQL is not installed, which is reported; with `CI=true` that is a panic.
pub(crate) fn database() -> Option<String> {
    static SHARED: OnceLock<Option<Cluster>> = OnceLock::new();
    SHARED.get_or_init(Cluster::start).as_ref().map(Cluster::database)
}

/// What a query on a database of the shared cluster answers: rows as lines, columns between `|`.
pub(crate) fn query(url: &str, query: &str) -> String {
    try_query(url, query).unwrap_or_else(|| panic!("{query}"))
}

/// Like [`query`], where it may fail.
pub(crate) fn try_query(url: &str, query: &str) -> Option<String> {
    let programs = POSTGRESQL.find().expect("there is a database, and so PostgreSQL is installed");
    let mut psql = Command::new(programs.join("psql"));
    let output = psql.args(["-X", "-q", "-A", "-t", "-c", query, url]).output().unwrap();
    output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
}

/// A PostgreSQL server with a data directory of its own.
pub(crate) struct Cluster {
    programs: PathBuf,
    directory: PathBuf,
    as_nobody: bool,
    /// What it is started with, besides where it is.
    settings: &'static [&'static str],
    /// The shell that runs the server, while it runs.
    guard: Option<Child>,
    databases: AtomicU32,
}

impl Cluster {
    /// Starts a new cluster; `None` where PostgreSQL is not installed, as for [`database`].
    pub(crate) fn start() -> Option<Self> {
        Self::start_with(FAST)
    }

    /// Starts a new cluster that keeps what it has acknowledged, as an operator's does.
    pub(crate) fn start_durable() -> Option<Self> {
        Self::start_with(&[])
    }

    fn start_with(settings: &'static [&'static str]) -> Option<Self> {
        let programs = POSTGRESQL.find()?;
        // Not in `TMPDIR`: the path of a socket ends at 107 bytes. Removed by the guard, which outlives us.
        let directory = tempfile::Builder::new().prefix("todo-pg-").tempdir_in("/tmp").unwrap().keep();
        let as_nobody = fs::metadata(&directory).unwrap().uid() == 0;
        if as_nobody {
            chown(&directory, Some(NOBODY), Some(NOBODY)).unwrap();
        }
        let mut cluster =
            Self { programs, directory, as_nobody, settings, guard: None, databases: AtomicU32::new(0) };
        let mut initdb = cluster.program("initdb");
        initdb.arg("-D").arg(cluster.data());
        initdb.args(["-U", "todo", "--auth=trust", "--no-sync", "--no-instructions"]);
        run(initdb.args(["-E", "UTF8", "--locale=C.UTF-8"]));
        cluster.resume();
        Some(cluster)
    }

    /// Creates an empty database and returns its URL.
    pub(crate) fn database(&self) -> String {
        let name = format!("test_{}", self.databases.fetch_add(1, Ordering::Relaxed));
        let mut psql = self.program("psql");
        psql.args(["-X", "-q", "-U", "todo", "-d", "postgres", "-h"]).arg(&self.directory);
        run(psql.args(["-c", &format!("CREATE DATABASE {name}")]));
        format!("postgres://todo@localhost/{name}?host={}", self.directory.display())
    }

    /// Takes the server away at once, as a crash would. The data stays; [`resume`](Self::resume) brings it back.
    pub(crate) fn stop(&mut self) {
        let mut guard = self.guard.take().expect("the cluster is running");
        guard.stdin.take().unwrap().write_all(b"stop\n").unwrap();
        guard.wait().unwrap();
    }

    /// Starts the server again after a [`stop`](Self::stop), at the same address.
    pub(crate) fn resume(&mut self) {
        assert!(self.guard.is_none(), "the cluster is running already");
        let mut server = self.program("postgres");
        server.arg("-D").arg(self.data()).arg("-k").arg(&self.directory);
        for setting in ["listen_addresses=", "max_connections=200"].iter().chain(self.settings) {
            server.args(["-c", setting]);
        }
        let mut guard = Command::new("sh");
        guard.args(["-c", GUARD, "sh"]).arg(&self.directory);
        guard.arg(server.get_program()).args(server.get_args());
        guard.current_dir("/").stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        self.guard = Some(guard.spawn().unwrap());

        until_blocking(|| format!("PostgreSQL does not start:\n{}", self.log()), || self.is_ready());
    }

    /// Lets its user in with this password only.
    pub(crate) fn require_password(&self, password: &str) {
        let mut psql = self.program("psql");
        psql.args(["-X", "-q", "-U", "todo", "-d", "postgres", "-h"]).arg(&self.directory);
        run(psql.args(["-c", &format!("ALTER USER todo PASSWORD '{password}'")]));
        fs::write(self.data().join("pg_hba.conf"), "local all all scram-sha-256\n").unwrap();
        run(self.program("pg_ctl").arg("-D").arg(self.data()).args(["-s", "reload"]));
    }

    /// Makes it start as a standby from now on: it can be read, and takes no changes. It must be stopped.
    pub(crate) fn become_standby(&self) {
        assert!(self.guard.is_none(), "the cluster is running");
        fs::write(self.data().join("standby.signal"), "").unwrap();
    }

    /// Makes a standby the primary again.
    pub(crate) fn promote(&self) {
        let mut pg_ctl = self.program("pg_ctl");
        run(pg_ctl.arg("-D").arg(self.data()).args(["-s", "-w", "promote"]));
    }

    /// Whether the server accepts connections, by the same line of the same file that `pg_ctl` goes by.
    fn is_ready(&self) -> bool {
        fs::read_to_string(self.data().join("postmaster.pid")).is_ok_and(|file| {
            file.lines().nth(7).is_some_and(|status| matches!(status.trim(), "ready" | "standby"))
        })
    }

    /// Says what the server wrote, for the message of a failure.
    fn log(&self) -> String {
        fs::read_to_string(self.directory.join("log")).unwrap_or_default()
    }

    fn data(&self) -> PathBuf {
        self.directory.join("data")
    }

    /// One of PostgreSQL's programs, to be run as a user that it accepts.
    pub(crate) fn program(&self, name: &str) -> Command {
        let path = self.programs.join(name);
        let mut command = if self.as_nobody {
            let mut setpriv = Command::new("setpriv");
            setpriv.args([format!("--reuid={NOBODY}"), format!("--regid={NOBODY}")]);
            setpriv.args(["--clear-groups", "--"]).arg(path);
            setpriv
        } else {
            Command::new(path)
        };
        // `nobody` need not be able to enter the directory that the tests run in.
        command.current_dir("/");
        command
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        match self.guard.take() {
            // Closing the pipe makes the guard stop and clean up.
            Some(mut guard) => {
                drop(guard.stdin.take());
                drop(guard.wait());
            }
            None => drop(fs::remove_dir_all(&self.directory)),
        }
    }
}

/// Runs a program to its end; its output is for the message of a failure only.
fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}:\n{}", String::from_utf8_lossy(&output.stderr));
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::UnixStream;

    use super::*;

    #[test]
    fn every_database_is_new() {
        let Some(first) = database() else { return };
        assert_ne!(Some(first), database());
    }

    #[test]
    fn a_cluster_keeps_its_data_over_a_restart_and_is_removed_in_the_end() {
        let Some(mut cluster) = Cluster::start() else { return };
        let directory = cluster.directory.clone();
        let socket = directory.join(".s.PGSQL.5432");
        assert!(cluster.database().contains("/test_0?"));

        cluster.stop();
        assert!(UnixStream::connect(&socket).is_err());
        assert!(directory.exists());

        cluster.resume();
        assert!(UnixStream::connect(&socket).is_ok());
        let mut psql = cluster.program("psql");
        run(psql.args(["-X", "-U", "todo", "-d", "test_0", "-c", "SELECT 1", "-h"]).arg(&directory));

        drop(cluster);
        assert!(!directory.exists());
    }
}
