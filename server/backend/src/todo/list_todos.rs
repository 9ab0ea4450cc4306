//! ListTodos and CountTodos; turns the key of the last todo of a page into the token of the next.

use prost::Message;
use todo_proto::todo::v1;

use super::{
    convert::{self, View},
    filter, validate,
};
use crate::{
    error::{Error, Result},
    ids::AccountId,
    pagination,
    rpc::Encoded,
    store::{
        conn::Conn,
        db::Db,
        location::Retention,
        todo_filter::Filter,
        todo_list::{self, DuePosition, EncodedTodos, Order},
        todos::{Keys, Todo},
    },
};

/// Todos are read in portions, so that a page of large todos ends before it fills the memory.
const BATCH: usize = 128;

/// How many todos are counted.
const MAX_COUNT: i64 = 10_000;

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
    /// Of the last todo of the page, in a list that reads it.
    #[prost(string, tag = "5")]
    place: String,
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
    fn of(keys: &Keys) -> Self {
        Self { due_at: keys.due_at, priority: keys.priority, number: keys.number }
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
) -> Result<Encoded<v1::ListTodosResponse>> {
    let size = pagination::size(std::mem::take(&mut request.page_size))?;
    let token = std::mem::take(&mut request.page_token);
    let query = pagination::Query::new(owner, "ListTodos", &request);
    let order_by = v1::TodoOrder::try_from(request.order_by)
        .map_err(|_| Error::invalid("order_by", "Must be one of the values of TodoOrder."))?;
    let position: Option<Position> = query.key(&token)?;

    let filter = filter::parse(&request.filter)?;
    let is_whole = match validate::view(request.view, View::Basic)? {
        View::Full => true,
        View::Basic => false,
        View::Reference => return Err(Error::invalid("view", "Must be basic or full.")),
    };

    let mut reader = db.reader().await?;
    let conn = &mut reader.conn();
    let filter = filter::in_zone(conn, owner, &filter).await?;
    if order_by == v1::TodoOrder::Position && !filter.is_of_one_project() {
        return Err(Error::invalid("order_by", "Needs a filter with one project, such as `project:ID`."));
    }
    let list = List { owner, query, filter, order_by, is_whole, size, retention: db.retention() };
    if list.may_be_encoded()
        && let Some(page) = list.encoded_page(conn, position.as_ref()).await?
    {
        return Ok(page);
    }
    Ok(Encoded::of(&list.page(conn, position).await?))
}

/// A list of which a page is wanted.
struct List {
    owner: AccountId,
    query: pagination::Query,
    filter: Filter,
    order_by: v1::TodoOrder,
    is_whole: bool,
    /// Todos on the page, at most.
    size: usize,
    retention: Retention,
}

impl List {
    /// Whether all that is asked for is in what rows have encoded.
    fn may_be_encoded(&self) -> bool {
        !self.is_whole && self.filter.is_outside_trash() && self.order_by != v1::TodoOrder::Position
    }

    /// Puts a page together from encoded todos. `None` if one of them is not encoded.
    async fn encoded_page(
        &self,
        conn: &mut Conn<'_>,
        after: Option<&Position>,
    ) -> Result<Option<Encoded<v1::ListTodosResponse>>> {
        let limit = pagination::limit(self.size);
        let order = order(self.order_by, after);
        let Some(halves) = todo_list::encoded(conn, self.owner, &self.filter, order, limit).await? else {
            return Ok(None);
        };
        let mut position = after.cloned().unwrap_or_default();
        let (mut bytes, has_more) = match <[EncodedTodos; 1]>::try_from(halves) {
            Ok([mut todos]) => {
                let last = todos.truncate(self.size)?;
                if let Some(keys) = &last {
                    step(&mut position, keys);
                }
                (todos.bytes, last.is_some())
            }
            Err(halves) if halves.is_empty() => (Vec::new(), false),
            Err(halves) => self.merge_encoded(conn, &halves, &mut position).await?,
        };
        if has_more {
            let next_page_token = self.query.token(&position);
            let rest = v1::ListTodosResponse { next_page_token, ..v1::ListTodosResponse::default() };
            rest.encode(&mut bytes).map_err(Error::internal)?;
        }
        Ok(Some(Encoded::from_bytes(bytes.into())))
    }

    /// Brings todos of both kinds of due time into one order, as of the account's zone. Returns the first of them, and whether
    /// there are more behind.
    async fn merge_encoded(
        &self,
        conn: &mut Conn<'_>,
        halves: &[EncodedTodos],
        position: &mut Position,
    ) -> Result<(Vec<u8>, bool)> {
        let zone = filter::zone(conn, self.owner).await?;
        let mut todos = Vec::new();
        for half in halves {
            todos.extend(half.keyed()?);
        }
        todos.sort_by_cached_key(|(keys, _)| keys.due_order(&zone));
        let has_more = todos.len() > self.size;
        let mut bytes = Vec::new();
        for (keys, todo) in todos.iter().take(self.size) {
            step(position, keys);
            bytes.extend_from_slice(todo);
        }
        Ok((bytes, has_more))
    }

    /// Makes a page from rows.
    async fn page(
        &self,
        conn: &mut Conn<'_>,
        mut position: Option<Position>,
    ) -> Result<v1::ListTodosResponse> {
        let mut response = v1::ListTodosResponse::default();
        let mut bytes = 0;
        loop {
            let wanted = (self.size - response.todos.len()).min(BATCH);
            let order = order(self.order_by, position.as_ref());
            let limit = pagination::limit(wanted);
            let mut rows =
                todo_list::list(conn, self.owner, &self.filter, order, self.is_whole, limit).await?;
            if self.order_by == v1::TodoOrder::Due {
                merge(conn, self.owner, &mut rows).await?;
            }
            let has_more = rows.len() > wanted;
            for row in rows.iter().take(wanted) {
                let position = position.get_or_insert_default();
                step(position, &row.keys());
                position.place.clone_from(&row.position);
                bytes += row.title.len() + row.description.len() + row.tags.len();
                bytes +=
                    row.annotations.as_ref().map_or(0, Vec::len) + row.extras.as_ref().map_or(0, Vec::len);
                response.todos.push(if self.is_whole {
                    convert::full(row, self.retention)?
                } else {
                    convert::basic(row, self.retention)
                });
                if bytes > convert::RESPONSE_BYTES {
                    break;
                }
            }
            let Some(position) = position.as_ref().filter(|_| has_more || bytes > convert::RESPONSE_BYTES)
            else {
                return Ok(response);
            };
            if response.todos.len() == self.size || bytes > convert::RESPONSE_BYTES {
                response.next_page_token = self.query.token(position);
                return Ok(response);
            }
        }
    }
}

/// Answers CountTodos.
pub(crate) async fn count(
    db: &Db,
    owner: AccountId,
    request: &v1::CountTodosRequest,
) -> Result<v1::CountTodosResponse> {
    let filter = filter::parse(&request.filter)?;
    let mut reader = db.reader().await?;
    let conn = &mut reader.conn();
    let filter = filter::in_zone(conn, owner, &filter).await?;
    let count = todo_list::count(conn, owner, &filter, MAX_COUNT + 1).await?;
    let at_least = count > MAX_COUNT;
    let count =
        i32::try_from(count.min(MAX_COUNT)).map_err(|_| Error::internal("a count beyond its bound"))?;
    Ok(v1::CountTodosResponse { count, at_least })
}

/// Brings todos of both kinds of due time into one order, as of the account's zone.
async fn merge(conn: &mut Conn<'_>, owner: AccountId, rows: &mut [Todo]) -> Result<()> {
    let zone = match (rows.first(), rows.last()) {
        (Some(first), Some(last)) if first.due_zoned != last.due_zoned => filter::zone(conn, owner).await?,
        // Those of one kind are in order already.
        _ => return Ok(()),
    };
    rows.sort_by_cached_key(|todo| todo.keys().due_order(&zone));
    Ok(())
}

/// Moves behind this todo.
fn step(position: &mut Position, keys: &Keys) {
    (position.number, position.revision) = (keys.number, keys.revision);
    let of_kind = if keys.due_zoned { &mut position.instant } else { &mut position.wall_clock };
    *of_kind = Some(DueKey::of(keys));
}

fn order(order_by: v1::TodoOrder, after: Option<&Position>) -> Order {
    match order_by {
        v1::TodoOrder::Unspecified => Order::Number { after: after.map(|after| after.number) },
        v1::TodoOrder::Newest => Order::Newest { after: after.map(|after| after.number) },
        v1::TodoOrder::Changed => Order::Changed { after: after.map(|after| (after.revision, after.number)) },
        v1::TodoOrder::Position => {
            Order::Position { after: after.map(|after| (after.place.clone(), after.number)) }
        }
        v1::TodoOrder::Due => Order::Due {
            after: DuePosition {
                wall_clock: after.and_then(|after| after.wall_clock).map(DueKey::tuple),
                instant: after.and_then(|after| after.instant).map(DueKey::tuple),
            },
        },
    }
}
