//! ListTodos: reads the filter, and turns the key of the last todo into the token of the next page.

use jiff::tz::TimeZone;
use prost::Message;
use todo_model::{
    IdPrefix,
    due::{InvalidDue, parse_date_time},
    limits, time_zone,
};
use todo_proto::todo::v1;
use uuid::Uuid;

use super::{
    convert,
    validate::{Violations, optional_uuid},
};
use crate::{
    error::{Error, Result},
    ids::{AccountId, ProjectId, TodoId},
    pagination,
    store::{
        conn::Conn,
        db::Db,
        due_keys::{self, wall_clock},
        todo_accounts,
        todo_list::{self, DueBound, DuePosition, Filter, Order},
        todos::Todo,
    },
    time::Time,
    validation::in_field,
};

/// Todos are read in portions, so that a page of large todos ends before it fills the memory.
const BATCH: usize = 128;
/// Text of a page beyond which it ends early. Half of what gRPC clients accept by default.
const PAGE_BYTES: usize = 2 * 1024 * 1024;

/// Behind which todos the next page begins.
#[derive(Clone, PartialEq, Message)]
struct Position {
    /// Of the last todo of the page.
    #[prost(sint64, tag = "1")]
    number: i64,
    /// Of the last todo of the page.
    #[prost(sint64, tag = "2")]
    revision: i64,
    /// In a list by due time, of the last todo that is due by a wall clock or never.
    #[prost(message, optional, tag = "3")]
    wall_clock: Option<DueKey>,
    /// In a list by due time, of the last todo that is due at an instant.
    #[prost(message, optional, tag = "4")]
    instant: Option<DueKey>,
}

#[derive(Clone, Copy, PartialEq, Message)]
struct DueKey {
    #[prost(sint64, tag = "1")]
    due_at: i64,
    #[prost(sint64, tag = "2")]
    priority: i64,
    #[prost(sint64, tag = "3")]
    number: i64,
}

impl DueKey {
    fn of(todo: &Todo) -> Self {
        Self { due_at: todo.due_at, priority: todo.priority, number: todo.number }
    }

    fn tuple(self) -> (i64, i64, i64) {
        (self.due_at, self.priority, self.number)
    }
}

/// Answers ListTodos.
pub(crate) async fn list(
    db: &Db,
    owner: AccountId,
    mut request: v1::ListTodosRequest,
) -> Result<v1::ListTodosResponse> {
    let size = pagination::size(std::mem::take(&mut request.page_size))?;
    let token = std::mem::take(&mut request.page_token);
    let query = pagination::Query::new(owner, "ListTodos", &request);
    let order_by = v1::TodoOrder::try_from(request.order_by)
        .map_err(|_| Error::invalid("order_by", "Must be one of the values of TodoOrder."))?;
    let mut position: Option<Position> = query.key(&token)?;

    let mut reader = db.reader().await?;
    let conn = &mut reader.conn();
    let filter = filter(conn, owner, &request).await?;
    let mut response = v1::ListTodosResponse::default();
    let mut bytes = 0;
    loop {
        let wanted = (size - response.todos.len()).min(BATCH);
        let order = order(order_by, position.as_ref());
        let mut rows = todo_list::list(conn, owner, &filter, order, pagination::limit(wanted)).await?;
        if order_by == v1::TodoOrder::Due {
            merge(conn, owner, &mut rows).await?;
        }
        let has_more = rows.len() > wanted;
        for row in rows.into_iter().take(wanted) {
            bytes += row.title.len() + row.description.len() + row.tags.len();
            step(position.get_or_insert_default(), &row);
            response.todos.push(convert::todo(row));
            if bytes > PAGE_BYTES {
                break;
            }
        }
        let Some(position) = position.as_ref().filter(|_| has_more || bytes > PAGE_BYTES) else {
            return Ok(response);
        };
        if response.todos.len() == size || bytes > PAGE_BYTES {
            response.next_page_token = query.token(position);
            return Ok(response);
        }
    }
}

/// Brings todos of both kinds of due time into one order, as of the account's zone.
async fn merge(conn: &mut Conn<'_>, owner: AccountId, rows: &mut [Todo]) -> Result<()> {
    let zone = match (rows.first(), rows.last()) {
        (Some(first), Some(last)) if first.due_zoned != last.due_zoned => zone(conn, owner, "").await?,
        // Those of one kind are in order already.
        _ => return Ok(()),
    };
    rows.sort_by_cached_key(|todo| {
        (due_keys::order(todo.due_zoned, todo.due_at, &zone), todo.priority, todo.number)
    });
    Ok(())
}

/// Moves behind this todo.
fn step(position: &mut Position, row: &Todo) {
    (position.number, position.revision) = (row.number, row.revision);
    let of_kind = if row.due_zoned { &mut position.instant } else { &mut position.wall_clock };
    *of_kind = Some(DueKey::of(row));
}

fn order(order_by: v1::TodoOrder, after: Option<&Position>) -> Order {
    match order_by {
        v1::TodoOrder::Unspecified => Order::Number { after: after.map(|after| after.number) },
        v1::TodoOrder::Newest => Order::Newest { after: after.map(|after| after.number) },
        v1::TodoOrder::Changed => Order::Changed { after: after.map(|after| (after.revision, after.number)) },
        v1::TodoOrder::Due => Order::Due {
            after: DuePosition {
                wall_clock: after.and_then(|after| after.wall_clock).map(DueKey::tuple),
                instant: after.and_then(|after| after.instant).map(DueKey::tuple),
            },
        },
    }
}

async fn filter(conn: &mut Conn<'_>, owner: AccountId, request: &v1::ListTodosRequest) -> Result<Filter> {
    let mut violations = Violations::default();
    let completed = match v1::TodoStatus::try_from(request.status) {
        Ok(v1::TodoStatus::Unspecified) => None,
        Ok(v1::TodoStatus::NeedsAction) => Some(false),
        Ok(v1::TodoStatus::Completed) => Some(true),
        Err(_) => violations.keep(Err(Error::invalid("status", "Must be one of the values of TodoStatus."))),
    };
    let deleted = match v1::TrashFilter::try_from(request.trash) {
        Ok(v1::TrashFilter::Unspecified) => Some(false),
        Ok(v1::TrashFilter::Include) => None,
        Ok(v1::TrashFilter::Only) => Some(true),
        Err(_) => violations.keep(Err(Error::invalid("trash", "Must be one of the values of TrashFilter."))),
    };
    if request.numbers.len() > limits::IDS {
        violations.keep::<()>(Err(Error::invalid("numbers", "Must be at most 1,000 numbers.")));
    }
    let zone = if request.due_from.is_empty() && request.due_before.is_empty() {
        TimeZone::UTC
    } else {
        let zone = zone(conn, owner, &request.time_zone).await;
        violations.keep(zone).unwrap_or(TimeZone::UTC)
    };
    let filter = Filter {
        project: violations
            .keep(optional_uuid("project_id", &request.project_id))
            .flatten()
            .map(ProjectId::from_uuid),
        parent: violations
            .keep(optional_uuid("parent_id", &request.parent_id))
            .flatten()
            .map(TodoId::from_uuid),
        completed,
        deleted,
        tag: violations.keep(text("tag", &request.tag, limits::TAG_CHARS)).flatten(),
        query: violations.keep(text("query", &request.query, limits::QUERY_CHARS)).flatten(),
        due_from: violations.keep(due_bound("due_from", &request.due_from, &zone)).flatten(),
        due_before: violations.keep(due_bound("due_before", &request.due_before, &zone)).flatten(),
        numbers: request.numbers.clone(),
        ids: violations.keep(id_range(&request.id_prefix)).flatten(),
    };
    violations.or(filter)
}

async fn zone(conn: &mut Conn<'_>, owner: AccountId, name: &str) -> Result<TimeZone> {
    if name.is_empty() {
        let account = todo_accounts::find(conn, owner).await?.ok_or(Error::NotFound)?;
        // A zone that this machine no longer knows must not stop anybody from reading.
        return Ok(TimeZone::get(&account.time_zone).unwrap_or(TimeZone::UTC));
    }
    in_field("time_zone", time_zone::find(name).ok_or(InvalidDue::TimeZone))
}

fn due_bound(field: &str, text: &str, zone: &TimeZone) -> Result<Option<DueBound>> {
    if text.is_empty() {
        return Ok(None);
    }
    let date_time = in_field(field, parse_date_time(text))?;
    let instant = in_field(field, time_zone::instant(date_time, zone).ok_or(InvalidDue::OutOfRange))?;
    Ok(Some(DueBound { wall_clock: wall_clock(date_time), instant: Time::from(instant).as_micros() }))
}

fn text(field: &str, text: &str, max_chars: usize) -> Result<Option<String>> {
    if text.chars().nth(max_chars).is_some() {
        return Err(Error::invalid(field, format!("Must be at most {max_chars} characters.")));
    }
    if text.contains('\0') {
        return Err(Error::invalid(field, "Must not contain NUL."));
    }
    Ok(Some(text).filter(|text| !text.is_empty()).map(String::from))
}

/// The lowest and the highest UUID that begin with these digits.
fn id_range(prefix: &str) -> Result<Option<(Uuid, Uuid)>> {
    if prefix.is_empty() {
        return Ok(None);
    }
    match IdPrefix::parse(prefix) {
        Some(prefix) => Ok(Some(prefix.range())),
        None => Err(Error::invalid("id_prefix", "Must be 4 to 32 hexadecimal digits.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_prefix_filters_nothing_and_a_bad_one_is_refused() {
        assert_eq!(id_range("").unwrap(), None);
        assert!(id_range("0197-F0a4").unwrap().is_some());
        assert!(id_range("019").is_err());
    }
}
