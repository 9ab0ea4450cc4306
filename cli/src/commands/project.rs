//! `todo project`: the groups that todos are in.

use std::collections::BTreeMap;

use todo_model::limits;
use todo_sdk::{Changed, Client, DeletedProject, NewProject, ProjectId, Status, TodoFilter};

use super::context::Context;
use super::resolve;
use crate::error::Error;
use crate::styled::{Line, Style};
use crate::text::count;
use crate::view::{ProjectChange, ProjectList, Report};

/// Manage projects
#[derive(Debug, clap::Subcommand)]
#[command(disable_help_subcommand = true)]
pub(crate) enum Args {
    /// Create a project
    Add {
        /// What to call it
        name: String,
    },
    /// List the projects
    #[command(visible_alias = "ls")]
    List,
    /// Give a project another name
    Rename {
        /// Which project: its name or id
        project: String,
        /// What to call it
        name: String,
    },
    /// Delete a project and move its todos to the trash
    Rm {
        /// Which project: its name or id
        project: String,
    },
}

/// `todo project`
pub(super) async fn run(args: &Args, cx: &Context<'_>) -> Result<Report, Error> {
    let client = cx.client().await?;
    match args {
        Args::Add { name } => add(&client, name).await,
        Args::List => list(&client).await,
        Args::Rename { project, name } => rename(&client, project, name).await,
        Args::Rm { project } => rm(&client, project).await,
    }
}

async fn add(client: &Client, name: &str) -> Result<Report, Error> {
    let Changed { value: project, operation, .. } = client.create_project(NewProject::new(name)).await?;
    let line = Line::new()
        .with(Style::Good, "Created project")
        .with(Style::Plain, " ")
        .with(Style::Name, &project.name);
    Ok(report("created", project, line, operation, 0)
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

async fn rename(client: &Client, project: &str, name: &str) -> Result<Report, Error> {
    let before = resolve::project(client, project).await?;
    let Changed { value: after, operation, .. } = client.rename_project(before.id, name).await?;
    let line = if operation.is_some() {
        Line::new()
            .with(Style::Good, "Renamed project")
            .with(Style::Plain, " ")
            .with(Style::Name, &before.name)
            .with(Style::Plain, " to ")
            .with(Style::Name, &after.name)
    } else {
        Line::new()
            .with(Style::Dim, "Called that already:")
            .with(Style::Plain, " ")
            .with(Style::Name, &after.name)
    };
    let changed = operation.is_some();
    Ok(report("updated", after, line, operation, 0).note_if(changed, "`todo undo` takes it back."))
}

async fn rm(client: &Client, project: &str) -> Result<Report, Error> {
    let before = resolve::project(client, project).await?;
    let DeletedProject { project, deleted_todos, operation, .. } = client.delete_project(before.id).await?;
    let mut line = Line::new()
        .with(Style::Warn, "Deleted project")
        .with(Style::Plain, " ")
        .with(Style::Name, &project.name);
    if deleted_todos > 0 {
        let todos = count(usize::try_from(deleted_todos).unwrap_or(usize::MAX), "todo");
        line.push(Style::Plain.span(format!(", and moved {todos} to the trash")));
    }
    Ok(report("deleted", project, line, operation, deleted_todos).note("`todo undo` takes it back."))
}

fn report(
    action: &'static str,
    project: todo_sdk::Project,
    line: Line,
    operation: Option<todo_sdk::OperationId>,
    deleted_todos: u64,
) -> Report {
    Report::new(ProjectChange { action, project, line, operation, deleted_todos })
}
