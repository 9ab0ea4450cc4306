//! The flags: every setting with its help, its limits and its default.

use std::{
    ffi::{OsStr, OsString},
    net::SocketAddr,
    path::PathBuf,
    time::Duration,
};

use clap::{Command, CommandFactory as _, Parser};
use directories::ProjectDirs;
use tracing_subscriber::filter::Targets;

use todo_backend::{
    auth::{AuthSettings, HashCost, Quota},
    embedded::FILE_NAME,
    store::Retention,
};

use super::{
    Config, CorsOrigin, Database, LogFormat, LogSettings, NetworkSettings, RemoteSettings, Role, TlsSettings,
    command::Command as Action, layers::variable, trusted_proxies::TrustedProxy,
};
use crate::error::Error;

/// Runs the backends of Todo, or does something with their database
#[derive(Debug, Parser)]
#[command(
    name = "todo-server", version, max_term_width = 100, after_long_help = AFTER_HELP,
    disable_help_subcommand = true, subcommand_value_name = "COMMAND", subcommand_help_heading = "Commands",
)]
pub(super) struct Flags {
    /// Read settings from this TOML file
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,

    #[command(flatten)]
    network: NetworkFlags,
    #[command(flatten)]
    tls: TlsFlags,
    #[command(flatten)]
    remote: RemoteFlags,
    #[command(flatten)]
    pages: PageFlags,
    #[command(flatten)]
    storage: StorageFlags,
    #[command(flatten)]
    logins: LoginFlags,
    #[command(flatten)]
    log: LogFlags,

    #[command(subcommand)]
    pub(super) command: Option<Action>,
}

const AFTER_HELP: &str = "\
A flag wins over its environment variable, which wins over the file. In the file, --data-dir is written \
data_dir = \"/srv/todo\", and a setting that may be given several times is a list: role = [\"auth\", \"todo\"]. In the \
environment such a list is separated by commas. Names that do not exist are refused.

With no settings at all, the server keeps its data in an SQLite file in the platform's data directory and listens on \
127.0.0.1:7878. SIGTERM and SIGINT stop it gracefully; a second signal stops it at once.";

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Network")]
struct NetworkFlags {
    /// Listen on this address and port; may be repeated. Port 0 is any free one, named in the log
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:7878")]
    listen: Vec<SocketAddr>,
    /// Answer /livez, /readyz and /metrics (Prometheus) on this address and port, for operators only
    #[arg(long, value_name = "ADDRESS")]
    admin_listen: Option<SocketAddr>,
    /// Play this role; may be repeated. Without it the server plays all of them
    #[arg(long, value_name = "ROLE")]
    role: Vec<Role>,
    /// Accept this many connections at once
    #[arg(long, value_name = "NUMBER", default_value_t = 1_024, value_parser = clap::value_parser!(u32).range(1..))]
    max_connections: u32,
    /// Accept this many connections at once from one IPv4 address or IPv6 /64; trusted proxies are not limited
    #[arg(long, value_name = "NUMBER", default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..))]
    max_connections_per_source: u32,
    /// Accept this many calls at once on one connection
    #[arg(long, value_name = "NUMBER", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..))]
    max_streams_per_connection: u32,
    /// Close a new connection that has not said what it speaks after this time
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    handshake_seconds: u64,
    /// When asked to stop, say so in the health check and go on for this time, so that load balancers can turn away
    #[arg(long, value_name = "SECONDS", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=3_600))]
    lame_duck_seconds: u64,
    /// Stop within this time, whatever the clients do
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    drain_seconds: u64,
    /// Believe the X-Forwarded-For header of this proxy, an address or a network such as 10.0.0.0/8; may be repeated
    #[arg(long, value_name = "NETWORK")]
    trusted_proxy: Vec<TrustedProxy>,
    /// Show pages, and reach other servers, over plain HTTP beyond this machine. Everybody on the way can read along
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_value_t = false, default_missing_value = "true", action = clap::ArgAction::Set)]
    insecure_http: bool,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "TLS")]
#[expect(clippy::struct_field_names, reason = "a field is its flag")]
struct TlsFlags {
    /// Speak TLS with the certificate in this PEM file, followed by those of the authorities between it and a root. The
    /// files are read anew at SIGHUP
    #[arg(long, value_name = "FILE")]
    tls_cert: Option<PathBuf>,
    /// The private key of --tls-cert, a PEM file
    #[arg(long, value_name = "FILE")]
    tls_key: Option<PathBuf>,
    /// Let in only clients with a certificate of an authority in this PEM file: for servers that only servers talk to
    #[arg(long, value_name = "FILE")]
    tls_client_ca: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Browsers")]
struct PageFlags {
    /// Let pages of this site, such as https://app.example.com, call by gRPC-web; may be repeated
    #[arg(long, value_name = "ORIGIN")]
    cors_origin: Vec<CorsOrigin>,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Roles apart")]
struct RemoteFlags {
    /// Reach the role auth at this address, if it is not played here: needed by todo and main. May be repeated, for
    /// replicas
    #[arg(long, value_name = "URL")]
    auth_url: Vec<String>,
    /// Reach the role todo at this address, if it is not played here: needed by main. May be repeated, for replicas
    #[arg(long, value_name = "URL")]
    todo_url: Vec<String>,
    /// Check those servers' certificates against the authorities in this PEM file [default: the system's]
    #[arg(long, value_name = "FILE")]
    backend_ca: Option<PathBuf>,
    /// Show those servers the certificate in this PEM file, if they ask for one
    #[arg(long, value_name = "FILE")]
    backend_cert: Option<PathBuf>,
    /// The private key of --backend-cert, a PEM file
    #[arg(long, value_name = "FILE")]
    backend_key: Option<PathBuf>,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Storage")]
struct StorageFlags {
    /// Keep the data in this directory, which is created if need be [default: the platform's data directory]
    #[arg(long, global = true, value_name = "DIRECTORY")]
    data_dir: Option<PathBuf>,
    /// Use this SQLite file, or the PostgreSQL database postgres://USER:PASSWORD@HOST:PORT/NAME. Other users of the
    /// machine can read a flag: write a password into the file or the environment [default: todo.db in --data-dir]
    #[arg(long, global = true, value_name = "FILE|URL")]
    database: Option<OsString>,
    /// Open at most this many connections to PostgreSQL; one of them hears what other servers change
    #[arg(long, value_name = "NUMBER", default_value_t = 16, value_parser = clap::value_parser!(u32).range(2..=10_000))]
    database_connections: u32,
    /// Write at most this many waiting changes to SQLite with one commit; 1 gives each its own
    #[arg(long, value_name = "NUMBER", default_value_t = 128, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    group_commit_max: u32,
    /// Keep what is deleted in the trash for this many days. What is there longer is deleted for good
    #[arg(long, value_name = "DAYS", default_value_t = 30, value_parser = clap::value_parser!(u32).range(1..=3_650))]
    trash_days: u32,
    /// Keep the log of changes for this many days: so long a change can be taken back, and a request be repeated
    #[arg(long, value_name = "DAYS", default_value_t = 90, value_parser = clap::value_parser!(u32).range(1..=3_650))]
    history_days: u32,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Logins")]
struct LoginFlags {
    /// Memory that hashing one password takes, in KiB: 19456 to 262144
    #[arg(
        long, value_name = "KIB", default_value_t = HashCost::MIN_MEMORY_KIB,
        value_parser = clap::value_parser!(u32).range(i64::from(HashCost::MIN_MEMORY_KIB)..=i64::from(HashCost::MAX_MEMORY_KIB)),
    )]
    hash_memory_kib: u32,
    /// Passes over that memory: 2 to 10
    #[arg(
        long, value_name = "NUMBER", default_value_t = HashCost::MIN_ITERATIONS,
        value_parser = clap::value_parser!(u32).range(i64::from(HashCost::MIN_ITERATIONS)..=i64::from(HashCost::MAX_ITERATIONS)),
    )]
    hash_iterations: u32,
    /// Let this many logins wait for their turn; more are told to come back
    #[arg(long, value_name = "NUMBER", default_value_t = AuthSettings::HASH_QUEUE as u32)]
    hash_queue: u32,
    /// End a session this long after its login
    #[arg(
        long, value_name = "SECONDS", default_value_t = AuthSettings::SESSION_LIFETIME.as_secs(),
        value_parser = clap::value_parser!(u64).range(1..=LONGEST),
    )]
    session_seconds: u64,
    /// End a session that was not used for this long
    #[arg(
        long, value_name = "SECONDS", default_value_t = AuthSettings::SESSION_IDLE.as_secs(),
        value_parser = clap::value_parser!(u64).range(1..=LONGEST),
    )]
    session_idle_seconds: u64,
    /// Let one source register or give a wrong password this often at once
    #[arg(
        long, value_name = "NUMBER", default_value_t = AuthSettings::LOGINS.burst,
        value_parser = clap::value_parser!(u32).range(1..=MANY),
    )]
    login_burst: u32,
    /// Let one source register or give a wrong password this often a minute in the long run
    #[arg(
        long, value_name = "NUMBER", default_value_t = AuthSettings::LOGINS.per_hour / 60,
        value_parser = clap::value_parser!(u32).range(1..=MANY),
    )]
    logins_per_minute: u32,
    /// Let one source be wrong about one account's password this often at once
    #[arg(
        long, value_name = "NUMBER", default_value_t = AuthSettings::FAILED_LOGINS.burst,
        value_parser = clap::value_parser!(u32).range(1..=MANY),
    )]
    failed_login_burst: u32,
    /// Let one source be wrong about one account's password this often a minute in the long run
    #[arg(
        long, value_name = "NUMBER", default_value_t = AuthSettings::FAILED_LOGINS.per_hour / 60,
        value_parser = clap::value_parser!(u32).range(1..=MANY),
    )]
    failed_logins_per_minute: u32,
    /// Let all sources together be wrong about one account's password this often at once, known devices apart
    #[arg(
        long, value_name = "NUMBER", default_value_t = AuthSettings::FAILED_LOGINS_OF_NAME.burst,
        value_parser = clap::value_parser!(u32).range(1..=MANY),
    )]
    failed_login_burst_of_name: u32,
    /// Let all sources together be wrong about one account's password this often an hour in the long run
    #[arg(
        long, value_name = "NUMBER", default_value_t = AuthSettings::FAILED_LOGINS_OF_NAME.per_hour,
        value_parser = clap::value_parser!(u32).range(1..=MANY),
    )]
    failed_logins_of_name_per_hour: u32,
}

/// A hundred years, in seconds.
const LONGEST: u64 = 100 * 365 * 24 * 60 * 60;
/// More than anybody can do in a minute.
const MANY: i64 = 1_000_000;

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Log")]
struct LogFlags {
    /// Write the log in this form
    #[arg(long, global = true, value_name = "FORMAT", default_value = "auto")]
    log_format: LogFormat,
    /// Write lines of this level and above: error, warn, info, debug or trace; or a list such as info,todo_server=debug
    #[arg(long, global = true, value_name = "LEVEL", default_value = "info")]
    log_level: Targets,
    /// Send traces to the OpenTelemetry collector at this address, such as http://127.0.0.1:4317 (OTLP over gRPC, without TLS)
    #[arg(long, value_name = "URL")]
    otlp_endpoint: Option<String>,
}

/// The flags, each with the name of its variable in its help.
pub(super) fn command() -> Command {
    Flags::command().mut_args(|argument| {
        let variable = variable(argument.get_id().as_str());
        let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
        argument.help(format!("{help} [env: {variable}]"))
    })
}

impl Flags {
    /// Returns the configuration that the flags make.
    pub(super) fn into_config(self) -> Result<Config, Error> {
        let Self { config: _, network, tls: tls_files, remote, pages, storage, logins, log, command: _ } =
            self;
        let mut roles = if network.role.is_empty() { Role::ALL.to_vec() } else { network.role };
        roles.sort_unstable();
        roles.dedup();
        Ok(Config {
            listen: network.listen,
            admin_listen: network.admin_listen,
            database: database(storage.database, storage.data_dir)?,
            roles,
            network: NetworkSettings {
                max_connections: number(network.max_connections),
                max_connections_per_source: number(network.max_connections_per_source),
                max_streams_per_connection: network.max_streams_per_connection,
                handshake: Duration::from_secs(network.handshake_seconds),
                lame_duck: Duration::from_secs(network.lame_duck_seconds),
                drain: Duration::from_secs(network.drain_seconds),
            },
            cors_origins: pages.cors_origin,
            insecure_http: network.insecure_http,
            tls: tls(tls_files)?,
            remote: RemoteSettings {
                auth_urls: remote.auth_url,
                todo_urls: remote.todo_url,
                ca: remote.backend_ca,
                identity: pair(("backend-cert", remote.backend_cert), ("backend-key", remote.backend_key))?,
            },
            auth: auth(&logins),
            trusted_proxies: network.trusted_proxy.into(),
            group_commit_max: number(storage.group_commit_max),
            retention: Retention { trash: days(storage.trash_days), history: days(storage.history_days) },
            database_connections: storage.database_connections,
            log: LogSettings {
                format: log.log_format,
                filter: log.log_level,
                otlp_endpoint: log.otlp_endpoint,
            },
        })
    }
}

fn auth(logins: &LoginFlags) -> AuthSettings {
    let mut settings = AuthSettings::default();
    settings.hash_cost = HashCost { memory_kib: logins.hash_memory_kib, iterations: logins.hash_iterations };
    settings.hash_queue = number(logins.hash_queue);
    settings.session_lifetime = Duration::from_secs(logins.session_seconds);
    settings.session_idle = Duration::from_secs(logins.session_idle_seconds);
    settings.logins = Quota { burst: logins.login_burst, per_hour: logins.logins_per_minute * 60 };
    settings.failed_logins =
        Quota { burst: logins.failed_login_burst, per_hour: logins.failed_logins_per_minute * 60 };
    settings.failed_logins_of_name =
        Quota { burst: logins.failed_login_burst_of_name, per_hour: logins.failed_logins_of_name_per_hour };
    settings
}

fn days(number: u32) -> Duration {
    Duration::from_hours(24) * number
}

fn number(value: u32) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

fn tls(files: TlsFlags) -> Result<Option<TlsSettings>, Error> {
    let TlsFlags { tls_cert, tls_key, tls_client_ca } = files;
    let pair = pair(("tls-cert", tls_cert), ("tls-key", tls_key))?;
    match (pair, tls_client_ca) {
        (Some((certificate, key)), client_ca) => Ok(Some(TlsSettings { certificate, key, client_ca })),
        (None, None) => Ok(None),
        (None, Some(_)) => Err(half("tls-client-ca", "tls-cert")),
    }
}

/// A certificate and its key: both or neither.
fn pair(
    certificate: (&str, Option<PathBuf>),
    key: (&str, Option<PathBuf>),
) -> Result<Option<(PathBuf, PathBuf)>, Error> {
    match (certificate, key) {
        ((_, Some(certificate)), (_, Some(key))) => Ok(Some((certificate, key))),
        ((_, None), (_, None)) => Ok(None),
        ((given, Some(_)), (missing, None)) | ((missing, None), (given, Some(_))) => {
            Err(half(given, missing))
        }
    }
}

fn half(given: &str, missing: &str) -> Error {
    Error::startup(format!("--{given} is given without --{missing}."), "Give both or neither.")
}

fn database(database: Option<OsString>, data_dir: Option<PathBuf>) -> Result<Database, Error> {
    let text = database.as_deref().and_then(OsStr::to_str).unwrap_or_default();
    if text.starts_with("postgres://") || text.starts_with("postgresql://") {
        return Ok(Database::Postgres(text.to_owned()));
    }
    if let Some((scheme, _)) = text.split_once("://") {
        return Err(Error::startup(
            format!("There is no database engine for {scheme}: URLs."),
            "Give --database the path of an SQLite file or a postgres:// URL.",
        ));
    }
    if let Some(path) = database {
        return Ok(Database::Sqlite(path.into()));
    }
    let directory = data_dir.or_else(|| {
        ProjectDirs::from("", "", "todo-server").map(|directories| directories.data_dir().to_owned())
    });
    let directory = directory.ok_or_else(|| {
        Error::startup(
            "There is no place for the data: this user has no home directory.",
            "Name a directory with --data-dir.",
        )
    })?;
    Ok(Database::Sqlite(directory.join(FILE_NAME)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_flag_has_a_variable_in_its_help() {
        let help = command().render_long_help().to_string();
        for argument in Flags::command().get_arguments() {
            let variable = variable(argument.get_id().as_str());
            assert!(help.contains(&variable), "{variable}");
        }
        Flags::command().debug_assert();
    }
}
