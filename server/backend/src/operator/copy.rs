//! All rows of an SQLite file into a PostgreSQL database, and a comparison of them.
//!
//! Rows are inserted in the order of their keys, a batch in a transaction, so the last key that is there says where to go
//! on. For as long as it is not finished, a mark in the target keeps servers from it.

use std::path::Path;

use todo_model::clock::Clock;

use crate::{
    error::{Error, Result},
    metrics::StoreMetrics,
    store::{
        conn::{Conn, Write},
        copy::{Row, TABLES, Table},
        copy_marker,
        db::Db,
        location::{Location, Sharing, StoreSettings},
    },
    time::Time,
};

/// Gets the progress of a copy.
pub trait CopyProgress: Sync {
    /// The copy begins; so many rows will be added.
    fn begin(&self, rows: u64);
    /// So many more rows were copied or compared.
    fn add(&self, rows: u64);
    /// What happens now, such as `copying todos`.
    fn describe(&self, step: String);
}

/// Copies the file `from` into the database `to`, and returns how many rows there are. Can be interrupted: the next call
/// goes on where it stopped.
///
/// # Errors
/// [`Error::Startup`] if one of the two cannot be used, is in use, or they differ in the end.
pub async fn copy(
    from: &Path,
    to: String,
    settings: StoreSettings,
    clock: &Clock,
    progress: &dyn CopyProgress,
) -> Result<u64> {
    // Locked against servers for as long as it is open, and brought up to date.
    let metrics = StoreMetrics::default();
    let location = Location::Sqlite { path: from.to_owned(), sharing: Sharing::Exclusive };
    let source = Db::open(&location, settings, &metrics).await?;
    let target = Db::open(&Location::Postgres(to), settings, &metrics).await?;
    begin(&source, &target, from, clock).await?;

    let mut total = 0;
    for table in TABLES {
        total += table.count(&mut source.reader().await?.conn()).await?;
    }
    progress.begin(2 * total);
    for table in TABLES {
        progress.describe(format!("copying {}", table.name));
        fill(&source, &target, table, progress).await?;
    }
    for table in TABLES {
        progress.describe(format!("comparing {}", table.name));
        compare(&source, &target, table, progress).await?;
    }
    target.write(Finish).await?;
    target.close().await;
    source.close().await;
    Ok(total)
}

/// Marks the target, or finds that it is marked for this source already.
async fn begin(source: &Db, target: &Db, path: &Path, clock: &Clock) -> Result<()> {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned()).display().to_string();
    copy_marker::refuse_unfinished(&mut source.reader().await?.conn()).await?;
    let begun = copy_marker::unfinished(&mut target.reader().await?.conn()).await?;
    match begun {
        Some(begun) if begun == path => Ok(()),
        Some(begun) => Err(Error::startup(
            format!("The target holds a part of another database, {begun}."),
            "Finish that copy, or name an empty database.",
        )),
        None => {
            for table in TABLES {
                if table.count(&mut target.reader().await?.conn()).await? > 0 {
                    return Err(Error::startup(
                        format!("The target is not empty: it has {}.", table.name),
                        "Name an empty database. Nothing was changed.",
                    ));
                }
            }
            target.write(Begin { path, now: Time::now(clock) }).await
        }
    }
}

/// Copies the rows of a table that the target does not have yet.
async fn fill(source: &Db, target: &Db, table: &'static Table, progress: &dyn CopyProgress) -> Result<()> {
    let mut after = table.last(&mut target.reader().await?.conn()).await?;
    progress.add(table.count(&mut target.reader().await?.conn()).await?);
    loop {
        let rows = table.rows(&mut source.reader().await?.conn(), after.as_ref(), table.portion()).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = Some(table.key_of(last));
        progress.add(u64::try_from(rows.len()).unwrap_or_default());
        target.write(Insert { table, rows }).await?;
    }
}

/// Compares every row of a table.
async fn compare(source: &Db, target: &Db, table: &Table, progress: &dyn CopyProgress) -> Result<()> {
    let mut after = None;
    loop {
        let ours = table.rows(&mut source.reader().await?.conn(), after.as_ref(), table.portion()).await?;
        let theirs = table.rows(&mut target.reader().await?.conn(), after.as_ref(), table.portion()).await?;
        let different =
            (0..ours.len().max(theirs.len())).find(|index| ours.get(*index) != theirs.get(*index));
        if let Some(index) = different {
            let row = ours.get(index).or(theirs.get(index)).map(|row| table.key_of(row).to_string());
            return Err(Error::startup(
                format!("The copy differs in {}: {}.", table.name, row.unwrap_or_default()),
                "Somebody has changed the target since. Empty it, and copy again.",
            ));
        }
        let Some(last) = ours.last() else { return Ok(()) };
        after = Some(table.key_of(last));
        progress.add(u64::try_from(ours.len()).unwrap_or_default());
    }
}

struct Begin {
    path: String,
    now: Time,
}

impl Write for Begin {
    type Output = ();

    async fn apply(&self, conn: &mut Conn<'_>) -> Result<()> {
        copy_marker::begin(conn, &self.path, self.now).await
    }
}

struct Insert {
    table: &'static Table,
    rows: Vec<Row>,
}

impl Write for Insert {
    type Output = ();

    async fn apply(&self, conn: &mut Conn<'_>) -> Result<()> {
        self.table.insert(conn, &self.rows).await
    }
}

struct Finish;

impl Write for Finish {
    type Output = ();

    async fn apply(&self, conn: &mut Conn<'_>) -> Result<()> {
        copy_marker::finish(conn).await
    }
}
