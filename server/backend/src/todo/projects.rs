//! CreateProject, UpdateProject and DeleteProject.

use todo_model::limits;

use super::mutation::{Change, Effect, Request, Step};
use crate::{
    error::{Error, Result},
    ids::{AccountId, ProjectId},
    store::{
        conn::Conn,
        projects::{self, Project},
        todo_accounts::TodoAccount,
        todos, tombstones,
    },
};

/// A project to be created.
pub(crate) struct CreateProject {
    pub(crate) id: ProjectId,
    pub(crate) name: String,
}

impl Change for CreateProject {
    async fn decide(&self, request: &Request, _: &mut TodoAccount, conn: &mut Conn<'_>) -> Result<Effect> {
        if projects::count(conn, request.owner).await? >= limits::PROJECTS {
            return Err(Error::exhausted("There are 1,000 projects already. Delete one first.", None));
        }
        let is_used = projects::find(conn, request.owner, self.id).await?.is_some()
            || tombstones::exists(conn, request.owner, self.id.as_uuid()).await?;
        if is_used {
            return Err(Error::AlreadyExists("There is a project of this id already.".into()));
        }
        check_name(conn, request.owner, self.id, &self.name).await?;
        let project = Project {
            id: self.id,
            name: self.name.clone(),
            inbox: false,
            revision: 0,
            create_time: request.now,
            update_time: request.now,
            delete_time: None,
        };
        Ok(Effect { projects: vec![Step::create(project)], ..Effect::default() })
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
    async fn decide(&self, request: &Request, _: &mut TodoAccount, conn: &mut Conn<'_>) -> Result<Effect> {
        let before = projects::find(conn, request.owner, self.id).await?.ok_or(Error::NotFound)?;
        if before.delete_time.is_some() {
            return Err(Error::NotFound);
        }
        if self.expected_revision.is_some_and(|expected| expected != before.revision) {
            return Err(Error::Aborted("The project has changed since you read it. Read it again.".into()));
        }
        if before.inbox {
            return Err(Error::invalid("project.name", "The Inbox keeps its name."));
        }
        check_name(conn, request.owner, self.id, &self.name).await?;
        let after = Project { name: self.name.clone(), ..before.clone() };
        Ok(Effect { projects: vec![Step::change(before, after)], ..Effect::default() })
    }
}

/// A project to be deleted. Its todos are in the trash from then on because it is.
pub(crate) struct DeleteProject {
    pub(crate) id: ProjectId,
}

impl Change for DeleteProject {
    async fn decide(&self, request: &Request, _: &mut TodoAccount, conn: &mut Conn<'_>) -> Result<Effect> {
        let before = projects::find(conn, request.owner, self.id).await?.ok_or(Error::NotFound)?;
        if before.inbox {
            return Err(Error::invalid("id", "The Inbox cannot be deleted."));
        }
        let deleted_todos = match before.delete_time {
            Some(_) => 0,
            None => todos::count_in(conn, request.owner, self.id).await?,
        };
        let delete_time = before.delete_time.or(Some(request.now));
        let after = Project { delete_time, ..before.clone() };
        Ok(Effect { projects: vec![Step::change(before, after)], deleted_todos, ..Effect::default() })
    }
}

/// Checks that no other project has this name.
pub(super) async fn check_name(
    conn: &mut Conn<'_>,
    owner: AccountId,
    id: ProjectId,
    name: &str,
) -> Result<()> {
    match projects::find_by_name(conn, owner, name).await? {
        Some(other) if other.id != id => {
            Err(Error::AlreadyExists("There is a project of this name already.".into()))
        }
        _ => Ok(()),
    }
}
