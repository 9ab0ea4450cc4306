//! ListOperations and GetOperation: the log of an account's changes.

use prost::Message;
use todo_proto::todo::v1;
use uuid::Uuid;

use super::{
    convert::{FRAMING, RESPONSE_BYTES},
    convert_operation::{project_target, summary, todo_target, without_objects},
    names::TodoName,
    validate,
};
use crate::{
    error::{Error, ResourceKind, Result},
    ids::{AccountId, OperationId},
    pagination,
    store::{
        db::Db,
        operations::{self, Operation},
        recorded_changes::Changed,
    },
};

/// Operations that one page looks at, where it leaves others out.
const SCANNED: usize = 2_000;
/// Operations that are read in one go.
const PORTION: usize = 100;

/// The revision of the last operation that a page has looked at.
#[derive(Clone, Copy, PartialEq, Message)]
struct Key {
    #[prost(int64, tag = "1")]
    revision: i64,
}

/// Answers ListOperations.
pub(crate) async fn list(
    db: &Db,
    owner: AccountId,
    mut request: v1::ListOperationsRequest,
) -> Result<v1::ListOperationsResponse> {
    let size = pagination::size(std::mem::take(&mut request.page_size))?;
    let token = std::mem::take(&mut request.page_token);
    let query = pagination::Query::new(owner, "ListOperations", &request);
    let mut before = query.key::<Key>(&token)?.map_or(i64::MAX, |key| key.revision);
    let group = validate::optional_uuid("group_id", &request.group_id)?;
    let todo = validate::optional_todo_name("todo_id", &request.todo_id)?;

    let mut reader = db.reader().await?;
    let mut response = v1::ListOperationsResponse::default();
    let (mut bytes, mut scanned) = (0, 0);
    loop {
        let conn = &mut reader.conn();
        let limit = pagination::limit(PORTION.min(size - response.operations.len()));
        let portion = match group {
            Some(group) => operations::list_group(conn, owner, group, before, limit).await?,
            None => operations::list(conn, owner, before, limit).await?,
        };
        let is_last = i64::try_from(portion.len()).unwrap_or(i64::MAX) < limit;
        for row in &portion {
            if changes_todo(row, todo)? {
                let operation = summary(row)?;
                bytes += operation.encoded_len() + FRAMING;
                if bytes > RESPONSE_BYTES && !response.operations.is_empty() {
                    response.next_page_token = query.token(&Key { revision: before });
                    return Ok(response);
                }
                response.operations.push(operation);
            }
            before = row.revision;
            scanned += 1;
            if response.operations.len() == size || scanned == SCANNED {
                let has_more = !is_last || portion.last().is_some_and(|last| last.revision < before);
                if has_more {
                    response.next_page_token = query.token(&Key { revision: before });
                }
                return Ok(response);
            }
        }
        if is_last {
            return Ok(response);
        }
    }
}

fn changes_todo(row: &Operation, todo: Option<TodoName>) -> Result<bool> {
    let Some(todo) = todo else { return Ok(true) };
    let is_it = |changed: &Changed| {
        Ok(match todo {
            TodoName::Id(id) => changed.todo_id()? == id,
            TodoName::Number(number) => changed.number == number,
        })
    };
    Ok(row.changes()?.todos.iter().map(is_it).collect::<Result<Vec<_>>>()?.contains(&true))
}

/// How many objects the pages before this one had.
#[derive(Clone, Copy, PartialEq, Message)]
struct ObjectKey {
    #[prost(uint64, tag = "1")]
    passed: u64,
}

/// Answers GetOperation.
pub(crate) async fn get(
    db: &Db,
    owner: AccountId,
    mut request: v1::GetOperationRequest,
) -> Result<v1::GetOperationResponse> {
    let size = pagination::size(std::mem::take(&mut request.page_size))?;
    let token = std::mem::take(&mut request.page_token);
    let query = pagination::Query::new(owner, "GetOperation", &request);
    let passed = query.key::<ObjectKey>(&token)?.map_or(0, |key| key.passed);
    let id: Uuid = validate::uuid("id", &request.id)?;

    let mut reader = db.reader().await?;
    let row = operations::find(&mut reader.conn(), owner, OperationId::from_uuid(id)).await?;
    let row = row.filter(Operation::is_change).ok_or_else(|| Error::missing(ResourceKind::Operation, id))?;
    let changes = row.changes()?;
    let counts = (changes.todos.len(), changes.projects.len());
    let mut operation = without_objects(&row, counts);
    let total = counts.0 + counts.1;
    let mut next = usize::try_from(passed).unwrap_or(total);
    let (first, mut bytes) = (next, operation.encoded_len());
    while next < total && next - first < size {
        let (todo, project) = (changes.todos.get(next), changes.projects.get(next.wrapping_sub(counts.0)));
        let target = match (todo, project) {
            (Some(todo), _) => todo_target(todo, usize::MAX)?,
            (None, Some(project)) => project_target(project, usize::MAX)?,
            (None, None) => break,
        };
        bytes += target.encoded_len() + FRAMING;
        // The first one is whole, however large.
        if bytes > RESPONSE_BYTES && next > first {
            break;
        }
        let list = if todo.is_some() { &mut operation.todos } else { &mut operation.projects };
        list.push(target);
        next += 1;
    }
    let next_page_token = if next < total {
        query.token(&ObjectKey { passed: u64::try_from(next).unwrap_or(u64::MAX) })
    } else {
        String::new()
    };
    Ok(v1::GetOperationResponse { operation: Some(operation), next_page_token })
}
