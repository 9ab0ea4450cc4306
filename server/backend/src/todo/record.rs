//! The row that records a mutation: the values of each field before and after, and what a repeat of the request is told.

use std::collections::HashMap;

use prost::Message;
use todo_proto::todo::v1::OperationKind;
use uuid::Uuid;

use super::mutation::{Applied, Conflict, Effect, Request, TodoOutcome};
use crate::{
    error::{Error, Result},
    ids::{AccountId, OperationId, ProjectId, TodoId},
    store::{
        conn::Conn,
        operations::{self, Operation},
        project_fields::ProjectField,
        projects,
        recorded_changes::{Changed, Changes},
        todo_fields::TodoField,
        todos,
    },
};

/// Bytes that the values of one operation may take, before and after. More is refused before anything is applied.
const MAX_VALUES: usize = 8 * 1024 * 1024;

/// What is stored of an answer: what is not in the changes, and in which order the objects were.
#[derive(Clone, PartialEq, Message)]
struct StoredAnswer {
    #[prost(message, repeated, tag = "1")]
    todos: Vec<StoredOutcome>,
    #[prost(bytes = "vec", repeated, tag = "2")]
    projects: Vec<Vec<u8>>,
    #[prost(int64, tag = "3")]
    todos_along: i64,
    #[prost(message, repeated, tag = "4")]
    conflicts: Vec<Conflict>,
}

/// A [`TodoOutcome`] without the todo.
#[derive(Clone, PartialEq, Message)]
struct StoredOutcome {
    #[prost(bytes = "vec", tag = "1")]
    id: Vec<u8>,
    #[prost(int64, tag = "2")]
    number: i64,
    /// Of a todo that did not change; of the others it is that of the operation.
    #[prost(int64, optional, tag = "3")]
    unchanged_at: Option<i64>,
    #[prost(int64, tag = "4")]
    open_parts: i64,
}

/// The row that records the operation.
pub(super) fn record(request: &Request, revision: i64, effect: &Effect) -> Result<Operation> {
    let changes = changes(effect)?;
    if changes.encoded_len() > MAX_VALUES {
        return Err(Error::invalid(
            request.subject,
            "Would change more than 8 MiB of text at once. Make the change in several calls.",
        ));
    }
    let answer = StoredAnswer {
        todos: outcomes(effect),
        projects: effect.projects.iter().map(|step| step.after.id.as_uuid().into()).collect(),
        todos_along: effect.todos_along,
        conflicts: effect.undo.iter().flat_map(|undo| undo.conflicts.clone()).collect(),
    };
    let kind = match &effect.undo {
        Some(undo) if undo.is_redo => OperationKind::RedoOperation,
        _ => request.kind,
    };
    Ok(Operation {
        revision,
        id: request.id,
        group_id: request.group_id,
        kind: i64::from(i32::from(kind)),
        actor_id: request.actor_id,
        actor: request.actor.clone(),
        request_hash: request.hash.to_vec(),
        changes: changes.encode_to_vec(),
        answer: answer.encode_to_vec(),
        undoes: effect.undo.as_ref().map(|undo| undo.operation.id),
        undone_by: None,
        create_time: request.now,
    })
}

fn outcomes(effect: &Effect) -> Vec<StoredOutcome> {
    let changed = effect.todos.iter().map(|step| StoredOutcome {
        id: step.after.id.as_uuid().into(),
        number: step.after.number,
        unchanged_at: (!step.is_change()).then_some(step.after.revision),
        open_parts: effect.open_parts.get(&step.after.id).copied().unwrap_or_default(),
    });
    let purged = effect.purged.iter().map(|todo| StoredOutcome {
        id: todo.id.as_uuid().into(),
        number: todo.number,
        ..StoredOutcome::default()
    });
    changed.chain(purged).collect()
}

fn changes(effect: &Effect) -> Result<Changes> {
    let mut changes = Changes::default();
    for step in effect.todos.iter().chain(&effect.others).filter(|step| step.is_change()) {
        let after = &step.after;
        let mut object = Changed::todo(after.id, after.number, &after.title);
        object.created = step.before.is_none();
        for field in TodoField::ALL {
            let (before, after) = field.recorded(step.before.as_ref(), after)?;
            object.record(field.number(), before, after)?;
        }
        changes.todos.push(object);
    }
    // Which ones, and nothing of what was in them.
    changes.todos.extend(effect.purged.iter().map(|todo| Changed::todo(todo.id, todo.number, "")));
    for step in effect.projects.iter().filter(|step| step.is_change()) {
        let mut object = Changed::project(step.after.id, &step.after.name);
        object.created = step.before.is_none();
        for field in ProjectField::ALL {
            let before = step.before.as_ref().map(|before| field.get(before));
            object.record(field.number(), before, field.get(&step.after))?;
        }
        changes.projects.push(object);
    }
    Ok(changes)
}

/// Answers as the first time, with the objects as they are now.
pub(super) async fn replay(request: &Request, stored: Operation, conn: &mut Conn<'_>) -> Result<Applied> {
    if request.hash[..] != stored.request_hash[..] {
        return Err(Error::invalid(
            "request_id",
            "Was used for another request already. Make a new one for each call.",
        ));
    }
    let StoredAnswer { todos, projects, todos_along, conflicts } =
        StoredAnswer::decode(&*stored.answer).map_err(Error::internal)?;
    let project_ids = projects.iter().map(|id| Ok(ProjectId::from_uuid(uuid(id)?)));
    let project_ids = project_ids.collect::<Result<Vec<_>>>()?;
    let mut found_projects: HashMap<_, _> = projects::find_all(conn, request.owner, &project_ids)
        .await?
        .into_iter()
        .map(|project| (project.id, project))
        .collect();
    Ok(Applied {
        todos: read_outcomes(request.owner, todos, stored.revision, conn).await?,
        projects: project_ids.iter().filter_map(|id| found_projects.remove(id)).collect(),
        todos_along,
        undone: undone(request.owner, stored.undoes, conn).await?,
        conflicts,
        operation_id: stored.is_change().then_some(stored.id),
    })
}

async fn read_outcomes(
    owner: AccountId,
    stored: Vec<StoredOutcome>,
    revision: i64,
    conn: &mut Conn<'_>,
) -> Result<Vec<TodoOutcome>> {
    let ids = stored.iter().map(|outcome| Ok(TodoId::from_uuid(uuid(&outcome.id)?)));
    let ids = ids.collect::<Result<Vec<_>>>()?;
    let mut found: HashMap<_, _> =
        todos::find_all(conn, owner, &ids).await?.into_iter().map(|todo| (todo.id, todo)).collect();
    let outcome = |(id, stored): (TodoId, StoredOutcome)| TodoOutcome {
        id,
        number: stored.number,
        revision: stored.unchanged_at.unwrap_or(revision),
        unchanged: stored.unchanged_at.is_some(),
        open_parts: stored.open_parts,
        todo: found.remove(&id),
    };
    Ok(ids.into_iter().zip(stored).map(outcome).collect())
}

fn uuid(stored: &[u8]) -> Result<Uuid> {
    Uuid::from_slice(stored).map_err(Error::internal)
}

async fn undone(owner: AccountId, id: Option<OperationId>, conn: &mut Conn<'_>) -> Result<Option<Operation>> {
    match id {
        Some(id) => operations::find(conn, owner, id).await,
        None => Ok(None),
    }
}
