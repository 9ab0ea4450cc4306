//! SQLite's one writer. It takes every change that is waiting, applies them in one transaction, commits once, and
//! answers only then: one fsync for the whole group, and nobody is told "done" before it is.
//!
//! Within a group each change has a savepoint of its own, so that one that fails leaves the others alone. Changes of
//! a [`GroupWrite`] kind share their statements too.

use std::{panic::AssertUnwindSafe, sync::Arc};

use futures_util::FutureExt as _;
use sqlx::{AssertSqlSafe, Executor as _, sqlite::SqliteConnection};
use tokio::{
    sync::{Mutex, mpsc},
    task::JoinHandle,
};

use super::{
    file::{DataFile, closed},
    job::{Grouped, Job, Run, Single, new_job},
    readers::{PooledReader, Readers},
    rescue,
};
use crate::{
    error::{Error, Result},
    metrics::{InFlight, StoreMetrics},
    store::conn::{Conn, GroupWrite, Write},
};

/// Changes that may wait. Beyond that the server is overloaded and says so.
const QUEUE: usize = 4096;

/// The writing end of an SQLite file.
pub(crate) struct Writer {
    queue: mpsc::Sender<Box<dyn Job>>,
    close: mpsc::Sender<()>,
    task: Mutex<Option<JoinHandle<()>>>,
    metrics: StoreMetrics,
}

impl Writer {
    /// Starts the writer. It opens its connection with the first change.
    pub(super) fn start(
        file: DataFile,
        readers: Arc<Readers>,
        group_max: usize,
        metrics: StoreMetrics,
    ) -> Self {
        let (queue, jobs) = mpsc::channel(QUEUE);
        let (close, closing) = mpsc::channel(1);
        let source = Source { file, readers };
        let task = tokio::spawn(write_in_groups(source, jobs, closing, group_max.max(1), metrics.clone()));
        Self { queue, close, task: Mutex::new(Some(task)), metrics }
    }

    pub(in crate::store) async fn write<W: Write>(&self, write: W) -> Result<W::Output> {
        self.submit(Single(write)).await
    }

    pub(in crate::store) async fn write_grouped<W: GroupWrite>(&self, write: W) -> Result<W::Output> {
        self.submit(Grouped(write)).await
    }

    /// Has the writer find out by itself that the file is no longer where it was.
    pub(super) async fn notice_loss(&self) -> Result<()> {
        struct Nothing;

        impl Write for Nothing {
            type Output = ();

            async fn apply(&self, _: &mut Conn<'_>) -> Result<()> {
                Ok(())
            }
        }
        self.write(Nothing).await
    }

    async fn submit<R: Run>(&self, run: R) -> Result<R::Output> {
        let (job, answer) = new_job(run);
        self.queue.try_send(job).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => {
                Error::exhausted("Too many changes are waiting.", Some(std::time::Duration::from_secs(1)))
            }
            mpsc::error::TrySendError::Closed(_) => closed(),
        })?;
        let _queued = InFlight::begin(&self.metrics.queue);
        answer.await.map_err(|_| closed())?
    }

    /// Answers what is waiting, then ends.
    pub(super) async fn close(&self) {
        if let Some(task) = self.task.lock().await.take() {
            // Both fail only if the task has ended already.
            self.close.try_send(()).ok();
            task.await.ok();
        }
    }
}

/// Where the writer's connections come from.
struct Source {
    file: DataFile,
    /// To read what is left, where the writer itself has no connection.
    readers: Arc<Readers>,
}

impl Source {
    /// Saves what the file holds, if it is found to be gone for the first time.
    async fn save_if_gone(&self, connection: &mut Option<WriterConnection>) {
        if self.file.lost.error().is_some() || !self.file.is_gone() {
            return;
        }
        let mut reader = None;
        if connection.is_none() {
            reader = self.readers.get(&self.file).await.ok();
        }
        let own = connection.as_mut().map(|own| &mut own.connection);
        let connection = own.or(reader.as_mut().map(PooledReader::connection));
        let error = rescue::save(connection, self.file.path()).await;
        self.file.lost.tell(error);
    }
}

async fn write_in_groups(
    source: Source,
    mut jobs: mpsc::Receiver<Box<dyn Job>>,
    mut closing: mpsc::Receiver<()>,
    group_max: usize,
    metrics: StoreMetrics,
) {
    let mut connection = None;
    let mut group = Vec::with_capacity(group_max);
    loop {
        tokio::select! {
            biased;
            received = jobs.recv_many(&mut group, group_max) => if received == 0 { break },
            _ = closing.recv() => { jobs.close(); continue }
        }
        group.retain(|job| !job.is_abandoned());
        if group.is_empty() {
            continue;
        }
        metrics.batch_size.observe(f64::from(u32::try_from(group.len()).unwrap_or(u32::MAX)));
        let mut outcome = write_group(&source.file, &mut connection, &mut group).await;
        if outcome.is_err() {
            // Whatever state it is in, a new connection starts from what is on disk.
            connection = None;
        }
        // What was committed is of use only where the next server finds it.
        outcome = outcome.and_then(|()| source.file.verify());
        if outcome.is_err() {
            source.save_if_gone(&mut connection).await;
        }
        for job in group.drain(..) {
            job.answer(&outcome);
        }
    }
}

/// The connection that writes.
struct WriterConnection {
    connection: SqliteConnection,
    /// From how many pages on the log is moved into the database; 0: not set yet.
    log_pages: u32,
}

/// Applies a group on the writer's connection, which is opened first if there is none.
async fn write_group(
    file: &DataFile,
    connection: &mut Option<WriterConnection>,
    group: &mut Vec<Box<dyn Job>>,
) -> Result<()> {
    if file.lost.error().is_some() {
        return Err(rescue::refusal());
    }
    if connection.is_none() {
        *connection = Some(WriterConnection { connection: file.connect().await?, log_pages: 0 });
    }
    let Some(WriterConnection { connection, log_pages }) = connection else {
        return Err(Error::internal("no connection to write with"));
    };
    let pages = file.log_pages();
    if pages != *log_pages {
        set_log_pages(connection, pages).await?;
        if *log_pages == 0 && file.has_room_for_log() {
            // Behind a failure, this may be what makes room again. Without waiting for readers; where it could not be finished, it
            // would only take the room that the change needs.
            sqlx::query("PRAGMA wal_checkpoint(PASSIVE)").execute(&mut *connection).await.ok();
        }
        *log_pages = pages;
    }
    apply_or_catch(connection, group).await
}

/// Sets from how many pages on the log is moved into the database.
async fn set_log_pages(connection: &mut SqliteConnection, pages: u32) -> Result<()> {
    sqlx::query(AssertSqlSafe(format!("PRAGMA wal_autocheckpoint = {pages}"))).execute(connection).await?;
    Ok(())
}

/// Applies a group and turns a panic in one of its changes into an error: the writer outlives it.
async fn apply_or_catch(connection: &mut SqliteConnection, group: &mut Vec<Box<dyn Job>>) -> Result<()> {
    // After an error the connection is given up, and the changes are answered and gone.
    match AssertUnwindSafe(apply_group(connection, group)).catch_unwind().await {
        Ok(outcome) => outcome,
        Err(_) => Err(Error::internal("a change panicked while it was applied")),
    }
}

/// Applies a group in one transaction. An error is that of the whole group: nothing of it was applied.
async fn apply_group(connection: &mut SqliteConnection, group: &mut Vec<Box<dyn Job>>) -> Result<()> {
    connection.execute("BEGIN IMMEDIATE").await?;
    if let [only] = &mut group[..] {
        return match only.run(&mut Conn::Sqlite(connection)).await {
            Ok(()) => Ok(connection.execute("COMMIT").await.map(drop)?),
            // Where the database gave the transaction up by itself, its own error says why.
            Err(error) => connection.execute("ROLLBACK").await.map(drop).map_err(|_| error),
        };
    }
    // Stable, so that changes of one kind stay in the order in which they came.
    group.sort_by_key(|job| job.kind());
    for same in group.chunk_by_mut(|a, b| a.kind().is_some() && a.kind() == b.kind()) {
        match same {
            [first, rest @ ..] if first.kind().is_some() => {
                first.run_with(rest, &mut Conn::Sqlite(connection)).await?;
            }
            [job] => {
                connection.execute("SAVEPOINT change").await?;
                if let Err(error) = job.run(&mut Conn::Sqlite(connection)).await {
                    connection.execute("ROLLBACK TO change").await.map_err(|_| error)?;
                }
                connection.execute("RELEASE change").await?;
            }
            _ => return Err(Error::internal("changes of no kind were grouped")),
        }
    }
    connection.execute("COMMIT").await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        ids::{AccountId, ProjectId},
        store::{
            conn::on_engine,
            projects::{self, Project},
        },
        testing::TestDb,
        time::Time,
    };

    /// Creates a project, and then fails if it is told to.
    struct AddProject {
        owner: AccountId,
        name: String,
        fails: bool,
    }

    impl Write for AddProject {
        type Output = String;

        async fn apply(&self, conn: &mut Conn<'_>) -> Result<String> {
            let now = Time::from_micros(1);
            let project = Project {
                id: ProjectId::generate(now),
                name: self.name.clone(),
                inbox: false,
                revision: 2,
                create_time: now,
                update_time: now,
                delete_time: None,
            };
            projects::insert(conn, self.owner, &project).await?;
            if self.fails { Err(Error::NotFound) } else { Ok(self.name.clone()) }
        }
    }

    /// Gives up the transaction from within, as SQLite does when the disk is full.
    struct GiveUp;

    impl Write for GiveUp {
        type Output = ();

        async fn apply(&self, conn: &mut Conn<'_>) -> Result<()> {
            on_engine!(conn, c => sqlx::query("ROLLBACK").execute(c).await.map(drop))?;
            Err(Error::exhausted("The disk is full.", None))
        }
    }

    /// A change with a bug.
    struct Panic;

    impl Write for Panic {
        type Output = ();

        async fn apply(&self, _: &mut Conn<'_>) -> Result<()> {
            panic!("a bug");
        }
    }

    async fn names(test_db: &TestDb, owner: AccountId) -> Vec<String> {
        let mut reader = test_db.db.reader().await.unwrap();
        let rows = projects::list(&mut reader.conn(), owner, false, None, 1_000).await.unwrap();
        rows.into_iter().map(|project| project.name).collect()
    }

    #[tokio::test]
    async fn a_failed_change_is_rolled_back_without_the_rest_of_its_group() {
        let test_db = TestDb::on_sqlite().await;
        let owner = test_db.account("ann").await;
        let add = |n: usize| AddProject { owner, name: format!("{n:02}"), fails: n.is_multiple_of(3) };
        // Handed in without a pause in between, so that they wait together.
        let answers = futures_util::future::join_all((0..30).map(|n| test_db.db.write(add(n)))).await;
        for (n, answer) in answers.into_iter().enumerate() {
            assert_eq!(answer.is_err(), n.is_multiple_of(3), "{n}");
        }
        assert_eq!(names(&test_db, owner).await.len(), 21, "the Inbox and the 20 that did not fail");
        assert!(matches!(test_db.db.write(add(0)).await, Err(Error::NotFound)), "alone, too");
        assert_eq!(names(&test_db, owner).await.len(), 21);
    }

    #[tokio::test]
    async fn a_lost_transaction_fails_its_whole_group_and_the_writer_continues() {
        let test_db = TestDb::on_sqlite().await;
        let owner = test_db.account("ann").await;
        let add = |name: &str| AddProject { owner, name: name.into(), fails: false };
        let (before, lost, after) = tokio::join!(
            test_db.db.write(add("before")),
            test_db.db.write(GiveUp),
            test_db.db.write(add("after"))
        );
        for answer in [before.map(drop), lost, after.map(drop)] {
            assert!(matches!(answer, Err(Error::ResourceExhausted { .. })), "{answer:?}");
        }
        assert_eq!(names(&test_db, owner).await, ["Inbox"]);
        assert!(test_db.db.write(add("later")).await.is_ok());
        assert!(matches!(test_db.db.write(GiveUp).await, Err(Error::ResourceExhausted { .. })), "alone, too");
        assert_eq!(names(&test_db, owner).await, ["Inbox", "later"]);
    }

    #[tokio::test]
    async fn the_writer_continues_after_a_panic() {
        let test_db = TestDb::on_sqlite().await;
        let owner = test_db.account("ann").await;
        let add = |name: &str| AddProject { owner, name: name.into(), fails: false };
        let (neighbour, bug) = tokio::join!(test_db.db.write(add("neighbour")), test_db.db.write(Panic));
        for answer in [neighbour.map(drop), bug] {
            assert!(matches!(answer, Err(Error::Internal(_))), "{answer:?}");
        }
        assert!(test_db.db.write(add("later")).await.is_ok());
        assert_eq!(names(&test_db, owner).await, ["Inbox", "later"]);
    }

    #[tokio::test]
    async fn closing_completes_queued_changes_and_refuses_new_ones() {
        let test_db = TestDb::on_sqlite().await;
        let owner = test_db.account("ann").await;
        let db = test_db.db.clone();
        let waiting =
            tokio::spawn(
                async move { db.write(AddProject { owner, name: "waits".into(), fails: false }).await },
            );
        tokio::task::yield_now().await;
        test_db.db.close().await;
        assert!(waiting.await.unwrap().is_ok());
        let late = test_db.db.write(AddProject { owner, name: "late".into(), fails: false }).await;
        assert!(matches!(late, Err(Error::Unavailable { .. })), "{late:?}");
    }
}
