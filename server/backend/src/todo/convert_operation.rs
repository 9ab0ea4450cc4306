//! From recorded operations to messages: who changed what, and the values before and after.

use prost_types::{ListValue, Value as Json, value::Kind};
use todo_proto::todo::v1;
use uuid::Uuid;

use super::convert::{NO_PRIORITY, small, tags};
use crate::{
    error::Result,
    ids::OperationId,
    store::{
        annotations,
        extras::Extras,
        operations::{Operation, Origin},
        project_fields::ProjectField,
        recorded_changes::{Changed, ChangedField, Changes},
        todo_fields::TodoField,
        value::Value,
    },
    time::Time,
};

/// How many todos, and how many projects, the log shows of an operation.
const SHOWN: usize = 20;
/// Bytes of a value that the log shows.
const VALUE_BYTES: usize = 1024;

/// The operation as the log shows it: a part of its objects, long values cut.
pub(crate) fn summary(row: &Operation) -> Result<v1::Operation> {
    let Changes { mut todos, mut projects } = row.changes()?;
    let counts = (todos.len(), projects.len());
    todos.truncate(SHOWN);
    projects.truncate(SHOWN);
    let mut operation = without_objects(row, counts);
    operation.todos = todos.iter().map(|todo| todo_target(todo, VALUE_BYTES)).collect::<Result<_>>()?;
    operation.projects =
        projects.iter().map(|project| project_target(project, VALUE_BYTES)).collect::<Result<_>>()?;
    Ok(operation)
}

/// Which operation it was, and who asked for it.
pub(crate) fn reference(origin: Origin) -> v1::OperationReference {
    v1::OperationReference {
        id: origin.id.to_string(),
        kind: i32::try_from(origin.kind).unwrap_or_default(),
        actor: Some(actor(origin.actor_id, origin.actor)),
    }
}

fn actor(session_id: Option<Uuid>, client: String) -> v1::Actor {
    v1::Actor { session_id: session_id.map_or_else(String::new, |id| id.to_string()), client }
}

/// The operation with how many objects it changed, and without them.
pub(crate) fn without_objects(row: &Operation, (todos, projects): (usize, usize)) -> v1::Operation {
    let id = |id: Option<OperationId>| id.map_or_else(String::new, |id| id.to_string());
    let count = |count| i32::try_from(count).unwrap_or(i32::MAX);
    v1::Operation {
        id: row.id.to_string(),
        kind: i32::try_from(row.kind).unwrap_or_default(),
        create_time: Some(row.create_time.to_proto()),
        todos: Vec::new(),
        projects: Vec::new(),
        undone_by: id(row.undone_by),
        undoes: id(row.undoes),
        actor: Some(actor(row.actor_id, row.actor.clone())),
        group_id: row.group_id.map_or_else(String::new, |id| id.to_string()),
        todo_count: count(todos),
        project_count: count(projects),
        revision: row.revision,
    }
}

/// What an operation changed about a todo, values cut behind so many bytes.
pub(crate) fn todo_target(changed: &Changed, max_bytes: usize) -> Result<v1::OperationTarget> {
    let field = |recorded: &ChangedField| {
        let field = recorded.todo_field();
        let json = |value: Value| match field {
            Some(field) => todo_value(field, value, max_bytes),
            None => plain_value(value, max_bytes),
        };
        let name = match field {
            None => "",
            // Every new todo has one, which nobody asked for.
            Some(TodoField::Position) if changed.created => "",
            Some(field) => field.name(),
        };
        field_change(recorded, name, json)
    };
    target(changed, changed.todo_id()?.to_string(), field)
}

/// What an operation changed about a project, likewise.
pub(crate) fn project_target(changed: &Changed, max_bytes: usize) -> Result<v1::OperationTarget> {
    let field = |recorded: &ChangedField| {
        let field = ProjectField::of_number(recorded.field);
        let json = |value: Value| match (field, value) {
            (Some(ProjectField::DeleteTime), Value::Number(micros)) => time(micros),
            (_, value) => plain_value(value, max_bytes),
        };
        field_change(recorded, field.map_or("", ProjectField::name), json)
    };
    target(changed, changed.project_id()?.to_string(), field)
}

fn target(
    changed: &Changed,
    id: String,
    field: impl Fn(&ChangedField) -> Result<v1::FieldChange>,
) -> Result<v1::OperationTarget> {
    let mut fields = changed.fields.iter().map(field).collect::<Result<Vec<_>>>()?;
    // What no message shows, or only a newer version knows.
    fields.retain(|field| !field.field.is_empty());
    if changed.created {
        fields.retain(|field| {
            let kind = field.after.as_ref().and_then(|after| after.kind.as_ref());
            !matches!(kind, None | Some(Kind::NullValue(_)))
        });
    }
    Ok(v1::OperationTarget {
        id,
        number: small(changed.number),
        name: changed.name.clone(),
        created: changed.created,
        fields,
    })
}

fn field_change(
    recorded: &ChangedField,
    name: &str,
    json: impl Fn(Value) -> Json,
) -> Result<v1::FieldChange> {
    let before = recorded.before()?.map_or_else(null, &json);
    Ok(v1::FieldChange { field: name.into(), before: Some(before), after: Some(json(recorded.after()?)) })
}

fn todo_value(field: TodoField, value: Value, max_bytes: usize) -> Json {
    match (field, value) {
        (TodoField::CompleteTime | TodoField::DeleteTime, Value::Number(micros)) => time(micros),
        (TodoField::Priority, Value::Number(Some(NO_PRIORITY))) => null(),
        (TodoField::Tags, Value::Text(Some(stored))) => list(tags(&stored), max_bytes),
        (TodoField::Annotations, Value::Bytes(stored)) => {
            let notes = annotations::decode(stored.as_deref()).unwrap_or_default();
            list(notes.iter().map(|note| &note.text), max_bytes)
        }
        (TodoField::Extras, Value::Bytes(stored)) => {
            let Extras { values, references } = Extras::from_stored(stored.as_deref()).unwrap_or_default();
            let values =
                values.iter().map(|extra| format!("{}.{}: {}", extra.source, extra.key, extra.value));
            let references =
                references.iter().map(|known| format!("{}: {}", known.source, known.external_id));
            list(values.chain(references), max_bytes)
        }
        (_, value) => plain_value(value, max_bytes),
    }
}

/// The texts, cut where all of them together are too long.
fn list(texts: impl Iterator<Item = impl AsRef<str>>, max_bytes: usize) -> Json {
    let (mut values, mut left) = (Vec::new(), max_bytes);
    for value in texts {
        values.push(text(value.as_ref(), left));
        if left == 0 {
            break;
        }
        left = left.saturating_sub(value.as_ref().len());
    }
    if values.is_empty() { null() } else { json(Kind::ListValue(ListValue { values })) }
}

fn plain_value(value: Value, max_bytes: usize) -> Json {
    match value {
        Value::Text(Some(value)) if !value.is_empty() => text(&value, max_bytes),
        Value::Id(Some(id)) => json(Kind::StringValue(id.to_string())),
        // Exact: the numbers of todos' fields are small.
        Value::Number(Some(number)) => {
            json(Kind::NumberValue(i32::try_from(number).map_or(f64::MAX, f64::from)))
        }
        Value::Bool(Some(value)) => json(Kind::BoolValue(value)),
        _ => null(),
    }
}

fn time(micros: Option<i64>) -> Json {
    micros
        .map_or_else(null, |micros| json(Kind::StringValue(Time::from_micros(micros).to_jiff().to_string())))
}

fn text(value: &str, max_bytes: usize) -> Json {
    let end = value.floor_char_boundary(max_bytes);
    let cut = if end < value.len() { format!("{}\u{2026}", &value[..end]) } else { value.to_owned() };
    json(Kind::StringValue(cut))
}

fn null() -> Json {
    json(Kind::NullValue(0))
}

fn json(kind: Kind) -> Json {
    Json { kind: Some(kind) }
}
