//! Your todos from the terminal.
//!
//! | file | what |
//! |---|---|
//! | `main.rs` | from the command line to the exit code |
//! | `cli.rs`, `args.rs`, `args/` | the command line as a whole, and what several commands take |
//! | `app.rs` | runs one command, until it is done or Ctrl-C comes |
//! | `commands.rs`, `commands/` | the commands, a file each: `Args` and `run` |
//! | `connect.rs` | which todos: a server's, with which token, or the embedded ones |
//! | `config.rs` | logins that are stored, by way of the SDK |
//! | `embedded.rs`, `maintenance.rs` | the backends in this process, and what they need once a day |
//! | `prompt.rs`, `echo_guard.rs` | questions, and passwords that are not echoed |
//! | `view.rs`, `view/` | what commands return: rows and JSON documents |
//! | `ui.rs` | the only printer |
//! | `styled.rs`, `table.rs`, `text.rs`, `due_format.rs` | styled lines, columns, safe text, words for times |
//! | `todo_ref.rs` | how todos are named: `12`, `1-3`, the beginning of an id |
//! | `clock.rs` | what time it is, and in which zone |
//! | `error.rs` | kinds of failure and their exit codes, hints |
//!
//! # The way of a command
//!
//! `todo add pay rent --due fri`:
//! 1. `cli.rs` parses it into [`commands::Command`]; the options are the `Args` of `commands/add.rs`.
//! 2. `app.rs` starts the runtime, listens for Ctrl-C and runs the command with a [`commands::Context`].
//! 3. `commands/add.rs` reads the words by `commands/lines.rs` and the due by `commands/fields.rs`, both by the grammar of
//!    todo-model, and asks the context for a client.
//! 4. `connect.rs` finds out whose todos are meant, by options, environment and `config.rs`. It connects to the server with
//!    the token, or has `embedded.rs` open the file; both are an SDK client.
//! 5. `commands/add.rs` looks up the project by `commands/resolve.rs`, calls `create_todos_with`, and returns a
//!    [`view::Report`] with a change (`view/change.rs`), whose due `due_format.rs` has put into words.
//! 6. `ui.rs` prints it as text (`styled.rs`), JSON or ids, and `main.rs` exits with the code.
//!
//! `todo done 12` sends the number as it is typed (`commands/selection.rs`): one call. `commands/batch.rs` tells what became of
//! it.
//!
//! `todo list` goes the same way as `todo add`. Its third step is `commands/list.rs`, which makes a filter of the options and fetches
//! todos and projects at once; its view is `view/list.rs`, laid out by `table.rs` on a terminal.
//!
//! # To add a command
//!
//! 1. Write `commands/NAME.rs` with `Args`, whose doc comments are the help, and `run`, which returns a report.
//! 2. Add it to [`commands::Command`] and to its `run`.
//! 3. If nothing in `view/` shows what it returns, add a [`view::View`] there.
//! 4. Add its transcripts to `tests/it/embedded.rs`, or to `tests/it/remote.rs` if it needs a server, and accept the
//!    snapshots, that of the help tree among them.

mod app;
mod args;
mod cli;
mod clock;
mod commands;
mod config;
mod connect;
mod due_format;
mod echo_guard;
mod embedded;
mod error;
mod maintenance;
mod prompt;
mod styled;
mod table;
mod text;
mod todo_ref;
mod ui;
mod view;

use std::process::ExitCode;

use crate::ui::Ui;

fn main() -> ExitCode {
    let code = match cli::parse() {
        Ok(cli) => {
            ui::init_logging();
            app::run(&cli, &Ui::new(&cli.global))
        }
        Err(error) => ui::print_clap_error(&error),
    };
    ExitCode::from(code)
}
