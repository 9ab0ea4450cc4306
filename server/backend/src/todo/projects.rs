//! CreateProject, UpdateProject and DeleteProject.

use todo_model::limits;

use super::{
    convert,
    operations::{Answer, Change, Effect, Image, Request},
};
use crate::{
    error::{Error, Result},
    ids::{AccountId, ProjectId},
    store::{
        conn::Conn,
        projects::{self, Project},
        todos,
    },
};

/// A project to be created.
pub(crate) struct CreateProject {
    pub(crate) id: ProjectId,
    pub(crate) name: String,
}

impl Change for CreateProject {
    async fn apply(&self, request: &Request, conn: &mut Conn<'_>) -> Result<Effect> {
        // Each of them is in every resume token.
        if projects::count(conn, request.owner).await? >= limits::PROJECTS {
            return Err(Error::exhausted("There are 1,000 projects already. Delete one first.", None));
        }
        let project = Project {
            id: self.id,
            name: self.name.clone(),
            inbox: false,
            revision: 1,
            create_time: request.now,
            update_time: request.now,
            delete_time: None,
        };
        projects::insert(conn, request.owner, &project).await?;
        Ok(effect(None, project, 0))
    }
}

/// A project to be renamed.
pub(crate) struct UpdateProject {
    pub(crate) id: ProjectId,
    pub(crate) name: String,
    /// The revision that the project must have, if that matters.
    pub(crate) expected_revision: Option<i64>,
}

impl Change for UpdateProject {
    async fn apply(&self, request: &Request, conn: &mut Conn<'_>) -> Result<Effect> {
        let before = lock(conn, request.owner, self.id).await?;
        if before.delete_time.is_some() {
            return Err(Error::NotFound);
        }
        if self.expected_revision.is_some_and(|expected| expected != before.revision) {
            return Err(Error::Aborted("The project has changed since you read it. Read it again.".into()));
        }
        if before.inbox {
            return Err(Error::invalid("project.name", "The Inbox keeps its name."));
        }
        if before.name == self.name {
            return Ok(unchanged(before));
        }
        let mut after = Project { name: self.name.clone(), ..before.clone() };
        write(conn, request, &mut after).await?;
        Ok(effect(Some(before), after, 0))
    }
}

/// A project to be deleted, with its todos.
pub(crate) struct DeleteProject {
    pub(crate) id: ProjectId,
}

impl Change for DeleteProject {
    async fn apply(&self, request: &Request, conn: &mut Conn<'_>) -> Result<Effect> {
        let before = lock(conn, request.owner, self.id).await?;
        if before.inbox {
            return Err(Error::invalid("id", "The Inbox cannot be deleted."));
        }
        if before.delete_time.is_some() {
            return Ok(unchanged(before));
        }
        let mut after = Project { delete_time: Some(request.now), ..before.clone() };
        write(conn, request, &mut after).await?;
        let deleted = todos::trash_project(conn, request.owner, self.id, after.revision, request.now).await?;
        Ok(effect(Some(before), after, i64::try_from(deleted).unwrap_or(i64::MAX)))
    }
}

/// Returns the project and keeps others from changing it until the end of the transaction.
pub(super) async fn lock(conn: &mut Conn<'_>, owner: AccountId, id: ProjectId) -> Result<Project> {
    projects::lock(conn, owner, &[id]).await?;
    projects::find(conn, owner, id).await?.ok_or(Error::NotFound)
}

/// Writes a project's own fields and gives it its new revision and update time.
pub(super) async fn write(conn: &mut Conn<'_>, request: &Request, project: &mut Project) -> Result<()> {
    project.revision = projects::bump(conn, request.owner, project.id).await?.ok_or(Error::NotFound)?;
    project.update_time = request.now;
    projects::update(conn, request.owner, project).await
}

fn effect(before: Option<Project>, after: Project, deleted_todos: i64) -> Effect {
    Effect {
        before: Image { projects: before.map(convert::project).into_iter().collect(), ..Image::default() },
        answer: Answer { projects: vec![convert::project(after)], deleted_todos, ..Answer::default() },
        changed: true,
        undoes: None,
    }
}

fn unchanged(project: Project) -> Effect {
    Effect { before: Image::default(), changed: false, ..effect(None, project, 0) }
}
