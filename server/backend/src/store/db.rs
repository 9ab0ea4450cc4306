//! An open database, of either engine.

use std::fmt;

use sqlx::sqlite::SqliteConnection;
#[cfg(feature = "postgres")]
use sqlx::{ConnectOptions as _, Connection as _, pool::PoolConnection, postgres::PgConnection};

#[cfg(feature = "postgres")]
use super::{
    account_turns::AccountTurns,
    conn::GroupOfOne,
    postgres::{self, Postgres},
};
use super::{
    conn::{Conn, GroupWrite, Write, on_engine},
    location::{Location, Retention, StoreSettings},
    sqlite::{PooledReader, Sqlite, open_to_read},
};
use crate::{
    error::{Error, Result},
    metrics::StoreMetrics,
};

/// An open database. Cheap to clone.
#[derive(Clone)]
pub(crate) enum Db {
    /// One file.
    Sqlite(Sqlite),
    /// A server of its own.
    #[cfg(feature = "postgres")]
    Postgres(Postgres),
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

impl Db {
    /// Opens a database, creating and migrating it first where that is needed.
    pub(crate) async fn open(
        location: &Location,
        settings: StoreSettings,
        metrics: &StoreMetrics,
    ) -> Result<Self> {
        match location {
            Location::Sqlite { path, sharing } => {
                Ok(Self::Sqlite(Sqlite::open(path, *sharing, settings, metrics).await?))
            }
            #[cfg(feature = "postgres")]
            Location::Postgres(url) => {
                let pool = postgres::open_pool(url, settings).await?;
                let turns = AccountTurns::default();
                let retention = settings.retention;
                Ok(Self::Postgres(Postgres { pool, turns, metrics: metrics.clone(), retention }))
            }
        }
    }

    /// For how long is kept what was deleted or changed.
    pub(crate) fn retention(&self) -> Retention {
        match self {
            Self::Sqlite(sqlite) => sqlite.retention(),
            #[cfg(feature = "postgres")]
            Self::Postgres(postgres) => postgres.retention,
        }
    }

    /// Measures what is only looked at when somebody asks.
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
    pub(crate) async fn inspect(location: &Location) -> Result<InspectConnection> {
        match location {
            Location::Sqlite { path, .. } => Ok(InspectConnection::Sqlite(open_to_read(path).await?)),
            #[cfg(feature = "postgres")]
            Location::Postgres(url) => Ok(InspectConnection::Postgres(
                postgres::first_connection(&postgres::connect_options(url)?).await?,
            )),
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
            Self::Postgres(_) => self.write(GroupOfOne(write)).await,
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
        match self {
            Self::Sqlite(sqlite) => sqlite.verify().await?,
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => {}
        }
        let mut reader = self.reader().await?;
        on_engine!(&mut reader.conn(), c => sqlx::query(QUESTION).execute(c).await.map(drop))?;
        Ok(())
    }

    /// Waits until the database is found to be lost, and returns what the operator is to be told: only a file can be.
    pub(crate) async fn lost(&self) -> Error {
        match self {
            Self::Sqlite(sqlite) => sqlite.lost().await,
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => std::future::pending().await,
        }
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
pub(crate) enum InspectConnection {
    /// To the file.
    Sqlite(SqliteConnection),
    /// To the server.
    #[cfg(feature = "postgres")]
    Postgres(PgConnection),
}

impl InspectConnection {
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
