//! `todo man`: the manual pages, made from the command tree.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Command;

use super::context::Context;
use crate::error::Error;
use crate::ui;
use crate::view::Report;

/// Print the manual page
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Of which command, such as `add` or `project add` [default: all of todo]
    command: Vec<String>,
    /// Write the pages of all commands into this directory instead
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    out: Option<PathBuf>,
}

/// `todo man`
pub(super) fn run(args: &Args, cx: &Context<'_>) -> Result<Report, Error> {
    let mut root = (cx.command_tree)().disable_help_subcommand(true);
    root.build();
    if let Some(directory) = &args.out {
        let pages = write_all(&root, directory)?;
        return Ok(Report::default().note(format!("Wrote {pages} pages into {}.", directory.display())));
    }
    let mut command = &root;
    for name in &args.command {
        command = command.find_subcommand(name).ok_or_else(|| {
            Error::usage(format!("There is no command `{}`.", args.command.join(" ")))
                .hint("`todo --help` lists them.")
        })?;
    }
    ui::print_raw(&page(command)?)?;
    Ok(Report::default())
}

fn page(command: &Command) -> Result<Vec<u8>, Error> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command.clone())
        .render(&mut page)
        .map_err(|error| Error::failure("Could not write the manual page.").caused_by(&error))?;
    Ok(page)
}

/// Writes the page of the command and of all below it, such as `todo-project-add.1`; returns how many.
fn write_all(command: &Command, directory: &Path) -> Result<usize, Error> {
    let path = directory.join(clap_mangen::Man::new(command.clone()).get_filename());
    let text = page(command)?;
    fs::create_dir_all(directory)
        .and_then(|()| fs::write(&path, text))
        .map_err(|error| Error::failure(format!("Could not write {}.", path.display())).caused_by(&error))?;
    let below: Result<Vec<usize>, Error> =
        command.get_subcommands().map(|command| write_all(command, directory)).collect();
    Ok(1 + below?.iter().sum::<usize>())
}
