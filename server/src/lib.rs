//! The server of Todo: the program `todo-server`, and the library behind it.
//!
//! A server is [`run`] with a [`Config`] and [`Listeners`]; the program does little else. The services are those of
//! `todo-backend`, the pages those of `todo-web`; here they are given a network, and made visible to operators.
//!
//! | module | what |
//! |---|---|
//! | [`config`] | flags, environment and file: everything that can be set |
//! | [`commands`] | what an operator does with a database besides serving from it |
//! | `server` | open, serve, drain, stop |
//! | `network` | accepting connections within limits, and who is calling |
//! | `in_process` | the services of this process, called by the pages of this process |
//! | `remote_clients`, `remote_token_verifier` | roles that other servers play |
//! | `health`, `reflection` | what gRPC tools ask every server |
//! | [`observability`] | the log, metrics, traces, the listener for operators |
//! | `systemd` | what the service manager is told |
//!
//! # The way of a request
//!
//! `network/accept.rs` takes the connection, `network/tls.rs` decrypts it, `network/dispatch.rs` resolves who is calling
//! with `network/client_ip.rs` and tells calls from pages: a call goes to `todo_backend::rpc`, one of a browser through
//! `network/grpc_web.rs` first, and anything else to `todo_web`. A page calls back through `in_process.rs`, or over the
//! network where another server plays the role.
//!
//! # The common change
//!
//! To add a setting: the flag in `config/flags.rs`, its value in [`Config`], and its row in the README. To add an operator
//! command: its name in [`config::Command`], its file in [`commands`].

pub mod commands;
pub mod config;
mod health;
mod in_process;
mod network;
pub mod observability;
mod reflection;
mod remote_clients;
mod remote_token_verifier;
mod server;
mod systemd;

pub use todo_backend::error;

pub use self::{
    config::{Config, ConfigError},
    error::{Error, Result},
    network::Listeners,
    server::{run, run_with_clock},
};
