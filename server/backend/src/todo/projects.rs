//! CreateProject, UpdateProject, DeleteProject and UndeleteProject. A project is below another one by its name: what is done
//! to `Home` is done to `Home/Kitchen`, too.

use todo_model::limits;
use todo_proto::todo::v1;

use super::{
    mutation::{Change, Effect, Request, Step},
    validate,
};
use crate::{
    error::{Error, ResourceKind, Result},
    ids::{AccountId, ProjectId},
    store::{
        conn::Conn,
        projects::{self, Project},
        todo_accounts::TodoAccount,
        todos, tombstones,
    },
    time::Time,
    validation::in_field,
};

/// A project to be created.
pub(crate) struct CreateProject {
    id: ProjectId,
    name: String,
}

impl CreateProject {
    /// Reads a request.
    pub(crate) fn read(request: &v1::CreateProjectRequest, now: Time) -> Result<Self> {
        let name = validate::project_name(request.project.as_ref().map_or("", |project| &project.name))?;
        let id = validate::optional_uuid("project_id", &request.project_id)?;
        Ok(Self { id: id.map_or_else(|| ProjectId::generate(now), ProjectId::from_uuid), name })
    }
}

impl Change for CreateProject {
    async fn decide(&self, request: &Request, _: &mut TodoAccount, conn: &mut Conn<'_>) -> Result<Effect> {
        check_count(conn, request.owner, 1).await?;
        let is_used = projects::find(conn, request.owner, self.id).await?.is_some()
            || !tombstones::used(conn, request.owner, &[self.id.as_uuid()]).await?.is_empty();
        if is_used {
            return Err(Error::already_exists(
                "There is or was a project of this id already.",
                ResourceKind::Project,
                self.id,
            ));
        }
        let project = Project {
            id: self.id,
            name: self.name.clone(),
            inbox: false,
            revision: 0,
            create_time: request.now,
            update_time: request.now,
            delete_time: None,
        };
        let projects = vec![Step::create(project)];
        check_names(conn, request.owner, &projects).await?;
        Ok(Effect { projects, ..Effect::default() })
    }
}

/// A project to be renamed.
pub(crate) struct UpdateProject {
    id: ProjectId,
    name: String,
    /// The revision that the project must have, if that matters.
    expected_revision: Option<i64>,
}

impl UpdateProject {
    /// Reads a request.
    pub(crate) fn read(request: &v1::UpdateProjectRequest) -> Result<Self> {
        if let Some(path) = validate::mask_paths(request.update_mask.as_ref())?.find(|path| *path != "name") {
            return Err(validate::unknown_path(path, &["name"]));
        }
        let project = request.project.clone().unwrap_or_default();
        Ok(Self {
            id: validate::project_id("project.id", &project.id)?,
            name: validate::project_name(&project.name)?,
            expected_revision: validate::expected_revision(request.expected_revision)?,
        })
    }
}

impl Change for UpdateProject {
    async fn decide(&self, request: &Request, _: &mut TodoAccount, conn: &mut Conn<'_>) -> Result<Effect> {
        let owner = request.owner;
        let before = live(conn, owner, self.id).await?;
        if self.expected_revision.is_some_and(|expected| expected != before.revision) {
            return Err(Error::Aborted("The project has changed since you read it. Read it again.".into()));
        }
        if before.inbox {
            return Err(Error::invalid("project.name", "The Inbox keeps its name."));
        }
        if before.name == self.name {
            return Ok(Effect { projects: vec![Step::change(before.clone(), before)], ..Effect::default() });
        }
        let below: Vec<_> = projects::below(conn, owner, &before.name)
            .await?
            .into_iter()
            .filter(|project| project.delete_time.is_none() && project.id != self.id)
            .collect();
        let levels = before.name.split('/').count();
        let mut steps = vec![Step::change(before.clone(), Project { name: self.name.clone(), ..before })];
        for before in below {
            let rest = before.name.split('/').skip(levels).collect::<Vec<_>>().join("/");
            let name =
                in_field("project.name", todo_model::text::project_name(&format!("{}/{rest}", self.name)))?;
            steps.push(Step::change(before.clone(), Project { name, ..before }));
        }
        check_names(conn, owner, &steps).await?;
        Ok(Effect { projects: steps, ..Effect::default() })
    }
}

/// A project to be deleted. Its todos are in the trash from then on because it is.
pub(crate) struct DeleteProject {
    id: ProjectId,
    allow_missing: bool,
}

impl DeleteProject {
    /// Reads a request.
    pub(crate) fn read(request: &v1::DeleteProjectRequest) -> Result<Self> {
        Ok(Self { id: validate::project_id("id", &request.id)?, allow_missing: request.allow_missing })
    }
}

impl Change for DeleteProject {
    async fn decide(&self, request: &Request, _: &mut TodoAccount, conn: &mut Conn<'_>) -> Result<Effect> {
        let owner = request.owner;
        let Some(before) = projects::find(conn, owner, self.id).await? else {
            return if self.allow_missing { Ok(Effect::default()) } else { Err(missing(self.id)) };
        };
        if before.inbox {
            return Err(Error::invalid("id", "The Inbox cannot be deleted."));
        }
        if before.delete_time.is_some() {
            return Ok(Effect { projects: vec![Step::change(before.clone(), before)], ..Effect::default() });
        }
        let below = projects::below(conn, owner, &before.name).await?;
        let mut effect = Effect::default();
        let live = below.into_iter().filter(|project| project.delete_time.is_none());
        for before in [before].into_iter().chain(live) {
            effect.todos_along += todos::count_in(conn, owner, before.id).await?;
            let after = Project { delete_time: Some(request.now), ..before.clone() };
            effect.projects.push(Step::change(before, after));
        }
        Ok(effect)
    }
}

/// A deleted project to be brought back, with its todos.
pub(crate) struct UndeleteProject {
    id: ProjectId,
}

impl UndeleteProject {
    /// Reads a request.
    pub(crate) fn read(request: &v1::UndeleteProjectRequest) -> Result<Self> {
        Ok(Self { id: validate::project_id("id", &request.id)? })
    }
}

impl Change for UndeleteProject {
    async fn decide(&self, request: &Request, _: &mut TodoAccount, conn: &mut Conn<'_>) -> Result<Effect> {
        let owner = request.owner;
        let before = projects::find(conn, owner, self.id).await?.ok_or_else(|| missing(self.id))?;
        let Some(delete_time) = before.delete_time else {
            return Ok(Effect { projects: vec![Step::change(before.clone(), before)], ..Effect::default() });
        };
        let below = projects::below(conn, owner, &before.name).await?;
        // Those that went along, by the same operation: at the same time.
        let along = below.into_iter().filter(|project| {
            project.delete_time == Some(delete_time) && project.revision == before.revision
        });
        let mut effect = Effect::default();
        for before in [before.clone()].into_iter().chain(along) {
            effect.todos_along += todos::count_in(conn, owner, before.id).await?;
            let after = Project { delete_time: None, ..before.clone() };
            effect.projects.push(Step::change(before, after));
        }
        check_names(conn, owner, &effect.projects).await?;
        check_count(conn, owner, effect.projects.len()).await?;
        Ok(effect)
    }
}

fn missing(id: ProjectId) -> Error {
    Error::missing(ResourceKind::Project, id)
}

async fn live(conn: &mut Conn<'_>, owner: AccountId, id: ProjectId) -> Result<Project> {
    let found = projects::find(conn, owner, id).await?;
    found.filter(|project| project.delete_time.is_none()).ok_or_else(|| missing(id))
}

/// Checks that there may be so many more projects.
pub(super) async fn check_count(conn: &mut Conn<'_>, owner: AccountId, new: usize) -> Result<()> {
    if new > 0 && projects::count(conn, owner).await? + new > limits::PROJECTS {
        return Err(Error::exhausted("An account has at most 1,000 projects. Delete one first.", None));
    }
    Ok(())
}

/// Checks that each live project has a name of its own once these steps are done.
async fn check_names(conn: &mut Conn<'_>, owner: AccountId, steps: &[Step<Project>]) -> Result<()> {
    for step in steps {
        if is_name_taken(conn, owner, steps, &step.after).await? {
            let name = &step.after.name;
            return Err(Error::already_exists(
                format!("There is a project \u{201c}{name}\u{201d} already."),
                ResourceKind::Project,
                name,
            ));
        }
    }
    Ok(())
}

/// Whether another project has the name of this one once these steps are done.
pub(super) async fn is_name_taken(
    conn: &mut Conn<'_>,
    owner: AccountId,
    steps: &[Step<Project>],
    project: &Project,
) -> Result<bool> {
    if project.delete_time.is_some() {
        return Ok(false);
    }
    let Some(holder) = projects::find_by_name(conn, owner, &project.name).await? else { return Ok(false) };
    let step = steps.iter().find(|step| step.after.id == holder.id);
    let holder = step.map_or(&holder, |step| &step.after);
    Ok(holder.id != project.id
        && holder.delete_time.is_none()
        && projects::name_key(&holder.name) == projects::name_key(&project.name))
}
