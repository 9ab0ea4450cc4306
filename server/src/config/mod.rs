//! What an operator may set: flags, then `TODO_SERVER_*` variables, then a TOML file, then the defaults.
//!
//! The flags are the one list of settings. `--data-dir` is also `TODO_SERVER_DATA_DIR` and the file's `data_dir`; each
//! lower layer is read as further flags behind those that were given, so a value means the same wherever it is written.
//! To add a setting: add the flag to `flags.rs` and its value to [`Config`].

mod command;
mod cors_origin;
mod flags;
mod layers;
mod parse;
mod role;
mod settings;
mod trusted_proxies;

pub use self::{
    command::Command,
    cors_origin::{CorsOrigin, CorsOriginError},
    parse::{ConfigError, without_passwords},
    role::Role,
    settings::{Config, Database, LogFormat, LogSettings, NetworkSettings, RemoteSettings, TlsSettings},
    trusted_proxies::{TrustedProxies, TrustedProxy, TrustedProxyError},
};
