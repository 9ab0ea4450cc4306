//! Which indexes the lists are read by, as each engine says.

use jiff::tz::TimeZone;
use sqlx::Executor as _;
use todo_model::grammar;

use super::{Arg, DuePosition, Filter, Order, Statement, ordered};
use crate::{ids::AccountId, store::conn::Conn, testing::TestDb};

/// Large enough that a look at every row is never the best: half of them done, a tenth in the trash, in 50 projects.
const TODOS: i64 = 20_000;

/// The statements that `list` runs.
fn statements(owner: AccountId, filter: &str, order: &Order, conn: &Conn<'_>) -> Vec<Statement> {
    let filter = Filter::new(&grammar::Filter::parse(filter).unwrap(), TimeZone::UTC);
    ordered(conn, owner, &filter, "id, title", order, 100)
}

/// What the engine says it would do.
async fn plan(conn: &mut Conn<'_>, Statement { sql, args }: Statement) -> String {
    macro_rules! explain {
        ($explain:literal, $row:ty, $connection:expr) => {{
            let mut query = sqlx::query_as::<_, $row>(sqlx::AssertSqlSafe(format!("{} {sql}", $explain)));
            for arg in args {
                query = match arg {
                    Arg::Int(value) => query.bind(value),
                    Arg::Text(value) => query.bind(value),
                    Arg::Id(value) => query.bind(value),
                };
            }
            query.fetch_all(&mut **$connection).await.unwrap()
        }};
    }
    let lines: Vec<String> = match conn {
        Conn::Sqlite(connection) => explain!("EXPLAIN QUERY PLAN", (i64, i64, i64, String), connection)
            .into_iter()
            .map(|row| row.3)
            .collect(),
        Conn::Postgres(connection) => {
            explain!("EXPLAIN", (String,), connection).into_iter().map(|row| row.0).collect()
        }
    };
    lines.join("\n")
}

/// Fills a database with todos of one account, and returns the id of one of its projects.
async fn fill(test_db: &TestDb, owner: AccountId) -> String {
    let number = match test_db.db.reader().await.unwrap().conn() {
        Conn::Sqlite(_) => {
            "WITH RECURSIVE n (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < {todos}) "
        }
        Conn::Postgres(_) => "WITH n (n) AS (SELECT generate_series(1, {todos})) ",
    };
    let is_sqlite = number.starts_with("WITH R");
    let id = |kind: i64| {
        if is_sqlite {
            format!("CAST(unhex(printf('0000000{kind}000070008000%012x', KEY)) AS BLOB)")
        } else {
            format!("CAST('0000000{kind}-0000-7000-8000-' || lpad(to_hex(KEY), 12, '0') AS UUID)")
        }
    };
    let owner = if is_sqlite {
        format!("unhex('{}')", owner.as_uuid().simple())
    } else {
        format!("CAST('{owner}' AS UUID)")
    };
    let projects = format!(
        "{} INSERT INTO projects (account_id, id, name, name_key, inbox, revision, create_time, update_time) \
         SELECT {owner}, {}, 'p' || n, 'p' || n, FALSE, 1, 0, 0 FROM n",
        number.replace("{todos}", "50"),
        id(2).replace("KEY", "n"),
    );
    let todos = format!(
        "{} INSERT INTO todos (account_id, id, number, project_id, title, description, priority, due_zoned, due_at, tags, \
         position, search_key, tags_key, revision, create_time, update_time, complete_time, delete_time) \
         SELECT {owner}, {}, n, {}, 't', '', 5, n % 3 = 0, 9223372036854775807, '', '1', 't', '', n, 0, 0, \
         CASE WHEN n % 2 = 0 THEN 1 END, CASE WHEN n % 10 = 3 THEN 1 END FROM n",
        number.replace("{todos}", &TODOS.to_string()),
        id(1).replace("KEY", "n"),
        id(2).replace("KEY", "n % 50 + 1"),
    );
    let mut reader = test_db.db.reader().await.unwrap();
    for sql in [projects, todos] {
        match reader.conn() {
            Conn::Sqlite(connection) => connection.execute(sqlx::AssertSqlSafe(sql)).await.map(drop).unwrap(),
            Conn::Postgres(connection) => {
                connection.execute(sqlx::AssertSqlSafe(sql)).await.map(drop).unwrap();
                connection.execute("ANALYZE").await.map(drop).unwrap();
            }
        }
    }
    "00000002-0000-7000-8000-000000000007".to_owned()
}

/// Deletes the todos, of which the account does not know.
async fn empty(test_db: &TestDb) {
    match test_db.db.reader().await.unwrap().conn() {
        Conn::Sqlite(connection) => connection.execute("DELETE FROM todos").await.map(drop).unwrap(),
        Conn::Postgres(connection) => connection.execute("DELETE FROM todos").await.map(drop).unwrap(),
    }
}

/// An index, and whether it has the rows in their order.
type Expected = (&'static str, bool);

crate::testing::on_both_engines! {
    /// Whoever changes a list sees here by which index each engine reads it; on SQLite, in its order (`true`) or to be sorted.
    async fn lists_are_read_by_the_index_that_they_need(test_db: TestDb) {
        let owner = test_db.account("ann").await;
        let project = fill(&test_db, owner).await;
        let due = Order::Due { after: DuePosition::default() };
        let (number, newest) = (Order::Number { after: None }, Order::Newest { after: None });
        let (changed, position) = (Order::Changed { after: None }, Order::Position { after: None });
        let of_project = format!("project:{project}");
        let mut reader = test_db.db.reader().await.unwrap();
        let same = |expected: Expected| [expected; 2];
        let cases: [(&str, &Order, [Expected; 2]); 12] = [
            ("", &due, same(("todos_open", true))),
            (&of_project, &due, [("todos_open_of_project", true), ("of_project", true)]),
            (&of_project, &position, [("todos_of_project", true), ("of_project", false)]),
            (&of_project, &number, same(("of_project", false))),
            (&of_project, &newest, same(("of_project", false))),
            (&of_project, &changed, same(("of_project", false))),
            ("is:done", &changed, same(("todos_done", true))),
            ("is:any", &changed, same(("todos_changed", true))),
            ("is:any", &newest, same(("todos_by_number", true))),
            ("is:trash", &changed, [("todos_trash", false), ("todos_changed", true)]),
            ("is:trash", &number, [("todos_trash", false), ("todos_by_number", true)]),
            ("3-5", &number, same(("todos_by_number", true))),
        ];
        for (filter, order, expected) in cases {
            let is_sqlite = matches!(reader.conn(), Conn::Sqlite(_));
            let (index, in_order) = if is_sqlite { expected[0] } else { expected[1] };
            for statement in statements(owner, filter, order, &reader.conn()) {
                let sql = statement.sql.clone();
                let plan = plan(&mut reader.conn(), statement).await;
                assert!(plan.contains(index), "{filter} {order:?}: {index}\n{sql}\n{plan}");
                let is_sorted = plan.contains("ORDER BY") || plan.contains("Sort");
                // PostgreSQL decides by how many rows there are whether to sort them.
                assert!(!is_sqlite || is_sorted != in_order, "{filter} {order:?}\n{sql}\n{plan}");
                assert!(!plan.contains("SCAN todos") && !plan.contains("Seq Scan on todos"), "{plan}");
                if is_sqlite && filter == "is:trash" {
                    assert!(plan.contains("todos_of_project"), "of deleted projects: {plan}");
                }
            }
        }
        drop(reader);
        empty(&test_db).await;
    }
}
