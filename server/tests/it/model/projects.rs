//! What the requests about projects do. One is below another by its name.

use todo_proto::todo::v1::{self, Project};
use tonic::Code;

use super::{
    decide::Decided,
    request::Answer,
    state::{Account, By, Effect, Step},
};

/// How deep projects nest.
const LEVELS: usize = 5;

impl Account {
    pub(super) fn create_project(
        &self,
        message: &v1::CreateProjectRequest,
        by: By,
        answer: &Answer,
    ) -> Decided<Effect> {
        let name = project_name(message.project.as_ref().map_or("", |project| &project.name))?;
        if self.project(&message.project_id).is_some() {
            return Err(Code::AlreadyExists);
        }
        let id = match &*message.project_id {
            "" => answer.projects.first().map(|project| project.id.clone()).unwrap_or_default(),
            chosen => chosen.to_owned(),
        };
        let after = Project { id, name, create_time: Some(by.now), ..Project::default() };
        let projects = vec![Step { before: None, after }];
        self.check_names(&projects)?;
        Ok(Effect { projects, ..Effect::default() })
    }

    /// Those below are renamed along.
    pub(super) fn update_project(&self, message: &v1::UpdateProjectRequest) -> Decided<Effect> {
        let values = message.project.clone().unwrap_or_default();
        let name = project_name(&values.name)?;
        let before = self.live_project(&values.id).ok_or(Code::NotFound)?;
        if message.expected_revision != 0 && message.expected_revision != before.revision {
            return Err(Code::Aborted);
        }
        if before.inbox {
            return Err(Code::InvalidArgument);
        }
        let mut renamed = vec![(before, name.clone())];
        if name != before.name {
            for below in self.below(before).into_iter().filter(|project| project.delete_time.is_none()) {
                let levels = before.name.split('/').count();
                let rest: Vec<_> = below.name.split('/').skip(levels).collect();
                let name = project_name(&format!("{name}/{}", rest.join("/")))?;
                renamed.push((below, name));
            }
        }
        let step = |(before, name): (&Project, String)| Step {
            after: Project { name, ..before.clone() },
            before: Some(before.clone()),
        };
        let projects: Vec<_> = renamed.into_iter().map(step).collect();
        self.check_names(&projects)?;
        Ok(Effect { projects, ..Effect::default() })
    }

    /// Those below are deleted along; the todos in them do not change.
    pub(super) fn delete_project(&self, message: &v1::DeleteProjectRequest, by: By) -> Decided<Effect> {
        let Some(before) = self.project(&message.id) else {
            return if message.allow_missing { Ok(Effect::default()) } else { Err(Code::NotFound) };
        };
        if before.inbox {
            return Err(Code::InvalidArgument);
        }
        let mut deleted = vec![before];
        if before.delete_time.is_none() {
            deleted.extend(self.below(before).into_iter().filter(|project| project.delete_time.is_none()));
        }
        Ok(self.set_deleted(&deleted, before.delete_time.or(Some(by.now))))
    }

    /// Those below that were deleted along come back along.
    pub(super) fn undelete_project(&self, message: &v1::UndeleteProjectRequest) -> Decided<Effect> {
        let before = self.project(&message.id).ok_or(Code::NotFound)?;
        let mut deleted = vec![before];
        if before.delete_time.is_some() {
            let along = |project: &&Project| {
                (project.delete_time, project.revision) == (before.delete_time, before.revision)
            };
            deleted.extend(self.below(before).into_iter().filter(along));
        }
        let effect = self.set_deleted(&deleted, None);
        self.check_names(&effect.projects)?;
        Ok(effect)
    }

    fn set_deleted(&self, projects: &[&Project], delete_time: Option<prost_types::Timestamp>) -> Effect {
        let mut effect = Effect::default();
        for before in projects {
            let after = Project { delete_time, ..(*before).clone() };
            let step = Step { before: Some((*before).clone()), after };
            if step.is_change() {
                effect.todos_along += self.count_in(&before.id);
            }
            effect.projects.push(step);
        }
        effect
    }

    /// How many todos of the project are not in the trash by themselves.
    pub(super) fn count_in(&self, project: &str) -> i32 {
        let is_in = |todo: &&v1::Todo| todo.project_id == project && todo.delete_time.is_none();
        i32::try_from(self.todos.values().filter(is_in).count()).unwrap()
    }

    /// The projects below this one, live or deleted, by name.
    fn below(&self, project: &Project) -> Vec<&Project> {
        let prefix = format!("{}/", project.name.to_lowercase());
        let mut below: Vec<_> =
            self.projects.iter().filter(|other| other.name.to_lowercase().starts_with(&prefix)).collect();
        below.sort_by_key(|project| (project.name.to_lowercase(), project.id.clone()));
        below
    }

    /// Each live project has a name of its own once the steps are done.
    fn check_names(&self, steps: &[Step<Project>]) -> Decided<()> {
        let is_taken = steps.iter().any(|step| self.is_name_taken(steps, &step.after));
        if is_taken { Err(Code::AlreadyExists) } else { Ok(()) }
    }

    /// Whether another project has the name of this one then.
    pub(super) fn is_name_taken(&self, steps: &[Step<Project>], project: &Project) -> bool {
        let after = |other: &Project| {
            let step = steps.iter().find(|step| step.after.id == other.id);
            step.map_or_else(|| other.clone(), |step| step.after.clone())
        };
        let is_same = |other: &Project| {
            other.id != project.id
                && other.delete_time.is_none()
                && other.name.to_lowercase() == project.name.to_lowercase()
        };
        project.delete_time.is_none() && self.projects.iter().map(after).any(|other| is_same(&other))
    }
}

/// The name as it is kept.
fn project_name(text: &str) -> Decided<String> {
    let levels: Vec<_> = text.split('/').map(str::trim).collect();
    if levels.len() > LEVELS || levels.contains(&"") {
        return Err(Code::InvalidArgument);
    }
    Ok(levels.join("/"))
}
