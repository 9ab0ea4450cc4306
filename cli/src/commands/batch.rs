//! `todo done`, `todo reopen`, `todo rm`, `todo restore`: one change of many todos, all or nothing.

use todo_sdk::{BatchChange, Client, TodoId};

use super::{Context, resolve};
use crate::args::{Done, Ids, Reopen, Restore, Rm};
use crate::error::Error;
use crate::todo_ref;
use crate::view::{Action, Change, Report};

/// `todo done`
pub(super) async fn done(args: &Done, cx: &Context<'_>) -> Result<Report, Error> {
    run(&args.ids, Action::Completed, cx, async |client, ids| client.complete_todos(ids).await).await
}

/// `todo reopen`
pub(super) async fn reopen(args: &Reopen, cx: &Context<'_>) -> Result<Report, Error> {
    run(&args.ids, Action::Reopened, cx, async |client, ids| client.reopen_todos(ids).await).await
}

/// `todo rm`
pub(super) async fn rm(args: &Rm, cx: &Context<'_>) -> Result<Report, Error> {
    run(&args.ids, Action::Deleted, cx, async |client, ids| client.delete_todos(ids).await).await
}

/// `todo restore`
pub(super) async fn restore(args: &Restore, cx: &Context<'_>) -> Result<Report, Error> {
    run(&args.ids, Action::Restored, cx, async |client, ids| client.restore_todos(ids).await).await
}

async fn run(
    args: &Ids,
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
