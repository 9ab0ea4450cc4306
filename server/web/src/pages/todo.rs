//! `/todos/NUMBER`: one todo with all its fields, and what can be done with it.

use axum::{Form, response::Response};
use http::StatusCode;
use serde::Deserialize;
use todo_sdk::{
    Client, Error, OperationId, Project, RequestId, Status, Todo, TodoFilter, TodoId, TodoUpdate, Trash, Undo,
};

use super::todo_fields::{TodoFields, Typed, priority_number, project_choices};
use crate::{
    dates::{due_field, moment},
    error::{PageError, PageResult, Problem, page},
    field_errors::{field_errors, sent_before},
    flash::{Flash, with_operation},
    navigation::nav,
    request_context::{RequestContext, Segment, list_behind, parse_request_id, with_back},
    response::see_other,
    signed_in::SignedIn,
    urls::local_path,
    view_models::{Errors, Frame, Tag, TodoForm, TodoPage},
};

/// The fields of the form.
const FIELDS: &[&str] = &["title", "description", "due", "priority", "tags", "project"];

/// The form of a todo's fields. What it does not have stays as it is: an edit in place has fewer fields than the page.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct EditForm {
    id: String,
    title: Option<String>,
    description: Option<String>,
    due: Option<String>,
    zone: String,
    priority: Option<String>,
    tags: Option<String>,
    project: Option<String>,
    revision: String,
    request_id: String,
    next: String,
}

/// A press of a button beside a todo.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ActionForm {
    id: String,
    request_id: String,
    next: String,
}

/// A press of "Undo".
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct UndoForm {
    operation: String,
    request_id: String,
    next: String,
}

/// `GET /todos/NUMBER`.
pub(crate) async fn show(context: RequestContext, Segment(number): Segment) -> PageResult {
    respond(&context, StatusCode::OK, &number, None, Errors::default()).await
}

/// `POST /todos/NUMBER`: changes the fields that the form has.
pub(crate) async fn save(
    context: RequestContext,
    Segment(number): Segment,
    Form(form): Form<EditForm>,
) -> PageResult {
    let client = context.todo_for_change(&form.request_id)?;
    let errors = match TodoFields::read(form.typed(), &context).await? {
        Ok(fields) => {
            let id = id_of(&client, &form.id, &number).await?;
            match client.update_todo(id, form.update(fields)).await {
                Ok(saved) => return Ok(see_other(&with_operation(local_path(&form.next), saved.operation))),
                Err(error) => refusal(error)?,
            }
        }
        Err(errors) => errors,
    };
    show_again(&context, &number, &form, errors).await
}

/// Shows a todo's form again, with what was typed and what is wrong with it.
pub(crate) async fn show_again(
    context: &RequestContext,
    number: &str,
    form: &EditForm,
    errors: Errors,
) -> PageResult {
    respond(context, StatusCode::UNPROCESSABLE_ENTITY, number, Some(form), errors).await
}

/// `POST /todos/NUMBER/complete`.
pub(crate) async fn complete(
    context: RequestContext,
    Segment(number): Segment,
    Form(form): Form<ActionForm>,
) -> PageResult {
    let (client, id) = form.target(&context, &number).await?;
    Ok(form.done(client.complete_todos([id]).await?.operation))
}

/// `POST /todos/NUMBER/reopen`.
pub(crate) async fn reopen(
    context: RequestContext,
    Segment(number): Segment,
    Form(form): Form<ActionForm>,
) -> PageResult {
    let (client, id) = form.target(&context, &number).await?;
    Ok(form.done(client.reopen_todos([id]).await?.operation))
}

/// `POST /todos/NUMBER/delete`.
pub(crate) async fn delete(
    context: RequestContext,
    Segment(number): Segment,
    Form(form): Form<ActionForm>,
) -> PageResult {
    let (client, id) = form.target(&context, &number).await?;
    Ok(form.done(client.delete_todos([id]).await?.operation))
}

/// `POST /todos/NUMBER/restore`.
pub(crate) async fn restore(
    context: RequestContext,
    Segment(number): Segment,
    Form(form): Form<ActionForm>,
) -> PageResult {
    let (client, id) = form.target(&context, &number).await?;
    Ok(form.done(client.restore_todos([id]).await?.operation))
}

/// `POST /undo`: undoes one operation, or the newest one.
pub(crate) async fn undo(context: RequestContext, Form(form): Form<UndoForm>) -> PageResult {
    let id = parse_request_id(&form.request_id);
    let client = context.todo()?.with_request_id(id);
    let operation = match form.operation.as_str() {
        "" => Undo::last(),
        operation => Undo::from(operation.parse::<OperationId>().map_err(|_| Problem::not_found())?),
    };
    let next = local_path(&form.next);
    match client.undo(operation).await {
        Ok(_) => Ok(see_other(&with_operation(next, Some(id)))),
        // With nothing left to undo, this is no error.
        Err(error) if form.operation.is_empty() && error.is_not_found() => Ok(see_other(next)),
        Err(error) if error.is_aborted() => Ok(see_other(&Flash::Overtaken.on(next))),
        Err(error) => Err(error.into()),
    }
}

impl ActionForm {
    /// Returns the client that makes the change, and the todo.
    async fn target(&self, context: &RequestContext, number: &str) -> Result<(Client, TodoId), PageError> {
        let client = context.todo_for_change(&self.request_id)?;
        let id = id_of(&client, &self.id, number).await?;
        Ok((client, id))
    }

    fn done(&self, operation: Option<OperationId>) -> Response {
        see_other(&with_operation(local_path(&self.next), operation))
    }
}

impl EditForm {
    fn typed(&self) -> Typed<'_> {
        Typed {
            due: self.due.as_deref().unwrap_or_default(),
            zone: &self.zone,
            priority: self.priority.as_deref().unwrap_or_default(),
            tags: self.tags.as_deref().unwrap_or_default(),
            project: self.project.as_deref().unwrap_or_default(),
        }
    }

    /// What the form changes: the fields it has.
    fn update(&self, fields: TodoFields) -> TodoUpdate {
        let mut update = TodoUpdate::new();
        if let Some(title) = &self.title {
            update = update.title(title);
        }
        if let Some(description) = &self.description {
            update = update.description(unix_lines(description));
        }
        if self.due.is_some() {
            update = update.due(fields.due);
        }
        if self.priority.is_some() {
            update = update.priority(fields.priority);
        }
        if self.tags.is_some() {
            update = update.tags(fields.tags);
        }
        if let Some(project) = fields.project {
            update = update.project(project);
        }
        if let Ok(revision) = self.revision.parse() {
            update = update.expected_revision(revision);
        }
        update
    }
}

/// The text of a field of several lines, which browsers send with CR LF.
fn unix_lines(text: &str) -> String {
    text.replace("\r\n", "\n")
}

/// What is said about a change that was refused, where the form can say it.
fn refusal(error: Error) -> Result<Errors, PageError> {
    if error.is_invalid_argument() {
        let errors = sent_before(&error, "save this as well");
        return Ok(errors.unwrap_or_else(|| field_errors(&error, FIELDS)));
    }
    if error.is_not_found() {
        // The todo was there a moment ago, so it is in the trash, or its new project is gone.
        return Ok(Errors::general(
            "This todo is in the trash, or the project is gone. What you typed is still here.",
        ));
    }
    if error.is_aborted() {
        return Ok(Errors::general(
            "Somebody, perhaps you elsewhere, has changed this todo meanwhile. What you typed is still here: save again \
             to keep it.",
        ));
    }
    Err(error.into())
}

/// Returns the id of a todo, which every form of a page of ours has; else it is looked up by the number of the address.
async fn id_of(client: &Client, id: &str, number: &str) -> Result<TodoId, PageError> {
    match id.parse() {
        Ok(id) => Ok(id),
        Err(_) => Ok(find(client, number).await?.id),
    }
}

/// Returns the todo of this number, in the trash or not.
async fn find(client: &Client, number: &str) -> Result<Todo, PageError> {
    let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
    let number: u64 = number.parse().ok().filter(|_| is_number).ok_or_else(Problem::not_found)?;
    let number = i64::try_from(number).ok().filter(|number| *number > 0).ok_or_else(Problem::not_found)?;
    let filter = TodoFilter::default().trash(Trash::Include).numbers([number.unsigned_abs()]);
    let found = client.list_todos(filter).page_size(1).next_page().await?.unwrap_or_default();
    Ok(found.into_iter().next().ok_or_else(Problem::not_found)?)
}

async fn respond(
    context: &RequestContext,
    status: StatusCode,
    number: &str,
    typed: Option<&EditForm>,
    errors: Errors,
) -> PageResult {
    let person = SignedIn::fetch(context).await?;
    let (todo, projects, frame) =
        futures_util::try_join!(find(&person.todo, number), person.projects(), person.frame(context, ""),)?;
    let back = typed.map_or_else(|| context.back(), |form| list_behind(local_path(&form.next)));
    let here = with_back(&format!("/todos/{}", todo.number), &back);
    let view = TodoPage {
        frame: Frame { here, title: todo.title.clone(), ..frame },
        nav: nav(context, "todo", &projects),
        number: todo.number,
        is_done: todo.status == Status::Completed,
        is_deleted: todo.delete_time.is_some(),
        form: form_of(&todo, &projects, &person, typed, errors),
        facts: facts(&todo, &person),
        tags: todo.tags.into_iter().map(Tag::from).collect(),
        title: todo.title,
        back,
    };
    page(status, &view)
}

/// The form with what was typed, and with what is stored where nothing was.
fn form_of(
    todo: &Todo,
    projects: &[Project],
    person: &SignedIn,
    typed: Option<&EditForm>,
    errors: Errors,
) -> TodoForm {
    let empty = EditForm::default();
    let form = typed.unwrap_or(&empty);
    let or_stored = |typed: &Option<String>, stored: &dyn Fn() -> String| match typed {
        Some(typed) => unix_lines(typed),
        None => stored(),
    };
    let priority = || match priority_number(todo.priority) {
        0 => String::new(),
        number => number.to_string(),
    };
    let project = or_stored(&form.project, &|| todo.project_id.to_string());
    TodoForm {
        title: or_stored(&form.title, &|| todo.title.clone()),
        description: or_stored(&form.description, &|| todo.description.clone()),
        due: or_stored(&form.due, &|| todo.due.as_ref().map(due_field).unwrap_or_default()),
        priority: or_stored(&form.priority, &priority),
        tags: or_stored(&form.tags, &|| todo.tags.join(", ")),
        projects: project_choices(projects, &project),
        id: todo.id.to_string(),
        zone: person.account.time_zone.clone(),
        revision: todo.revision,
        request_id: RequestId::generate().to_string(),
        errors,
    }
}

/// What happened to the todo, and when.
fn facts(todo: &Todo, person: &SignedIn) -> Vec<(&'static str, String)> {
    let changed = (todo.update_time != todo.create_time).then_some(todo.update_time);
    [
        ("Created", Some(todo.create_time)),
        ("Changed", changed),
        ("Completed", todo.complete_time),
        ("Deleted", todo.delete_time),
        ("Gone for good", todo.purge_time),
    ]
    .into_iter()
    .filter_map(|(name, time)| Some((name, moment(time?, &person.now))))
    .collect()
}
