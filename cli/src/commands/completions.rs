//! `todo completions`: the script with which a shell completes `todo`.

use clap_complete::Shell;

use super::context::Context;
use crate::error::Error;
use crate::ui;
use crate::view::Report;

/// Print the completion script for a shell
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  todo completions bash > ~/.local/share/bash-completion/completions/todo
  todo completions zsh > ~/.zfunc/_todo
  todo completions fish > ~/.config/fish/completions/todo.fish")]
pub(crate) struct Args {
    /// Which shell
    shell: Shell,
}

/// `todo completions`
pub(super) fn run(args: &Args, cx: &Context<'_>) -> Result<Report, Error> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut (cx.command_tree)(), "todo", &mut script);
    ui::print_raw(&script)?;
    Ok(Report::default())
}
