//! The two engines behind one door. Every difference between them that SQL cannot hide is in this file.

#[cfg(feature = "postgres")]
use std::time::Duration;
use std::{fmt, path::PathBuf};

#[cfg(feature = "postgres")]
use sqlx::{
    ConnectOptions as _, Connection as _,
    pool::PoolConnection,
    postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions},
};
use sqlx::{migrate::Migrator, sqlite::SqliteConnection};

use super::{
    sqlite::{PooledReader, Sqlite},
    writer,
};
use crate::{
    error::{Error, Result},
    metrics::StoreMetrics,
};

/// The migrations of each engine. `migrations/` keeps them side by side under the same numbers.
pub(super) static SQLITE_MIGRATIONS: Migrator = sqlx::migrate!("migrations/sqlite");
#[cfg(feature = "postgres")]
static POSTGRES_MIGRATIONS: Migrator = sqlx::migrate!("migrations/postgres");

/// How long PostgreSQL may take to let a starting server in.
#[cfg(feature = "postgres")]
const OPEN_LIMIT: Duration = Duration::from_millis(1_500);

/// How long a call waits at most for a free connection.
#[cfg(feature = "postgres")]
const ACQUIRE_LIMIT: Duration = Duration::from_secs(2);

/// For how long a connection that is not used is believed to be alive.
#[cfg(feature = "postgres")]
const IDLE_TRUST: Duration = Duration::from_secs(1);

/// How long a connection that is given back in the middle of something may take to come to the end of it.
#[cfg(feature = "postgres")]
const RELEASE_LIMIT: Duration = Duration::from_secs(1);

/// How often a transaction that PostgreSQL could not serialize is tried, the first time included.
#[cfg(feature = "postgres")]
const SERIALIZATION_TRIES: u32 = 10;

/// Where the data is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Location {
    /// An SQLite file, opened as its only server or shared with other short-lived processes.
    Sqlite {
        /// The file. Its directory is made if it is missing.
        path: PathBuf,
        /// Who else may have it open.
        sharing: Sharing,
    },
    /// A `postgres://` URL. It may hold a password: never print it.
    #[cfg(feature = "postgres")]
    Postgres(String),
}

/// Who else may open an SQLite file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Sharing {
    /// Nobody: a server caches and watches in its own process.
    Exclusive,
    /// Others that say the same: the embedded mode of the command line.
    Shared,
}

/// Sizes that an operator may set.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Sizes {
    /// Most changes that SQLite's writer puts into one commit. 1 turns grouping off.
    pub(crate) group_commit_max: usize,
    /// Connections that read from SQLite.
    pub(crate) sqlite_readers: usize,
    /// Connections to PostgreSQL.
    #[cfg(feature = "postgres")]
    pub(crate) postgres_connections: u32,
}

impl Default for Sizes {
    fn default() -> Self {
        Self {
            group_commit_max: 128,
            // More threads than cores only take turns.
            sqlite_readers: std::thread::available_parallelism().map_or(2, usize::from).clamp(2, 16),
            #[cfg(feature = "postgres")]
            postgres_connections: 16,
        }
    }
}

/// An open database. Cheap to clone.
#[derive(Clone)]
pub(crate) enum Db {
    /// One file.
    Sqlite(Sqlite),
    /// A server of its own.
    #[cfg(feature = "postgres")]
    Postgres(Postgres),
}

/// Connections to a PostgreSQL server. Cheap to clone.
#[cfg(feature = "postgres")]
#[derive(Clone)]
pub(crate) struct Postgres {
    pub(crate) pool: PgPool,
    metrics: StoreMetrics,
}

impl fmt::Debug for Db {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite(_) => "Db::Sqlite",
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => "Db::Postgres",
        })
    }
}

/// A connection of either engine, for the length of a call.
pub(crate) enum Conn<'c> {
    /// To the file.
    Sqlite(&'c mut SqliteConnection),
    /// To the server.
    #[cfg(feature = "postgres")]
    Postgres(&'c mut PgConnection),
}

/// Runs one body on whichever engine the connection is of: `on_engine!(conn, c => query.fetch_all(c).await)`.
/// The body is compiled once per engine, so the SQL in it is written once.
macro_rules! on_engine {
    ($conn:expr, $c:ident => $body:expr) => {
        match $conn {
            $crate::store::db::Conn::Sqlite(connection) => {
                let $c = &mut **connection;
                $body
            }
            #[cfg(feature = "postgres")]
            $crate::store::db::Conn::Postgres(connection) => {
                let $c = &mut **connection;
                $body
            }
        }
    };
}
pub(crate) use on_engine;

/// A change that is applied whole or not at all.
///
/// It may be applied more than once before it counts: PostgreSQL asks for transactions to be repeated. So it holds
/// what it needs and changes nothing but the database.
pub(crate) trait Write: Send + Sync + 'static {
    /// What the change answers.
    type Output: Send + 'static;

    /// Applies the change inside a transaction. An error rolls it back.
    fn apply(&self, conn: &mut Conn<'_>) -> impl Future<Output = Result<Self::Output>> + Send;
}

/// Changes of one kind that share their statements when several are waiting.
pub(crate) trait GroupWrite: Sized + Send + Sync + 'static {
    /// What each change answers.
    type Output: Send + 'static;

    /// Applies the changes inside one transaction and returns as many answers, in the same order. A change that
    /// answers with an error must have left nothing that matters; an error of the whole rolls all of them back.
    fn apply_all(
        writes: &[&Self],
        conn: &mut Conn<'_>,
    ) -> impl Future<Output = Result<Vec<Result<Self::Output>>>> + Send;
}

impl Db {
    /// Opens a database, creating and migrating it first where that is needed.
    pub(crate) async fn open(location: &Location, sizes: Sizes, metrics: &StoreMetrics) -> Result<Self> {
        match location {
            Location::Sqlite { path, sharing } => {
                Ok(Self::Sqlite(Sqlite::open(path, *sharing, sizes, metrics).await?))
            }
            #[cfg(feature = "postgres")]
            Location::Postgres(url) => {
                let pool = open_postgres(url, sizes).await?;
                Ok(Self::Postgres(Postgres { pool, metrics: metrics.clone() }))
            }
        }
    }

    /// Measures what is only looked at when somebody asks.
    #[cfg(feature = "network")]
    pub(crate) fn measure(&self, metrics: &StoreMetrics) {
        let (open, idle) = match self {
            Self::Sqlite(sqlite) => sqlite.connections(),
            #[cfg(feature = "postgres")]
            Self::Postgres(Postgres { pool, .. }) => {
                (usize::try_from(pool.size()).unwrap_or(usize::MAX), pool.num_idle())
            }
        };
        metrics.connections.set(i64::try_from(open).unwrap_or(i64::MAX));
        metrics.idle_connections.set(i64::try_from(idle).unwrap_or(i64::MAX));
    }

    /// Opens one connection to look at a database that is there, and changes nothing.
    #[cfg(feature = "network")]
    pub(crate) async fn look_at(location: &Location) -> Result<Look> {
        match location {
            Location::Sqlite { path, .. } => Ok(Look::Sqlite(super::backup::open_to_read(path).await?)),
            #[cfg(feature = "postgres")]
            Location::Postgres(url) => Ok(Look::Postgres(first_connection(&postgres_options(url)?).await?)),
        }
    }

    /// Returns a connection for reading. Each statement sees the newest committed state.
    pub(crate) async fn reader(&self) -> Result<Reader<'_>> {
        Ok(match self {
            Self::Sqlite(sqlite) => Reader::Sqlite(sqlite.reader().await?),
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => Reader::Postgres(postgres.pool.acquire().await?),
        })
    }

    /// Applies a change in a transaction of its own or, on SQLite, in one shared with others that are waiting.
    /// Returns when it is on disk.
    pub(crate) async fn write<W: Write>(&self, write: W) -> Result<W::Output> {
        match self {
            Self::Sqlite(sqlite) => sqlite.writer().write(write).await,
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => postgres.write(&write).await,
        }
    }

    /// Like [`Db::write`], for changes that can share their statements.
    pub(crate) async fn write_grouped<W: GroupWrite>(&self, write: W) -> Result<W::Output> {
        match self {
            Self::Sqlite(sqlite) => sqlite.writer().write_grouped(write).await,
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => self.write(writer::Alone(write)).await,
        }
    }

    /// Fails unless the database answers a question now. That all connections are in use is no failure of it.
    pub(crate) async fn check(&self) -> Result<()> {
        const QUESTION: &str = "SELECT 1";
        #[cfg(feature = "postgres")]
        if let Self::Postgres(postgres) = self
            && postgres.pool.num_idle() == 0
        {
            let mut connection = postgres.pool.connect_options().connect().await?;
            sqlx::query(QUESTION).execute(&mut connection).await?;
            return Ok(connection.close().await?);
        }
        let mut reader = self.reader().await?;
        on_engine!(&mut reader.conn(), c => sqlx::query(QUESTION).execute(c).await.map(drop))?;
        Ok(())
    }

    /// Waits until every change that was handed in is answered, then lets go of the database.
    pub(crate) async fn close(&self) {
        match self {
            Self::Sqlite(sqlite) => sqlite.close().await,
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => postgres.pool.close().await,
        }
    }
}

/// A connection of its own, for a look at a database.
#[cfg(feature = "network")]
pub(crate) enum Look {
    /// To the file.
    Sqlite(SqliteConnection),
    /// To the server.
    #[cfg(feature = "postgres")]
    Postgres(PgConnection),
}

#[cfg(feature = "network")]
impl Look {
    /// The connection itself.
    pub(crate) fn conn(&mut self) -> Conn<'_> {
        match self {
            Self::Sqlite(connection) => Conn::Sqlite(connection),
            #[cfg(feature = "postgres")]
            Self::Postgres(connection) => Conn::Postgres(connection),
        }
    }
}

/// A connection lent out for reading.
pub(crate) enum Reader<'s> {
    /// From the file's readers.
    Sqlite(PooledReader<'s>),
    /// From the pool.
    #[cfg(feature = "postgres")]
    Postgres(PoolConnection<sqlx::Postgres>),
}

impl Reader<'_> {
    /// The connection itself.
    pub(crate) fn conn(&mut self) -> Conn<'_> {
        match self {
            Self::Sqlite(reader) => Conn::Sqlite(reader.connection()),
            #[cfg(feature = "postgres")]
            Self::Postgres(connection) => Conn::Postgres(connection),
        }
    }
}

impl Conn<'_> {
    /// Whether other transactions may change rows that this one has read and not locked. SQLite has one writer.
    pub(crate) fn has_rivals(&self) -> bool {
        match self {
            Self::Sqlite(_) => false,
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => true,
        }
    }

    /// A query for whether migrations were ever applied.
    #[cfg(feature = "network")]
    pub(super) fn migrations_exist(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => {
                "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = '_sqlx_migrations'"
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => "SELECT 1::BIGINT WHERE to_regclass('_sqlx_migrations') IS NOT NULL",
        }
    }

    /// The migrations of this build.
    #[cfg(feature = "network")]
    pub(super) fn migrations(&self) -> &'static Migrator {
        match self {
            Self::Sqlite(_) => &SQLITE_MIGRATIONS,
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => &POSTGRES_MIGRATIONS,
        }
    }

    /// What to append to a `SELECT` so that nobody changes the rows it returns until the end of the transaction.
    pub(crate) fn for_share(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "",
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => " FOR SHARE",
        }
    }

    /// What to append to a `SELECT` so that it locks the rows it returns until the end of the transaction.
    pub(crate) fn for_update(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "",
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => " FOR UPDATE",
        }
    }
}

#[cfg(feature = "postgres")]
impl Postgres {
    /// Applies a change in a transaction, again and again if rivals get in its way.
    ///
    /// A change that is refused is tried once more: what refused it may have been its own repeat, which came in between
    /// its look at the past and its locks, and is found there now.
    async fn write<W: Write>(&self, write: &W) -> Result<W::Output> {
        let (mut tries, mut refused) = (1, false);
        loop {
            match self.try_write(write).await {
                Err(error) if error.is_refusal() && !refused => refused = true,
                Err(error) if error.is_serialization_failure() && tries < SERIALIZATION_TRIES => {
                    self.metrics.repeated.inc();
                    // Rivals that wait equally long meet again.
                    let pause = Duration::from_millis(rand::random_range(0..(2 << tries.min(6))));
                    tokio::time::sleep(pause).await;
                    tries += 1;
                }
                result => return result,
            }
        }
    }

    async fn try_write<W: Write>(&self, write: &W) -> Result<W::Output> {
        let mut transaction = self.pool.begin().await?;
        // Dropped without a commit, the transaction is rolled back.
        let output = write.apply(&mut Conn::Postgres(&mut transaction)).await?;
        transaction.commit().await?;
        Ok(output)
    }
}

impl Conn<'_> {
    /// `($1, $2), ($3, $4)`: placeholders for as many rows, for a statement that has no others.
    pub(crate) fn placeholder_rows(&self, rows: usize, width: usize) -> String {
        #[cfg_attr(not(feature = "postgres"), expect(unused_variables, reason = "SQLite does not number"))]
        let row = |row: usize| match self {
            // Without numbers: SQLite looks numbers up one by one, which takes long for a thousand.
            Self::Sqlite(_) => format!("({})", ["?"].repeat(width).join(", ")),
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => format!("({})", placeholders(row * width + 1, width)),
        };
        (0..rows).map(row).collect::<Vec<_>>().join(", ")
    }
}

/// `$3, $4, $5`: as many placeholders, from the first one on.
pub(crate) fn placeholders(first: usize, count: usize) -> String {
    (first..first + count).map(|index| format!("${index}")).collect::<Vec<_>>().join(", ")
}

#[cfg(feature = "postgres")]
fn postgres_options(url: &str) -> Result<PgConnectOptions> {
    let options: PgConnectOptions = url.parse().map_err(|_| {
        // The parser's own words may repeat the URL, and with it the password.
        Error::startup(
            "The database URL cannot be read.",
            "Write --database as postgres://USER:PASSWORD@HOST:PORT/NAME, with special characters percent-encoded.",
        )
    })?;
    Ok(options.application_name("todo-server").statement_cache_capacity(256).options([
        // No call outlives its deadline of 10 s by much, and none waits for a lock for ever.
        ("statement_timeout", "10s"),
        ("lock_timeout", "5s"),
        // A transaction here never waits for anything but its own statements. A server that hangs in the middle of one
        // must not keep the rows of an account locked for the others.
        ("idle_in_transaction_session_timeout", "1s"),
    ]))
}

/// Connects once. A pool would try again and again; an operator who has mistyped something wants to know now.
#[cfg(feature = "postgres")]
async fn first_connection(options: &PgConnectOptions) -> Result<PgConnection> {
    let first = tokio::time::timeout(OPEN_LIMIT, options.connect());
    first.await.unwrap_or(Err(sqlx::Error::PoolTimedOut)).map_err(|error| {
        Error::startup_because(
            "The PostgreSQL database cannot be opened.",
            error,
            "Check --database: is the server running, does the database exist, are name and password right?",
        )
    })
}

#[cfg(feature = "postgres")]
async fn open_postgres(url: &str, sizes: Sizes) -> Result<PgPool> {
    let options = postgres_options(url)?;
    let mut first = first_connection(&options).await?;
    refuse_standby(&mut first).await.map_err(|error| {
        Error::startup_because(
            "The PostgreSQL database can only be read.",
            error,
            "Point --database at the primary server, at an address that follows it when it changes.",
        )
    })?;
    first.close().await?;
    let pool = PgPoolOptions::new()
        .max_connections(sizes.postgres_connections)
        .acquire_timeout(ACQUIRE_LIMIT)
        // Asking before every use would be a round trip for each call. What has just been used is believed to be alive.
        .test_before_acquire(false)
        .before_acquire(|connection, state| {
            Box::pin(async move {
                if state.idle_for > IDLE_TRUST {
                    connection.ping().await?;
                }
                Ok(true)
            })
        })
        // A call that has been given up leaves its statement unfinished. If nothing comes any more, its connection is
        // closed: each that would be waited for takes away one of the places.
        .after_release(|connection, _| {
            Box::pin(async move {
                let flush = tokio::time::timeout(RELEASE_LIMIT, connection.flush());
                flush.await.unwrap_or(Err(sqlx::Error::PoolTimedOut)).map(|()| true)
            })
        })
        // An address may lead elsewhere than at the start: after a failover for a moment to what is now a standby.
        .after_connect(|connection, _| Box::pin(refuse_standby(connection)))
        .connect_lazy_with(options);
    migrate_postgres(&pool).await?;
    warn_of_unsafe_settings(&pool).await?;
    Ok(pool)
}

/// Fails on a server that takes no changes.
#[cfg(feature = "postgres")]
async fn refuse_standby(connection: &mut PgConnection) -> sqlx::Result<()> {
    let read_only: String =
        sqlx::query_scalar("SELECT current_setting('transaction_read_only')").fetch_one(connection).await?;
    match &*read_only {
        "on" => Err(sqlx::Error::Configuration("it is a standby, or read-only by its settings".into())),
        _ => Ok(()),
    }
}

#[cfg(feature = "postgres")]
async fn migrate_postgres(pool: &PgPool) -> Result<()> {
    // Waiting for another server's migration may take longer than a lock may be waited for otherwise.
    let mut connection = pool.acquire().await?.detach();
    sqlx::query("SET lock_timeout = 0").execute(&mut connection).await?;
    sqlx::query("SET statement_timeout = 0").execute(&mut connection).await?;
    POSTGRES_MIGRATIONS.run_direct(None, &mut connection, false).await.map_err(migration_error)?;
    Ok(())
}

#[cfg(feature = "postgres")]
async fn warn_of_unsafe_settings(pool: &PgPool) -> Result<()> {
    for setting in ["fsync", "synchronous_commit", "full_page_writes"] {
        let value: String =
            sqlx::query_scalar("SELECT current_setting($1)").bind(setting).fetch_one(pool).await?;
        if value == "off" {
            tracing::warn!(
                setting,
                "PostgreSQL runs with {setting}=off: a power cut loses acknowledged changes"
            );
        }
    }
    Ok(())
}

/// Says what a refused migration means for the operator.
pub(super) fn migration_error(error: sqlx::migrate::MigrateError) -> Error {
    use sqlx::migrate::MigrateError;
    match &error {
        MigrateError::VersionMissing(_) => Error::startup_because(
            "The database was written by a newer version of Todo.",
            error,
            "Nothing was changed. Run that version, or restore a backup from before the upgrade.",
        ),
        MigrateError::VersionMismatch(_) => Error::startup_because(
            "The database's schema is not the one this version of Todo makes.",
            error,
            "Nothing was changed. A migration was edited after it had been applied: run an unmodified build.",
        ),
        _ => Error::startup_because(
            "The database could not be brought up to date.",
            error,
            "Nothing was half applied. Mend the cause and start again.",
        ),
    }
}

#[cfg(test)]
#[cfg(feature = "postgres")]
mod tests {
    use std::{
        collections::BTreeSet,
        sync::{
            Arc,
            atomic::{AtomicU32, Ordering},
        },
    };

    use super::*;
    use crate::testing::World;

    /// Table, column, type, whether it may be NULL.
    type Column = (String, String, String, bool);

    async fn sqlite_columns(connection: &mut SqliteConnection) -> BTreeSet<Column> {
        let rows: Vec<(String, String, String, bool)> = sqlx::query_as(
            "SELECT t.name, c.name, c.type, NOT c.\"notnull\" FROM sqlite_master t JOIN pragma_table_info(t.name) c \
             WHERE t.type = 'table' AND t.name NOT LIKE '!_%' ESCAPE '!' AND t.name NOT LIKE 'sqlite%'",
        )
        .fetch_all(connection)
        .await
        .unwrap();
        rows.into_iter().collect()
    }

    async fn postgres_columns(connection: &mut PgConnection) -> BTreeSet<Column> {
        let rows: Vec<(String, String, String, bool)> = sqlx::query_as(
            "SELECT table_name::text, column_name::text, upper(data_type::text), is_nullable = 'YES' \
             FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE '!_%' ESCAPE '!'",
        )
        .fetch_all(connection)
        .await
        .unwrap();
        let as_in_sqlite = |kind: String| match kind.as_str() {
            "UUID" | "BYTEA" => "BLOB".into(),
            _ => kind,
        };
        rows.into_iter().map(|(table, name, kind, null)| (table, name, as_in_sqlite(kind), null)).collect()
    }

    const INDEXES: [&str; 2] = [
        "SELECT name FROM sqlite_master WHERE type = 'index' AND name NOT LIKE 'sqlite%' ORDER BY name",
        "SELECT indexname::text FROM pg_indexes WHERE schemaname = 'public' AND indexname NOT LIKE '%pkey' \
         AND indexname NOT LIKE '%!_key' ESCAPE '!' ORDER BY indexname COLLATE \"C\"",
    ];

    #[tokio::test]
    async fn both_engines_have_the_same_schema() {
        let Some(postgres) = World::on_postgres().await else { return };
        let sqlite = World::on_sqlite().await;
        let mut columns = Vec::new();
        let mut indexes: Vec<Vec<String>> = Vec::new();
        for world in [sqlite, postgres] {
            let mut reader = world.db.reader().await.unwrap();
            match reader.conn() {
                Conn::Sqlite(connection) => {
                    columns.push(sqlite_columns(connection).await);
                    indexes.push(sqlx::query_scalar(INDEXES[0]).fetch_all(connection).await.unwrap());
                }
                Conn::Postgres(connection) => {
                    columns.push(postgres_columns(connection).await);
                    indexes.push(sqlx::query_scalar(INDEXES[1]).fetch_all(connection).await.unwrap());
                }
            }
        }
        assert!(columns[0].len() > 50);
        assert_eq!(columns[0], columns[1]);
        assert!(indexes[0].len() >= 10);
        assert_eq!(indexes[0], indexes[1]);
    }

    /// What engines that only speak PostgreSQL's language do not have, or have as a bottleneck.
    #[test]
    fn the_schema_asks_for_nothing_special() {
        for migration in POSTGRES_MIGRATIONS.iter() {
            let code = |line: &str| line.split("--").next().unwrap_or_default().to_uppercase();
            let sql = migration.sql.as_str().lines().map(code).collect::<Vec<_>>().join("\n");
            for word in
                ["SERIAL", "SEQUENCE", "IDENTITY", "TRIGGER", "EXTENSION", "FUNCTION", "EXCLUDE", "GENERATED"]
            {
                assert!(!sql.contains(word), "{word} in {}", migration.description);
            }
        }
    }

    /// Waits for a lock on all accounts.
    struct LockAccounts;

    impl Write for LockAccounts {
        type Output = ();

        async fn apply(&self, conn: &mut Conn<'_>) -> Result<()> {
            on_engine!(conn, c => sqlx::query("LOCK TABLE accounts").execute(c).await.map(drop))?;
            Ok(())
        }
    }

    /// Is in the way of itself, and counts how often.
    struct Rival(Arc<AtomicU32>);

    impl Write for Rival {
        type Output = ();

        async fn apply(&self, _: &mut Conn<'_>) -> Result<()> {
            self.0.fetch_add(1, Ordering::Relaxed);
            Err(Error::rival())
        }
    }

    #[tokio::test]
    async fn a_transaction_that_meets_rivals_is_repeated_so_often_and_no_more() {
        let Some(world) = World::on_postgres().await else { return };
        let tries = Arc::new(AtomicU32::new(0));
        let error = world.db.write(Rival(Arc::clone(&tries))).await.unwrap_err();
        assert!(matches!(error, Error::Unavailable { .. }), "{error:?}");
        assert_eq!(tries.load(Ordering::Relaxed), SERIALIZATION_TRIES);
    }

    #[tokio::test]
    async fn who_hangs_in_a_transaction_does_not_keep_its_locks() {
        let Some(world) = World::on_postgres().await else { return };
        let Db::Postgres(postgres) = &world.db else { panic!("another engine") };
        let mut hung = postgres.pool.begin().await.unwrap();
        LockAccounts.apply(&mut Conn::Postgres(&mut hung)).await.unwrap();
        world.db.write(LockAccounts).await.unwrap();
        let error = LockAccounts.apply(&mut Conn::Postgres(&mut hung)).await.unwrap_err();
        assert!(matches!(error, Error::Unavailable { .. }), "{error:?}");
        drop(hung);
        world.db.check().await.unwrap();
    }

    #[tokio::test]
    async fn a_newer_schema_is_refused_and_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("todo.db");
        let location = Location::Sqlite { path, sharing: Sharing::Shared };
        let mut locations = vec![location];
        locations.extend(crate::testing::postgres::database().map(Location::Postgres));
        for location in locations {
            let db = Db::open(&location, Sizes::default(), &StoreMetrics::default()).await.unwrap();
            let mut reader = db.reader().await.unwrap();
            let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                 VALUES (9999, 'from the future', TRUE, $1, 0)";
            on_engine!(&mut reader.conn(), c => sqlx::query(newer).bind(vec![0_u8; 48]).execute(c).await.map(drop))
                .unwrap();
            drop(reader);
            db.close().await;
            drop(db);
            let error = Db::open(&location, Sizes::default(), &StoreMetrics::default()).await.unwrap_err();
            assert!(error.to_string().contains("newer version"), "{error}");
            assert!(error.hint().is_some());
        }
    }
}
