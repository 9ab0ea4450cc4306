//! The command line as a whole: the options of every command, and the command.

use std::ffi::OsString;
use std::mem::ManuallyDrop;

use clap::{ColorChoice, CommandFactory as _, FromArgMatches as _, Parser};

use crate::args::GlobalArgs;
use crate::commands::Command;

// One line for each paragraph: clap wraps them to the terminal.
const AFTER_HELP: &str = "\
Without a command, shows what is open, overdue first.

Todos are named by number (12), ranges and lists of numbers (1-3, 1,4-10), an id or its first 4 or more digits, or by what \
standard input says (-).

Environment: TODO_SERVER, TODO_PROFILE and TODO_CA_FILE as the options; TODO_TOKEN, or TODO_TOKEN_FILE with a file's name, for scripts; \
TODO_LOG=debug tells what happens underneath.

Exit codes: 0 success, 1 failure, 2 usage or cancelled, 3 not found, 4 not logged in or refused, 5 conflict, 6 server \
unreachable, 130 interrupted.";

/// Keep your todos, on this machine or on a server you own
#[derive(Debug, Parser)]
#[command(name = "todo", version, about = "Keep your todos, on this machine or on a server you own", after_help = AFTER_HELP, disable_help_subcommand = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// Reads the command line. An error is also how clap asks to print help.
pub(crate) fn parse() -> Result<Cli, clap::Error> {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    // Goes with the process: taking the whole tree of commands down again takes as long as reading the line.
    let mut command = ManuallyDrop::new(Cli::command().color(help_color(&arguments)));
    let matches = command.try_get_matches_from_mut(arguments)?;
    let mut cli = Cli::from_arg_matches(&matches)?;
    if let Some(command) = &mut cli.command {
        command.remember_order(&matches);
    }
    Ok(cli)
}

/// The colours of help and usage errors, which come before `--color` is parsed.
fn help_color(arguments: &[OsString]) -> ColorChoice {
    let words: Vec<_> = arguments.iter().map(|argument| argument.to_string_lossy()).collect();
    let asks_for = |choice: &str| {
        words.iter().any(|word| *word == format!("--color={choice}"))
            || words.windows(2).any(|pair| pair[0] == "--color" && pair[1] == choice)
    };
    match (asks_for("always"), asks_for("never")) {
        (true, _) => ColorChoice::Always,
        (_, true) => ColorChoice::Never,
        _ => ColorChoice::Auto,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn clap_accepts_the_command_tree() {
        Cli::command().debug_assert();
    }

    #[test]
    fn help_is_imperative_and_without_a_full_stop() {
        fn check(command: &clap::Command) {
            let helps = command.get_arguments().filter_map(|arg| arg.get_help());
            for help in command.get_about().into_iter().chain(helps) {
                let help = help.to_string();
                assert!(!help.ends_with('.'), "{}: {help}", command.get_name());
                assert!(!help.is_empty());
            }
            command.get_subcommands().for_each(check);
        }
        check(&Cli::command());
    }
}
