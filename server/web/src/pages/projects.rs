//! `/projects`: adding, renaming and deleting them, and bringing them back.

use axum::Form;
use http::StatusCode;
use serde::Deserialize;
use todo_sdk::{Project, ProjectId, RequestId};

use crate::{
    dates::moment,
    error::{PageError, PageResult, Problem, page},
    field_errors::{field_errors, sent_before},
    flash::with_operation,
    navigation::nav,
    request_context::{RequestContext, Segment},
    response::see_other,
    signed_in::SignedIn,
    view_models::{DeletedProjectRow, Errors, Frame, ProjectRow, ProjectsPage},
};

const PATH: &str = "/projects";

/// The form that adds, renames or deletes a project.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ProjectForm {
    name: String,
    request_id: String,
}

/// `GET /projects`.
pub(crate) async fn show(context: RequestContext) -> PageResult {
    respond(&context, StatusCode::OK, None, &ProjectForm::default(), Errors::default()).await
}

/// Shows the page again, with the name that was typed for a new project, or for this one, and what is wrong with it.
pub(crate) async fn show_again(
    context: &RequestContext,
    id: Option<&str>,
    form: &ProjectForm,
    errors: Errors,
) -> PageResult {
    let id = id.map(parse).transpose()?;
    respond(context, StatusCode::UNPROCESSABLE_ENTITY, id, form, errors).await
}

/// `POST /projects`.
pub(crate) async fn add(context: RequestContext, Form(form): Form<ProjectForm>) -> PageResult {
    let client = context.todo_for_change(&form.request_id)?;
    match client.create_project(&*form.name).await {
        Ok(added) => Ok(see_other(&with_operation(PATH, added.operation))),
        Err(error) if is_refusal(&error) => {
            let errors = refusal(&error, "add this as a new project");
            respond(&context, StatusCode::UNPROCESSABLE_ENTITY, None, &form, errors).await
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /projects/ID`.
pub(crate) async fn rename(
    context: RequestContext,
    Segment(id): Segment,
    Form(form): Form<ProjectForm>,
) -> PageResult {
    let client = context.todo_for_change(&form.request_id)?;
    let id = parse(&id)?;
    match client.rename_project(id, &form.name).await {
        Ok(renamed) => Ok(see_other(&with_operation(PATH, renamed.operation))),
        Err(error) if is_refusal(&error) => {
            let errors = refusal(&error, "give it this name");
            respond(&context, StatusCode::UNPROCESSABLE_ENTITY, Some(id), &form, errors).await
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /projects/ID/delete`: its todos go to the trash with it, and come back with an undo.
pub(crate) async fn delete(
    context: RequestContext,
    Segment(id): Segment,
    Form(form): Form<ProjectForm>,
) -> PageResult {
    let client = context.todo_for_change(&form.request_id)?;
    let deleted = client.delete_project(parse(&id)?).await?;
    Ok(see_other(&with_operation(PATH, deleted.operation)))
}

/// `POST /projects/ID/undelete`: with its todos, and the projects below it.
pub(crate) async fn undelete(
    context: RequestContext,
    Segment(id): Segment,
    Form(form): Form<ProjectForm>,
) -> PageResult {
    let client = context.todo_for_change(&form.request_id)?;
    match client.undelete_project(parse(&id)?).await {
        Ok(back) => Ok(see_other(&with_operation(PATH, back.operation))),
        // The name is in use by now, or there are too many projects.
        Err(error) if is_refusal(&error) => {
            let errors = Errors::general(error.to_string());
            respond(&context, StatusCode::UNPROCESSABLE_ENTITY, None, &ProjectForm::default(), errors).await
        }
        Err(error) => Err(error.into()),
    }
}

fn parse(id: &str) -> Result<ProjectId, PageError> {
    Ok(id.parse().map_err(|_| Problem::not_found())?)
}

/// Whether it is about the name, or about there being too many projects: waiting does not help against those.
fn is_refusal(error: &todo_sdk::Error) -> bool {
    let is_full = error.is_resource_exhausted() && error.retry_after().is_none();
    error.is_invalid_argument() || error.is_already_exists() || is_full
}

fn refusal(error: &todo_sdk::Error, again: &str) -> Errors {
    if error.is_invalid_argument() {
        return sent_before(error, again).unwrap_or_else(|| field_errors(error, &["name"]));
    }
    Errors::field("name", error.to_string())
}

/// `refused` is the project whose new name was refused; without one, it was the name of a new project.
async fn respond(
    context: &RequestContext,
    status: StatusCode,
    refused: Option<ProjectId>,
    typed: &ProjectForm,
    errors: Errors,
) -> PageResult {
    let person = SignedIn::fetch(context).await?;
    let (projects, frame) =
        futures_util::try_join!(person.all_projects(), person.frame(context, "Projects"))?;
    let (projects, deleted): (Vec<Project>, Vec<Project>) =
        projects.into_iter().partition(|project| project.delete_time.is_none());
    let nav = nav(context, "projects", &projects);
    let mut errors = Some(errors);
    let mut rows = Vec::with_capacity(projects.len());
    for project in projects {
        let is_refused = refused == Some(project.id);
        rows.push(ProjectRow {
            id: project.id.to_string(),
            typed_name: if is_refused { typed.name.clone() } else { project.name.clone() },
            href: format!("/?project={}", project.id),
            is_inbox: project.inbox,
            name: project.name,
            errors: if is_refused { errors.take().unwrap_or_default() } else { Errors::default() },
        });
    }
    let view = ProjectsPage {
        frame: Frame { here: PATH.to_owned(), ..frame },
        nav,
        rows,
        deleted: deleted
            .into_iter()
            .map(|project| DeletedProjectRow {
                id: project.id.to_string(),
                name: project.name,
                kept_until: project.purge_time.map(|time| moment(time, &person.now)).unwrap_or_default(),
            })
            .collect(),
        // What was typed for a project that is gone meanwhile may still be wanted.
        new_name: if errors.is_some() { typed.name.clone() } else { String::new() },
        request_id: RequestId::generate().to_string(),
        errors: errors.unwrap_or_default(),
    };
    page(status, &view)
}
