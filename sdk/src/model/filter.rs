//! What a list of todos holds, and in what order.

use jiff::civil::DateTime;

use crate::{ProjectId, Status, TodoId};

/// Which todos [`Client::list_todos`](crate::Client::list_todos) returns. Everything that is set must match; the default
/// is every todo outside the trash, by number.
///
/// ```
/// use todo_sdk::{Order, Status, TodoFilter};
///
/// let open_at_work = TodoFilter::default().status(Status::NeedsAction).tag("work").order(Order::Due);
/// # let _ = open_at_work;
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use]
pub struct TodoFilter {
    pub(crate) project: Option<ProjectId>,
    pub(crate) status: Option<Status>,
    pub(crate) trash: Trash,
    pub(crate) tag: Option<String>,
    pub(crate) query: Option<String>,
    pub(crate) due_from: Option<DateTime>,
    pub(crate) due_before: Option<DateTime>,
    pub(crate) time_zone: Option<String>,
    pub(crate) numbers: Vec<u64>,
    pub(crate) id_prefix: Option<String>,
    pub(crate) parent: Option<TodoId>,
    pub(crate) order: Order,
}

impl TodoFilter {
    /// Keeps the todos of one project.
    ///
    /// ```
    /// # use todo_sdk::{ProjectId, TodoFilter};
    /// # let garden = ProjectId::generate();
    /// let filter = TodoFilter::default().project(garden);
    /// # let _ = filter;
    /// ```
    pub fn project(mut self, id: ProjectId) -> Self {
        self.project = Some(id);
        self
    }

    /// Keeps the todos of one status.
    ///
    /// ```
    /// # use todo_sdk::{Status, TodoFilter};
    /// let filter = TodoFilter::default().status(Status::Completed);
    /// # let _ = filter;
    /// ```
    pub fn status(mut self, status: Status) -> Self {
        self.status = Some(status);
        self
    }

    /// Says what to do about the trash.
    ///
    /// ```
    /// # use todo_sdk::{TodoFilter, Trash};
    /// let filter = TodoFilter::default().trash(Trash::Only);
    /// # let _ = filter;
    /// ```
    pub fn trash(mut self, trash: Trash) -> Self {
        self.trash = trash;
        self
    }

    /// Keeps the todos with this tag, compared without case.
    ///
    /// ```
    /// # use todo_sdk::TodoFilter;
    /// let filter = TodoFilter::default().tag("errand");
    /// # let _ = filter;
    /// ```
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tag = Some(tag.into());
        self
    }

    /// Keeps the todos whose title or description contains this text, compared without case. Up to 500 characters.
    ///
    /// ```
    /// # use todo_sdk::TodoFilter;
    /// let filter = TodoFilter::default().query("milk");
    /// # let _ = filter;
    /// ```
    pub fn query(mut self, text: impl Into<String>) -> Self {
        self.query = Some(text.into());
        self
    }

    /// Keeps the todos due at this wall-clock time or later, in [`time_zone`](Self::time_zone).
    ///
    /// ```
    /// # use todo_sdk::TodoFilter;
    /// let filter = TodoFilter::default().due_from(jiff::civil::date(2026, 7, 15).at(0, 0, 0, 0));
    /// # let _ = filter;
    /// ```
    pub fn due_from(mut self, time: DateTime) -> Self {
        self.due_from = Some(time);
        self
    }

    /// Keeps the todos due before this wall-clock time, in [`time_zone`](Self::time_zone). A date is due at the end of
    /// its day.
    ///
    /// ```
    /// # use todo_sdk::TodoFilter;
    /// let filter = TodoFilter::default().due_before(jiff::civil::date(2026, 7, 16).at(0, 0, 0, 0));
    /// # let _ = filter;
    /// ```
    pub fn due_before(mut self, time: DateTime) -> Self {
        self.due_before = Some(time);
        self
    }

    /// Sets the IANA zone in which `due_from` and `due_before` are read. Without it, the account's.
    ///
    /// ```
    /// # use todo_sdk::TodoFilter;
    /// let filter = TodoFilter::default().time_zone("Europe/Berlin");
    /// # let _ = filter;
    /// ```
    pub fn time_zone(mut self, name: impl Into<String>) -> Self {
        self.time_zone = Some(name.into());
        self
    }

    /// Keeps the todos with one of these numbers, at most 1,000. No numbers means any number.
    ///
    /// ```
    /// # use todo_sdk::TodoFilter;
    /// let filter = TodoFilter::default().numbers(4..=10);
    /// # let _ = filter;
    /// ```
    pub fn numbers(mut self, numbers: impl IntoIterator<Item = u64>) -> Self {
        self.numbers = numbers.into_iter().collect();
        self
    }

    /// Keeps the todos whose id begins with this: at least 4 hexadecimal digits, hyphens do not count.
    ///
    /// ```
    /// # use todo_sdk::TodoFilter;
    /// let filter = TodoFilter::default().id_prefix("0198f1c2");
    /// # let _ = filter;
    /// ```
    pub fn id_prefix(mut self, prefix: impl Into<String>) -> Self {
        self.id_prefix = Some(prefix.into());
        self
    }

    /// Keeps the parts of this todo.
    ///
    /// ```
    /// # use todo_sdk::{TodoFilter, TodoId};
    /// # let party = TodoId::generate();
    /// let filter = TodoFilter::default().parent(party);
    /// # let _ = filter;
    /// ```
    pub fn parent(mut self, id: TodoId) -> Self {
        self.parent = Some(id);
        self
    }

    /// Sets the order.
    ///
    /// ```
    /// # use todo_sdk::{Order, TodoFilter};
    /// let filter = TodoFilter::default().order(Order::Newest);
    /// # let _ = filter;
    /// ```
    pub fn order(mut self, order: Order) -> Self {
        self.order = order;
        self
    }
}

/// What a list does about the trash.
///
/// ```
/// assert_eq!(todo_sdk::Trash::default(), todo_sdk::Trash::Exclude);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Trash {
    /// Leaves out what is in the trash.
    #[default]
    Exclude,
    /// Lists what is in the trash too.
    Include,
    /// Lists only what is in the trash.
    Only,
}

/// The order of a list.
///
/// ```
/// assert_eq!(todo_sdk::Order::default(), todo_sdk::Order::Number);
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Order {
    /// By number: the order of creation.
    #[default]
    Number,
    /// By due time, the earliest first and those never due last; then by priority, the highest first; then by number.
    Due,
    /// By number, the newest first.
    Newest,
    /// By the time of the last change, the latest first; then by number, the newest first.
    Changed,
}
