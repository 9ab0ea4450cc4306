//! Projects: groups of todos.

use jiff::Timestamp;

use crate::{OperationId, ProjectId};

/// A group of todos. Every account has one named `Inbox`.
///
/// ```
/// fn label(project: &todo_sdk::Project) -> String {
///     if project.inbox { "Inbox".to_owned() } else { format!("#{}", project.name) }
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Project {
    /// Unique within the account.
    pub id: ProjectId,
    /// Up to 5 levels separated by `/`, as in `Home/Kitchen`, 1 to 100 characters each; unique within the account,
    /// compared without case.
    pub name: String,
    /// Whether this is the account's Inbox, which can be neither renamed nor deleted.
    pub inbox: bool,
    /// When it was created.
    pub create_time: Timestamp,
    /// When its own fields last changed.
    pub update_time: Timestamp,
    /// When it was deleted; `None` while it lives.
    pub delete_time: Option<Timestamp>,
    /// When it will be gone for good, with its todos; `None` while it lives.
    pub purge_time: Option<Timestamp>,
    /// The account's revision at the last change of the project itself, not of the todos in it.
    pub revision: u64,
}

/// A project to be created by [`Client::create_project`](crate::Client::create_project).
///
/// ```
/// use todo_sdk::{NewProject, ProjectId};
///
/// let project = NewProject::new("Garden").id(ProjectId::generate());
/// # let _ = project;
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub struct NewProject {
    pub(crate) id: Option<ProjectId>,
    pub(crate) name: String,
}

impl NewProject {
    /// Starts a project of this name: 1 to 100 characters after trimming, no control characters. `Home/Kitchen` is below
    /// `Home`, which need not exist.
    ///
    /// ```
    /// let project = todo_sdk::NewProject::new("Garden");
    /// # let _ = project;
    /// ```
    pub fn new(name: impl Into<String>) -> Self {
        Self { id: None, name: name.into() }
    }

    /// Chooses the project's id, instead of leaving that to the server.
    ///
    /// ```
    /// # use todo_sdk::{NewProject, ProjectId};
    /// let project = NewProject::new("Garden").id(ProjectId::generate());
    /// # let _ = project;
    /// ```
    pub fn id(mut self, id: ProjectId) -> Self {
        self.id = Some(id);
        self
    }
}

/// A bare name is a project without anything else.
impl<T: Into<String>> From<T> for NewProject {
    fn from(name: T) -> Self {
        Self::new(name)
    }
}

/// What [`Client::rename_project`](crate::Client::rename_project) returns.
///
/// ```
/// fn report(renamed: &todo_sdk::RenamedProject) -> String {
///     format!("it is {} now, and so are {} below it", renamed.project.name, renamed.renamed_projects.len())
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RenamedProject {
    /// The project as it is now.
    pub project: Project,
    /// The projects below it that were renamed along.
    pub renamed_projects: Vec<Project>,
    /// What to give to [`Client::undo`](crate::Client::undo). `None` if nothing had to change.
    pub operation: Option<OperationId>,
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
    /// The projects below it that were deleted along.
    pub deleted_projects: Vec<Project>,
    /// How many todos went to the trash with them.
    pub deleted_todos: u64,
    /// What to give to [`Client::undo`](crate::Client::undo). `None` if nothing had to change.
    pub operation: Option<OperationId>,
}

/// What [`Client::undelete_project`](crate::Client::undelete_project) returns.
///
/// ```
/// fn report(back: &todo_sdk::UndeletedProject) -> String {
///     format!("{} is back, with {} todos", back.project.name, back.undeleted_todos)
/// }
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct UndeletedProject {
    /// The project as it is now.
    pub project: Project,
    /// The projects below it that came back along.
    pub undeleted_projects: Vec<Project>,
    /// How many todos came out of the trash with them.
    pub undeleted_todos: u64,
    /// What to give to [`Client::undo`](crate::Client::undo). `None` if nothing had to change.
    pub operation: Option<OperationId>,
}
