//! What an operator does with a database, other than serving from it.
//!
//! One file for each command. A command returns what it has to say, a line each; [`run`] is where they begin. To add one:
//! its name and arguments in [`Command`], its file, its line in `run`.

mod backup;
mod check;
mod copy;
mod migrate;
mod restore;

use std::path::PathBuf;

use crate::{
    clock::Clock,
    config::Config,
    error::{Error, Result},
};

/// What `todo-server` is to do. Without a command it serves.
#[derive(Clone, Debug, PartialEq, Eq, clap::Subcommand)]
pub enum Command {
    /// Bring the database up to date, which serving does by itself
    Migrate,
    /// Look for damage in the database, and change nothing. Others may go on using it
    Check,
    /// Write a copy of the SQLite database, verified, while a server goes on using it
    Backup {
        /// File to write
        file: PathBuf,
        /// Replace the file if there is one
        #[arg(long)]
        force: bool,
    },
    /// Put a backup in the place of the SQLite database, which no server may be using
    Restore {
        /// File that `backup` wrote
        file: PathBuf,
        /// Replace the database if there is one. It is kept beside the new one
        #[arg(long)]
        force: bool,
    },
    /// Copy an SQLite database into an empty PostgreSQL database, for the day one outgrows the file. Can be interrupted
    /// and goes on where it stopped; ends with a comparison of all rows. No server may be using either of them
    Copy {
        /// Database to copy: a path, or sqlite:///PATH
        #[arg(long, value_name = "FILE")]
        from: String,
        /// Database to copy into: postgres://USER:PASSWORD@HOST:PORT/NAME. Others can read a flag: without --to it is
        /// --database, which may be in the environment or in the configuration file
        #[arg(long, value_name = "URL")]
        to: Option<String>,
    },
}

/// What a command came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// What it has to say, a line each.
    pub lines: Vec<String>,
    /// Whether all is well.
    pub is_good: bool,
}

impl Outcome {
    fn good(lines: impl IntoIterator<Item = String>) -> Self {
        Self { lines: lines.into_iter().collect(), is_good: true }
    }
}

/// Does what the command says with the database of this configuration.
///
/// # Errors
/// [`Error::Startup`] if it cannot be done: what, why, and what to do about it.
pub async fn run(command: Command, config: &Config) -> Result<Outcome> {
    match command {
        Command::Migrate => migrate::run(config).await,
        Command::Check => check::run(config).await,
        Command::Backup { file, force } => backup::run(config, &file, force).await,
        Command::Restore { file, force } => restore::run(config, &file, force).await,
        Command::Copy { from, to } => copy::run(config, &from, to, &Clock::system()).await,
    }
}

/// The SQLite file of the configuration. `other` says what to do where there is none.
fn sqlite_file<'c>(config: &'c Config, command: &str, other: &str) -> Result<&'c std::path::Path> {
    match &config.database {
        crate::config::Database::Sqlite(path) => Ok(path),
        #[cfg(feature = "postgres")]
        crate::config::Database::Postgres(_) => {
            Err(Error::startup(format!("`{command}` is for SQLite; PostgreSQL has tools of its own."), other))
        }
    }
}
