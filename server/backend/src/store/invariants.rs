//! What holds in every database, whatever was done to it. Each is a question for the rows that break it.

use super::conn::{Conn, on_engine};
use crate::error::Result;

/// What must not be found, and the statement that counts it.
const INVARIANTS: &[(&str, &str)] = &[
    (
        "todos whose project is not their account's",
        "SELECT count(*) FROM todos t WHERE NOT EXISTS \
         (SELECT 1 FROM projects p WHERE p.account_id = t.account_id AND p.id = t.project_id)",
    ),
    (
        "todos that are newer than their project says",
        "SELECT count(*) FROM todos t JOIN projects p ON p.account_id = t.account_id AND p.id = t.project_id \
         WHERE t.revision > p.revision",
    ),
    (
        "todos with a number that would be given once more",
        "SELECT count(*) FROM todos t JOIN accounts a ON a.id = t.account_id WHERE t.number >= a.next_number",
    ),
    (
        "purged todos with a number that would be given once more",
        "SELECT count(*) FROM tombstones t JOIN accounts a ON a.id = t.account_id WHERE t.number >= a.next_number",
    ),
    (
        "todos that are there and purged at once",
        "SELECT count(*) FROM todos t JOIN tombstones b ON b.account_id = t.account_id AND b.id = t.id",
    ),
    (
        "accounts without exactly one Inbox",
        "SELECT count(*) FROM accounts a WHERE 1 <> \
         (SELECT count(*) FROM projects p WHERE p.account_id = a.id AND p.inbox AND p.delete_time IS NULL)",
    ),
    (
        "projects that are newer inside than outside",
        "SELECT count(*) FROM projects WHERE own_revision > revision OR horizon > revision",
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
    Ok(found)
}

/// How many invariants there are.
pub(crate) fn count() -> usize {
    INVARIANTS.len()
}
