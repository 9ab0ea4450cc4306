//! What some tests need and a machine may not have: one table, for the tests and for the report that follows them.
#![allow(dead_code, reason = "compiled into several programs, each of which uses a part")]

use std::{
    collections::BTreeSet,
    env,
    fmt::{self, Display, Formatter},
    fs,
    io::{self, Write as _},
    os::unix::fs::MetadataExt as _,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::Mutex,
};

/// Something that tests need and that may be missing.
pub(crate) struct Requirement {
    /// The tests that are left out without it.
    tests: &'static str,
    /// How to get it.
    install: &'static str,
    /// Looks for it, and returns where it is.
    probe: fn() -> Option<PathBuf>,
}

impl Requirement {
    /// Returns where it is. Without it the test is to be left out, which is said here and in the report that follows all
    /// tests; with `CI=true` that is a failure.
    pub(crate) fn find(&self) -> Option<PathBuf> {
        static REPORTED: Mutex<BTreeSet<&str>> = Mutex::new(BTreeSet::new());
        let found = (self.probe)();
        if found.is_none() {
            assert!(env::var_os("CI").is_none_or(|ci| ci != "true"), "CI must not leave out {self}");
            if REPORTED.lock().unwrap().insert(self.tests) {
                // Not through the macros: the test harness would hide what they print.
                io::stderr().write_all(format!("LEFT OUT: {self}\n").as_bytes()).unwrap();
            }
        }
        found
    }
}

impl Display for Requirement {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.tests, self.install)
    }
}

/// All that is missing on this machine.
pub(crate) fn missing() -> Vec<&'static Requirement> {
    ALL.iter().copied().filter(|requirement| (requirement.probe)().is_none()).collect()
}

macro_rules! requirements {
    ($($name:ident: $tests:literal, $install:literal, $probe:expr;)*) => {
        $(pub(crate) static $name: Requirement =
            Requirement { tests: $tests, install: $install, probe: $probe };)*

        static ALL: &[&Requirement] = &[$(&$name),*];
    };
}

requirements! {
    POSTGRESQL: "tests on PostgreSQL", "apt-get install postgresql", postgresql;
    KEYRING: "tests of the keyring", "apt-get install dbus gnome-keyring libsecret-tools", keyring;
    CHROMEDRIVER: "tests in a browser", "apt-get install chromium chromium-driver",
        || program("TODO_TEST_CHROMEDRIVER", "chromedriver", &["--version"]);
    AXE: "tests of accessibility", "npm install axe-core, and say where in TODO_TEST_WEB",
        || file(npm_packages().join("axe-core/axe.min.js"));
    CONNECT: "the test of gRPC-web by a page",
        "npm install @bufbuild/protobuf @connectrpc/connect @connectrpc/connect-web, and say where in TODO_TEST_WEB",
        || file(npm_packages().join("@connectrpc/connect-web/package.json"));
    GRPCIO: "the test with grpcio", "pip install -r .ci/requirements.txt",
        || python("import grpc, grpc_health, grpc_reflection, grpc_status, grpc_tools");
    PYYAML: "the test of the Compose files", "pip install -r .ci/requirements.txt", || python("import yaml");
    BUF: "the test with buf curl", "npm install @bufbuild/buf", || program("TODO_TEST_BUF", "buf", &["--version"]);
    HAPROXY: "the test behind HAProxy", "apt-get install haproxy",
        || program("TODO_TEST_HAPROXY", "haproxy", &["-v"]);
    PROMTOOL: "the check of the alert rules", "apt-get install prometheus",
        || program("TODO_TEST_PROMTOOL", "promtool", &["--version"]);
    SYSTEMD_ANALYZE: "the test of the systemd units", "apt-get install systemd",
        || program("TODO_TEST_SYSTEMD_ANALYZE", "systemd-analyze", &["--version"]);
    DEBOOTSTRAP: "tests in a fresh Debian", "apt-get install debootstrap, and run as root",
        || is_root().then(|| program("TODO_TEST_DEBOOTSTRAP", "debootstrap", &["--version"])).flatten();
    CARGO_DEB: "the test of the Debian package", "cargo install cargo-deb",
        || program("TODO_TEST_CARGO_DEB", "cargo-deb", &["--version"]);
    ROOT: "the test of a restored file's owner", "run as root", || is_root().then(|| "/".into());
    MOUNT: "the test of a full disk", "run as a user who may mount one", mount;
}

/// Finds a program, by this variable or in `PATH`, that can do what is asked of it.
fn program(variable: &str, program: &str, arguments: &[&str]) -> Option<PathBuf> {
    let program = env::var_os(variable).unwrap_or_else(|| program.into());
    let output = Command::new(&program).args(arguments).stdin(Stdio::null()).output().ok()?;
    output.status.success().then(|| program.into())
}

/// Finds a Python that can run this.
fn python(script: &str) -> Option<PathBuf> {
    program("TODO_TEST_PYTHON", "python3", &["-c", script])
}

fn file(path: PathBuf) -> Option<PathBuf> {
    path.is_file().then_some(path)
}

/// Where npm has put its packages.
pub(crate) fn npm_packages() -> PathBuf {
    Path::new(&env::var_os("TODO_TEST_WEB").unwrap_or_else(|| ".".into())).join("node_modules")
}

/// Finds the directory of PostgreSQL's server programs: in `PATH`, or where Debian keeps them.
fn postgresql() -> Option<PathBuf> {
    let in_path = env::split_paths(&env::var_os("PATH")?).collect::<Vec<_>>();
    let mut of_debian = fs::read_dir("/usr/lib/postgresql")
        .map(|versions| versions.flatten().map(|version| version.path().join("bin")).collect::<Vec<_>>())
        .unwrap_or_default();
    of_debian.sort();
    of_debian.reverse();
    let complete = |directory: &PathBuf| {
        ["initdb", "postgres", "psql"].iter().all(|program| directory.join(program).is_file())
    };
    in_path.into_iter().chain(of_debian).find(complete)
}

/// Finds a keyring and what is needed to reach it, in `PATH`. Returns the keyring.
fn keyring() -> Option<PathBuf> {
    let directories = env::split_paths(&env::var_os("PATH")?).collect::<Vec<_>>();
    let find = |program: &str| {
        directories.iter().map(|directory| directory.join(program)).find(|path| path.exists())
    };
    ["dbus-run-session", "dbus-send", "secret-tool"]
        .into_iter()
        .try_for_each(|program| find(program).map(drop))?;
    find("gnome-keyring-daemon")
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

/// Mounts a small file system in memory, as the test does, and unmounts it again. Returns the program.
fn mount() -> Option<PathBuf> {
    let directory = tempfile::tempdir().ok()?;
    let mut mount = Command::new("mount");
    mount.args(["-t", "tmpfs", "-o", "size=4m", "tmpfs"]).arg(directory.path());
    let mounted = mount.output().is_ok_and(|output| output.status.success());
    let mut umount = Command::new("umount");
    (mounted && umount.arg(directory.path()).status().is_ok_and(|status| status.success()))
        .then(|| "mount".into())
}
