//! `todo-server backup`

use std::path::Path;

use todo_backend::operator;

use super::{Outcome, sqlite_file};
use crate::{config::Config, error::Result};

pub(super) async fn run(config: &Config, file: &Path, force: bool) -> Result<Outcome> {
    let other = "Use pg_dump --format=custom, as docs/operations.md says.";
    operator::back_up(sqlite_file(config, "backup", other)?, file, force).await?;
    let size = std::fs::metadata(file).map(|file| file.len() / 1024).unwrap_or_default();
    Ok(Outcome::good([format!("Wrote {}, {size} KiB, and verified it.", file.display())]))
}
