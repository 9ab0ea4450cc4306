//! `/todos/NUMBER`, as it is shown: one todo with all its fields.

use http::StatusCode;
use todo_sdk::{Annotation, Project, RequestId, Status, Todo, TodoRef};

use super::{
    todo_fields::{priority_number, project_choices},
    todo_forms::{AnnotationForm, EditForm, unix_lines},
};
use crate::{
    dates::{due_field, moment},
    error::{PageResult, Problem, page},
    navigation::nav,
    request_context::{RequestContext, list_behind, with_back},
    signed_in::SignedIn,
    urls::local_path,
    view_models::{AnnotationRow, Errors, Frame, NewAnnotation, Tag, TodoForm, TodoPage},
};

/// What was typed into a form of the page that is shown again, and what is wrong with it.
#[derive(Debug)]
pub(super) enum Refused<'f> {
    /// The form of the fields.
    Edit(&'f EditForm, Errors),
    /// The form of a new note.
    Annotation(&'f AnnotationForm, Errors),
}

/// Returns what names the todo: its id, which every form of a page of ours has; else the number of the address.
pub(super) fn todo_ref(id: &str, number: &str) -> Result<TodoRef, Problem> {
    if let Ok(id) = id.parse() {
        return Ok(TodoRef::Id(id));
    }
    let is_number = number.bytes().all(|byte| byte.is_ascii_digit());
    let number: Option<i32> = number.parse().ok().filter(|_| is_number);
    let number = number.filter(|number| *number > 0).ok_or_else(Problem::not_found)?;
    Ok(TodoRef::Number(number.unsigned_abs().into()))
}

/// Shows the page.
pub(super) async fn show(context: &RequestContext, number: &str) -> PageResult {
    respond(context, number, None).await
}

/// Shows the page again, with what was typed.
pub(super) async fn show_again(context: &RequestContext, number: &str, refused: Refused<'_>) -> PageResult {
    respond(context, number, Some(refused)).await
}

async fn respond(context: &RequestContext, number: &str, refused: Option<Refused<'_>>) -> PageResult {
    let todo_ref = todo_ref("", number)?;
    let person = SignedIn::fetch(context).await?;
    let (todo, projects, frame) = futures_util::try_join!(
        async { Ok(person.todo.get_todo(todo_ref).await?) },
        person.projects(),
        person.frame(context, ""),
    )?;
    let status = if refused.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let back = match &refused {
        None => context.back(),
        Some(
            Refused::Edit(EditForm { next, .. }, _) | Refused::Annotation(AnnotationForm { next, .. }, _),
        ) => list_behind(local_path(next)),
    };
    let (edit, edit_errors, note, note_errors) = match refused {
        None => (None, Errors::default(), None, Errors::default()),
        Some(Refused::Edit(form, errors)) => (Some(form), errors, None, Errors::default()),
        Some(Refused::Annotation(form, errors)) => (None, Errors::default(), Some(form), errors),
    };
    let here = with_back(&format!("/todos/{}", todo.number), &back);
    let view = TodoPage {
        frame: Frame { here, title: todo.title.clone(), ..frame },
        nav: nav(context, "todo", &projects),
        number: todo.number,
        is_done: todo.status == Status::Completed,
        is_deleted: todo.delete_time.is_some(),
        form: form_of(&todo, &projects, &person, edit, edit_errors),
        facts: facts(&todo, &person),
        annotations: todo.annotations.into_iter().map(|note| annotation_row(note, &person)).collect(),
        new_annotation: NewAnnotation {
            text: note.map(|form| unix_lines(&form.annotation)).unwrap_or_default(),
            request_id: RequestId::generate().to_string(),
            errors: note_errors,
        },
        tags: todo.tags.into_iter().map(Tag::from).collect(),
        title: todo.title,
        back,
    };
    page(status, &view)
}

fn annotation_row(annotation: Annotation, person: &SignedIn) -> AnnotationRow {
    AnnotationRow {
        id: annotation.id.to_string(),
        text: annotation.text,
        created: moment(annotation.create_time, &person.now),
    }
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
