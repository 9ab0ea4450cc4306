//! ListProjects: the Inbox, then the other projects by name.

use prost::Message;
use todo_proto::todo::v1;

use super::convert;
use crate::{
    error::Result,
    ids::AccountId,
    pagination,
    store::{
        db::Db,
        projects::{self, Project},
    },
};

/// The key of the last project of a page.
#[derive(Clone, PartialEq, Message)]
struct Key {
    #[prost(bool, tag = "1")]
    inbox: bool,
    #[prost(string, tag = "2")]
    name_key: String,
}

/// Answers ListProjects.
pub(crate) async fn list(
    db: &Db,
    owner: AccountId,
    request: v1::ListProjectsRequest,
) -> Result<v1::ListProjectsResponse> {
    let size = pagination::size(request.page_size)?;
    let query = pagination::Query::new(owner, "ListProjects", &());
    let key = query.key::<Key>(&request.page_token)?;
    let after = key.as_ref().map(|key| (key.inbox, key.name_key.as_str()));
    let mut reader = db.reader().await?;
    let mut rows = projects::list(&mut reader.conn(), owner, after, pagination::limit(size)).await?;
    let last = pagination::cut(&mut rows, size);
    let next_page_token = last.map(|last| query.token(&key_of(last))).unwrap_or_default();
    let projects = rows.into_iter().map(convert::project).collect();
    Ok(v1::ListProjectsResponse { projects, next_page_token })
}

fn key_of(row: &Project) -> Key {
    Key { inbox: row.inbox, name_key: projects::name_key(&row.name) }
}
