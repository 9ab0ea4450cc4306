//! Lists of todos: a filter and an order, put together as one statement.

use sqlx::{AssertSqlSafe, ColumnIndex, Decode, FromRow, Row, Type};
use todo_model::text::folded;
use uuid::Uuid;

use super::todos::{Todo, columns, more_columns};
use crate::{
    error::Result,
    ids::{AccountId, ProjectId, TodoId},
    store::conn::{Conn, on_engine},
};

/// What a list leaves out. Every filter that is set must match.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    pub(crate) project: Option<ProjectId>,
    pub(crate) completed: Option<bool>,
    pub(crate) deleted: Option<bool>,
    pub(crate) tag: Option<String>,
    pub(crate) query: Option<String>,
    pub(crate) due_from: Option<DueBound>,
    pub(crate) due_before: Option<DueBound>,
    pub(crate) numbers: Vec<i64>,
    /// The lowest and the highest id to list.
    pub(crate) ids: Option<(Uuid, Uuid)>,
    pub(crate) parent: Option<TodoId>,
}

/// A moment, for both ways to be due.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DueBound {
    /// The wall clock, read as UTC.
    pub(crate) wall_clock: i64,
    /// The instant, in microseconds since the Unix epoch.
    pub(crate) instant: i64,
}

/// The order of a list, with the key of the todo behind which it starts.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Order {
    /// By number.
    Number { after: Option<i64> },
    /// By number, the newest first.
    Newest { after: Option<i64> },
    /// By due time, priority and number, wall clocks and instants each by themselves: [`list`] returns the first of both,
    /// which only the account's zone brings into one order.
    Due { after: DuePosition },
    /// By the last change and by number, the latest first.
    Changed { after: Option<(i64, i64)> },
}

/// `due_at`, priority and number of the last todos that were listed, of either kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct DuePosition {
    /// Of those that are due by a wall clock, or never.
    pub(crate) wall_clock: Option<(i64, i64, i64)>,
    /// Of those that are due at an instant.
    pub(crate) instant: Option<(i64, i64, i64)>,
}

enum Arg {
    Int(i64),
    Text(String),
    Id(Uuid),
}

/// Few or none.
const DELETED_PROJECTS: &str = "SELECT id FROM projects WHERE account_id = $1 AND delete_time IS NOT NULL";

/// A statement under construction.
struct Statement {
    sql: String,
    args: Vec<Arg>,
}

impl Statement {
    /// Adds a value and returns its placeholder.
    fn arg(&mut self, arg: Arg) -> String {
        self.args.push(arg);
        format!("${}", self.args.len())
    }

    /// Adds a condition.
    fn and(&mut self, condition: &str) {
        self.sql.push_str(" AND ");
        self.sql.push_str(condition);
    }

    fn due(&mut self, comparison: &str, bound: DueBound) {
        let wall_clock = self.arg(Arg::Int(bound.wall_clock));
        let instant = self.arg(Arg::Int(bound.instant));
        self.and(&format!(
            "due IS NOT NULL AND due_at {comparison} CASE WHEN due_zoned THEN {instant} ELSE {wall_clock} END"
        ));
    }

    fn contains(&mut self, column: &str, text: &str) {
        let pattern = self.arg(Arg::Text(format!("%{}%", escape_like(text))));
        self.and(&format!("{column} LIKE {pattern} ESCAPE '!'"));
    }

    fn filter(&mut self, filter: &Filter) {
        // Literal conditions, so that the partial indexes apply.
        match filter.deleted {
            Some(false) => {
                self.and("delete_time IS NULL");
                // Mostly there is none, which is asked once; a set to compare each row with costs more.
                self.and(&format!(
                    "(NOT EXISTS ({DELETED_PROJECTS}) OR project_id NOT IN ({DELETED_PROJECTS}))"
                ));
            }
            Some(true) => {
                self.and(&format!("(delete_time IS NOT NULL OR project_id IN ({DELETED_PROJECTS}))"));
            }
            None => {}
        }
        match filter.completed {
            Some(false) => self.and("complete_time IS NULL"),
            Some(true) => self.and("complete_time IS NOT NULL"),
            None => {}
        }
        if let Some(project) = filter.project {
            let project = self.arg(Arg::Id(project.as_uuid()));
            self.and(&format!("project_id = {project}"));
        }
        if let Some(parent) = filter.parent {
            let parent = self.arg(Arg::Id(parent.as_uuid()));
            self.and(&format!("parent_id = {parent}"));
        }
        if let Some((lowest, highest)) = filter.ids {
            let (lowest, highest) = (self.arg(Arg::Id(lowest)), self.arg(Arg::Id(highest)));
            self.and(&format!("id BETWEEN {lowest} AND {highest}"));
        }
        if !filter.numbers.is_empty() {
            let numbers: Vec<_> = filter.numbers.iter().map(|number| self.arg(Arg::Int(*number))).collect();
            self.and(&format!("number IN ({})", numbers.join(", ")));
        }
        if let Some(bound) = filter.due_from {
            self.due(">=", bound);
        }
        if let Some(bound) = filter.due_before {
            self.due("<", bound);
        }
        if let Some(tag) = &filter.tag {
            self.contains("tags_key", &format!("\n{}\n", folded(tag)));
        }
        if let Some(query) = &filter.query {
            self.contains("search_key", &folded(query));
        }
    }

    fn order(&mut self, order: Order) {
        match order {
            Order::Number { after } => {
                if let Some(number) = after {
                    let number = self.arg(Arg::Int(number));
                    self.and(&format!("number > {number}"));
                }
                self.sql.push_str(" ORDER BY number");
            }
            Order::Newest { after } => {
                if let Some(number) = after {
                    let number = self.arg(Arg::Int(number));
                    self.and(&format!("number < {number}"));
                }
                self.sql.push_str(" ORDER BY number DESC");
            }
            // In halves.
            Order::Due { .. } => {}
            Order::Changed { after } => {
                if let Some((revision, number)) = after {
                    let key = [revision, number].map(|value| self.arg(Arg::Int(value)));
                    self.and(&format!("(revision, number) < ({})", key.join(", ")));
                }
                self.sql.push_str(" ORDER BY revision DESC, number DESC");
            }
        }
    }
}

impl Statement {
    /// Takes the todos of one kind of due time from behind a place in their order.
    fn half(&mut self, kind: &str, after: Option<(i64, i64, i64)>) {
        self.and(kind);
        if let Some((due_at, priority, number)) = after {
            let key = [due_at, priority, number].map(|value| self.arg(Arg::Int(value)));
            self.and(&format!("(due_at, priority, number) > ({})", key.join(", ")));
        }
        self.sql.push_str(" ORDER BY due_at, priority, number");
    }
}

impl Filter {
    /// A column that tells whether a list of these may have todos that are due at an instant.
    fn has_instants(&self) -> &'static str {
        match (self.completed, self.deleted) {
            (Some(false), Some(false)) => {
                ", EXISTS (SELECT 1 FROM todos WHERE account_id = $1 AND due_zoned = TRUE \
                 AND complete_time IS NULL AND delete_time IS NULL)"
            }
            _ => ", TRUE",
        }
    }
}

/// Runs a statement and reads its rows.
macro_rules! fetch {
    ($conn:expr, $statement:expr) => {{
        let Statement { sql, args } = $statement;
        on_engine!(&mut *$conn, c => {
            let mut query = sqlx::query_as(AssertSqlSafe(sql));
            for arg in args {
                query = match arg {
                    Arg::Int(value) => query.bind(value),
                    Arg::Text(value) => query.bind(value),
                    Arg::Id(value) => query.bind(value),
                };
            }
            query.fetch_all(c).await
        })?
    }};
}

/// Returns the todos of the owner that match, at most `limit` of them; of each kind of due time, in [`Order::Due`].
pub(crate) async fn list(
    conn: &mut Conn<'_>,
    owner: AccountId,
    filter: &Filter,
    order: Order,
    limit: i64,
) -> Result<Vec<Todo>> {
    let Order::Due { after } = order else {
        return Ok(fetch!(conn, statement(owner, filter, "", |statement| statement.order(order), limit)));
    };
    let half = |more: &str, kind: &str, after: Option<(i64, i64, i64)>| {
        statement(owner, filter, more, |statement| statement.half(kind, after), limit)
    };
    // Written as the index has it, and not as a truth, so that SQLite finds the place in it.
    let by_wall_clock: Vec<DueByWallClock> =
        fetch!(conn, half(filter.has_instants(), "due_zoned = FALSE", after.wall_clock));
    let may_be_instants = by_wall_clock.first().is_none_or(|first| first.has_instants);
    let mut todos: Vec<Todo> = by_wall_clock.into_iter().map(|row| row.todo).collect();
    if may_be_instants {
        let instants: Vec<Todo> = fetch!(conn, half("", "due_zoned = TRUE", after.instant));
        todos.extend(instants);
    }
    Ok(todos)
}

/// A todo that is due by a wall clock, and whether there may be others that are due at an instant: most accounts have
/// none, and then nobody has to ask.
struct DueByWallClock {
    todo: Todo,
    has_instants: bool,
}

impl<'r, R: Row> FromRow<'r, R> for DueByWallClock
where
    Todo: FromRow<'r, R>,
    usize: ColumnIndex<R>,
    bool: Decode<'r, R::Database> + Type<R::Database>,
{
    fn from_row(row: &'r R) -> sqlx::Result<Self> {
        let last = row.len().saturating_sub(1);
        Ok(Self { todo: Todo::from_row(row)?, has_instants: row.try_get(last)? })
    }
}

/// `more` is a column behind the others, or empty.
fn statement(
    owner: AccountId,
    filter: &Filter,
    more: &str,
    order: impl FnOnce(&mut Statement),
    limit: i64,
) -> Statement {
    let columns = match filter.deleted {
        // Where nothing is in the trash there is no need to look at the projects.
        Some(false) => columns!(),
        _ => concat!(columns!(), ", ", more_columns!()),
    };
    let sql = format!("SELECT {columns}{more} FROM todos WHERE account_id = $1");
    let mut statement = Statement { sql, args: vec![Arg::Id(owner.as_uuid())] };
    statement.filter(filter);
    order(&mut statement);
    let limit = statement.arg(Arg::Int(limit));
    statement.sql.push_str(" LIMIT ");
    statement.sql.push_str(&limit);
    statement
}

/// The pattern that matches this text and nothing else.
fn escape_like(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '!' | '%' | '_') {
            pattern.push('!');
        }
        pattern.push(c);
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn like_wildcards_are_escaped() {
        assert_eq!(escape_like("100%_sure!"), "100!%!_sure!!");
    }
}
