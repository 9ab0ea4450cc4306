//! The server of Todo: the auth and the todo service, on SQLite or PostgreSQL, and the pages that people see.
//!
//! A server is [`run`] with a [`Config`] and [`Listeners`]; the program `todo-server` does little else. The same
//! backends run inside another program's process with [`embedded::open`].
//!
//! | module | what |
//! |---|---|
//! | [`config`] | flags, environment and file: everything that can be set |
//! | [`commands`] | what an operator does with a database besides serving from it |
//! | `lifecycle` | opening, serving, stopping |
//! | [`roles`] | which services a server mounts |
//! | `remote` | clients of the roles that other servers play |
//! | `network` | accepting connections, within limits |
//! | `middleware` | what happens to every call: deadline, identity, panics, log |
//! | `access`, `identity` | who may call what, and who is calling |
//! | [`auth`] | `auth.v1`: accounts, passwords, sessions |
//! | `todo` | `todo.v1`: todos, projects, history, the change feed |
//! | `in_process` | the services of this process, called by its pages, which are the crate `todo-web` |
//! | `request`, `page` | reading requests and making pages, for both |
//! | `replicas` | what servers on one database tell each other |
//! | `store` | the database: one set of SQL on both engines |
//! | `supervisor` | what the system that runs a server is told |
//! | `upkeep` | what a database needs now and then |
//! | [`embedded`] | the backends without a server |
//! | [`error`] | what can go wrong, and what the caller is told |
//! | [`clock`], [`ids`] | time and ids |
//! | `metrics`, `admin` | what can be seen of a server from outside |
//! | [`logging`], `traces` | the log, and traces for OpenTelemetry |
//!
//! To add a method: the `.proto` file, a line in `access`, and the service of its area. To add a limit: the flag in
//! [`config`], and its row in the README.

#![cfg_attr(
    not(feature = "network"),
    allow(
        dead_code,
        unused_imports,
        reason = "without a network nobody logs in, and most of `auth` is left out by the linker"
    )
)]

mod access;
#[cfg(feature = "network")]
mod admin;
pub mod auth;
pub mod clock;
#[cfg(feature = "network")]
pub mod commands;
#[cfg(feature = "network")]
pub mod config;
pub mod embedded;
pub mod error;
mod identity;
pub mod ids;
#[cfg(feature = "network")]
mod in_process;
#[cfg(feature = "network")]
mod lifecycle;
#[cfg(feature = "network")]
pub mod logging;
mod metrics;
mod middleware;
#[cfg(feature = "network")]
mod network;
mod page;
#[cfg(feature = "network")]
mod remote;
mod replicas;
mod request;
#[cfg(feature = "network")]
pub mod roles;
mod store;
#[cfg(feature = "network")]
mod supervisor;
#[cfg(test)]
mod testing;
mod todo;
#[cfg(feature = "network")]
mod traces;
mod upkeep;

pub use error::{Error, Result};
#[cfg(feature = "network")]
pub use {
    config::{Config, ConfigError},
    lifecycle::{run, run_with_clock},
    network::{CorsOrigin, CorsOriginError, Listeners, TlsSettings},
    traces::Traces,
};
