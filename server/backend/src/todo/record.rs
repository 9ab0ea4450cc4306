//! The row that records a mutation: the values of each field before and after, and what a repeat of the request is told.

use std::collections::HashMap;

use prost::Message;
use todo_proto::todo::v1::OperationKind;
use uuid::Uuid;

use super::mutation::{Applied, Conflict, Effect, Request};
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
    #[prost(bytes = "vec", repeated, tag = "1")]
    todos: Vec<Vec<u8>>,
    #[prost(bytes = "vec", repeated, tag = "2")]
    projects: Vec<Vec<u8>>,
    #[prost(bytes = "vec", repeated, tag = "3")]
    unchanged: Vec<Vec<u8>>,
    #[prost(int64, tag = "4")]
    deleted_todos: i64,
    #[prost(message, repeated, tag = "5")]
    conflicts: Vec<Conflict>,
}

/// The row that records the operation.
pub(super) fn record(request: &Request, revision: i64, effect: &Effect) -> Result<Operation> {
    let changes = changes(effect)?;
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

fn changes(effect: &Effect) -> Result<Changes> {
    let mut changes = Changes::default();
    for step in effect.todos.iter().filter(|step| step.is_change()) {
        let after = &step.after;
        let mut object = Changed::todo(after.id, after.number, &after.title);
        object.created = step.before.is_none();
        for field in TodoField::ALL {
            let before = step.before.as_ref().map(|before| field.get(before));
            object.record(field.number(), before, field.get(after))?;
        }
        changes.todos.push(object);
    }
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
    let StoredAnswer { todos, projects, unchanged, deleted_todos, conflicts } =
        StoredAnswer::decode(&*stored.answer).map_err(Error::internal)?;
    let todo_ids = ids(&todos)?.map(TodoId::from_uuid).collect::<Vec<_>>();
    let project_ids = ids(&projects)?.map(ProjectId::from_uuid).collect::<Vec<_>>();
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
        unchanged: ids(&unchanged)?.map(TodoId::from_uuid).collect(),
        deleted_todos,
        undone: undone(request.owner, stored.undoes, conn).await?,
        conflicts,
        operation_id: stored.is_change().then_some(stored.id),
    })
}

fn ids(stored: &[Vec<u8>]) -> Result<impl Iterator<Item = Uuid>> {
    let ids = stored.iter().map(|id| Uuid::from_slice(id).map_err(Error::internal));
    Ok(ids.collect::<Result<Vec<_>>>()?.into_iter())
}

async fn undone(owner: AccountId, id: Option<OperationId>, conn: &mut Conn<'_>) -> Result<Option<Operation>> {
    match id {
        Some(id) => operations::find(conn, owner, id).await,
        None => Ok(None),
    }
}
