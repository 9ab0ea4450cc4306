//! The commands, a file each: `Args` is what the command takes, `run` asks the server and returns a [`Report`], which
//! [`crate::ui`] prints.
//!
//! | file | what |
//! |---|---|
//! | `context.rs` | what every command works with: printer, options, time, client |
//! | `selection.rs` | the todos that a command is about, as the server takes them |
//! | `resolve.rs` | from what people type to the todos and projects there are |
//! | `fields.rs` | titles and dates as `add` and `edit` take them |
//! | `lines.rs` | the words of `todo add`, which are read |
//! | `batch.rs` | one change of many todos: `done`, `reopen`, `rm`, `restore`, and what is told of one |
//! | `login_flow.rs` | what `login` and `register` share |

use clap::Subcommand;

use crate::error::Error;
use crate::view::Report;

mod add;
mod annotate;
mod backup;
mod batch;
mod completions;
mod context;
mod done;
mod edit;
mod fields;
mod lines;
mod list;
mod log;
mod login;
mod login_flow;
mod logout;
mod man;
mod move_todos;
mod password;
mod project;
mod redo;
mod register;
mod reopen;
mod resolve;
mod restore;
mod rm;
mod selection;
mod sessions;
mod show;
mod status;
mod today;
mod trash;
mod undo;
mod watch;

pub(crate) use context::Context;

/// The commands, in the order in which `--help` lists them.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Add(add::Args),
    List(list::Args),
    Today(today::Args),
    Show(show::Args),
    Done(done::Args),
    Reopen(reopen::Args),
    Edit(edit::Args),
    Annotate(annotate::Args),
    Move(move_todos::Args),
    Rm(rm::Args),
    Restore(restore::Args),
    #[command(subcommand)]
    Trash(trash::Args),
    Undo(undo::Args),
    Redo(redo::Args),
    Log(log::Args),
    Watch(watch::Args),
    #[command(subcommand)]
    Project(project::Args),
    Register(register::Args),
    Login(login::Args),
    Logout(logout::Args),
    Status(status::Args),
    Backup(backup::Args),
    Password(password::Args),
    #[command(subcommand)]
    Sessions(sessions::Args),
    Completions(completions::Args),
    Man(man::Args),
}

impl Command {
    /// Runs the command, or lists what is open if there is none.
    pub(crate) async fn run(command: Option<&Self>, cx: &Context<'_>) -> Result<Report, Error> {
        let Some(command) = command else { return list::run(&list::Args::default(), cx).await };
        match command {
            Self::Add(args) => add::run(args, cx).await,
            Self::List(args) => list::run(args, cx).await,
            Self::Today(args) => today::run(args, cx).await,
            Self::Show(args) => show::run(args, cx).await,
            Self::Done(args) => done::run(args, cx).await,
            Self::Reopen(args) => reopen::run(args, cx).await,
            Self::Edit(args) => edit::run(args, cx).await,
            Self::Annotate(args) => annotate::run(args, cx).await,
            Self::Move(args) => move_todos::run(args, cx).await,
            Self::Rm(args) => rm::run(args, cx).await,
            Self::Restore(args) => restore::run(args, cx).await,
            Self::Trash(args) => trash::run(args, cx).await,
            Self::Undo(args) => undo::run(args, cx).await,
            Self::Redo(args) => redo::run(args, cx).await,
            Self::Log(args) => log::run(args, cx).await,
            Self::Watch(args) => watch::run(args, cx).await,
            Self::Project(args) => project::run(args, cx).await,
            Self::Register(args) => register::run(args, cx).await,
            Self::Login(args) => login::run(args, cx).await,
            Self::Logout(args) => logout::run(args, cx).await,
            Self::Status(args) => status::run(args, cx).await,
            Self::Backup(args) => backup::run(args, cx).await,
            Self::Password(args) => password::run(args, cx).await,
            Self::Sessions(args) => sessions::run(args, cx).await,
            Self::Completions(args) => completions::run(args, cx),
            Self::Man(args) => man::run(args, cx),
        }
    }

    /// Remembers in what order arguments stand, where that matters.
    pub(crate) fn remember_order(&mut self, matches: &clap::ArgMatches) {
        if let (Self::Add(args), Some((_, matches))) = (self, matches.subcommand()) {
            args.remember_order(matches);
        }
    }

    /// Whether the command sends a password. If it is refused, that says nothing about the token.
    pub(crate) fn asks_for_password(&self) -> bool {
        matches!(self, Self::Login(_) | Self::Register(_) | Self::Password(_))
    }
}
