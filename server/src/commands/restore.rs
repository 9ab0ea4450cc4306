//! `todo-server restore`

use std::path::Path;

use todo_backend::operator;

use super::{Outcome, sqlite_file};
use crate::{config::Config, error::Result};

pub(super) async fn run(config: &Config, file: &Path, force: bool) -> Result<Outcome> {
    let other = "Use pg_restore, as docs/operations.md says.";
    let database = sqlite_file(config, "restore", other)?;
    let kept = operator::restore(file, database, force).await?;
    let mut lines = vec![format!("{} is in its place: {}.", file.display(), database.display())];
    lines.extend(kept.map(|kept| format!("The database that was there is kept as {}.", kept.display())));
    Ok(Outcome::good(lines))
}
