//! `todo done`: marks todos as done.

use super::batch;
use super::context::Context;
use crate::args::BatchArgs;
use crate::error::Error;
use crate::view::{Action, Report};

/// Mark todos as done
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    batch: BatchArgs,
}

/// `todo done`
pub(super) async fn run(args: &Args, cx: &Context<'_>) -> Result<Report, Error> {
    batch::run(&args.batch, Action::Completed, cx, async |client, todos, options| {
        client.complete_todos_with(todos.iter().copied(), options).await
    })
    .await
}
