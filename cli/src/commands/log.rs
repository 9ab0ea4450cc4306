//! `todo log`: what was changed, when, by which device, and the values before and after.

use super::context::Context;
use super::resolve;
use super::selection::Selection;
use crate::error::Error;
use crate::todo_ref::TodoRefs;
use crate::view::{OperationLog, Report};

/// How many changes are shown if nobody says how many.
const DEFAULT_LIMIT: u32 = 20;

/// Show what was changed, the newest first
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  todo log
  todo log --todo 12   # what happened to one todo
  todo log -n 100 --json")]
pub(crate) struct Args {
    /// Only changes of this todo
    #[arg(long, value_name = "ID")]
    todo: Option<TodoRefs>,
    /// Show at most this many changes
    #[arg(long, short = 'n', value_name = "COUNT", default_value_t = DEFAULT_LIMIT,
          value_parser = clap::value_parser!(u32).range(1..=1_000))]
    limit: u32,
}

/// `todo log`
pub(super) async fn run(args: &Args, cx: &Context<'_>) -> Result<Report, Error> {
    let client = cx.client().await?;
    let todo = match &args.todo {
        Some(todo) => Some(Selection::read_one(&client, todo).await?),
        None => None,
    };
    let mut operations = match todo.as_ref().and_then(|todo| todo.refs.first()) {
        Some(todo) => client.operations_of(*todo),
        None => client.operations(),
    }
    .page_size(args.limit);
    let mut shown = Vec::new();
    while let Some(page) = operations.next_page().await? {
        shown.extend(page);
        if shown.len() >= args.limit as usize {
            shown.truncate(args.limit as usize);
            break;
        }
    }
    let is_empty = shown.is_empty();
    let names = resolve::project_names(&client).await?;
    Ok(Report::new(OperationLog { operations: shown, names, now: cx.now().clone() })
        .note_if(is_empty, "Nothing has been changed in the last 90 days.")
        .note_if(!is_empty && cx.ui.is_terminal(), "`todo undo CHANGE` takes one of them back."))
}
