//! `todo redo`: makes the change again that the caller's last undo took back.

use todo_sdk::Undo;

use super::context::Context;
use crate::error::Error;
use crate::view::{RedoResult, Report};

/// Make the change again that your last undo took back
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

/// `todo redo`
pub(super) async fn run(_: &Args, cx: &Context<'_>) -> Result<Report, Error> {
    let client = cx.client().await?;
    let undone = client.undo(Undo::last_undo().with_todos()).await.map_err(|error| {
        if error.is_not_found() {
            Error::not_found("There is nothing to redo: you have changed something since, or undone nothing.")
                .hint("`todo log` shows all changes; `todo undo CHANGE` takes any of them back, an undo too.")
        } else {
            Error::from(error)
        }
    })?;
    let names = cx.names_for_json(&client).await?;
    Ok(Report::new(RedoResult { undone, names }).note("`todo undo` takes it back."))
}
