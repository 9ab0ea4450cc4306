//! Operations, and what a change answers with.

use jiff::Timestamp;
use uuid::Uuid;

use crate::{OperationId, Project, Todo, TodoId};

/// One change that somebody asked for: of one todo, of many, or of a project.
///
/// ```
/// fn line(operation: &todo_sdk::Operation) -> String {
///     let names: Vec<_> = operation.todos.iter().map(|todo| todo.name.as_str()).collect();
///     format!("{} {:?} {}", operation.create_time, operation.kind, names.join(", "))
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Operation {
    /// The request id of the call that made it.
    pub id: OperationId,
    /// What was asked for.
    pub kind: OperationKind,
    /// When it was applied.
    pub create_time: Timestamp,
    /// The todos it changed, as they were called then; without those that a deleted project took along.
    pub todos: Vec<OperationTarget>,
    /// The projects it changed, as they were called then.
    pub projects: Vec<OperationTarget>,
    /// The operation that took this one back.
    pub undone_by: Option<OperationId>,
    /// Of an undo: the operation that it took back.
    pub undoes: Option<OperationId>,
}

/// What an operation was asked to do.
///
/// ```
/// use todo_sdk::OperationKind;
///
/// fn past_tense(kind: OperationKind) -> &'static str {
///     match kind {
///         OperationKind::CreateTodo => "created",
///         OperationKind::CompleteTodos => "completed",
///         _ => "changed",
///     }
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OperationKind {
    /// A todo was created.
    CreateTodo,
    /// Fields of a todo were changed.
    UpdateTodo,
    /// Todos were completed.
    CompleteTodos,
    /// Todos were reopened.
    ReopenTodos,
    /// Todos were moved to the trash.
    DeleteTodos,
    /// Todos were taken out of the trash.
    RestoreTodos,
    /// A project was created.
    CreateProject,
    /// A project was renamed.
    UpdateProject,
    /// A project was deleted.
    DeleteProject,
    /// An operation was taken back.
    Undo,
    /// Something that this version of the SDK has no name for.
    Other,
}

/// A todo or project that an operation changed.
///
/// ```
/// fn label(target: &todo_sdk::OperationTarget) -> String {
///     target.number.map_or(target.name.clone(), |number| format!("#{number} {}", target.name))
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OperationTarget {
    /// The id of the todo or project.
    pub id: Uuid,
    /// The todo's number; `None` for a project.
    pub number: Option<u64>,
    /// Title of the todo or name of the project, as it was then.
    pub name: String,
}

/// What a change of one object returns: the object as it is now, and the operation to undo.
///
/// ```
/// fn report(changed: todo_sdk::Changed<todo_sdk::Todo>) -> String {
///     match changed.operation {
///         Some(operation) => format!("changed, undo with {operation}"),
///         None => "it was like that already".to_owned(),
///     }
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Changed<T> {
    /// The object as it is now.
    pub value: T,
    /// What to give to [`Client::undo`](crate::Client::undo). `None` if nothing had to change.
    pub operation: Option<OperationId>,
}

impl<T> Changed<T> {
    /// Returns the object alone.
    ///
    /// ```
    /// fn title(changed: todo_sdk::Changed<todo_sdk::Todo>) -> String {
    ///     changed.into_inner().title
    /// }
    /// ```
    pub fn into_inner(self) -> T {
        self.value
    }
}

/// What a change of many todos returns.
///
/// ```
/// fn report(change: &todo_sdk::BatchChange) -> String {
///     format!("{} changed, {} were so already", change.todos.len() - change.unchanged.len(), change.unchanged.len())
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct BatchChange {
    /// All the todos as they are now, each once, in the order asked for.
    pub todos: Vec<Todo>,
    /// Those of them that did not have to change.
    pub unchanged: Vec<TodoId>,
    /// What to give to [`Client::undo`](crate::Client::undo). `None` if nothing had to change.
    pub operation: Option<OperationId>,
}

/// What [`Client::undo`](crate::Client::undo) returns.
///
/// ```
/// fn report(undone: &todo_sdk::Undone) -> String {
///     format!("took back {:?}: {} todos are as they were", undone.operation.kind, undone.todos.len())
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Undone {
    /// The operation that was taken back.
    pub operation: Operation,
    /// The todos it had changed, as they are now; without those that a deleted project had taken along.
    pub todos: Vec<Todo>,
    /// The projects it had changed, as they are now.
    pub projects: Vec<Project>,
}

/// What [`Client::delete_project`](crate::Client::delete_project) returns.
///
/// ```
/// fn report(deleted: &todo_sdk::DeletedProject) -> String {
///     format!("{} is gone, {} todos are in the trash", deleted.project.name, deleted.deleted_todos)
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DeletedProject {
    /// The project as it is now.
    pub project: Project,
    /// How many todos went to the trash with it.
    pub deleted_todos: u64,
    /// What to give to [`Client::undo`](crate::Client::undo). `None` if nothing had to change.
    pub operation: Option<OperationId>,
}
