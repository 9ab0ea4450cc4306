//! What a schema consists of: its tables with their columns and constraints, its indexes, views and triggers, each as a line.
//! A check compares them with those of a database that this build has made, which are kept in `schema_objects/`.
//!
//! After a change of the migrations: `UPDATE_GENERATED=1 cargo test -p todo-backend schema_objects`.

use std::collections::BTreeSet;

use super::conn::{Conn, on_engine};
use crate::error::Result;

const SQLITE: &str = "\
     SELECT 'column ' || m.name || '.' || p.name || ' ' || p.type || CASE WHEN p.\"notnull\" THEN ' NOT NULL' ELSE '' END \
     FROM sqlite_master m JOIN pragma_table_info(m.name) p \
     WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite!_%' ESCAPE '!' AND m.name <> '_sqlx_migrations' \
     UNION ALL SELECT 'key ' || m.name || ' (' || group_concat(i.name, ', ') || ')' \
     FROM sqlite_master m JOIN pragma_index_list(m.name) l JOIN pragma_index_info(l.name) i \
     WHERE m.type = 'table' AND l.origin <> 'c' AND m.name <> '_sqlx_migrations' GROUP BY m.name, l.name \
     UNION ALL SELECT 'reference ' || m.name || ' (' || group_concat(f.\"from\", ', ') || ') to ' || f.\"table\" \
     FROM sqlite_master m JOIN pragma_foreign_key_list(m.name) f WHERE m.type = 'table' GROUP BY m.name, f.id, f.\"table\" \
     UNION ALL SELECT 'index ' || name || ': ' || sql FROM sqlite_master \
     WHERE type = 'index' AND sql IS NOT NULL \
     UNION ALL SELECT type || ' ' || name FROM sqlite_master WHERE type IN ('view', 'trigger')";

#[cfg(feature = "postgres")]
const POSTGRES: &str = "\
     SELECT 'column ' || c.relname || '.' || a.attname || ' ' || format_type(a.atttypid, a.atttypmod) \
     || CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END \
     FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped \
     WHERE c.relnamespace = current_schema()::regnamespace AND c.relkind = 'r' AND c.relname <> '_sqlx_migrations' \
     UNION ALL SELECT 'constraint ' || c.relname || ': ' || pg_get_constraintdef(k.oid) \
     FROM pg_class c JOIN pg_constraint k ON k.conrelid = c.oid \
     WHERE c.relnamespace = current_schema()::regnamespace AND c.relname <> '_sqlx_migrations' AND k.contype <> 'n' \
     UNION ALL SELECT 'index ' || indexname || ': ' || replace(indexdef, ' ON ' || schemaname || '.', ' ON ') \
     FROM pg_indexes WHERE schemaname = current_schema() AND tablename <> '_sqlx_migrations' \
     UNION ALL SELECT 'view ' || relname FROM pg_class \
     WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('v', 'm') \
     UNION ALL SELECT 'trigger ' || tgname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid \
     WHERE c.relnamespace = current_schema()::regnamespace AND NOT t.tgisinternal";

impl Conn<'_> {
    /// The objects, and the question for them.
    fn schema_objects(&self) -> (&'static str, &'static str) {
        match self {
            Self::Sqlite(_) => (include_str!("schema_objects/sqlite.txt"), SQLITE),
            #[cfg(feature = "postgres")]
            Self::Postgres(_) => (include_str!("schema_objects/postgres.txt"), POSTGRES),
        }
    }
}

/// How the schema of a database differs from the one that this build makes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SchemaDifferences {
    /// What the database should have and has not, in that form.
    pub missing: Vec<String>,
    /// What it has beside that, of which a check knows nothing.
    pub unknown: Vec<String>,
}

/// Compares the schema of a database with the one that this build makes.
pub(crate) async fn differences(conn: &mut Conn<'_>) -> Result<SchemaDifferences> {
    let expected: BTreeSet<&str> = conn.schema_objects().0.lines().collect();
    let found = found(conn).await?;
    let found: BTreeSet<&str> = found.iter().map(String::as_str).collect();
    let lines = |of: &BTreeSet<&str>, without: &BTreeSet<&str>| {
        of.difference(without).map(|line| (*line).to_owned()).collect()
    };
    Ok(SchemaDifferences { missing: lines(&expected, &found), unknown: lines(&found, &expected) })
}

async fn found(conn: &mut Conn<'_>) -> Result<Vec<String>> {
    let sql = conn.schema_objects().1;
    let lines: Vec<String> = on_engine!(conn, c => sqlx::query_scalar(sql).fetch_all(c).await)?;
    // One line for each, however it was written.
    let one_line = |line: String| line.split_whitespace().collect::<Vec<_>>().join(" ");
    Ok(lines.into_iter().map(one_line).collect())
}

#[cfg(test)]
mod tests {
    use std::{env, fs, path::Path};

    use super::*;
    use crate::testing::on_both_engines;

    on_both_engines! {
        async fn the_kept_schema_is_the_one_of_a_new_database(test_db: TestDb) {
            let mut reader = test_db.db.reader().await.unwrap();
            let conn = &mut reader.conn();
            if env::var_os("UPDATE_GENERATED").is_some() {
                let engine = if matches!(conn, Conn::Sqlite(_)) { "sqlite" } else { "postgres" };
                let mut lines = found(conn).await.unwrap();
                lines.sort();
                let file = Path::new(env!("CARGO_MANIFEST_DIR"))
                    .join(format!("src/store/schema_objects/{engine}.txt"));
                fs::write(file, lines.join("\n") + "\n").unwrap();
            } else {
                assert_eq!(differences(conn).await.unwrap(), SchemaDifferences::default());
            }
        }
    }
}
