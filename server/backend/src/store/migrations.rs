//! The migrations of each engine. `migrations/` keeps them side by side under the same numbers.

use std::sync::LazyLock;

use sqlx::{
    SqlSafeStr as _,
    migrate::{Migration, MigrationType, Migrator},
};

use super::conn::Conn;
use crate::error::Error;

/// Compiles a migration in. Without the macro of sqlx, which would bring its own build of SQLite into the compiler.
macro_rules! migration {
    ($engine:literal, $version:literal, $name:literal) => {{
        const SQL: &str =
            include_str!(concat!("../../migrations/", $engine, "/000", $version, "_", $name, ".sql"));
        const CHECKSUM: &[u8] = &checksum(SQL.as_bytes());
        Migration {
            version: $version,
            description: $name.into(),
            migration_type: MigrationType::Simple,
            sql: SQL.into_sql_str(),
            checksum: CHECKSUM.into(),
            no_tx: false,
        }
    }};
}

/// FNV-1a, which tells an edited migration from the one that was applied. The compiler computes it: the SHA-384 of sqlx takes a
/// tenth of `todo list`, at every start.
const fn checksum(sql: &[u8]) -> [u8; 8] {
    let (mut hash, mut index) = (0xcbf2_9ce4_8422_2325_u64, 0);
    while index < sql.len() {
        hash = (hash ^ sql[index] as u64).wrapping_mul(0x0100_0000_01b3);
        index += 1;
    }
    hash.to_be_bytes()
}

pub(super) static SQLITE: LazyLock<Migrator> =
    LazyLock::new(|| Migrator::with_migrations(vec![migration!("sqlite", 1, "init")]));

#[cfg(feature = "postgres")]
pub(super) static POSTGRES: LazyLock<Migrator> =
    LazyLock::new(|| Migrator::with_migrations(vec![migration!("postgres", 1, "init")]));

impl Conn<'_> {
    /// A query for whether migrations were ever applied.
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
    pub(super) fn migrations(&self) -> &'static Migrator {
        match self {
            Self::Sqlite(_) => &SQLITE,
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => &POSTGRES,
        }
    }
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
    use std::collections::BTreeSet;

    use sqlx::{postgres::PgConnection, sqlite::SqliteConnection};

    use super::*;
    use crate::{
        metrics::StoreMetrics,
        store::{
            conn::on_engine,
            db::Db,
            location::{Location, Sharing, StoreSettings},
        },
        testing::TestDb,
    };

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
        let Some(postgres) = TestDb::on_postgres().await else { return };
        let sqlite = TestDb::on_sqlite().await;
        let mut columns = Vec::new();
        let mut indexes: Vec<Vec<String>> = Vec::new();
        for test_db in [sqlite, postgres] {
            let mut reader = test_db.db.reader().await.unwrap();
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
    fn the_schema_uses_portable_sql_only() {
        for migration in POSTGRES.iter() {
            let code = |line: &str| line.split("--").next().unwrap_or_default().to_uppercase();
            let sql = migration.sql.as_str().lines().map(code).collect::<Vec<_>>().join("\n");
            for word in
                ["SERIAL", "SEQUENCE", "IDENTITY", "TRIGGER", "EXTENSION", "FUNCTION", "EXCLUDE", "GENERATED"]
            {
                assert!(!sql.contains(word), "{word} in {}", migration.description);
            }
        }
    }

    #[tokio::test]
    async fn a_newer_schema_is_refused_and_left_alone() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("todo.db");
        let location = Location::Sqlite { path, sharing: Sharing::Shared };
        let mut locations = vec![location];
        locations.extend(crate::testing::postgres::database().map(Location::Postgres));
        for location in locations {
            let db = Db::open(&location, StoreSettings::default(), &StoreMetrics::default()).await.unwrap();
            let mut reader = db.reader().await.unwrap();
            let newer = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
                 VALUES (9999, 'from the future', TRUE, $1, 0)";
            on_engine!(&mut reader.conn(), c => sqlx::query(newer).bind(vec![0_u8; 48]).execute(c).await.map(drop))
                .unwrap();
            drop(reader);
            db.close().await;
            drop(db);
            let error =
                Db::open(&location, StoreSettings::default(), &StoreMetrics::default()).await.unwrap_err();
            assert!(error.to_string().contains("newer version"), "{error}");
            assert!(error.hint().is_some());
        }
    }
}
