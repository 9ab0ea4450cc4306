//! PostgreSQL: its settings, its connection pool, and retries of what it could not serialize.

use std::time::Duration;

use sqlx::{
    ConnectOptions as _, Connection as _,
    postgres::{PgConnectOptions, PgConnection, PgPool, PgPoolOptions},
};

use super::{
    account_turns::AccountTurns,
    conn::{Conn, Write},
    location::{Retention, StoreSettings},
    migrations::{self, migration_error},
};
use crate::{
    error::{Error, Result},
    metrics::StoreMetrics,
};

/// How long PostgreSQL may take to let a starting server in.
const OPEN_LIMIT: Duration = Duration::from_millis(1_500);

/// How long a call waits at most for a free connection.
const ACQUIRE_LIMIT: Duration = Duration::from_secs(2);

/// For how long a connection that is not used is believed to be alive.
const IDLE_TRUST: Duration = Duration::from_secs(1);

/// How long a connection that is given back in the middle of something may take to come to the end of it.
const RELEASE_LIMIT: Duration = Duration::from_secs(1);

/// How often a transaction that PostgreSQL could not serialize is tried, the first time included.
const SERIALIZATION_TRIES: u32 = 10;

/// Connections to a PostgreSQL server. Cheap to clone.
#[derive(Clone)]
pub(crate) struct Postgres {
    pub(crate) pool: PgPool,
    pub(super) turns: AccountTurns,
    pub(super) metrics: StoreMetrics,
    pub(super) retention: Retention,
}

impl Postgres {
    /// Applies a change in a transaction, with retries if concurrent ones conflict with it.
    pub(super) async fn write<W: Write>(&self, write: &W) -> Result<W::Output> {
        let _turn = match write.account() {
            // No longer than for a connection, which it waits for next.
            Some(account) => {
                let turn = tokio::time::timeout(ACQUIRE_LIMIT, self.turns.wait(account)).await;
                Some(turn.map_err(|_| sqlx::Error::PoolTimedOut)?)
            }
            None => None,
        };
        let mut tries = 1;
        loop {
            match self.try_write(write).await {
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

pub(super) fn connect_options(url: &str) -> Result<PgConnectOptions> {
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
pub(super) async fn first_connection(options: &PgConnectOptions) -> Result<PgConnection> {
    let first = tokio::time::timeout(OPEN_LIMIT, options.connect());
    first.await.unwrap_or(Err(sqlx::Error::PoolTimedOut)).map_err(|error| {
        Error::startup_because(
            "The PostgreSQL database cannot be opened.",
            error,
            "Check --database: is the server running, does the database exist, are name and password right?",
        )
    })
}

pub(super) async fn open_pool(url: &str, settings: StoreSettings) -> Result<PgPool> {
    let options = connect_options(url)?;
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
        .max_connections(settings.postgres_connections)
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
    migrate(&pool).await?;
    warn_of_unsafe_settings(&pool).await?;
    Ok(pool)
}

/// Fails on a server that takes no changes.
async fn refuse_standby(connection: &mut PgConnection) -> sqlx::Result<()> {
    let read_only: String =
        sqlx::query_scalar("SELECT current_setting('transaction_read_only')").fetch_one(connection).await?;
    match &*read_only {
        "on" => Err(sqlx::Error::Configuration("it is a standby, or read-only by its settings".into())),
        _ => Ok(()),
    }
}

async fn migrate(pool: &PgPool) -> Result<()> {
    // Waiting for another server's migration may take longer than a lock may be waited for otherwise.
    let mut connection = pool.acquire().await?.detach();
    sqlx::query("SET lock_timeout = 0").execute(&mut connection).await?;
    sqlx::query("SET statement_timeout = 0").execute(&mut connection).await?;
    migrations::POSTGRES.run_direct(None, &mut connection, false).await.map_err(migration_error)?;
    Ok(())
}

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

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    };

    use super::*;
    use crate::{
        store::{conn::on_engine, db::Db},
        testing::TestDb,
    };

    /// Waits for a lock on all accounts.
    struct LockAccounts;

    impl Write for LockAccounts {
        type Output = ();

        async fn apply(&self, conn: &mut Conn<'_>) -> Result<()> {
            on_engine!(conn, c => sqlx::query("LOCK TABLE accounts").execute(c).await.map(drop))?;
            Ok(())
        }
    }

    /// Conflicts every time, and counts how often.
    struct AlwaysConflicts(Arc<AtomicU32>);

    impl Write for AlwaysConflicts {
        type Output = ();

        async fn apply(&self, conn: &mut Conn<'_>) -> Result<()> {
            const CONFLICT: &str = "DO $$ BEGIN RAISE EXCEPTION 'conflict' USING ERRCODE = '40001'; END $$";
            self.0.fetch_add(1, Ordering::Relaxed);
            on_engine!(conn, c => sqlx::query(CONFLICT).execute(c).await.map(drop))?;
            Ok(())
        }
    }

    #[tokio::test]
    async fn a_conflicting_transaction_is_retried_a_bounded_number_of_times() {
        let Some(test_db) = TestDb::on_postgres().await else { return };
        let tries = Arc::new(AtomicU32::new(0));
        let error = test_db.db.write(AlwaysConflicts(Arc::clone(&tries))).await.unwrap_err();
        assert!(matches!(error, Error::Unavailable { .. }), "{error:?}");
        assert_eq!(tries.load(Ordering::Relaxed), SERIALIZATION_TRIES);
    }

    #[tokio::test]
    async fn a_hung_transaction_loses_its_locks() {
        let Some(test_db) = TestDb::on_postgres().await else { return };
        let Db::Postgres(postgres) = &test_db.db else { panic!("another engine") };
        let mut hung = postgres.pool.begin().await.unwrap();
        LockAccounts.apply(&mut Conn::Postgres(&mut hung)).await.unwrap();
        test_db.db.write(LockAccounts).await.unwrap();
        let error = LockAccounts.apply(&mut Conn::Postgres(&mut hung)).await.unwrap_err();
        assert!(matches!(error, Error::Unavailable { .. }), "{error:?}");
        drop(hung);
        test_db.db.check().await.unwrap();
    }
}
