//! `todo-server migrate`

use super::Outcome;
use crate::{
    config::Config,
    error::Result,
    metrics::StoreMetrics,
    store::{
        db::{Db, Location},
        schema::Schema,
    },
};

pub(super) async fn run(config: &Config) -> Result<Outcome> {
    let location = config.location();
    let before = match &location {
        // A file that is not there is made.
        Location::Sqlite { path, .. } if !path.exists() => 0,
        _ => Schema::of(&mut Db::look_at(&location).await?.conn()).await?.version(),
    };
    let db = Db::open(&location, config.sizes(), &StoreMetrics::default()).await?;
    let after = Schema::of(&mut db.reader().await?.conn()).await?.version();
    db.close().await;
    Ok(Outcome::good([if before == after {
        format!("The database is up to date, at version {after}.")
    } else {
        format!("The database was brought from version {before} to version {after}.")
    }]))
}
