//! Rows of `operations`.

use prost::Message;
use uuid::Uuid;

use super::{todo_fields::TodoField, value::Value};
use crate::{
    error::{Error, Result},
    ids::{AccountId, OperationId, ProjectId, TodoId},
    store::conn::{Conn, on_engine},
    time::Time,
};

/// One change that somebody asked for.
#[derive(Clone, Debug)]
pub(crate) struct Operation {
    /// The account's revision of the change.
    pub(crate) revision: i64,
    pub(crate) id: OperationId,
    /// What the client did with several requests.
    pub(crate) group_id: Option<Uuid>,
    /// `todo.v1.OperationKind`.
    pub(crate) kind: i64,
    /// The session that asked; `None` where nobody logs in.
    pub(crate) actor_id: Option<Uuid>,
    /// What the session is called.
    pub(crate) actor: String,
    /// SHA-256 of method and request.
    pub(crate) request_hash: Vec<u8>,
    /// Encoded [`Changes`]; empty if everything was as asked already.
    pub(crate) changes: Vec<u8>,
    /// What a repeat of the request is told, encoded by the todo service.
    pub(crate) answer: Vec<u8>,
    /// The operation that it took back.
    pub(crate) undoes: Option<OperationId>,
    /// The operation that took it back.
    pub(crate) undone_by: Option<OperationId>,
    pub(crate) create_time: Time,
}

crate::rows::row!(Operation {
    revision,
    id,
    group_id,
    kind,
    actor_id,
    actor,
    request_hash,
    changes,
    answer,
    undoes,
    undone_by,
    create_time
});

macro_rules! columns {
    () => {
        "revision, id, group_id, kind, actor_id, actor, request_hash, changes, answer, undoes, undone_by, create_time"
    };
}

impl Operation {
    /// Whether it changed anything.
    pub(crate) fn is_change(&self) -> bool {
        !self.changes.is_empty()
    }

    /// The objects that it changed.
    pub(crate) fn changes(&self) -> Result<Changes> {
        Changes::decode(&*self.changes).map_err(Error::internal)
    }
}

/// What an operation changed. The format is the store's own, so that a field that todos get later makes no operation of
/// before unreadable.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Changes {
    #[prost(message, repeated, tag = "1")]
    pub(crate) todos: Vec<Changed>,
    #[prost(message, repeated, tag = "2")]
    pub(crate) projects: Vec<Changed>,
}

/// What an operation changed about one todo or project.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Changed {
    #[prost(bytes = "vec", tag = "1")]
    id: Vec<u8>,
    /// The todo's number; 0 for a project.
    #[prost(int64, tag = "2")]
    pub(crate) number: i64,
    /// Title or name, as it was when the operation was done.
    #[prost(string, tag = "3")]
    pub(crate) name: String,
    /// Whether the operation created it.
    #[prost(bool, tag = "4")]
    pub(crate) created: bool,
    #[prost(message, repeated, tag = "5")]
    pub(crate) fields: Vec<ChangedField>,
}

impl Changed {
    pub(crate) fn todo(id: TodoId, number: i64, title: &str) -> Self {
        Self { id: id.as_uuid().into(), number, name: title.into(), ..Self::default() }
    }

    pub(crate) fn project(id: ProjectId, name: &str) -> Self {
        Self { id: id.as_uuid().into(), name: name.into(), ..Self::default() }
    }

    pub(crate) fn todo_id(&self) -> Result<TodoId> {
        Ok(TodoId::from_uuid(self.uuid()?))
    }

    pub(crate) fn project_id(&self) -> Result<ProjectId> {
        Ok(ProjectId::from_uuid(self.uuid()?))
    }

    fn uuid(&self) -> Result<Uuid> {
        Uuid::from_slice(&self.id).map_err(Error::internal)
    }
}

/// The value of a field before and after an operation.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct ChangedField {
    /// Of [`TodoField`], or of the fields of projects.
    #[prost(uint32, tag = "1")]
    pub(crate) field: u32,
    #[prost(message, optional, tag = "2")]
    before: Option<StoredValue>,
    #[prost(message, optional, tag = "3")]
    after: Option<StoredValue>,
}

#[derive(Clone, PartialEq, Message)]
struct StoredValue {
    #[prost(oneof = "Kind", tags = "1, 2, 3, 4, 5, 6")]
    kind: Option<Kind>,
}

/// The tags 4 to 6 are NULL, which is a value of each kind.
#[derive(Clone, PartialEq, prost::Oneof)]
enum Kind {
    #[prost(string, tag = "1")]
    Text(String),
    #[prost(sint64, tag = "2")]
    Number(i64),
    #[prost(bytes = "vec", tag = "3")]
    Id(Vec<u8>),
    #[prost(bool, tag = "4")]
    NoText(bool),
    #[prost(bool, tag = "5")]
    NoNumber(bool),
    #[prost(bool, tag = "6")]
    NoId(bool),
}

impl ChangedField {
    pub(crate) fn new(field: u32, before: Option<Value>, after: Value) -> Result<Self> {
        let stored = |value| StoredValue::try_from(value);
        Ok(Self { field, before: before.map(stored).transpose()?, after: Some(stored(after)?) })
    }

    /// The field of a todo. `None` for one that this version does not know.
    pub(crate) fn todo_field(&self) -> Option<TodoField> {
        TodoField::of_number(self.field)
    }

    /// The value before; `None` if the operation created the object.
    pub(crate) fn before(&self) -> Result<Option<Value>> {
        self.before.clone().map(Value::try_from).transpose()
    }

    /// The value after.
    pub(crate) fn after(&self) -> Result<Value> {
        self.after.clone().unwrap_or_default().try_into()
    }
}

impl TryFrom<Value> for StoredValue {
    type Error = Error;

    fn try_from(value: Value) -> Result<Self> {
        let kind = match value {
            Value::Text(text) => text.map_or(Kind::NoText(true), Kind::Text),
            Value::Number(number) => number.map_or(Kind::NoNumber(true), Kind::Number),
            Value::Id(id) => id.map_or(Kind::NoId(true), |id| Kind::Id(id.into())),
            Value::Bool(_) | Value::Bytes(_) => {
                return Err(Error::internal("a value of a kind that operations do not record"));
            }
        };
        Ok(Self { kind: Some(kind) })
    }
}

impl TryFrom<StoredValue> for Value {
    type Error = Error;

    fn try_from(stored: StoredValue) -> Result<Self> {
        Ok(match stored.kind {
            Some(Kind::Text(text)) => Self::Text(Some(text)),
            Some(Kind::Number(number)) => Self::Number(Some(number)),
            Some(Kind::Id(id)) => Self::Id(Some(Uuid::from_slice(&id).map_err(Error::internal)?)),
            Some(Kind::NoText(_)) => Self::Text(None),
            Some(Kind::NoNumber(_)) => Self::Number(None),
            Some(Kind::NoId(_)) => Self::Id(None),
            None => return Err(Error::internal("an operation with a value of no kind")),
        })
    }
}

/// Inserts an operation.
pub(crate) async fn insert(conn: &mut Conn<'_>, owner: AccountId, operation: &Operation) -> Result<()> {
    const SQL: &str = concat!(
        "INSERT INTO operations (account_id, ",
        columns!(),
        ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
    );
    on_engine!(conn, c => sqlx::query(SQL)
        .bind(owner)
        .bind(operation.revision)
        .bind(operation.id)
        .bind(operation.group_id)
        .bind(operation.kind)
        .bind(operation.actor_id)
        .bind(&operation.actor)
        .bind(&operation.request_hash)
        .bind(&operation.changes)
        .bind(&operation.answer)
        .bind(operation.undoes)
        .bind(operation.undone_by)
        .bind(operation.create_time)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// Returns one operation.
pub(crate) async fn find(
    conn: &mut Conn<'_>,
    owner: AccountId,
    id: OperationId,
) -> Result<Option<Operation>> {
    const SQL: &str = concat!("SELECT ", columns!(), " FROM operations WHERE account_id = $1 AND id = $2");
    Ok(on_engine!(conn, c => sqlx::query_as(SQL).bind(owner).bind(id).fetch_optional(c).await)?)
}

/// Returns operations that changed something, the newest first, from before the given revision.
pub(crate) async fn list(
    conn: &mut Conn<'_>,
    owner: AccountId,
    before: i64,
    limit: i64,
) -> Result<Vec<Operation>> {
    const SQL: &str = concat!(
        "SELECT ",
        columns!(),
        " FROM operations WHERE account_id = $1 AND revision < $2 AND length(changes) > 0 ",
        "ORDER BY revision DESC LIMIT $3"
    );
    Ok(on_engine!(conn, c => sqlx::query_as(SQL).bind(owner).bind(before).bind(limit).fetch_all(c).await)?)
}

/// Notes by which operation this one was taken back; `None`: it is in effect again.
pub(crate) async fn set_undone_by(
    conn: &mut Conn<'_>,
    owner: AccountId,
    id: OperationId,
    undone_by: Option<OperationId>,
) -> Result<()> {
    const SQL: &str = "UPDATE operations SET undone_by = $3 WHERE account_id = $1 AND id = $2";
    on_engine!(conn, c => sqlx::query(SQL).bind(owner).bind(id).bind(undone_by).execute(c).await.map(drop))?;
    Ok(())
}

/// Returns accounts behind the given one whose oldest operation is from before this time.
pub(crate) async fn accounts_with_old(
    conn: &mut Conn<'_>,
    before: Time,
    after: AccountId,
    limit: i64,
) -> Result<Vec<AccountId>> {
    const SQL: &str = "SELECT account_id FROM todo_accounts a WHERE account_id > $2 \
         AND $1 > (SELECT o.create_time FROM operations o WHERE o.account_id = a.account_id ORDER BY o.revision LIMIT 1) \
         ORDER BY account_id LIMIT $3";
    Ok(on_engine!(conn, c => sqlx::query_scalar(SQL)
        .bind(before)
        .bind(after)
        .bind(limit)
        .fetch_all(c)
        .await)?)
}

/// Forgets the account's oldest operations from before this time, at most `limit` of them. Returns how many.
pub(crate) async fn forget_old(
    conn: &mut Conn<'_>,
    owner: AccountId,
    before: Time,
    limit: i64,
) -> Result<u64> {
    const SQL: &str = "DELETE FROM operations WHERE account_id = $1 AND create_time < $2 AND revision IN \
         (SELECT revision FROM operations WHERE account_id = $1 ORDER BY revision LIMIT $3)";
    Ok(on_engine!(conn, c => sqlx::query(SQL)
        .bind(owner)
        .bind(before)
        .bind(limit)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?)
}
