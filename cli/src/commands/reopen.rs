//! `todo reopen`: marks todos as not done.

use super::batch;
use super::context::Context;
use crate::args::TodosArgs;
use crate::error::Error;
use crate::view::{Action, Report};

/// Mark todos as not done
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    todos: TodosArgs,
}

/// `todo reopen`
pub(super) async fn run(args: &Args, cx: &Context<'_>) -> Result<Report, Error> {
    batch::run(&args.todos, Action::Reopened, cx, async |client, ids| client.reopen_todos(ids).await).await
}
