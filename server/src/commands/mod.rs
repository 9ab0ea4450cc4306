//! What an operator does with a database, other than serving from it.
//!
//! One file for each command. A command returns what it has to say, a line each; [`run`] is where they begin. To add one:
//! its name and arguments in [`Command`], its file, its line in `run`.

mod backup;
mod check;
mod copy;
mod migrate;
mod restore;

use crate::{
    config::{Command, Config, Database},
    error::{Error, Result},
};

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
        Command::Copy { from, to } => copy::run(config, &from, to).await,
    }
}

/// The SQLite file of the configuration. `other` says what to do where there is none.
fn sqlite_file<'c>(config: &'c Config, command: &str, other: &str) -> Result<&'c std::path::Path> {
    match &config.database {
        Database::Sqlite(path) => Ok(path),
        Database::Postgres(_) => {
            Err(Error::startup(format!("`{command}` is for SQLite; PostgreSQL has tools of its own."), other))
        }
    }
}
