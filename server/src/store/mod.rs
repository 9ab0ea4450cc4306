//! The store: one schema and one set of SQL on two engines.
//!
//! | module | what |
//! |---|---|
//! | [`db`] | opening a database, the two engines, and everything in which they differ |
//! | [`sqlite`] | the file: its locks, its pragmas, its readers |
//! | [`writer`] | SQLite's one writer, which commits waiting changes in groups |
//! | `schema`, `invariants`, `backup`, `copy` | for the operator's commands: what a database is like, and all of its rows |
//! | `notify` | short texts between servers on one PostgreSQL database |
//! | [`accounts`], [`sessions`] | rows of the auth service |
//! | [`projects`], [`todos`], [`todo_list`], [`operations`], [`changes`] | rows of the todo service |
//!
//! Every function takes the connection first and the owner second; a row of another owner and no row are the same
//! `None`. A change of several rows is a [`Write`](db::Write): it is applied whole, in one transaction.
//!
//! To add a column: add a migration with the next number to **both** folders of `migrations/`, then name the column
//! in the one `const COLUMNS` of its table here. A test compares the two schemas.

pub(crate) mod accounts;
#[cfg(feature = "network")]
pub(crate) mod backup;
pub(crate) mod changes;
#[cfg(feature = "network")]
pub(crate) mod copy;
pub(crate) mod db;
#[cfg(feature = "network")]
pub(crate) mod invariants;
#[cfg(feature = "network")]
pub(crate) mod notify;
pub(crate) mod numbers;
pub(crate) mod operations;
pub(crate) mod projects;
#[cfg(feature = "network")]
pub(crate) mod schema;
pub(crate) mod sessions;
pub(crate) mod sqlite;
pub(crate) mod todo_list;
pub(crate) mod todos;
pub(crate) mod writer;
