//! Operations, and what a change answers with.

use std::fmt;

use jiff::Timestamp;
use uuid::Uuid;

use crate::{GroupId, OperationId, Project, SessionId, TodoResult};

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
    /// The session that asked; `None` where nobody logs in.
    pub session: Option<SessionId>,
    /// What the client called itself at login; empty where nobody logs in. Text from others: do not trust it, escape it.
    pub client: String,
    /// What the request was a part of, see [`Client::with_group`](crate::Client::with_group).
    pub group: Option<GroupId>,
    /// The todos it changed, without those that a deleted project took along. A list of operations has at most 20 of each;
    /// [`Client::operation`](crate::Client::operation) returns all.
    pub todos: Vec<OperationTarget>,
    /// How many todos it changed.
    pub todo_count: u32,
    /// The projects it changed, likewise.
    pub projects: Vec<OperationTarget>,
    /// How many projects it changed.
    pub project_count: u32,
    /// The account's revision of the change: what it changed had this revision then.
    pub revision: u64,
    /// The operation that took this one back; `None` while it is in effect.
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
///         OperationKind::CreateTodos => "created",
///         OperationKind::CompleteTodos => "completed",
///         _ => "changed",
///     }
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum OperationKind {
    /// Todos were created.
    CreateTodos,
    /// Fields, tags or annotations of todos were changed.
    UpdateTodos,
    /// Todos were completed.
    CompleteTodos,
    /// Todos were reopened.
    ReopenTodos,
    /// Todos were moved to the trash.
    DeleteTodos,
    /// Todos were taken out of the trash.
    RestoreTodos,
    /// Todos in the trash were deleted for good. Cannot be undone.
    PurgeTodos,
    /// Todos were moved to another place in the manual order.
    MoveTodos,
    /// A project was created.
    CreateProject,
    /// A project was renamed.
    UpdateProject,
    /// A project was deleted.
    DeleteProject,
    /// A deleted project was brought back.
    UndeleteProject,
    /// An operation was taken back.
    Undo,
    /// An undo was taken back: what it took back is in effect again.
    Redo,
    /// Something that this version of the SDK has no name for.
    Other,
}

/// Which operation, and who asked for it.
///
/// ```
/// fn is_mine(operation: &todo_sdk::OperationReference, session: todo_sdk::SessionId) -> bool {
///     operation.session == Some(session)
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct OperationReference {
    /// The request id of the call that made it.
    pub id: OperationId,
    /// What was asked for.
    pub kind: OperationKind,
    /// The session that asked; `None` where nobody logs in.
    pub session: Option<SessionId>,
    /// What the client called itself at login; empty where nobody logs in. Text from others: do not trust it, escape it.
    pub client: String,
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
    /// Whether the operation created it.
    pub created: bool,
    /// The fields it changed; of a creation, those that were given a value.
    pub fields: Vec<FieldChange>,
}

/// The value of a field before and after an operation.
///
/// ```
/// fn line(change: &todo_sdk::FieldChange) -> String {
///     format!("{}: {} -> {}", change.field, change.before, change.after)
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct FieldChange {
    /// Name of the field, such as `title`; `complete_time` where the status changed. A newer server may know others.
    pub field: String,
    /// Value before the operation.
    pub before: FieldValue,
    /// Value after it. In a list of operations, texts are cut behind 1 KiB.
    pub after: FieldValue,
}

/// The value of a field of a todo or project, as a text.
///
/// ```
/// use todo_sdk::FieldValue;
///
/// let tags = FieldValue::List(vec!["home".into(), "errand".into()]);
/// assert_eq!(tags.to_string(), "home, errand");
/// assert_eq!(FieldValue::None.to_string(), "");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldValue {
    /// No value.
    None,
    /// A text: of a title, of a due time as in `2026-07-15T18:00:00[Europe/Berlin]`, of an id, of a time as in RFC 3339.
    Text(String),
    /// Tags.
    List(Vec<String>),
}

impl fmt::Display for FieldValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::None => Ok(()),
            Self::Text(text) => f.write_str(text),
            Self::List(texts) => f.write_str(&texts.join(", ")),
        }
    }
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

/// What [`Client::undo`](crate::Client::undo) is to take back.
///
/// ```
/// # async fn example(client: todo_sdk::Client, group: todo_sdk::GroupId) -> todo_sdk::Result<()> {
/// use todo_sdk::Undo;
///
/// client.undo(Undo::last()).await?;
/// client.undo(Undo::last_undo()).await?; // the redo
/// client.undo(Undo::from(group).force()).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Undo {
    pub(crate) target: UndoTarget,
    pub(crate) force: bool,
    pub(crate) with_todos: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum UndoTarget {
    Operation(OperationId),
    Group(GroupId),
    Last,
    LastUndo,
}

impl Undo {
    /// Names the newest operation of the caller's own, that of the same session, that is in effect and no undo.
    ///
    /// ```
    /// # use todo_sdk::Undo;
    /// let last = Undo::last();
    /// ```
    #[must_use]
    pub fn last() -> Self {
        UndoTarget::Last.into()
    }

    /// Names the newest undo of the caller's own, if nothing was changed since: taking it back is the redo.
    ///
    /// ```
    /// # use todo_sdk::Undo;
    /// let redo = Undo::last_undo();
    /// ```
    #[must_use]
    pub fn last_undo() -> Self {
        UndoTarget::LastUndo.into()
    }

    /// Restores what can be, where something has changed since. What stays as it is, is in [`Undone::conflicts`].
    ///
    /// ```
    /// # use todo_sdk::Undo;
    /// let undo = Undo::last().force();
    /// ```
    #[must_use]
    pub fn force(self) -> Self {
        Self { force: true, ..self }
    }

    /// Returns each todo as it is now, in [`TodoResult::todo`], for as long as the answer stays within 2 MiB.
    ///
    /// ```
    /// # use todo_sdk::Undo;
    /// let undo = Undo::last().with_todos();
    /// ```
    #[must_use]
    pub fn with_todos(self) -> Self {
        Self { with_todos: true, ..self }
    }
}

impl From<UndoTarget> for Undo {
    fn from(target: UndoTarget) -> Self {
        Self { target, force: false, with_todos: false }
    }
}

/// Names one operation.
impl From<OperationId> for Undo {
    fn from(id: OperationId) -> Self {
        UndoTarget::Operation(id).into()
    }
}

/// Names the newest operation of a group that is in effect: [`Undone::remaining`] says how many there are after that.
impl From<GroupId> for Undo {
    fn from(id: GroupId) -> Self {
        UndoTarget::Group(id).into()
    }
}

/// A field that stayed as it is, because it has changed since the operation that was taken back.
///
/// ```
/// fn line(conflict: &todo_sdk::UndoConflict) -> String {
///     format!("{:?}: {}", conflict.number, conflict.field)
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UndoConflict {
    /// The id of the todo or project.
    pub id: Uuid,
    /// The todo's number; `None` for a project.
    pub number: Option<u64>,
    /// Name of the field, such as `title`; empty if the todo or project was deleted for good.
    pub field: String,
}

/// What [`Client::undo`](crate::Client::undo) returns.
///
/// ```
/// fn report(undone: &todo_sdk::Undone) -> String {
///     format!("took back {:?}: {} todos are as they were", undone.operation.kind, undone.results.len())
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Undone {
    /// The operation that was taken back.
    pub operation: Operation,
    /// The todos it had changed, as they are now; without those that a deleted project had taken along.
    pub results: Vec<TodoResult>,
    /// The projects it had changed, as they are now.
    pub projects: Vec<Project>,
    /// With [`Undo::force`]: what stayed as it is.
    pub conflicts: Vec<UndoConflict>,
    /// Of a group: how many of its operations are still in effect.
    pub remaining: u32,
    /// The undo itself, which can be undone: the redo. `None` if nothing had to change.
    pub undo: Option<OperationId>,
}
