//! Projects: the rest of `todo.v1` on [`Client`].

use todo_proto::todo::v1 as proto;

use crate::{
    Changed, Client, DeletedProject, NewProject, Pages, Project, ProjectId, RenamedProject, Result,
    UndeletedProject,
    client::todo,
    convert::{
        new_project, project_name, read_changed, read_deleted_project, read_project, read_projects,
        read_renamed_project, read_undeleted_project,
    },
    paginator::Page,
    retry::Idempotency,
};

/// Projects.
impl Client {
    /// Creates a project.
    ///
    /// Fails with [`is_already_exists`](crate::Error::is_already_exists) if the name is in use, compared without case.
    ///
    /// ```
    /// # use todo_sdk::NewTodo;
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let backend = todo_backend::embedded::open(directory.path(), "UTC").await?;
    /// # let client = todo_sdk::Client::from_service(backend.service());
    /// let garden = client.create_project("Garden").await?.into_inner();
    /// client.create_todo(NewTodo::new("Plant beans").project(garden.id)).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn create_project(&self, new: impl Into<NewProject>) -> Result<Changed<Project>> {
        let request = new_project(new.into(), self.ids());
        let response = self
            .call(Idempotency::Idempotent, request, |transport, request| async move {
                todo(transport).create_project(request).await
            })
            .await?;
        read_changed(read_project(response.project)?, &response.operation_id)
    }

    /// Returns one project.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let backend = todo_backend::embedded::open(directory.path(), "UTC").await?;
    /// # let client = todo_sdk::Client::from_service(backend.service());
    /// # let todo = client.create_todo("Buy milk").await?.value;
    /// println!("{} is in {}", todo.title, client.get_project(todo.project_id).await?.name);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn get_project(&self, id: ProjectId) -> Result<Project> {
        let request = proto::GetProjectRequest { id: id.to_string() };
        let response = self
            .call(Idempotency::Idempotent, request, |transport, request| async move {
                todo(transport).get_project(request).await
            })
            .await?;
        read_project(response.project)
    }

    /// Lists the projects by name, the Inbox first.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let backend = todo_backend::embedded::open(directory.path(), "UTC").await?;
    /// # let client = todo_sdk::Client::from_service(backend.service());
    /// let projects = client.list_projects().try_collect().await?;
    /// assert!(projects[0].inbox);
    /// # Ok(())
    /// # }
    /// ```
    pub fn list_projects(&self) -> Pages<Project> {
        self.project_pages(false)
    }

    /// Lists the projects by name, the Inbox first, and behind them those that are deleted and can be brought back.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let backend = todo_backend::embedded::open(directory.path(), "UTC").await?;
    /// # let client = todo_sdk::Client::from_service(backend.service());
    /// # let id = client.create_project("Garden").await?.value.id;
    /// client.delete_project(id).await?;
    /// let projects = client.list_all_projects().try_collect().await?;
    /// let deleted = projects.iter().find(|project| project.delete_time.is_some());
    /// assert_eq!(deleted.unwrap().name, "Garden");
    /// # Ok(())
    /// # }
    /// ```
    pub fn list_all_projects(&self) -> Pages<Project> {
        self.project_pages(true)
    }

    fn project_pages(&self, show_deleted: bool) -> Pages<Project> {
        let client = self.clone();
        Pages::new(move |page| {
            let client = client.clone();
            let request = proto::ListProjectsRequest {
                show_deleted,
                page_size: page.page_size,
                page_token: page.page_token,
            };
            async move {
                let response = client
                    .call(Idempotency::Idempotent, request, |transport, request| async move {
                        todo(transport).list_projects(request).await
                    })
                    .await?;
                Ok(Page {
                    items: read_projects(response.projects)?,
                    next_page_token: response.next_page_token,
                })
            }
        })
    }

    /// Gives a project another name. Renaming `Home` renames `Home/Kitchen`, too. The Inbox keeps its own.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let backend = todo_backend::embedded::open(directory.path(), "UTC").await?;
    /// # let client = todo_sdk::Client::from_service(backend.service());
    /// # let id = client.create_project("Garden").await?.value.id;
    /// let renamed = client.rename_project(id, "Vegetable garden").await?;
    /// assert_eq!(renamed.project.name, "Vegetable garden");
    /// # Ok(())
    /// # }
    /// ```
    pub async fn rename_project(&self, id: ProjectId, name: &str) -> Result<RenamedProject> {
        let request = project_name(id.to_string(), name.to_owned(), self.ids());
        let response = self
            .call(Idempotency::Idempotent, request, |transport, request| async move {
                todo(transport).update_project(request).await
            })
            .await?;
        read_renamed_project(response)
    }

    /// Deletes a project, for 30 days: its todos are in the trash because it is, and come back with it. The projects below
    /// it go along. The Inbox stays.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let backend = todo_backend::embedded::open(directory.path(), "UTC").await?;
    /// # let client = todo_sdk::Client::from_service(backend.service());
    /// # let id = client.create_project("Garden").await?.value.id;
    /// let deleted = client.delete_project(id).await?;
    /// println!("{} todos went to the trash.", deleted.deleted_todos);
    /// client.undo_last().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn delete_project(&self, id: ProjectId) -> Result<DeletedProject> {
        let request = proto::DeleteProjectRequest {
            id: id.to_string(),
            request_id: self.request_id(),
            group_id: self.group_id(),
            allow_missing: false,
        };
        let response = self
            .call(Idempotency::Idempotent, request, |transport, request| async move {
                todo(transport).delete_project(request).await
            })
            .await?;
        read_deleted_project(response)
    }

    /// Brings back a deleted project with its todos, and the projects below it that were deleted along with it.
    ///
    /// Fails with [`is_already_exists`](crate::Error::is_already_exists) if a name is in use by now.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let directory = tempfile::tempdir()?;
    /// # let backend = todo_backend::embedded::open(directory.path(), "UTC").await?;
    /// # let client = todo_sdk::Client::from_service(backend.service());
    /// # let id = client.create_project("Garden").await?.value.id;
    /// client.delete_project(id).await?;
    /// let back = client.undelete_project(id).await?;
    /// println!("{} is back, with {} todos.", back.project.name, back.undeleted_todos);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn undelete_project(&self, id: ProjectId) -> Result<UndeletedProject> {
        let request = proto::UndeleteProjectRequest {
            id: id.to_string(),
            request_id: self.request_id(),
            group_id: self.group_id(),
        };
        let response = self
            .call(Idempotency::Idempotent, request, |transport, request| async move {
                todo(transport).undelete_project(request).await
            })
            .await?;
        read_undeleted_project(response)
    }
}
