//! [`TodoUpdate`]: a change of todos.

use crate::{AnnotationId, Due, Priority, ProjectId, TodoRef};

/// What [`Client::update_todo`](crate::Client::update_todo) and [`Client::update_todos`](crate::Client::update_todos)
/// change: the fields that are set here, and no other.
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
    pub(crate) parent: Option<Option<TodoRef>>,
    pub(crate) add_tags: Vec<String>,
    pub(crate) remove_tags: Vec<String>,
    pub(crate) add_annotations: Vec<String>,
    pub(crate) remove_annotations: Vec<AnnotationId>,
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
        *self == Self { expected_revision: self.expected_revision, ..Self::default() }
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

    /// Replaces all tags. To leave the others alone, [`add_tags`](Self::add_tags) and [`remove_tags`](Self::remove_tags).
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
    /// # use todo_sdk::{TodoRef, TodoUpdate};
    /// let part = TodoUpdate::new().parent(TodoRef::from(12));
    /// let alone = TodoUpdate::new().parent(None);
    /// # let _ = (part, alone);
    /// ```
    pub fn parent(mut self, todo: impl Into<Option<TodoRef>>) -> Self {
        self.parent = Some(todo.into());
        self
    }

    /// Adds tags to those that are there. One that is there already stays as it is written.
    ///
    /// ```
    /// # use todo_sdk::TodoUpdate;
    /// let update = TodoUpdate::new().add_tags(["errand", "home"]);
    /// # let _ = update;
    /// ```
    pub fn add_tags(mut self, tags: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.add_tags.extend(tags.into_iter().map(Into::into));
        self
    }

    /// Removes tags, compared without case. One that is not there is none to remove.
    ///
    /// ```
    /// # use todo_sdk::TodoUpdate;
    /// let update = TodoUpdate::new().remove_tags(["errand"]);
    /// # let _ = update;
    /// ```
    pub fn remove_tags(mut self, tags: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.remove_tags.extend(tags.into_iter().map(Into::into));
        self
    }

    /// Adds a note of 1 to 4,000 characters, with the time at which the server gets it.
    ///
    /// ```
    /// # use todo_sdk::TodoUpdate;
    /// let update = TodoUpdate::new().add_annotation("The shop was closed.");
    /// # let _ = update;
    /// ```
    pub fn add_annotation(mut self, text: impl Into<String>) -> Self {
        self.add_annotations.push(text.into());
        self
    }

    /// Removes a note.
    ///
    /// ```
    /// fn without_notes(todo: &todo_sdk::Todo) -> todo_sdk::TodoUpdate {
    ///     let update = todo_sdk::TodoUpdate::new();
    ///     todo.annotations.iter().fold(update, |update, note| update.remove_annotation(note.id))
    /// }
    /// ```
    pub fn remove_annotation(mut self, id: AnnotationId) -> Self {
        self.remove_annotations.push(id);
        self
    }

    /// Makes the update fail with [`is_aborted`](crate::Error::is_aborted) unless the todo still has this
    /// [`revision`](crate::Todo::revision). For an update of one todo only.
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
