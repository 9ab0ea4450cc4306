//! What an operator may set: flags, then `TODO_SERVER_*` variables, then a TOML file, then the defaults.
//!
//! The flags are the one list of settings. `--data-dir` is also `TODO_SERVER_DATA_DIR` and the file's `data_dir`; each
//! lower layer is read as further flags behind those that were given, so a value means the same wherever it is written.
//! To add a setting: add the flag to `Flags` and its value to [`Config`].

use std::{
    ffi::{OsStr, OsString},
    fmt, fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use clap::{ArgAction, ArgMatches, Command, CommandFactory as _, FromArgMatches as _, Parser};
use directories::ProjectDirs;
use tracing_subscriber::filter::Targets;

use crate::{
    auth::{Allowance, AuthSettings, HashCost, Network},
    embedded::FILE_NAME,
    error::Error,
    roles::Role,
    store::db::{Location, Sharing, Sizes},
};

const PREFIX: &str = "TODO_SERVER_";

/// Everything that can be set. See `todo-server --help` for what each setting means.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// Addresses to listen on.
    pub listen: Vec<SocketAddr>,
    /// Where the data is.
    pub database: Database,
    /// What this server does.
    pub roles: Vec<Role>,
    /// Limits of the network.
    pub network: NetworkSettings,
    /// Accounts, passwords and sessions.
    pub auth: AuthSettings,
    /// Most changes that SQLite's writer puts into one commit.
    pub group_commit_max: usize,
    /// Connections to PostgreSQL at most.
    pub database_connections: u32,
    /// The log.
    pub log: LogSettings,
}

/// Where the data is.
#[derive(Clone, PartialEq, Eq)]
pub enum Database {
    /// An SQLite file.
    Sqlite(PathBuf),
    /// The URL of a PostgreSQL database, which may hold a password.
    #[cfg(feature = "postgres")]
    Postgres(String),
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => f.debug_tuple("Sqlite").field(path).finish(),
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => f.write_str("Postgres(..)"),
        }
    }
}

/// Limits of the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NetworkSettings {
    /// Connections at once.
    pub max_connections: usize,
    /// Connections at once from one source that is no trusted proxy.
    pub max_connections_per_source: usize,
    /// Calls at once on one connection.
    pub max_streams_per_connection: u32,
    /// How long a new connection may take to say what it speaks.
    pub handshake: Duration,
    /// How long stopping takes at most.
    pub drain: Duration,
}

/// The log, on standard error.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LogSettings {
    /// How lines look.
    pub format: LogFormat,
    /// Which lines are written.
    pub filter: Targets,
}

/// How the lines of the log look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum LogFormat {
    /// Text on a terminal, JSON otherwise
    Auto,
    /// Lines for people
    Text,
    /// One JSON object per line
    Json,
}

/// Runs the backends of Todo: the auth and the todo service on one port
#[derive(Debug, Parser)]
#[command(name = "todo-server", version, max_term_width = 100, after_long_help = AFTER_HELP)]
struct Flags {
    /// Read settings from this TOML file
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,

    #[command(flatten)]
    network: NetworkFlags,
    #[command(flatten)]
    storage: StorageFlags,
    #[command(flatten)]
    logins: LoginFlags,
    #[command(flatten)]
    log: LogFlags,
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
    /// Stop within this time, whatever the clients do
    #[arg(long, value_name = "SECONDS", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3_600))]
    drain_seconds: u64,
    /// Believe the X-Forwarded-For header of this proxy, an address or a network such as 10.0.0.0/8; may be repeated
    #[arg(long, value_name = "NETWORK")]
    trusted_proxy: Vec<Network>,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Storage")]
struct StorageFlags {
    /// Keep the data in this directory, which is created if need be [default: the platform's data directory]
    #[arg(long, value_name = "DIRECTORY")]
    data_dir: Option<PathBuf>,
    /// Use this SQLite file, or the PostgreSQL database postgres://USER:PASSWORD@HOST:PORT/NAME. Other users of the
    /// machine can read a flag: write a password into the file or the environment [default: todo.db in --data-dir]
    #[arg(long, value_name = "FILE|URL")]
    database: Option<OsString>,
    /// Open at most this many connections to PostgreSQL
    #[arg(long, value_name = "NUMBER", default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    database_connections: u32,
    /// Write at most this many waiting changes to SQLite with one commit; 1 gives each its own
    #[arg(long, value_name = "NUMBER", default_value_t = 128, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    group_commit_max: u32,
}

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Logins")]
struct LoginFlags {
    /// Memory that hashing one password takes, in KiB; at least 19456
    #[arg(
        long, value_name = "KIB", default_value_t = HashCost::MIN_MEMORY_KIB,
        value_parser = clap::value_parser!(u32).range(i64::from(HashCost::MIN_MEMORY_KIB)..=4_194_304),
    )]
    hash_memory_kib: u32,
    /// Passes over that memory; at least 2
    #[arg(
        long, value_name = "NUMBER", default_value_t = HashCost::MIN_ITERATIONS,
        value_parser = clap::value_parser!(u32).range(i64::from(HashCost::MIN_ITERATIONS)..=1_000),
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
    /// Let one source log in or register this often at once
    #[arg(
        long, value_name = "NUMBER", default_value_t = AuthSettings::LOGINS.burst,
        value_parser = clap::value_parser!(u32).range(1..=MANY),
    )]
    login_burst: u32,
    /// Let one source log in or register this often a minute in the long run
    #[arg(
        long, value_name = "NUMBER", default_value_t = AuthSettings::LOGINS.per_minute,
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
        long, value_name = "NUMBER", default_value_t = AuthSettings::FAILED_LOGINS.per_minute,
        value_parser = clap::value_parser!(u32).range(1..=MANY),
    )]
    failed_logins_per_minute: u32,
}

/// A hundred years, in seconds.
const LONGEST: u64 = 100 * 365 * 24 * 60 * 60;
/// More than anybody can do in a minute.
const MANY: i64 = 1_000_000;

#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Log")]
struct LogFlags {
    /// Write the log in this form
    #[arg(long, value_name = "FORMAT", default_value = "auto")]
    log_format: LogFormat,
    /// Write lines of this level and above: error, warn, info, debug or trace; or a list such as info,todo_server=debug
    #[arg(long, value_name = "LEVEL", default_value = "info")]
    log_level: Targets,
}

/// Why there is no configuration.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The command line is wrong, or asks for help or the version. Knows its exit code. Its text may repeat a
    /// password that was typed where none belongs: show it through [`without_passwords`].
    #[error(transparent)]
    CommandLine(clap::Error),
    /// The environment or the file is wrong.
    #[error(transparent)]
    Setting(Error),
}

impl Config {
    /// Reads the configuration from the program's arguments, its own name first, and from environment variables, of
    /// which only those that begin with `TODO_SERVER_` matter.
    ///
    /// # Errors
    /// Whatever cannot be used, named, and where it was written.
    pub fn parse<A, E>(arguments: A, environment: E) -> Result<Self, ConfigError>
    where
        A: IntoIterator<Item: Into<OsString>>,
        E: IntoIterator<Item = (OsString, OsString)>,
    {
        let command = command();
        let mut arguments = arguments.into_iter().map(Into::into).collect::<Vec<OsString>>();
        let mut matches =
            command.clone().try_get_matches_from(&arguments).map_err(ConfigError::CommandLine)?;

        let variables = Layer::of_environment(&command, environment).map_err(ConfigError::Setting)?;
        variables.append_to(&mut arguments, &mut matches, &command).map_err(ConfigError::Setting)?;

        if let Some(path) = matches.get_one::<PathBuf>("config").cloned() {
            let file = Layer::of_file(&command, &path).map_err(ConfigError::Setting)?;
            file.append_to(&mut arguments, &mut matches, &command).map_err(ConfigError::Setting)?;
        }
        let flags = Flags::from_arg_matches(&matches).map_err(ConfigError::CommandLine)?;
        flags.into_config().map_err(ConfigError::Setting)
    }

    /// Where the store finds its data.
    pub(crate) fn location(&self) -> Location {
        match &self.database {
            Database::Sqlite(path) => Location::Sqlite { path: path.clone(), sharing: Sharing::Exclusive },
            #[cfg(feature = "postgres")]
            Database::Postgres(url) => Location::Postgres(url.clone()),
        }
    }

    /// How large the store makes what it shares out.
    pub(crate) fn sizes(&self) -> Sizes {
        Sizes {
            group_commit_max: self.group_commit_max,
            #[cfg(feature = "postgres")]
            postgres_connections: self.database_connections,
            ..Sizes::default()
        }
    }
}

/// The flags, each with the name of its variable in its help.
fn command() -> Command {
    Flags::command().mut_args(|argument| {
        let variable = variable(argument.get_id().as_str());
        let help = argument.get_help().map(ToString::to_string).unwrap_or_default();
        argument.help(format!("{help} [env: {variable}]"))
    })
}

/// The environment variable of a setting.
fn variable(id: &str) -> String {
    format!("{PREFIX}{}", id.to_ascii_uppercase())
}

/// Settings from one place other than the command line.
struct Layer {
    /// What the place is called in a message.
    place: String,
    /// Ids of settings, each with its values.
    settings: Vec<(String, Vec<OsString>)>,
}

impl Layer {
    fn of_environment(
        command: &Command,
        environment: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, Error> {
        let mut settings = Vec::new();
        let mut unknown = Vec::new();
        for (name, value) in environment {
            let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX)) else { continue };
            let argument =
                command.get_arguments().find(|argument| variable(argument.get_id().as_str()) == name);
            match argument {
                Some(argument) => {
                    let is_list = matches!(argument.get_action(), ArgAction::Append);
                    let values = match value.to_str().filter(|_| is_list) {
                        Some(list) => list.split(',').map(|value| value.trim().into()).collect(),
                        None => vec![value],
                    };
                    settings.push((argument.get_id().to_string(), values));
                }
                None => unknown.push(name.to_owned()),
            }
        }
        if unknown.is_empty() {
            return Ok(Self { place: "The environment".into(), settings });
        }
        unknown.sort_unstable();
        Err(Error::startup(
            format!("The environment sets what does not exist: {}.", unknown.join(", ")),
            "Unset it, or correct its name: todo-server --help lists them all.",
        ))
    }

    fn of_file(command: &Command, path: &Path) -> Result<Self, Error> {
        let place = format!("The configuration file {}", path.display());
        let text = fs::read_to_string(path).map_err(|error| {
            Error::startup_because(format!("{place} cannot be read."), error, "Check --config.")
        })?;
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
            // The error's own text shows the line, which may hold a password.
            Error::startup_because(format!("{place} is no TOML."), error.message().to_owned(), "Correct it.")
        })?;
        let mut settings = Vec::new();
        let mut unknown = Vec::new();
        for (key, value) in table {
            let is_known = command.get_arguments().any(|argument| argument.get_id() == key.as_str());
            match (is_known && key != "config").then(|| values(value)) {
                Some(Some(values)) => settings.push((key, values)),
                Some(None) => {
                    let what = format!("{place} sets {key} to something that is no text, number or list.");
                    return Err(Error::startup(what, "todo-server --help says what it takes."));
                }
                None => unknown.push(key),
            }
        }
        if unknown.is_empty() {
            return Ok(Self { place, settings });
        }
        Err(Error::startup(
            format!("{place} sets what does not exist: {}.", unknown.join(", ")),
            "Remove it, or correct its name: todo-server --help lists them all, with _ for - here.",
        ))
    }

    /// Adds the settings that no higher layer makes as flags, and reads everything again.
    fn append_to(
        self,
        arguments: &mut Vec<OsString>,
        matches: &mut ArgMatches,
        command: &Command,
    ) -> Result<(), Error> {
        for (id, values) in self.settings {
            if matches.value_source(&id) == Some(clap::parser::ValueSource::CommandLine) {
                continue;
            }
            for value in values {
                let mut flag = OsString::from(format!("--{}=", id.replace('_', "-")));
                flag.push(value);
                arguments.push(flag);
            }
        }
        *matches = command.clone().try_get_matches_from(arguments.iter()).map_err(|error| {
            let what = format!("{} has a setting that cannot be used.", self.place);
            Error::startup_because(what, first_line(&error), "todo-server --help says what it takes.")
        })?;
        Ok(())
    }
}

/// Returns a value of the file as the texts of flags, if it is of a kind that a flag can have.
fn values(value: toml::Value) -> Option<Vec<OsString>> {
    let text = |value| match value {
        toml::Value::String(text) => Some(text.into()),
        toml::Value::Integer(number) => Some(number.to_string().into()),
        _ => None,
    };
    match value {
        toml::Value::Array(items) => items.into_iter().map(text).collect(),
        value => text(value).map(|text| vec![text]),
    }
}

fn first_line(error: &clap::Error) -> String {
    let text = error.render().to_string();
    let line = text.lines().next().unwrap_or_default();
    line.strip_prefix("error: ").unwrap_or(line).to_owned()
}

impl Flags {
    fn into_config(self) -> Result<Config, Error> {
        let Self { config: _, network, storage, logins, log } = self;
        let mut roles = if network.role.is_empty() { Role::ALL.to_vec() } else { network.role };
        roles.sort_unstable();
        roles.dedup();
        Ok(Config {
            listen: network.listen,
            database: database(storage.database, storage.data_dir)?,
            roles,
            network: NetworkSettings {
                max_connections: number(network.max_connections),
                max_connections_per_source: number(network.max_connections_per_source),
                max_streams_per_connection: network.max_streams_per_connection,
                handshake: Duration::from_secs(network.handshake_seconds),
                drain: Duration::from_secs(network.drain_seconds),
            },
            auth: AuthSettings {
                hash_cost: HashCost {
                    memory_kib: logins.hash_memory_kib,
                    iterations: logins.hash_iterations,
                },
                hash_queue: number(logins.hash_queue),
                session_lifetime: Duration::from_secs(logins.session_seconds),
                session_idle: Duration::from_secs(logins.session_idle_seconds),
                logins: Allowance { burst: logins.login_burst, per_minute: logins.logins_per_minute },
                failed_logins: Allowance {
                    burst: logins.failed_login_burst,
                    per_minute: logins.failed_logins_per_minute,
                },
                trusted_proxies: network.trusted_proxy,
            },
            group_commit_max: number(storage.group_commit_max),
            database_connections: storage.database_connections,
            log: LogSettings { format: log.log_format, filter: log.log_level },
        })
    }
}

fn number(value: u32) -> usize {
    usize::try_from(value).unwrap_or(usize::MAX)
}

fn database(database: Option<OsString>, data_dir: Option<PathBuf>) -> Result<Database, Error> {
    let text = database.as_deref().and_then(OsStr::to_str).unwrap_or_default();
    #[cfg(feature = "postgres")]
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

/// Returns the text with the password of every URL in it left out.
#[must_use]
pub fn without_passwords(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("://").map(|index| index + 3) {
        let authority = rest[start..].split([' ', '/', '\'', '"', '\n']).next().unwrap_or_default();
        shown.push_str(&rest[..start]);
        rest = &rest[start..];
        if let Some((login, host)) = authority.rsplit_once('@') {
            shown.push_str(login.split(':').next().unwrap_or_default());
            shown.push_str(":***@");
            shown.push_str(host);
            rest = &rest[authority.len()..];
        }
    }
    shown + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(arguments: &[&str], environment: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let arguments = ["todo-server"].iter().chain(arguments).map(OsString::from);
        let pair = |(name, value): &(&str, &str)| (OsString::from(name), OsString::from(value));
        Config::parse(arguments, environment.iter().map(pair))
    }

    fn complaint(arguments: &[&str], environment: &[(&str, &str)]) -> String {
        match parse(arguments, environment).unwrap_err() {
            ConfigError::CommandLine(error) => error.to_string(),
            ConfigError::Setting(error) => crate::error::Chain(&error).to_string(),
        }
    }

    /// A file with this text, and its path.
    fn file(text: &str) -> (tempfile::NamedTempFile, String) {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), text).unwrap();
        let path = file.path().to_str().unwrap().to_owned();
        (file, path)
    }

    #[test]
    fn defaults_need_nothing() {
        let config = parse(&["--data-dir", "/srv/todo"], &[]).unwrap();
        assert_eq!(config.listen, ["127.0.0.1:7878".parse().unwrap()]);
        assert_eq!(config.database, Database::Sqlite("/srv/todo/todo.db".into()));
        assert_eq!(config.roles, Role::ALL);
        assert_eq!(config.auth, AuthSettings::default());
        assert_eq!(config.network.max_connections, 1_024);
        assert_eq!(config.network.drain, Duration::from_secs(10));
    }

    #[test]
    fn a_flag_wins_over_the_environment_which_wins_over_the_file() {
        let (_file, path) = file(
            "hash_queue = 1\nlogin_burst = 2\nsession_seconds = 3\ndata_dir = '/file'\nrole = ['auth', 'todo']\n",
        );
        let environment = [
            ("TODO_SERVER_HASH_QUEUE", "11"),
            ("TODO_SERVER_LOGIN_BURST", "12"),
            ("TODO_SERVER_CONFIG", &*path),
            ("TODO_SERVER_ROLE", "todo"),
            ("TODO_SERVER", "http://someone.elses"),
            ("PATH", "/bin"),
        ];
        let config = parse(&["--hash-queue", "21"], &environment).unwrap();
        assert_eq!(config.auth.hash_queue, 21, "flag");
        assert_eq!(config.auth.logins.burst, 12, "environment");
        assert_eq!(config.auth.session_lifetime, Duration::from_secs(3), "file");
        assert_eq!(config.auth.failed_logins.burst, 10, "default");
        assert_eq!(config.database, Database::Sqlite("/file/todo.db".into()));
        assert_eq!(config.roles, [Role::Todo], "a list is replaced, not added to");
    }

    #[test]
    fn lists_are_lists_everywhere() {
        let expected = ["10.0.0.0/8", "::1/128"];
        let (_file, path) = file("trusted_proxy = ['10.0.0.0/8', '::1']");
        for config in [
            parse(&["--trusted-proxy", "10.0.0.0/8", "--trusted-proxy", "::1"], &[]),
            parse(&[], &[("TODO_SERVER_TRUSTED_PROXY", "10.0.0.0/8, ::1")]),
            parse(&["--config", &path], &[]),
        ] {
            let proxies = config.unwrap().auth.trusted_proxies;
            assert_eq!(proxies.iter().map(ToString::to_string).collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn unknown_names_are_refused_by_name() {
        let text = complaint(&["--colour"], &[]);
        assert!(text.contains("--colour"), "{text}");
        let text = complaint(&[], &[("TODO_SERVER_PROT", "1"), ("TODO_SERVER_DATADIR", "x")]);
        assert!(text.contains("TODO_SERVER_DATADIR, TODO_SERVER_PROT"), "{text}");
        let (_file, path) = file("prot = 1\nlisten = '127.0.0.1:1'\n[tls]\nkey = 'x'\n");
        let text = complaint(&["--config", &path], &[]);
        assert!(text.contains("prot, tls") && text.contains(&path), "{text}");
        let (_file, path) = file("config = 'another.toml'\n");
        assert!(complaint(&["--config", &path], &[]).contains("config"));
    }

    #[test]
    fn bad_values_are_refused_with_their_place() {
        let text = complaint(&["--listen", "nonsense"], &[]);
        assert!(text.contains("nonsense") && text.contains("--listen"), "{text}");
        let text = complaint(&[], &[("TODO_SERVER_LISTEN", "nonsense")]);
        assert!(text.starts_with("The environment") && text.contains("--listen"), "{text}");
        for (text, expected) in [
            ("hash_memory_kib = 1024", "--hash-memory-kib"),
            ("hash_iterations = 1", "--hash-iterations"),
            ("listen = true", "listen"),
            ("role = ['main']", "main"),
            ("role = [['auth']]", "role"),
            ("drain_seconds = 0", "--drain-seconds"),
            ("this is no TOML", "no TOML"),
        ] {
            let (_file, path) = file(text);
            let complaint = complaint(&["--config", &path], &[]);
            assert!(complaint.contains(&path) && complaint.contains(expected), "{text}: {complaint}");
        }
        let text = complaint(&["--config", "/does/not/exist.toml"], &[]);
        assert!(text.contains("/does/not/exist.toml"), "{text}");
    }

    #[test]
    fn a_password_in_a_url_is_never_shown() {
        let url = "postgres://todo:hunter2@db.example.org/todo";
        let config = parse(&[], &[("TODO_SERVER_DATABASE", url)]).unwrap();
        assert_eq!(config.database, Database::Postgres(url.into()));
        assert!(!format!("{config:?}").contains("hunter2"));
        let text = complaint(&["--database", "mysql://todo:hunter2@db.example.org/todo"], &[]);
        assert!(text.contains("mysql") && !text.contains("hunter2"), "{text}");
        let (_file, path) = file("database = 'postgres://todo:hunter2@db/todo\n");
        let text = complaint(&["--config", &path], &[]);
        assert!(!text.contains("hunter2"), "{text}");
    }

    #[test]
    fn urls_are_shown_without_their_passwords() {
        for (text, shown) in [
            ("no URL", "no URL"),
            ("see https://example.org/a@b", "see https://example.org/a@b"),
            (
                "'postgres://todo:hunter2@db/todo' and x://u:p@h",
                "'postgres://todo:***@db/todo' and x://u:***@h",
            ),
            ("postgres://todo:p@ss@db", "postgres://todo:***@db"),
        ] {
            assert_eq!(without_passwords(text), shown);
        }
    }

    #[test]
    fn roles_are_named_once() {
        let config = parse(&["--role", "todo", "--role", "auth", "--role", "todo"], &[]).unwrap();
        assert_eq!(config.roles, [Role::Auth, Role::Todo]);
    }

    #[test]
    fn help_and_version_are_not_errors() {
        for flag in ["--help", "-h", "--version"] {
            let Err(ConfigError::CommandLine(error)) = parse(&[flag], &[]) else { panic!("{flag}") };
            assert_eq!(error.exit_code(), 0, "{flag}");
        }
    }

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
