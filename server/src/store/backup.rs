//! Copies of an SQLite file: made while it is in use, verified, and put in its place. What is half done never has the
//! name of what is done.

use std::{
    fs::{self, File, OpenOptions},
    io,
    path::{Path, PathBuf},
};

use sqlx::{
    ConnectOptions as _, Connection as _,
    sqlite::{SqliteConnectOptions, SqliteConnection},
};

use super::{
    db::{Conn, Sharing},
    schema::Schema,
    sqlite::DataFile,
};
use crate::error::{Error, Result};

/// Opens a file to look at it. It must be there.
pub(crate) async fn open_to_read(path: &Path) -> Result<SqliteConnection> {
    let cannot = |error: Box<dyn std::error::Error + Send + Sync>| {
        Error::startup_because(
            format!("The database {} cannot be opened.", path.display()),
            error,
            "Check that the file is there, that it is a database of Todo, and that this user may read it.",
        )
    };
    // SQLite itself says no more than "unable to open database file".
    File::open(path).map_err(|error| cannot(error.into()))?;
    let options =
        SqliteConnectOptions::new().filename(path).read_only(true).busy_timeout(super::sqlite::BUSY);
    options.disable_statement_logging().connect().await.map_err(|error| cannot(error.into()))
}

/// What is wrong with a file, in SQLite's own words; empty for a sound one.
pub(crate) async fn damage(connection: &mut SqliteConnection) -> Result<Vec<String>> {
    let cannot = |error: sqlx::Error| vec![error.to_string()];
    let checked = sqlx::query_scalar("PRAGMA integrity_check").fetch_all(&mut *connection).await;
    let mut found: Vec<String> = checked.unwrap_or_else(cannot);
    found.retain(|line| line != "ok");
    let foreign = sqlx::query("PRAGMA foreign_key_check").fetch_all(&mut *connection).await;
    match foreign {
        Ok(rows) if rows.is_empty() => {}
        Ok(rows) => found.push(format!("{} rows refer to what is not there", rows.len())),
        Err(error) => found.extend(cannot(error)),
    }
    Ok(found)
}

/// Fails unless the file is a sound database of Todo that this build can use.
pub(crate) async fn verify(path: &Path) -> Result<()> {
    let mut connection = open_to_read(path).await?;
    let schema = Schema::of(&mut Conn::Sqlite(&mut connection)).await;
    let damage = damage(&mut connection).await?;
    connection.close().await.ok();
    let refuse = |why: String, hint: &str| {
        Err(Error::startup_because(format!("{} cannot be used as a backup.", path.display()), why, hint))
    };
    if let Some(first) = damage.first() {
        return refuse(first.clone(), "It is damaged, or no database of Todo. Use another one.");
    }
    match schema? {
        Schema::Current(_) | Schema::Old(_) => Ok(()),
        Schema::Missing => refuse("it is no database of Todo".into(), "Name the file that `backup` wrote."),
        Schema::Newer(version) | Schema::Edited(version) => refuse(
            format!("its schema {version} is not known to this version of Todo"),
            "Use the version of Todo that wrote it, or a newer one.",
        ),
    }
}

/// Writes a copy of a database, as it is at one moment, while others go on using it.
pub(crate) async fn back_up(database: &Path, target: &Path, replace: bool) -> Result<()> {
    if !replace {
        refuse_existing(target)?;
    }
    let partial = beside(target, "partial");
    let unusable = |error: io::Error| unusable(target, error);
    remove_if_there(&partial).map_err(unusable)?;
    let mut connection = open_to_read(database).await?;
    // SQLite writes into an empty file that is there; so it is private from its first byte on.
    private_file(&partial).map_err(unusable)?;
    let written =
        sqlx::query("VACUUM INTO $1").bind(partial.to_string_lossy()).execute(&mut connection).await;
    connection.close().await.ok();
    let finish = async {
        written.map_err(|error| unusable(io::Error::other(error)))?;
        verify(&partial).await?;
        File::open(&partial).and_then(|file| file.sync_all()).map_err(unusable)?;
        if !replace {
            refuse_existing(target)?;
        }
        fs::rename(&partial, target).map_err(unusable)?;
        sync_directory(target).map_err(unusable)
    };
    let finished = finish.await;
    if finished.is_err() {
        // What went wrong before is what matters.
        remove_if_there(&partial).ok();
    }
    finished
}

/// Puts a copy of a backup in the place of a database that nobody uses. The one that was there is kept under the name
/// that is returned.
pub(crate) async fn restore(backup: &Path, database: &Path, replace: bool) -> Result<Option<PathBuf>> {
    verify(backup).await?;
    let file = DataFile::new(database);
    file.create_directory()?;
    let _lock = file.lock(Sharing::Exclusive)?;
    if !replace {
        refuse_existing(database)?;
    }
    let unusable = |error: io::Error| unusable(database, error);
    let incoming = beside(database, "restoring");
    remove_if_there(&incoming).map_err(unusable)?;
    let mut source = File::open(backup).map_err(unusable)?;
    let mut written = private_file(&incoming).map_err(unusable)?;
    io::copy(&mut source, &mut written).and_then(|_| written.sync_all()).map_err(unusable)?;

    let kept = beside(database, "before-restore");
    let mut is_kept = false;
    // With what had not been moved into it yet: a log beside another database would be taken for that one's.
    for suffix in ["", "-wal", "-shm"] {
        let (from, to) = (with_suffix(database, suffix), with_suffix(&kept, suffix));
        remove_if_there(&to).map_err(unusable)?;
        if from.exists() {
            fs::rename(from, to).map_err(unusable)?;
            is_kept = true;
        }
    }
    fs::rename(&incoming, database).map_err(unusable)?;
    sync_directory(database).map_err(unusable)?;
    Ok(is_kept.then_some(kept))
}

fn refuse_existing(path: &Path) -> Result<()> {
    if !path.exists() {
        return Ok(());
    }
    Err(Error::startup(
        format!("{} exists already.", path.display()),
        "Choose another name, or replace it with --force.",
    ))
}

fn unusable(path: &Path, error: io::Error) -> Error {
    Error::startup_because(
        format!("{} cannot be written.", path.display()),
        error,
        "Check that its directory is there, that this user may write to it and that the disk is not full.",
    )
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

/// `NAME.SUFFIX`, beside the file.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    with_suffix(path, &format!(".{suffix}"))
}

fn private_file(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// A new name is on disk when its directory is.
fn sync_directory(path: &Path) -> io::Result<()> {
    let directory = path.parent().filter(|directory| !directory.as_os_str().is_empty());
    File::open(directory.unwrap_or(Path::new(".")))?.sync_all()
}
