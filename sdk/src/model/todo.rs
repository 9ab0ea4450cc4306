//! Todos: as they are read, created and changed.

use std::fmt;

use jiff::Timestamp;

use crate::{Due, ProjectId, TodoId};

/// Something to do.
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
    /// Up to 50 of up to 64 characters each.
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
    /// Revision of its project at its last change, for [`TodoUpdate::expected_revision`].
    pub revision: u64,
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

/// A todo to be created by [`Client::create_todo`](crate::Client::create_todo).
///
/// ```
/// use todo_sdk::{Due, NewTodo, Priority};
///
/// let todo = NewTodo::new("Pay rent")
///     .priority(Priority::P1)
///     .due(Due::Date(jiff::civil::date(2026, 8, 1)))
///     .tag("home");
/// # let _ = todo;
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct NewTodo {
    pub(crate) id: Option<TodoId>,
    pub(crate) title: String,
    pub(crate) project: Option<ProjectId>,
    pub(crate) description: String,
    pub(crate) priority: Option<Priority>,
    pub(crate) due: Option<Due>,
    pub(crate) tags: Vec<String>,
    pub(crate) parent: Option<TodoId>,
}

impl NewTodo {
    /// Starts a todo of this title: 1 to 500 characters after trimming, no control characters.
    ///
    /// ```
    /// let todo = todo_sdk::NewTodo::new("Buy milk");
    /// # let _ = todo;
    /// ```
    pub fn new(title: impl Into<String>) -> Self {
        Self {
            id: None,
            title: title.into(),
            project: None,
            description: String::new(),
            priority: None,
            due: None,
            tags: Vec::new(),
            parent: None,
        }
    }

    /// Chooses the todo's id, instead of leaving that to the server.
    ///
    /// ```
    /// # use todo_sdk::{NewTodo, TodoId};
    /// let todo = NewTodo::new("Buy milk").id(TodoId::generate());
    /// # let _ = todo;
    /// ```
    pub fn id(mut self, id: TodoId) -> Self {
        self.id = Some(id);
        self
    }

    /// Puts it into a project. Without this it goes to the Inbox.
    ///
    /// ```
    /// # use todo_sdk::{NewTodo, ProjectId};
    /// # let garden = ProjectId::generate();
    /// let todo = NewTodo::new("Plant beans").project(garden);
    /// # let _ = todo;
    /// ```
    pub fn project(mut self, id: ProjectId) -> Self {
        self.project = Some(id);
        self
    }

    /// Adds free text, up to 64 KiB.
    ///
    /// ```
    /// # use todo_sdk::NewTodo;
    /// let todo = NewTodo::new("Buy milk").description("Two bottles.");
    /// # let _ = todo;
    /// ```
    pub fn description(mut self, text: impl Into<String>) -> Self {
        self.description = text.into();
        self
    }

    /// Says how much it matters.
    ///
    /// ```
    /// # use todo_sdk::{NewTodo, Priority};
    /// let todo = NewTodo::new("Pay rent").priority(Priority::P1);
    /// # let _ = todo;
    /// ```
    pub fn priority(mut self, priority: impl Into<Option<Priority>>) -> Self {
        self.priority = priority.into();
        self
    }

    /// Says when it is due.
    ///
    /// ```
    /// # use todo_sdk::{Due, NewTodo};
    /// let todo = NewTodo::new("Pay rent").due(Due::Date(jiff::civil::date(2026, 8, 1)));
    /// # let _ = todo;
    /// ```
    pub fn due(mut self, due: impl Into<Option<Due>>) -> Self {
        self.due = due.into();
        self
    }

    /// Adds one tag: up to 64 characters without spaces or control characters.
    ///
    /// ```
    /// # use todo_sdk::NewTodo;
    /// let todo = NewTodo::new("Buy milk").tag("errand");
    /// # let _ = todo;
    /// ```
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tags.push(tag.into());
        self
    }

    /// Adds tags, up to 50 altogether.
    ///
    /// ```
    /// # use todo_sdk::NewTodo;
    /// let todo = NewTodo::new("Buy milk").tags(["errand", "home"]);
    /// # let _ = todo;
    /// ```
    pub fn tags(mut self, tags: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.tags.extend(tags.into_iter().map(Into::into));
        self
    }

    /// Makes it a part of another todo.
    ///
    /// ```
    /// # use todo_sdk::{NewTodo, TodoId};
    /// # let party = TodoId::generate();
    /// let todo = NewTodo::new("Send invitations").parent(party);
    /// # let _ = todo;
    /// ```
    pub fn parent(mut self, id: TodoId) -> Self {
        self.parent = Some(id);
        self
    }
}

/// A bare title is a todo without anything else.
impl<T: Into<String>> From<T> for NewTodo {
    fn from(title: T) -> Self {
        Self::new(title)
    }
}

/// What [`Client::update_todo`](crate::Client::update_todo) changes: the fields that are set here, and no other.
///
/// ```
/// use todo_sdk::{Priority, TodoUpdate};
///
/// let update = TodoUpdate::new().title("Buy oat milk").priority(Priority::P2).due(None);
/// assert!(!update.is_empty());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use]
#[expect(
    clippy::option_option,
    reason = "outside: whether the field is changed; inside: its new value, or none"
)]
pub struct TodoUpdate {
    pub(crate) project: Option<ProjectId>,
    pub(crate) title: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) priority: Option<Option<Priority>>,
    pub(crate) due: Option<Option<Due>>,
    pub(crate) tags: Option<Vec<String>>,
    pub(crate) parent: Option<Option<TodoId>>,
    pub(crate) expected_revision: Option<u64>,
}

impl TodoUpdate {
    /// Starts an update that changes nothing yet.
    ///
    /// ```
    /// assert!(todo_sdk::TodoUpdate::new().is_empty());
    /// ```
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether it changes nothing. The server refuses such an update.
    ///
    /// ```
    /// # use todo_sdk::TodoUpdate;
    /// assert!(TodoUpdate::new().expected_revision(7).is_empty());
    /// ```
    #[must_use]
    pub fn is_empty(&self) -> bool {
        let Self { project, title, description, priority, due, tags, parent, expected_revision: _ } = self;
        project.is_none()
            && title.is_none()
            && description.is_none()
            && priority.is_none()
            && due.is_none()
            && tags.is_none()
            && parent.is_none()
    }

    /// Moves it to another project.
    ///
    /// ```
    /// # use todo_sdk::{ProjectId, TodoUpdate};
    /// # let garden = ProjectId::generate();
    /// let update = TodoUpdate::new().project(garden);
    /// # let _ = update;
    /// ```
    pub fn project(mut self, id: ProjectId) -> Self {
        self.project = Some(id);
        self
    }

    /// Sets the title.
    ///
    /// ```
    /// # use todo_sdk::TodoUpdate;
    /// let update = TodoUpdate::new().title("Buy oat milk");
    /// # let _ = update;
    /// ```
    pub fn title(mut self, title: impl Into<String>) -> Self {
        self.title = Some(title.into());
        self
    }

    /// Sets the description; an empty text clears it.
    ///
    /// ```
    /// # use todo_sdk::TodoUpdate;
    /// let update = TodoUpdate::new().description("");
    /// # let _ = update;
    /// ```
    pub fn description(mut self, text: impl Into<String>) -> Self {
        self.description = Some(text.into());
        self
    }

    /// Sets the priority; `None` clears it.
    ///
    /// ```
    /// # use todo_sdk::{Priority, TodoUpdate};
    /// let raise = TodoUpdate::new().priority(Priority::P1);
    /// let clear = TodoUpdate::new().priority(None);
    /// # let _ = (raise, clear);
    /// ```
    pub fn priority(mut self, priority: impl Into<Option<Priority>>) -> Self {
        self.priority = Some(priority.into());
        self
    }

    /// Sets when it is due; `None` clears that.
    ///
    /// ```
    /// # use todo_sdk::{Due, TodoUpdate};
    /// let set = TodoUpdate::new().due(Due::Date(jiff::civil::date(2026, 8, 1)));
    /// let clear = TodoUpdate::new().due(None);
    /// # let _ = (set, clear);
    /// ```
    pub fn due(mut self, due: impl Into<Option<Due>>) -> Self {
        self.due = Some(due.into());
        self
    }

    /// Replaces all tags.
    ///
    /// ```
    /// # use todo_sdk::TodoUpdate;
    /// let replace = TodoUpdate::new().tags(["errand"]);
    /// let clear = TodoUpdate::new().tags([""; 0]);
    /// # let _ = (replace, clear);
    /// ```
    pub fn tags(mut self, tags: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.tags = Some(tags.into_iter().map(Into::into).collect());
        self
    }

    /// Makes it a part of another todo; `None` makes it stand alone.
    ///
    /// ```
    /// # use todo_sdk::TodoUpdate;
    /// let update = TodoUpdate::new().parent(None);
    /// # let _ = update;
    /// ```
    pub fn parent(mut self, id: impl Into<Option<TodoId>>) -> Self {
        self.parent = Some(id.into());
        self
    }

    /// Makes the update fail with [`is_aborted`](crate::Error::is_aborted) unless the todo still has this
    /// [`revision`](Todo::revision).
    ///
    /// ```
    /// fn rename(todo: &todo_sdk::Todo, title: &str) -> todo_sdk::TodoUpdate {
    ///     todo_sdk::TodoUpdate::new().title(title).expected_revision(todo.revision)
    /// }
    /// ```
    pub fn expected_revision(mut self, revision: u64) -> Self {
        self.expected_revision = Some(revision);
        self
    }
}
