//! `todo project`: the groups that todos are in.

use std::collections::BTreeMap;

use todo_model::{limits, text::folded};
use todo_sdk::{
    Changed, Client, DeletedProject, NewProject, Project, ProjectId, RenamedProject, Status, TodoFilter,
    UndeletedProject,
};

use super::context::Context;
use super::resolve;
use crate::error::Error;
use crate::styled::{Line, Style};
use crate::text::count;
use crate::view::{DeletedProjectList, ProjectChange, ProjectList, Report};

/// Manage projects
#[derive(Debug, clap::Subcommand)]
#[command(disable_help_subcommand = true)]
pub(crate) enum Args {
    /// Create a project
    Add {
        /// What to call it; Home/Kitchen is below Home
        name: String,
    },
    /// List the projects
    #[command(visible_alias = "ls")]
    List {
        /// List the deleted ones instead, which can be brought back
        #[arg(long)]
        deleted: bool,
    },
    /// Give a project another name, and with it those below it
    Rename {
        /// Which project: its name or id
        project: String,
        /// What to call it
        name: String,
    },
    /// Delete a project with its todos and the projects below it, for 30 days
    Rm {
        /// Which project: its name or id
        project: String,
    },
    /// Bring back a deleted project with its todos and the projects below it
    Undelete {
        /// Which project: its name or id
        project: String,
    },
}

/// `todo project`
pub(super) async fn run(args: &Args, cx: &Context<'_>) -> Result<Report, Error> {
    let client = cx.client().await?;
    match args {
        Args::Add { name } => add(&client, name).await,
        Args::List { deleted: false } => list(&client).await,
        Args::List { deleted: true } => list_deleted(&client, cx).await,
        Args::Rename { project, name } => rename(&client, project, name).await,
        Args::Rm { project } => rm(&client, project).await,
        Args::Undelete { project } => undelete(&client, project).await,
    }
}

async fn add(client: &Client, name: &str) -> Result<Report, Error> {
    let Changed { value: project, operation, .. } = client.create_project(NewProject::new(name)).await?;
    let line = line(Style::Good, "Created project", &project);
    Ok(Report::new(ProjectChange::new("created", project, line, operation))
        .note("`todo undo` takes it back; `todo add --project` puts todos into it."))
}

async fn list(client: &Client) -> Result<Report, Error> {
    let open =
        client.list_todos(TodoFilter::default().status(Status::NeedsAction)).page_size(limits::MAX_PAGE_SIZE);
    let (projects, open) =
        futures_util::try_join!(resolve::projects(client), async { Ok(open.try_collect().await?) })?;
    let mut counts: BTreeMap<ProjectId, usize> = BTreeMap::new();
    for todo in &open {
        *counts.entry(todo.project_id).or_default() += 1;
    }
    let projects =
        projects.into_iter().map(|project| (counts.get(&project.id).copied().unwrap_or(0), project));
    Ok(Report::new(ProjectList { projects: projects.map(|(open, project)| (project, open)).collect() }))
}

async fn list_deleted(client: &Client, cx: &Context<'_>) -> Result<Report, Error> {
    let projects = deleted(client).await?;
    let report = match projects.len() {
        0 => Report::default().note("No project is deleted."),
        _ => Report::new(DeletedProjectList { projects, now: cx.now().clone() }),
    };
    Ok(report)
}

async fn rename(client: &Client, project: &str, name: &str) -> Result<Report, Error> {
    let before = resolve::project(client, project).await?;
    let RenamedProject { project: after, renamed_projects, operation, .. } =
        client.rename_project(before.id, name).await?;
    let line = if operation.is_some() {
        line(Style::Good, "Renamed project", &before)
            .with(Style::Plain, " to ")
            .with(Style::Name, &after.name)
    } else {
        line(Style::Dim, "Called that already:", &after)
    };
    let change = ProjectChange::new("updated", after, line, operation).with_others(renamed_projects, 0);
    Ok(Report::new(change).note_if(operation.is_some(), "`todo undo` takes it back."))
}

async fn rm(client: &Client, project: &str) -> Result<Report, Error> {
    let before = resolve::project(client, project).await?;
    let DeletedProject { project, deleted_projects, deleted_todos, operation, .. } =
        client.delete_project(before.id).await?;
    let mut line = line(Style::Warn, "Deleted project", &project);
    if deleted_todos > 0 {
        line.push(Style::Plain.span(format!(", and moved {} to the trash", todos(deleted_todos))));
    }
    let change = ProjectChange::new("deleted", project, line, operation);
    Ok(Report::new(change.with_others(deleted_projects, deleted_todos))
        .note("`todo undo` takes it back, `todo project undelete` for 30 days."))
}

async fn undelete(client: &Client, project: &str) -> Result<Report, Error> {
    let deleted = deleted(client).await?;
    let before = find_deleted(&deleted, project)?;
    let UndeletedProject { project, undeleted_projects, undeleted_todos, operation, .. } =
        client.undelete_project(before.id).await?;
    let mut line = line(Style::Good, "Brought back project", &project);
    if undeleted_todos > 0 {
        line.push(Style::Plain.span(format!(", and {} with it", todos(undeleted_todos))));
    }
    let change = ProjectChange::new("undeleted", project, line, operation);
    Ok(Report::new(change.with_others(undeleted_projects, undeleted_todos))
        .note("`todo undo` takes it back."))
}

/// The projects that are deleted, by name.
async fn deleted(client: &Client) -> Result<Vec<Project>, Error> {
    let mut projects = client.list_all_projects().page_size(limits::MAX_PAGE_SIZE).try_collect().await?;
    projects.retain(|project| project.delete_time.is_some());
    Ok(projects)
}

/// The deleted project of this name, compared without case, or of this id. Several may have one name.
fn find_deleted<'p>(deleted: &'p [Project], name: &str) -> Result<&'p Project, Error> {
    let wanted = folded(name.trim());
    let matches = |project: &&Project| folded(&project.name) == wanted || project.id.to_string() == wanted;
    let found: Vec<&Project> = deleted.iter().filter(matches).collect();
    match found[..] {
        [project] => Ok(project),
        [] => Err(Error::not_found(format!("There is no deleted project `{}`.", name.trim()))
            .hint("`todo project list --deleted` lists what there is.")),
        _ => Err(Error::usage(format!("{} deleted projects are called `{}`.", found.len(), name.trim()))
            .hint("Name one by its id: `todo project list --deleted --json` has them.")),
    }
}

/// `Created project Home`
fn line(style: Style, verb: &str, project: &Project) -> Line {
    Line::new().with(style, verb).with(Style::Plain, " ").with(Style::Name, &project.name)
}

fn todos(number: u64) -> String {
    count(usize::try_from(number).unwrap_or(usize::MAX), "todo")
}
