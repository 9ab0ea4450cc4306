//! A configuration and its parts.

use std::{fmt, net::SocketAddr, path::PathBuf, time::Duration};

use todo_backend::{
    auth::AuthSettings,
    store::{Location, Retention, Sharing, StoreSettings},
};
use tracing_subscriber::filter::Targets;

use super::{CorsOrigin, Role, TrustedProxies};

/// Everything that can be set. See `todo-server --help` for what each setting means.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Config {
    /// Addresses to listen on.
    pub listen: Vec<SocketAddr>,
    /// Address of `/livez`, `/readyz` and `/metrics`.
    pub admin_listen: Option<SocketAddr>,
    /// Where the data is.
    pub database: Database,
    /// What this server does.
    pub roles: Vec<Role>,
    /// Limits of the network.
    pub network: NetworkSettings,
    /// The certificate that is shown. `None`: plain HTTP.
    pub tls: Option<TlsSettings>,
    /// Proxies whose word counts about who is calling, and over what.
    pub trusted_proxies: TrustedProxies,
    /// Whether plain HTTP is spoken beyond this machine: to browsers, and to other servers.
    pub insecure_http: bool,
    /// Other sites whose pages may call by gRPC-web.
    pub cors_origins: Vec<CorsOrigin>,
    /// Where roles are played that are needed and not played here.
    pub remote: RemoteSettings,
    /// Accounts, passwords and sessions.
    pub auth: AuthSettings,
    /// For how long what was deleted or changed is kept.
    pub retention: Retention,
    /// Most changes that SQLite's writer puts into one commit.
    pub group_commit_max: usize,
    /// Connections to PostgreSQL at most.
    pub database_connections: u32,
    /// The log.
    pub log: LogSettings,
}

impl Config {
    /// Where the store finds its data.
    pub(crate) fn location(&self) -> Location {
        match &self.database {
            Database::Sqlite(path) => Location::Sqlite { path: path.clone(), sharing: Sharing::Exclusive },
            Database::Postgres(url) => Location::Postgres(url.clone()),
        }
    }

    /// What is set about the store.
    pub(crate) fn store_settings(&self) -> StoreSettings {
        StoreSettings {
            retention: self.retention,
            group_commit_max: self.group_commit_max,
            postgres_connections: self.database_connections,
            ..StoreSettings::default()
        }
    }
}

/// Where the data is.
#[derive(Clone, PartialEq, Eq)]
pub enum Database {
    /// An SQLite file.
    Sqlite(PathBuf),
    /// The URL of a PostgreSQL database, which may hold a password.
    Postgres(String),
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => f.debug_tuple("Sqlite").field(path).finish(),
            Self::Postgres(_) => f.write_str("Postgres(..)"),
        }
    }
}

/// The files that TLS needs.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct TlsSettings {
    /// The server's certificate and those of the authorities between it and a root, in PEM.
    pub certificate: PathBuf,
    /// Its private key, in PEM.
    pub key: PathBuf,
    /// Certificates of the authorities, in PEM, one of which must have signed the certificate of every client. `None`:
    /// clients need no certificate.
    pub client_ca: Option<PathBuf>,
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
    /// How long the server goes on after it has said that it will stop.
    pub lame_duck: Duration,
    /// How long stopping takes at most after that.
    pub drain: Duration,
}

/// Where roles are played that are needed and not played here.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RemoteSettings {
    /// Where the role auth is played: the addresses of replicas.
    pub auth_urls: Vec<String>,
    /// Where the role todo is played: the addresses of replicas.
    pub todo_urls: Vec<String>,
    /// Certificates of the authorities, in PEM, that those servers' certificates are checked against. `None`: those that
    /// the operating system trusts.
    pub ca: Option<PathBuf>,
    /// The certificate that those servers are shown, and its key, both in PEM.
    pub identity: Option<(PathBuf, PathBuf)>,
}

/// The log, on standard error.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct LogSettings {
    /// How lines look.
    pub format: LogFormat,
    /// Which lines are written.
    pub filter: Targets,
    /// Where traces are sent: an OpenTelemetry collector.
    pub otlp_endpoint: Option<String>,
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
