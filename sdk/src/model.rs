//! The typed model: what the SDK takes and returns instead of generated types.
//!
//! | file | what |
//! |---|---|
//! | `ids.rs` | a newtype for each kind of id |
//! | `todo_ref.rs` | [`TodoRef`]: an id or a number |
//! | `todo_selection.rs` | [`TodoSelection`]: what a change is about |
//! | `todo.rs` | [`Todo`], [`Status`], [`Priority`] |
//! | `details.rs` | [`Annotation`], [`Extra`], [`ExternalReference`]: what hangs on a todo |
//! | `new_todo.rs` | [`NewTodo`] |
//! | `todo_import.rs` | [`TodoImport`]: what a new todo was elsewhere |
//! | `todo_update.rs` | [`TodoUpdate`] |
//! | `batch.rs` | changes of many todos: [`BatchOptions`], [`Place`], [`BatchChange`] |
//! | `filter.rs` | [`TodoFilter`], what a list holds, and [`TodoCount`] |
//! | `project.rs` | [`Project`], [`NewProject`], and what changes of projects return |
//! | `operation.rs` | [`Operation`], [`Undo`], and what they return |
//! | `account.rs` | [`Account`], [`AccountUpdate`], [`Session`], [`Login`] |
//!
//! `Due` is of the crate todo-model, beside the rules that read and compare it. Types that are read have public fields
//! and are `#[non_exhaustive]`; types that are written are builders.

mod account;
mod batch;
mod details;
mod filter;
mod ids;
mod new_todo;
mod operation;
mod project;
mod todo;
mod todo_import;
mod todo_ref;
mod todo_selection;
mod todo_update;

pub use account::{Account, AccountUpdate, Login, Session};
pub use batch::{BatchChange, BatchOptions, Place, PurgedTodo, TodoResult};
pub use details::{Annotation, ExternalReference, Extra};
pub use filter::{Order, TodoCount, TodoFilter, Trash};
pub use ids::{AccountId, AnnotationId, GroupId, OperationId, ProjectId, RequestId, SessionId, TodoId};
pub use new_todo::NewTodo;
pub(crate) use operation::UndoTarget;
pub use operation::{
    Changed, FieldChange, FieldValue, Operation, OperationKind, OperationReference, OperationTarget, Undo,
    UndoConflict, Undone,
};
pub use project::{DeletedProject, NewProject, Project, RenamedProject, UndeletedProject};
pub use todo::{Priority, Status, Todo};
pub use todo_import::TodoImport;
pub use todo_ref::TodoRef;
pub use todo_selection::TodoSelection;
pub use todo_update::TodoUpdate;
