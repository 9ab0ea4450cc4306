//! [`Todo`]: a todo as it is read.

use std::fmt;

use jiff::Timestamp;

use crate::{Annotation, Due, ExternalReference, Extra, ProjectId, TodoId};

/// Something to do.
///
/// Lists leave out `position`, `annotations`, `extras` and `references`, which may be long: there they are empty whatever
/// the todo holds. [`Client::get_todo`](crate::Client::get_todo) and [`Client::get_todos`](crate::Client::get_todos)
/// return everything.
///
/// ```
/// fn line(todo: &todo_sdk::Todo) -> String {
///     let due = todo.due.as_ref().map_or(String::new(), |due| format!(" (due {due})"));
///     format!("#{} {}{due}", todo.number, todo.title)
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Todo {
    /// Unique within the account.
    pub id: TodoId,
    /// Number within the account, from 1, stable and never used again: what people type.
    pub number: u64,
    /// The project it is in.
    pub project_id: ProjectId,
    /// 1 to 500 characters. Text from others: escape it before a terminal or a page shows it.
    pub title: String,
    /// Free text, up to 64 KiB, lines separated by LF.
    pub description: String,
    /// Whether it is done.
    pub status: Status,
    /// How much it matters.
    pub priority: Option<Priority>,
    /// When it is due, if ever.
    pub due: Option<Due>,
    /// Up to 50 of up to 64 characters each, without spaces, commas or quotes.
    pub tags: Vec<String>,
    /// The todo it is a part of.
    pub parent_id: Option<TodoId>,
    /// When it was created.
    pub create_time: Timestamp,
    /// When it last changed in any way.
    pub update_time: Timestamp,
    /// When it was completed; `None` while it is open.
    pub complete_time: Option<Timestamp>,
    /// When it was moved to the trash; `None` while it is not there.
    pub delete_time: Option<Timestamp>,
    /// When the trash will forget it; `None` while it is not there.
    pub purge_time: Option<Timestamp>,
    /// The account's revision at its last change, for [`TodoUpdate::expected_revision`](crate::TodoUpdate::expected_revision).
    pub revision: u64,
    /// Where it is in the manual order of its project: compare as bytes, then by number. Changed by
    /// [`Client::move_todos`](crate::Client::move_todos). Empty in lists.
    pub position: String,
    /// Notes that were added to it, up to 100, the oldest first. Empty in lists.
    pub annotations: Vec<Annotation>,
    /// What an import kept that has no field of its own. Empty in lists.
    pub extras: Vec<Extra>,
    /// What it is called elsewhere, up to 20. Empty in lists.
    pub references: Vec<ExternalReference>,
}

/// Whether a todo is done, in the words of RFC 5545.
///
/// ```
/// assert_eq!(todo_sdk::Status::NeedsAction.to_string(), "needs-action");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Status {
    /// Open.
    NeedsAction,
    /// Done.
    Completed,
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NeedsAction => "needs-action",
            Self::Completed => "completed",
        })
    }
}

/// How much a todo matters. Ordered by urgency: `P1` comes first.
///
/// ```
/// use todo_sdk::Priority;
///
/// assert!(Priority::P1 < Priority::P4);
/// assert_eq!(Priority::P1.to_string(), "p1");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Priority {
    /// The highest.
    P1,
    /// High.
    P2,
    /// Medium.
    P3,
    /// The lowest.
    P4,
}

impl fmt::Display for Priority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::P1 => "p1",
            Self::P2 => "p2",
            Self::P3 => "p3",
            Self::P4 => "p4",
        })
    }
}
