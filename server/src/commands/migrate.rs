//! `todo-server migrate`

use todo_backend::operator;

use super::Outcome;
use crate::{config::Config, error::Result};

pub(super) async fn run(config: &Config) -> Result<Outcome> {
    let (before, after) = operator::migrate(&config.location(), config.store_settings()).await?;
    Ok(Outcome::good([if before == after {
        format!("The database is up to date, at version {after}.")
    } else {
        format!("The database was brought from version {before} to version {after}.")
    }]))
}
