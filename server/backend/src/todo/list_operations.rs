//! ListOperations: the log of an account's changes, the newest first.

use prost::Message;
use todo_proto::todo::v1;
use uuid::Uuid;

use super::operations::to_proto;
use crate::{
    error::Result,
    ids::{AccountId, OperationId},
    pagination,
    store::{
        db::Db,
        operations::{self, Operation},
    },
    time::Time,
};

/// The key of the last operation of a page.
#[derive(Clone, PartialEq, Message)]
struct Key {
    #[prost(int64, tag = "1")]
    create_time: i64,
    #[prost(bytes = "vec", tag = "2")]
    id: Vec<u8>,
}

/// Answers ListOperations.
pub(crate) async fn list(
    db: &Db,
    owner: AccountId,
    request: v1::ListOperationsRequest,
) -> Result<v1::ListOperationsResponse> {
    let size = pagination::size(request.page_size)?;
    let query = pagination::Query::new(owner, "ListOperations", &());
    let after = query.key::<Key>(&request.page_token)?.and_then(|key| {
        let id = Uuid::from_slice(&key.id).ok()?;
        Some((Time::from_micros(key.create_time), OperationId::from_uuid(id)))
    });
    let mut reader = db.reader().await?;
    let mut rows = operations::list(&mut reader.conn(), owner, after, pagination::limit(size)).await?;
    let last = pagination::cut(&mut rows, size);
    let next_page_token = last.map(|last| query.token(&key_of(last))).unwrap_or_default();
    let operations = rows.iter().map(to_proto).collect::<Result<_>>()?;
    Ok(v1::ListOperationsResponse { operations, next_page_token })
}

fn key_of(row: &Operation) -> Key {
    Key { create_time: row.create_time.as_micros(), id: row.id.as_uuid().into_bytes().to_vec() }
}
