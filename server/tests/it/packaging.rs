//! How the server is installed and run: by systemd, from its image, from its Debian package.
//!
//! No container engine and no init system runs here. What they would do is done by hand: sockets are handed over, a fresh
//! Debian root is made, and the steps of the image are run in it one by one.

use std::{
    fs,
    io::Read as _,
    net::{TcpListener, TcpStream},
    os::{
        fd::OwnedFd,
        unix::{fs::PermissionsExt as _, net::UnixDatagram},
    },
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Instant,
};

use todo_sdk::Client;

use crate::{
    process::free_address,
    programs::{CARGO_DEB, DEBOOTSTRAP, PYYAML, SYSTEMD_ANALYZE},
    support::PASSWORD,
    wait::PATIENCE,
};

/// The most that `systemd-analyze security` may find exposed, of 100.
const EXPOSURE: &str = "--threshold=20";

const SERVER: &str = env!("CARGO_BIN_EXE_todo-server");

/// A file of the repository.
fn file(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name)
}

/// Ends a process with the test.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        drop(self.0.kill());
        drop(self.0.wait());
    }
}

fn signal(child: &Child, name: &str) {
    let kill = ["-c", "kill -s \"$0\" \"$1\"", name, &child.id().to_string()];
    assert!(Command::new("sh").args(kill).status().unwrap().success());
}

#[tokio::test]
async fn systemd_passes_the_socket_and_is_notified() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("notify");
    let told = UnixDatagram::bind(&path).unwrap();
    told.set_read_timeout(Some(PATIENCE)).unwrap();
    let next = || {
        let mut buffer = [0; 256];
        let length = told.recv(&mut buffer).unwrap();
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    };
    let until = |wanted: &str| {
        let started = Instant::now();
        while !next().lines().any(|line| line == wanted) {
            assert!(started.elapsed() < PATIENCE, "{wanted}");
        }
    };

    // A connection from before the server runs is accepted.
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    let _early = TcpStream::connect(address).unwrap();
    let hand_over = r#"exec 3<&0 </dev/null; LISTEN_PID=$$ LISTEN_FDS=1 exec "$0" "$@""#;
    let mut server = Command::new("sh");
    server.args(["-c", hand_over, SERVER, "--data-dir", directory.path().join("data").to_str().unwrap()]);
    server.env("NOTIFY_SOCKET", &path).env("WATCHDOG_USEC", "200000").env_remove("WATCHDOG_PID");
    let server = Running(server.stdin(OwnedFd::from(socket)).stderr(Stdio::null()).spawn().unwrap());
    until("READY=1");
    Client::connect(format!("http://{address}")).await.unwrap();
    until("WATCHDOG=1");
    signal(&server.0, "HUP");
    until("RELOADING=1");
    until("READY=1");
    signal(&server.0, "TERM");
    until("STOPPING=1");
    let mut server = server;
    assert!(server.0.wait().unwrap().success());
}

#[test]
fn a_socket_of_another_type_is_refused() {
    let (one, _other) = UnixDatagram::pair().unwrap();
    let hand_over = r#"exec 3<&0 </dev/null; LISTEN_PID=$$ LISTEN_FDS=1 exec "$0""#;
    let output =
        Command::new("sh").args(["-c", hand_over, SERVER]).stdin(OwnedFd::from(one)).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("LISTEN_FDS") && said.contains("Hint: "), "{said}");
}

#[test]
fn the_systemd_units_are_valid_and_hardened() {
    let Some(analyze) = SYSTEMD_ANALYZE.find() else { return };
    let directory = tempfile::tempdir().unwrap();
    let mut units = Vec::new();
    for name in ["todo-server.service", "examples/todo-server.socket"] {
        // Where this very program stands in for the installed one.
        let path = file("deploy").join(name);
        let text = fs::read_to_string(&path).unwrap();
        let unit = directory.path().join(path.file_name().unwrap());
        fs::write(&unit, text.replace("/usr/bin/todo-server", SERVER)).unwrap();
        units.push(unit);
    }
    let verify = Command::new(&analyze).args(["verify", "--man=no"]).args(&units).output().unwrap();
    let said = String::from_utf8_lossy(&verify.stderr);
    let about_us = said.lines().filter(|line| line.contains("todo-server")).collect::<Vec<_>>();
    assert!(about_us.is_empty(), "{said}");
    let security = Command::new(&analyze)
        .args(["security", "--offline=true", "--no-pager", EXPOSURE])
        .arg(&units[0])
        .output()
        .unwrap();
    assert!(security.status.success(), "{}", String::from_utf8_lossy(&security.stdout));
}

/// A fresh Debian, in which programs can be run as if it were the machine. It takes root, and a while to fetch the first
/// time.
struct Debian {
    directory: tempfile::TempDir,
}

impl Debian {
    /// `None` without root or debootstrap.
    fn new() -> Option<Self> {
        let debootstrap = DEBOOTSTRAP.find()?;
        // Kept beside what else the build makes, so that a second run finds it.
        let base = Path::new(env!("CARGO_TARGET_TMPDIR")).join("debian-bookworm.tar");
        let directory = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
        let root = directory.path().join("root");
        let lock = fs::File::create(base.with_extension("lock")).unwrap();
        lock.lock().unwrap();
        if !base.exists() {
            let fresh = directory.path().join("fresh");
            run(Command::new(debootstrap).args(["--variant=minbase", "bookworm"]).arg(&fresh));
            let partial = base.with_extension("partial");
            run(Command::new("tar").arg("-C").arg(&fresh).arg("-cf").arg(&partial).arg("."));
            fs::rename(partial, &base).unwrap();
        }
        drop(lock);
        fs::create_dir(&root).unwrap();
        run(Command::new("tar").arg("-C").arg(&root).arg("-xf").arg(&base));
        // It resolves names and fetches packages as this machine does.
        for name in ["etc/resolv.conf", "etc/hosts"] {
            fs::copy(Path::new("/").join(name), root.join(name)).unwrap();
        }
        Some(Self { directory })
    }

    fn root(&self) -> PathBuf {
        self.directory.path().join("root")
    }

    /// A program in it, as this user.
    fn command(&self, user: &str, program: &[&str]) -> Command {
        let mut command = Command::new("chroot");
        command.env_clear().env("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
        command.env("DEBIAN_FRONTEND", "noninteractive").env("LC_ALL", "C.UTF-8");
        command.arg(format!("--userspec={user}")).arg(self.root()).args(program).stdin(Stdio::null());
        command
    }

    fn run(&self, script: &str) {
        run(&mut self.command("root", &["sh", "-ec", script]));
    }
}

fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(
        output.status.success(),
        "{command:?}:\n{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
}

/// Calls a server that has just been started, as its first user.
async fn use_it(url: &str, server: &mut Running) {
    let started = Instant::now();
    let client = loop {
        match Client::connect(url).await {
            Ok(client) => break client,
            Err(error) => assert!(started.elapsed() < PATIENCE, "{error}"),
        }
        if server.0.try_wait().unwrap().is_some() {
            let mut said = String::new();
            server.0.stderr.take().unwrap().read_to_string(&mut said).unwrap();
            panic!("{said}");
        }
    };
    client.register("ann", &PASSWORD.into(), None).await.unwrap();
    let token = client.login("ann", &PASSWORD.into(), "tests").await.unwrap().token;
    client.with_token(token).create_todo("Buy milk").await.unwrap();
}

/// The instructions of the last stage of the Dockerfile, each with its arguments, continued lines joined.
fn image() -> Vec<(String, String)> {
    let text = fs::read_to_string(file("Dockerfile")).unwrap().replace("\\\n", " ");
    let last = text.rfind("\nFROM ").unwrap();
    let lines = text[last..].lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let instruction = |line: &str| {
        let (name, arguments) = line.split_once(' ').unwrap();
        (name.to_owned(), arguments.trim().to_owned())
    };
    lines.map(instruction).collect()
}

fn list(arguments: &str) -> Vec<String> {
    serde_json::from_str(arguments).unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_image_runs_as_built_by_its_dockerfile() {
    let Some(debian) = Debian::new() else { return };
    let (mut user, mut environment, mut entrypoint, mut health) =
        (String::from("root"), Vec::new(), Vec::new(), Vec::new());
    for (instruction, arguments) in image() {
        match instruction.as_str() {
            "FROM" => assert_eq!(arguments, "debian:bookworm-slim"),
            "RUN" => debian.run(&arguments),
            "COPY" => {
                let target = arguments.strip_prefix("--from=build /todo-server ").expect("the built program");
                fs::copy(SERVER, debian.root().join(target.trim_start_matches('/'))).unwrap();
            }
            "USER" => user = arguments,
            "ENV" => environment.extend(arguments.split_whitespace().map(|pair| {
                let (name, value) = pair.split_once('=').unwrap();
                (name.to_owned(), value.to_owned())
            })),
            "VOLUME" => assert!(debian.root().join(arguments.trim_start_matches('/')).is_dir()),
            "EXPOSE" => assert_eq!(arguments, "7878"),
            "HEALTHCHECK" => health = list(arguments.split_once("CMD").unwrap().1.trim()),
            "ENTRYPOINT" => entrypoint = list(&arguments),
            other => panic!("{other} is not done here"),
        }
    }
    assert_eq!(user, "todo-server", "not as root");
    // The same ports may be taken on this machine, which has no network of its own for the image.
    let (address, admin) = (free_address(), free_address());
    for (name, value) in &mut environment {
        *value = match name.as_str() {
            "TODO_SERVER_LISTEN" => address.to_string(),
            "TODO_SERVER_ADMIN_LISTEN" => admin.to_string(),
            _ => continue,
        };
    }
    let words = entrypoint.iter().map(String::as_str).collect::<Vec<_>>();
    let mut server = debian.command("todo-server:todo-server", &words);
    let server = server.envs(environment).stderr(Stdio::piped()).spawn().unwrap();
    let mut server = Running(server);
    use_it(&format!("http://{address}"), &mut server).await;
    let health =
        health.iter().map(|word| word.replace("127.0.0.1/9878", &admin.to_string().replace(':', "/")));
    let health = health.collect::<Vec<_>>();
    let check = || {
        debian
            .command("todo-server", &health.iter().map(String::as_str).collect::<Vec<_>>())
            .status()
            .unwrap()
    };
    assert!(check().success());
    signal(&server.0, "TERM");
    assert!(server.0.wait().unwrap().success());
    assert!(!check().success(), "a stopped server is not healthy");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_debian_package_is_installed_upgraded_and_removed() {
    let Some(cargo_deb) = CARGO_DEB.find() else { return };
    let Some(debian) = Debian::new() else { return };
    // The program of this build in the place of a released one.
    let target = debian.directory.path().join("target");
    fs::create_dir_all(target.join("release")).unwrap();
    fs::copy(SERVER, target.join("release/todo-server")).unwrap();
    let package = debian.root().join("tmp/todo-server.deb");
    let mut build = Command::new(cargo_deb);
    build.args(["--no-build", "--no-strip", "--package", "todo-server", "--output"]).arg(&package);
    run(build.env("CARGO_TARGET_DIR", &target).current_dir(file(".")));

    debian.run("dpkg --install /tmp/todo-server.deb");
    let installed = |path: &str| debian.root().join(path);
    for path in
        ["usr/bin/todo-server", "etc/todo-server/config.toml", "usr/lib/systemd/system/todo-server.service"]
    {
        assert!(installed(path).is_file(), "{path}");
    }
    // Only the service is enabled: the socket unit is an example.
    let scripts = fs::read_to_string(installed("var/lib/dpkg/info/todo-server.postinst")).unwrap();
    assert!(scripts.contains("todo-server.service") && !scripts.contains("todo-server.socket"), "{scripts}");
    let data = installed("var/lib/todo-server");
    assert_eq!(fs::metadata(&data).unwrap().permissions().mode() & 0o777, 0o700);

    // As the unit starts it.
    let unit = fs::read_to_string(installed("usr/lib/systemd/system/todo-server.service")).unwrap();
    let start = unit.lines().find_map(|line| line.strip_prefix("ExecStart=")).unwrap();
    let start = start.replace("${STATE_DIRECTORY}", "/var/lib/todo-server");
    let address = free_address();
    let listen = address.to_string();
    let words = start.split(' ').chain(["--listen", &listen]).collect::<Vec<_>>();
    let mut server = debian.command("todo-server:todo-server", &words);
    let mut server = Running(server.stderr(Stdio::piped()).spawn().unwrap());
    use_it(&format!("http://{address}"), &mut server).await;
    signal(&server.0, "TERM");
    assert!(server.0.wait().unwrap().success());

    // Upgraded, removed, purged: the data stays until an administrator deletes it.
    debian.run(
        "echo '# mine' >> /etc/todo-server/config.toml; dpkg --install --force-confold /tmp/todo-server.deb",
    );
    assert!(fs::read_to_string(installed("etc/todo-server/config.toml")).unwrap().contains("# mine"));
    debian.run("dpkg --remove todo-server");
    assert!(!installed("usr/bin/todo-server").exists());
    assert!(installed("etc/todo-server/config.toml").exists() && data.join("todo.db").exists());
    debian.run("dpkg --purge todo-server");
    assert!(!installed("etc/todo-server").exists() && data.join("todo.db").exists());
    debian.run("rm -r /var/lib/todo-server; dpkg --install /tmp/todo-server.deb; dpkg --purge todo-server");
    assert!(!data.exists());
    debian.run("! getent passwd todo-server");
}

#[test]
fn the_compose_files_name_existing_files_and_services() {
    let Some(python) = PYYAML.find() else { return };
    let read = "import json, sys, yaml; json.dump(yaml.safe_load(open(sys.argv[1])), sys.stdout)";
    for (name, services) in [("compose.yml", 1), ("compose-replicas.yml", 4)] {
        let output =
            Command::new(&python).args(["-c", read]).arg(file("deploy").join(name)).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let compose: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(compose["services"].as_object().unwrap().len(), services, "{name}");
        for (service, settings) in compose["services"].as_object().unwrap() {
            assert!(settings["image"].is_string() || settings["build"] == "..", "{name}: {service}");
            assert_eq!(settings["restart"], "unless-stopped", "{name}: {service}");
            // Every volume is a named one, a file of the repository, or the certificate, which the operator provides.
            for volume in settings["volumes"].as_array().into_iter().flatten() {
                let source = volume.as_str().unwrap().split(':').next().unwrap();
                let is_ours = source == "./todo.pem" || compose["volumes"].get(source).is_some();
                assert!(is_ours || file("deploy").join(source).is_file(), "{name}: {source}");
            }
        }
    }
    // The proxy reaches the servers by the names of their services.
    let proxy = fs::read_to_string(file("deploy/haproxy.cfg")).unwrap();
    assert!(proxy.contains("todo-1:7878") && proxy.contains("todo-2:7878"));
}
