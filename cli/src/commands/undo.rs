//! `todo undo`: takes the caller's last change back, or another one.

use todo_model::IdPrefix;
use todo_sdk::{Client, GroupId, OperationId, Undo, Undone};

use super::context::Context;
use crate::error::Error;
use crate::view::{Report, UndoResult};

/// How many of the latest changes are looked through for the beginning of an id.
const SEARCHED: u32 = 1_000;

/// Take your last change back, or another one
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  todo undo
  todo undo 8f3a           # as `todo log` shows it
  todo undo 8f3a --force   # what has changed since stays as it is")]
pub(crate) struct Args {
    /// Which change, as `todo log` shows it [default: your last one]
    #[arg(value_name = "CHANGE")]
    operation: Option<String>,
    /// Take back what has not changed since, instead of nothing
    #[arg(long)]
    force: bool,
}

/// `todo undo`
pub(super) async fn run(args: &Args, cx: &Context<'_>) -> Result<Report, Error> {
    let client = cx.client().await?;
    let (undone, failure) = match &args.operation {
        None => undo_all(&client, Undo::last(), args.force).await,
        Some(text) => undo_all(&client, find(&client, text).await?, args.force).await,
    };
    let failure = failure.map(|error| match &args.operation {
        None if error.is_not_found() => Error::not_found("There is no change of yours to take back.")
            .hint("`todo log` shows all changes."),
        Some(text) if error.is_not_found() => unknown(text),
        _ if error.is_aborted() => Error::from(error).hint(
            "`todo log` shows what has changed; with `--force`, what has changed since stays as it is.",
        ),
        _ => Error::from(error),
    });
    let failure = match failure {
        Some(error) if undone.is_empty() => return Err(error),
        other => other.map(|error| error.context("Not all of it was taken back.")),
    };
    let note = if undone.len() == 1 && failure.is_none() {
        "`todo redo` makes the change again."
    } else {
        "`todo redo` makes the last of these changes again, `todo undo CHANGE` any of them."
    };
    let names = cx.names_for_json(&client).await?;
    Ok(Report::new(UndoResult { undone, names }).note(note).fail(failure))
}

/// Takes one change back, or those of a group until none is left or one is in conflict.
async fn undo_all(client: &Client, undo: Undo, force: bool) -> (Vec<Undone>, Option<todo_sdk::Error>) {
    let undo = undo.with_todos();
    let undo = if force { undo.force() } else { undo };
    let mut all = Vec::new();
    loop {
        match client.undo(undo).await {
            Ok(undone) => {
                let remaining = undone.remaining;
                all.push(undone);
                if remaining == 0 {
                    return (all, None);
                }
            }
            Err(error) => return (all, Some(error)),
        }
    }
}

/// The change whose id is or begins with `text`, or the group of changes whose id it is.
async fn find(client: &Client, text: &str) -> Result<Undo, Error> {
    if let Ok(id) = text.parse::<OperationId>() {
        let group = GroupId::from(*id.as_uuid());
        let is_group = client.operations_of_group(group).page_size(1).next().await.transpose()?.is_some();
        return Ok(if is_group { group.into() } else { id.into() });
    }
    let prefix = IdPrefix::parse(text).ok_or_else(|| {
        Error::usage(format!("`{text}` does not name a change."))
            .hint("`todo log` lists changes by their id; 4 or more digits of it are enough.")
    })?;
    let latest = client.operations().page_size(SEARCHED).next_page().await?.unwrap_or_default();
    let mut matching = latest.iter().map(|operation| operation.id).filter(|id| prefix.matches(*id));
    match (matching.next(), matching.count()) {
        (Some(id), 0) => Ok(id.into()),
        (Some(_), more) => Err(Error::usage(format!("The ids of {} changes begin with `{text}`.", more + 1))
            .hint("Give more digits; `todo log` shows as many as are needed.")),
        (None, _) => Err(unknown(text)),
    }
}

fn unknown(change: &str) -> Error {
    Error::not_found(format!("There is no change `{change}` among the latest."))
        .hint("`todo log` shows the latest changes.")
}
