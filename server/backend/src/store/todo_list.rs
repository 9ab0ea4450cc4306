//! Lists of todos: a filter and an order, put together as one statement.

use std::collections::HashMap;

use sqlx::AssertSqlSafe;

use super::{
    encoded_todo,
    todo_filter::{Arg, Filter, bind},
    todos::{self, Keys, Todo, columns, more_columns},
};
use crate::{
    error::{Error, Result},
    ids::{AccountId, TodoId},
    store::conn::{Conn, on_engine},
};

/// The order of a list, with the key of the todo behind which it starts.
#[derive(Clone, Debug)]
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
    /// By place in the manual order and by number.
    Position { after: Option<(String, i64)> },
}

/// `due_at`, priority and number of the last todos that were listed, of either kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct DuePosition {
    /// Of those that are due by a wall clock, or never.
    pub(crate) wall_clock: Option<(i64, i64, i64)>,
    /// Of those that are due at an instant.
    pub(crate) instant: Option<(i64, i64, i64)>,
}

/// A statement under construction.
struct Statement {
    sql: String,
    args: Vec<Arg>,
}

impl Statement {
    /// Adds a value and returns its placeholder.
    fn arg(&mut self, arg: Arg) -> String {
        bind(&mut self.args, arg)
    }

    /// Adds a condition.
    fn and(&mut self, condition: &str) {
        self.sql.push_str(" AND ");
        self.sql.push_str(condition);
    }

    fn limit(&mut self, limit: i64) {
        let limit = self.arg(Arg::Int(limit));
        self.sql.push_str(" LIMIT ");
        self.sql.push_str(&limit);
    }

    fn filter(&mut self, filter: &Filter) {
        for condition in filter.conditions(&mut self.args) {
            // What has an OR in it must not take the others in.
            self.and(&format!("({condition})"));
        }
    }

    fn order_by(&mut self, plus: &str, columns: &str) {
        for part in [" ORDER BY ", plus, columns] {
            self.sql.push_str(part);
        }
    }

    /// Adds the order. `plus` stands before its first column.
    fn order(&mut self, plus: &str, order: Order) {
        match order {
            Order::Number { after } => {
                if let Some(number) = after {
                    let number = self.arg(Arg::Int(number));
                    self.and(&format!("number > {number}"));
                }
                self.order_by(plus, "number");
            }
            Order::Newest { after } => {
                if let Some(number) = after {
                    let number = self.arg(Arg::Int(number));
                    self.and(&format!("number < {number}"));
                }
                self.order_by(plus, "number DESC");
            }
            // In halves.
            Order::Due { .. } => {}
            Order::Changed { after } => {
                if let Some((revision, number)) = after {
                    let key = [revision, number].map(|value| self.arg(Arg::Int(value)));
                    self.and(&format!("(revision, number) < ({})", key.join(", ")));
                }
                self.order_by(plus, "revision DESC, number DESC");
            }
            Order::Position { after } => {
                if let Some((position, number)) = after {
                    let position = self.arg(Arg::Text(position));
                    let number = self.arg(Arg::Int(number));
                    self.and(&format!("(position, number) > ({position}, {number})"));
                }
                self.sql.push_str(" ORDER BY position, number");
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

/// A column that tells whether a list of these may have todos that are due at an instant.
fn has_instants(filter: &Filter) -> &'static str {
    if filter.is_open() && filter.is_outside_trash() {
        ", EXISTS (SELECT 1 FROM todos WHERE account_id = $1 AND due_zoned = TRUE \
         AND complete_time IS NULL AND delete_time IS NULL)"
    } else {
        ", TRUE"
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

/// Returns the todos of the owner that match, at most `limit` of them; of each kind of due time, in [`Order::Due`]. Only
/// `whole` ones have what lists leave out.
pub(crate) async fn list(
    conn: &mut Conn<'_>,
    owner: AccountId,
    filter: &Filter,
    order: Order,
    whole: bool,
    limit: i64,
) -> Result<Vec<Todo>> {
    if filter.is_in_trash() {
        return trash(conn, owner, filter, &order, limit).await;
    }
    // Where nothing is in the trash there is no need to look at the projects.
    let is_short = filter.is_outside_trash() && !whole && !matches!(order, Order::Position { .. });
    let columns = if is_short { columns!() } else { concat!(columns!(), ", ", more_columns!()) };
    let mut todos = Vec::new();
    for statement in ordered(conn, owner, filter, columns, &order, limit) {
        let part: Vec<Todo> = fetch!(conn, statement);
        todos.extend(part);
    }
    Ok(todos)
}

/// Lists what is in the trash, which no index has in order: first only their numbers are sorted.
async fn trash(
    conn: &mut Conn<'_>,
    owner: AccountId,
    filter: &Filter,
    order: &Order,
    limit: i64,
) -> Result<Vec<Todo>> {
    let mut numbers = Vec::new();
    for statement in ordered(conn, owner, filter, "number", order, limit) {
        let part: Vec<(i64,)> = fetch!(conn, statement);
        numbers.extend(part.into_iter().map(|(number,)| number));
    }
    let mut todos = todos::find_by_numbers(conn, owner, &numbers).await?;
    let places: HashMap<i64, usize> = numbers.into_iter().zip(0..).collect();
    todos.sort_by_key(|todo| places.get(&todo.number).copied());
    Ok(todos)
}

/// The statements of a list, to be run one after the other: in [`Order::Due`] one for each kind of due time.
fn ordered(
    conn: &Conn<'_>,
    owner: AccountId,
    filter: &Filter,
    columns: &str,
    order: &Order,
    limit: i64,
) -> Vec<Statement> {
    let mut statements = match order {
        // Written as the index has it, and not as a truth, so that SQLite finds the place in it.
        Order::Due { after } => {
            [("due_zoned = FALSE", after.wall_clock), ("due_zoned = TRUE", after.instant)]
                .map(|(kind, after)| {
                    let mut statement = select(owner, filter, columns);
                    statement.half(kind, after);
                    statement
                })
                .into()
        }
        order => {
            let mut statement = select(owner, filter, columns);
            statement.order(order_prefix(filter, conn), order.clone());
            vec![statement]
        }
    };
    for statement in &mut statements {
        statement.limit(limit);
    }
    statements
}

/// Todos of one kind of due time, one behind the other in the bytes of the answer.
#[derive(Default)]
pub(crate) struct EncodedTodos {
    pub(crate) bytes: Vec<u8>,
    count: usize,
    /// When those that are due at an instant are: what was stored is what they are ordered by.
    instants: Option<Vec<i64>>,
}

impl EncodedTodos {
    /// Each with its keys, and in its bytes. Reading the keys takes longer than all the rest.
    pub(crate) fn keyed(&self) -> Result<Vec<(Keys, &[u8])>> {
        let mut rest = &self.bytes[..];
        let mut next = |index| {
            let start = rest;
            let keys = self.keys(index, encoded_todo::take_first(&mut rest)?)?;
            Ok((keys, &start[..start.len() - rest.len()]))
        };
        (0..self.count).map(&mut next).collect()
    }

    /// Leaves out those behind the first ones, and returns the keys of the last that is left. `None` if there are not as many.
    pub(crate) fn truncate(&mut self, count: usize) -> Result<Option<Keys>> {
        if self.count <= count {
            return Ok(None);
        }
        let (mut rest, mut last) = (&self.bytes[..], &[][..]);
        for _ in 0..count {
            last = encoded_todo::take_first(&mut rest)?;
        }
        let keys = self.keys(count.saturating_sub(1), last)?;
        let length = self.bytes.len() - rest.len();
        self.bytes.truncate(length);
        self.count = count;
        Ok(Some(keys))
    }

    fn keys(&self, index: usize, message: &[u8]) -> Result<Keys> {
        let keys = encoded_todo::keys(message)?;
        let stored = self.instants.as_ref().and_then(|instants| instants.get(index));
        Ok(Keys { due_at: stored.copied().unwrap_or(keys.due_at), ..keys })
    }
}

/// The todos of a statement, joined: their bytes, how many there are and how many of those are encoded, when those that
/// are due at an instant are due, and whether there may be any such.
type Joined = (Option<Vec<u8>>, i64, i64, Option<String>, bool);

/// Like [`list`], for todos outside the trash and without what lists leave out, but joined by the engine: those of each kind of due
/// time in [`Order::Due`], else all together, if there are some. `None` if one of them is not encoded.
pub(crate) async fn encoded(
    conn: &mut Conn<'_>,
    owner: AccountId,
    filter: &Filter,
    order: Order,
    limit: i64,
) -> Result<Option<Vec<EncodedTodos>>> {
    // Only the first statement of two says whether the second is needed.
    let (columns, more) = match order {
        Order::Due { .. } => (
            "encoded, due_at",
            vec![format!("NULL{}", has_instants(filter)), "string_agg(due_at || ' ', ''), FALSE".into()],
        ),
        _ => ("encoded", vec!["NULL, FALSE".into()]),
    };
    let mut kinds = Vec::new();
    for (Statement { sql, args }, more) in
        ordered(conn, owner, filter, columns, &order, limit).into_iter().zip(more)
    {
        let sql =
            format!("SELECT string_agg(encoded, ''), count(*), count(encoded), {more} FROM ({sql}) AS page");
        let joined: Vec<Joined> = fetch!(conn, Statement { sql, args });
        let may_be_instants = joined.first().is_none_or(|joined| joined.4);
        let Some(todos) = separate(joined)? else { return Ok(None) };
        if todos.count > 0 {
            kinds.push(todos);
        }
        if !may_be_instants {
            break;
        }
    }
    Ok(Some(kinds))
}

/// Reads what a statement has joined. `None` if one of the todos is not encoded.
fn separate(joined: Vec<Joined>) -> Result<Option<EncodedTodos>> {
    let Some((bytes, count, encoded, instants, _)) = joined.into_iter().next() else {
        return Ok(Some(EncodedTodos::default()));
    };
    if count != encoded {
        return Ok(None);
    }
    let damaged = || Error::internal("a page that cannot be read");
    let instants = instants
        .map(|times| times.split_ascii_whitespace().map(str::parse).collect::<Result<_, _>>())
        .transpose()
        .map_err(|_| damaged())?;
    let count = usize::try_from(count).map_err(|_| damaged())?;
    Ok(Some(EncodedTodos { bytes: bytes.unwrap_or_default(), count, instants }))
}

/// What stands before the order of a list. In one project or in the trash are few of all todos: an index that has all of them in
/// the order must not be preferred to one that has those few.
fn order_prefix(filter: &Filter, conn: &Conn<'_>) -> &'static str {
    if filter.is_in_trash() || filter.is_of_one_project() { conn.by_no_index() } else { "" }
}

/// Selects from the owner's todos that match.
fn select(owner: AccountId, filter: &Filter, columns: &str) -> Statement {
    let sql = format!("SELECT {columns} FROM todos WHERE account_id = $1");
    let mut statement = Statement { sql, args: vec![Arg::Id(owner.as_uuid())] };
    statement.filter(filter);
    statement
}

/// Returns the ids of the owner's todos that match, by number, at most `limit` of them.
pub(crate) async fn matching(
    conn: &mut Conn<'_>,
    owner: AccountId,
    filter: &Filter,
    limit: i64,
) -> Result<Vec<TodoId>> {
    let mut statement = select(owner, filter, "id");
    statement.sql.push_str(" ORDER BY number");
    statement.limit(limit);
    let ids: Vec<(TodoId,)> = fetch!(conn, statement);
    Ok(ids.into_iter().map(|(id,)| id).collect())
}

/// Returns how many of the owner's todos match, at most `limit`.
pub(crate) async fn count(conn: &mut Conn<'_>, owner: AccountId, filter: &Filter, limit: i64) -> Result<i64> {
    let mut statement = select(owner, filter, "1");
    statement.limit(limit);
    statement.sql = format!("SELECT count(*) FROM ({}) AS matching", statement.sql);
    let counts: Vec<(i64,)> = fetch!(conn, statement);
    Ok(counts.into_iter().map(|(count,)| count).sum())
}

#[cfg(test)]
mod plans;
