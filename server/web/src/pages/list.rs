//! `/`: a list of todos, and the line that adds one. For visitors, a welcome.

use axum::Form;
use http::StatusCode;
use serde::Deserialize;
use todo_sdk::{NewTodo, Project, RequestId};

use super::{
    list_rows::groups,
    list_scope::{Scope, View, as_of},
    todo_fields::{TodoFields, Typed, project_choices},
};
use crate::{
    error::{PageResult, page},
    field_errors::{field_errors, sent_before},
    flash::with_operation,
    list_query::ListQuery,
    navigation::nav,
    request_context::RequestContext,
    response::see_other,
    signed_in::SignedIn,
    urls::{local_path, with_query},
    view_models::{AddForm, Errors, Frame, ListPage, WelcomePage},
};

/// Todos on a page.
const PAGE_SIZE: u32 = 100;
/// The fields of the form that adds a todo.
const FIELDS: &[&str] = &["title", "due", "priority", "tags", "project"];

/// The form that adds a todo.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct NewTodoForm {
    title: String,
    due: String,
    zone: String,
    priority: String,
    tags: String,
    project: String,
    request_id: String,
    next: String,
}

/// `GET /`.
pub(crate) async fn show(context: RequestContext) -> PageResult {
    if context.is_visitor() {
        let frame = context.visitor_frame("Your todos, on a server you own");
        return page(StatusCode::OK, &WelcomePage { frame });
    }
    respond(&context, StatusCode::OK, None, Errors::default()).await
}

/// `POST /todos`: adds one.
pub(crate) async fn add(context: RequestContext, Form(form): Form<NewTodoForm>) -> PageResult {
    let client = context.todo_for_change(&form.request_id)?;
    let fields = match TodoFields::read(form.typed(), &context).await? {
        Ok(fields) => fields,
        Err(errors) => return show_again(&context, &form, errors).await,
    };
    let mut new = NewTodo::new(&*form.title).priority(fields.priority).due(fields.due).tags(fields.tags);
    if let Some(project) = fields.project {
        new = new.project(project);
    }
    let errors = match client.create_todo(new).await {
        Ok(added) => return Ok(see_other(&with_operation(local_path(&form.next), added.operation))),
        Err(error) if error.is_invalid_argument() => {
            sent_before(&error, "add this as a new todo").unwrap_or_else(|| field_errors(&error, FIELDS))
        }
        // It was there when the form was shown.
        Err(error) if error.is_not_found() && fields.project.is_some() => {
            Errors::field("project", "This project is gone.")
        }
        Err(error) => return Err(error.into()),
    };
    show_again(&context, &form, errors).await
}

/// Shows the list from which a todo was to be added, with what was typed and what is wrong with it.
pub(crate) async fn show_again(context: &RequestContext, form: &NewTodoForm, errors: Errors) -> PageResult {
    let list = context.at_list(local_path(&form.next));
    respond(&list, StatusCode::UNPROCESSABLE_ENTITY, Some(form), errors).await
}

impl NewTodoForm {
    fn typed(&self) -> Typed<'_> {
        let Self { due, zone, priority, tags, project, .. } = self;
        Typed { due, zone, priority, tags, project }
    }
}

async fn respond(
    context: &RequestContext,
    status: StatusCode,
    typed: Option<&NewTodoForm>,
    errors: Errors,
) -> PageResult {
    let person = SignedIn::fetch(context).await?;
    let query: ListQuery = context.query();
    let scope = Scope::parse(&query)?;
    let as_of = as_of(&query, &person.now)?;
    let mut list = person
        .todo
        .list_todos(scope.filter(as_of))
        .page_size(PAGE_SIZE)
        .page_token(query.page.as_deref().unwrap_or_default());
    let (todos, projects, frame) = futures_util::try_join!(
        async { Ok(list.next_page().await?.unwrap_or_default()) },
        person.projects(),
        person.frame(context, ""),
    )?;
    let heading = scope.heading(&projects)?;
    let page_path = |token: &str, before: &str| {
        with_query(&with_query(&context.here, ListQuery::BEFORE, before), ListQuery::PAGE, token)
    };
    let view = ListPage {
        frame: Frame { title: heading.clone(), ..frame },
        nav: nav(context, "list", &projects),
        date: person.now.strftime("%A %-d %B").to_string(),
        add: scope.is_open().then(|| add_form(&scope, &query, &person, &projects, typed, errors)),
        query: scope.search.clone().unwrap_or_default(),
        scope: query.scope(),
        clear: scope.search.as_ref().map(|_| {
            let add = |path: String, (name, value): &(&str, String)| with_query(&path, name, value);
            query.scope().iter().fold("/".to_owned(), add)
        }),
        groups: groups(todos, &projects, &scope, &person, &heading),
        empty: scope.empty(),
        next_page: list.next_page_token().map(|token| page_path(token, &as_of.to_string())),
        first_page: query.page.as_ref().map(|_| page_path("", "")),
        is_trash: scope.view == View::Trash,
        heading,
    };
    page(status, &view)
}

/// The form with what was typed, or with what suits the list.
fn add_form(
    scope: &Scope,
    query: &ListQuery,
    person: &SignedIn,
    projects: &[Project],
    typed: Option<&NewTodoForm>,
    errors: Errors,
) -> AddForm {
    let suitable;
    let form = if let Some(typed) = typed {
        typed
    } else {
        let (due, tags) = (scope.default_due().to_owned(), scope.tag.clone().unwrap_or_default());
        suitable = NewTodoForm { due, tags, ..NewTodoForm::default() };
        &suitable
    };
    let project = if form.project.is_empty() { &query.project } else { &form.project };
    AddForm {
        request_id: RequestId::generate().to_string(),
        title: form.title.clone(),
        due: form.due.clone(),
        priority: form.priority.clone(),
        tags: form.tags.clone(),
        projects: project_choices(projects, project),
        zone: person.account.time_zone.clone(),
        errors,
    }
}
