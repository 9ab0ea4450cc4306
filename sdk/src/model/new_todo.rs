//! [`NewTodo`]: a todo to be created.

use crate::{Due, Priority, ProjectId, TodoId, TodoImport, TodoRef};

/// A todo to be created by [`Client::create_todo`](crate::Client::create_todo) or, with many others, by
/// [`Client::create_todos`](crate::Client::create_todos).
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
    pub(crate) parent: Option<TodoRef>,
    pub(crate) import: Option<TodoImport>,
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
            import: None,
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

    /// Puts it into a project. Without this it goes to the project of its parent, or to the Inbox.
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

    /// Adds one tag: up to 64 characters without spaces, commas, quotes or control characters.
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

    /// Makes it a part of another todo, which has to exist, or to stand before it in
    /// [`create_todos`](crate::Client::create_todos).
    ///
    /// ```
    /// # use todo_sdk::NewTodo;
    /// let todo = NewTodo::new("Send invitations").parent(12);
    /// # let _ = todo;
    /// ```
    pub fn parent(mut self, todo: impl Into<TodoRef>) -> Self {
        self.parent = Some(todo.into());
        self
    }

    /// Says what it was before it came here, in another program.
    ///
    /// ```
    /// # use todo_sdk::{NewTodo, Status, TodoImport};
    /// let todo = NewTodo::new("Buy milk").import(TodoImport::new().status(Status::Completed));
    /// # let _ = todo;
    /// ```
    pub fn import(mut self, before: TodoImport) -> Self {
        self.import = Some(before);
        self
    }
}

/// A bare title is a todo without anything else.
impl<T: Into<String>> From<T> for NewTodo {
    fn from(title: T) -> Self {
        Self::new(title)
    }
}
