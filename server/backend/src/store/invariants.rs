//! What holds in every database, whatever was done to it. Each but one is a question for the rows that break it.

use super::{
    conn::{Conn, on_engine},
    derived,
    usage::{operation_bytes, todo_bytes},
};
use crate::error::Result;

/// What must not be found, and the statement that counts it.
const INVARIANTS: &[(&str, &str)] = &[
    (
        "todos whose project is not their account's",
        "SELECT count(*) FROM todos t WHERE NOT EXISTS \
         (SELECT 1 FROM projects p WHERE p.account_id = t.account_id AND p.id = t.project_id)",
    ),
    (
        "accounts that the todo service does not know",
        "SELECT count(*) FROM accounts a WHERE a.delete_time IS NULL \
         AND NOT EXISTS (SELECT 1 FROM todo_accounts t WHERE t.account_id = a.id)",
    ),
    (
        "todos that are newer than their account says",
        "SELECT count(*) FROM todos t JOIN todo_accounts a ON a.account_id = t.account_id WHERE t.revision > a.revision",
    ),
    (
        "todos with a number that would be given once more",
        "SELECT count(*) FROM todos t JOIN todo_accounts a ON a.account_id = t.account_id \
         WHERE t.number >= a.next_number",
    ),
    (
        "purged todos with a number that would be given once more",
        "SELECT count(*) FROM tombstones t JOIN todo_accounts a ON a.account_id = t.account_id \
         WHERE t.number >= a.next_number",
    ),
    (
        "todos that are there and purged at once",
        "SELECT count(*) FROM todos t JOIN tombstones b ON b.account_id = t.account_id AND b.id = t.id AND NOT b.project",
    ),
    (
        "projects that are there and purged at once",
        "SELECT count(*) FROM projects p JOIN tombstones b ON b.account_id = p.account_id AND b.id = p.id AND b.project",
    ),
    (
        "todos that are parts of a todo that is not there",
        "SELECT count(*) FROM todos t WHERE t.parent_id IS NOT NULL AND NOT EXISTS \
         (SELECT 1 FROM todos p WHERE p.account_id = t.account_id AND p.id = t.parent_id)",
    ),
    (
        "todos that are parts of each other in a circle, or too deep",
        "WITH RECURSIVE tree (account_id, id, depth) AS (\
         SELECT account_id, id, CAST(1 AS BIGINT) FROM todos WHERE parent_id IS NULL \
         UNION ALL SELECT t.account_id, t.id, tree.depth + 1 FROM tree \
         JOIN todos t ON t.account_id = tree.account_id AND t.parent_id = tree.id WHERE tree.depth < 16) \
         SELECT (SELECT count(*) FROM todos) - (SELECT count(*) FROM tree)",
    ),
    (
        "todos that are parts of a todo in another project",
        "SELECT count(*) FROM todos t JOIN todos p ON p.account_id = t.account_id AND p.id = t.parent_id \
         WHERE t.project_id <> p.project_id",
    ),
    (
        "accounts without exactly one Inbox",
        "SELECT count(*) FROM accounts a WHERE a.delete_time IS NULL AND 1 <> \
         (SELECT count(*) FROM projects p WHERE p.account_id = a.id AND p.inbox AND p.delete_time IS NULL)",
    ),
    (
        "projects and purges that are newer than their account says",
        "SELECT (SELECT count(*) FROM projects p JOIN todo_accounts a ON a.account_id = p.account_id \
         WHERE p.revision > a.revision) + (SELECT count(*) FROM tombstones t \
         JOIN todo_accounts a ON a.account_id = t.account_id WHERE t.revision > a.revision)",
    ),
    (
        "operations that are newer than their account says",
        "SELECT count(*) FROM operations o JOIN todo_accounts a ON a.account_id = o.account_id \
         WHERE o.revision > a.revision",
    ),
    (
        "accounts whose todos and operations take more or less than they say",
        concat!(
            "SELECT count(*) FROM todo_accounts a WHERE \
             a.used_todos <> (SELECT count(*) FROM todos t WHERE t.account_id = a.account_id) OR a.used_bytes <> \
             (SELECT COALESCE(sum(",
            todo_bytes!(),
            "), 0) FROM todos t WHERE t.account_id = a.account_id) + (SELECT COALESCE(sum(",
            operation_bytes!(),
            "), 0) FROM operations o WHERE o.account_id = a.account_id)"
        ),
    ),
    (
        "sessions of no account",
        "SELECT count(*) FROM sessions s WHERE NOT EXISTS (SELECT 1 FROM accounts a WHERE a.id = s.account_id)",
    ),
];

/// Counts what breaks each invariant: what it is, and how many rows.
pub(crate) async fn violated(conn: &mut Conn<'_>) -> Result<Vec<(&'static str, i64)>> {
    let mut found = Vec::new();
    for (what, sql) in INVARIANTS {
        let count: i64 = on_engine!(&mut *conn, c => sqlx::query_scalar(*sql).fetch_one(c).await)?;
        if count > 0 {
            found.push((*what, count));
        }
    }
    let differing = derived::count_differing(conn).await?;
    if differing > 0 {
        found.push(("todos that lists or searches take for others than they are", differing));
    }
    Ok(found)
}

/// How many invariants there are.
pub(crate) fn count() -> usize {
    INVARIANTS.len() + 1
}
