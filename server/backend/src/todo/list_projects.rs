//! ListProjects: the Inbox, then the other projects by name, then those that are deleted.

use prost::Message;
use todo_proto::todo::v1;
use uuid::Uuid;

use super::convert;
use crate::{
    error::{Error, Result},
    ids::AccountId,
    pagination,
    store::{
        db::Db,
        projects::{self, ListPosition, Project},
    },
};

/// The key of the last project of a page.
#[derive(Clone, PartialEq, Message)]
struct Key {
    #[prost(bool, tag = "1")]
    inbox: bool,
    #[prost(string, tag = "2")]
    name: String,
    #[prost(bool, tag = "3")]
    deleted: bool,
    #[prost(bytes = "vec", tag = "4")]
    id: Vec<u8>,
}

/// Answers ListProjects.
pub(crate) async fn list(
    db: &Db,
    owner: AccountId,
    mut request: v1::ListProjectsRequest,
) -> Result<v1::ListProjectsResponse> {
    let size = pagination::size(std::mem::take(&mut request.page_size))?;
    let token = std::mem::take(&mut request.page_token);
    let query = pagination::Query::new(owner, "ListProjects", &request);
    let after = query.key::<Key>(&token)?.map(position).transpose()?;
    let mut reader = db.reader().await?;
    let limit = pagination::limit(size);
    let mut rows = projects::list(&mut reader.conn(), owner, request.show_deleted, after, limit).await?;
    let last = pagination::cut(&mut rows, size);
    let next_page_token = last.map(|last| query.token(&key_of(last))).unwrap_or_default();
    let projects = rows.into_iter().map(|row| convert::project(row, db.retention())).collect();
    Ok(v1::ListProjectsResponse { projects, next_page_token })
}

fn key_of(row: &Project) -> Key {
    Key {
        inbox: row.inbox,
        name: projects::name_key(&row.name),
        deleted: row.delete_time.is_some(),
        id: row.id.as_uuid().into(),
    }
}

fn position(key: Key) -> Result<ListPosition> {
    let id = Uuid::from_slice(&key.id).map_err(Error::internal)?;
    Ok(ListPosition { deleted: key.deleted, inbox: key.inbox, name_key: key.name, id })
}
