//! The backends of Todo: the auth and the todo service on SQLite or PostgreSQL. This crate opens no port and reads no
//! environment; `todo-server` serves it over a network, and `todo` [embeds](embedded) it.
//!
//! | module | what |
//! |---|---|
//! | [`app_state`] | the backends of one server: what its services share, and the services |
//! | [`embedded`] | the backends inside another program's process |
//! | [`rpc`] | the layers that every call passes |
//! | [`identity`] | who is calling: the token check |
//! | [`auth`] | `todo.auth.v1`: accounts, passwords, sessions |
//! | [`todo`](mod@todo) | `todo.v1`: todos, projects, history, the change feed |
//! | [`store`] | the database: one set of SQL on both engines |
//! | `cluster` | what servers on one database tell each other |
//! | `maintenance` | the trash and the history are deleted in time |
//! | [`operator`] | what an operator does with a database |
//! | `validation`, `pagination` | reading requests and making pages, for both services |
//! | [`error`] | what can go wrong, and what the caller is told |
//! | [`time`], [`ids`], `request_id` | times and ids as they are stored; the id of the current request |
//! | `rows` | how rows and their newtypes are read and bound on both engines |
//! | [`metrics`] | what is counted |
//!
//! # The way of a request
//!
//! Every call passes the layers of [`rpc`] in their order, from `rpc/rpc_stack.rs` to its method.
//!
//! - **`CreateTodo`**: `todo/service.rs` reads the request with `todo/validate.rs`; `store/db.rs` hands the change to
//!   `store/sqlite/writer.rs`, or to `store/postgres.rs`; inside the transaction `todo/create.rs` decides, and
//!   `store/todos.rs` and `store/operations.rs` keep. After the commit `todo/watch.rs` wakes the watchers.
//! - **`ListTodos`**: `todo/server.rs`, `todo/service.rs`, `todo/list_todos.rs` for filter and page token, and
//!   `store/todo_list.rs` for the SQL, which joins the todos as `store/encoded_todo.rs` has encoded them. What is not encoded is
//!   read column by column, and becomes messages in `todo/convert.rs`.
//! - **`WatchChanges`**: `todo/service.rs` opens a watcher of `todo/watch.rs`, which reads `store/changes.rs` whenever it is
//!   woken, here or by `cluster/exchange.rs`.
//!
//! # The common changes
//!
//! To add a method: the `.proto` file, a line in [`rpc::method_policy`], and the service of its area. To add a field to a
//! todo: see [`todo`](mod@todo). To add a column: see [`store`].

pub mod app_state;
pub mod auth;
mod cluster;
pub mod embedded;
pub mod error;
pub mod identity;
pub mod ids;
mod maintenance;
pub mod metrics;
pub mod operator;
mod pagination;
mod request_id;
mod rows;
pub mod rpc;
pub mod store;
#[cfg(test)]
mod testing;
pub mod time;
pub mod todo;
mod validation;

pub use self::{
    app_state::AppState,
    error::{Error, Result},
    metrics::Metrics,
};
