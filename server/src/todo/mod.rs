//! The todo service: todos, projects, their history and their change feed.
//!
//! A request's way: [`service`] reads it, a domain function or a [`Change`](operations::Change) decides, the
//! [`store`](crate::store) keeps. What a client may write is checked in [`fields`] and [`due`] only.
//!
//! | module | what |
//! |---|---|
//! | [`service`] | the methods of `todo.v1.TodoService`, each a few lines |
//! | [`create`], [`update`], [`state`], [`projects`], [`undo`] | the changes |
//! | [`operations`] | what makes any change happen once and be undoable |
//! | [`hold`] | keeping todos still while a change looks at them |
//! | [`list`] | filters, orders and pages |
//! | [`feed`] | WatchTodos |
//! | [`fields`], [`due`] | requests to values, checked |
//! | [`convert`] | rows to messages |
//!
//! To add a field to a todo: `todo.proto`, a migration, `store/todos.rs`, then [`fields`] (its check and its mask path)
//! and [`convert`]. Undo, the feed and replays carry it from there by themselves.

mod convert;
mod create;
pub(crate) mod due;
mod feed;
mod fields;
mod hold;
mod list;
mod operations;
mod projects;
mod service;
mod state;
#[cfg(test)]
mod tests;
mod undo;
mod update;

pub(crate) use convert::TRASH_LIFETIME;
pub(crate) use feed::Feed;
pub(crate) use service::TodoService;
