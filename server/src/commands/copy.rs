//! `todo-server copy`: all rows of an SQLite file into a PostgreSQL database, and a comparison of them.
//!
//! Rows are inserted in the order of their keys, a portion in a transaction, so the last key that is there says where to
//! go on. For as long as it is not finished, a mark in the target keeps servers from it.

use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressStyle};

use super::Outcome;
use crate::{
    clock::{Clock, Time},
    config::{Config, Database},
    error::{Error, Result},
    metrics::StoreMetrics,
    store::{
        copy::{self, Row, TABLES, Table},
        db::{Conn, Db, Location, Sharing, Write},
    },
};

pub(super) async fn run(config: &Config, from: &str, to: Option<String>, clock: &Clock) -> Result<Outcome> {
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
    // Locked against servers for as long as it is open, and brought up to date.
    let metrics = StoreMetrics::default();
    let location = Location::Sqlite { path: path.clone(), sharing: Sharing::Exclusive };
    let source = Db::open(&location, config.sizes(), &metrics).await?;
    let target = Db::open(&Location::Postgres(to), config.sizes(), &metrics).await?;
    begin(&source, &target, &path, clock).await?;

    let mut total = 0;
    for table in TABLES {
        total += table.count(&mut source.reader().await?.conn()).await?;
    }
    let progress = Progress::new(2 * total);
    for table in TABLES {
        progress.says(format!("copying {}", table.name));
        fill(&source, &target, table, &progress).await?;
    }
    for table in TABLES {
        progress.says(format!("comparing {}", table.name));
        compare(&source, &target, table, &progress).await?;
    }
    target.write(Finish).await?;
    progress.0.finish_and_clear();
    target.close().await;
    source.close().await;
    Ok(Outcome::good([
        format!("Copied {total} rows, and compared each of them."),
        format!("{} was left as it is. Start todo-server with the new --database.", path.display()),
    ]))
}

/// Marks the target, or finds that it is marked for this source already.
async fn begin(source: &Db, target: &Db, path: &Path, clock: &Clock) -> Result<()> {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned()).display().to_string();
    copy::refuse_unfinished(&mut source.reader().await?.conn()).await?;
    let begun = copy::unfinished(&mut target.reader().await?.conn()).await?;
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
            target.write(Begin { path, now: clock.now() }).await
        }
    }
}

/// Copies the rows of a table that the target does not have yet.
async fn fill(source: &Db, target: &Db, table: &'static Table, progress: &Progress) -> Result<()> {
    let mut after = table.last(&mut target.reader().await?.conn()).await?;
    progress.0.inc(table.count(&mut target.reader().await?.conn()).await?);
    loop {
        let rows = table.rows(&mut source.reader().await?.conn(), after.as_ref(), table.portion()).await?;
        let Some(last) = rows.last() else { return Ok(()) };
        after = Some(table.key_of(last));
        progress.0.inc(u64::try_from(rows.len()).unwrap_or_default());
        target.write(Insert { table, rows }).await?;
    }
}

/// Compares every row of a table.
async fn compare(source: &Db, target: &Db, table: &Table, progress: &Progress) -> Result<()> {
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
        progress.0.inc(u64::try_from(ours.len()).unwrap_or_default());
    }
}

struct Begin {
    path: String,
    now: Time,
}

impl Write for Begin {
    type Output = ();

    async fn apply(&self, conn: &mut Conn<'_>) -> Result<()> {
        copy::begin(conn, &self.path, self.now).await
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
        copy::finish(conn).await
    }
}

/// A bar on a terminal; nothing anywhere else, where lines of the log say how far it is.
struct Progress(ProgressBar);

impl Progress {
    fn new(rows: u64) -> Self {
        let bar = ProgressBar::new(rows);
        if let Ok(style) = ProgressStyle::with_template("{msg:20} {wide_bar} {pos}/{len} rows, {eta} left") {
            bar.set_style(style);
        }
        Self(bar)
    }

    fn says(&self, what: String) {
        if self.0.is_hidden() {
            tracing::info!(rows = self.0.position(), of = self.0.length(), "{what}");
        }
        self.0.set_message(what);
    }
}
