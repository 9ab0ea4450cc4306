//! ListOperations: the log of an account's changes, the newest first.

use prost::Message;
use todo_proto::todo::v1;

use super::convert;
use crate::{
    error::Result,
    ids::AccountId,
    pagination,
    store::{db::Db, operations},
};

/// The key of the last operation of a page.
#[derive(Clone, Copy, PartialEq, Message)]
struct Key {
    #[prost(int64, tag = "1")]
    revision: i64,
}

/// Answers ListOperations.
pub(crate) async fn list(
    db: &Db,
    owner: AccountId,
    request: v1::ListOperationsRequest,
) -> Result<v1::ListOperationsResponse> {
    let size = pagination::size(request.page_size)?;
    let query = pagination::Query::new(owner, "ListOperations", &());
    let before = query.key::<Key>(&request.page_token)?.map_or(i64::MAX, |key| key.revision);
    let mut reader = db.reader().await?;
    let mut rows = operations::list(&mut reader.conn(), owner, before, pagination::limit(size)).await?;
    let last = pagination::cut(&mut rows, size);
    let next_page_token = last.map(|last| query.token(&Key { revision: last.revision })).unwrap_or_default();
    let operations = rows.iter().map(convert::operation).collect::<Result<_>>()?;
    Ok(v1::ListOperationsResponse { operations, next_page_token })
}
