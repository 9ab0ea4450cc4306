//! What an operator does with a database besides serving from it. The program's commands say it in words.
//!
//! | module | what |
//! |---|---|
//! | [`check`] | looks for damage, and changes nothing |
//! | [`copy`] | all rows of an SQLite file into a PostgreSQL database |
//!
//! Backups are made and restored by [`back_up`] and [`restore`], the schema is brought up to date by [`migrate`].

mod check;
#[cfg(feature = "postgres")]
mod copy;

pub use self::check::{CheckReport, Invariants, check};
#[cfg(feature = "postgres")]
pub use self::copy::{CopyProgress, copy};
pub use crate::store::{
    backup::{back_up, restore},
    schema::Schema,
    schema_objects::SchemaDifferences,
};
use crate::{
    error::Result,
    metrics::StoreMetrics,
    store::{
        db::Db,
        location::{Location, StoreSettings},
    },
};

/// Brings a database up to date, and creates it if there is none. Returns the versions of its schema before and after; 0
/// is none.
///
/// # Errors
/// [`Error::Startup`](crate::Error::Startup) if that cannot be done.
pub async fn migrate(location: &Location, settings: StoreSettings) -> Result<(i64, i64)> {
    let before = match location {
        // A file that is not there is created.
        Location::Sqlite { path, .. } if !path.exists() => 0,
        _ => Schema::of(&mut Db::inspect(location).await?.conn()).await?.version(),
    };
    let db = Db::open(location, settings, &StoreMetrics::default()).await?;
    let after = Schema::of(&mut db.reader().await?.conn()).await?.version();
    db.close().await;
    Ok((before, after))
}
