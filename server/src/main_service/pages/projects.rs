//! `/projects`: adding, renaming and deleting them.

use http::StatusCode;
use todo_sdk::{ProjectId, RequestId};

use super::super::{
    answer::{self, Outcome, Problem, Stop},
    form::errors_of,
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
        Err(error) if error.is_invalid_argument() || error.is_already_exists() => {
            respond(&visit, &person, StatusCode::UNPROCESSABLE_ENTITY, None, refusal(&error)).await
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
        Err(error) if error.is_invalid_argument() || error.is_already_exists() => {
            respond(&visit, &person, StatusCode::UNPROCESSABLE_ENTITY, Some(id), refusal(&error)).await
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

fn refusal(error: &todo_sdk::Error) -> Errors {
    if error.is_already_exists() {
        return Errors { general: None, fields: vec![("name", error.to_string())] };
    }
    errors_of(error, &["name"])
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
