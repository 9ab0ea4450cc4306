//! `todo man`: the manual pages, made from the command tree.

use std::fs;
use std::path::Path;

use clap::{Command, CommandFactory as _};

use crate::args::{Cli, Man};
use crate::error::Error;
use crate::ui::Ui;
use crate::view::Report;

/// `todo man`
pub(super) fn run(args: &Man, ui: &Ui) -> Result<Report, Error> {
    let mut root = Cli::command().disable_help_subcommand(true);
    root.build();
    if let Some(directory) = &args.out {
        let pages = write_all(&root, directory)?;
        return Ok(Report::default().note(format!("Wrote {pages} pages into {}.", directory.display())));
    }
    let mut command = &root;
    for name in &args.command {
        command = command.find_subcommand(name).ok_or_else(|| {
            Error::usage(format!("There is no command `{}`.", args.command.join(" "))).hint("`todo --help` lists them.")
        })?;
    }
    ui.verbatim(&page(command)?)?;
    Ok(Report::default())
}

fn page(command: &Command) -> Result<Vec<u8>, Error> {
    let mut page = Vec::new();
    // "todo project add" is the page todo-project-add.
    let name = command.get_bin_name().unwrap_or_else(|| command.get_name()).replace(' ', "-");
    clap_mangen::Man::new(command.clone().name(name))
        .render(&mut page)
        .map_err(|error| Error::failure("Could not write the manual page.").caused_by(&error))?;
    Ok(page)
}

/// Writes the page of the command and of all below it; returns how many.
fn write_all(command: &Command, directory: &Path) -> Result<usize, Error> {
    let name = command.get_bin_name().unwrap_or_else(|| command.get_name()).replace(' ', "-");
    let path = directory.join(format!("{name}.1"));
    fs::create_dir_all(directory).and_then(|()| fs::write(&path, page(command)?).map_err(Into::into)).map_err(
        |error: std::io::Error| Error::failure(format!("Could not write {}.", path.display())).caused_by(&error),
    )?;
    let below: Result<Vec<usize>, Error> =
        command.get_subcommands().map(|command| write_all(command, directory)).collect();
    Ok(1 + below?.iter().sum::<usize>())
}
