//! `todo restore`: takes todos out of the trash.

use super::batch;
use super::context::Context;
use crate::args::TodosArgs;
use crate::error::Error;
use crate::view::{Action, Report};

/// Take todos out of the trash
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    todos: TodosArgs,
}

/// `todo restore`
pub(super) async fn run(args: &Args, cx: &Context<'_>) -> Result<Report, Error> {
    batch::run(&args.todos, Action::Restored, cx, async |client, ids| client.restore_todos(ids).await).await
}
