//! `todo log`: what was changed, when, by which device, and the values before and after.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use todo_sdk::{Client, FieldValue, Operation, OperationId, Todo, TodoId};

use super::context::Context;
use super::resolve;
use super::selection::Selection;
use crate::error::Error;
use crate::todo_ref::TodoRefs;
use crate::view::{OperationLog, Report};

/// Calls under way at a time.
const CALLS: usize = 16;

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
    let undone = undone(&client, &shown).await?;
    let parents = if cx.ui.is_terminal() { parents(&client, &shown).await? } else { BTreeMap::new() };
    Ok(Report::new(OperationLog { operations: shown, undone, names, parents, now: cx.now().clone() })
        .note_if(is_empty, "Nothing has been changed in the last 90 days.")
        .note_if(!is_empty && cx.ui.is_terminal(), "`todo undo CHANGE` takes one of them back."))
}

/// What undos and redos took back, and what that took back.
async fn undone(client: &Client, shown: &[Operation]) -> Result<BTreeMap<OperationId, Operation>, Error> {
    let mut known: BTreeMap<_, _> = shown.iter().map(|operation| (operation.id, operation.clone())).collect();
    // A redo takes back an undo.
    for _ in 0..2 {
        let wanted: BTreeSet<_> = known.values().filter_map(|operation| operation.undoes).collect();
        let missing = wanted.into_iter().filter(|id| !known.contains_key(id));
        let calls = missing.map(|id| async move { found(client.operation(id).await) });
        let more: Vec<_> = stream::iter(calls).buffer_unordered(CALLS).try_collect().await?;
        known.extend(more.into_iter().flatten().map(|operation: Operation| (operation.id, operation)));
    }
    Ok(known)
}

/// The numbers of the todos that became parents, or were.
async fn parents(client: &Client, shown: &[Operation]) -> Result<BTreeMap<TodoId, u64>, Error> {
    let targets = || shown.iter().flat_map(|operation| &operation.todos);
    let mut known: BTreeMap<_, _> =
        targets().filter_map(|todo| Some((TodoId::from(todo.id), todo.number?))).collect();
    let changes = targets().flat_map(|todo| &todo.fields).filter(|change| change.field == "parent_id");
    let ids = changes.flat_map(|change| [&change.before, &change.after]).filter_map(|value| match value {
        FieldValue::Text(id) => id.parse::<TodoId>().ok(),
        _ => None,
    });
    let missing: BTreeSet<_> = ids.filter(|id| !known.contains_key(id)).collect();
    let calls = missing.into_iter().map(|id| async move { found(client.get_todo(id).await) });
    let more: Vec<_> = stream::iter(calls).buffer_unordered(CALLS).try_collect().await?;
    known.extend(more.into_iter().flatten().map(|todo: Todo| (todo.id, todo.number)));
    Ok(known)
}

/// What was forgotten, or purged, is `None`.
fn found<T>(result: todo_sdk::Result<T>) -> Result<Option<T>, Error> {
    match result {
        Err(error) if error.is_not_found() => Ok(None),
        result => Ok(Some(result?)),
    }
}
