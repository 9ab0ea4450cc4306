//! `todo restore`: takes todos out of the trash.

use super::batch;
use super::context::Context;
use crate::args::BatchArgs;
use crate::error::Error;
use crate::view::{Action, Report};

/// Take todos out of the trash
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    batch: BatchArgs,
}

/// `todo restore`
pub(super) async fn run(args: &Args, cx: &Context<'_>) -> Result<Report, Error> {
    batch::run(&args.batch, Action::Restored, cx, async |client, todos, options| {
        client.restore_todos_with(todos.iter().copied(), options).await
    })
    .await
}
