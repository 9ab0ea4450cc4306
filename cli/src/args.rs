//! The command line as clap reads it: every command, option and help text, and nothing that acts.
//!
//! Doc comments here are what `--help` and the manual pages show: imperative, without a full stop.

use std::ffi::OsString;
use std::path::PathBuf;

use clap::{Args, ColorChoice, CommandFactory as _, FromArgMatches as _, Parser, Subcommand, ValueEnum};
use clap_complete::Shell;

use crate::todo_ref::TodoRefs;

mod values;

pub(crate) use values::{ParentArg, PriorityArg, Tag, TokenStoreArg};

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
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// Options of every command.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// Use the server at this address, such as `https://todo.example.com`, or `embedded` for the todos on this machine
    #[arg(long, global = true, value_name = "URL", env = "TODO_SERVER", hide_env_values = true)]
    pub(crate) server: Option<String>,
    /// Use the login of this name instead of the default one
    #[arg(long, global = true, value_name = "NAME", env = "TODO_PROFILE", hide_env_values = true)]
    pub(crate) profile: Option<String>,
    /// Check the server's certificate against the authorities in this PEM file; `login` and `register` remember it
    #[arg(long, global = true, value_name = "FILE", env = "TODO_CA_FILE", hide_env_values = true)]
    pub(crate) ca_file: Option<PathBuf>,
    /// Talk plain HTTP to another machine, where everybody on the way can read along; remembered likewise
    #[arg(long, global = true)]
    pub(crate) insecure_http: bool,
    /// Print one JSON document
    #[arg(long, global = true, conflicts_with = "quiet")]
    pub(crate) json: bool,
    /// Print ids only
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,
    /// Use colours: on terminals without NO_COLOR (auto), always or never
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: Color,
}

/// Reads the command line. An error is also how clap asks to print help.
pub(crate) fn parse() -> Result<Cli, clap::Error> {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    // Help and errors come before `--color` is parsed.
    let words: Vec<_> = arguments.iter().map(|argument| argument.to_string_lossy()).collect();
    let asked = |when: &str| {
        words.iter().any(|word| *word == format!("--color={when}"))
            || words.windows(2).any(|pair| pair[0] == "--color" && pair[1] == when)
    };
    let color = match (asked("always"), asked("never")) {
        (true, _) => ColorChoice::Always,
        (_, true) => ColorChoice::Never,
        _ => ColorChoice::Auto,
    };
    let mut matches = Cli::command().color(color).try_get_matches_from(arguments)?;
    Cli::from_arg_matches_mut(&mut matches)
}

/// When to use colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    #[default]
    Auto,
    Always,
    Never,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Add(Add),
    List(List),
    Show(Show),
    Done(Done),
    Reopen(Reopen),
    Edit(Edit),
    Rm(Rm),
    Restore(Restore),
    Undo(Undo),
    /// Show changes as they happen, from here and from everywhere else
    Watch,
    #[command(subcommand)]
    Project(Project),
    Register(Register),
    Login(Login),
    Logout(Logout),
    /// Say who is logged in, on which server, and where the token lives
    Status,
    Password(Password),
    #[command(subcommand)]
    Sessions(Sessions),
    Completions(Completions),
    Man(Man),
}

/// Add a todo
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  todo add Buy milk
  todo add Pay rent --due fri --priority 1 --project Home --tag money
  todo add - --project Home < shopping.txt")]
pub(crate) struct Add {
    /// What is to be done; - adds one todo for each line of standard input
    #[arg(required = true, value_name = "TITLE")]
    pub(crate) title: Vec<String>,
    /// When it is due: today, tomorrow, a weekday, 2026-12-24, and a time if you like, as in `fri 18:00`
    #[arg(long, short, value_name = "WHEN")]
    pub(crate) due: Option<String>,
    /// How much it matters: 1 is the most, 4 the least
    #[arg(long, short, value_name = "1-4")]
    pub(crate) priority: Option<PriorityArg>,
    /// Put a tag on it; repeat for more
    #[arg(long, short, value_name = "TAG", value_delimiter = ',')]
    pub(crate) tag: Vec<Tag>,
    /// Put it into this project instead of the Inbox
    #[arg(long, short = 'P', value_name = "NAME")]
    pub(crate) project: Option<String>,
    /// Say more about it
    #[arg(long, value_name = "TEXT")]
    pub(crate) description: Option<String>,
    /// Make it a part of this todo
    #[arg(long, value_name = "ID")]
    pub(crate) parent: Option<TodoRefs>,
}

/// List todos: the open ones, the earliest due first
#[derive(Args, Debug, Default)]
#[command(
    visible_alias = "ls",
    after_help = "\
On a terminal, a table; elsewhere one line for each todo, with tabs between number, status, priority, due, project, tags and \
title."
)]
pub(crate) struct List {
    /// List done todos too
    #[arg(long, short, conflicts_with_all = ["done", "trash"])]
    pub(crate) all: bool,
    /// List done todos only, the newest first
    #[arg(long, conflicts_with = "trash")]
    pub(crate) done: bool,
    /// List the trash
    #[arg(long)]
    pub(crate) trash: bool,
    /// Only todos of this project
    #[arg(long, short = 'P', value_name = "NAME")]
    pub(crate) project: Option<String>,
    /// Only todos with this tag
    #[arg(long, short, value_name = "TAG")]
    pub(crate) tag: Option<Tag>,
    /// Only todos due then: today, overdue, upcoming (today and the next 6 days) or a day
    #[arg(long, short, value_name = "WHEN")]
    pub(crate) due: Option<String>,
    /// Only todos with this text in title or description
    #[arg(long, short, value_name = "TEXT")]
    pub(crate) search: Option<String>,
    /// Only the parts of this todo
    #[arg(long, value_name = "ID")]
    pub(crate) parent: Option<TodoRefs>,
    /// Sort by due time and priority, by number, or the newest number first [default: due; newest with --done and --trash]
    #[arg(long, value_name = "ORDER")]
    pub(crate) sort: Option<Sort>,
    /// At most this many
    #[arg(long, short = 'n', value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) limit: Option<u64>,
}

/// In what order to list. The help of the option explains the values: help for each of them makes every help text twice as
/// long.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Sort {
    Due,
    Number,
    Newest,
}

/// Show all there is to know about todos
#[derive(Args, Debug)]
pub(crate) struct Show {
    #[command(flatten)]
    pub(crate) ids: Ids,
}

/// Mark todos as done
#[derive(Args, Debug)]
pub(crate) struct Done {
    #[command(flatten)]
    pub(crate) ids: Ids,
}

/// Mark todos as not done
#[derive(Args, Debug)]
pub(crate) struct Reopen {
    #[command(flatten)]
    pub(crate) ids: Ids,
}

/// Move todos to the trash, which keeps them for 30 days
#[derive(Args, Debug)]
pub(crate) struct Rm {
    #[command(flatten)]
    pub(crate) ids: Ids,
}

/// Take todos out of the trash
#[derive(Args, Debug)]
pub(crate) struct Restore {
    #[command(flatten)]
    pub(crate) ids: Ids,
}

/// Todos to act on.
#[derive(Args, Debug)]
pub(crate) struct Ids {
    /// Which todos: 12, 1-3, 1,4-10, an id or its first digits, or - for standard input
    #[arg(required = true, value_name = "ID")]
    pub(crate) ids: Vec<TodoRefs>,
}

/// Change a todo
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  todo edit 12 --title \"Buy oat milk\" --due tomorrow
  todo edit 12 --no-due --untag errand --project Home")]
pub(crate) struct Edit {
    /// Which todo
    #[arg(value_name = "ID")]
    pub(crate) id: TodoRefs,
    /// What is to be done
    #[arg(long, value_name = "TITLE")]
    pub(crate) title: Option<String>,
    /// More about it; an empty text removes it
    #[arg(long, value_name = "TEXT")]
    pub(crate) description: Option<String>,
    /// When it is due; `none` for never
    #[arg(long, short, value_name = "WHEN")]
    pub(crate) due: Option<String>,
    /// Let it never be due
    #[arg(long, conflicts_with = "due")]
    pub(crate) no_due: bool,
    /// How much it matters: 1 is the most, 4 the least, `none` for no priority
    #[arg(long, short, value_name = "1-4")]
    pub(crate) priority: Option<PriorityArg>,
    /// Take its priority away
    #[arg(long, conflicts_with = "priority")]
    pub(crate) no_priority: bool,
    /// Put a tag on it; repeat for more
    #[arg(long, short, value_name = "TAG", value_delimiter = ',')]
    pub(crate) tag: Vec<Tag>,
    /// Take a tag off; repeat for more
    #[arg(long, value_name = "TAG", value_delimiter = ',')]
    pub(crate) untag: Vec<Tag>,
    /// Move it into this project
    #[arg(long, short = 'P', value_name = "NAME")]
    pub(crate) project: Option<String>,
    /// Make it a part of this todo; `none` to make it stand alone
    #[arg(long, value_name = "ID")]
    pub(crate) parent: Option<ParentArg>,
}

/// Take the last change back, or an earlier one
#[derive(Args, Debug)]
pub(crate) struct Undo {
    /// Which change, as listed by --list [default: the last one]
    #[arg(value_name = "CHANGE")]
    pub(crate) operation: Option<String>,
    /// List the latest changes instead, the newest first
    #[arg(long, conflicts_with = "operation")]
    pub(crate) list: bool,
}

/// Manage projects
#[derive(Debug, Subcommand)]
#[command(disable_help_subcommand = true)]
pub(crate) enum Project {
    /// Create a project
    Add {
        /// What to call it
        name: String,
    },
    /// List the projects
    #[command(visible_alias = "ls")]
    List,
    /// Give a project another name
    Rename {
        /// Which project: its name or id
        project: String,
        /// What to call it
        name: String,
    },
    /// Delete a project and move its todos to the trash
    Rm {
        /// Which project: its name or id
        project: String,
    },
}

/// Create an account on a server and log in
#[derive(Args, Debug)]
pub(crate) struct Register {
    #[command(flatten)]
    pub(crate) who: Credentials,
}

/// Log in to a server, which `todo` uses from then on
#[derive(Args, Debug)]
pub(crate) struct Login {
    #[command(flatten)]
    pub(crate) who: Credentials,
}

/// Who logs in, and where the token goes.
#[derive(Args, Debug)]
pub(crate) struct Credentials {
    /// Name of the account; asked for on a terminal
    pub(crate) username: Option<String>,
    /// Read the password from standard input instead of asking for it
    #[arg(long)]
    pub(crate) password_stdin: bool,
    /// Where to keep the token: the keyring of the desktop, or a file that only you can read [default: keyring, or
    /// what you chose for this server before]
    #[arg(long, value_name = "WHERE")]
    pub(crate) token_store: Option<TokenStoreArg>,
}

/// End the session, forget its token and go back to the todos on this machine
#[derive(Args, Debug)]
pub(crate) struct Logout {
    /// Forget the token even if the server cannot be reached to end the session
    #[arg(long)]
    pub(crate) force: bool,
}

/// Change the password, and end all other sessions
#[derive(Args, Debug)]
pub(crate) struct Password {
    /// Read the old and the new password from standard input, a line each, instead of asking for them
    #[arg(long)]
    pub(crate) password_stdin: bool,
}

/// Manage the sessions of the account
#[derive(Debug, Subcommand)]
#[command(disable_help_subcommand = true)]
pub(crate) enum Sessions {
    /// List the sessions, the newest first
    #[command(visible_alias = "ls")]
    List,
    /// End sessions: whoever uses them has to log in again
    Revoke {
        /// Which sessions: their ids, or the first 4 or more digits
        #[arg(required = true, value_name = "ID")]
        ids: Vec<String>,
    },
}

/// Print the completion script for a shell
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  todo completions bash > ~/.local/share/bash-completion/completions/todo
  todo completions zsh > ~/.zfunc/_todo
  todo completions fish > ~/.config/fish/completions/todo.fish")]
pub(crate) struct Completions {
    /// Which shell
    pub(crate) shell: Shell,
}

/// Print the manual page
#[derive(Args, Debug)]
pub(crate) struct Man {
    /// Of which command, such as `add` or `project add` [default: all of todo]
    pub(crate) command: Vec<String>,
    /// Write the pages of all commands into this directory instead
    #[arg(long, value_name = "DIR", conflicts_with = "command")]
    pub(crate) out: Option<PathBuf>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tree_is_sound() {
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
