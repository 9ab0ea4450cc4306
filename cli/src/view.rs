//! What commands return: documents that can be shown as text, as JSON or as ids. Nothing here prints or fetches.
//!
//! | file | what |
//! |---|---|
//! | `report.rs` | what every command returns, and the trait of all that can be shown |
//! | `todo.rs` | the JSON document of a todo, and how its parts look |
//! | `list.rs` | many todos: the table, or lines with tabs |
//! | `detail.rs` | all there is to know about one todo |
//! | `change.rs` | what a command did to todos |
//! | `quick_add.rs` | what was read, and would be added |
//! | `operation.rs` | the log of changes |
//! | `undo.rs` | what an undo or redo did |
//! | `purge.rs` | what was deleted for good |
//! | `project.rs` | projects |
//! | `watch.rs` | what happened just now |
//! | `account.rs` | who is logged in, and the sessions |
//!
//! The JSON documents are an interface: fields are added, never renamed. Their snapshots in `tests/it` guard that.

mod account;
mod change;
mod detail;
mod list;
mod operation;
mod project;
mod purge;
mod quick_add;
mod report;
mod todo;
mod undo;
mod watch;

pub(crate) use account::{Location, RevokedSessions, SessionList, Status};
pub(crate) use change::{Action, Change};
pub(crate) use detail::{Detail, Details};
pub(crate) use list::TodoList;
pub(crate) use operation::OperationLog;
pub(crate) use project::{DeletedProjectList, ProjectChange, ProjectList};
pub(crate) use purge::PurgeResult;
pub(crate) use quick_add::{Draft, Drafts, understood};
pub(crate) use report::{Message, Report, View};
pub(crate) use todo::{ProjectNames, is_done, label, priority, tags};
pub(crate) use undo::{RedoResult, UndoResult};
pub(crate) use watch::{WatchEvent, WatchLine};
