//! The typed model: what the SDK takes and returns instead of generated types.
//!
//! | file | what |
//! |---|---|
//! | `ids.rs` | a newtype for each kind of id |
//! | `todo.rs` | [`Todo`], [`Status`], [`Priority`] |
//! | `new_todo.rs` | [`NewTodo`] |
//! | `todo_update.rs` | [`TodoUpdate`] |
//! | `filter.rs` | [`TodoFilter`], what a list leaves out |
//! | `project.rs` | [`Project`], [`NewProject`] |
//! | `operation.rs` | [`Operation`] and what a change answers with |
//! | `account.rs` | [`Account`], [`AccountUpdate`], [`Session`], [`Login`] |
//!
//! `Due` is of the crate todo-model, beside the rules that read and compare it. Types that are read have public fields
//! and are `#[non_exhaustive]`; types that are written are builders.

mod account;
mod filter;
mod ids;
mod new_todo;
mod operation;
mod project;
mod todo;
mod todo_update;

pub use account::{Account, AccountUpdate, Login, Session};
pub use filter::{Order, TodoFilter, Trash};
pub use ids::{AccountId, GroupId, OperationId, ProjectId, RequestId, SessionId, TodoId};
pub use new_todo::NewTodo;
pub(crate) use operation::UndoTarget;
pub use operation::{
    BatchChange, Changed, DeletedProject, FieldChange, FieldValue, Operation, OperationKind, OperationTarget,
    Undo, UndoConflict, Undone,
};
pub use project::{NewProject, Project};
pub use todo::{Priority, Status, Todo};
pub use todo_update::TodoUpdate;
