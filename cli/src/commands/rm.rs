//! `todo rm`: moves todos to the trash.

use super::batch;
use super::context::Context;
use crate::args::BatchArgs;
use crate::error::Error;
use crate::view::{Action, Report};

/// Move todos to the trash, which keeps them for 30 days
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    batch: BatchArgs,
}

/// `todo rm`
pub(super) async fn run(args: &Args, cx: &Context<'_>) -> Result<Report, Error> {
    batch::run(&args.batch, Action::Deleted, cx, async |client, todos, options| {
        client.delete_todos_with(todos.iter().copied(), options).await
    })
    .await
}
