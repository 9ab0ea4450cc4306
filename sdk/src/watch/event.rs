//! [`Event`] and [`ResumeToken`]: what a watch sends, and where another can continue.

use crate::{OperationReference, Project, ProjectId, Todo, TodoId};

/// Something that happened to the todos and projects of the account.
///
/// ```
/// use todo_sdk::Event;
///
/// fn show(event: Event) -> String {
///     match event {
///         Event::Todo { todo, operation: Some(by), .. } => format!("{:?} #{} {}", by.kind, todo.number, todo.title),
///         Event::Todo { todo, .. } => format!("#{} {}", todo.number, todo.title),
///         Event::Project { project, .. } => project.name,
///         Event::PurgedTodo { number, .. } => format!("#{number} is gone"),
///         Event::PurgedProject { .. } => "a project is gone".to_owned(),
///         Event::Synced => "that is all there is; from here on it is news".to_owned(),
///         Event::Restarted => "forget everything, it comes again".to_owned(),
///         _ => String::new(),
///     }
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
#[expect(clippy::large_enum_variant, reason = "nearly every event is a todo")]
pub enum Event {
    /// A todo was created or changed.
    #[non_exhaustive]
    Todo {
        /// As it is now; `delete_time` is set if it is in the trash.
        todo: Todo,
        /// What changed it last; `None` once that is forgotten.
        operation: Option<OperationReference>,
    },
    /// A project was created or changed.
    #[non_exhaustive]
    Project {
        /// As it is now; `delete_time` is set if it is deleted.
        project: Project,
        /// What changed it last; `None` once that is forgotten.
        operation: Option<OperationReference>,
    },
    /// A todo is gone from the trash for good.
    #[non_exhaustive]
    PurgedTodo {
        /// Its id.
        id: TodoId,
        /// Its number.
        number: u64,
    },
    /// A project is gone for good.
    #[non_exhaustive]
    PurgedProject {
        /// Its id.
        id: ProjectId,
    },
    /// The snapshot is complete; what follows are changes.
    Synced,
    /// The place to go on from is forgotten by the server: drop what you know, everything comes again, up to the next
    /// [`Synced`](Self::Synced).
    Restarted,
}

/// A place in the change feed, from which a later watch can go on.
///
/// Its text may be stored; it is opaque and good for the same account only.
///
/// ```
/// let token = todo_sdk::ResumeToken::from("AAEC".to_owned());
/// assert_eq!(token.as_str(), "AAEC");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ResumeToken(pub(super) String);

impl ResumeToken {
    /// Returns the text to store.
    ///
    /// ```
    /// let token = todo_sdk::ResumeToken::from("AAEC".to_owned());
    /// assert_eq!(token.as_str(), "AAEC");
    /// ```
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl From<String> for ResumeToken {
    fn from(text: String) -> Self {
        Self(text)
    }
}
