//! `todo done`: marks todos as done.

use super::batch;
use super::context::Context;
use crate::args::TodosArgs;
use crate::error::Error;
use crate::view::{Action, Report};

/// Mark todos as done
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    todos: TodosArgs,
}

/// `todo done`
pub(super) async fn run(args: &Args, cx: &Context<'_>) -> Result<Report, Error> {
    batch::run(&args.todos, Action::Completed, cx, async |client, ids| client.complete_todos(ids).await).await
}
