//! Projects: groups of todos.

use jiff::Timestamp;

use crate::ProjectId;

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
    /// 1 to 100 characters, unique within the account, compared without case.
    pub name: String,
    /// Whether this is the account's Inbox, which can be neither renamed nor deleted.
    pub inbox: bool,
    /// When it was created.
    pub create_time: Timestamp,
    /// When its own fields last changed.
    pub update_time: Timestamp,
    /// When it was deleted; `None` while it lives.
    pub delete_time: Option<Timestamp>,
    /// Counts the changes of the project and of the todos in it, in the order in which they were committed.
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
    /// Starts a project of this name: 1 to 100 characters after trimming, no control characters.
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
