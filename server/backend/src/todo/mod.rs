//! The todo service: todos, projects, their history and their change feed.
//!
//! A request's way: `service` reads it with `validate`, `apply` locks the account's row and looks for a repeat, a
//! `Change` decides on what is there, and `apply` has it written and recorded by the [`store`](crate::store). What a
//! client may write is checked in `validate` and `due` only.
//!
//! | module | what |
//! |---|---|
//! | `server` | the service as it is served |
//! | `service` | the methods of `todo.v1.TodoService`, each a few lines |
//! | `requests`, `validate`, `patch`, `import`, `filter`, `due` | requests to values, checked |
//! | `mutation`, `apply`, `record` | what a change is; applies it once, with others that wait; records it, so that it can be taken back |
//! | `create`, `update`, `bulk`, `purge`, `move_todos`, `projects`, `undo`, `undo_conflicts`, `undo_lists`, `undo_places` | the changes |
//! | `names`, `find`, `tree`, `position` | what changes ask: which objects, which parents, which place |
//! | `list_todos` | orders, pages and counts |
//! | `list_projects`, `list_operations` | the other two lists |
//! | `watch`, `change_feed` | WatchChanges, and what wakes it |
//! | `convert`, `convert_operation` | rows to messages |
//! | `account` | what the auth service asks about an account |
//!
//! To add a field to a todo: `todo.proto`, the schema, `store/todos` and `store/todo_fields`, then `patch` (its check and
//! its mask path) and `convert`. Undo, the log, the feed and replays carry it from there by themselves.

pub(crate) mod account;
mod apply;
mod bulk;
mod change_feed;
mod convert;
mod convert_operation;
mod create;
mod due;
mod filter;
mod find;
mod import;
mod list_operations;
mod list_projects;
mod list_todos;
mod move_todos;
mod mutation;
mod names;
mod patch;
mod position;
mod projects;
mod purge;
mod record;
mod requests;
mod server;
mod service;
#[cfg(test)]
mod tests;
mod tree;
mod undo;
mod undo_conflicts;
mod undo_lists;
mod undo_places;
mod update;
mod validate;
mod watch;

pub(crate) use change_feed::ChangeFeed;
pub(crate) use purge::EraseValues;
pub use server::TodoServer;
pub use service::TodoService;
