//! [`Resource`]: which object an error is about.

/// The object that an error is about: the one that is missing, or the one that is in the way.
///
/// ```
/// use todo_sdk::{Error, ResourceKind};
///
/// fn explain(error: &Error) -> String {
///     match error.resource() {
///         Some(todo) if todo.kind == ResourceKind::Todo => format!("There is no todo {}.", todo.name),
///         _ => error.to_string(),
///     }
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Resource {
    /// What it is.
    pub kind: ResourceKind,
    /// What the request called it: the id, number or name that was sent.
    pub name: String,
}

/// What kind of object an error is about.
///
/// ```
/// # use todo_sdk::ResourceKind;
/// fn word(kind: ResourceKind) -> &'static str {
///     match kind {
///         ResourceKind::Todo => "todo",
///         ResourceKind::Project => "project",
///         _ => "object",
///     }
/// }
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ResourceKind {
    /// A todo.
    Todo,
    /// A project.
    Project,
    /// Something that this version of the SDK has no name for.
    Other,
}

impl ResourceKind {
    /// Reads the contract's full name of the message.
    pub(super) fn read(resource_type: &str) -> Self {
        match resource_type {
            "todo.v1.Todo" => Self::Todo,
            "todo.v1.Project" => Self::Project,
            _ => Self::Other,
        }
    }
}
