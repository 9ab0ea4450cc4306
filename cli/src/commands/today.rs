//! `todo today`: what is to be done by the end of the day.

use super::context::Context;
use super::list;
use crate::error::Error;
use crate::view::Report;

/// List what is overdue or due today, overdue first
#[derive(Debug, clap::Args)]
pub(crate) struct Args {}

/// `todo today`
pub(super) async fn run(Args {}: &Args, cx: &Context<'_>) -> Result<Report, Error> {
    list::run_today(cx).await
}
