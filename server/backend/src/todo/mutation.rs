//! Every mutation is one operation: decided on what is there, written, and recorded with the values of each field before
//! and after, in one transaction. A repeat of its request is told what was recorded and changes nothing.
//!
//! The account's row is locked first, so whatever a [`Change`] reads holds still until the end; and a change only reads, so
//! that one that is refused has left nothing behind.

use std::collections::HashMap;

use prost::Message;
use sha2::{Digest, Sha256};
use todo_proto::todo::v1::OperationKind;
use uuid::Uuid;

use crate::{
    error::{Error, Result},
    identity::Identity,
    ids::{AccountId, OperationId, ProjectId, TodoId},
    store::{
        conn::{Conn, Write},
        operations::{self, Changed, ChangedField, Changes, Operation},
        project_fields::ProjectField,
        projects::{self, Project},
        todo_accounts::{self, TodoAccount},
        todo_fields::TodoField,
        todos::{self, Todo},
    },
    time::Time,
};

/// Bytes that the values of one operation may take, before and after. More is refused before anything is applied.
const MAX_VALUES: usize = 8 * 1024 * 1024;

/// Who asks for a mutation, and under which id.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) owner: AccountId,
    pub(crate) id: OperationId,
    pub(crate) kind: OperationKind,
    pub(crate) now: Time,
    /// The session, `None` in the embedded mode.
    pub(crate) actor_id: Option<Uuid>,
    actor: String,
    hash: [u8; 32],
}

impl Request {
    /// Describes a request; `message` is it without its `request_id`.
    pub(crate) fn new(
        caller: &Identity,
        id: OperationId,
        kind: OperationKind,
        now: Time,
        message: &impl Message,
    ) -> Self {
        let mut hash = Sha256::new();
        hash.update(i32::from(kind).to_be_bytes());
        hash.update(message.encode_to_vec());
        Self {
            owner: caller.account_id,
            id,
            kind,
            now,
            actor_id: caller.session_id.map(crate::ids::SessionId::as_uuid),
            actor: caller.client().to_owned(),
            hash: hash.finalize().into(),
        }
    }
}

/// A mutation of todos or projects. It need not care about repeats, revisions or the recording.
pub(crate) trait Change: Send + Sync + 'static {
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
    /// The projects of the request, likewise.
    pub(crate) projects: Vec<Step<Project>>,
    /// How many todos went to the trash with their project.
    pub(crate) deleted_todos: i64,
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

    fn is_change(&self) -> bool {
        self.before.as_ref() != Some(&self.after)
    }
}

/// What an undo does to other operations.
#[derive(Clone, Debug)]
pub(crate) struct Undo {
    /// The operation that is taken back.
    pub(crate) operation: OperationId,
    /// By which operation it and those behind it are undone from now on; `None`: in effect again.
    pub(crate) undone: Vec<(OperationId, Option<OperationId>)>,
}

/// The outcome of a request, now or when it was first made.
#[derive(Clone, Debug)]
pub(crate) struct Applied {
    /// The todos of the request, in its order, as they are now.
    pub(crate) todos: Vec<Todo>,
    /// The projects of the request, likewise.
    pub(crate) projects: Vec<Project>,
    /// Those of the todos that were as asked already.
    pub(crate) unchanged: Vec<TodoId>,
    pub(crate) deleted_todos: i64,
    /// The operation that was taken back.
    pub(crate) undone: Option<Operation>,
    /// What to give to `UndoOperation`; `None` if there is nothing to take back.
    pub(crate) operation_id: Option<OperationId>,
}

impl Applied {
    pub(crate) fn operation_id(&self) -> String {
        self.operation_id.map_or_else(String::new, |id| id.to_string())
    }

    pub(crate) fn unchanged_ids(&self) -> Vec<String> {
        self.unchanged.iter().map(ToString::to_string).collect()
    }

    /// The one todo of a request about one. NOT_FOUND if it was purged since the request was first made.
    pub(crate) fn todo(&mut self) -> Result<Todo> {
        self.todos.pop().ok_or(Error::NotFound)
    }

    /// The one project of a request about one. NOT_FOUND if it was purged since.
    pub(crate) fn project(&mut self) -> Result<Project> {
        self.projects.pop().ok_or(Error::NotFound)
    }
}

/// What is stored of an answer: what is not in the changes, and in which order the objects were.
#[derive(Clone, PartialEq, Message)]
struct StoredAnswer {
    #[prost(bytes = "vec", repeated, tag = "1")]
    todos: Vec<Vec<u8>>,
    #[prost(bytes = "vec", repeated, tag = "2")]
    projects: Vec<Vec<u8>>,
    #[prost(bytes = "vec", repeated, tag = "3")]
    unchanged: Vec<Vec<u8>>,
    #[prost(int64, tag = "4")]
    deleted_todos: i64,
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
        // Deleted while its call was on the way.
        let mut account = todo_accounts::lock(conn, request.owner).await?.ok_or(Error::NotFound)?;
        if let Some(stored) = operations::find(conn, request.owner, request.id).await? {
            return replay(request, stored, conn).await;
        }
        let mut effect = change.decide(request, &mut account, conn).await?;
        account.revision += 1;
        let operation = record(request, account.revision, &effect)?;
        write(request, &account, &mut effect, conn).await?;
        operations::insert(conn, request.owner, &operation).await?;
        todo_accounts::update(conn, &account).await?;
        answer(request, operation, effect, conn).await
    }
}

/// Answers as the first time, with the objects as they are now.
async fn replay(request: &Request, stored: Operation, conn: &mut Conn<'_>) -> Result<Applied> {
    if request.hash[..] != stored.request_hash[..] {
        return Err(Error::invalid(
            "request_id",
            "Was used for another request already. Make a new one for each call.",
        ));
    }
    let StoredAnswer { todos, projects, unchanged, deleted_todos } =
        StoredAnswer::decode(&*stored.answer).map_err(Error::internal)?;
    let todo_ids = ids(todos)?.map(TodoId::from_uuid).collect::<Vec<_>>();
    let project_ids = ids(projects)?.map(ProjectId::from_uuid).collect::<Vec<_>>();
    let mut found: HashMap<_, _> = todos::find_all(conn, request.owner, &todo_ids)
        .await?
        .into_iter()
        .map(|todo| (todo.id, todo))
        .collect();
    let mut found_projects: HashMap<_, _> = projects::find_all(conn, request.owner, &project_ids)
        .await?
        .into_iter()
        .map(|project| (project.id, project))
        .collect();
    Ok(Applied {
        todos: todo_ids.iter().filter_map(|id| found.remove(id)).collect(),
        projects: project_ids.iter().filter_map(|id| found_projects.remove(id)).collect(),
        unchanged: ids(unchanged)?.map(TodoId::from_uuid).collect(),
        deleted_todos,
        undone: undone(request.owner, stored.undoes, conn).await?,
        operation_id: stored.is_change().then_some(stored.id),
    })
}

fn ids(stored: Vec<Vec<u8>>) -> Result<impl Iterator<Item = Uuid>> {
    let ids = stored.iter().map(|id| Uuid::from_slice(id).map_err(Error::internal));
    Ok(ids.collect::<Result<Vec<_>>>()?.into_iter())
}

async fn undone(
    owner: AccountId,
    id: Option<OperationId>,
    conn: &mut Conn<'_>,
) -> Result<Option<Operation>> {
    match id {
        Some(id) => operations::find(conn, owner, id).await,
        None => Ok(None),
    }
}

/// The row that records the operation.
fn record(request: &Request, revision: i64, effect: &Effect) -> Result<Operation> {
    let mut changes = Changes::default();
    for step in effect.todos.iter().filter(|step| step.is_change()) {
        let after = &step.after;
        let mut changed = Changed::todo(after.id, after.number, &after.title);
        changed.created = step.before.is_none();
        for field in TodoField::ALL {
            let before = step.before.as_ref().map(|before| field.get(before));
            let after = field.get(after);
            if before.as_ref() != Some(&after) {
                changed.fields.push(ChangedField::new(field.number(), before, after)?);
            }
        }
        changes.todos.push(changed);
    }
    for step in effect.projects.iter().filter(|step| step.is_change()) {
        let mut changed = Changed::project(step.after.id, &step.after.name);
        changed.created = step.before.is_none();
        for field in ProjectField::ALL {
            let before = step.before.as_ref().map(|before| field.get(before));
            let after = field.get(&step.after);
            if before.as_ref() != Some(&after) {
                changed.fields.push(ChangedField::new(field.number(), before, after)?);
            }
        }
        changes.projects.push(changed);
    }
    if changes.encoded_len() > MAX_VALUES {
        return Err(Error::invalid(
            "ids",
            "Would change more than 8 MiB of text at once. Make the change in several calls.",
        ));
    }
    let id = |uuid: Uuid| Vec::from(uuid);
    let unchanged = effect.todos.iter().filter(|step| !step.is_change());
    let answer = StoredAnswer {
        todos: effect.todos.iter().map(|step| id(step.after.id.as_uuid())).collect(),
        projects: effect.projects.iter().map(|step| id(step.after.id.as_uuid())).collect(),
        unchanged: unchanged.map(|step| id(step.after.id.as_uuid())).collect(),
        deleted_todos: effect.deleted_todos,
    };
    Ok(Operation {
        revision,
        id: request.id,
        group_id: None,
        kind: i64::from(i32::from(request.kind)),
        actor_id: request.actor_id,
        actor: request.actor.clone(),
        request_hash: request.hash.to_vec(),
        changes: changes.encode_to_vec(),
        answer: answer.encode_to_vec(),
        undoes: effect.undo.as_ref().map(|undo| undo.operation),
        undone_by: None,
        create_time: request.now,
    })
}

/// Gives what has changed its revision and update time, and writes it.
async fn write(
    request: &Request,
    account: &TodoAccount,
    effect: &mut Effect,
    conn: &mut Conn<'_>,
) -> Result<()> {
    for step in effect.projects.iter_mut().filter(|step| step.is_change()) {
        step.after.revision = account.revision;
        step.after.update_time = request.now;
        match step.before {
            None => projects::insert(conn, request.owner, &step.after).await?,
            Some(_) => projects::update(conn, request.owner, &step.after).await?,
        }
    }
    let (mut created, mut changed) = (Vec::new(), Vec::new());
    for step in effect.todos.iter_mut().filter(|step| step.is_change()) {
        step.after.revision = account.revision;
        step.after.update_time = request.now;
        match &step.before {
            None => created.push(&step.after),
            Some(before) => changed.push((before, &step.after)),
        }
    }
    todos::insert_all(conn, request.owner, &created).await?;
    todos::update_all(conn, request.owner, &changed).await?;
    for (operation, undone_by) in effect.undo.iter().flat_map(|undo| &undo.undone) {
        operations::set_undone_by(conn, request.owner, *operation, *undone_by).await?;
    }
    Ok(())
}

async fn answer(
    request: &Request,
    operation: Operation,
    effect: Effect,
    conn: &mut Conn<'_>,
) -> Result<Applied> {
    let unchanged =
        effect.todos.iter().filter(|step| step.after.revision != operation.revision).map(|step| step.after.id);
    Ok(Applied {
        unchanged: unchanged.collect(),
        todos: effect.todos.into_iter().map(|step| step.after).collect(),
        projects: effect.projects.into_iter().map(|step| step.after).collect(),
        deleted_todos: effect.deleted_todos,
        undone: undone(request.owner, operation.undoes, conn).await?,
        operation_id: operation.is_change().then_some(operation.id),
    })
}
