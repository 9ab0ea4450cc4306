//! The fields of requests, checked by the rules of todo-model.

use std::collections::HashSet;

use prost_types::FieldMask;
use todo_model::{limits, text};
use todo_proto::todo::v1;

use super::{
    convert::View,
    filter,
    names::{Selection, Target, TodoName},
    requests::SelectionRequest,
};
use crate::{
    error::{Error, Result},
    ids::{OperationId, ProjectId, TodoId},
    time::Time,
    validation::in_field,
};

pub(crate) use crate::validation::{Violations, optional_uuid, uuid};

/// Reads a project's name.
pub(crate) fn project_name(name: &str) -> Result<String> {
    in_field("project.name", text::project_name(name))
}

/// Reads the id of a todo.
pub(crate) fn todo_id(field: &str, text: &str) -> Result<TodoId> {
    uuid(field, text).map(TodoId::from_uuid)
}

/// Reads the id or the number of a todo.
pub(crate) fn todo_name(field: &str, text: &str) -> Result<TodoName> {
    if let Some(number) = text::todo_number(text) {
        return Ok(TodoName::Number(number));
    }
    if text.len() == 36 {
        return todo_id(field, text).map(TodoName::Id);
    }
    Err(Error::invalid(
        field,
        "Must be the number of a todo, or a UUID such as 0197f0a4-6ff7-7c4e-9d1b-3c1f6f6b2f6e.",
    ))
}

/// Reads the id or the number of a todo that may be left out.
pub(crate) fn optional_todo_name(field: &str, text: &str) -> Result<Option<TodoName>> {
    if text.is_empty() { Ok(None) } else { todo_name(field, text).map(Some) }
}

/// Reads what to take back.
pub(crate) fn undo_target(target: Option<v1::undo_operation_request::Target>) -> Result<Target> {
    use v1::undo_operation_request::Target as Proto;
    let target = target.ok_or_else(|| {
        Error::invalid("operation_id", "Name what to undo: an operation, a group, or your own newest.")
    })?;
    Ok(match target {
        Proto::OperationId(id) => Target::Operation(OperationId::from_uuid(uuid("operation_id", &id)?)),
        Proto::GroupId(id) => Target::Group(uuid("group_id", &id)?),
        Proto::Own(own) => match v1::OwnOperation::try_from(own) {
            Ok(v1::OwnOperation::Newest) => Target::OwnNewest,
            Ok(v1::OwnOperation::NewestUndo) => Target::OwnNewestUndo,
            Ok(v1::OwnOperation::Unspecified) | Err(_) => {
                return Err(Error::invalid("own", "Must be one of the values of OwnOperation."));
            }
        },
    })
}

/// Reads 1 to 1,000 names of todos, each once and in the order of the request.
pub(crate) fn todo_names(ids: &[String]) -> Result<Vec<TodoName>> {
    if ids.is_empty() || ids.len() > limits::IDS {
        return Err(Error::invalid("ids", "Must be 1 to 1,000 ids."));
    }
    let mut violations = Violations::default();
    let mut seen = HashSet::with_capacity(ids.len());
    let names: Vec<_> = ids
        .iter()
        .enumerate()
        .filter_map(|(index, id)| violations.keep(todo_name(&format!("ids[{index}]"), id)))
        .filter(|name| seen.insert(*name))
        .collect();
    violations.or(names)
}

/// Reads which todos a request is about.
pub(crate) fn selection(request: &impl SelectionRequest) -> Result<Selection> {
    match (request.ids(), request.filter()) {
        (ids, "") => Ok(Selection::Names { names: todo_names(ids)?, allow_missing: request.allow_missing() }),
        // Never all that there is by mistake: whoever means that writes it.
        ([], text) => match filter::parse(text)? {
            filter if filter.is_empty() => Err(Error::invalid("filter", "Must not be empty.")),
            filter => Ok(Selection::Filter(filter)),
        },
        _ => Err(Error::invalid("filter", "Must be empty where there are ids.")),
    }
}

/// Reads how much of a todo a response holds.
pub(crate) fn view(value: i32, unless_set: View) -> Result<View> {
    match v1::TodoView::try_from(value) {
        Ok(v1::TodoView::Unspecified) => Ok(unless_set),
        Ok(v1::TodoView::Reference) => Ok(View::Reference),
        Ok(v1::TodoView::Basic) => Ok(View::Basic),
        Ok(v1::TodoView::Full) => Ok(View::Full),
        Err(_) => Err(Error::invalid("view", "Must be one of the values of TodoView.")),
    }
}

/// Reads the id of a project.
pub(crate) fn project_id(field: &str, text: &str) -> Result<ProjectId> {
    uuid(field, text).map(ProjectId::from_uuid)
}

/// Reads the id that a client chose for a todo.
pub(crate) fn chosen_todo_id(field: &str, text: &str) -> Result<Option<TodoId>> {
    let Some(id) = optional_uuid(field, text)? else { return Ok(None) };
    if id.get_version_num() != 7 {
        return Err(Error::invalid(field, "Must be a UUID of version 7."));
    }
    Ok(Some(TodoId::from_uuid(id)))
}

/// Reads the `request_id` of a change, or makes one if the client does not care about repeats.
pub(crate) fn operation_id(text: &str, now: Time) -> Result<OperationId> {
    Ok(optional_uuid("request_id", text)?.map_or_else(|| OperationId::generate(now), OperationId::from_uuid))
}

/// Reads the `expected_revision` of a change. `None` if the client does not care.
pub(crate) fn expected_revision(revision: i64) -> Result<Option<i64>> {
    match revision {
        ..0 => Err(Error::invalid("expected_revision", "Must not be negative.")),
        0 => Ok(None),
        revision => Ok(Some(revision)),
    }
}

/// Reads the paths of an `update_mask`, of which there must be one at least.
pub(crate) fn mask_paths(mask: Option<&FieldMask>) -> Result<impl Iterator<Item = &str>> {
    let paths = mask.map_or(&[][..], |mask| &mask.paths);
    if paths.is_empty() {
        return Err(Error::invalid("update_mask", "Must name at least one field."));
    }
    Ok(paths.iter().map(String::as_str))
}

/// Says which paths an `update_mask` may name.
pub(crate) fn unknown_path(path: &str, known: &[&str]) -> Error {
    let known = known.join(", ");
    Error::invalid("update_mask", format!("Names {path:?}, which is none of {known}."))
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn names_are_kept_once_and_in_order() {
        let (a, b) = (Uuid::from_u128(1).to_string(), Uuid::from_u128(2).to_string());
        let names = todo_names(&[b.clone(), "12".into(), a.clone(), b.clone(), "12".into()]).unwrap();
        assert_eq!(names.iter().map(ToString::to_string).collect::<Vec<_>>(), [b, "12".into(), a.clone()]);
        assert!(todo_names(&[]).is_err());
        assert!(todo_names(&vec![a.clone(); 1_001]).is_err());
        let Err(Error::InvalidArgument(violations)) = todo_names(&[a, "x".into()]) else { panic!() };
        assert_eq!(violations[0].field, "ids[1]");
    }

    #[test]
    fn chosen_ids_are_of_version_7() {
        assert!(chosen_todo_id("todo_id", "0197f0a4-6ff7-7c4e-9d1b-3c1f6f6b2f6e").is_ok());
        assert!(chosen_todo_id("todo_id", "0197f0a4-6ff7-4c4e-9d1b-3c1f6f6b2f6e").is_err());
        assert_eq!(chosen_todo_id("todo_id", "").unwrap(), None);
    }
}
