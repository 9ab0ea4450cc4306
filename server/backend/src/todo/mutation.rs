//! What a mutation is: who asks for it, what it decides on what is there, and what it answers. `apply` has it written, and
//! `record` recorded.

use std::collections::HashMap;

use prost::Message;
use sha2::{Digest, Sha256};
use todo_proto::todo::v1::OperationKind;
use uuid::Uuid;

use super::requests::ChangeRequest;
use crate::{
    error::{Error, ResourceKind, Result},
    identity::Identity,
    ids::{AccountId, OperationId, SessionId, TodoId},
    store::{conn::Conn, operations::Operation, projects::Project, todo_accounts::TodoAccount, todos::Todo},
    time::Time,
};

/// Who asks for a mutation, and under which id.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) owner: AccountId,
    pub(crate) id: OperationId,
    pub(crate) kind: OperationKind,
    pub(crate) now: Time,
    /// What the client does with several requests.
    pub(super) group_id: Option<Uuid>,
    /// The session, `None` in the embedded mode.
    pub(crate) actor_id: Option<Uuid>,
    pub(super) actor: String,
    pub(super) hash: [u8; 32],
    /// The field that says what it is about.
    pub(super) subject: &'static str,
    /// Whether nothing is applied, and the answer says what would change.
    pub(super) validate_only: bool,
}

impl Request {
    /// Describes a request; `message` is it without the ids of request and group.
    pub(crate) fn new<M: ChangeRequest>(
        caller: &Identity,
        (id, group_id): (OperationId, Option<Uuid>),
        now: Time,
        message: &M,
    ) -> Self {
        let kind = M::KIND;
        let mut hash = Sha256::new();
        hash.update(i32::from(kind).to_be_bytes());
        hash.update(message.encode_to_vec());
        Self {
            owner: caller.account_id,
            id,
            kind,
            now,
            group_id,
            actor_id: caller.session_id.map(SessionId::as_uuid),
            actor: caller.client().to_owned(),
            hash: hash.finalize().into(),
            subject: message.subject(),
            validate_only: message.validate_only(),
        }
    }
}

/// A mutation of todos or projects. It need not care about repeats, revisions or the recording.
pub(crate) trait Change: Send + Sync + 'static {
    /// Whether the decision depends on rows of todos, projects or operations.
    fn reads(&self, _: &Request) -> bool {
        true
    }

    /// Decides what is to change. Reads only; new todos take their numbers from the account.
    fn decide(
        &self,
        request: &Request,
        account: &mut TodoAccount,
        conn: &mut Conn<'_>,
    ) -> impl Future<Output = Result<Effect>> + Send;
}

/// What a mutation does.
#[derive(Clone, Debug, Default)]
pub(crate) struct Effect {
    /// The todos of the request, each once and in its order, the unchanged ones too.
    pub(crate) todos: Vec<Step<Todo>>,
    /// Todos that make room for those, which nobody asked about.
    pub(crate) others: Vec<Step<Todo>>,
    /// The projects of the request, likewise.
    pub(crate) projects: Vec<Step<Project>>,
    /// Of the todos: how many of their parts are left as they are.
    pub(crate) open_parts: HashMap<TodoId, i64>,
    /// Todos that are deleted for good.
    pub(crate) purged: Vec<Todo>,
    /// How many todos went to the trash with their projects, or came out of it.
    pub(crate) todos_along: i64,
    /// Of an undo: what it takes back.
    pub(crate) undo: Option<Undo>,
}

/// One object before and after.
#[derive(Clone, Debug)]
pub(crate) struct Step<T> {
    /// `None` if it is created.
    pub(crate) before: Option<T>,
    pub(crate) after: T,
}

impl<T: Clone + PartialEq> Step<T> {
    pub(crate) fn create(after: T) -> Self {
        Self { before: None, after }
    }

    pub(crate) fn change(before: T, after: T) -> Self {
        Self { before: Some(before), after }
    }

    pub(super) fn is_change(&self) -> bool {
        self.before.as_ref() != Some(&self.after)
    }
}

/// A field that has changed since the operation that an undo takes back.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Conflict {
    #[prost(string, tag = "1")]
    pub(crate) id: String,
    /// Of a todo; 0 for a project.
    #[prost(int64, tag = "2")]
    pub(crate) number: i64,
    /// Empty if the object was purged.
    #[prost(string, tag = "3")]
    pub(crate) field: String,
}

/// What an undo does to other operations.
#[derive(Clone, Debug)]
pub(crate) struct Undo {
    /// The operation that is taken back, as it is then.
    pub(crate) operation: Operation,
    /// Whether that is an undo itself.
    pub(crate) is_redo: bool,
    /// What stays as it is.
    pub(crate) conflicts: Vec<Conflict>,
    /// By which operation it and those behind it are undone from now on; `None`: in effect again.
    pub(crate) undone: Vec<(OperationId, Option<OperationId>)>,
}

/// What became of one todo of a request.
#[derive(Clone, Debug)]
pub(crate) struct TodoOutcome {
    pub(crate) id: TodoId,
    pub(crate) number: i64,
    /// Of the change; of a todo that did not change, of its last one.
    pub(crate) revision: i64,
    pub(crate) unchanged: bool,
    /// How many of its parts were left as they are.
    pub(crate) open_parts: i64,
    /// As it is now. `None` if it was purged.
    pub(crate) todo: Option<Todo>,
}

impl TodoOutcome {
    /// Of a todo that nothing happened to.
    pub(crate) fn of_unchanged(todo: Todo) -> Self {
        Self {
            id: todo.id,
            number: todo.number,
            revision: todo.revision,
            unchanged: true,
            open_parts: 0,
            todo: Some(todo),
        }
    }
}

/// The outcome of a request, now or when it was first made.
#[derive(Clone, Debug)]
pub(crate) struct Applied {
    /// The todos of the request, in its order.
    pub(crate) todos: Vec<TodoOutcome>,
    /// The projects of the request, likewise, as they are now.
    pub(crate) projects: Vec<Project>,
    /// How many todos went to the trash with their projects, or came out of it.
    pub(crate) todos_along: i64,
    /// The operation that was taken back.
    pub(crate) undone: Option<Operation>,
    /// Of an undo: what stayed as it is.
    pub(crate) conflicts: Vec<Conflict>,
    /// What to give to `UndoOperation`; `None` if there is nothing to take back.
    pub(crate) operation_id: Option<OperationId>,
}

impl Applied {
    pub(crate) fn operation_id(&self) -> String {
        self.operation_id.map_or_else(String::new, |id| id.to_string())
    }

    /// The one todo of a request about one. NOT_FOUND if it was purged since the request was first made.
    pub(crate) fn into_todo(self) -> Result<Todo> {
        let outcome = self.todos.into_iter().next().ok_or(Error::NotFound)?;
        outcome.todo.ok_or_else(|| Error::missing(ResourceKind::Todo, outcome.id))
    }

    /// Takes the project that a request is about from those that changed along with it. `None` if there is none, or it was
    /// purged since.
    pub(crate) fn take_project(&mut self) -> Option<Project> {
        (!self.projects.is_empty()).then(|| self.projects.remove(0))
    }
}
