//! All rows of a database, from one engine to another: read, inserted and compared in the order of their keys.
//!
//! A row is copied as it is, in no type of its own, so that nothing between two databases can be left out: a test
//! compares [`TABLES`] with the schema. To add a column: name it here.

use uuid::Uuid;

use super::{
    conn::{Conn, on_engine, placeholders},
    value::{Value, bind},
};
use crate::error::Result;

/// A table: its columns, the first of which are its key.
#[derive(Debug)]
pub(crate) struct Table {
    pub(crate) name: &'static str,
    key: usize,
    columns: &'static [(&'static str, Kind)],
}

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Id,
    Text,
    Number,
    Bool,
    Bytes,
}

use Kind::{Bool, Bytes, Id, Number, Text};

/// In the order in which they refer to each other.
pub(crate) const TABLES: &[Table] = &[
    Table {
        name: "accounts",
        key: 1,
        columns: &[
            ("id", Id),
            ("username", Text),
            ("username_key", Text),
            ("password_hash", Text),
            ("register_request_id", Id),
            ("disable_time", Number),
            ("delete_time", Number),
            ("token_epoch", Number),
            ("create_time", Number),
        ],
    },
    Table {
        name: "sessions",
        key: 1,
        columns: &[
            ("id", Id),
            ("account_id", Id),
            ("token_hash", Bytes),
            ("client", Text),
            ("account_epoch", Number),
            ("database_epoch", Number),
            ("create_time", Number),
            ("last_use_time", Number),
            ("expire_time", Number),
        ],
    },
    Table {
        name: "access_tokens",
        key: 1,
        columns: &[
            ("id", Id),
            ("account_id", Id),
            ("token_hash", Bytes),
            ("name", Text),
            ("scopes", Text),
            ("account_epoch", Number),
            ("database_epoch", Number),
            ("create_time", Number),
            ("last_use_time", Number),
            ("expire_time", Number),
        ],
    },
    Table {
        name: "devices",
        key: 2,
        columns: &[("account_id", Id), ("secret_hash", Bytes), ("last_use_time", Number)],
    },
    Table {
        name: "invitations",
        key: 1,
        columns: &[
            ("id", Id),
            ("secret_hash", Bytes),
            ("note", Text),
            ("create_time", Number),
            ("expire_time", Number),
        ],
    },
    Table {
        name: "todo_accounts",
        key: 1,
        columns: &[
            ("account_id", Id),
            ("revision", Number),
            ("horizon", Number),
            ("next_number", Number),
            ("time_zone", Text),
            ("settings", Text),
            ("max_todos", Number),
            ("max_bytes", Number),
            ("used_todos", Number),
            ("used_bytes", Number),
            ("forgotten_number", Number),
        ],
    },
    Table {
        name: "projects",
        key: 2,
        columns: &[
            ("account_id", Id),
            ("id", Id),
            ("name", Text),
            ("name_key", Text),
            ("inbox", Bool),
            ("revision", Number),
            ("create_time", Number),
            ("update_time", Number),
            ("delete_time", Number),
        ],
    },
    Table {
        name: "todos",
        key: 2,
        columns: &[
            ("account_id", Id),
            ("id", Id),
            ("number", Number),
            ("project_id", Id),
            ("parent_id", Id),
            ("title", Text),
            ("description", Text),
            ("priority", Number),
            ("due", Text),
            ("due_zoned", Bool),
            ("due_at", Number),
            ("start", Text),
            ("repeat_rule", Text),
            ("series_id", Id),
            ("step", Number),
            ("reminders", Text),
            ("tags", Text),
            ("position", Text),
            ("annotations", Bytes),
            ("extras", Bytes),
            ("search_key", Text),
            ("tags_key", Text),
            ("encoded", Bytes),
            ("revision", Number),
            ("create_time", Number),
            ("update_time", Number),
            ("complete_time", Number),
            ("delete_time", Number),
        ],
    },
    Table {
        name: "dependencies",
        key: 3,
        columns: &[("account_id", Id), ("todo_id", Id), ("depends_on", Id)],
    },
    Table {
        name: "external_references",
        key: 3,
        columns: &[("account_id", Id), ("source", Text), ("external_id", Text), ("todo_id", Id)],
    },
    Table {
        name: "views",
        key: 2,
        columns: &[
            ("account_id", Id),
            ("id", Id),
            ("name", Text),
            ("name_key", Text),
            ("filter", Text),
            ("sort", Text),
            ("revision", Number),
            ("create_time", Number),
            ("update_time", Number),
        ],
    },
    Table {
        name: "tombstones",
        key: 3,
        columns: &[
            ("account_id", Id),
            ("id", Id),
            ("project", Bool),
            ("number", Number),
            ("revision", Number),
            ("purge_time", Number),
            ("erase_from", Number),
        ],
    },
    Table {
        name: "operations",
        key: 2,
        columns: &[
            ("account_id", Id),
            ("revision", Number),
            ("id", Id),
            ("group_id", Id),
            ("kind", Number),
            ("actor_id", Id),
            ("actor", Text),
            ("request_hash", Bytes),
            ("changes", Bytes),
            ("answer", Bytes),
            ("undoes", Id),
            ("undone_by", Id),
            ("create_time", Number),
        ],
    },
];

/// A row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row(Vec<Value>);

/// The key of a row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key(Vec<Value>);

impl std::fmt::Display for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let part = |value: &Value| match value {
            Value::Id(Some(id)) => id.to_string(),
            Value::Text(Some(text)) => text.escape_debug().to_string(),
            Value::Number(Some(number)) => number.to_string(),
            Value::Bool(Some(value)) => value.to_string(),
            // The rest of a key is a hash, or NULL, which no key holds.
            _ => "...".into(),
        };
        f.write_str(&self.0.iter().map(part).collect::<Vec<_>>().join(" "))
    }
}

impl Table {
    fn columns(&self) -> String {
        self.columns.iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
    }

    fn key_columns(&self) -> String {
        self.columns[..self.key].iter().map(|(name, _)| *name).collect::<Vec<_>>().join(", ")
    }

    /// How many rows it has.
    pub(crate) async fn count(&self, conn: &mut Conn<'_>) -> Result<u64> {
        let sql = format!("SELECT count(*) FROM {}", self.name);
        let count: i64 =
            on_engine!(conn, c => sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_one(c).await)?;
        Ok(u64::try_from(count).unwrap_or_default())
    }

    /// The key of its last row.
    pub(crate) async fn last(&self, conn: &mut Conn<'_>) -> Result<Option<Key>> {
        let keys = self.key_columns();
        let sql = format!(
            "SELECT {} FROM {} ORDER BY {} LIMIT 1",
            self.columns(),
            self.name,
            keys.replace(',', " DESC,") + " DESC"
        );
        let row = on_engine!(conn, c => sqlx::query(sqlx::AssertSqlSafe(sql))
            .fetch_optional(c)
            .await?
            .map(|row| self.read(&row))
            .transpose())?;
        Ok(row.map(|row| self.key_of(&row)))
    }

    /// The rows behind this key, in order, at most so many.
    pub(crate) async fn rows(
        &self,
        conn: &mut Conn<'_>,
        after: Option<&Key>,
        limit: i64,
    ) -> Result<Vec<Row>> {
        let (columns, name, keys) = (self.columns(), self.name, self.key_columns());
        let behind = match after {
            Some(_) => format!("WHERE ({keys}) > ({})", placeholders(2, self.key)),
            None => String::new(),
        };
        let sql = format!("SELECT {columns} FROM {name} {behind} ORDER BY {keys} LIMIT $1");
        let after = after.map(|key| key.0.clone()).unwrap_or_default();
        Ok(on_engine!(conn, c => {
            let mut query = sqlx::query(sqlx::AssertSqlSafe(sql)).bind(limit);
            for value in after {
                query = bind(query, value);
            }
            query.fetch_all(c).await?.iter().map(|row| self.read(row)).collect::<Result<_, sqlx::Error>>()
        })?)
    }

    /// Inserts rows that are not there.
    pub(crate) async fn insert(&self, conn: &mut Conn<'_>, rows: &[Row]) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let values = conn.placeholder_rows(1, rows.len(), self.columns.len());
        let sql = format!("INSERT INTO {} ({}) VALUES {values}", self.name, self.columns());
        on_engine!(conn, c => {
            let mut query = sqlx::query(sqlx::AssertSqlSafe(sql));
            for value in rows.iter().flat_map(|row| row.0.clone()) {
                query = bind(query, value);
            }
            query.execute(c).await.map(drop)
        })?;
        Ok(())
    }

    /// The key of a row.
    pub(crate) fn key_of(&self, row: &Row) -> Key {
        Key(row.0[..self.key].to_vec())
    }

    /// Rows that one statement can insert: an engine takes 32,766 values.
    pub(crate) fn portion(&self) -> i64 {
        i64::try_from(10_000 / self.columns.len()).unwrap_or(1)
    }

    fn read<R>(&self, row: &R) -> Result<Row, sqlx::Error>
    where
        R: sqlx::Row,
        usize: sqlx::ColumnIndex<R>,
        for<'r> Option<Uuid>: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
        for<'r> Option<String>: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
        for<'r> Option<i64>: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
        for<'r> Option<bool>: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
        for<'r> Option<Vec<u8>>: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
    {
        let value = |(index, (_, kind)): (usize, &(_, Kind))| {
            Ok(match kind {
                Id => Value::Id(row.try_get(index)?),
                Text => Value::Text(row.try_get(index)?),
                Number => Value::Number(row.try_get(index)?),
                Bool => Value::Bool(row.try_get(index)?),
                Bytes => Value::Bytes(row.try_get(index)?),
            })
        };
        Ok(Row(self.columns.iter().enumerate().map(value).collect::<Result<_, sqlx::Error>>()?))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::testing::TestDb;

    #[tokio::test]
    async fn every_column_is_copied() {
        const COLUMNS: &str = "SELECT t.name, c.name FROM sqlite_master t JOIN pragma_table_info(t.name) c \
             WHERE t.type = 'table' AND t.name NOT LIKE '!_%' ESCAPE '!' AND t.name NOT LIKE 'sqlite%'";
        let test_db = TestDb::on_sqlite().await;
        let mut reader = test_db.db.reader().await.unwrap();
        let columns: Vec<(String, String)> =
            on_engine!(&mut reader.conn(), c => sqlx::query_as(COLUMNS).fetch_all(c).await).unwrap();
        let is_data =
            |(table, _): &(String, String)| !["unfinished_copy", "database_state"].contains(&&**table);
        let there = columns.into_iter().filter(is_data).collect::<BTreeSet<_>>();
        let copied = TABLES.iter().flat_map(|table| {
            table.columns.iter().map(|(column, _)| (table.name.to_owned(), (*column).to_owned()))
        });
        assert_eq!(copied.collect::<BTreeSet<_>>(), there);
    }
}
