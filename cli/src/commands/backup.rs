//! `todo backup`: a copy of the todos on this machine.

use std::path::{Path, PathBuf};

use serde_json::json;

use super::context::Context;
use crate::connect::Target;
use crate::embedded;
use crate::error::Error;
use crate::styled::{Line, Style};
use crate::view::{Message, Report};

/// Write a copy of the todos on this machine into a file
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  todo backup todos-2026-07-15.db
  todo backup --force /media/stick/todos.db

The copy is one file, checked from end to end, and only you can read it. To go back to it, while no
todo command runs, move todo.db, todo.db-wal and todo.db-shm out of the directory that `todo status`
names, and copy the file there as todo.db.")]
pub(crate) struct Args {
    /// The file to write
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Replace the file if it is there
    #[arg(long)]
    force: bool,
}

/// `todo backup`
pub(super) async fn run(args: &Args, cx: &Context<'_>) -> Result<Report, Error> {
    let directory = match cx.target()? {
        Target::Embedded(directory) => directory,
        Target::Server(server) => {
            let url = &server.connection.server;
            return Err(Error::usage(format!("Your todos are on {url}, and not on this machine."))
                .hint("Its operator makes backups with `todo-server backup`. `--server embedded` means this machine."));
        }
    };
    embedded::back_up(&directory, cx.time_zone(), &args.file, args.force).await?;
    Ok(Report::new(written(&args.file)))
}

fn written(file: &Path) -> Message {
    let name = file.display().to_string();
    let line = Line::new().with(Style::Good, "Wrote").with(Style::Plain, " ").with(Style::Name, &name);
    Message { lines: vec![line], json: json!({ "action": "backed_up", "file": name }) }
}
