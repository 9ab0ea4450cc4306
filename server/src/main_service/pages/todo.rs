//! `/todos/NUMBER`: one todo with all its fields, and what can be done with it.

use axum::response::Response;
use http::StatusCode;
use todo_sdk::{Changed, Client, OperationId, RequestId, Status, Todo, TodoFilter, TodoUpdate, Trash};

use super::{
    super::{
        answer::{self, Outcome, Problem, Stop},
        dates::{due_field, moment},
        form::{Form, errors_of, sent_before},
        note::Note,
        views::{Errors, Frame, Tag, TodoForm, TodoPage},
        visit::{Segment, SignedIn, Visit, after, list_behind, request_id, with_back},
    },
    Typed, choices, priority_number,
};

/// The fields of the form.
const FIELDS: &[&str] = &["title", "description", "due", "priority", "tags", "project"];

/// `GET /todos/NUMBER`.
pub(crate) async fn show(visit: Visit, Segment(number): Segment) -> Outcome {
    let person = visit.signed_in().await?;
    let todo = find(&person.todo, &number).await?;
    respond(&visit, &person, StatusCode::OK, todo, None, Errors::default()).await
}

/// `POST /todos/NUMBER`: changes the fields that the form has.
pub(crate) async fn save(visit: Visit, Segment(number): Segment) -> Outcome {
    let person = visit.signed_in().await?;
    let todo = find(&person.todo, &number).await?;
    let errors = match update(&visit.form, &person) {
        Ok(update) => {
            let client = person.todo.with_request_id(request_id(&visit.form));
            match client.update_todo(todo.id, update).await {
                Ok(Changed { operation, .. }) => {
                    return Ok(answer::see_other(&after(&visit.form.next(), operation)));
                }
                Err(error) if error.is_invalid_argument() => {
                    sent_before(&error, "save this as well").unwrap_or_else(|| errors_of(&error, FIELDS))
                }
                // The todo was there a moment ago, so it is in the trash, or its new project is gone.
                Err(error) if error.is_not_found() => Errors {
                    general: Some(
                        "This todo is in the trash, or the project is gone. What you typed is still here.".to_owned(),
                    ),
                    fields: Vec::new(),
                },
                Err(error) if error.is_aborted() => Errors {
                    general: Some(
                        "Somebody, perhaps you elsewhere, has changed this todo meanwhile. What you typed is still here: \
                         save again to keep it."
                            .to_owned(),
                    ),
                    fields: Vec::new(),
                },
                Err(error) => return Err(error.into()),
            }
        }
        Err(error) => Errors { general: None, fields: vec![error] },
    };
    respond(&visit, &person, StatusCode::UNPROCESSABLE_ENTITY, todo, Some(&visit.form), errors).await
}

/// Shows a todo's form again, with what was typed and what is wrong with it.
pub(crate) async fn show_again(visit: &Visit, person: &SignedIn, number: &str, errors: Errors) -> Outcome {
    let todo = find(&person.todo, number).await?;
    respond(visit, person, StatusCode::UNPROCESSABLE_ENTITY, todo, Some(&visit.form), errors).await
}

/// `POST /todos/NUMBER/complete`.
pub(crate) async fn complete(visit: Visit, Segment(number): Segment) -> Outcome {
    let (client, todo) = target(&visit, &number).await?;
    Ok(done(&visit, client.complete_todos([todo]).await?.operation))
}

/// `POST /todos/NUMBER/reopen`.
pub(crate) async fn reopen(visit: Visit, Segment(number): Segment) -> Outcome {
    let (client, todo) = target(&visit, &number).await?;
    Ok(done(&visit, client.reopen_todos([todo]).await?.operation))
}

/// `POST /todos/NUMBER/delete`.
pub(crate) async fn delete(visit: Visit, Segment(number): Segment) -> Outcome {
    let (client, todo) = target(&visit, &number).await?;
    Ok(done(&visit, client.delete_todos([todo]).await?.operation))
}

/// `POST /todos/NUMBER/restore`.
pub(crate) async fn restore(visit: Visit, Segment(number): Segment) -> Outcome {
    let (client, todo) = target(&visit, &number).await?;
    Ok(done(&visit, client.restore_todos([todo]).await?.operation))
}

/// `POST /undo`: takes back one operation, or the newest one.
pub(crate) async fn undo(visit: Visit) -> Outcome {
    let (_, client) = visit.clients()?;
    let operation = match visit.form.some("operation") {
        Some(id) => Some(id.parse::<OperationId>().map_err(|_| Problem::not_found())?),
        None => None,
    };
    let (id, next) = (request_id(&visit.form), visit.form.next());
    match client.with_request_id(id).undo(operation).await {
        Ok(_) => Ok(answer::see_other(&after(&next, Some(id)))),
        // With nothing left to take back, there is nothing to complain about.
        Err(error) if operation.is_none() && error.is_not_found() => Ok(answer::see_other(&next)),
        Err(error) if error.is_aborted() => Ok(answer::see_other(&Note::Overtaken.on(&next))),
        Err(error) => Err(error.into()),
    }
}

async fn target(visit: &Visit, number: &str) -> Result<(Client, todo_sdk::TodoId), Stop> {
    let (_, client) = visit.clients()?;
    let todo = find(&client, number).await?.id;
    Ok((client.with_request_id(request_id(&visit.form)), todo))
}

fn done(visit: &Visit, operation: Option<OperationId>) -> Response {
    answer::see_other(&after(&visit.form.next(), operation))
}

/// The todo of this number, in the trash or not.
async fn find(client: &Client, number: &str) -> Result<Todo, Stop> {
    let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
    let number: u64 = number.parse().ok().filter(|_| is_number).ok_or_else(Problem::not_found)?;
    let number = i64::try_from(number).ok().filter(|number| *number > 0).ok_or_else(Problem::not_found)?;
    let filter = TodoFilter::default().trash(Trash::Include).numbers([number.unsigned_abs()]);
    let found = client.list_todos(filter).page_size(1).next_page().await?.unwrap_or_default();
    Ok(found.into_iter().next().ok_or_else(Problem::not_found)?)
}

/// What the form changes: the fields it has. An edit in place has fewer than the page.
fn update(form: &Form, person: &SignedIn) -> Result<TodoUpdate, (&'static str, String)> {
    let typed = Typed::read(form, person)?;
    let mut update = TodoUpdate::new();
    if form.has("title") {
        update = update.title(form.get("title"));
    }
    if form.has("description") {
        update = update.description(form.lines("description"));
    }
    if form.has("due") {
        update = update.due(typed.due);
    }
    if form.has("priority") {
        update = update.priority(typed.priority);
    }
    if form.has("tags") {
        update = update.tags(typed.tags);
    }
    if let Some(project) = typed.project {
        update = update.project(project);
    }
    if let Ok(revision) = form.get("revision").parse() {
        update = update.expected_revision(revision);
    }
    Ok(update)
}

async fn respond(
    visit: &Visit,
    person: &SignedIn,
    status: StatusCode,
    todo: Todo,
    typed: Option<&Form>,
    errors: Errors,
) -> Outcome {
    let (projects, frame) =
        futures_util::try_join!(person.projects(), person.frame(visit, todo.title.clone()))?;
    let empty = Form::default();
    let form = typed.unwrap_or(&empty);
    let or_stored = |name: &str, stored: String| if form.has(name) { form.lines(name) } else { stored };
    let priority = match priority_number(todo.priority) {
        0 => String::new(),
        number => number.to_string(),
    };
    let project = or_stored("project", todo.project_id.to_string());
    let back = if typed.is_some() { list_behind(&form.next()) } else { visit.back() };
    let here = with_back(&format!("/todos/{}", todo.number), &back);
    let mut facts = vec![("Created", moment(todo.create_time, &person.now))];
    if todo.update_time != todo.create_time {
        facts.push(("Changed", moment(todo.update_time, &person.now)));
    }
    facts.extend(todo.complete_time.map(|time| ("Completed", moment(time, &person.now))));
    facts.extend(todo.delete_time.map(|time| ("Deleted", moment(time, &person.now))));
    facts.extend(todo.purge_time.map(|time| ("Gone for good", moment(time, &person.now))));
    let tags = todo.tags;
    let view = TodoPage {
        frame: Frame { here, ..frame },
        nav: SignedIn::nav(visit, "todo", &projects),
        number: todo.number,
        is_done: todo.status == Status::Completed,
        is_deleted: todo.delete_time.is_some(),
        form: TodoForm {
            title: or_stored("title", todo.title.clone()),
            description: or_stored("description", todo.description),
            due: or_stored("due", todo.due.as_ref().map(due_field).unwrap_or_default()),
            priority: or_stored("priority", priority),
            tags: or_stored("tags", tags.join(", ")),
            projects: choices(&projects, &project),
            revision: todo.revision,
            request_id: RequestId::generate().to_string(),
            errors,
        },
        tags: tags.into_iter().map(Tag::from).collect(),
        title: todo.title,
        facts,
        back,
    };
    Ok(answer::page(status, &view))
}
