//! The store: one schema and one set of SQL on two engines.
//!
//! | module | what |
//! |---|---|
//! | `location` | where the data is, and what an operator may set about it |
//! | `db` | an open database |
//! | `conn` | a connection of either engine, and what a change is to the store |
//! | `sqlite`, `postgres`, `account_turns` | the engines |
//! | `migrations` | the schema's versions |
//! | `accounts`, `sessions`, `devices` | rows of the auth service |
//! | `todo_accounts` | the todo service's row of each account, which every change locks first |
//! | `projects`, `todos`, `todo_row`, `todo_list`, `todo_order`, `todo_tree`, `operations`, `tombstones`, `external_references` | the other rows of the todo service |
//! | `todo_filter` | the tree of a filter as conditions of SQL |
//! | `todo_fields`, `project_fields`, `value`, `due_keys`, `encoded_todo` | what a change of a row is made of, and what is derived from it |
//! | `recorded_changes`, `annotations`, `extras` | what columns hold in the store's own formats |
//! | `changes`, `database_state` | what the change feed reads |
//! | `owned` | the rows that go with an account, in portions |
//! | `schema`, `schema_objects`, `invariants`, `derived`, `backup`, `copy_marker`, `copy` | for the operator's commands: what a database is like, and all of its rows |
//!
//! Every function takes the connection first and the owner second; a row of another owner and no row are the same
//! `None`. A change of several rows is a `Write`: it is applied whole, in one transaction.
//!
//! To add a column: name it in `migrations/` of **both** engines, in the one `columns!` of its table here, and in `copy`;
//! one that mutations change is a field, too, in `todo_fields` or `project_fields`. Tests compare the two schemas and the
//! copy.

#[cfg(feature = "postgres")]
mod account_turns;
pub(crate) mod accounts;
pub(crate) mod annotations;
pub(crate) mod backup;
pub(crate) mod changes;
pub(crate) mod conn;
#[cfg(feature = "postgres")]
pub(crate) mod copy;
pub(crate) mod copy_marker;
pub(crate) mod database_state;
pub(crate) mod db;
pub(crate) mod derived;
pub(crate) mod devices;
pub(crate) mod due_keys;
pub(crate) mod encoded_todo;
pub(crate) mod external_references;
pub(crate) mod extras;
pub(crate) mod invariants;
pub(crate) mod location;
pub(crate) mod migrations;
pub(crate) mod operations;
pub(crate) mod owned;
#[cfg(feature = "postgres")]
pub(crate) mod postgres;
pub(crate) mod project_fields;
pub(crate) mod projects;
pub(crate) mod recorded_changes;
pub(crate) mod schema;
pub(crate) mod schema_objects;
pub(crate) mod sessions;
pub(crate) mod sqlite;
pub(crate) mod todo_accounts;
pub(crate) mod todo_fields;
pub(crate) mod todo_filter;
pub(crate) mod todo_list;
pub(crate) mod todo_order;
pub(crate) mod todo_row;
pub(crate) mod todo_tree;
pub(crate) mod todos;
pub(crate) mod tombstones;
pub(crate) mod usage;
pub(crate) mod value;

pub use self::location::{Location, Retention, Sharing, StoreSettings};
pub use self::sqlite::survive_file_size_limit;
