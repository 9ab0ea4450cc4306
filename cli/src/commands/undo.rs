//! `todo undo`: takes the last change back, or an earlier one; `--list` shows which there are.

use todo_model::{IdPrefix, limits};
use todo_sdk::{Client, Operation, OperationId};

use super::context::Context;
use crate::error::Error;
use crate::view::{OperationList, Report, UndoResult};

/// How many changes `--list` shows.
const LIST_LIMIT: u32 = 20;

/// Take the last change back, or an earlier one
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Which change, as listed by --list [default: the last one]
    #[arg(value_name = "CHANGE")]
    operation: Option<String>,
    /// List the latest changes instead, the newest first
    #[arg(long, conflicts_with = "operation")]
    list: bool,
}

/// `todo undo`
pub(super) async fn run(args: &Args, cx: &Context<'_>) -> Result<Report, Error> {
    let client = cx.client().await?;
    if args.list {
        return list(&client, cx).await;
    }
    let operation = match &args.operation {
        Some(text) => Some(find(&client, text).await?),
        None => None,
    };
    let undone = client.undo(operation).await.map_err(|error| match operation {
        None if error.is_not_found() => Error::not_found("There is no change to take back.")
            .hint("`todo undo --list` shows the latest changes."),
        Some(id) if error.is_not_found() => unknown(&id.to_string()),
        _ if error.is_aborted() => Error::from(error)
            .hint("Take the newer change back first: `todo undo --list` shows the latest changes."),
        _ => Error::from(error),
    })?;
    let names = cx.names_for_json(&client).await?;
    Ok(Report::new(UndoResult { undone, names }))
}

async fn list(client: &Client, cx: &Context<'_>) -> Result<Report, Error> {
    let operations = client.operations().page_size(LIST_LIMIT).next_page().await?.unwrap_or_default();
    let empty = operations.is_empty();
    Ok(Report::new(OperationList { operations, now: cx.now().clone() })
        .note_if(empty, "Nothing has been changed yet.")
        .note_if(!empty && cx.ui.is_terminal(), "`todo undo CHANGE` takes one of them back."))
}

/// The change whose id is or begins with `text`.
async fn find(client: &Client, text: &str) -> Result<OperationId, Error> {
    if let Ok(id) = text.parse() {
        return Ok(id);
    }
    let prefix = IdPrefix::parse(text).ok_or_else(|| {
        Error::usage(format!("`{text}` does not name a change."))
            .hint("`todo undo --list` lists changes by their id; 4 or more digits of it are enough.")
    })?;
    let latest: Vec<Operation> =
        client.operations().page_size(limits::MAX_PAGE_SIZE).next_page().await?.unwrap_or_default();
    let mut matching = latest.iter().map(|operation| operation.id).filter(|id| prefix.matches(*id));
    match (matching.next(), matching.count()) {
        (Some(id), 0) => Ok(id),
        (Some(_), more) => Err(Error::usage(format!("The ids of {} changes begin with `{text}`.", more + 1))
            .hint("Give more digits; `todo undo --list` shows as many as are needed.")),
        (None, _) => Err(unknown(text)),
    }
}

fn unknown(change: &str) -> Error {
    Error::not_found(format!("There is no change `{change}` among the latest."))
        .hint("`todo undo --list` shows the latest changes.")
}
