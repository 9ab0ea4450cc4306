//! Deleting for good: one todo, or all in the trash. Each is asked for on a page of its own first, as nothing undoes it.

use axum::Form;
use http::StatusCode;
use serde::Deserialize;
use todo_model::limits;
use todo_sdk::{BatchOptions, TodoFilter, Trash};

use super::todo_page::todo_ref;
use crate::{
    error::{PageResult, page},
    flash::Flash,
    navigation::nav,
    request_context::{RequestContext, Segment, with_back},
    response::see_other,
    signed_in::SignedIn,
    view_models::{ConfirmPage, Frame},
};

/// The list of what is in the trash.
const TRASH: &str = "/?view=trash";

/// The form of a page that asks: a press of its button.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(crate) struct ConfirmForm {
    id: String,
    request_id: String,
}

/// `GET /todos/NUMBER/purge`: asks.
pub(crate) async fn ask_to_purge(context: RequestContext, Segment(number): Segment) -> PageResult {
    let todo_ref = todo_ref("", &number)?;
    let person = SignedIn::fetch(&context).await?;
    let (todo, projects, frame) = futures_util::try_join!(
        async { Ok(person.todo.get_todo(todo_ref).await?) },
        person.projects(),
        person.frame(&context, "Delete for good"),
    )?;
    let address = format!("/todos/{}", todo.number);
    // Only what is in the trash can be deleted for good.
    if todo.delete_time.is_none() {
        return Ok(see_other(&address));
    }
    let view = ConfirmPage {
        frame: Frame { here: context.here.clone(), ..frame },
        nav: nav(&context, "todo", &projects),
        heading: "Delete this todo for good?",
        what: todo.title,
        text: "It is gone at once, with its notes and its history. This cannot be undone.".to_owned(),
        action: format!("{address}/purge"),
        id: todo.id.to_string(),
        button: "Delete for good",
        back: with_back(&address, TRASH),
    };
    page(StatusCode::OK, &view)
}

/// `POST /todos/NUMBER/purge`.
pub(crate) async fn purge(
    context: RequestContext,
    Segment(number): Segment,
    Form(form): Form<ConfirmForm>,
) -> PageResult {
    let client = context.todo_for_change(&form.request_id)?;
    client.purge_todos([todo_ref(&form.id, &number)?]).await?;
    Ok(see_other(&Flash::Purged.on(TRASH)))
}

/// `GET /trash/empty`: asks.
pub(crate) async fn ask_to_empty(context: RequestContext) -> PageResult {
    let person = SignedIn::fetch(&context).await?;
    let mut trash = person.todo.list_todos(in_trash()).page_size(limits::MAX_PAGE_SIZE);
    let (todos, projects, frame) = futures_util::try_join!(
        async { Ok(trash.next_page().await?.unwrap_or_default()) },
        person.projects(),
        person.frame(&context, "Empty the trash"),
    )?;
    if todos.is_empty() {
        return Ok(see_other(TRASH));
    }
    let number = match (todos.len(), trash.next_page_token()) {
        (1, None) => "1 todo is".to_owned(),
        (number, None) => format!("{number} todos are"),
        (number, Some(_)) => format!("More than {number} todos are"),
    };
    let view = ConfirmPage {
        frame: Frame { here: context.here.clone(), ..frame },
        nav: nav(&context, "list", &projects),
        heading: "Empty the trash?",
        what: String::new(),
        text: format!("{number} gone at once, with their notes and their history. This cannot be undone."),
        action: "/trash/empty".to_owned(),
        id: String::new(),
        button: "Empty the trash",
        back: TRASH.to_owned(),
    };
    page(StatusCode::OK, &view)
}

/// `POST /trash/empty`: as many todos at a time as one call takes. What is gone stays gone if a later call fails, and
/// asking again goes on with the rest.
pub(crate) async fn empty(context: RequestContext) -> PageResult {
    let client = context.todo()?;
    loop {
        let todos = client.list_todos(in_trash()).page_size(limits::MAX_PAGE_SIZE).next_page().await?;
        let Some(todos) = todos else { break };
        // Somebody else may be emptying it, too.
        client.purge_todos_with(&todos, BatchOptions::new().allow_missing()).await?;
    }
    Ok(see_other(&Flash::TrashEmptied.on(TRASH)))
}

fn in_trash() -> TodoFilter {
    TodoFilter::default().trash(Trash::Only)
}
