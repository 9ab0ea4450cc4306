//! Every change is one operation: applied once however often it is asked for, and recorded in the same transaction
//! so that it can be taken back.

use prost::Message;
use sha2::{Digest, Sha256};
use todo_proto::todo::v1::{self, OperationKind};
use uuid::Uuid;

use super::convert;
use crate::{
    error::{Error, Result},
    ids::{AccountId, OperationId, TodoId},
    store::{
        conn::{Conn, Write},
        operations::{self, Operation},
        todos,
    },
    time::Time,
};

/// Who asks for a change, and under which id.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) owner: AccountId,
    pub(crate) id: OperationId,
    pub(crate) kind: OperationKind,
    pub(crate) now: Time,
    hash: [u8; 32],
}

impl Request {
    /// Describes a request; `message` is it without its `request_id`.
    pub(crate) fn new(
        owner: AccountId,
        id: OperationId,
        kind: OperationKind,
        now: Time,
        message: &impl Message,
    ) -> Self {
        let mut hash = Sha256::new();
        hash.update(i32::from(kind).to_be_bytes());
        hash.update(message.encode_to_vec());
        Self { owner, id, kind, now, hash: hash.finalize().into() }
    }

    /// Whether the other one asks for the same under the same id.
    pub(crate) fn is_repeat_of(&self, other: &Self) -> Result<()> {
        self.check_hash(&other.hash)
    }

    fn check_hash(&self, hash: &[u8]) -> Result<()> {
        if self.hash[..] == *hash {
            return Ok(());
        }
        Err(Error::invalid(
            "request_id",
            "Was used for another request already. Make a new one for each call.",
        ))
    }

    /// Returns the answer that was given when the operation was applied.
    pub(crate) async fn replay(&self, stored: Operation, conn: &mut Conn<'_>) -> Result<Applied> {
        self.check_hash(&stored.request_hash)?;
        let mut answer = decode::<Answer>(&stored.after_image)?;
        if !keeps_descriptions(stored.kind) {
            refill_descriptions(&mut answer.todos, self.owner, conn).await?;
        }
        Ok(Applied { operation_id: stored.changed.then_some(stored.id), answer })
    }

    /// The row that records the operation.
    pub(crate) fn record(&self, effect: &Effect) -> Operation {
        let (mut before, mut after) = (effect.before.clone(), effect.answer.clone());
        if !keeps_descriptions(i64::from(i32::from(self.kind))) {
            for todo in before.todos.iter_mut().chain(&mut after.todos) {
                todo.description.clear();
            }
        }
        Operation {
            account_id: self.owner,
            id: self.id,
            kind: i64::from(i32::from(self.kind)),
            request_hash: self.hash.to_vec(),
            changed: effect.changed,
            before_image: before.encode_to_vec(),
            after_image: after.encode_to_vec(),
            undone_by: None,
            undoes: effect.undoes,
            create_time: self.now,
        }
    }
}

/// Todos and projects, as they were.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Image {
    #[prost(message, repeated, tag = "1")]
    pub(crate) todos: Vec<v1::Todo>,
    #[prost(message, repeated, tag = "2")]
    pub(crate) projects: Vec<v1::Project>,
}

/// What a change answers, of which each method takes what its response has.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Answer {
    /// The todos of the request, as they are now.
    #[prost(message, repeated, tag = "1")]
    pub(crate) todos: Vec<v1::Todo>,
    /// The projects of the request, as they are now.
    #[prost(message, repeated, tag = "2")]
    pub(crate) projects: Vec<v1::Project>,
    /// Those of the todos that were as asked already.
    #[prost(string, repeated, tag = "3")]
    pub(crate) unchanged_ids: Vec<String>,
    /// Todos that went to the trash with their project.
    #[prost(int64, tag = "4")]
    pub(crate) deleted_todos: i64,
    /// The operation that was taken back.
    #[prost(message, optional, tag = "5")]
    pub(crate) undone: Option<v1::Operation>,
}

/// What applying a change did.
#[derive(Clone, Debug)]
pub(crate) struct Effect {
    pub(crate) before: Image,
    pub(crate) answer: Answer,
    /// False if everything was as asked already.
    pub(crate) changed: bool,
    pub(crate) undoes: Option<OperationId>,
}

/// The outcome of a request, now or when it was first made.
#[derive(Clone, Debug)]
pub(crate) struct Applied {
    pub(crate) answer: Answer,
    /// What to give to `UndoOperation`; `None` if there is nothing to take back.
    pub(crate) operation_id: Option<OperationId>,
}

impl Applied {
    pub(crate) fn operation_id(&self) -> String {
        self.operation_id.map_or_else(String::new, |id| id.to_string())
    }

    /// The one todo of a request about one.
    pub(crate) fn todo(&mut self) -> Option<v1::Todo> {
        self.answer.todos.pop()
    }

    /// The one project of a request about one.
    pub(crate) fn project(&mut self) -> Option<v1::Project> {
        self.answer.projects.pop()
    }
}

/// A change of todos or projects. It need not care about repeats.
pub(crate) trait Change: Send + Sync + 'static {
    /// Makes the change. An error takes back whatever it did.
    fn apply(&self, request: &Request, conn: &mut Conn<'_>) -> impl Future<Output = Result<Effect>> + Send;
}

/// A change made once.
pub(crate) struct Once<C> {
    pub(crate) request: Request,
    pub(crate) change: C,
}

impl<C: Change> Write for Once<C> {
    type Output = Applied;

    async fn apply(&self, conn: &mut Conn<'_>) -> Result<Applied> {
        let Self { request, change } = self;
        if let Some(stored) = operations::find(conn, request.owner, request.id).await? {
            return request.replay(stored, conn).await;
        }
        let effect = change.apply(request, conn).await?;
        operations::insert_all(conn, &[request.record(&effect)]).await?;
        Ok(Applied { operation_id: effect.changed.then_some(request.id), answer: effect.answer })
    }
}

/// The public view of a recorded operation.
pub(crate) fn to_proto(operation: &Operation) -> Result<v1::Operation> {
    let Answer { todos, projects, unchanged_ids, .. } = decode(&operation.after_image)?;
    let todo = |todo: v1::Todo| v1::OperationTarget { id: todo.id, number: todo.number, name: todo.title };
    let project =
        |project: v1::Project| v1::OperationTarget { id: project.id, number: 0, name: project.name };
    let id = |id: Option<OperationId>| id.map_or_else(String::new, |id| id.to_string());
    Ok(v1::Operation {
        id: operation.id.to_string(),
        kind: i32::try_from(operation.kind).unwrap_or_default(),
        create_time: Some(operation.create_time.to_proto()),
        todos: todos.into_iter().filter(|todo| !unchanged_ids.contains(&todo.id)).map(todo).collect(),
        projects: projects.into_iter().map(project).collect(),
        undone_by: id(operation.undone_by),
        undoes: id(operation.undoes),
    })
}

/// Reads an image that was stored with an operation.
pub(crate) fn decode<M: Message + Default>(image: &[u8]) -> Result<M> {
    M::decode(image).map_err(Error::internal)
}

/// Whether operations of this kind record descriptions. Those that cannot change them do not: a thousand of 64 KiB
/// would be stored twice for every check mark.
fn keeps_descriptions(kind: i64) -> bool {
    use OperationKind::{CreateTodo, UpdateTodo};
    [CreateTodo, UpdateTodo].iter().any(|keeping| i64::from(i32::from(*keeping)) == kind)
}

async fn refill_descriptions(todos: &mut [v1::Todo], owner: AccountId, conn: &mut Conn<'_>) -> Result<()> {
    let ids: Vec<TodoId> =
        todos.iter().filter_map(|todo| Uuid::parse_str(&todo.id).ok()).map(TodoId::from_uuid).collect();
    if ids.is_empty() {
        return Ok(());
    }
    for row in todos::find_all(conn, owner, &ids).await? {
        let current = convert::todo(row);
        if let Some(todo) = todos.iter_mut().find(|todo| todo.id == current.id) {
            todo.description = current.description;
        }
    }
    Ok(())
}
