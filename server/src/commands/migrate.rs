//! `todo-server migrate`

use super::Outcome;
use crate::{
    config::Config,
    error::Result,
    metrics::StoreMetrics,
    store::{db::Db, schema::Schema},
};

pub(super) async fn run(config: &Config) -> Result<Outcome> {
    let location = config.location();
    // A file that is not there is made; a server that is not there is an error below.
    let before = match Db::look_at(&location).await {
        Ok(mut look) => Schema::of(&mut look.conn()).await?.version(),
        Err(_) => 0,
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
