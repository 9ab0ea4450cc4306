//! `todo completions`: the script with which a shell completes `todo`.

use clap::CommandFactory as _;

use crate::args::{Cli, Completions};
use crate::error::Error;
use crate::ui;
use crate::view::Report;

/// `todo completions`
pub(super) fn run(args: &Completions) -> Result<Report, Error> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Cli::command(), "todo", &mut script);
    ui::print_raw(&script)?;
    Ok(Report::default())
}
