//! Your todos from the terminal.
//!
//! | file | what |
//! |---|---|
//! | `args.rs` | the command line as clap reads it |
//! | `commands.rs`, `commands/` | what the commands do, a file each |
//! | `connect.rs` | which todos: a server's, with which token, or the embedded ones |
//! | `config.rs` | logins that are stored, by way of the SDK |
//! | `upkeep.rs` | what the embedded todos need once a day |
//! | `prompt.rs` | questions, and passwords |
//! | `view.rs`, `view/` | what commands return: rows and JSON documents |
//! | `ui.rs` | the only printer |
//! | `table.rs`, `text.rs`, `when.rs` | columns, safe text, words for times |
//! | `clock.rs` | what time it is, and in which zone |
//! | `ids.rs` | how todos are named |
//! | `error.rs` | kinds of failure and their exit codes, hints |
//!
//! A command asks the server through the SDK and returns a [`view::Report`], which [`ui::Ui`] prints; an
//! [`error::Error`] carries the exit code. This file turns both into the end of the process.

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
