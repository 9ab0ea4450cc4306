//! `todo-server copy`: all rows of an SQLite file into a PostgreSQL database.

use std::path::PathBuf;

use indicatif::{ProgressBar, ProgressStyle};
use todo_backend::operator::{self, CopyProgress};
use todo_model::clock::Clock;

use super::Outcome;
use crate::{
    config::{Config, Database},
    error::{Error, Result},
};

pub(super) async fn run(config: &Config, from: &str, to: Option<String>) -> Result<Outcome> {
    let path = PathBuf::from(from.strip_prefix("sqlite://").unwrap_or(from));
    if from.starts_with("postgres") || !path.is_file() {
        return Err(Error::startup(
            format!("There is no SQLite database {}.", path.display()),
            "Give --from the path of the file that todo-server has used so far.",
        ));
    }
    let to = match (to, &config.database) {
        (Some(to), _) if to.starts_with("postgres://") || to.starts_with("postgresql://") => to,
        (None, Database::Postgres(url)) => url.clone(),
        _ => {
            return Err(Error::startup(
                "There is no PostgreSQL database to copy into.",
                "Name it with --to or --database: postgres://USER:PASSWORD@HOST:PORT/NAME.",
            ));
        }
    };
    let progress = ProgressLine::new();
    let rows = operator::copy(&path, to, config.store_settings(), &Clock::system(), &progress).await?;
    progress.0.finish_and_clear();
    Ok(Outcome::good([
        format!("Copied {rows} rows, and compared each of them."),
        format!("{} was left as it is. Start todo-server with the new --database.", path.display()),
    ]))
}

/// A bar on a terminal; lines of the log anywhere else.
struct ProgressLine(ProgressBar);

impl ProgressLine {
    fn new() -> Self {
        let bar = ProgressBar::new(0);
        if let Ok(style) = ProgressStyle::with_template("{msg:20} {wide_bar} {pos}/{len} rows, {eta} left") {
            bar.set_style(style);
        }
        Self(bar)
    }
}

impl CopyProgress for ProgressLine {
    fn begin(&self, rows: u64) {
        self.0.set_length(rows);
    }

    fn add(&self, rows: u64) {
        self.0.inc(rows);
    }

    fn describe(&self, step: String) {
        if self.0.is_hidden() {
            tracing::info!(rows = self.0.position(), of = self.0.length(), "{step}");
        }
        self.0.set_message(step);
    }
}
