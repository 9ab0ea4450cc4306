//! `/projects`: adding, renaming and deleting them.

use http::StatusCode;
use todo_sdk::{ProjectId, RequestId};

use super::super::{
    answer::{self, Outcome, Problem, Stop},
    form::{errors_of, sent_before},
    views::{Errors, Frame, ProjectRow, ProjectsPage},
    visit::{Segment, SignedIn, Visit, after, request_id},
};

/// `GET /projects`.
pub(crate) async fn show(visit: Visit) -> Outcome {
    let person = visit.signed_in().await?;
    respond(&visit, &person, StatusCode::OK, None, Errors::default()).await
}

/// Shows the page again, with the name that was typed for a new project, or for this one, and what is wrong with it.
pub(crate) async fn show_again(
    visit: &Visit,
    person: &SignedIn,
    id: Option<&str>,
    errors: Errors,
) -> Outcome {
    let id = id.map(parse).transpose()?;
    respond(visit, person, StatusCode::UNPROCESSABLE_ENTITY, id, errors).await
}

/// `POST /projects`.
pub(crate) async fn add(visit: Visit) -> Outcome {
    let person = visit.signed_in().await?;
    let client = person.todo.with_request_id(request_id(&visit.form));
    match client.create_project(visit.form.get("name")).await {
        Ok(added) => Ok(answer::see_other(&after("/projects", added.operation))),
        Err(error) if is_refusal(&error) => {
            let errors = refusal(&error, "add this as a new project");
            respond(&visit, &person, StatusCode::UNPROCESSABLE_ENTITY, None, errors).await
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /projects/ID`.
pub(crate) async fn rename(visit: Visit, Segment(id): Segment) -> Outcome {
    let person = visit.signed_in().await?;
    let id = parse(&id)?;
    let client = person.todo.with_request_id(request_id(&visit.form));
    match client.rename_project(id, visit.form.get("name")).await {
        Ok(renamed) => Ok(answer::see_other(&after("/projects", renamed.operation))),
        Err(error) if is_refusal(&error) => {
            let errors = refusal(&error, "give it this name");
            respond(&visit, &person, StatusCode::UNPROCESSABLE_ENTITY, Some(id), errors).await
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /projects/ID/delete`: its todos go to the trash with it, and come back with an undo.
pub(crate) async fn delete(visit: Visit, Segment(id): Segment) -> Outcome {
    let (_, client) = visit.clients()?;
    let client = client.with_request_id(request_id(&visit.form));
    let deleted = client.delete_project(parse(&id)?).await?;
    Ok(answer::see_other(&after("/projects", deleted.operation)))
}

fn parse(id: &str) -> Result<ProjectId, Stop> {
    Ok(id.parse().map_err(|_| Problem::not_found())?)
}

/// Whether it is about the name, or about there being too many projects: waiting does not help against those.
fn is_refusal(error: &todo_sdk::Error) -> bool {
    let is_full = error.is_resource_exhausted() && error.retry_after().is_none();
    error.is_invalid_argument() || error.is_already_exists() || is_full
}

fn refusal(error: &todo_sdk::Error, again: &str) -> Errors {
    if error.is_invalid_argument() {
        return sent_before(error, again).unwrap_or_else(|| errors_of(error, &["name"]));
    }
    Errors { general: None, fields: vec![("name", error.to_string())] }
}

/// `refused` is the project whose new name was refused; without one, it was the name of a new project.
async fn respond(
    visit: &Visit,
    person: &SignedIn,
    status: StatusCode,
    refused: Option<ProjectId>,
    errors: Errors,
) -> Outcome {
    let (projects, frame) = futures_util::try_join!(person.projects(), person.frame(visit, "Projects"))?;
    let nav = SignedIn::nav(visit, "projects", &projects);
    let typed = visit.form.get("name");
    let mut errors = Some(errors);
    let mut rows = Vec::with_capacity(projects.len());
    for project in projects {
        let is_refused = refused == Some(project.id);
        rows.push(ProjectRow {
            id: project.id.to_string(),
            typed_name: if is_refused { typed.to_owned() } else { project.name.clone() },
            href: format!("/?project={}", project.id),
            is_inbox: project.inbox,
            name: project.name,
            errors: if is_refused { errors.take().unwrap_or_default() } else { Errors::default() },
        });
    }
    let view = ProjectsPage {
        frame: Frame { here: "/projects".to_owned(), ..frame },
        nav,
        rows,
        // What was typed for a project that is gone meanwhile may still be wanted.
        new_name: if errors.is_some() { typed.to_owned() } else { String::new() },
        request_id: RequestId::generate().to_string(),
        errors: errors.unwrap_or_default(),
    };
    Ok(answer::page(status, &view))
}
