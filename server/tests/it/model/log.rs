//! What responses say of an account: answers, todos in lists, and its log.

use jiff::Timestamp as Instant;
use prost_types::{ListValue, Timestamp, Value, value::Kind};
use todo_proto::todo::v1::{
    self, FieldChange, OperationTarget, Project, Todo, TodoView, undo_operation_request::Target,
};
use tonic::Code;

use super::{
    decide::Decided,
    request::{Answer, Request},
    state::{Account, By, Effect, Operation, Step},
    values::Field,
};

/// Objects and bytes of a value that the log shows.
const SHOWN: usize = 20;
const SHOWN_BYTES: usize = 1024;

impl Account {
    /// The response to a request that was applied, whenever it is sent again.
    pub(super) fn answer(&self, operation: &Operation) -> Decided<Answer> {
        let request = &operation.request;
        let projects = operation.outcome.projects.iter().filter_map(|id| self.project(id));
        let mut answer = Answer {
            projects: projects.map(Self::shown_project).collect(),
            purged: purged(operation.purged.iter().cloned()),
            todos_along: operation.outcome.todos_along,
            conflicts: operation.outcome.conflicts.clone(),
            operation_id: if operation.is_change() { operation.id().into() } else { String::new() },
            ..Answer::default()
        };
        match request {
            Request::Create(_) => {
                let id = operation.outcome.results.first().map_or("", |result| &result.id);
                answer.todo = Some(self.shown(self.todo(id).ok_or(Code::NotFound)?));
                return Ok(answer);
            }
            Request::Purge(_) => answer.operation_id.clear(),
            Request::Undo(message) => {
                let undone = operation.undoes.as_ref().and_then(|id| self.operation(id));
                answer.undone = undone.map(|undone| self.summary(undone));
                if let Some(Target::GroupId(group)) = &message.target {
                    let left = self.operations.iter().filter(|other| other.request.group_id() == group);
                    answer.remaining =
                        i32::try_from(left.filter(|other| other.is_in_effect()).count()).unwrap();
                }
            }
            _ => {}
        }
        for result in &operation.outcome.results {
            let todo = self.todo(&result.id);
            let title = todo.map(|todo| todo.title.clone()).unwrap_or_default();
            let todo = todo.and_then(|todo| self.viewed(todo, request.view()));
            answer.results.push(v1::TodoResult { title, todo, ..result.clone() });
        }
        Ok(answer)
    }

    /// What a request would be answered that only asks.
    pub(super) fn validation(&self, request: &Request, by: By, effect: Effect) -> Answer {
        let outcome = Self::outcome(&effect);
        let purged = purged(effect.purged.iter().map(|todo| (todo.id.clone(), todo.number)));
        let mut after = self.clone();
        after.commit(request, by, effect);
        let counted = after.operations.pop().unwrap().outcome.results;
        let results = outcome.results.into_iter().zip(counted);
        let results =
            results.map(|(result, after)| v1::TodoResult { open_parts: after.open_parts, ..result });
        Answer { results: results.collect(), purged, ..Answer::default() }
    }

    fn viewed(&self, todo: &Todo, view: i32) -> Option<Todo> {
        match TodoView::try_from(view).unwrap() {
            TodoView::Unspecified | TodoView::Reference => None,
            TodoView::Basic => Some(self.basic(todo)),
            TodoView::Full => Some(self.shown(todo)),
        }
    }

    pub(super) fn basic(&self, todo: &Todo) -> Todo {
        Todo {
            position: String::new(),
            annotations: Vec::new(),
            extras: Vec::new(),
            references: Vec::new(),
            ..self.shown(todo)
        }
    }

    /// An operation as ListOperations shows it.
    pub(super) fn summary(&self, operation: &Operation) -> v1::Operation {
        let mut summary = self.in_full(operation, SHOWN_BYTES);
        summary.todos.truncate(SHOWN);
        summary.projects.truncate(SHOWN);
        summary
    }

    /// An operation with all that it changed, values cut behind so many bytes.
    pub(super) fn in_full(&self, operation: &Operation, bytes: usize) -> v1::Operation {
        let todos = operation.todos.iter().map(|step| self.todo_target(step, bytes));
        let purged = operation.purged.iter();
        let purged = purged.map(|(id, number)| OperationTarget {
            id: id.clone(),
            number: *number,
            ..OperationTarget::default()
        });
        let todos: Vec<_> = todos.chain(purged).collect();
        let count = |count| i32::try_from(count).unwrap();
        v1::Operation {
            id: operation.id().into(),
            kind: operation.kind.into(),
            create_time: Some(operation.time),
            undone_by: operation.undone_by.clone().unwrap_or_default(),
            undoes: operation.undoes.clone().unwrap_or_default(),
            actor: Some(self.actors[operation.actor].clone()),
            group_id: operation.request.group_id().into(),
            todo_count: count(todos.len()),
            project_count: count(operation.projects.len()),
            revision: operation.revision,
            todos,
            projects: operation.projects.iter().map(project_target).collect(),
        }
    }

    fn todo_target(&self, step: &Step<Todo>, bytes: usize) -> OperationTarget {
        let Step { before, after } = step;
        let mut target = OperationTarget {
            id: after.id.clone(),
            number: after.number,
            created: before.is_none(),
            ..OperationTarget::default()
        };
        // A purge erases what the log says of it.
        if self.purged.contains_key(&after.id) {
            return target;
        }
        target.name.clone_from(&after.title);
        let nothing = Todo::default();
        let earlier = before.as_ref().unwrap_or(&nothing);
        for field in Field::ALL {
            if field.is_same(earlier, after) || before.is_none() && field == Field::Position {
                continue;
            }
            let (before, after) = match (field, before) {
                // Of those the log has what was removed and what was added.
                (Field::Annotations, Some(before)) => {
                    (value(field, &without_notes(before, after)), value(field, &without_notes(after, before)))
                }
                (_, Some(before)) => (value(field, before), value(field, after)),
                (_, None) => (null(), value(field, after)),
            };
            if target.created && after == null() {
                continue;
            }
            let (before, after) = (Some(cut(before, bytes)), Some(cut(after, bytes)));
            target.fields.push(FieldChange { field: field.name().into(), before, after });
        }
        target
    }
}

fn without_notes(todo: &Todo, other: &Todo) -> Todo {
    let notes = todo.annotations.iter().filter(|note| !other.annotations.contains(note));
    Todo { annotations: notes.cloned().collect(), ..Todo::default() }
}

fn project_target(step: &Step<Project>) -> OperationTarget {
    let Step { before, after } = step;
    let nothing = Project::default();
    let earlier = before.as_ref().unwrap_or(&nothing);
    let mut fields = Vec::new();
    let mut add = |field: &str, before: Value, after: Value| {
        if before != after {
            fields.push(FieldChange { field: field.into(), before: Some(before), after: Some(after) });
        }
    };
    add("name", text(&earlier.name), text(&after.name));
    add("delete_time", time(earlier.delete_time), time(after.delete_time));
    OperationTarget {
        id: after.id.clone(),
        number: 0,
        name: after.name.clone(),
        created: before.is_none(),
        fields,
    }
}

fn purged(todos: impl Iterator<Item = (String, i32)>) -> Vec<v1::PurgedTodo> {
    todos.map(|(id, number)| v1::PurgedTodo { id, number }).collect()
}

fn value(field: Field, todo: &Todo) -> Value {
    match field {
        Field::ProjectId => text(&todo.project_id),
        Field::ParentId => text(&todo.parent_id),
        Field::Title => text(&todo.title),
        Field::Description => text(&todo.description),
        Field::Priority if todo.priority == 0 => null(),
        Field::Priority => Value { kind: Some(Kind::NumberValue(f64::from(todo.priority))) },
        Field::Due => match todo.due.as_ref().and_then(|due| due.kind.as_ref()) {
            None => null(),
            Some(v1::due::Kind::Date(date)) => text(date),
            Some(v1::due::Kind::Local(local)) => text(local),
            Some(v1::due::Kind::Zoned(zoned)) => text(&format!("{}[{}]", zoned.date_time, zoned.time_zone)),
        },
        Field::Tags => list(todo.tags.iter().cloned()),
        Field::Position => text(&todo.position),
        Field::CompleteTime => time(todo.complete_time),
        Field::DeleteTime => time(todo.delete_time),
        Field::Annotations => list(todo.annotations.iter().map(|note| note.text.clone())),
        Field::Extras => {
            let extras = todo.extras.iter();
            let extras = extras.map(|extra| format!("{}.{}: {}", extra.source, extra.key, extra.value));
            let references = todo.references.iter();
            list(extras.chain(references.map(|name| format!("{}: {}", name.source, name.external_id))))
        }
    }
}

fn null() -> Value {
    Value { kind: Some(Kind::NullValue(0)) }
}

fn text(text: &str) -> Value {
    if text.is_empty() { null() } else { Value { kind: Some(Kind::StringValue(text.into())) } }
}

fn time(time: Option<Timestamp>) -> Value {
    let text_of = |time: Timestamp| Instant::new(time.seconds, time.nanos).unwrap().to_string();
    time.map_or_else(null, |time| text(&text_of(time)))
}

fn list(values: impl Iterator<Item = String>) -> Value {
    let values: Vec<_> = values.map(|value| text(&value)).collect();
    if values.is_empty() { null() } else { Value { kind: Some(Kind::ListValue(ListValue { values })) } }
}

/// Long texts end with an ellipsis in the log.
fn cut(value: Value, bytes: usize) -> Value {
    let kind = value.kind.map(|kind| match kind {
        Kind::StringValue(text) if text.len() > bytes => {
            Kind::StringValue(format!("{}\u{2026}", &text[..text.floor_char_boundary(bytes)]))
        }
        Kind::ListValue(list) => {
            let values = list.values.into_iter().map(|value| cut(value, bytes)).collect();
            Kind::ListValue(ListValue { values })
        }
        kind => kind,
    });
    Value { kind }
}
