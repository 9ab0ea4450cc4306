//! What an operator can ask for besides serving.

use std::path::PathBuf;

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
