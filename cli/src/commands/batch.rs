//! One change of many todos, all or nothing: what `todo done`, `todo reopen`, `todo rm` and `todo restore` share.

use todo_sdk::{BatchChange, Client, TodoId};

use super::context::Context;
use super::resolve;
use crate::args::TodosArgs;
use crate::error::Error;
use crate::todo_ref;
use crate::view::{Action, Change, Report};

/// Finds the todos, makes the change by `call`, and tells what changed.
pub(super) async fn run(
    args: &TodosArgs,
    action: Action,
    cx: &Context<'_>,
    call: impl AsyncFnOnce(&Client, Vec<TodoId>) -> todo_sdk::Result<BatchChange>,
) -> Result<Report, Error> {
    let client = cx.client().await?;
    let todos = resolve::todos(&client, &args.ids).await?;
    if matches!(action, Action::Completed | Action::Reopened) {
        resolve::none_in_trash(&todos)?;
    }
    let BatchChange { todos, unchanged, operation, .. } =
        call(&client, todos.iter().map(|todo| todo.id).collect()).await?;
    let names = cx.names_for_json(&client).await?;
    let changed = todos.iter().filter(|todo| !unchanged.contains(&todo.id)).map(|todo| todo.number);
    let note = match action {
        Action::Deleted => {
            format!("`todo undo` takes it back, `todo restore {}` for 30 days.", todo_ref::ranges(changed))
        }
        _ => "`todo undo` takes it back.".to_owned(),
    };
    let changed = operation.is_some();
    let operations = operation.into_iter().collect();
    Ok(Report::new(Change { action, todos, unchanged, operations, details: Vec::new(), names })
        .note_if(changed, note))
}
