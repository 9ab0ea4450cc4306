//! The todo service: todos, projects, their history and their change feed.
//!
//! A request's way: `service` reads it with `validate`, the store begins the transaction, a
//! `Change` decides, and the [`store`](crate::store) keeps. What a client may write is checked in
//! `validate` and `due` only.
//!
//! | module | what |
//! |---|---|
//! | `service` | the methods of `todo.v1.TodoService`, each a few lines |
//! | `create`, `update`, `bulk`, `projects`, `undo` | the changes |
//! | `operations` | what applies any change once and makes it undoable |
//! | `locking` | keeps todos from changing while a change looks at them |
//! | `list_todos` | filters, orders and pages |
//! | `list_projects`, `list_operations` | the other two lists |
//! | `watch` | WatchTodos |
//! | `validate`, `due` | requests to values, checked |
//! | `convert` | rows to messages |
//! | `account` | what the auth service asks for when it creates or changes an account |
//!
//! To add a field to a todo: `todo.proto`, a migration, `store/todos.rs`, then `validate` (its check and its mask path)
//! and `convert`. Undo, the feed and replays carry it from there by themselves.

pub(crate) mod account;
mod bulk;
mod convert;
mod create;
mod due;
mod list_operations;
mod list_projects;
mod list_todos;
mod locking;
mod operations;
mod projects;
mod service;
#[cfg(test)]
mod tests;
mod undo;
mod update;
mod validate;
mod watch;

pub(crate) use convert::TRASH_LIFETIME;
pub use service::TodoService;
pub(crate) use watch::ChangeFeed;
