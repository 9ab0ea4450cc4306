//! `todo reopen`: marks todos as not done.

use super::batch;
use super::context::Context;
use crate::args::BatchArgs;
use crate::error::Error;
use crate::view::{Action, Report};

/// Mark todos as not done
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    batch: BatchArgs,
}

/// `todo reopen`
pub(super) async fn run(args: &Args, cx: &Context<'_>) -> Result<Report, Error> {
    batch::run(&args.batch, Action::Reopened, cx, async |client, todos, options| {
        client.reopen_todos_with(todos.iter().copied(), options).await
    })
    .await
}
