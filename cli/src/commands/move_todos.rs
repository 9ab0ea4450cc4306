//! `todo move`: to another place in the manual order of a project.

use todo_sdk::{Client, Place};

use super::context::Context;
use super::selection::Selection;
use super::{batch, resolve};
use crate::args::TodosArgs;
use crate::error::Error;
use crate::todo_ref::TodoRefs;
use crate::view::{Action, Report};

/// Move todos to another place in the manual order of a project
#[derive(Debug, clap::Args)]
#[command(
    group = clap::ArgGroup::new("place").args(["before", "after", "first", "last"]).required(true),
    after_help = "\
Examples:
  todo move 12 --before 7
  todo move 3 1 2 --first                # in this order
  todo move 12 --last --project Garden")]
pub(crate) struct Args {
    #[command(flatten)]
    todos: TodosArgs,
    /// Directly before this todo, in its project
    #[arg(long, value_name = "ID")]
    before: Option<TodoRefs>,
    /// Directly behind this todo, in its project
    #[arg(long, value_name = "ID")]
    after: Option<TodoRefs>,
    /// To the beginning of the project
    #[arg(long)]
    first: bool,
    /// To the end of the project
    #[arg(long)]
    last: bool,
    /// With --first or --last: of this project [default: that of the first todo]
    #[arg(long, short = 'P', value_name = "NAME", conflicts_with_all = ["before", "after"])]
    project: Option<String>,
}

/// `todo move`
pub(super) async fn run(args: &Args, cx: &Context<'_>) -> Result<Report, Error> {
    let client = cx.client().await?;
    let selection = Selection::read(&client, &args.todos.ids).await?;
    let anchor = match args.before.as_ref().or(args.after.as_ref()) {
        Some(anchor) => Some(Selection::read_one(&client, anchor).await?),
        None => None,
    };
    let place = match anchor.as_ref().and_then(|anchor| anchor.refs.first()) {
        Some(anchor) if args.before.is_some() => Place::Before(*anchor),
        Some(anchor) => Place::After(*anchor),
        None => end_of_project(args, &selection, &client).await?,
    };
    match client.move_todos_with(selection.refs.iter().copied(), place, batch::options(cx)).await {
        Ok(change) => batch::report(Action::Moved, change, Vec::new(), &client, cx).await,
        Err(error) => Err(selection.explain_with(anchor.as_ref(), &client, error).await),
    }
}

async fn end_of_project(args: &Args, selection: &Selection, client: &Client) -> Result<Place, Error> {
    let project = match (&args.project, selection.refs.first()) {
        (Some(name), _) => resolve::project(client, name).await?.id,
        (None, Some(first)) => match client.get_todo(*first).await {
            Ok(todo) => todo.project_id,
            Err(error) => return Err(selection.explain(client, error).await),
        },
        (None, None) => return Err(Error::usage("No todo is named.")),
    };
    Ok(if args.first { Place::FirstIn(project) } else { Place::LastIn(project) })
}
