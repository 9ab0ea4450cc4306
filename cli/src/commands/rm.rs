//! `todo rm`: moves todos to the trash.

use super::batch;
use super::context::Context;
use crate::args::TodosArgs;
use crate::error::Error;
use crate::view::{Action, Report};

/// Move todos to the trash, which keeps them for 30 days
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    todos: TodosArgs,
}

/// `todo rm`
pub(super) async fn run(args: &Args, cx: &Context<'_>) -> Result<Report, Error> {
    batch::run(&args.todos, Action::Deleted, cx, async |client, ids| client.delete_todos(ids).await).await
}
