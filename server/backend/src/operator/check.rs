//! Looks for damage in a database, and changes nothing. Others may go on using it.

use crate::{
    error::Result,
    store::{
        backup, copy_marker,
        db::{Db, InspectConnection},
        invariants,
        location::Location,
        schema::Schema,
        schema_objects::{self, SchemaDifferences},
    },
};

/// What was found in a database.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CheckReport {
    /// The damage of an SQLite file, in SQLite's words; empty for a sound one. `None` for PostgreSQL, which looks after its
    /// files itself. Where it is not empty, nothing else was looked at.
    pub damage: Option<Vec<String>>,
    /// The schema. `None` if the file is damaged.
    pub schema: Option<Schema>,
    /// The source of a copy into this database that was not finished.
    pub unfinished_copy: Option<String>,
    /// How the schema differs from what its migrations make. `None` where the schema is not the one of this build.
    pub schema_differences: Option<SchemaDifferences>,
    /// The invariants. `None` where something of the schema is missing, and where the schema is not the one of this build.
    pub invariants: Option<Invariants>,
}

/// What holds in every database.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Invariants {
    /// How many there are.
    pub count: usize,
    /// Those that do not hold: what there must not be, and how many rows of it there are.
    pub violated: Vec<(&'static str, i64)>,
}

/// Checks a database.
///
/// # Errors
/// [`Error::Startup`](crate::Error::Startup) if it cannot be opened.
pub async fn check(location: &Location) -> Result<CheckReport> {
    let mut report = CheckReport {
        damage: None,
        schema: None,
        unfinished_copy: None,
        schema_differences: None,
        invariants: None,
    };
    let mut connection = Db::inspect(location).await?;
    #[cfg_attr(not(feature = "postgres"), expect(irrefutable_let_patterns, reason = "the only engine"))]
    if let InspectConnection::Sqlite(connection) = &mut connection {
        let damage = report.damage.insert(backup::damage(connection).await?);
        if !damage.is_empty() {
            return Ok(report);
        }
    }
    let schema = *report.schema.insert(Schema::of(&mut connection.conn()).await?);
    if let Schema::Current(_) = schema {
        report.unfinished_copy = copy_marker::unfinished(&mut connection.conn()).await?;
        let differences = schema_objects::differences(&mut connection.conn()).await?;
        if !report.schema_differences.insert(differences).missing.is_empty() {
            // The questions that follow may not even be understood.
            return Ok(report);
        }
        let violated = invariants::violated(&mut connection.conn()).await?;
        report.invariants = Some(Invariants { count: invariants::count(), violated });
    }
    Ok(report)
}
