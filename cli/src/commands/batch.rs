//! One change of many todos, all or nothing: what `todo done`, `todo reopen`, `todo rm` and `todo restore` share, and what
//! is told of every such change.

use todo_sdk::{BatchChange, BatchOptions, Client, TodoRef, TodoResult};

use super::context::Context;
use super::selection::Selection;
use crate::args::BatchArgs;
use crate::error::Error;
use crate::styled::{Line, Style};
use crate::text::count;
use crate::todo_ref;
use crate::view::{Action, Change, Report};

/// Makes the change by `call`, and tells what changed.
pub(super) async fn run(
    args: &BatchArgs,
    action: Action,
    cx: &Context<'_>,
    call: impl AsyncFnOnce(&Client, &[TodoRef], BatchOptions) -> todo_sdk::Result<BatchChange>,
) -> Result<Report, Error> {
    let client = cx.client().await?;
    let selection = Selection::read(&client, &args.todos.ids).await?;
    let options = if args.with_parts { options(cx).with_parts() } else { options(cx) };
    let change = match call(&client, &selection.refs, options).await {
        Ok(change) => change,
        Err(error) => return Err(selection.explain(&client, error).await),
    };
    let parts = change.results.iter().filter_map(|result| parts_left(action, result)).collect();
    let report = report(action, change, parts, &client, cx).await?;
    Ok(report)
}

/// How to ask for a change: its text needs numbers and titles only, its document has the todos whole.
pub(super) fn options(cx: &Context<'_>) -> BatchOptions {
    if cx.ui.is_json() { BatchOptions::new().with_todos() } else { BatchOptions::new() }
}

/// Tells what changed, and how to take it back.
pub(super) async fn report(
    action: Action,
    change: BatchChange,
    details: Vec<(u64, Line)>,
    client: &Client,
    cx: &Context<'_>,
) -> Result<Report, Error> {
    let BatchChange { results, operation, .. } = change;
    let changed = results.iter().filter(|result| !result.unchanged).map(|result| result.number);
    let note = match action {
        Action::Deleted => {
            format!("`todo undo` takes it back, `todo restore {}` for 30 days.", todo_ref::ranges(changed))
        }
        _ => "`todo undo` takes it back.".to_owned(),
    };
    let change = Change {
        action,
        results: for_document(results, client, cx).await?,
        operations: operation.into_iter().collect(),
        details,
        names: cx.names_for_json(client).await?,
    };
    Ok(Report::new(change).note_if(operation.is_some(), note))
}

/// Fetches the todos that did not fit into an answer, where the document is to have them.
pub(super) async fn for_document(
    mut results: Vec<TodoResult>,
    client: &Client,
    cx: &Context<'_>,
) -> Result<Vec<TodoResult>, Error> {
    let mut left: Vec<&mut TodoResult> = results.iter_mut().filter(|result| result.todo.is_none()).collect();
    if cx.ui.is_json() && !left.is_empty() {
        let todos = client.get_todos(left.iter().map(|result| result.id)).await?;
        for (result, todo) in left.iter_mut().zip(todos) {
            result.todo = Some(todo);
        }
    }
    Ok(results)
}

/// What is told of parts that stay as they are.
fn parts_left(action: Action, result: &TodoResult) -> Option<(u64, Line)> {
    let parts = usize::try_from(result.open_parts).unwrap_or(usize::MAX);
    let (state, command) = match action {
        _ if parts == 0 => return None,
        Action::Completed => ("still open", "done"),
        Action::Deleted => ("not in the trash", "rm"),
        _ => return None,
    };
    let verb = if parts == 1 { "is" } else { "are" };
    let text =
        format!("  {} {verb} {state}: `todo {command} {} --with-parts`", count(parts, "part"), result.number);
    Some((result.number, Line::prose(Style::Dim, &text)))
}
