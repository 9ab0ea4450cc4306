//! Copies of an SQLite file: made while it is in use, verified, and put in its place. What is half done never has the
//! name of what is done.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use sqlx::{
    ConnectOptions as _, Connection as _,
    sqlite::{SqliteConnectOptions, SqliteConnection, SqliteJournalMode},
};

use super::{
    conn::Conn,
    database_state,
    location::Sharing,
    schema::Schema,
    sqlite::{
        DataFile, open_to_read,
        place::{self, directory_of, with_suffix},
    },
};
use crate::error::{Error, Result};

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
///
/// # Errors
/// [`Error::Startup`] if the copy cannot be written, or if there is a file already and `replace` is false.
pub async fn back_up(database: &Path, target: &Path, replace: bool) -> Result<()> {
    if !replace {
        refuse_existing(target)?;
    }
    refuse_database(target)?;
    let partial = beside(target, "partial");
    let finish = async {
        copy_verified(database, &partial).await?;
        if !replace {
            refuse_existing(target)?;
        }
        fs::rename(&partial, target)
            .and_then(|()| sync_directory(target))
            .map_err(|error| unusable(target, error))
    };
    let finished = finish.await;
    if finished.is_err() {
        // What went wrong before is what matters.
        remove_if_there(&partial).ok();
    }
    finished
}

/// Puts a copy of a backup in the place of a database that nobody uses. The one that was there is kept under the name
/// that is returned. At every moment one of the two has the database's name.
///
/// # Errors
/// [`Error::Startup`] if the backup is not a sound database, the database is in use, or there is one and `replace` is false.
pub async fn restore(backup: &Path, database: &Path, replace: bool) -> Result<Option<PathBuf>> {
    verify(backup).await?;
    let file = DataFile::at(database)?;
    // Not what links to it.
    let database = file.path();
    let _lock = file.lock(Sharing::Exclusive)?;
    if !replace {
        refuse_existing(database)?;
    }
    let incoming = beside(database, "restoring");
    let finish = async {
        // As SQLite reads it, so with what is in its log.
        copy_verified(backup, &incoming).await?;
        begin_another_history(&incoming).await?;
        let exchanged = async {
            let kept = keep(&file, database).await?;
            fs::rename(&incoming, database)?;
            belong_to_directory(database)?;
            sync_directory(database)?;
            Ok(kept)
        };
        exchanged.await.map_err(|error| unusable(database, error))
    };
    let finished = finish.await;
    if finished.is_err() {
        remove_if_there(&incoming).ok();
    }
    finished
}

/// Gives a database that is about to be replaced a second name, if there is one, and returns it.
async fn keep(file: &DataFile, database: &Path) -> io::Result<Option<PathBuf>> {
    if !database.exists() {
        return Ok(None);
    }
    // Moves what is in its log into it, unless it is damaged.
    if let Ok(connection) = file.connect().await {
        connection.close().await.ok();
    }
    // None that was kept before is lost: it may be the only good one.
    let kept = place::free_name(database, "before-restore")?;
    // Not every file system can give a second name.
    fs::hard_link(database, &kept).or_else(|_| fs::copy(database, &kept).map(drop))?;
    // What could not be moved goes along: a log beside another database would be taken for that one's.
    for suffix in ["-wal", "-shm"] {
        let from = with_suffix(database, suffix);
        if from.exists() {
            fs::rename(from, with_suffix(&kept, suffix))?;
        }
    }
    File::open(&kept)?.sync_all()?;
    Ok(Some(kept))
}

/// Writes a copy of a database into a file that is nobody's yet, private and on disk, and looks at it from end to end.
async fn copy_verified(database: &Path, partial: &Path) -> Result<()> {
    let unusable = |error: io::Error| unusable(partial, error);
    remove_if_there(partial).map_err(unusable)?;
    let mut connection = open_to_read(database).await?;
    // SQLite writes into an empty file that is there; so it is private from its first byte on.
    place::create_private(partial).map_err(unusable)?;
    let written =
        sqlx::query("VACUUM INTO $1").bind(partial.to_string_lossy()).execute(&mut connection).await;
    connection.close().await.ok();
    written.map_err(|error| unusable(io::Error::other(error)))?;
    verify(partial).await?;
    File::open(partial).and_then(|file| file.sync_all()).map_err(unusable)
}

/// Whoever saw the database that is replaced has seen revisions that this one gives to other changes.
async fn begin_another_history(path: &Path) -> Result<()> {
    let options = SqliteConnectOptions::new().filename(path).journal_mode(SqliteJournalMode::Delete);
    let renewed = async {
        let mut connection = options.connect().await?;
        // A file of an older version is brought up to date when it is opened; then there is one.
        if matches!(Schema::of(&mut Conn::Sqlite(&mut connection)).await?, Schema::Current(_)) {
            database_state::renew(&mut Conn::Sqlite(&mut connection)).await?;
        }
        Ok(connection.close().await?)
    };
    renewed.await.map_err(|error: Error| unusable(path, io::Error::other(error)))
}

/// A file in a directory of a server's user is of use to the server only if it belongs to that user.
#[cfg(unix)]
fn belong_to_directory(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, chown};
    let directory = fs::metadata(directory_of(path))?;
    for path in [path.to_owned(), beside(path, "lock")] {
        let file = fs::metadata(&path)?;
        if (file.uid(), file.gid()) != (directory.uid(), directory.gid()) {
            match chown(&path, Some(directory.uid()), Some(directory.gid())) {
                // Only root can change the owner. Another user who can write here was given access on purpose.
                Err(error) if error.kind() != io::ErrorKind::PermissionDenied => return Err(error),
                _ => {}
            }
        }
    }
    Ok(())
}

#[cfg(not(unix))]
fn belong_to_directory(_: &Path) -> io::Result<()> {
    Ok(())
}

/// Refuses to write over a file that is a database and no backup: one that was opened for changes has files beside it.
fn refuse_database(path: &Path) -> Result<()> {
    if ["-wal", "-shm", ".lock"].iter().all(|suffix| !with_suffix(path, suffix).exists()) {
        return Ok(());
    }
    Err(Error::startup(
        format!("{} is a database in use, or was one.", path.display()),
        "Give the backup a name of its own.",
    ))
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

/// `NAME.SUFFIX`, beside the file.
fn beside(path: &Path, suffix: &str) -> PathBuf {
    with_suffix(path, &format!(".{suffix}"))
}

fn remove_if_there(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// A new name is on disk when its directory is.
fn sync_directory(path: &Path) -> io::Result<()> {
    File::open(directory_of(path))?.sync_all()
}
